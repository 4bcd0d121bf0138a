"""Queries: what is selected, lists of keys that fit into an address, several queries in a call."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, TypeVar
from urllib.parse import quote_plus

from simple_salesforce.format import quote_soql_value

from leadpolicy.crm.connector import AnswerLostError
from leadpolicy_salesforce.client.wire import MOST_QUERIES, Answer, Part, Record, Wire
from leadpolicy_salesforce.errors import refused

T = TypeVar("T")
_OK: Final = 200
_LONGEST: Final = 12_000
"""Characters of a query in an address; Salesforce takes 16,384 for address and headers."""


def select(paths: Iterable[str], table: str) -> str:
    """Return the head of a query, each field once whatever its letters' case.

    >>> select(["Id", "Company", "id"], "Lead")
    'SELECT Id,Company FROM Lead'
    """
    named: dict[str, str] = {}
    for path in paths:
        named.setdefault(path.lower(), path)
    return f"SELECT {','.join(named.values())} FROM {table}"  # noqa: S608 -- API names alone


def in_lists(head: str, path: str, values: Sequence[str], tail: str = "") -> Iterator[str]:
    """Yield queries for records whose field has one of the values, each short enough to be sent.

    >>> list(in_lists("SELECT Id FROM Lead", "Name", ["O'Neil"]))
    ["SELECT Id FROM Lead WHERE Name IN ('O\\\\'Neil')"]
    """
    around = len(quote_plus(f"{head} WHERE {path} IN () {tail}"))
    part: list[str] = []
    room = _LONGEST - around
    for value in map(quote_soql_value, values):
        width = len(quote_plus(value)) + 3
        if part and width > room:
            yield f"{head} WHERE {path} IN ({','.join(part)}) {tail}".rstrip()
            part, room = [], _LONGEST - around
        part.append(value)
        room -= width
    if part:
        yield f"{head} WHERE {path} IN ({','.join(part)}) {tail}".rstrip()


def records(wire: Wire, queries: Iterable[str], *, deleted: bool = False) -> Iterator[Record]:
    """Yield the records of several queries, five of which share a call."""
    for some in chunks(queries, MOST_QUERIES):
        if len(some) == 1:
            yield from wire.query(some[0], deleted=deleted)
            continue
        kind = "queryAll" if deleted else "query"
        parts = [Part("GET", f"{kind}?q={quote_plus(soql)}") for soql in some]
        for answer in wire.composite(parts):
            page = page_of(answer)
            yield from page["records"]
            yield from (record for rest in wire.rest(page) for record in rest)


def page_of(answer: Answer) -> Record:
    """Return the page of a query that was part of a call; raises as a query of its own would."""
    if answer.status != _OK:
        raise refused(answer.status, {}, json.dumps(answer.body, default=str), data=False)
    if not isinstance(answer.body, dict) or "records" not in answer.body:
        raise AnswerLostError("the answer of Salesforce is no page of a query")
    return answer.body


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield items in lists of a size."""
    source = iter(items)
    while some := list(islice(source, size)):
        yield some


def value_at(record: Record, path: str) -> Any:
    """Return what stands at a dotted path of a record; None where a step of it is empty.

    >>> value_at({"Owner": {"Name": "Ada"}}, "owner.name")
    'Ada'
    """
    found: Any = record
    for step in path.split("."):
        if not isinstance(found, dict):
            return None
        if step in found:
            found = found[step]
        else:
            known = {name.lower(): name for name in found}
            found = found.get(known.get(step.lower(), step))
    return found

"""Questions to the org, as many as fit in one call, each answered or refused by itself."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from leadpolicy_salesforce.client.wire import MOST_PARTS, MOST_QUERIES, Answer, Part, Wire
from leadpolicy_salesforce.errors import INVISIBLE, read_refusal
from leadpolicy_salesforce.rows.soql import page_of

_REFUSED: Final = 300
_NOT_THERE: Final = INVISIBLE | {"INVALID_TYPE", "NOT_FOUND"}


@dataclass(frozen=True, slots=True)
class Told:
    """What was asked, as a path relative to the version of the API, and what was answered."""

    path: str
    answer: Answer

    @property
    def is_missing(self) -> bool:
        """Tell whether the org has no such object or field, or shows none to the login."""
        if self.answer.status < _REFUSED:
            return False
        return read_refusal(self.refusal).code in _NOT_THERE

    @property
    def refusal(self) -> str:
        """What the org said when it refused, empty when it did not."""
        refused = self.answer.status >= _REFUSED
        return json.dumps(self.answer.body, default=str) if refused else ""

    @property
    def is_whole(self) -> bool:
        """Tell whether the org has given all records of a query at once."""
        body = self.answer.body
        return not isinstance(body, Mapping) or bool(body.get("done", True))

    def records(self, wire: Wire | None = None) -> list[dict[str, Any]]:
        """Return the records of a query, with `wire` those of further pages too.

        Raises a `ConnectorError` when the query was refused.
        """
        page = page_of(self.answer)
        rest = [] if wire is None else [record for more in wire.rest(page) for record in more]
        return [*page["records"], *rest]


def query(soql: str, *, deleted: bool = False) -> str:
    """Return the path of a query; with `deleted`, it sees the bin too."""
    return f"{'queryAll' if deleted else 'query'}?q={quote(soql, safe='')}"


def ask(wire: Wire, paths: Iterable[str]) -> dict[str, Told]:
    """Return the answers by path; what is asked twice is asked once."""
    found: dict[str, Told] = {}
    for some in _calls(list(dict.fromkeys(paths))):
        answers = wire.composite([Part("GET", path) for path in some])
        found |= {path: Told(path, a) for path, a in zip(some, answers, strict=True)}
    return found


def ask_queries(wire: Wire, queries: Iterable[str]) -> dict[str, Told]:
    """Return the answers by query."""
    named = {soql: query(soql) for soql in queries}
    told = ask(wire, named.values())
    return {soql: told[path] for soql, path in named.items()}


def _calls(paths: Sequence[str]) -> Iterator[list[str]]:
    """Yield what fits in one call each."""
    queries = [path for path in paths if path.startswith("query")]
    others = [path for path in paths if not path.startswith("query")]
    while queries or others:
        some, queries = queries[:MOST_QUERIES], queries[MOST_QUERIES:]
        room = MOST_PARTS - len(some)
        some, others = [*some, *others[:room]], others[room:]
        yield some

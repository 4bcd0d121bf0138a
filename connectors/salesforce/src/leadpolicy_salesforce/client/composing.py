"""Several calls in one, and what is taken apart again from its answer."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from leadpolicy.crm.connector import AnswerLostError

Record: TypeAlias = dict[str, Any]
MOST_PARTS: Final = 25
"""Parts of one composite call, as Salesforce allows."""
MOST_QUERIES: Final = 5
"""Queries among them."""


@dataclass(frozen=True, slots=True)
class Part:
    """One call inside a composite call; `path` is relative to the version of the API."""

    method: str
    path: str
    body: object = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What one part of a composite call was answered; the body of a refusal is a list."""

    status: int
    body: Any


def asked_for(parts: Sequence[Part], root: str) -> list[dict[str, object]]:
    """Return the requests of a composite call; `root` is what paths are relative to."""
    return [
        {"method": part.method, "url": root + part.path, "referenceId": f"part{number}"}
        | ({} if part.body is None else {"body": part.body})
        for number, part in enumerate(parts)
    ]


def page_in(page: object) -> Record:
    """Return an answer that is a page of a query; raises `AnswerLostError` for anything else."""
    if isinstance(page, dict) and isinstance(page.get("records"), list) and "done" in page:
        return page
    raise AnswerLostError("the answer of Salesforce is no page of a query")


def answers_in(answer: object, parts: int) -> list[Answer]:
    """Return the answers by the names of their parts; raises `AnswerLostError` if one lacks."""
    found: dict[str, Answer] = {}
    with suppress(TypeError, KeyError, AttributeError):
        for item in answer["compositeResponse"]:  # type: ignore[index]
            found[item["referenceId"]] = Answer(int(item["httpStatusCode"]), item["body"])
    names = [f"part{number}" for number in range(parts)]
    if not found.keys() >= set(names):
        raise AnswerLostError("Salesforce answered only some parts of a call")
    return [found[name] for name in names]

"""From the text of a query to its nodes."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken, VisitError

from leadpolicy_sandbox.salesforce.org.results import OrgError
from leadpolicy_sandbox.salesforce.soql.dates import is_span
from leadpolicy_sandbox.salesforce.soql.errors import refused
from leadpolicy_sandbox.salesforce.soql.nodes import (
    Comparison,
    Every,
    Function,
    Given,
    Item,
    Literal,
    Membership,
    Name,
    Not,
    Operand,
    Query,
    Some,
    Sort,
    Span,
)

LONGEST: Final = 100_000
"""The most characters of a query."""

_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_WORDS: Final[dict[str, bool | None]] = {"null": None, "true": True, "false": False}


@cache
def _grammar() -> Lark:
    return Lark.open("grammar.lark", rel_to=__file__, parser="lalr", propagate_positions=False)


def parse(text: str) -> Query:
    """Return a query; raises `OrgError` with `MALFORMED_QUERY` where the text is none.

    >>> parse("select Id from Lead limit 5").limit
    5
    """
    if len(text) > LONGEST:
        raise OrgError(400, "QUERY_TOO_COMPLICATED", "the query is longer than 100,000 characters")
    try:
        tree = _grammar().parse(text)
    except UnexpectedInput as error:
        raise _malformed(text, error) from None
    try:
        query: Query = _Builder(text).transform(tree)
    except VisitError as error:
        raise error.orig_exc from None
    return query


def _malformed(text: str, error: UnexpectedInput) -> OrgError:
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        at = error.token.start_pos or 0
        return refused(text, at, "MALFORMED_QUERY", f"unexpected token: '{error.token}'")
    if isinstance(error, UnexpectedCharacters):
        at, mark = error.pos_in_stream or 0, text[error.pos_in_stream or 0]
        return refused(text, at, "MALFORMED_QUERY", f"unexpected token: '{mark}'")
    return refused(text, len(text), "MALFORMED_QUERY", "unexpected token: '<EOF>'")


def _at(token: Token) -> int:
    return token.start_pos or 0


def _unescaped(quoted: str, *, keep_wildcards: bool = True) -> str:
    def plain(found: re.Match[str]) -> str:
        mark = found[1]
        if mark in "%_" and keep_wildcards:
            return found[0]
        return _ESCAPES.get(mark.lower(), mark)

    return re.sub(r"\\(.)", plain, quoted[1:-1], flags=re.DOTALL)


class _Builder(Transformer[Token, Any]):
    """Makes nodes of the tree."""

    def __init__(self, text: str) -> None:
        super().__init__(visit_tokens=False)
        self._text = text

    @v_args(inline=True)
    def start(self, query: Query) -> Query:
        return query

    def query(self, parts: list[Any]) -> Query:
        found: dict[str, Any] = {}
        for part in parts:
            if isinstance(part, dict):
                found.update(part)
        return Query(**found)

    def items(self, items: list[Item]) -> dict[str, Any]:
        return {"items": tuple(items)}

    def item(self, parts: list[Any]) -> Item:
        what = parts[0]
        if isinstance(what, Token):
            what = Name(str(what), _at(what))
        return Item(what, parts[1] if len(parts) > 1 else None)

    @v_args(inline=True)
    def alias(self, name: Token) -> str:
        return str(name)

    def source(self, parts: list[Token]) -> dict[str, Any]:
        alias = str(parts[-1]) if len(parts) > 1 else None
        return {"source": Name(str(parts[0]), _at(parts[0])), "alias": alias}

    def where(self, parts: list[Any]) -> dict[str, Any]:
        return {"where": parts[-1]}

    def scope(self, _parts: list[Any]) -> None:
        return None

    def group(self, parts: list[Any]) -> dict[str, Any]:
        return {"group": tuple(p for p in parts if not isinstance(p, Token))}

    def having(self, parts: list[Any]) -> dict[str, Any]:
        return {"having": parts[-1]}

    def order(self, parts: list[Any]) -> dict[str, Any]:
        return {"order": tuple(p for p in parts if isinstance(p, Sort))}

    def sort(self, parts: list[Any]) -> Sort:
        words = {part.type for part in parts[1:]}
        return Sort(parts[0], "DESC" in words, "LAST" in words)

    def limit(self, parts: list[Token]) -> dict[str, Any]:
        return {"limit": self._count(parts[-1])}

    def offset(self, parts: list[Token]) -> dict[str, Any]:
        return {"offset": self._count(parts[-1])}

    def _count(self, token: Token) -> int:
        if not token.isdigit():
            message = f"unexpected token: '{token}'"
            raise refused(self._text, _at(token), "MALFORMED_QUERY", message)
        return int(token)

    def all_rows(self, _parts: list[Any]) -> dict[str, Any]:
        return {"all_rows": True}

    def every(self, parts: list[Any]) -> Every:
        return Every(tuple(p for p in parts if not isinstance(p, Token)))

    def some(self, parts: list[Any]) -> Some:
        return Some(tuple(p for p in parts if not isinstance(p, Token)))

    def negated(self, parts: list[Any]) -> Not:
        return Not(parts[-1])

    def compared(self, parts: list[Any]) -> Comparison:
        operator = "!=" if parts[1] == "<>" else str(parts[1])
        return Comparison(parts[0], operator, self._given(parts[2], like=False))

    def like(self, parts: list[Any]) -> Comparison:
        return Comparison(parts[0], "like", self._given(parts[-1], like=True))

    def inside(self, parts: list[Any]) -> Membership:
        return self._membership("in", parts)

    def outside(self, parts: list[Any]) -> Membership:
        return self._membership("not in", parts)

    def includes(self, parts: list[Any]) -> Membership:
        return self._membership("includes", parts)

    def excludes(self, parts: list[Any]) -> Membership:
        return self._membership("excludes", parts)

    def _membership(self, operator: str, parts: list[Any]) -> Membership:
        right = parts[-1]
        if not isinstance(right, Query):
            right = tuple(self._given(one, like=False) for one in right)
        return Membership(parts[0], operator, right)

    def choice(self, parts: list[Any]) -> Query | list[Token]:
        return parts[0] if isinstance(parts[0], Query) else parts

    @v_args(inline=True)
    def operand(self, what: Any) -> Operand:
        return Name(str(what), _at(what)) if isinstance(what, Token) else what

    def function(self, parts: list[Any]) -> Function:
        name, *arguments = parts
        given = tuple(one for one in arguments if one is not None)
        return Function(str(name).upper(), given, _at(name))

    @v_args(inline=True)
    def value(self, token: Token) -> Token:
        return token

    def _given(self, token: Token, *, like: bool) -> Given:
        at = _at(token)
        match token.type:
            case "STRING":
                return Literal(_unescaped(token, keep_wildcards=like), at)
            case "NUMBER":
                return Literal(Decimal(token), at)
            case "DATETIME" | "DATE":
                return Literal(self._moment(token), at)
        word, _, count = token.partition(":")
        if word.lower() in _WORDS and not count:
            return Literal(_WORDS[word.lower()], at)
        if is_span(word, counted=bool(count)):
            return Span(word.upper(), int(count or 0), at)
        raise refused(self._text, at, "MALFORMED_QUERY", f"unexpected token: '{token}'")

    def _moment(self, token: Token) -> date | datetime:
        try:
            if token.type == "DATE":
                return date.fromisoformat(token)
            return datetime.fromisoformat(token.upper())
        except ValueError:
            message = f"line 1: invalid date: '{token}'"
            raise refused(self._text, _at(token), "MALFORMED_QUERY", message) from None

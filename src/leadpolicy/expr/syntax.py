"""What is wrong with a text that Python's parser refuses, said in words and with a place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from leadpolicy.expr.nodes import Place
from leadpolicy.expr.parse_calls import usage_of
from leadpolicy.expr.problems import Problem
from leadpolicy.expr.tokens import Token, shortened

_OPENING: Final = frozenset(["(", "["])
_CLOSING: Final = frozenset([")", "]"])


def explain_syntax(tokens: Sequence[Token]) -> Problem:
    """Name the first place at which the words and signs cannot follow each other."""
    previous: Token | None = None
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        problem = _clash(previous, token, following)
        if problem is not None:
            return problem
        previous = token
    last = tokens[-1]
    if not _ends_value(last):
        return Problem("LP204", f"a value is missing after `{last.text}`", last.place)
    return Problem("LP204", "this is not an expression", (tokens[0].start, last.place[1]))


def _clash(previous: Token | None, token: Token, following: Token | None) -> Problem | None:
    after_value = previous is not None and _ends_value(previous)
    starts = token.is_operand or token.text in _OPENING
    if after_value and starts and not _goes_on(previous, token):
        return _missing_operator(token)
    if after_value and token.text == "not" and not (following and following.text == "in"):
        return _missing_operator(token)
    if not after_value and not starts and not _may_start(previous, token):
        return Problem("LP204", f"a value is missing before `{token.text}`", token.place)
    return None


def _ends_value(token: Token) -> bool:
    return token.is_operand or token.text in _CLOSING


def _goes_on(previous: Token | None, token: Token) -> bool:
    """Tell whether a value may go on in this token: a call, or text after text."""
    if previous is None:
        return False
    if previous.kind == token.kind == "string":
        return True
    return token.text == "(" and previous.kind == "name"


def _may_start(previous: Token | None, token: Token) -> bool:
    """Tell whether a token that is no value may stand where a value is expected."""
    if token.text in {"-", "+", "not"}:
        return True
    if token.text == "in":
        return previous is not None and previous.text == "not"
    return token.text in _CLOSING and previous is not None and previous.text in {"(", "[", ","}


def _missing_operator(token: Token) -> Problem:
    place: Place = token.place
    usage = usage_of(token.text)
    hint = f"write `{usage}`" if usage else "join conditions with `and` or `or`"
    message = f"an operator is missing before `{shortened(token.text)}`"
    return Problem("LP204", message, place, hint)

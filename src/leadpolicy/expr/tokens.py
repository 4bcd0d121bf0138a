"""The words and signs an expression may be made of, checked before anything reads its structure.

Everything that is not on the list is refused here, all of it at once and each with its place,
so that what reaches Python's own parser is short, shallow and free of its other features.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from leadpolicy.expr.nodes import Place
from leadpolicy.expr.numbers import MAX_DIGITS
from leadpolicy.expr.problems import Problem

MAX_NESTING: Final = 60
_MAX_BRACKETS: Final = 2 * MAX_NESTING

_TOKEN: Final = re.compile(
    r"""
      (?P<space>  [ \t\r\n]+ | \#[^\r\n]* )
    | (?P<string> (?:[bfrtuBFRTU]{1,2}(?=['"]))?
                  (?: '''|\"\"\" | '(?:[^'\\\r\n]|\\.)*' | "(?:[^"\\\r\n]|\\.)*" ) )
    | (?P<open>   ['"] [^\r\n]* )
    | (?P<number> (?: [0-9][0-9_]*(?:\.[0-9_]*)? | \.[0-9][0-9_]* ) (?:[eE][+-]?[0-9]+)? \w* )
    | (?P<name>   [^\W\d]\w* )
    | (?P<sign>   [=!]== | [=!<>]= | && | \|\| | <> | => | := | \*\* | // | -> | \S )
    | (?P<other>  . )
    """,
    re.VERBOSE,
)
_NUMBER: Final = re.compile(r"([0-9]*)(?:\.([0-9]*))?(?:[eE][+-]?([0-9]+))?")
_SIGNS: Final = frozenset(["==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "(", ")", "[", "]"])
_WORDS: Final = frozenset(["and", "or", "not", "in", "True", "False", "None"])
_ESCAPE: Final = re.compile(r"\\(?:[\\'\"nrt]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|(.))")
_QUOTES: Final = "‘’‚“”„«»‹›`´"

SIGN_HINTS: Final = {
    "=": "write `==`",
    "===": "write `==`",
    "!==": "write `!=`",
    "<>": "write `!=`",
    "=>": "write `>=`",
    "&": "write `and`",
    "&&": "write `and`",
    "|": "write `or`",
    "||": "write `or`",
    "~": "write `not`",
    "!": "write `not`, or `!=` to compare",
    "/": "multiply by a number instead, as in `0.5 * x`",
    ".": "names have no parts: write the name of an attribute or of a part of the policy",
    ":=": "write `==` to compare",
    "{": "write several values in parentheses, as in `x in ('a', 'b')`",
    "\\": "leave it out: a text may go on in the next line",
    "\N{NO-BREAK SPACE}": "this is a no-break space: write a plain one",
    "≥": "write `>=`",
    "≤": "write `<=`",
    "≠": "write `!=`",
}
WORD_HINTS: Final = {
    "is": "write `==`, or ask `known(x)` or `unknown(x)`",
    "if": "write `case((condition, value), otherwise=value)`",
    "else": "write `case((condition, value), otherwise=value)`",
}


@dataclass(frozen=True, slots=True)
class Token:
    """A word or sign at a place of the text."""

    kind: str
    text: str
    start: int

    @property
    def place(self) -> Place:
        """Where it stands, in characters from the start of the text."""
        return (self.start, self.start + len(self.text))

    @property
    def is_operand(self) -> bool:
        """Tell whether it can stand for a value: a name, a number or a quoted text."""
        return self.kind in {"name", "number", "string"} and self.text not in {
            "and",
            "or",
            "not",
            "in",
        }


def tokenize(text: str) -> tuple[Token, ...]:
    """Cut a text into words and signs, without the spaces and comments between them."""
    return tuple(
        Token(found.lastgroup or "other", found[0], found.start())
        for found in _TOKEN.finditer(text)
        if found.lastgroup != "space"
    )


def check_tokens(tokens: tuple[Token, ...]) -> Iterator[Problem]:
    """Yield a problem for every word or sign that is not on the list, and for stray brackets."""
    for token in tokens:
        match token.kind:
            case "string":
                yield from _check_string(token)
            case "open":
                place = (token.start, token.start + 1)
                yield Problem("LP204", "this quote is never closed", place)
            case "number":
                yield from _check_number(token)
            case "name":
                yield from _check_word(token)
            case _:
                yield from _check_sign(token)
    if all(token.kind != "open" for token in tokens):
        yield from _check_brackets(tokens)


def shortened(text: str, width: int = 60) -> str:
    """Return the text, cut where it is too long for a message."""
    return text if len(text) <= width else text[: width - 1] + "…"


def _refused(token: Token, hint: str | None) -> Problem:
    seen = "".join(char if char.isprintable() else f"U+{ord(char):04X}" for char in token.text)
    message = f"`{shortened(seen)}` is not part of the language"
    return Problem("LP204", message, token.place, hint)


def _check_string(token: Token) -> Iterator[Problem]:
    if token.text[0] not in "'\"":
        yield _refused(token, "write plain quotes, without a letter in front")
    elif token.text in {"'''", '"""'}:
        yield _refused(token, "write single quotes, as in `'text'`")
    for found in _ESCAPE.finditer(token.text):
        if found[1]:
            place = (token.start + found.start(), token.start + found.end())
            yield Problem("LP204", f"`{found[0]}` is not an escape", place, r"write `\\` for `\`")


def _check_number(token: Token) -> Iterator[Problem]:
    found = _NUMBER.fullmatch(token.text.replace("_", ""))
    if found is None:
        yield _refused(token, "write a number in decimal digits, as in `50` or `12.5`")
        return
    whole, decimals, exponent = (part or "" for part in found.groups())
    longest = max(len(whole.lstrip("0")), len(decimals.rstrip("0")))
    if longest > MAX_DIGITS or len(exponent) > len(str(MAX_DIGITS)):
        yield Problem("LP210", f"a number has at most {MAX_DIGITS} digits", token.place)


def _check_word(token: Token) -> Iterator[Problem]:
    word = token.text
    if keyword.iskeyword(word) and word not in _WORDS:
        yield _refused(token, WORD_HINTS.get(word))
    elif word not in _WORDS and word.lower() in {"and", "or", "not", "in"}:
        yield _refused(token, f"write `{word.lower()}`")


def _check_sign(token: Token) -> Iterator[Problem]:
    sign = token.text
    if sign in _QUOTES:
        yield _refused(token, "write plain quotes, as in `'text'`")
    elif sign not in _SIGNS and sign not in {",", "="}:
        yield _refused(token, SIGN_HINTS.get(sign))


def _check_brackets(tokens: tuple[Token, ...]) -> Iterator[Problem]:
    """Refuse brackets without a partner, too many levels of them, and `=` outside arguments."""
    opened: list[tuple[Token, bool]] = []
    previous: Token | None = None
    for token in tokens:
        if token.text in {"(", "["}:
            opened.append((token, previous is not None and previous.is_operand))
        elif token.text in {")", "]"}:
            if not opened or opened.pop()[0].text + token.text not in {"()", "[]"}:
                yield Problem("LP204", f"`{token.text}` closes nothing", token.place)
                return
        elif token.text == "=" and not (opened and opened[-1][1]):
            yield _refused(token, SIGN_HINTS["="])
        if len(opened) > _MAX_BRACKETS:
            yield Problem("LP210", "too many brackets inside each other", token.place)
            return
        previous = token
    for token, _ in opened:
        yield Problem("LP204", f"`{token.text}` is never closed", token.place)

"""Single values: checked against the type of an attribute, and brought into their one form.

Texts are composed (NFC) and trimmed, blank ones are unknown; decimals are exact; instants are in
UTC; sets of codes are frozen. Nothing is guessed: a value of another type is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final, TypeAlias

from leadpolicy.diagnostics import Diagnostic, did_you_mean
from leadpolicy.engine.instants import FIRST, LAST
from leadpolicy.expr.folding import normalise
from leadpolicy.expr.numbers import MAX_DIGITS, fits
from leadpolicy.expr.types import Kind, Value, ValueType

LONGEST_TEXT: Final = 100_000
LARGEST: Final[int] = 10**MAX_DIGITS
"""A number stays below this."""

Reader: TypeAlias = Callable[[object], Value | None]
"""Returns a value in its one form, None for unknown; raises `UnfitError`."""

_SHOWN: Final = 60
_NEEDS: Final[Mapping[Kind, str]] = {
    Kind.FLAG: "a flag: true or false",
    Kind.WHOLE: "a whole number",
    Kind.NUMBER: "a number",
    Kind.TEXT: "a text",
    Kind.CHOICE: "a code",
    Kind.CHOICES: "a set of codes",
    Kind.DAY: "a day",
    Kind.MOMENT: "a moment",
}


class UnfitError(ValueError):
    """A value does not fit; `message` goes behind the name of what it was given for."""

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint

    def at(self, path: str, name: str) -> Diagnostic:
        """Return the problem of something with this name at a path of the input."""
        return Diagnostic(self.code, f"`{name}` {self.message}", path=path, hint=self.hint)


def reader(kind: ValueType) -> Reader:
    """Return the function that reads values of a type."""
    match kind.kind:
        case Kind.FLAG:
            return read_flag if kind.nullable else lambda value: read_flag(value) or False
        case Kind.WHOLE:
            return read_whole
        case Kind.NUMBER:
            return read_number
        case Kind.TEXT:
            return read_text
        case Kind.CHOICE:
            return _Codes(kind.codes).read
        case Kind.CHOICES:
            return _Codes(kind.codes).read_several
        case Kind.DAY:
            return read_day
        case Kind.MOMENT:
            return read_moment


def wrong_type(kind: Kind, value: object, hint: str | None = None) -> UnfitError:
    """Return the problem that a value is not of a kind."""
    return UnfitError("LP502", f"needs {_NEEDS[kind]}, not {described(value)}", hint)


def read_flag(value: object) -> bool | None:
    """Return a flag."""
    if value is None or isinstance(value, bool):
        return value
    raise wrong_type(Kind.FLAG, value)


def read_whole(value: object) -> int | None:
    """Return a whole number of at most 28 digits; flags and decimals are none."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type(Kind.WHOLE, value)
    if not -LARGEST < value < LARGEST:
        raise _too_long()
    return int(value)


def read_number(value: object) -> Decimal | None:
    """Return a decimal of at most 28 digits; a float is taken by its shortest form."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise wrong_type(Kind.NUMBER, value)
    if isinstance(value, int) and not -LARGEST < value < LARGEST:
        raise _too_long()
    exact = Decimal(repr(float(value))) if isinstance(value, float) else Decimal(value)
    if not exact.is_finite():
        raise UnfitError("LP503", f"needs a finite number, not `{exact}`", "leave it out: unknown")
    if not fits(exact):
        raise _too_long()
    return exact


def _too_long() -> UnfitError:
    return UnfitError("LP503", f"needs a number of at most {MAX_DIGITS} digits")


def read_text(value: object) -> str | None:
    """Return a text composed and trimmed; None where nothing is left."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise wrong_type(Kind.TEXT, value)
    if len(value) > LONGEST_TEXT:
        found = f"has {len(value):,} characters; a text has at most {LONGEST_TEXT:,}"
        raise UnfitError("LP506", found)
    text = normalise(str.__str__(value))
    if text is not None and not text.isascii() and not _is_unicode(text):
        raise UnfitError("LP502", "needs a text of whole characters, not halves (surrogates)")
    return text


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def read_day(value: object) -> date | None:
    """Return a calendar day; an instant is none."""
    if value is None:
        return None
    if isinstance(value, datetime):
        raise wrong_type(Kind.DAY, value, "take the day of it in the policy's time zone")
    if not isinstance(value, date):
        raise wrong_type(Kind.DAY, value, _as_written(value, "datetime.date"))
    return date(value.year, value.month, value.day)


def read_moment(value: object) -> datetime | None:
    """Return an instant in UTC; it needs a time zone."""
    if value is None:
        return None
    if not isinstance(value, datetime):
        raise wrong_type(Kind.MOMENT, value, _as_written(value, "datetime.datetime"))
    if value.utcoffset() is None:
        hint = "add the time zone, for example tzinfo=UTC"
        raise UnfitError("LP504", f"needs a time zone: `{value.isoformat()}` has none", hint)
    try:
        moment = value.astimezone(UTC)
    except OverflowError:
        moment = datetime.min.replace(tzinfo=UTC)
    if not FIRST <= moment <= LAST:
        raise UnfitError("LP502", "needs a moment inside the calendar")
    return moment


def _as_written(value: object, kind: str) -> str | None:
    return f"pass a `{kind}`, not its text" if isinstance(value, str) else None


@dataclass(frozen=True, slots=True)
class _Codes:
    """Reads codes of a closed set."""

    codes: tuple[str, ...]

    def read(self, value: object) -> str | None:
        """Return a code; None for a blank text."""
        if value is not None and not isinstance(value, str):
            raise wrong_type(Kind.CHOICE, value, did_you_mean("", self.codes))
        if value is None or not value.strip():
            return None
        return self._known(value)

    def read_several(self, value: object) -> frozenset[str] | None:
        """Return a set of codes."""
        if value is None:
            return None
        if not isinstance(value, list | tuple | set | frozenset):
            raise wrong_type(Kind.CHOICES, value, "write a list of codes")
        for item in value:
            if not isinstance(item, str):
                raise wrong_type(Kind.CHOICES, item, "write a list of codes")
        return frozenset(self._known(item) for item in value)

    def _known(self, value: str) -> str:
        found = str.__str__(value).strip()
        for code in self.codes:
            if code == found:
                return code
        hint = did_you_mean(found, self.codes)
        raise UnfitError("LP505", f"has no code {quoted(found)}", hint)


def described(value: object) -> str:
    """Say what a value is, in at most some sixty characters of it.

    >>> described("120"), described(True), described([1, 2])
    ('the text `120`', 'the flag `true`', 'a list')
    """
    match value:
        case None:
            return "nothing"
        case bool():
            return f"the flag `{str(value).lower()}`"
        case str():
            return f"the text {quoted(value)}"
        case int() if not -LARGEST < value < LARGEST:
            return "a huge number"
        case int() | float() | Decimal():
            return f"the number {quoted(str(value))}"
        case datetime():
            return f"the moment `{value.isoformat()}`"
        case date():
            return f"the day `{value.isoformat()}`"
        case list() | tuple() | set() | frozenset():
            return "a list"
        case Mapping():
            return "a mapping"
        case _:
            return f"a value of type `{type(value).__name__[:_SHOWN]}`"


def quoted(text: str) -> str:
    """Return a text in backticks: at most sixty characters of it, `?` for unprintable ones."""
    cut = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    return "`" + "".join(c if c.isprintable() else "?" for c in cut) + "`"

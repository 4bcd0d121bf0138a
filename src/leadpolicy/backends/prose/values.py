"""How values are written for people: numbers, dates, durations, codes by their labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal, localcontext
from typing import Final

from leadpolicy.backends.prose.english import ENGLISH
from leadpolicy.backends.prose.german import GERMAN
from leadpolicy.backends.prose.words import Forms, Words
from leadpolicy.expr.numbers import MAX_DIGITS, plain
from leadpolicy.expr.types import Kind, Value
from leadpolicy.policy.fields import Lang

WORDS: Final[Mapping[Lang, Words]] = {"de": GERMAN, "en": ENGLISH}
_LOCALES: Final[Mapping[Lang, str]] = {"de": "de_DE", "en": "en_GB"}
_STEPS: Final = (
    ("days", timedelta(days=1)),
    ("hours", timedelta(hours=1)),
    ("minutes", timedelta(minutes=1)),
)
_NOMINATIVE, _DATIVE = 0, 1


@dataclass(frozen=True, slots=True)
class Shape:
    """What a value is read with: its kind and unit, and the labels of its codes, low to high."""

    kind: Kind
    unit: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    ordered: bool = False


def one_line(text: str) -> str:
    """Return a text with single blanks in place of line breaks and of what cannot be seen.

    >>> one_line(" two\\n lines\\x1b ")
    'two lines'
    """
    seen = text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)
    return " ".join(seen.split())


class Values:
    """Writes values in one language; moments are shown in the policy's time zone."""

    def __init__(self, lang: Lang, timezone: tzinfo) -> None:
        if lang not in WORDS:
            raise ValueError(f"there is no prose in `{lang}`: write `de` or `en`")
        self.words = WORDS[lang]
        self._locale = _LOCALES[lang]
        self._single = str.maketrans("„“”", "‚‘’")
        self._timezone = timezone

    def quoted(self, text: str) -> str:
        """Put a text in quotation marks; those inside it become single ones."""
        return self.words.quotes.format(one_line(text).translate(self._single))

    def value(self, shape: Shape, value: Value | None) -> str:
        """Write a value as its shape says; None is unknown."""
        match value:
            case None:
                return self.words.unknown
            case bool():
                return self.words.yes if value else self.words.no
            case int() | Decimal():
                return self.amount(value, shape.unit)
            case datetime():
                return self.moment(value)
            case date():
                return self.day(value)
            case frozenset():
                return self._codes(shape, value)
            case str():
                return self._text(shape, value)

    def _text(self, shape: Shape, text: str) -> str:
        label = shape.labels.get(text)
        return self.quoted(text) if label is None else one_line(label)

    def _codes(self, shape: Shape, codes: frozenset[str]) -> str:
        known = [code for code in shape.labels if code in codes]
        others = sorted(codes.difference(known))
        return ", ".join(self._text(shape, code) for code in (*known, *others)) or (
            self.words.nothing
        )

    def number(self, number: int | Decimal) -> str:
        """Write a number with all its decimals and no zeros behind them."""
        from babel.numbers import format_decimal

        exact = Decimal(plain(Decimal(number)))
        with localcontext() as context:
            context.prec = 2 * MAX_DIGITS
            return format_decimal(exact, locale=self._locale, decimal_quantization=False)

    def amount(self, number: int | Decimal, unit: str | None) -> str:
        """Write a number with its unit; currencies as the language does."""
        from babel.numbers import is_currency

        if unit is None:
            return self.number(number)
        if unit == "percent":
            return self.words.percent.format(v=self.number(number))
        known = self.words.units.get(unit)
        if known is None and is_currency(unit):
            return self._money(number, unit)
        name = unit if known is None else self.form(known, number)
        return f"{self.number(number)} {one_line(name)}".rstrip()

    def _money(self, number: int | Decimal, currency: str) -> str:
        from babel import Locale
        from babel.numbers import get_currency_symbol

        pattern = Locale.parse(self._locale).currency_formats["standard"].pattern
        symbol = get_currency_symbol(currency, locale=self._locale)
        before, _, after = pattern.partition("#,##0.00")
        sign = "-" if number < 0 else ""
        size = self.number(abs(Decimal(number)))
        written = f"{sign}{before}{size}{after}"
        return one_line(written.replace("¤", symbol))

    @staticmethod
    def form(forms: Forms, number: int | Decimal) -> str:
        """Return the word for one thing or for several."""
        return forms[0] if abs(number) == 1 else forms[1]

    def percent(self, share: int | Decimal) -> str:
        """Write a share of 1 in percent."""
        return self.words.percent.format(v=self.number(Decimal(share) * 100))

    def points(self, number: int | Decimal) -> str:
        """Write points with their sign."""
        sign = "+" if number > 0 else ""
        return sign + self.amount(number, "points")

    def day(self, day: date) -> str:
        """Write a calendar day."""
        from babel.dates import format_date

        return format_date(day, self.words.day, locale=self._locale)

    def moment(self, moment: datetime) -> str:
        """Write an instant in the policy's time zone, with seconds where there are some."""
        from babel.dates import format_datetime

        time = "HH:mm:ss" if moment.second or moment.microsecond else "HH:mm"
        pattern = self.words.moment.format(time=time)
        try:
            return format_datetime(moment, pattern, tzinfo=self._timezone, locale=self._locale)
        except OverflowError:
            return format_datetime(moment, pattern, locale=self._locale)

    def duration(self, length: timedelta) -> str:
        """Write a length of time: in days from three days on, below that in a smaller unit."""
        return self._duration(length, _NOMINATIVE)

    def within(self, length: timedelta) -> str:
        """Write a length of time as it stands behind „in den letzten“ or „nach“: in the dative."""
        return self._duration(length, _DATIVE)

    def _duration(self, length: timedelta, case: int) -> str:
        for unit, step in _STEPS:
            amount, rest = divmod(length, step)
            if not rest and (amount > 2 or (amount == 2 and unit != "days")):
                return f"{self.number(amount)} {self.words.durations[unit][case]}"
        seconds = Decimal(length // timedelta(microseconds=1)) / 1_000_000
        return f"{self.number(seconds)} {self.words.durations['seconds'][case]}"

    def ors(self, texts: Sequence[str]) -> str:
        """Join alternatives: `a, b or c`."""
        from babel.lists import format_list

        return format_list(texts, style="or", locale=self._locale)

    def ands(self, texts: Sequence[str]) -> str:
        """Join items: `a, b and c`."""
        from babel.lists import format_list

        return format_list(texts, style="standard", locale=self._locale)

    def nors(self, texts: Sequence[str]) -> str:
        """Join what is denied together: `a nor b nor c`."""
        return self.words.nor.join(texts)

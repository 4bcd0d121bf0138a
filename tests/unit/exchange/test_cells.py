"""Cells are read strictly: nothing is guessed, and what does not fit says why."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadpolicy.exchange.cells import CellError, clean, moment, shown, typed
from leadpolicy.expr.types import Kind, ValueType

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        (Kind.WHOLE, "1200", 1200),
        (Kind.WHOLE, "-5", -5),
        (Kind.WHOLE, "+5", 5),
        (Kind.WHOLE, 1200.0, 1200),
        (Kind.WHOLE, Decimal("50"), 50),
        (Kind.NUMBER, "12.5", Decimal("12.5")),
        (Kind.NUMBER, "12", Decimal(12)),
        (Kind.NUMBER, 0.1, Decimal("0.1")),
        (Kind.FLAG, "TRUE", True),
        (Kind.FLAG, "0", False),
        (Kind.FLAG, 1, True),
        (Kind.FLAG, False, False),
        (Kind.TEXT, "Leiter, Einkauf", "Leiter, Einkauf"),
        (Kind.CHOICE, "machinery", "machinery"),
        (Kind.CHOICES, "a; b;;c ", frozenset("abc")),
        (Kind.CHOICES, ["a", "b"], frozenset("ab")),
        (Kind.DAY, "2026-01-31", date(2026, 1, 31)),
        (Kind.DAY, date(2026, 1, 31), date(2026, 1, 31)),
        (Kind.MOMENT, "2026-01-31T12:00:00+01:00", datetime(2026, 1, 31, 11, tzinfo=UTC)),
        (Kind.MOMENT, "2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
    ],
)
def test_cells_are_read_as_their_type(kind: Kind, raw: object, value: object) -> None:
    found = typed(raw, ValueType(kind))
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("kind", "raw", "code", "said"),
    [
        (Kind.WHOLE, "1.200", "LP522", "not a whole number"),
        (Kind.WHOLE, "12 Leute", "LP522", "not a whole number"),
        (Kind.WHOLE, "१२", "LP522", "not a whole number"),
        (Kind.WHOLE, "9" * 19, "LP522", "not a whole number"),
        (Kind.WHOLE, float("nan"), "LP503", "not a finite number"),
        (Kind.WHOLE, float("inf"), "LP503", "not a finite number"),
        (Kind.WHOLE, Decimal("1E+999999999"), "LP522", "too large"),
        (Kind.NUMBER, "12,5", "LP522", "not a number"),
        (Kind.NUMBER, "NaN", "LP522", "not a number"),
        (Kind.NUMBER, "1e5", "LP522", "not a number"),
        (Kind.NUMBER, "1_000", "LP522", "not a number"),
        (Kind.NUMBER, Decimal("sNaN"), "LP503", "not a finite number"),
        (Kind.FLAG, "Ja", "LP522", "not true or false"),
        (Kind.DAY, "31.01.2026", "LP522", "not a day"),
        (Kind.DAY, "2026-02-30", "LP522", "not a day"),
        (Kind.MOMENT, "gestern", "LP522", "not a moment"),
        (Kind.MOMENT, "2026-01-31T12:00:00", "LP504", "has no time zone"),
        (Kind.MOMENT, "0001-01-01T00:00:00+14:00", "LP522", "not a moment of the calendar"),
        (Kind.MOMENT, 20260131, "LP522", "not a moment"),
    ],
)
def test_what_does_not_fit_says_why(kind: Kind, raw: object, code: str, said: str) -> None:
    with pytest.raises(CellError, match=said) as caught:
        typed(raw, ValueType(kind))
    assert caught.value.code == code


def test_moments_without_offset_are_read_in_the_zone_of_the_binding() -> None:
    assert moment("2026-07-01T12:00", BERLIN) == datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert moment("2026-12-01T12:00", BERLIN) == datetime(2026, 12, 1, 11, tzinfo=UTC)
    assert moment("2026-12-01T12:00Z", BERLIN) == datetime(2026, 12, 1, 12, tzinfo=UTC)
    assert moment(datetime(2026, 12, 1, 12), BERLIN) == datetime(2026, 12, 1, 11, tzinfo=UTC)


def test_texts_have_one_form() -> None:
    assert clean("  Mu\u0308ller\t") == "M\u00fcller"


def test_messages_stay_on_one_short_line() -> None:
    assert shown("a\nb\x1b[31m" + "x" * 10_000_000).startswith("a b?[31mxxx")
    assert len(shown("x" * 10_000_000)) == 60


@given(
    st.sampled_from(Kind),
    st.one_of(
        st.text(),
        st.integers(),
        st.floats(),
        st.decimals(),
        st.booleans(),
        st.binary(),
        st.dates(),
        st.datetimes(),
        st.lists(st.text()),
        st.dictionaries(st.text(), st.integers()),
    ),
)
def test_reading_a_cell_gives_a_value_or_a_cell_error(kind: Kind, raw: object) -> None:
    try:
        typed(raw, ValueType(kind))
    except CellError as error:
        assert error.code.startswith("LP5")
        assert "\n" not in error.message

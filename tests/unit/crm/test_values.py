from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadpolicy.crm.state import Column, FieldKind
from leadpolicy.crm.values import held, normalise

TEXT = Column("note", FieldKind.TEXT, length=5)
CHOICE = Column("grade", FieldKind.CHOICE, codes=("A", "B"))
WHOLE = Column("score", FieldKind.WHOLE)
NUMBER = Column("share", FieldKind.NUMBER, scale=2)
FLAG = Column("open", FieldKind.FLAG)
MOMENT = Column("decided_at", FieldKind.MOMENT)
COLUMNS = (TEXT, CHOICE, WHOLE, NUMBER, FLAG, MOMENT)

anything = st.one_of(
    st.none(),
    st.text(),
    st.characters(codec=None),
    st.integers(),
    st.booleans(),
    st.floats(),
    st.decimals(),
    st.datetimes(),
    st.datetimes(timezones=st.just(timezone(timedelta(hours=9)))),
    st.binary(),
    st.lists(st.integers(), max_size=2),
)


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
@pytest.mark.parametrize("value", [None, ""])
def test_nothing_and_empty_text_are_none(column: Column, value: object) -> None:
    assert normalise(value, column) is None


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        (TEXT, "größe", "größe"),
        (CHOICE, "A", "A"),
        (WHOLE, Decimal("3.0"), 3),
        (NUMBER, 12.5, Decimal("12.50")),
        (NUMBER, Decimal("-0.00"), Decimal("0.00")),
        (FLAG, 1, True),
        (MOMENT, "2026-03-01T10:00:00+02:00", datetime(2026, 3, 1, 8, tzinfo=UTC)),
    ],
)
def test_a_value_has_one_form(column: Column, value: object, expected: object) -> None:
    found = normalise(value, column)
    assert found == expected
    assert str(found) == str(expected)
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        (TEXT, "longer", "`note` is longer than 5 characters"),
        (TEXT, "a\0", "`note` holds a character that cannot be stored"),
        (TEXT, "\ud800", "`note` holds a character that cannot be stored"),
        (TEXT, 5, "`note` holds text, not a whole number"),
        (CHOICE, "C", "`grade` has no code `C`"),
        (WHOLE, True, "`score` holds a whole number, not a flag"),
        (WHOLE, Decimal("1.5"), "`score` holds a whole number, not Decimal"),
        (WHOLE, Decimal("NaN"), "`score` holds a whole number, not Decimal"),
        (WHOLE, 2**63, "`score` is outside 64 bits"),
        (NUMBER, Decimal("0.125"), "`share` has more than 2 decimals"),
        (NUMBER, Decimal("12345678901234.5"), "`share` has more than 15 digits"),
        (NUMBER, Decimal("1e500"), "`share` has more than 15 digits"),
        (NUMBER, Decimal("1e-500"), "`share` has more than 2 decimals"),
        (NUMBER, float("inf"), "`share` is not a finite number"),
        (NUMBER, True, "`share` holds a number, not a flag"),
        (FLAG, 2, "`open` holds a flag, not a whole number"),
        (MOMENT, datetime(2026, 1, 1), "`decided_at` is a time without a time zone"),
        (MOMENT, "soon", "`decided_at` holds a moment, not text"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_in_words(
    column: Column, value: object, message: str
) -> None:
    with pytest.raises(ValueError, match=r"^`") as caught:
        normalise(value, column)
    assert str(caught.value) == message


def test_a_moment_beyond_the_calendar_is_refused() -> None:
    late = datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-5)))
    with pytest.raises(ValueError, match="lies outside the calendar"):
        normalise(late, MOMENT)


@given(anything, st.sampled_from(COLUMNS))
def test_a_normalised_value_stays_as_it_is_and_nothing_else_than_a_misfit_is_raised(
    value: object, column: Column
) -> None:
    try:
        once = normalise(value, column)
    except ValueError:
        assert held(value, column) is value
    else:
        assert normalise(once, column) == once
        assert held(value, column) == once

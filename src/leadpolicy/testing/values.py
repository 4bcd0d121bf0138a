"""Draws values of a type, most of them from the edges in `samples`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from leadpolicy.expr.folding import normalise
from leadpolicy.expr.types import Kind, Scalar, Value, ValueType
from leadpolicy.testing.samples import DAYS, MOMENTS, NUMBERS, TEXTS, WHOLES

_TICK: Final = timedelta(microseconds=1)
_DAY: Final = timedelta(days=1)
_LETTERS: Final = st.characters(exclude_categories=["Cs", "Cc"])


def values(kind: ValueType, near: Iterable[Scalar] = ()) -> SearchStrategy[Value]:
    """Draw a value of a type, often one of `near` that is of its kind, or one step beside it."""
    edges = [edge for value in near for edge in _beside(kind.kind, value)]
    match kind.kind:
        case Kind.FLAG:
            return st.booleans()
        case Kind.CHOICE:
            return st.sampled_from(kind.codes)
        case Kind.CHOICES:
            return st.frozensets(st.sampled_from(kind.codes), max_size=len(kind.codes))
        case Kind.WHOLE:
            return _among(WHOLES, edges, st.integers(-(10**6), 10**6))
        case Kind.NUMBER:
            return _among(NUMBERS, edges, st.decimals(-(10**6), 10**6, places=2))
        case Kind.TEXT:
            return _among(TEXTS, edges, st.text(_LETTERS, max_size=8).map(_normalised))
        case Kind.DAY:
            return _among(DAYS, edges, st.dates(date(1990, 1, 1), date(2090, 12, 31)))
        case Kind.MOMENT:
            return _among(MOMENTS, edges, moments())


def moments() -> SearchStrategy[datetime]:
    """Draw an instant of about a century around now, in UTC."""
    return st.datetimes(datetime(1990, 1, 1), datetime(2090, 12, 31), timezones=st.just(UTC))


def _among(
    pool: Sequence[Value], edges: Sequence[Value], others: SearchStrategy[Value]
) -> SearchStrategy[Value]:
    usual = st.sampled_from(pool)
    return st.one_of(usual, st.sampled_from(edges) if edges else usual, others)


def _normalised(text: str) -> str:
    return normalise(text) or "x"


def _beside(kind: Kind, value: Scalar) -> Iterator[Scalar]:
    """Yield a value and its neighbours as values of a kind, if it can be of that kind."""
    match kind, value:
        case (_, bool()):
            return
        case (Kind.WHOLE, int() | Decimal()):
            yield from (int(value) - 1, int(value), int(value) + 1)
        case (Kind.NUMBER, int() | Decimal()):
            exact = Decimal(value)
            step = Decimal(1).scaleb(min(0, int(exact.as_tuple().exponent)))
            yield from (exact - step, exact, exact + step)
        case (Kind.TEXT, str()) if normalise(value) is not None:
            yield _normalised(value)
        case (Kind.MOMENT, datetime()):
            yield from (value - _TICK, value, value + _TICK)
        case (Kind.DAY, date()) if not isinstance(value, datetime):
            yield from (value - _DAY, value, value + _DAY)

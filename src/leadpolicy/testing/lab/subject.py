"""The policy's side of every experiment: columns, reasons, leads and decisions, small and fixed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from leadpolicy.crm.connector import DecisionRow
from leadpolicy.crm.state import Column, DesiredState, FieldKind, Reason, ReasonTable, Value
from leadpolicy.crm.values import normalise
from leadpolicy.testing.lab.connectors import plain
from leadpolicy.testing.lab.world import Json

_STATES: Final = ("new", "engaged", "mql", "sal", "sql")
_COLUMNS: Final = (
    Column("lp_state", FieldKind.CHOICE, codes=_STATES, label="Status"),
    Column("lp_fit", FieldKind.WHOLE, label="Fit"),
    Column("lp_engagement", FieldKind.NUMBER, scale=2, label="Engagement"),
    Column("lp_valid_until", FieldKind.MOMENT, label="Gültig bis"),
    Column("verdict", FieldKind.CHOICE, "sales", codes=("accepted", "rejected"), label="Urteil"),
    Column("reason", FieldKind.TEXT, "sales", label="Grund"),
)
_REASONS: Final = ReasonTable(
    "lp_reasons",
    (
        Reason("no_budget", "Kein Budget", "No budget"),
        Reason("no_answer", "Nicht erreicht", "Not reached"),
    ),
)
DESIRED: Final = DesiredState("lab", "1", "0" * 64, columns=_COLUMNS, tables=(_REASONS,))
"""What the experiments' policy needs in the CRM."""

_SINCE: Final = datetime(2026, 3, 1, tzinfo=UTC)


def keys(count: int) -> tuple[str, ...]:
    """Return the keys of some leads, in order.

    >>> keys(3)
    ('L-01', 'L-02', 'L-03')
    """
    return tuple(f"L-{number:02d}" for number in range(1, count + 1))


def decisions(names: Iterable[str], revision: int) -> list[DecisionRow]:
    """Return one normalised decision a lead; each revision differs from all others."""
    return [DecisionRow(key, _values(int(key[2:]), revision)) for key in names]


def _values(place: int, revision: int) -> dict[str, Value]:
    return {
        "lp_state": _STATES[(place + revision) % len(_STATES)],
        "lp_fit": revision,
        "lp_engagement": (Decimal(place) / 4 + revision).quantize(Decimal("0.01")),
        "lp_valid_until": _SINCE + timedelta(days=place, hours=revision),
    }


def as_kept(row: DecisionRow) -> Json:
    """Return a decision as the lab's CRM keeps it once it has arrived."""
    written = DESIRED.written
    return {c.name: plain(normalise(row.values[c.name], c)) for c in written}

"""What the kit deploys and writes: columns of every kind, and values that tell rows apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Final

from leadpolicy.crm.capabilities import Capabilities, PartKind
from leadpolicy.crm.state import Column, DesiredState, FieldKind, Reason, ReasonTable, Value
from leadpolicy.testing.contract.clock import START

VERDICT: Final = "kit_verdict"
SAMPLE: Final = DesiredState(
    "contract-kit",
    "1",
    "0" * 64,
    columns=(
        Column("lp_score", FieldKind.WHOLE, label="Score"),
        Column("lp_value", FieldKind.NUMBER, scale=2, label="Expected value"),
        Column("lp_grade", FieldKind.CHOICE, codes=("A", "B", "C"), label="Grade"),
        Column("lp_note", FieldKind.TEXT, length=40, label="Note"),
        Column("lp_hot", FieldKind.FLAG, label="Hot"),
        Column("lp_until", FieldKind.MOMENT, label="Valid until"),
        Column("lp_decided_at", FieldKind.MOMENT, label="Decided at", compared=False),
        Column(VERDICT, FieldKind.CHOICE, "sales", codes=("accepted", "rejected"), label="Verdict"),
        Column("kit_remark", FieldKind.TEXT, "sales", length=200, label="Remark"),
    ),
    tables=(
        ReasonTable(
            "lp_reasons",
            (
                Reason("no_need", "Kein Bedarf", "No need"),
                Reason("no_budget", "Kein Budget", "No budget"),
            ),
        ),
    ),
)


def sample_for(capabilities: Capabilities) -> DesiredState:
    """Return what is deployed to a connector that brings no desired state of its own."""
    with_tables = PartKind.TABLE in capabilities.creates
    return SAMPLE if with_tables else replace(SAMPLE, tables=())


def keys(count: int, start: int = 0) -> list[str]:
    """Return keys of leads in order."""
    return [f"lead-{number:04}" for number in range(start, start + count)]


def value_for(column: Column, number: int) -> Value:
    """Return the value of a column that stands for a number."""
    match column.kind:
        case FieldKind.WHOLE:
            return number
        case FieldKind.NUMBER:
            return Decimal(number).quantize(Decimal(1).scaleb(-column.scale))
        case FieldKind.FLAG:
            return number % 2 == 1
        case FieldKind.MOMENT:
            return START + timedelta(hours=number)
        case FieldKind.TEXT | FieldKind.CHOICE:
            return column.codes[number % len(column.codes)] if column.codes else f"no. {number}"

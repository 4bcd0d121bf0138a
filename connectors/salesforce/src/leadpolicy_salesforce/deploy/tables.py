"""The tables of a policy in Salesforce: which kind each is, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

from leadpolicy.crm.connector import UnsupportedError
from leadpolicy.crm.state import LEAD, Column, FieldKind, Reason, ReasonTable
from leadpolicy_salesforce.options import Lang

STATUS_SET: Final = "LeadStatus"
"""The standard value set with the states of leads."""
CONVERTED: Final = "converted"
"""The mark of a state that stands for a conversion."""
UNSEEN: Final = "(not shown to this login)"
"""The label of a field that stands and that the login may not see."""
BASIS: Final = "basis "
"""How the mark of a purpose begins that names its lawful basis."""


class Kind(StrEnum):
    """What a table holds, as its name ends."""

    REASONS = "reasons"
    STATES = "states"
    PURPOSES = "purposes"
    BASES = "bases"


def kind_of(table: str) -> Kind:
    """Return what a table holds; raises `UnsupportedError` for a table of another kind.

    >>> kind_of("lp_reasons").value
    'reasons'
    """
    for kind in Kind:
        if table.endswith(kind.value):
            return kind
    raise UnsupportedError(f"the table `{table}` has no place in Salesforce")


def label_of(reason: Reason, lang: Lang) -> str:
    """Return the label of a row in the one language that Salesforce keeps."""
    return reason.label_de if lang == "de" else reason.label_en


def is_converted(reason: Reason) -> bool:
    """Tell whether a state stands for a conversion."""
    return CONVERTED in reason.marks


def basis_of(reason: Reason) -> str | None:
    """Return the code of a purpose's lawful basis, or None."""
    names = (mark.removeprefix(BASIS) for mark in reason.marks if mark.startswith(BASIS))
    return next(names, None)


def reason_column(columns: Sequence[Column], table: ReasonTable | None = None) -> Column | None:
    """Return the column in which sales chooses a reason, or None where it is not among these.

    Of the two choices that sales makes, the verdict says when it was made; the reason does not.
    """
    names = {column.name for column in columns}
    choices = [column for column in columns if _is_choice_of_sales(column)]
    found = [column for column in choices if f"{column.name}_at" not in names]
    codes = set() if table is None else {row.code for row in table.rows}
    fitting = [column for column in found if column.codes and set(column.codes) <= codes]
    return next(iter((*fitting, *found)), None)


def _is_choice_of_sales(column: Column) -> bool:
    is_sales = column.object == LEAD and column.owner == "sales"
    return is_sales and column.kind is FieldKind.CHOICE


def named(tables: Iterable[ReasonTable], kind: Kind) -> ReasonTable | None:
    """Return the table of a kind, or None."""
    return next((table for table in tables if kind_of(table.name) is kind), None)

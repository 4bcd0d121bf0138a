"""Columns that the CRM computes beside those that a sync writes, and flags that compare the two."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from leadpolicy.crm.native import CHECK_SUFFIX, NATIVE_SUFFIX, Native
from leadpolicy.crm.state import Column, FieldKind


def twins(columns: Iterable[Column], native: Native) -> Iterator[Column]:
    """Yield what the CRM computes beside each column that it can compute, and the comparison."""
    for column in columns:
        formula = native.formulas.get(column.name)
        if formula is None or column.bound:
            continue
        name, label = column.name, column.label
        yield replace(column, name=name + NATIVE_SUFFIX, label=f"{label} (CRM)", formula=formula)
        check = native.checks[name]
        yield Column(name + CHECK_SUFFIX, FieldKind.FLAG, label=f"{label} ≠ CRM", formula=check)

"""Policies as Salesforce formulas."""

from __future__ import annotations

from leadpolicy_salesforce.formula.compiler import Compiler, Refusal, Settings, condition, formula
from leadpolicy_salesforce.formula.fields import Field, FieldKind, Fields

__all__ = [
    "Compiler",
    "Field",
    "FieldKind",
    "Fields",
    "Refusal",
    "Settings",
    "condition",
    "formula",
]

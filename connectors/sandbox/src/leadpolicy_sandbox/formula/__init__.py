"""The formula language of Salesforce: parsed, checked and evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

from leadpolicy_sandbox.formula.building import build, refuse_picklist
from leadpolicy_sandbox.formula.functions import FUNCTIONS
from leadpolicy_sandbox.formula.model import (
    EvaluationError,
    FieldKind,
    Formula,
    FormulaError,
    ResultType,
    Scope,
    Value,
    Where,
)
from leadpolicy_sandbox.formula.parsing import parse
from leadpolicy_sandbox.formula.registry import Part, Site

__all__ = [
    "FUNCTION_NAMES",
    "LONGEST",
    "EvaluationError",
    "FieldKind",
    "Formula",
    "FormulaError",
    "ResultType",
    "Scope",
    "Value",
    "Where",
    "check",
    "evaluate",
    "parse",
]

LONGEST: Final = 3900
"""How many characters a formula may have, with its spaces and comments."""
FUNCTION_NAMES: Final = frozenset(FUNCTIONS)
"""The functions that are understood, in capitals."""


def check(formula: Formula, kinds: Mapping[str, FieldKind], *, where: Where) -> ResultType:
    """Return the type of what a formula yields, in a formula field or in a validation rule.

    Raises FormulaError, in the words of the platform, for what cannot be saved: unknown fields and
    functions, wrong types, picklists outside of the functions for them, too long a text, and in
    fields the functions that only rules know. A rule has to yield a boolean.

    >>> check(parse("Size__c * 2 > 10"), {"Size__c": "number"}, where="field")
    'boolean'
    """
    if len(formula.text) > LONGEST:
        raise FormulaError(
            f"Formula is too long ({len(formula.text):,} characters). "
            f"Maximum length is {LONGEST:,} characters.",
            LONGEST,
        )
    names = {name.lower(): kind for name, kind in kinds.items()}
    found = refuse_picklist(_built(formula, Site(names, where, blanks_as_zero=False)))
    if where == "rule" and found.type != "boolean":
        raise FormulaError(
            f"Formula result is data type ({found.type.capitalize()}), incompatible with expected "
            "data type (true or false)."
        )
    return cast(ResultType, found.type)


def evaluate(formula: Formula, scope: Scope) -> Value:
    """Return the value of a formula for a record; text without a character counts as blank.

    Raises FormulaError where the formula does not fit the fields, and EvaluationError where it has
    no value, such as for a division by zero.
    """
    value = _ready(formula, scope).run(scope)
    return None if value == "" else value


def _ready(formula: Formula, scope: Scope) -> Part:
    kinds = {name: scope.kind(name) for name in formula.references}
    key = (tuple(kinds.values()), scope.blanks_as_zero)
    found: Part | None = formula.built.get(key)
    if found is None:
        known = {name.lower(): kind for name, kind in kinds.items() if kind is not None}
        found = _built(formula, Site(known, "rule", scope.blanks_as_zero))
        formula.built[key] = found
    return found


def _built(formula: Formula, site: Site) -> Part:
    try:
        return build(formula.root, site)
    except RecursionError:
        raise FormulaError("Formula is nested too deeply") from None

"""The interpreter answers as Salesforce's own engine did, over the table that it recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import cast
from zoneinfo import ZoneInfo

from judges.truth_table import ERROR, PATHS, Case, Record, agrees, cases
from leadpolicy_sandbox.formula import (
    EvaluationError,
    FieldKind,
    Formula,
    FormulaError,
    Scope,
    Value,
    check,
    evaluate,
    parse,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
REFUSED = {
    "testIfTextCompareLessThan": "text has no order in a formula field",
    "testIfTextCompareGreaterThan": "text has no order in a formula field",
    "testIfTextCompareLessEqual": "text has no order in a formula field",
    "testIfTextCompareGreaterEqual": "text has no order in a formula field",
    "testOriginDateTime": "$System is no record",
}
LEAST_VERDICTS = 9_400


class Computed(Mapping[str, Value]):
    """The values of a record; fields with formulas are computed when they are read."""

    def __init__(self, case: Case, record: Record, *, blanks_as_zero: bool) -> None:
        self.case, self.record, self.blanks_as_zero = case, record, blanks_as_zero
        self.formulas = {item.name: item for item in case.fields if item.formula is not None}

    def __getitem__(self, name: str) -> Value:
        field = self.formulas.get(name)
        if field is None:
            return self.record.values[name]
        value = evaluate(parse(field.formula or ""), self.scope())
        return value * 100 if field.kind == "percent" and value is not None else value  # type: ignore[operator, return-value]

    def __iter__(self) -> Iterator[str]:
        return iter([*self.record.values, *self.formulas])

    def __len__(self) -> int:
        return len(self.record.values) + len(self.formulas)

    def scope(self) -> Scope:
        return Scope(self, kinds_of(self.case), None, NOW, ZoneInfo("UTC"), self.blanks_as_zero)


def kinds_of(case: Case) -> dict[str, FieldKind]:
    return {item.name: cast(FieldKind, item.kind) for item in case.fields}


def answer(formula: Formula, case: Case, record: Record, *, blanks_as_zero: bool) -> object:
    try:
        return evaluate(formula, Computed(case, record, blanks_as_zero=blanks_as_zero).scope())
    except EvaluationError:
        return ERROR


def is_right(expected: str | None, case: Case, found: object) -> bool:
    return expected == ERROR if found == ERROR else agrees(case, expected, cast(Value, found))


def usable() -> Iterator[tuple[Case, Formula]]:
    """Return the cases whose functions and operators the interpreter has."""
    for case in cases():
        formula = parse(case.formula)
        try:
            check(formula, kinds_of(case), where="field")
        except FormulaError as error:
            if "Unknown function" in str(error) or case.name in REFUSED:
                continue
            assert "REGEX may not be used" in str(error), case.name
        yield case, formula


def test_every_recorded_answer_is_given() -> None:
    wrong, verdicts = [], Counter[bool]()
    for case, formula in usable():
        for record in case.records:
            for path in PATHS:
                zero = path == "formula"
                found = answer(formula, case, record, blanks_as_zero=zero)
                right = is_right(record.expected[path], case, found)
                verdicts[right] += 1
                if not right:
                    wrong.append((case.name, path, dict(record.values), found))
    assert wrong == []
    assert verdicts[True] >= LEAST_VERDICTS

"""Long scores: spread over fields of their own, or refused, and never cut."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from connectors.salesforce.tests.compiler.leads import NOW, fields_of, value_of

from leadpolicy.crm.connector import Native
from leadpolicy.crm.desired import desired_state
from leadpolicy.expr.evaluate import evaluate
from leadpolicy.expr.facts import Facts
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy_salesforce.binding import Binding, BoundField
from leadpolicy_salesforce.formula import Field
from leadpolicy_salesforce.native import compile_native
from leadpolicy_salesforce.options import Options
from small import small

TESTS = (
    "employees > {}",
    "contains(job_title, 'Head of {}')",
    "revenue >= {}",
    "industry == 'machinery'",
)
BANDS = {"A": {"from": 80}, "B": {"from": 50, "below": 80}, "C": {"below": 50}}


def _policy(count: int, **more: Any) -> CheckedPolicy:
    rules = {
        f"rule_{place}": {
            "points": place % 5 + 1,
            "because": "x",
            "when": TESTS[place % len(TESTS)].format(place),
            **({"group": "capped"} if place % 3 else {}),
        }
        for place in range(count)
    }
    groups = {"capped": {"highest": 60}}
    score = {"title": "Fit", "rules": rules, "groups": groups, "floor": 0, "ceiling": 99, **more}
    grade = {"title": "Grade", "of": "fit", "bands": BANDS}
    return small(scores={"fit": score}, grades={"grade": grade})


def _native(policy: CheckedPolicy, **options: Any) -> Native:
    attributes = {name: BoundField(f"{name}__c", name) for name in policy.vocabulary.attributes}
    columns = desired_state(policy).columns
    standing = {field.api: field for field in fields_of(policy).values()}
    return compile_native(
        policy, columns, Binding(attributes=attributes), standing, Options(**options)
    )


def test_a_long_score_is_spread_over_fields_that_it_names_once() -> None:
    policy = _policy(90)
    native = _native(policy, compiled_max=15_000)
    parts = [column for column in native.helpers if column.formula and column.name[-1].isdigit()]
    assert [column.name for column in parts] == ["lp_fit_1", "lp_fit_2"]
    assert native.formulas["lp_fit"].startswith("MIN(MAX(")
    for column in parts:
        assert len(str(column.formula)) <= 3_900
        assert native.formulas["lp_fit"].count(f"{column.name}__c") == 1
    assert [item.part for item in native.refusals if item.part.startswith("score")] == []


def test_the_parts_of_a_score_add_up_to_it() -> None:
    policy = _policy(90)
    native = _native(policy, compiled_max=15_000)
    fields = fields_of(policy)
    whole = _by_hand(policy)
    parts = {column.name: str(column.formula) for column in native.helpers if column.formula}
    numbers = {name: Field(f"{name}__c", "number") for name in parts}
    for size, title in ((0, None), (40, "Head of 1"), (1000, "Head of 13")):
        empty: dict[str, Any] = {field.api: None for field in fields.values()}
        lead = {**empty, "customer__c": False}
        lead |= {"employees__c": Decimal(size), "job_title__c": title, "revenue__c": Decimal(50)}
        held = {f"{name}__c": value_of(text, lead, fields) for name, text in parts.items()}
        got = value_of(native.formulas["lp_fit"], {**lead, **held}, {**fields, **numbers})
        assert got == whole(size, title, 50)


def _by_hand(policy: CheckedPolicy) -> Any:

    def score(size: int, title: str | None, revenue: int) -> object:
        attributes = {"employees": size, "job_title": title, "revenue": Decimal(revenue)}
        return evaluate(policy.output("fit").node, Facts(at=NOW, attributes=attributes))

    return score


def test_a_score_that_compiles_to_too_much_stays_synced_and_its_grade_reads_it() -> None:
    native = _native(_policy(90))
    assert "lp_fit" not in native.formulas
    reasons = {item.part: item.reason for item in native.refusals}
    assert "when it is compiled; the org allows 5,000" in reasons["score fit"]
    assert native.formulas["lp_grade"] == (
        'IF(NOT(ISBLANK(lp_fit__c)),IF(lp_fit__c >= 80,"A",IF(lp_fit__c >= 50,"B","C")),"")'
    )
    assert native.helpers == ()


def test_a_score_is_spread_out_where_its_grade_would_be_too_long() -> None:
    native = _native(_policy(66), compiled_max=15_000)
    assert {"lp_fit", "lp_grade"} <= native.formulas.keys()
    assert native.formulas["lp_grade"].count("lp_fit_1__c") == 1
    assert max(map(len, native.formulas.values())) <= 3_900

"""Validation rules: who may move a lead along which way, and what a state asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from connectors.salesforce.tests.compiler.leads import accepted, value_of

from leadpolicy.crm.connector import ConnectorError, Native
from leadpolicy.crm.desired import desired_state
from leadpolicy.crm.native import VERDICTS
from leadpolicy.crm.state import Column, FieldKind, RuleKind
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy_salesforce.binding import Binding, BoundField
from leadpolicy_salesforce.formula import Field
from leadpolicy_salesforce.native import compile_native
from leadpolicy_salesforce.options import Options
from small import STATE, small

EDGE: dict[str, Any] = {"title": "Way"}
STATES = {
    "lead": STATE,
    "mql": {**STATE, "title": "MQL", "entry": "may_mail", "stay": "may_mail", "exit_to": "lead"},
    "sal": {**STATE, "title": "SAL", "demands": ["industry"]},
    "sql": {**STATE, "title": "SQL", "stay": "employees >= 5", "exit_to": "sal"},
    "lost": {**STATE, "title": "Lost"},
}
EDGES = {
    "qualify": {**EDGE, "from": ["lead"], "to": "mql"},
    "accept": {**EDGE, "from": ["mql"], "to": "sal", "by": ["sales"], "when": "customer"},
    "take": {**EDGE, "from": ["mql", "lead"], "to": "sal", "demands": ["job_title"]},
    "win": {**EDGE, "from": ["sal"], "to": "sql", "when": "industry == 'machinery'"},
    "lose": {**EDGE, "from": ["mql", "sal", "sql"], "to": "lost", "demands": ["industry"]},
    "retry": {**EDGE, "from": ["lost"], "to": "lead", "wait": "30 days"},
    "clicked": {**EDGE, "from": ["lost"], "to": "mql", "when": "count('download') > 3"},
}
ORG = "Open - Not Contacted"
KINDS = {"text": "text", "whole": "number", "number": "number", "choices": "multipicklist"}
KINDS |= {"choice": "picklist", "day": "date", "moment": "datetime", "flag": "checkbox"}


def policy_of(**sections: Any) -> CheckedPolicy:
    return small(**{"states": STATES, "transitions": EDGES, **sections})


@dataclass
class Org:
    """The rules of a policy over an org whose fields are named like the attributes."""

    policy: CheckedPolicy
    names: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        kinds: Any = {n: KINDS[t.kind.value] for n, t in self.policy.vocabulary.attributes.items()}
        self.fields = {f"{n}__c": Field(f"{n}__c", kind) for n, kind in kinds.items()}
        self.fields["Status"] = Field("Status", "picklist")
        self.native = self.compiled()
        moment = Field("lp_decided_at__c", "datetime")
        made = (self.made(column) for column in self.native.helpers)
        self.fields |= {one.api: one for one in (moment, *made)}

    def made(self, column: Column) -> Field:
        kind: Any = "picklist" if column.kind is FieldKind.CHOICE else "checkbox"
        return Field(f"{column.name}__c", kind)

    def compiled(self) -> Native:
        names = self.policy.vocabulary.attributes
        attributes = {name: BoundField(f"{name}__c", name) for name in names}
        binding = Binding(attributes=attributes, names=dict(self.names))
        columns = desired_state(self.policy).columns
        options = Options(**self.options)
        return compile_native(self.policy, columns, binding, dict(self.fields), options)

    def refused(self, now: Mapping[str, Any], before: Mapping[str, Any] | None) -> set[str]:
        """Return the names of the rules that refuse a change, or a new lead."""
        empty = {api: False if f.kind == "checkbox" else None for api, f in self.fields.items()}
        prior = None if before is None else {**empty, **before}
        values = {**(prior or empty), **now}
        fields = dict(self.fields)
        return {
            rule.name
            for rule in self.native.rules
            if value_of(rule.body, values, fields, prior=prior) is True
        }


@pytest.fixture(scope="module")
def org() -> Org:
    return Org(policy_of())


def test_every_rule_is_one_that_the_platform_takes(org: Org) -> None:
    for rule in org.native.rules:
        assert accepted(rule.body, org.fields, "rule") == "boolean"
    assert [rule.name for rule in org.native.rules] == [
        "lp_transitions",
        "lp_into_sal",
        "lp_into_sql",
        "lp_into_lost",
        "lp_demands_sal",
        "lp_consent",
        "lp_stay",
    ]


WAYS = {
    "lead": {"mql", "sal"},
    "mql": {"sal", "lost", "lead"},
    "sal": {"sql", "lost"},
    "sql": {"lost", "sal"},
    "lost": {"lead", "mql"},
    ORG: set(STATES),
    None: set(STATES),
}


MOVES = list(product((*STATES, ORG, None), repeat=2))


@pytest.mark.parametrize(("source", "target"), MOVES)
def test_a_lead_moves_along_the_ways_of_the_policy_only(
    org: Org, source: str | None, target: str | None
) -> None:
    ready = {
        "lp_may_mail__c": "met",
        "employees__c": Decimal(5),
        "industry__c": "machinery",
        "customer__c": True,
        "job_title__c": "CEO",
    }
    refused = org.refused({"Status": target}, {**ready, "Status": source})
    allowed = source == target or target in WAYS[source]
    assert refused == (set() if allowed else {"lp_transitions"})


@pytest.mark.parametrize("state", [*STATES, ORG, None])
def test_a_new_lead_begins_in_the_first_state_or_in_one_of_the_orgs_own(
    org: Org, state: str | None
) -> None:
    ready = {"lp_may_mail__c": "met", "employees__c": Decimal(9), "industry__c": "software"}
    refused = org.refused({**ready, "Status": state}, None)
    assert refused == (set() if state in {"lead", ORG, None} else {"lp_transitions"})


TESTS: tuple[tuple[str, str, dict[str, Any], set[str]], ...] = (
    ("mql", "sal", {"customer__c": True, "industry__c": "other"}, set()),
    ("mql", "sal", {"job_title__c": "CEO", "industry__c": "other"}, set()),
    ("mql", "sal", {"industry__c": "other"}, {"lp_into_sal"}),
    ("lead", "sal", {"customer__c": True, "industry__c": "other"}, {"lp_into_sal"}),
    ("mql", "sal", {"customer__c": True}, {"lp_demands_sal"}),
    ("sql", "sal", {"industry__c": "other"}, set()),
    ("sal", "sql", {"industry__c": "other", "employees__c": Decimal(5)}, {"lp_into_sql"}),
    ("sal", "sql", {"industry__c": "machinery", "employees__c": Decimal(4)}, {"lp_stay"}),
    ("sal", "sql", {"industry__c": "machinery"}, {"lp_stay"}),
    ("lead", "mql", {"lp_may_mail__c": "met"}, set()),
    ("lead", "mql", {"lp_may_mail__c": "not_met"}, {"lp_consent"}),
    ("lead", "mql", {"lp_may_mail__c": "undecided"}, {"lp_consent"}),
    ("lead", "mql", {}, {"lp_consent"}),
    ("sql", "lost", {}, {"lp_into_lost"}),
    ("sql", "lost", {"industry__c": "other"}, set()),
    ("mql", "mql", {"lp_may_mail__c": "not_met"}, set()),
)


@pytest.mark.parametrize(("source", "target", "lead", "expected"), TESTS)
def test_what_a_way_or_a_state_asks_for_is_asked_on_entering(
    org: Org, source: str, target: str, lead: dict[str, Any], expected: set[str]
) -> None:
    assert org.refused({"Status": target}, {**lead, "Status": source}) == expected


def test_what_rules_leave_out_is_said_with_its_reason(org: Org) -> None:
    reasons = {item.part: item.reason for item in org.native.refusals}
    left_out = "from where to where it goes is checked, but not "
    assert reasons["transition retry"] == left_out + "how long it has to wait"
    assert reasons["transition clicked"].startswith(left_out + "its condition (signals of")
    parts = {part for rule in org.native.rules for part in rule.part.split(", ")}
    assert {"transition accept", "demands take", "demands sal", "state mql"} <= parts
    assert not {"transition retry", "transition clicked"} & parts


def test_a_new_decision_of_a_sync_may_put_a_lead_anywhere() -> None:
    synced = Org(policy_of(), names={"lp_state": "Status"})
    moved = {"Status": "sql", "lp_decided_at__c": None}
    assert synced.refused({"Status": "sql"}, {"Status": "lead"}) == {"lp_transitions", "lp_stay"}
    decided = {"lp_decided_at__c": value_of("NOW()", {}, {})}
    assert synced.refused({**moved, **decided}, {"Status": "lead"}) == set()
    assert all("lp_decided_at__c" in rule.body for rule in synced.native.rules)


def test_verdicts_that_rules_read_have_columns_that_a_sync_writes(org: Org) -> None:
    columns = {column.name: column for column in org.native.helpers}
    assert columns["lp_may_mail"].codes == VERDICTS
    assert columns["lp_may_mail"].formula is None


FEEDBACK = {"verdict": "verdict", "reason": "reason", "within": "1 day", "state": "lead"}


def _with_feedback() -> CheckedPolicy:
    base = small().policy.record.model_dump(mode="json", by_alias=True)["attributes"]
    choice = {"type": "choice", "evidence": "validated", "owner": "sales", "title": "x"}
    verdict = {**choice, "codes": {"accepted": "yes", "rejected": "no"}}
    reason = {**choice, "codes": {"price": "price", "time": "time"}}
    record = {"attributes": {**base, "verdict": verdict, "reason": reason}}
    return small(record=record, feedback=FEEDBACK)


@pytest.mark.parametrize(
    ("now", "before", "refused"),
    [
        ({"verdict__c": "rejected"}, {}, True),
        ({"verdict__c": "rejected", "reason__c": "price"}, {}, False),
        ({"verdict__c": "accepted"}, {}, False),
        ({"verdict__c": "rejected"}, None, True),
        ({"reason__c": None}, {"verdict__c": "rejected", "reason__c": "price"}, True),
        ({"job_title__c": "CEO"}, {"verdict__c": "rejected"}, False),
    ],
)
def test_a_rejection_needs_a_reason(now: Any, before: Any, refused: bool) -> None:
    feedback = Org(_with_feedback())
    (rule,) = [rule for rule in feedback.native.rules if rule.part == "feedback"]
    assert rule.kind is RuleKind.DEMAND
    assert (rule.name in feedback.refused(now, before)) is refused


def test_many_states_get_a_rule_each_where_one_would_be_too_long() -> None:
    names = [f"a_state_with_a_long_name_{place}" for place in range(20)]
    states = {"lead": STATE, **{name: {**STATE, "title": name} for name in names}}
    by_sales = {**EDGE, "by": ["sales"]}
    edges: dict[str, Any] = {
        f"way_{i}_{j}": {**by_sales, "from": [names[i]], "to": names[(i + j + 1) % 20]}
        for i in range(20)
        for j in range(6)
    }
    edges["begin"] = {**EDGE, "from": ["lead"], "to": names[0]}
    wide = Org(small(states=states, transitions=edges))
    found = [rule.name for rule in wide.native.rules]
    assert found[:3] == ["lp_new", "lp_other", "lp_from_lead"]
    assert len(set(found)) == len(found)
    assert max(map(len, found)) <= 40
    moved = wide.refused({"Status": names[1]}, {"Status": names[0]})
    assert moved == set()
    assert wide.refused({"Status": names[9]}, {"Status": names[0]}) == {f"lp_from_{names[0]}"}
    assert wide.refused({"Status": ORG}, {"Status": ORG}) == set()
    assert wide.refused({"Status": "else"}, {"Status": ORG}) == {"lp_other"}


def test_rules_are_left_out_where_the_org_has_no_such_status() -> None:
    lacking = Org(policy_of(), options={"status_field": "Stage__c"})
    assert [rule.name for rule in lacking.native.rules] == []
    reasons = {item.part: item.reason for item in lacking.native.refusals}
    assert reasons["transition accept"] == "the lead has no field `Stage__c` with the status"


CRITERIA = {
    "large": {"title": "Large", "when": "employees >= 50", "definition": "From 50 on."},
    "loud": {"title": "Loud", "when": "count('download') >= 3"},
    "ripe": {"title": "Ripe", "when": "large and loud and not may_mail"},
}


def test_conditions_get_a_checkbox_which_may_read_what_a_sync_wrote() -> None:
    asked = Org(policy_of(criteria=CRITERIA), options={"criteria": ("ripe", "loud")})
    columns = {column.name: column for column in asked.native.helpers}
    assert list(columns) == ["lp_ripe", "lp_may_mail", "lp_loud"]
    assert columns["lp_ripe"].formula == (
        "AND(NOT(ISBLANK(employees__c)),employees__c >= 50,"
        'ISPICKVAL(lp_loud__c,"met"),ISPICKVAL(lp_may_mail__c,"not_met"))'
    )
    reasons = {item.part: item.reason for item in asked.native.refusals}
    assert "signals of `download`" in reasons["condition loud"]


def test_which_conditions_get_a_checkbox_can_be_chosen() -> None:
    policy = policy_of(criteria=CRITERIA)
    every = Org(policy, options={"criteria": ("all",)})
    assert {"lp_large", "lp_ripe"} <= {column.name for column in every.native.helpers}
    (large,) = [column for column in every.native.helpers if column.name == "lp_large"]
    assert (large.label, large.description) == ("Large", "From 50 on.")
    assert "lp_large" not in {column.name for column in Org(policy).native.helpers}
    with pytest.raises(ConnectorError, match="names `lage`") as caught:
        Org(policy, options={"criteria": ("lage",)})
    assert caught.value.hint == "did you mean `large`?"


def test_what_is_computed_beside_a_sync_is_compared_blank_for_blank() -> None:
    rules = {"size": {"points": 60, "because": "x", "when": "employees > 5"}}
    bands = {"A": {"from": 50}, "B": {"below": 50}}
    policy = small(
        scores={"fit": {"title": "Fit", "rules": rules}},
        grades={"grade": {"title": "Grade", "of": "fit", "bands": bands}},
    )
    both = Org(policy, options={"native": "both"})
    assert both.native.formulas.keys() == both.native.checks.keys() == {"lp_fit", "lp_grade"}
    fields = {
        "a": Field("lp_grade_native__c", "text"),
        "b": Field("lp_grade__c", "picklist"),
        "c": Field("lp_fit_native__c", "number"),
        "d": Field("lp_fit__c", "number"),
    }
    for native, synced, differs in (("A", "A", False), ("A", "B", True), ("A", None, True)):
        values = {"lp_grade_native__c": native, "lp_grade__c": synced}
        assert value_of(both.native.checks["lp_grade"], values, fields) is differs
    for number, other, differs in ((60, 60, False), (60, 0, True), (0, None, True)):
        amount = None if other is None else Decimal(other)
        held = {"lp_fit_native__c": Decimal(number), "lp_fit__c": amount}
        assert value_of(both.native.checks["lp_fit"], held, fields) is differs

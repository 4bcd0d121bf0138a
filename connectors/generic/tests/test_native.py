"""Native rules on real databases: what they compute, what they refuse, and that edits show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

import pytest
import sqlalchemy as sa
from connectors.generic.tests.agreement import ATTRIBUTES, SECTIONS, agreement, edge, why_not
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from effort import examples
from leadpolicy.crm.apply import apply
from leadpolicy.crm.desired import decision_row, desired_for
from leadpolicy.crm.drift import drift
from leadpolicy.crm.plan import propose
from leadpolicy.crm.state import Action, Change, Column, DesiredState, Rule, RuleKind
from leadpolicy.crm.store import Store
from leadpolicy.crm.sync import push
from leadpolicy.engine.lead_policy import LeadPolicy
from leadpolicy_generic.connector import GenericConnector

if TYPE_CHECKING:
    from connectors.generic.tests.conftest import Crm

Opened: TypeAlias = tuple[GenericConnector, DesiredState]
Native: TypeAlias = Callable[["Crm"], Opened]

AT = datetime(2026, 3, 1, tzinfo=UTC)
LEADS = """
CREATE TABLE {schema}people (
    id {key} PRIMARY KEY, employees BIGINT, revenue NUMERIC(12, 2), industry VARCHAR(40),
    budget_confirmed BOOLEAN, customer BOOLEAN)
"""
COLUMNS = ("employees", "revenue", "industry", "budget_confirmed", "customer")


def binding(crm: Crm) -> dict[str, object]:
    own = {name: name for name in ATTRIBUTES}
    return {"leads": {"table": f"{crm.schema}people", "key": "id", "attributes": own}}


@pytest.fixture
def native(store: Store) -> Native:
    """Return a function that makes a table of leads and applies the agreement with its rules."""

    def bring(crm: Crm) -> Opened:
        crm.run(LEADS)
        connector = crm.open(binding(crm))
        desired = desired_for(connector, agreement(), native=True)
        apply(propose(connector, desired, store), connector, store, at=AT)
        return connector, desired

    return bring


def refused(crm: Crm, change: str) -> str:
    """Return what the database says to a change that it has to refuse."""
    with pytest.raises(sa.exc.DBAPIError) as caught:
        crm.run("UPDATE {schema}people SET " + change)
    return str(caught.value.orig)


def test_applied_with_its_rules_the_plan_is_empty(crm: Crm, native: Native, store: Store) -> None:
    connector, desired = native(crm)
    assert {rule.kind for rule in desired.rules} == set(RuleKind)
    assert [c.name for c in desired.columns if c.formula] == ["lp_fit", "lp_fit_grade"]
    assert propose(connector, desired, store).is_empty
    assert drift(connector, store).is_empty
    made: list[Column | Rule] = [*desired.columns, *desired.rules]
    for part in made:
        connector.apply(Change(Action.ADD, part))
    assert propose(connector, desired, store).is_empty


def test_scores_and_grades_are_computed_by_the_database(crm: Crm, native: Native) -> None:
    connector, _ = native(crm)
    crm.run(
        "INSERT INTO {schema}people (id, employees, industry, revenue, customer) VALUES"
        " ('a', 50, 'machinery', 0.30, NULL), ('b', 9, NULL, 0.29, NULL),"
        " ('c', NULL, NULL, 1, true)"
    )
    found = crm.rows("SELECT id, lp_fit, lp_fit_grade FROM {schema}people ORDER BY id")
    assert found == [("a", 100, "A"), ("b", -20, "B"), ("c", 0, "B")]
    crm.run("UPDATE {schema}people SET employees = 60 WHERE id = 'b'")
    assert crm.rows("SELECT lp_fit FROM {schema}people WHERE id = 'b'") == [(60,)]
    names = {column.name for column in connector.observe(_plain(connector)).columns}
    assert {"lp_fit", "lp_fit_grade"} <= names


def _plain(connector: GenericConnector) -> DesiredState:
    return desired_for(connector, agreement())


facts = st.fixed_dictionaries(
    {
        "employees": st.none() | st.integers(0, 100),
        "revenue": st.none() | st.decimals(0, 1, places=2),
        "industry": st.none() | st.sampled_from(["machinery", "software"]),
        "budget_confirmed": st.none() | st.booleans(),
        "customer": st.none() | st.booleans(),
    }
)


def test_the_database_computes_what_a_decision_says(crm: Crm, native: Native) -> None:
    native(crm)
    policy = LeadPolicy(agreement())

    @settings(
        max_examples=examples(10), deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    @given(st.lists(facts, min_size=1, max_size=20))
    def check(leads: list[dict[str, object]]) -> None:
        crm.run("DELETE FROM {schema}people")
        names = ", ".join(COLUMNS)
        values = ", ".join(f":{name}" for name in COLUMNS)
        insert = f"INSERT INTO {crm.schema}people (id, {names}) VALUES (:id, {values})"
        bare = [
            {n: str(v) if isinstance(v, Decimal) else v for n, v in lead.items()} for lead in leads
        ]
        with crm.engine.begin() as connection:
            rows = [{"id": f"{n:02}", **lead} for n, lead in enumerate(bare)]
            connection.execute(sa.text(insert), rows)
        computed = crm.rows("SELECT lp_fit, lp_fit_grade FROM {schema}people ORDER BY id")
        decisions = [policy.decide(lead, at=AT) for lead in leads]
        assert computed == [(d.scores["fit"], d.grades["fit_grade"]) for d in decisions]

    check()


def test_a_state_moves_along_transitions_only(crm: Crm, native: Native) -> None:
    native(crm)
    crm.run("INSERT INTO {schema}people (id, employees, lp_state) VALUES ('a', 5, 'lead')")
    assert "Statuswechsel" in refused(crm, "lp_state = 'customer'")
    assert "Statuswechsel" in refused(crm, "lp_state = NULL")
    assert "Statuswechsel" in refused(crm, "lp_state = 'mql'")
    crm.run("UPDATE {schema}people SET employees = 10")
    crm.run("UPDATE {schema}people SET lp_state = 'mql'")
    assert "Statuswechsel" in refused(crm, "lp_state = 'sal'")
    crm.run("UPDATE {schema}people SET lp_state = 'sal', sales_feedback = 'accepted'")
    assert crm.rows("SELECT lp_state FROM {schema}people") == [("sal",)]


def test_a_lead_without_a_state_counts_as_a_new_one(crm: Crm, native: Native) -> None:
    native(crm)
    crm.run("INSERT INTO {schema}people (id, employees) VALUES ('a', 50)")
    assert "Statuswechsel" in refused(crm, "lp_state = 'rejected'")
    crm.run("UPDATE {schema}people SET lp_state = 'mql'")


def test_a_decision_may_put_a_lead_into_any_state(crm: Crm, native: Native, store: Store) -> None:
    connector, desired = native(crm)
    crm.run("INSERT INTO {schema}people (id, customer) VALUES ('a', true), ('b', NULL)")
    policy = LeadPolicy(agreement())
    for day, customer in enumerate((True, False, True)):
        at = AT + timedelta(days=day)
        row = decision_row("a", policy.decide({"customer": customer}, at=at), desired=desired)
        report = push(connector, desired, [row], store, at=at)
        assert (report.written, report.failures) == (1, ())
        wanted = "customer" if customer else "lead"
        assert crm.rows("SELECT lp_state FROM {schema}people ORDER BY id")[0] == (wanted,)


def test_a_rejection_needs_a_reason_that_is_on_the_list(crm: Crm, native: Native) -> None:
    native(crm)
    crm.run("INSERT INTO {schema}people (id) VALUES ('a')")
    assert "needs a reason" in refused(crm, "sales_feedback = 'rejected'")
    refused(crm, "sales_feedback = 'rejected', rejection_reason = 'weather'")
    crm.run("UPDATE {schema}people SET sales_feedback = 'rejected', rejection_reason = 'timing'")
    assert "needs a reason" in refused(crm, "rejection_reason = NULL")
    with pytest.raises(sa.exc.DBAPIError, match="needs a reason"):
        crm.run("INSERT INTO {schema}people (id, sales_feedback) VALUES ('b', 'rejected')")
    crm.run("UPDATE {schema}people SET sales_feedback = '', rejection_reason = NULL")


def test_a_value_that_the_policy_does_not_know_is_refused(crm: Crm, native: Native) -> None:
    native(crm)
    crm.run("INSERT INTO {schema}people (id) VALUES ('a')")
    for change in ("lp_state = 'prospect'", "sales_feedback = 'maybe'", "lp_engagement = 51"):
        refused(crm, change)


def test_leads_that_stood_before_can_be_worked_on(crm: Crm, store: Store) -> None:
    crm.run(LEADS)
    connector = crm.open(binding(crm))
    plain = desired_for(connector, agreement())
    apply(propose(connector, plain, store), connector, store, at=AT)
    crm.run("INSERT INTO {schema}people (id, lp_state, rejection_reason) VALUES ('a', 'old', 'x')")
    desired = desired_for(connector, agreement(), native=True)
    apply(propose(connector, desired, store), connector, store, at=AT)
    crm.run(
        "UPDATE {schema}people SET lp_state = 'lead', lp_decided_at = :at", at=AT.isoformat()[:19]
    )
    crm.run("UPDATE {schema}people SET employees = 3")
    assert crm.rows("SELECT rejection_reason, lp_fit FROM {schema}people") == [("x", -20)]


def test_feedback_that_breaks_a_rule_already_is_told_before_anything_is_made(
    crm: Crm, store: Store
) -> None:
    crm.run(LEADS)
    connector = crm.open(binding(crm))
    plain = desired_for(connector, agreement())
    apply(propose(connector, plain, store), connector, store, at=AT)
    crm.run("INSERT INTO {schema}people (id, sales_feedback) VALUES ('a', 'maybe'), ('b', '')")
    found = propose(connector, desired_for(connector, agreement(), native=True), store).conflicts
    told = [] if crm.is_sqlite else ["may not be changed: 1 leads hold another value already"]
    assert [conflict.message for conflict in found] == told


def edits(crm: Crm) -> Iterator[tuple[str, str]]:
    """Yield the address of a part and the statements by which somebody changes it."""
    people = "{schema}people"
    if crm.is_sqlite:
        for name in ("lp_state_transition", "lp_rejection_demand", "lp_state_check"):
            yield (
                f"rule lead.{name}",
                (
                    f"DROP TRIGGER {name};\nCREATE TRIGGER {name} BEFORE UPDATE ON people"
                    " BEGIN SELECT 1; END"
                ),
            )
        return
    yield (
        "rule lead.lp_state_check",
        f"ALTER TABLE {people} DROP CONSTRAINT lp_state_check;\n"
        f"ALTER TABLE {people} ADD CONSTRAINT lp_state_check CHECK (lp_state <> 'x')",
    )
    if crm.is_mariadb:
        for name in ("lp_state_transition", "lp_rejection_demand"):
            yield (
                f"rule lead.{name}",
                (
                    f"DROP TRIGGER {name};\nCREATE TRIGGER {name} BEFORE UPDATE ON people"
                    " FOR EACH ROW BEGIN END"
                ),
            )
        return
    yield (
        "rule lead.lp_state_transition",
        (f"ALTER TABLE {people} DISABLE TRIGGER lp_state_transition"),
    )
    yield (
        "rule lead.lp_rejection_demand",
        (
            "CREATE OR REPLACE FUNCTION {schema}lp_rejection_demand() RETURNS trigger"
            " LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
        ),
    )


def test_a_rule_that_was_changed_by_hand_shows(crm: Crm, native: Native, store: Store) -> None:
    connector, desired = native(crm)
    changed = []
    for name, script in edits(crm):
        crm.run(script)
        changed.append(name)
        assert sorted(edit.address for edit in drift(connector, store).items) == sorted(changed)
    again = propose(connector, desired, store, overwrite_drift=True)
    apply(again, connector, store, at=AT)
    assert propose(connector, desired, store).is_empty


def test_a_formula_that_was_changed_by_hand_shows(crm: Crm, native: Native, store: Store) -> None:
    connector, desired = native(crm)
    crm.run('ALTER TABLE {schema}people DROP COLUMN "lp_fit_grade"')
    stored = "VIRTUAL" if crm.is_sqlite else "STORED"
    crm.run(
        "ALTER TABLE {schema}people ADD COLUMN lp_fit_grade VARCHAR(100)"
        f" GENERATED ALWAYS AS (CASE WHEN employees > 1 THEN 'A' ELSE 'B' END) {stored}"
    )
    (edit,) = drift(connector, store).items
    assert edit.address == "column lead.lp_fit_grade"
    apply(propose(connector, desired, store, overwrite_drift=True), connector, store, at=AT)
    assert propose(connector, desired, store).is_empty


def test_a_new_version_of_the_policy_replaces_rules_and_formulas(
    crm: Crm, native: Native, store: Store
) -> None:
    connector, _ = native(crm)
    crm.run("INSERT INTO {schema}people (id, employees, lp_state) VALUES ('a', 20, 'rejected')")
    scores = {"fit": {**SECTIONS["scores"]["fit"], "ceiling": 40}}
    edges = {**SECTIONS["transitions"], "again": edge(["rejected"], "mql", by=["sales"])}
    policy = agreement(scores={**SECTIONS["scores"], **scores}, transitions=edges)
    newer = desired_for(connector, policy, native=True)
    plan = propose(connector, newer, store)
    assert [change.action for change in plan.changes] == [Action.CHANGE] * 3
    apply(plan, connector, store, at=AT)
    assert propose(connector, newer, store).is_empty
    crm.run("UPDATE {schema}people SET lp_state = 'mql', employees = 99")
    assert crm.rows("SELECT lp_fit FROM {schema}people") == [(40,)]


def test_rules_can_be_switched_off_again(crm: Crm, native: Native, store: Store) -> None:
    connector, _ = native(crm)
    crm.run("INSERT INTO {schema}people (id, employees) VALUES ('a', 20)")
    plain = desired_for(connector, agreement())
    apply(propose(connector, plain, store), connector, store, at=AT)
    assert propose(connector, plain, store).is_empty
    crm.run("UPDATE {schema}people SET lp_state = 'prospect', lp_fit = 99")
    crm.run("UPDATE {schema}people SET sales_feedback = 'rejected'")
    assert crm.rows("SELECT lp_state, lp_fit FROM {schema}people") == [("prospect", 99)]


def test_what_a_database_cannot_do_itself_is_said_with_the_reason(crm: Crm) -> None:
    crm.run(LEADS.replace("employees BIGINT", "employees VARCHAR(9)"))
    found = crm.open(binding(crm)).native(agreement(), _columns(crm))
    reasons = why_not(found)
    assert reasons["score fit"] == "column `employees` is not of the kind `whole`"
    assert reasons["grade fit_grade"] == reasons["score fit"]
    assert reasons["score engagement"].startswith("signals of `download` stand in a table")
    assert reasons["transition recycle"].endswith("but not how long it has to wait")
    assert "its condition (column `employees`" in reasons["transition qualify"]
    assert found.formulas == {}


def _columns(crm: Crm) -> tuple[Column, ...]:
    return desired_for(crm.open(binding(crm)), agreement()).columns


LABELS: dict[str, dict[str, object]] = {
    "industry": {"Maschinenbau": "machinery", "Software": "software", "Weiß nicht": None},
    "customer": {"Ja": True, "Nein": False},
    "sales_feedback": {"angenommen": "accepted", "abgelehnt": "rejected"},
}


def labelled(crm: Crm) -> dict[str, object]:
    """Return a binding for a CRM that says things in its own words."""
    bound = binding(crm)
    leads = bound["leads"]
    assert isinstance(leads, dict)
    leads["missing"] = ["", "k.A."]
    for name, codes in LABELS.items():
        leads["attributes"][name] = {"column": name, "codes": codes}
    return bound


def test_labels_and_markers_of_the_binding_are_read_by_the_database(crm: Crm, store: Store) -> None:
    crm.run(LEADS.replace("customer BOOLEAN", "customer VARCHAR(9)"))
    connector = crm.open(labelled(crm))
    desired = desired_for(connector, agreement(), native=True)
    apply(propose(connector, desired, store), connector, store, at=AT)
    assert propose(connector, desired, store).is_empty
    policy = LeadPolicy(agreement())
    industries: dict[str, object] = {
        **LABELS["industry"],
        " Software ": "software",
        "k.A.": None,
        "": None,
    }
    customers: dict[str, object] = {**LABELS["customer"], "k.A.": None, "true": True, "0": False}
    leads = [
        (f"{i}{c}", industry, customer, {"industry": code, "customer": flag, "revenue": 1})
        for i, (industry, code) in enumerate(industries.items())
        for c, (customer, flag) in enumerate(customers.items())
    ]
    for key, industry, customer, _ in leads:
        crm.run(
            "INSERT INTO {schema}people (id, industry, customer, revenue)"
            " VALUES (:key, :industry, :customer, 1)",
            key=key,
            industry=industry,
            customer=customer,
        )
    found = {str(row[0]): row[1] for row in crm.rows("SELECT id, lp_fit FROM {schema}people")}
    for key, _, _, facts in leads:
        known = {name: value for name, value in facts.items() if value is not None}
        assert found[key] == policy.decide(known, at=AT).scores["fit"], key
    assert "needs a reason" in refused(crm, "sales_feedback = 'abgelehnt'")
    crm.run("UPDATE {schema}people SET sales_feedback = 'angenommen'")


def test_a_number_with_labels_is_no_fact_for_a_formula(crm: Crm) -> None:
    crm.run(LEADS)
    bound, columns = binding(crm), _columns(crm)
    leads = bound["leads"]
    assert isinstance(leads, dict)
    leads["attributes"]["employees"] = {"column": "employees", "codes": {"1-9": 5}}
    reason = why_not(crm.open(bound).native(agreement(), columns))["score fit"]
    assert reason == "the binding translates the labels of `employees`"
    del leads["attributes"]["employees"]
    reason = why_not(crm.open(bound).native(agreement(), columns))["score fit"]
    assert reason == "no column is bound to `employees`"
    leads["attributes"]["employees"] = "workforce"
    reason = why_not(crm.open(bound).native(agreement(), columns))["score fit"]
    assert reason == "there is no column `workforce`"


def test_columns_of_the_crm_itself_are_left_alone(crm: Crm, store: Store) -> None:
    crm.run(LEADS)
    crm.run("ALTER TABLE {schema}people ADD COLUMN lp_fit BIGINT")
    crm.run("ALTER TABLE {schema}people ADD COLUMN sales_feedback VARCHAR(20)")
    connector = crm.open(binding(crm))
    bound = ("lp_fit", "sales_feedback")
    desired = desired_for(connector, agreement(), native=True, bound=bound)
    apply(propose(connector, desired, store), connector, store, at=AT)
    crm.run("INSERT INTO {schema}people (id, lp_fit, sales_feedback) VALUES ('a', 999, 'maybe')")
    plain = replace(desired, rules=())
    assert [c.formula for c in connector.observe(plain).columns if c.name == "lp_fit"] == [None]

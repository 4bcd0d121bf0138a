"""The plan says what Tryton cannot make, and what is made stands and is enforced."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from connectors.tryton.tests.crm import (
    BINDING,
    DESIRED,
    FEEDBACK,
    NOON,
    OPPORTUNITY,
    REASONS,
    WRITTEN,
    Crm,
    Person,
    decision,
    resource,
    with_permissions,
    with_reasons,
)

from leadpolicy.crm.apply import apply
from leadpolicy.crm.connector import ConnectorError, UnsupportedError
from leadpolicy.crm.plan import Plan, propose
from leadpolicy.crm.render import render
from leadpolicy.crm.state import (
    Action,
    Change,
    Column,
    DesiredState,
    FieldKind,
    Permission,
    Reason,
    ReasonRow,
    Table,
    Team,
)
from leadpolicy.crm.store import Store, open_store
from leadpolicy_tryton.connector import TrytonConnector

Roles = dict[str, str]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "store.db")
    yield opened
    opened.close()


def applied(connector: TrytonConnector, desired: DesiredState, store: Store) -> Plan:
    """Apply what is missing, and return the plan that is made afterwards."""
    apply(propose(connector, desired, store), connector, store, at=NOON)
    return propose(connector, desired, store)


def test_everything_bound_stands_and_nothing_is_to_do(shared: Crm, store: Store) -> None:
    plan = propose(shared.open(), DESIRED, store)
    assert plan.is_empty, render(plan)
    assert "looked up before it is sent again" in render(plan)


def test_the_plan_says_that_tryton_makes_no_fields_and_what_to_bind_instead(
    shared: Crm, store: Store
) -> None:
    binding = copy.deepcopy(dict(BINDING))
    del binding["leads"]["columns"]
    columns = [replace(column, bound=False) for column in (*WRITTEN, *FEEDBACK)]
    desired = replace(with_reasons("lp_reasons", *REASONS), columns=tuple(columns))
    plan = propose(shared.open(binding), desired, store)
    assert plan.changes == ()
    text = render(plan)
    for name in ("lead.lp_state", "lead.lp_fit", "lead.sales_feedback_at"):
        assert f"column {name} is missing and cannot be created here" in text
    assert "table lp_reasons is missing and cannot be created here" in text
    assert "bind it to a field that Tryton has, or to a line of the decision's note" in text


@pytest.mark.parametrize(
    ("standing", "column", "words"),
    [
        ("state", WRITTEN[0], "which Tryton keeps itself"),
        ("party.name", Column("lp_state", FieldKind.TEXT), "of another record"),
        ("conversion_probability", WRITTEN[1], "of another kind"),
        ("history.at", Column("lp_state", FieldKind.MOMENT), "the time of the revision"),
    ],
)
def test_a_field_that_cannot_hold_a_decision_is_in_the_way(
    shared: Crm, store: Store, standing: str, column: Column, words: str
) -> None:
    binding = {"leads": {"columns": {column.name: standing}}}
    plan = propose(shared.open(binding), replace(DESIRED, columns=(column,)), store)
    (conflict,) = plan.conflicts
    assert words in conflict.message


def test_a_field_that_fits_stands(shared: Crm, store: Store) -> None:
    chance = Column("lp_chance", FieldKind.NUMBER, scale=4, bound=True)
    topic = Column("lp_topic", FieldKind.TEXT, bound=True)
    names = {"lp_chance": "conversion_probability", "lp_topic": "reference"}
    desired = replace(DESIRED, columns=(chance, topic))
    assert propose(shared.open({"leads": {"columns": names}}), desired, store).is_empty


# -------------------------------------------------------------------------------- permissions
@pytest.fixture
def roles(crm: Crm) -> Iterator[Roles]:
    roles = {"marketing": crm.group("Marketing"), "sales": crm.group("Closing")}
    yield roles
    crm.tidy()


TEAMS: tuple[Team, ...] = ("marketing", "sales")
PERMISSIONS = (
    Permission("marketing", "rejection_reason", write=False),
    Permission("sales", "rejection_reason", write=True),
    Permission("marketing", "sales_feedback_at", write=False),
    Permission("marketing", "lp_state", write=False),
    Permission("marketing", "lp_fit", write=False),
)


def test_marketing_reads_what_sales_writes_and_the_server_refuses_more(
    crm: Crm, store: Store, roles: Roles
) -> None:
    key = crm.add_lead()
    marketing = crm.hire("mara", roles["marketing"])
    sales = crm.hire("saul", roles["sales"])
    marketing(f"{OPPORTUNITY}.write", [int(key)], {"lost_reason": "before"})
    connector = crm.open(roles=roles)
    assert applied(connector, with_permissions(*PERMISSIONS), store).is_empty

    reason = {"lost_reason": "too dear"}
    words = marketing.refused(f"{OPPORTUNITY}.write", [int(key)], reason)
    assert "UserError" in words
    assert "Reason for loss" in words
    read = marketing(f"{OPPORTUNITY}.read", [int(key)], ["lost_reason"])
    assert read[0]["lost_reason"] == "before"
    marketing(f"{OPPORTUNITY}.write", [int(key)], {"description": "trade fair"})
    sales(f"{OPPORTUNITY}.write", [int(key)], reason)
    assert crm.read(key, "lost_reason", "description") == ["too dear", "trade fair"]


def test_nobody_changes_what_a_decision_says(crm: Crm, store: Store, roles: Roles) -> None:
    key = crm.add_lead()
    connector = crm.open(roles=roles)
    assert applied(connector, with_permissions(*PERMISSIONS), store).is_empty
    connector.write([decision(key)], WRITTEN)
    sales = crm.hire("saul", roles["sales"])
    ours = crm.find("ir.note", ["resource", "=", resource(key)])
    words = sales.refused("model.ir.note.write", ours, {"message": "leadpolicy decision"})
    assert "not allowed to modify" in words


def test_the_buttons_that_close_a_lead_belong_to_sales(
    crm: Crm, store: Store, roles: Roles
) -> None:
    key = crm.add_lead()
    marketing, sales = crm.hire("mara", roles["marketing"]), crm.hire("saul", roles["sales"])
    verdict = [Permission(team, "sales_feedback", team == "sales") for team in TEAMS]
    connector = crm.open(roles=roles)
    assert applied(connector, with_permissions(*verdict), store).is_empty
    assert "lost" in marketing.refused(f"{OPPORTUNITY}.lost", [int(key)])
    sales(f"{OPPORTUNITY}.lost", [int(key)])
    assert crm.read(key, "state") == ["lost"]
    assert applied(connector, DESIRED, store).is_empty
    marketing(f"{OPPORTUNITY}.lead", [int(key)])
    assert crm.read(key, "state") == ["lead"]


def test_a_right_that_was_edited_by_hand_is_noticed(crm: Crm, store: Store, roles: Roles) -> None:
    connector = crm.open(roles=roles)
    desired = with_permissions(*PERMISSIONS)
    applied(connector, desired, store)
    rights = crm.find("ir.model.field.access", ["field", "=", "lost_reason"])
    crm.admin("model.ir.model.field.access.write", rights, {"perm_write": True})
    assert not propose(connector, desired, store).is_empty
    connector.apply(Change(Action.CHANGE, PERMISSIONS[0]))
    assert propose(connector, desired, store).is_empty


def test_a_login_without_the_right_to_set_rights_is_told_before_anything_is_written(
    crm: Crm, store: Store, roles: Roles
) -> None:
    plain = crm.hire("sync")
    connector = crm.open(person=plain, roles=roles)
    plan = propose(connector, with_permissions(*PERMISSIONS), store)
    assert plan.changes == ()
    assert "the login may not write `ir.model.field.access`" in render(plan)


def test_a_group_that_tryton_does_not_have_is_named(shared: Crm, store: Store) -> None:
    connector = shared.open(roles={"marketing": "Nobody"})
    with pytest.raises(ConnectorError, match="no group `Nobody`"):
        propose(connector, with_permissions(PERMISSIONS[0]), store)


# ------------------------------------------------------------------------------------ reasons
@pytest.fixture
def reasons_name(crm: Crm) -> Iterator[str]:
    yield f"lp_reasons_{crm.name}"
    crm.tidy()


def lose(person: Person, key: str, reason: str | None) -> None:
    """Reject a lead as people do: write the reason, then press the button."""
    person(f"{OPPORTUNITY}.write", [int(key)], {"lost_reason": reason})
    person(f"{OPPORTUNITY}.lost", [int(key)])


def test_the_reason_for_loss_is_one_of_the_list(crm: Crm, store: Store, reasons_name: str) -> None:
    old = crm.add_lead()
    sales = crm.hire("saul")
    lose(sales, old, "just so")
    connector = crm.open(reasons="lost_reason")
    assert applied(connector, with_reasons(reasons_name, *REASONS), store).is_empty

    new = crm.add_lead()
    write = f"{OPPORTUNITY}.write"
    words = sales.refused(write, [int(new)], {"lost_reason": "just so"})
    assert f"{reasons_name}: the reason for loss has to be one of the list" in words
    lose(sales, new, "kein Budget")
    assert crm.read(new, "state", "lost_reason") == ["lost", "kein Budget"]
    sales(f"{OPPORTUNITY}.lead", [int(old)])
    sales(write, [int(old)], {"description": "again"})


def test_the_list_of_reasons_follows_the_policy(crm: Crm, store: Store, reasons_name: str) -> None:
    connector = crm.open(reasons="lost_reason")
    applied(connector, with_reasons(reasons_name, *REASONS), store)
    sales, before = crm.hire("saul"), [crm.add_lead(), crm.add_lead()]
    for key, reason in zip(before, ("kein Bedarf", "kein Budget"), strict=True):
        lose(sales, key, reason)
    renamed = Reason("no_need", "kein Interesse", "no need")
    desired = with_reasons(reasons_name, renamed)
    plan = propose(connector, desired, store)
    actions = {(change.action.value, change.part) for change in plan.changes}
    assert actions == {
        ("change", ReasonRow(reasons_name, renamed)),
        ("deactivate", ReasonRow(reasons_name, REASONS[1])),
    }
    assert applied(connector, desired, store).is_empty

    new = crm.add_lead()
    for gone in ("kein Budget", "kein Bedarf"):
        values = {"lost_reason": gone}
        assert reasons_name in sales.refused(f"{OPPORTUNITY}.write", [int(new)], values)
    lose(sales, new, "kein Interesse")
    for key in before:
        sales(f"{OPPORTUNITY}.lead", [int(key)])
        sales(f"{OPPORTUNITY}.write", [int(key)], {"description": "again"})


def test_making_a_part_again_changes_nothing(crm: Crm, reasons_name: str) -> None:
    connector = crm.open(reasons="lost_reason")
    desired = with_reasons(reasons_name, REASONS[0])
    table, row = Table(reasons_name), ReasonRow(reasons_name, REASONS[0])
    for part in (table, row):
        connector.apply(Change(Action.ADD, part))
    once = connector.observe(desired)
    for part in (table, row):
        connector.apply(Change(Action.ADD, part))
    assert connector.observe(desired) == once
    connector.apply(Change(Action.DESTROY, row))
    assert connector.observe(desired).tables[0].rows == ()
    connector.apply(Change(Action.DESTROY, table))
    assert connector.observe(desired).tables == ()


def test_a_list_that_was_half_made_rules_over_nothing_and_is_finished(
    crm: Crm, reasons_name: str
) -> None:
    connector = crm.open(reasons="lost_reason")
    desired = with_reasons(reasons_name, REASONS[0])
    connector.apply(Change(Action.ADD, Table(reasons_name)))
    (group,) = crm.find("ir.rule.group", ["name", "like", f"{reasons_name}:%"])
    off = {"perm_write": False, "perm_create": False}
    crm.admin("model.ir.rule.group.write", [group], off)
    assert connector.observe(desired).tables == ()
    lose(crm.hire("saul"), crm.add_lead(), "just so")
    connector.apply(Change(Action.ADD, Table(reasons_name)))
    assert len(connector.observe(desired).tables) == 1
    assert len(crm.find("ir.rule", ["rule_group", "=", group])) == 2


def test_what_tryton_cannot_make_is_refused(shared: Crm) -> None:
    with pytest.raises(UnsupportedError, match="notes"):
        shared.open().apply(Change(Action.ADD, WRITTEN[0]))

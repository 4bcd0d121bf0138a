from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from connectors.salesforce.tests.deploy.crews import (
    AT,
    BINDING,
    DESIRED,
    FIT,
    OPTIONS,
    REASONS,
    RULE,
    STATES,
    Crew,
    only,
    without_timing,
)

import leadpolicy
from leadpolicy.crm.apply import apply
from leadpolicy.crm.desired import desired_for
from leadpolicy.crm.state import (
    Action,
    Change,
    FieldKind,
    PropertyChange,
    address,
)
from leadpolicy_salesforce.binding import read_binding
from leadpolicy_salesforce.deploy.building import Builder, Ground, Site
from leadpolicy_salesforce.deploy.observing import View
from leadpolicy_salesforce.deploy.seen import Seen
from leadpolicy_salesforce.deploy.tables import UNSEEN
from leadpolicy_salesforce.metadata.fields import custom_field
from leadpolicy_salesforce.options import read_options
from leadpolicy_sandbox.salesforce.org.schema import (
    FieldDef,
    FieldPermission,
    PermissionSet,
    PicklistValue,
)
from leadpolicy_sandbox.salesforce.server import INTEGRATION


def test_everything_is_made_in_one_deploy_and_then_the_plan_is_empty(crew: Crew) -> None:
    report = crew.deploy()
    assert report.standing == report.changed == crew.plan().unchanged
    assert crew.plan().is_empty
    assert crew.drift().is_empty


@pytest.mark.parametrize("native", [False, True, "both"])
def test_the_shipped_pack_is_deployed_and_an_unchanged_plan_takes_few_calls(
    crew_for: Callable[..., Crew], native: Any
) -> None:
    crew = crew_for(contacts=True)
    policy = leadpolicy.load("b2b-de").checked
    desired = desired_for(crew.connector, policy, lang="en", native=native, permissions=True)
    assert {column.object for column in desired.columns} == {"lead", "contact"}
    crew.deploy(desired)
    calls = crew.calls(lambda: crew.plan(desired))
    assert crew.plan(desired).is_empty
    assert len(calls) == 1 + -(-len(desired.rules) // 10)


def test_a_first_deploy_checks_before_it_changes_and_reads_back_after_it(crew: Crew) -> None:
    plan = crew.plan()
    crew.calls(lambda: crew.connector.actor)
    calls = crew.calls(lambda: apply(plan, crew.connector, crew.store, at=AT))
    soap = sum("Soap" in path for path in calls)
    assert len(calls) - soap == 1 + 3 + 1
    assert all("@{" not in path for path in calls)


def test_new_fields_are_shown_to_the_login_that_made_them(crew: Crew) -> None:
    crew.deploy()
    assert "lp_integration" in crew.box.org.users[INTEGRATION].sets
    rights = crew.box.org.permission_sets["lp_integration"].fields
    assert rights["Lead.lp_fit__c"].editable
    assert not rights["Lead.lp_size_class__c"].editable


def test_a_key_is_an_external_id_that_heeds_case(crew: Crew) -> None:
    crew.deploy()
    key = crew.field("lp_key__c")
    assert (key.external_id, key.unique, key.case_sensitive) == (True, True, True)


# ------------------------------------------------------------------------------------- by hand
def test_an_edit_by_hand_is_drift_and_in_the_way_until_it_may_be_undone(crew: Crew) -> None:
    crew.deploy()
    crew.field("lp_fit__c").label = "Fitness"
    (item,) = crew.drift().items
    assert item.address == "column lead.lp_fit"
    assert [change.after for change in item.properties] == ["Fitness"]
    (conflict,) = crew.plan().conflicts
    assert conflict.drifted
    crew.deploy(overwrite_drift=True)
    assert crew.field("lp_fit__c").label == "Fit"


def test_a_rule_that_is_switched_off_is_drift(crew: Crew) -> None:
    crew.deploy()
    crew.box.org.object("Lead").rules[RULE.name].active = False
    assert [item.address for item in crew.drift().items] == [address(RULE)]
    crew.deploy(overwrite_drift=True)
    assert crew.box.org.object("Lead").rules[RULE.name].active


def test_a_reason_added_by_hand_is_told_once(crew: Crew) -> None:
    crew.deploy()
    crew.field("rejection_reason__c").values.append(PicklistValue("budget", "Budget"))
    assert [address(c.part) for c in crew.plan().conflicts] == ["row lp_reasons[budget]"]


def test_a_field_of_others_is_in_the_way_until_it_is_imported(crew: Crew) -> None:
    lead = crew.box.org.object("Lead")
    lead.fields["lp_fit__c"] = FieldDef("lp_fit__c", "double", "Old", True, precision=10)
    right = FieldPermission("Lead.lp_fit__c", True, True)
    crew.box.org.permission_sets["Theirs"] = PermissionSet("Theirs", "Theirs")
    crew.box.org.permission_sets["Theirs"].fields[right.field] = right
    crew.box.org.users[INTEGRATION].sets.append("Theirs")
    assert [address(c.part) for c in crew.plan(only(FIT)).conflicts] == [address(FIT)]
    assert crew.adopt(only(FIT), "lp_fit").adopted == (address(FIT),)
    crew.deploy(only(FIT))
    assert (lead.fields["lp_fit__c"].label, lead.fields["lp_fit__c"].precision) == ("Fit", 10)


def test_a_login_that_lost_its_permission_set_gets_it_back_when_a_person_says_so(
    crew: Crew,
) -> None:
    crew.deploy()
    crew.box.org.users[INTEGRATION].sets.clear()
    assert {c.message for c in crew.plan().conflicts} >= {"was removed by hand"}
    crew.deploy(overwrite_drift=True)
    assert crew.box.org.users[INTEGRATION].sets == ["lp_integration"]
    assert crew.plan().is_empty


def test_a_field_that_setup_knows_and_the_login_does_not_see_is_shown_by_making_it_again() -> None:
    setup = {"DataType": "Number(18, 0)", "Description": None, "IsFieldHistoryTracked": False}
    seen = Seen({"Lead": {}}, {"Lead": {"lp_fit__c": setup}})
    view = View(seen, read_binding(BINDING), read_options(OPTIONS))
    (column,) = view.columns(only(FIT))
    assert column.label == UNSEEN
    assert FieldKind.WHOLE in column.holds
    unseen = PropertyChange("label", UNSEEN, "Fit")
    builder = Builder(
        Site(read_binding(BINDING), read_options(OPTIONS)),
        [Change(Action.CHANGE, FIT, (unseen,))],
        Ground({"Lead.lp_fit__c": custom_field(FIT, "lp_fit__c")}),
    )
    assert builder.shows_fields
    assert builder.sets_needed == ["lp_integration"]


# ------------------------------------------------------------------------------------- values
def test_a_reason_that_is_not_wanted_goes_inactive_and_leads_keep_it(crew: Crew) -> None:
    crew.deploy()
    given = {"LastName": "Noether", "Company": "Rings", "rejection_reason__c": "timing"}
    made = crew.box.org.create(None, "Lead", given)
    plan = crew.plan(without_timing())
    assert plan.count(Action.DEACTIVATE) == 1
    crew.deploy(without_timing())
    values = {value.name: value.active for value in crew.field("rejection_reason__c").values}
    assert values == {"no_need": True, "timing": False}
    lead = crew.box.org.get(None, "Lead", str(made.id))
    assert lead is not None
    assert lead["rejection_reason__c"] == "timing"
    assert crew.drift().is_empty
    crew.deploy()
    assert crew.field("rejection_reason__c").values[1].active


def test_lead_states_of_the_org_stay_as_they_stand(crew: Crew) -> None:
    before = [replace(value) for value in crew.field("Status").values]
    crew.deploy()
    after = crew.field("Status").values
    assert after[: len(before)] == before
    assert [(v.name, v.label, v.converted) for v in after[len(before) :]] == [
        ("mql", "MQL", False),
        ("opportunity", "Opportunity", True),
    ]
    after[-1].converted = False
    assert [item.address for item in crew.drift().items] == ["row lp_states[opportunity]"]
    crew.deploy(overwrite_drift=True)
    assert crew.field("Status").values[-1].converted
    fewer = replace(STATES, rows=STATES.rows[1:])
    tables = tuple(fewer if table == STATES else table for table in DESIRED.tables)
    crew.deploy(replace(DESIRED, tables=tables))
    states = {value.name: value.active for value in crew.field("Status").values}
    assert states.pop("mql") is False
    assert all(states.values())


def test_reasons_are_put_into_a_picklist_of_the_org_beside_its_own_values(
    crew_for: Callable[..., Crew],
) -> None:
    crew = crew_for(binding={"leads": {"columns": {"rejection_reason": "Why__c"}}})
    values = [PicklistValue("other", "Other"), PicklistValue("old", "Old", active=False)]
    why = FieldDef("Why__c", "picklist", "Why?", True, 255, restricted=True, values=values)
    crew.box.org.object("Lead").fields["Why__c"] = why
    crew.box.org.permission_sets["Theirs"] = PermissionSet("Theirs", "Theirs")
    right = FieldPermission("Lead.Why__c", True, True)
    crew.box.org.permission_sets["Theirs"].fields[right.field] = right
    crew.box.org.users[INTEGRATION].sets.append("Theirs")
    reason = replace(DESIRED.columns[-1], bound=True)
    crew.deploy(only(reason, tables=(REASONS,)))
    after = {value.name: (value.label, value.active) for value in crew.field("Why__c").values}
    assert after == {
        "other": ("Other", True),
        "old": ("Old", False),
        "no_need": ("No need", True),
        "timing": ("Bad timing", True),
    }
    assert crew.field("Why__c").label == "Why?"
    assert crew.plan(only(reason, tables=(REASONS,))).is_empty
    assert crew.drift().is_empty
    crew.deploy(only(reason, tables=(replace(REASONS, rows=REASONS.rows[:1]),)))
    assert [v.name for v in crew.field("Why__c").values if v.active] == ["other", "no_need"]
    crew.field("Why__c").values[2].label = "Nothing"
    assert [item.address for item in crew.drift().items] == ["row lp_reasons[no_need]"]

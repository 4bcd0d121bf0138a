from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import requests
from connectors.salesforce.tests.deploy.crews import (
    AT,
    CONSENTS,
    DESIRED,
    FIT,
    RULE,
    SIZE,
    Crew,
    only,
    without_timing,
)

from leadpolicy.crm.apply import apply
from leadpolicy.crm.connector import AccessError, AnswerLostError, ConnectorError
from leadpolicy.crm.plan import PlanError
from leadpolicy.crm.rollback import rollback_plan
from leadpolicy.crm.state import (
    Action,
    Change,
    Column,
    FieldKind,
    Part,
    Permission,
    ReasonRow,
    address,
)
from leadpolicy_salesforce.deploy.following import Following
from leadpolicy_sandbox.salesforce.org.schema import (
    FieldDef,
    FieldPermission,
    PermissionSet,
)
from leadpolicy_sandbox.salesforce.server import INTEGRATION, MARKETING


# ------------------------------------------------------------------------------------- rights
def test_other_rights_of_a_permission_set_stay(crew: Crew) -> None:
    theirs = PermissionSet("LP_Sales", "Sales people", "Ours to keep")
    theirs.fields["Lead.Phone"] = FieldPermission("Lead.Phone", True, True)
    theirs.objects["Lead"] = {"allowRead": True}
    crew.box.org.permission_sets["LP_Sales"] = theirs
    crew.deploy()
    after = crew.box.org.permission_sets["LP_Sales"]
    assert (after.label, after.description) == ("Sales people", "Ours to keep")
    assert after.fields["Lead.Phone"].editable
    assert after.fields["Lead.sales_feedback__c"].editable
    assert not after.fields["Lead.lp_fit__c"].editable
    crew.deploy(replace(DESIRED, permissions=DESIRED.permissions[:1]))
    after = crew.box.org.permission_sets["LP_Sales"]
    assert set(after.fields) == {"Lead.Phone"}


def test_a_login_without_rights_is_told_so_for_every_change(crew_for: Callable[..., Crew]) -> None:
    plan = crew_for(MARKETING).plan(only(FIT))
    assert not plan.changes
    assert [address(c.part) for c in plan.conflicts] == [address(FIT)]


def test_a_team_without_a_permission_set_is_told_so(crew_for: Callable[..., Crew]) -> None:
    crew = crew_for(roles={"sales": "LP_Sales"})
    right = Permission("marketing", "lp_fit", write=False)
    (conflict,) = crew.plan(only(FIT, permissions=(right,))).conflicts
    assert "no permission set for marketing" in conflict.message


# ---------------------------------------------------------------------------------- refusals
def test_one_refused_component_leaves_nothing_behind(crew: Crew) -> None:
    broken = replace(RULE, body="nothing__c = 1")
    desired = replace(DESIRED, rules=(broken,))
    assert [address(c.part) for c in crew.plan(desired).conflicts] == [address(RULE)]
    parts: tuple[Part, ...] = (*DESIRED.columns, broken)
    changes = [Change(Action.ADD, part) for part in parts]
    with pytest.raises(ConnectorError, match="nothing__c"):
        crew.connector.apply_together(changes)
    assert "lp_fit__c" not in crew.box.org.object("Lead").fields
    assert not crew.box.org.object("Lead").rules
    assert "lp_integration" not in crew.box.org.permission_sets


def test_names_that_salesforce_does_not_take_are_told_before_it_is_asked(crew: Crew) -> None:
    long = Column("lp_" + "x" * 40, FieldKind.WHOLE)
    calls = crew.calls(lambda: crew.plan(only(long, FIT)))
    assert [address(c.part) for c in crew.plan(only(long, FIT)).conflicts] == [address(long)]
    assert len(calls) > 1
    assert len(crew.calls(lambda: crew.plan(only(long)))) == 1


def test_a_session_that_ends_is_renewed_once(crew: Crew) -> None:
    plan = crew.plan()
    crew.box.expire_token()
    apply(plan, crew.connector, crew.store, at=AT)
    assert crew.plan().is_empty


def test_a_deploy_whose_answer_is_lost_can_be_made_again(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, lost = crew.plan(), list[bytes]()
    post = requests.Session.post

    def losing(http: requests.Session, url: str, data: Any = None, **how: Any) -> requests.Response:
        answer = post(http, url, data, **how)
        if b"<checkOnly>false" in (data or b"") and not lost:
            lost.append(data)
            raise requests.ReadTimeout("late")
        return answer

    monkeypatch.setattr(requests.Session, "post", losing)
    with pytest.raises(AnswerLostError):
        crew.connector.apply_together(plan.changes)
    crew.connector.apply_together(plan.changes)
    crew.adopt(DESIRED)
    assert crew.plan().is_empty
    assert len(list(crew.box.org.rows(None, "DataUsePurpose"))) == 1


# ----------------------------------------------------------------------------- back and forth
def test_rolling_back_brings_back_what_people_met(crew: Crew) -> None:
    first = crew.deploy()
    relabelled = tuple(
        replace(c, label="Fitness") if c.name == "lp_fit" else c for c in without_timing().columns
    )
    second = crew.deploy(replace(without_timing(), version="2", columns=relabelled, rules=()))
    assert second.state != first.state
    plan = rollback_plan(crew.connector, crew.store, serial=first.serial)
    third = apply(plan, crew.connector, crew.store, at=AT)
    assert third.state == first.state
    assert RULE.name in crew.box.org.object("Lead").rules


@pytest.mark.parametrize("formula", [None, "NumberOfEmployees / 2"])
def test_who_computes_a_field_can_change_both_ways(crew: Crew, formula: str | None) -> None:
    other = replace(FIT, formula="NumberOfEmployees * 2")
    crew.deploy(only(other))
    crew.deploy(only(replace(FIT, formula=formula)))
    assert crew.field("lp_fit__c").formula == formula
    crew.deploy(only(other))
    assert crew.plan(only(other)).is_empty


def test_computed_fields_go_with_their_part_and_others_only_when_allowed(crew: Crew) -> None:
    crew.deploy(only(FIT, SIZE))
    crew.deploy(only(FIT))
    assert "lp_size_class__c" not in crew.box.org.object("Lead").fields
    crew.deploy(only())
    assert "lp_fit__c" in crew.box.org.object("Lead").fields
    crew.deploy(only(), allow_destroy=True)
    assert "lp_fit__c" not in crew.box.org.object("Lead").fields


def test_the_history_of_states_and_feedback_is_kept_where_there_is_room(crew: Crew) -> None:
    lead = crew.box.org.object("Lead")
    for name in list(lead.fields):
        lead.fields[name].track_history = False
    for number in range(18):
        extra = FieldDef(f"x{number}__c", "string", "X", True, length=9, track_history=True)
        lead.fields[extra.name] = extra
    lead.history = True
    rights = PermissionSet("Theirs", "Theirs")
    rights.fields = {
        f"Lead.x{n}__c": FieldPermission(f"Lead.x{n}__c", True, True) for n in range(18)
    }
    crew.box.org.permission_sets["Theirs"] = rights
    crew.box.org.users[INTEGRATION].sets.append("Theirs")
    crew.deploy()
    assert sum(field.track_history for field in lead.fields.values()) == 20
    assert lead.fields["Status"].track_history


# ------------------------------------------------------------------------------------ consent
def test_purposes_and_bases_are_records_known_by_name(crew: Crew) -> None:
    crew.deploy()
    (basis,) = crew.box.org.rows(None, "DataUseLegalBasis")
    (purpose,) = crew.box.org.rows(None, "DataUsePurpose")
    assert (basis["Name"], purpose["LegalBasisId"]) == ("consent", basis["Id"])
    again = ReasonRow("lp_purposes", CONSENTS[1].rows[0])
    crew.connector.apply_together([Change(Action.ADD, again)])
    assert len(list(crew.box.org.rows(None, "DataUsePurpose"))) == 1
    crew.deploy(replace(DESIRED, tables=(*DESIRED.tables[:3], replace(CONSENTS[1], rows=()))))
    (purpose,) = crew.box.org.rows(None, "DataUsePurpose")
    assert purpose["Description"].startswith("(not used any more)")


def test_a_break_between_the_deploy_and_the_records_is_finished_by_the_next_plan(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Following) -> None:
        raise AccessError("gone")

    with monkeypatch.context() as patch, pytest.raises(AccessError):
        patch.setattr(Following, "run", broken)
        crew.deploy()
    assert "lp_fit__c" in crew.box.org.object("Lead").fields
    assert crew.deploy().changed
    assert crew.plan().is_empty
    assert len(list(crew.box.org.rows(None, "DataUsePurpose"))) == 1


def test_an_org_without_records_of_consent_says_what_to_switch_on(crew: Crew) -> None:
    for name in ("DataUsePurpose", "DataUseLegalBasis"):
        del crew.box.org.objects[name]
    plan = crew.plan()
    assert {c.message for c in plan.conflicts if "Data Protection" in c.message}
    assert {address(c.part).split("[")[0] for c in plan.conflicts} == {
        "table lp_bases",
        "row lp_bases",
        "table lp_purposes",
        "row lp_purposes",
    }
    with pytest.raises(PlanError):
        crew.deploy()

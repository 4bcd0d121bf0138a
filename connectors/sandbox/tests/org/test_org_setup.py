"""Changes of the setup are taken, refused in the words of a deployment, and taken back whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from leadpolicy_sandbox.salesforce.org import (
    FieldDef,
    FieldPermission,
    Limits,
    Org,
    PermissionSet,
    PicklistValue,
    SetupError,
    ValidationRule,
)


def text(name: str, **more: Any) -> FieldDef:
    return FieldDef(name, "string", name, length=more.pop("length", 80), **more)


def rule(formula: str, **more: Any) -> ValidationRule:
    return ValidationRule(more.pop("name", "LP_rule"), True, formula, **{"message": "no", **more})


def granting(field: str, **more: bool) -> PermissionSet:
    allowed = FieldPermission(field, **{"readable": True, "editable": True, **more})
    return PermissionSet("LP_Sales", "Sales", fields={field: allowed})


@pytest.fixture
def org() -> Org:
    org = Org()
    org.upsert_field(None, "Lead", text("a__c"))
    return org


def test_the_same_definition_again_changes_nothing(org: Org) -> None:
    changes: list[Callable[[], str]] = [
        lambda: org.upsert_field(None, "Lead", text("b__c", description="B")),
        lambda: org.upsert_rule(None, "Lead", rule('a__c = "x"', display_field="a__c")),
        lambda: org.upsert_permission_set(None, granting("Lead.a__c")),
        lambda: org.set_standard_values(
            None, "LeadSource", [PicklistValue("Web", "Web"), PicklistValue("Fair", "Messe")]
        ),
        lambda: org.set_history(None, "Lead", True),
    ]
    for change in changes:
        assert change() in {"created", "changed"}
        lines = len(list(org.rows(None, "SetupAuditTrail")))
        assert change() == "unchanged"
        assert len(list(org.rows(None, "SetupAuditTrail"))) == lines


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda o: o.upsert_field(None, "Lead", text("b")), "fullName must end with: __c"),
        (lambda o: o.upsert_field(None, "Lead", text("b__d__c")), "two consecutive underscores"),
        (lambda o: o.upsert_field(None, "Lead", text("b__c", length=256)), "between 1 and 255"),
        (lambda o: o.upsert_field(None, "Lead", text("b__c", formula='c__c & ""')),
         "Field c__c does not exist. Check spelling."),
        (lambda o: o.upsert_field(None, "Lead", text("b__c", formula="NumberOfEmployees")),
         "Formula result is data type (Number), incompatible with expected data type (Text)."),
        (lambda o: o.upsert_field(None, "Lead", text("b__c", formula='"' + "x" * 3900 + '"')),
         "Formula is too long (3,902 characters). Maximum length is 3,900 characters."),
        (lambda o: o.upsert_field(None, "Lead", text("a__c", formula='"x"')),
         "Cannot update a field to a Formula from something else"),
        (lambda o: o.upsert_field(None, "Lead", FieldDef("p__c", "picklist", "P")),
         "Must specify at least one value for a picklist"),
        (lambda o: o.upsert_field(None, "Lead", text("b__c", track_history=True)),
         "The entity: Lead does not have history tracking enabled"),
        (lambda o: o.delete_field(None, "Lead", "z__c"), "No CustomField named: Lead.z__c found"),
        (lambda o: o.upsert_rule(None, "Lead", rule("NumberOfEmployees")),
         "incompatible with expected data type (true or false)"),
        (lambda o: o.upsert_rule(None, "Lead", rule("TRUE", message="x" * 256)),
         "(max length=255)"),
        (lambda o: o.upsert_rule(None, "Lead", rule("TRUE", name="LP_")), "end with an underscore"),
        (lambda o: o.upsert_rule(None, "Lead", rule("TRUE", display_field="z__c")),
         "no CustomField named Lead.z__c found"),
        (lambda o: o.delete_rule(None, "Lead", "LP_z"), "No ValidationRule named: Lead.LP_z found"),
        (lambda o: o.upsert_permission_set(None, granting("Lead.z__c")),
         "In field: field - no CustomField named Lead.z__c found"),
        (lambda o: o.upsert_permission_set(None, granting("Lead.Company")),
         "You cannot deploy to a required field: Lead.Company"),
        (lambda o: o.upsert_permission_set(None, granting("Lead.a__c", readable=False)),
         "Permission Edit Lead.a__c depends on permission(s): Read Lead.a__c"),
        (lambda o: o.set_standard_values(None, "LeadStatus", [PicklistValue("New", "Neu")]),
         "at least one lead status marked as Converted"),
        (lambda o: o.set_standard_values(None, "LeadState", [PicklistValue("New", "Neu")]),
         "Invalid name for standard picklist: LeadState"),
    ],
)  # fmt: skip
def test_what_cannot_be_deployed_is_refused_in_the_words_of_a_deployment(
    org: Org, change: Callable[[Org], Any], problem: str
) -> None:
    before = dict(org.objects["Lead"].fields), dict(org.objects["Lead"].rules)
    with pytest.raises(SetupError) as refused:
        change(org)
    assert problem in refused.value.problem
    assert (org.objects["Lead"].fields, org.objects["Lead"].rules) == before


def test_limits_of_an_edition_are_kept() -> None:
    org = Org(limits=Limits(custom_fields=3, tracked_fields=1, external_ids=1))
    org.set_history(None, "Lead", True)
    org.upsert_field(None, "Lead", text("a__c", track_history=True, external_id=True))
    org.upsert_field(None, "Lead", text("b__c"))
    with pytest.raises(SetupError, match="maximum number of fields to track"):
        org.upsert_field(None, "Lead", text("b__c", track_history=True))
    with pytest.raises(SetupError, match="maximum number of external ID fields"):
        org.upsert_field(None, "Lead", text("b__c", external_id=True))
    org.upsert_field(None, "Lead", text("c__c"))
    with pytest.raises(SetupError, match="maximum number of custom fields") as full:
        org.upsert_field(None, "Lead", text("d__c"))
    assert full.value.code == "CUSTOM_ENTITY_OR_FIELD_LIMIT"


def test_a_field_that_is_read_elsewhere_cannot_be_deleted(org: Org) -> None:
    org.upsert_permission_set(None, granting("Lead.a__c"))
    org.upsert_field(None, "Lead", text("b__c", formula='A__C & "!"'))
    org.upsert_rule(None, "Lead", rule('b__c = "!"'))
    org.upsert_field(None, "Contact", text("far__c", formula="Individual.Name"))
    with pytest.raises(SetupError) as refused:
        org.delete_field(None, "Lead", "a__c")
    assert refused.value.problem == (
        "This custom field is referenced elsewhere in salesforce.com. : "
        "Custom Formula Field - Lead.b__c"
    )
    with pytest.raises(SetupError, match=r"Validation Rule - Lead\.LP_rule"):
        org.delete_field(None, "Lead", "b__c")
    org.delete_rule(None, "Lead", "LP_rule")
    org.delete_field(None, "Lead", "b__c")
    org.delete_field(None, "Lead", "a__c")
    assert org.permission_sets["LP_Sales"].fields == {}


def test_a_deleted_field_keeps_its_values_aside(org: Org) -> None:
    id = str(
        org.create(
            None,
            "Lead",
            {
                "LastName": "L",
                "Company": "C",
                "a__c": "kept",
                "OwnerId": org.users["sales@practice.example"].id,
            },
        ).id
    )
    org.delete_field(None, "Lead", "a__c")
    org.upsert_field(None, "Lead", text("a__c"))
    row = org.get(None, "Lead", id)
    assert row is not None and org.value(None, "Lead", row, "a__c") is None
    org.delete_field(None, "Lead", "a__c")
    org.upsert_field(None, "Lead", text("x__c"))
    with pytest.raises(SetupError, match="No deleted field"):
        org.restore_field(None, "Lead", "x__c")
    org.restore_field(None, "Lead", "a__c")
    assert "a__c" in org.objects["Lead"].fields


def test_types_change_only_where_data_allows(org: Org) -> None:
    picklist = FieldDef("a__c", "picklist", "A", values=[PicklistValue("x", "X")])
    number = FieldDef("a__c", "double", "A", precision=18)
    owner = org.users["sales@practice.example"].id
    org.create(None, "Lead", {"LastName": "L", "Company": "C", "a__c": "x", "OwnerId": owner})
    with pytest.raises(SetupError, match="Cannot change type due to existing data"):
        org.upsert_field(None, "Lead", number)
    assert org.upsert_field(None, "Lead", picklist) == "changed"
    org.upsert_field(None, "Lead", text("b__c"))
    assert org.upsert_field(None, "Lead", FieldDef("b__c", "boolean", "B")) == "changed"
    org.create(None, "Lead", {"LastName": "L", "Company": "C", "a__c": "x", "OwnerId": owner})
    with pytest.raises(SetupError, match="contains duplicate values"):
        org.upsert_field(None, "Lead", text("a__c", unique=True))


def test_values_left_out_become_inactive_and_stay_on_records(org: Org) -> None:
    sales = org.users["sales@practice.example"]
    id = str(org.create(sales, "Lead", {"LastName": "L", "Company": "C"}).id)
    given = [
        PicklistValue("New", "Neu", default=True),
        PicklistValue("Customer", "Kunde", converted=True),
    ]
    org.set_standard_values(None, "LeadStatus", given)
    told = [(r["ApiName"], r["IsConverted"]) for r in org.rows(sales, "LeadStatus")]
    assert told == [("New", False), ("Customer", True)]
    assert [value.active for value in org.standard_values("LeadStatus")] == [True] * 2 + [False] * 4
    row = org.get(sales, "Lead", id)
    assert row is not None and row["Status"] == "Open - Not Contacted"
    other = org.get(
        sales, "Lead", str(org.create(sales, "Lead", {"LastName": "M", "Company": "C"}).id)
    )
    assert other is not None and other["Status"] == "New"


def test_a_restricted_value_that_was_taken_away_is_kept_but_not_chosen(org: Org) -> None:
    def reasons(*names: str) -> FieldDef:
        values = [PicklistValue(name, name) for name in names]
        return FieldDef("why__c", "picklist", "Why", restricted=True, values=values)

    owner = org.users["sales@practice.example"].id
    org.upsert_field(None, "Lead", reasons("price", "time"))
    given = {"LastName": "L", "Company": "C", "OwnerId": owner, "why__c": "price"}
    id = str(org.create(None, "Lead", given).id)
    org.upsert_field(None, "Lead", reasons("time"))
    assert org.update(None, "Lead", id, {"why__c": "price", "Title": "x"}).success
    assert not org.create(None, "Lead", given).success


def test_permission_sets_add_up_and_are_held_until_taken(org: Org) -> None:
    admin, sales = org.users["admin@practice.example"], org.users["sales@practice.example"]
    org.upsert_field(None, "Lead", text("b__c", formula='"x"'))
    org.upsert_permission_set(admin, granting("Lead.a__c"))
    org.upsert_permission_set(admin, granting("Lead.b__c"))
    rows = [(r["Field"], r["PermissionsRead"], r["PermissionsEdit"])
            for r in org.rows(sales, "FieldPermissions")]  # fmt: skip
    assert rows == [("Lead.a__c", True, True), ("Lead.b__c", True, False)]
    held = org.assign(admin, "LP_Sales", sales.username)
    again = org.assign(admin, "LP_Sales", sales.username)
    assert held.success and again.errors[0].code == "DUPLICATE_VALUE"
    (assignment,) = org.rows(sales, "PermissionSetAssignment")
    assert org.value(sales, "PermissionSetAssignment", assignment, "PermissionSet.Name") == (
        "LP_Sales"
    )
    with pytest.raises(SetupError, match="assigned to users"):
        org.delete_permission_set(admin, "LP_Sales")
    org.upsert_permission_set(admin, granting("Lead.a__c", readable=False, editable=False))
    assert org.permission_sets["LP_Sales"].fields.keys() == {"Lead.b__c"}
    assert org.delete(admin, None, str(held.id)).success
    org.delete_permission_set(admin, "LP_Sales")
    assert not list(org.rows(sales, "PermissionSet"))


def test_who_changed_the_setup_is_on_record(org: Org) -> None:
    admin = org.users["admin@practice.example"]
    org.upsert_field(admin, "Lead", text("b__c"))
    org.changed_setup(admin, "changedSomething", "by hand")
    last, by_hand = list(org.rows(admin, "SetupAuditTrail"))[-2:]
    assert last["Display"] == "Created custom field b__c (b__c) on Lead"
    assert (last["CreatedById"], by_hand["Display"]) == (admin.id, "by hand")


def test_definitions_can_be_asked_for(org: Org) -> None:
    org.upsert_permission_set(None, granting("Lead.a__c"))
    sales = org.users["sales@practice.example"]
    org.assign(None, "LP_Sales", sales.username)
    told = {r["DurableId"]: r for r in org.rows(sales, "FieldDefinition")}
    assert told["Lead.a__c"]["DataType"] == "Text(80)"
    assert told["Lead.AnnualRevenue"]["DataType"] == "Currency(18, 0)"
    entity = org.value(sales, "FieldDefinition", told["Lead.a__c"],
                       "EntityDefinition.QualifiedApiName")  # fmt: skip
    assert entity == "Lead"

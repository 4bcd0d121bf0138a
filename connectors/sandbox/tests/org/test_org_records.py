"""Records of the practice org are saved, refused, deleted, merged, converted as in Salesforce."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from leadpolicy_sandbox.salesforce.org import (
    FieldDef,
    FieldPermission,
    LeadConvert,
    Org,
    OrgError,
    PermissionSet,
    PicklistValue,
    SaveResult,
    SeveralMatchError,
    User,
    ValidationRule,
)

NOON = datetime(2026, 3, 2, 12, 0, 30, 999, tzinfo=UTC)


@pytest.fixture
def org() -> Org:
    org = Org()
    org.freeze(NOON)
    return org


@pytest.fixture
def sales(org: Org) -> User:
    return org.users["sales@practice.example"]


def lead(org: Org, user: User | None, **values: Any) -> str:
    given = {"LastName": "Lohmann", "Company": "Isarwerk AG", **values}
    result = org.create(user, "Lead", given)
    assert result.success, result
    return str(result.id)


def codes(result: SaveResult) -> list[str]:
    return [error.code for error in result.errors]


def show(org: Org, user: User | None, fields: list[FieldDef]) -> None:
    granted = {}
    for field in fields:
        org.upsert_field(None, "Lead", field)
        name = f"Lead.{field.name}"
        granted[name] = FieldPermission(name, readable=True, editable=True)
    org.upsert_permission_set(None, PermissionSet("shown", "Shown", fields=granted))
    if user is not None and "shown" not in user.sets:
        assert org.assign(None, "shown", user.username).success


def test_a_new_lead_gets_its_defaults_name_owner_and_stamps(org: Org, sales: User) -> None:
    id = lead(org, sales, FirstName="  Lea ", Title="", NumberOfEmployees="12")
    row = org.get(sales, "lead", id[:15])
    assert row is not None
    assert len(id) == 18
    assert (row["Name"], row["Title"], row["Status"]) == (
        "Lea Lohmann",
        None,
        "Open - Not Contacted",
    )
    assert row["NumberOfEmployees"] == Decimal(12)
    assert row["CreatedDate"] == row["SystemModstamp"] == NOON.replace(microsecond=0)
    assert org.value(sales, "Lead", row, "Owner.Name") == "Sven Sales"
    assert org.value(sales, "Lead", row, "DoNotCall") is False
    assert org.value(sales, "Lead", row, "Address") is None


@pytest.mark.parametrize(
    ("values", "code", "message", "fields"),
    [
        ({"LastName": None}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]",
         ("LastName",)),
        ({"FirstName": "x" * 41}, "STRING_TOO_LONG",
         f"First Name: data value too large: {'x' * 41} (max length=40)", ("FirstName",)),
        ({"Email": "nobody@nowhere"}, "INVALID_EMAIL_ADDRESS",
         "Email: invalid email address: nobody@nowhere", ("Email",)),
        ({"NumberOfEmployees": 10**9}, "NUMBER_OUTSIDE_VALID_RANGE",
         "Employees: value outside of valid range on numeric field: 1000000000",
         ("NumberOfEmployees",)),
        ({"CleanStatus": "Spotless"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
         "Clean Status: bad value for restricted picklist field: Spotless", ("CleanStatus",)),
        ({"DoNotCall": None}, "INVALID_TYPE_ON_FIELD_IN_RECORD",
         "Do Not Call: value not of required type: ", ("DoNotCall",)),
        ({"Fit": 1}, "INVALID_FIELD", "No such column 'Fit' on sobject of type Lead", ()),
        ({"OwnerId": "003000000000001AAA"}, "MALFORMED_ID",
         "Owner ID: id value of incorrect type: 003000000000001AAA", ("OwnerId",)),
        ({"IndividualId": "0PK000000000001"}, "INVALID_CROSS_REFERENCE_KEY",
         "invalid cross reference id", ("IndividualId",)),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_and_changes_nothing(
    org: Org, sales: User, values: dict[str, Any], code: str, message: str, fields: tuple[str, ...]
) -> None:
    id = lead(org, sales, Title="before")
    before = org.get(sales, "Lead", id)
    for result in (
        org.create(sales, "Lead", {"LastName": "L", "Company": "C", **values}),
        org.update(sales, "Lead", id, {"Title": "after", **values}),
    ):
        assert not result.success
        (error,) = result.errors
        assert (error.code, error.message, error.fields) == (code, message, fields)
    assert org.get(sales, "Lead", id) == before


def test_json_of_another_type_is_refused_whole_and_text_by_record(org: Org, sales: User) -> None:
    id = lead(org, sales)
    with pytest.raises(OrgError) as refused:
        org.update(sales, "Lead", id, {"NumberOfEmployees": "many"})
    assert (refused.value.status, refused.value.code) == (400, "JSON_PARSER_ERROR")
    assert "Cannot deserialize instance of int from VALUE_STRING value many" in str(refused.value)
    with pytest.raises(OrgError, match="of string from VALUE_NUMBER_INT value 7"):
        org.update(sales, "Lead", id, {"Title": 7})
    text = org.update(sales, "Lead", id, {"NumberOfEmployees": "many"}, source="text")
    assert codes(text) == ["INVALID_TYPE_ON_FIELD_IN_RECORD"]
    ticked = org.update(sales, "Lead", id, {"DoNotCall": "1", "AnnualRevenue": "9.5"},
                        source="text")  # fmt: skip
    row = org.get(sales, "Lead", id)
    assert ticked.success and row is not None
    assert (row["DoNotCall"], row["AnnualRevenue"]) == (True, Decimal(10))


def test_closed_fields_are_named_together(org: Org, sales: User) -> None:
    result = org.update(sales, "Lead", lead(org, sales), {"CreatedDate": NOON, "Name": "x"})
    assert codes(result) == ["INVALID_FIELD_FOR_INSERT_UPDATE"]
    assert result.errors[0].fields == ("CreatedDate", "Name")
    assert codes(org.create(sales, "Lead", {"Id": "x"})) == ["INVALID_FIELD_FOR_INSERT_UPDATE"]


def test_a_field_nobody_was_granted_does_not_exist(org: Org, sales: User) -> None:
    admin = org.users["admin@practice.example"]
    show(org, admin, [FieldDef("fit__c", "double", "Fit", precision=18, scale=1)])
    id = lead(org, admin, fit__c=2.25)
    row = org.get(admin, "Lead", id)
    assert row is not None
    assert org.value(admin, "Lead", row, "FIT__C") == Decimal("2.3")
    assert codes(org.update(sales, "Lead", id, {"fit__c": 3})) == ["INVALID_FIELD"]
    with pytest.raises(OrgError, match="No such column 'fit__c' on entity 'Lead'"):
        org.value(sales, "Lead", row, "fit__c")
    read_only = PermissionSet(
        "look", "Look", fields={"x": FieldPermission("Lead.fit__c", readable=True, editable=False)}
    )
    org.upsert_permission_set(None, read_only)
    org.assign(None, "look", sales.username)
    assert org.value(sales, "Lead", row, "fit__c") == Decimal("2.3")
    refused = org.update(sales, "Lead", id, {"fit__c": 3})
    assert codes(refused) == ["INVALID_FIELD_FOR_INSERT_UPDATE"]


def test_upsert_by_external_id_makes_once_and_changes_after(org: Org, sales: User) -> None:
    key = FieldDef("key__c", "string", "Key", length=80, external_id=True, unique=True,
                   case_sensitive=True)  # fmt: skip
    show(org, sales, [key, FieldDef("old__c", "string", "Old", length=80, external_id=True)])
    made = org.upsert(sales, "Lead", "key__c", "A 1", {"LastName": "L", "Company": "C"})
    again = org.upsert(sales, "Lead", "key__c", "A 1", {"Title": "CFO"})
    assert (made.created, again.created, again.id) == (True, False, made.id)
    assert org.find("Lead", "key__c", "A 1") == [made.id]
    other = lead(org, sales, key__c="a 1", old__c="x")
    taken = org.update(sales, "Lead", other, {"key__c": "A 1"})
    assert codes(taken) == ["DUPLICATE_VALUE"] and str(made.id) in taken.errors[0].message
    lead(org, sales, old__c="X")
    with pytest.raises(SeveralMatchError) as several:
        org.upsert(sales, "Lead", "old__c", "x", {})
    assert len(several.value.ids) == 2
    with pytest.raises(OrgError, match="does not exist or is not accessible: Company"):
        org.upsert(sales, "Lead", "Company", "C", {})


def test_rules_and_formulas_are_worked_out_on_every_save(org: Org, sales: User) -> None:
    show(org, sales, [
        FieldDef("reason__c", "picklist", "Reason", restricted=True,
                 values=[PicklistValue("no_need", "Kein Bedarf")]),
        FieldDef("big__c", "boolean", "Big", formula="NumberOfEmployees >= 250"),
        FieldDef("who__c", "string", "Who", formula='Owner:User.Name & "/" & IF(big__c,"L","S")'),
    ])  # fmt: skip
    closing = 'AND(ISCHANGED(Status), ISPICKVAL(Status, "Closed - Not Converted"), '
    org.upsert_rule(
        None,
        "Lead",
        ValidationRule(
            "LP_reason", True, closing + "ISBLANK(TEXT(reason__c)))", "Reason missing", "reason__c"
        ),
    )
    org.upsert_rule(None, "Lead", ValidationRule("LP_new", True, "AND(ISNEW(), big__c)", "Too big"))
    org.upsert_rule(None, "Lead", ValidationRule("LP_off", False, "TRUE", "Never"))
    id = lead(org, sales)
    assert codes(org.create(sales, "Lead", {"LastName": "L", "Company": "C",
                                            "NumberOfEmployees": 300})) == [
        "FIELD_CUSTOM_VALIDATION_EXCEPTION"]  # fmt: skip
    assert org.update(sales, "Lead", id, {"NumberOfEmployees": 300}).success
    row = org.get(sales, "Lead", id)
    assert row is not None and org.value(sales, "Lead", row, "who__c") == "Sven Sales/L"
    refused = org.update(sales, "Lead", id, {"Status": "Closed - Not Converted"})
    assert refused.errors[0].message == "Reason missing"
    assert refused.errors[0].fields == ("reason__c",)
    both = {"Status": "Closed - Not Converted", "reason__c": "no_need"}
    assert org.update(sales, "Lead", id, both).success
    assert codes(org.update(sales, "Lead", id, {"big__c": True})) == [
        "INVALID_FIELD_FOR_INSERT_UPDATE"
    ]


def test_history_holds_changes_of_tracked_fields_only(org: Org, sales: User) -> None:
    org.set_history(None, "Lead", True)
    for name in ("Status", "OwnerId"):
        org.upsert_field(None, "Lead", FieldDef(name, "x", "x", track_history=True))
    id = lead(org, sales)
    admin = org.users["admin@practice.example"]
    org.update(sales, "Lead", id, {"Status": "Working - Contacted", "Title": "CFO"})
    org.update(sales, "Lead", id, {"OwnerId": admin.id})
    told = [(r["Field"], r["OldValue"], r["NewValue"]) for r in org.rows(sales, "LeadHistory")]
    assert told == [
        ("created", None, None),
        ("Status", "Open - Not Contacted", "Working - Contacted"),
        ("Owner", "Sven Sales", "Alex Admin"),
        ("Owner", sales.id, admin.id),
    ]


def test_deleting_and_bringing_back(org: Org, sales: User) -> None:
    account = str(org.create(sales, "Account", {"Name": "Elbkontor"}).id)
    contact = str(org.create(sales, "Contact", {"LastName": "L", "AccountId": account}).id)
    assert org.delete(sales, "Account", account).success
    assert org.get(sales, "Contact", contact) is None
    assert codes(org.update(sales, "Contact", contact, {"Title": "x"})) == ["ENTITY_IS_DELETED"]
    assert codes(org.delete(sales, None, account)) == ["ENTITY_IS_DELETED"]
    assert org.undelete(sales, account).success
    assert org.get(sales, "Contact", contact) is not None
    assert codes(org.undelete(sales, account)) == ["UNDELETE_FAILED"]
    org.delete(sales, None, contact)
    assert [one.success for one in org.empty_bin(sales, [contact, account])] == [True, False]
    assert org.get(sales, "Contact", contact, deleted=True) is None
    assert codes(org.delete(sales, None, contact)) == ["INVALID_CROSS_REFERENCE_KEY"]


def test_a_merge_keeps_one_and_moves_what_pointed_to_the_others(org: Org, sales: User) -> None:
    first, second, third = (lead(org, sales) for _ in range(3))
    individual = str(org.create(sales, "Individual", {"LastName": "L"}).id)
    org.update(sales, "Lead", third, {"IndividualId": individual})
    org.settings["AutoSelectIndividualOnMerge"] = True
    task = str(org.create(sales, "Task", {"WhoId": second, "Subject": "Call"}).id)
    done = org.merge(sales, "Lead", first, [second, third], {"Title": "CFO"})
    assert (done.success, done.merged, done.updated_related) == (True, (second, third), (task,))
    kept, gone, moved = (
        org.get(sales, "Lead", first),
        org.get(sales, "Lead", second, deleted=True),
        org.get(sales, "Task", task),
    )
    assert kept is not None and gone is not None and moved is not None
    assert (kept["Title"], kept["IndividualId"]) == ("CFO", individual)
    assert (gone["IsDeleted"], gone["MasterRecordId"], moved["WhoId"]) == (True, first, first)
    assert not org.merge(sales, "Lead", first, [second]).success


def test_a_converted_lead_goes_on_as_contact_and_opportunity(org: Org, sales: User) -> None:
    twin = FieldDef("fit__c", "double", "Fit", precision=18, scale=0)
    org.upsert_field(None, "Contact", twin)
    show(org, sales, [twin])
    org.upsert_rule(None, "Lead", ValidationRule("LP_no", True, "IsConverted", "Never"))
    individual = str(org.create(sales, "Individual", {"LastName": "L"}).id)
    id = lead(org, sales, FirstName="Lea", fit__c=7, City="Köln", IndividualId=individual)
    assert org.convert(sales, LeadConvert(id, "Working - Contacted")).errors[0].code == (
        "INVALID_STATUS"
    )
    done = org.convert(sales, LeadConvert(id, "Closed - Converted"))
    row = org.get(sales, "Lead", id)
    assert done.success and row is not None
    assert (row["ConvertedDate"], row["ConvertedContactId"]) == (date(2026, 3, 2), done.contact_id)
    contact = org.get(None, "Contact", str(done.contact_id))
    assert contact is not None
    assert (contact["MailingCity"], contact["fit__c"], contact["IndividualId"]) == (
        "Köln", Decimal(7), individual,
    )  # fmt: skip
    assert org.value(sales, "Lead", row, "ConvertedOpportunity.IsWon") is False
    org.update(sales, "Opportunity", str(done.opportunity_id), {"StageName": "Closed Won"})
    assert org.value(sales, "Lead", row, "ConvertedOpportunity.IsWon") is True
    stages = [r["StageName"] for r in org.rows(sales, "OpportunityHistory")]
    assert stages == ["Prospecting", "Closed Won"]
    assert codes(org.update(sales, "Lead", id, {"Title": "x"})) == ["CANNOT_UPDATE_CONVERTED_LEAD"]
    again = org.convert(sales, LeadConvert(id, "Closed - Converted"))
    assert again.errors[0].code == "CANNOT_UPDATE_CONVERTED_LEAD"
    org.settings["RequireValidationForConversion"] = True
    other = org.convert(sales, LeadConvert(lead(org, sales), "Closed - Converted"))
    assert other.errors[0].code == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    assert len(list(org.rows(None, "Contact"))) == 1


def test_references_may_be_given_by_external_id(org: Org, sales: User) -> None:
    basis = str(org.create(sales, "DataUseLegalBasis", {"Name": "Consent"}).id)
    given = {"Name": "Newsletter", "LegalBasis": {"Name": "Consent"}}
    made = org.create(sales, "DataUsePurpose", given)
    row = org.get(sales, "DataUsePurpose", str(made.id))
    assert row is not None and row["LegalBasisId"] == basis
    missing = org.create(sales, "DataUsePurpose", {"Name": "x", "LegalBasis": {"Name": "Y"}})
    assert missing.errors[0].message == (
        "Foreign key external ID: Y not found for field Name in entity DataUseLegalBasis"
    )

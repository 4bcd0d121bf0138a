"""The Tooling API, as simple-salesforce speaks it."""

from typing import Any

import pytest
from connectors.sandbox.tests.soap.clients import FIT, RULE, MetadataClient, lead, simple
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest

from leadpolicy_sandbox.salesforce.server import SALES, SalesforceSandbox

PICKS = {
    "label": "Why",
    "type": "Picklist",
    "valueSet": {
        "restricted": True,
        "valueSetDefinition": {
            "sorted": False,
            "value": [{"valueName": "a", "label": "A", "default": False}],
        },
    },
}


@pytest.fixture
def client(sandbox: SalesforceSandbox, metadata: MetadataClient) -> Salesforce:
    """A client of an admin, of an org with a field and a rule."""
    other = RULE.replace("LP_fit_is_not_negative", "LP_other").replace("true", "false")
    assert metadata.deploy(lead(FIT, RULE, other)).success
    return simple(sandbox)


def found(client: Salesforce, text: str) -> list[dict[str, Any]]:
    """The records of a query."""
    records: list[dict[str, Any]] = client.toolingexecute("query", params={"q": text})["records"]
    return records


def test_rules_are_found_by_their_columns(client: Salesforce) -> None:
    rules = found(
        client,
        "SELECT Id, ValidationName, Active, EntityDefinition.QualifiedApiName FROM ValidationRule "
        "WHERE EntityDefinition.QualifiedApiName = 'Lead' ORDER BY ValidationName DESC",
    )
    assert [(each["ValidationName"], each["Active"]) for each in rules] == [
        ("LP_other", False),
        ("LP_fit_is_not_negative", True),
    ]
    assert rules[0]["EntityDefinition"]["QualifiedApiName"] == "Lead"
    assert rules[0]["attributes"]["type"] == "ValidationRule"
    active = found(client, "SELECT ValidationName FROM ValidationRule WHERE Active = true LIMIT 5")
    assert len(active) == 1


def test_metadata_comes_for_a_single_row_only(client: Salesforce) -> None:
    text = "SELECT Id, FullName, Metadata FROM ValidationRule"
    with pytest.raises(SalesforceMalformedRequest, match="no more than one row"):
        found(client, text)
    one = found(client, f"{text} WHERE ValidationName = 'LP_other'")[0]
    assert one["FullName"] == "Lead.LP_other"
    assert one["Metadata"]["errorConditionFormula"] == "lp_fit__c < 0"


def test_unknown_columns_are_refused(client: Salesforce) -> None:
    with pytest.raises(SalesforceMalformedRequest, match="No such column 'Formula'"):
        found(client, "SELECT Formula FROM ValidationRule")


def test_setup_that_every_query_can_tell_is_told_here_too(client: Salesforce) -> None:
    fields = found(
        client,
        "SELECT QualifiedApiName FROM FieldDefinition "
        "WHERE EntityDefinition.QualifiedApiName = 'Lead' AND QualifiedApiName = 'Company'",
    )
    assert [field["QualifiedApiName"] for field in fields] == ["Company"]
    named = {each["name"] for each in client.toolingexecute("sobjects")["sobjects"]}
    assert named == {"CustomField", "ValidationRule"}


def test_a_field_is_made_changed_and_deleted_by_its_id(
    client: Salesforce, sandbox: SalesforceSandbox
) -> None:
    made = client.toolingexecute(
        "sobjects/CustomField", "POST", {"FullName": "Lead.why__c", "Metadata": PICKS}
    )
    assert made["success"]
    place = f"sobjects/CustomField/{made['id']}"
    text = "SELECT Id, DeveloperName FROM CustomField WHERE DeveloperName = 'why'"
    assert [each["Id"] for each in found(client, text)] == [made["id"]]
    metadata = client.toolingexecute(place)["Metadata"]
    value = metadata["valueSet"]["valueSetDefinition"]["value"][0]
    assert (value["valueName"], value["label"]) == ("a", "A")
    client.toolingexecute(place, "PATCH", {"Metadata": {**metadata, "label": "Why not"}})
    assert sandbox.org.objects["Lead"].fields["why__c"].label == "Why not"
    client.toolingexecute(place, "DELETE")
    assert found(client, text) == []


def test_refusals_are_errors_of_rest(client: Salesforce, sandbox: SalesforceSandbox) -> None:
    rule = {"active": True, "errorConditionFormula": "gone__c = 1", "errorMessage": "no"}
    with pytest.raises(SalesforceMalformedRequest) as caught:
        client.toolingexecute(
            "sobjects/ValidationRule", "POST", {"FullName": "Lead.LP_bad", "Metadata": rule}
        )
    assert "gone__c" in str(caught.value.content)
    with pytest.raises(SalesforceMalformedRequest, match="No such column 'lable'"):
        client.toolingexecute(
            "sobjects/CustomField",
            "POST",
            {"FullName": "Lead.why__c", "Metadata": {"lable": "Why"}},
        )
    seller = simple(sandbox, SALES)
    with pytest.raises(Exception, match="INSUFFICIENT_ACCESS"):
        found(seller, "SELECT Id FROM CustomField")

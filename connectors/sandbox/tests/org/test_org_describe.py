"""What the practice org tells about leads is what a real org told."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from leadpolicy_sandbox.salesforce.org import FieldDef, Org

_DATA = os.environ.get("LEADPOLICY_CONTRACT_DATA")
# The recorded org hid these from the user who asked; standard orgs have them.
_ALSO = {"HasOptedOutOfEmail", "HasOptedOutOfFax", "DoNotCall"}


@pytest.fixture(scope="module")
def recorded() -> dict[str, Any]:
    if not _DATA:
        pytest.skip("set LEADPOLICY_CONTRACT_DATA to the folder with the contract data of CRMs")
    path = Path(_DATA) / "salesforce" / "recorded" / "Lead_describe.json"
    body: dict[str, Any] = json.loads(path.read_text())
    return body


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    org = Org()
    return org.describe(org.users["admin@practice.example"], "lead", version="59.0")


def test_top_level_is_told_alike(told: dict[str, Any], recorded: dict[str, Any]) -> None:
    assert told.keys() == recorded.keys()
    apart = {"fields", "childRelationships", "urls", "supportedScopes"}
    assert {key: told[key] for key in told.keys() - apart} == {
        key: recorded[key] for key in recorded.keys() - apart
    }
    assert told["urls"].keys() == recorded["urls"].keys()
    assert told["urls"]["rowTemplate"] == recorded["urls"]["rowTemplate"]


def test_every_recorded_field_is_told_alike(told: dict[str, Any], recorded: dict[str, Any]) -> None:
    ours = {field["name"]: field for field in told["fields"]}
    theirs = {field["name"]: field for field in recorded["fields"]}
    assert len(theirs) == 54
    assert ours.keys() - theirs.keys() == _ALSO
    assert {name: ours[name] for name in theirs} == theirs
    assert [name for name in ours if name not in _ALSO] == list(theirs)


def test_ways_back_to_a_lead_are_told_alike(told: dict[str, Any], recorded: dict[str, Any]) -> None:
    theirs = {(way["childSObject"], way["field"]): way for way in recorded["childRelationships"]}
    ours = {(way["childSObject"], way["field"]): way for way in told["childRelationships"]}
    assert {"LeadHistory", "CampaignMember", "Task"} <= {object for object, _ in ours}
    for place, way in ours.items():
        assert way.keys() == theirs[place].keys()
        assert way["relationshipName"] == theirs[place]["relationshipName"]


def test_a_deployed_field_is_described_once_somebody_may_see_it() -> None:
    org = Org()
    admin = org.users["admin@practice.example"]
    org.upsert_field(
        admin, "Lead", FieldDef("fit__c", "double", "Fit", precision=18, scale=2, external_id=True)
    )
    assert "fit__c" not in org.fields(admin, "Lead")
    whole = {field["name"]: field for field in org.describe(None, "Lead")["fields"]}
    fit = whole["fit__c"]
    assert (fit["custom"], fit["precision"], fit["scale"]) == (True, 18, 2)
    assert fit["externalId"] and fit["idLookup"] and fit["permissionable"]


def test_all_objects_are_listed_with_the_way_to_their_description() -> None:
    org = Org()
    listed = {one["name"]: one for one in org.describe_global(None)["sobjects"]}
    assert listed["Lead"]["keyPrefix"] == "00Q"
    assert listed["ContactPointTypeConsent"]["createable"]
    assert not listed["LeadStatus"]["createable"]
    assert org.children("Lead")["Histories"] == ("LeadHistory", "LeadId")

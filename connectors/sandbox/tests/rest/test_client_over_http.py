"""simple-salesforce works with the practice Salesforce as it does with a real one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import jwt
import pytest
import requests
from connectors.sandbox.tests.rest.plain import add, connect, said
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceRefusedRequest,
    SalesforceResourceNotFound,
)

from leadpolicy_sandbox.salesforce.server import INTEGRATION, SALES, SalesforceSandbox
from leadpolicy_sandbox.salesforce.service.access import CONSUMER_KEY, CONSUMER_SECRET

LEAD = {"LastName": "Meier", "Company": "ACME"}
KEYS = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PRIVATE = KEYS.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
).decode()
PUBLIC = KEYS.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)


def test_client_credentials_log_in_the_integration_user(sandbox: SalesforceSandbox) -> None:
    before = sandbox.logins
    sf = connect(sandbox)
    who = sf.oauth2("userinfo")
    assert who["preferred_username"] == INTEGRATION
    assert sandbox.logins == before + 1
    assert sandbox.calls == 0


def test_assertions_are_checked_against_the_key_that_is_registered(
    sandbox: SalesforceSandbox,
) -> None:
    how = {"username": SALES, "consumer_key": CONSUMER_KEY, "privatekey": PRIVATE}
    assert connect(sandbox, **how).oauth2("userinfo")["preferred_username"] == SALES
    sandbox.site.access.public_key = PUBLIC
    assert connect(sandbox, **how).oauth2("userinfo")["preferred_username"] == SALES
    forged = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with pytest.raises(SalesforceAuthenticationFailed) as refused:
        connect(sandbox, **{**how, "privatekey": forged.decode()})
    assert refused.value.code == "invalid_grant"


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"sub": "nobody@sandbox.test"}, "invalid_grant"),
        ({"iss": "another"}, "invalid_client_id"),
        ({"exp": 1}, "invalid_grant"),
        ({"exp": "soon"}, "invalid_grant"),
    ],
)
def test_wrong_assertions_are_refused(
    sandbox: SalesforceSandbox, claims: dict[str, object], code: str
) -> None:
    until = str(int((datetime.now(UTC) + timedelta(minutes=3)).timestamp()))
    right = {"iss": CONSUMER_KEY, "sub": SALES, "exp": until}
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": jwt.encode({**right, **claims}, PRIVATE, algorithm="RS256"),
    }
    answer = requests.post(f"{sandbox.url}/services/oauth2/token", form, timeout=5)
    assert (answer.status_code, answer.json()["error"]) == (400, code)


def test_the_password_flow_knows_right_from_wrong(sandbox: SalesforceSandbox) -> None:
    how = {
        "username": SALES,
        "password": sandbox.password,
        "consumer_key": CONSUMER_KEY,
        "consumer_secret": CONSUMER_SECRET,
    }
    assert connect(sandbox, **how).oauth2("userinfo")["preferred_username"] == SALES
    for wrong in (
        {"password": "guess"},
        {"username": "nobody@sandbox.test"},
        {"consumer_secret": "guess"},
        {"consumer_key": "guess"},
    ):
        with pytest.raises(SalesforceAuthenticationFailed):
            connect(sandbox, **{**how, **wrong})


def test_records_are_made_read_changed_and_deleted(sf: Any) -> None:
    made = sf.Lead.create({**LEAD, "NumberOfEmployees": 5})
    assert made["success"] is True
    assert sf.Lead.update(made["id"], {"Email": "a@example.org"}) == 204
    lead = sf.Lead.get(made["id"])
    assert (lead["Name"], lead["NumberOfEmployees"], lead["Email"]) == (
        "Meier", 5, "a@example.org",
    )  # fmt: skip
    assert sf.Lead.get(made["id"], params={"fields": "LastName"}).keys() == {
        "attributes", "LastName",
    }  # fmt: skip
    assert sf.Lead.delete(made["id"]) == 204
    with pytest.raises(SalesforceResourceNotFound) as gone:
        sf.Lead.get(made["id"])
    assert said(gone)[0]["errorCode"] == "ENTITY_IS_DELETED"


def test_upsert_says_what_it_did(sandbox: SalesforceSandbox, sf: Any) -> None:
    place = "lp_key__c/" + quote("a b", safe="")
    made = sf.Lead.upsert(place, LEAD, raw_response=True)
    assert (made.status_code, made.json()["created"]) == (201, True)
    again = sf.Lead.upsert(place, {"lp_score__c": 7.5}, raw_response=True)
    assert (again.status_code, again.json()["created"]) == (200, False)
    assert connect(sandbox, "45.0").Lead.upsert(place, {"lp_score__c": 8}) == 204
    assert sf.Lead.get(place)["lp_score__c"] == 8.0


def test_an_upsert_whose_key_fits_several_records_lists_them(
    sandbox: SalesforceSandbox, sf: Any
) -> None:
    ids = [add(sandbox, Twin__c="x") for _ in range(2)]
    with pytest.raises(SalesforceMoreThanOneRecord) as several:
        sf.Lead.upsert("Twin__c/x", {"Email": "a@example.org"})
    assert said(several) == [f"/services/data/v63.0/sobjects/Lead/{id}" for id in ids]


def test_refusals_come_as_the_exceptions_of_the_client(sf: Any) -> None:
    with pytest.raises(SalesforceMalformedRequest) as missing:
        sf.Lead.create({"LastName": "Meier"})
    assert said(missing) == [
        {
            "message": "Required fields are missing: [Company]",
            "errorCode": "REQUIRED_FIELD_MISSING",
            "fields": ["Company"],
        }
    ]
    with pytest.raises(SalesforceMalformedRequest) as unknown:
        sf.Lead.create({**LEAD, "foo": 1})
    assert said(unknown) == [
        {"message": "No such column 'foo' on sobject of type Lead", "errorCode": "INVALID_FIELD"}
    ]
    with pytest.raises(SalesforceMalformedRequest) as doubled:
        sf.Lead.upsert("lp_key__c/1", {**LEAD, "lp_key__c": "1"})
    assert "should not be specified" in said(doubled)[0]["message"]


def test_all_pages_of_a_query_are_read(sandbox: SalesforceSandbox, sf: Any) -> None:
    for number in range(450):
        add(sandbox, LastName=f"L{number:03}")
    soql = "SELECT LastName FROM Lead ORDER BY LastName"
    few = {"Sforce-Query-Options": "batchSize=200"}
    first = sf.query(soql, headers=few)
    assert (first["totalSize"], first["done"], len(first["records"])) == (450, False, 200)
    names = [one["LastName"] for one in sf.query_all_iter(soql, headers=few)]
    assert names == [f"L{number:03}" for number in range(450)]
    sandbox.site.cursors.close_all()
    with pytest.raises(SalesforceMalformedRequest) as gone:
        sf.query_more(first["nextRecordsUrl"], identifier_is_url=True)
    assert said(gone)[0]["errorCode"] == "INVALID_QUERY_LOCATOR"


def test_changes_and_deletions_are_told(sandbox: SalesforceSandbox, sf: Any) -> None:
    now = datetime.now(UTC)
    sandbox.org.freeze(now - timedelta(minutes=10))
    kept, gone = (sf.Lead.create(LEAD)["id"] for _ in range(2))
    sf.Lead.delete(gone)
    sandbox.org.freeze(now)
    span = now - timedelta(hours=1), now
    updated = sf.Lead.updated(*span)
    assert kept in updated["ids"]
    assert updated["latestDateCovered"].endswith(":00.000+0000")
    deleted = sf.Lead.deleted(*span)
    assert [one["id"] for one in deleted["deletedRecords"]] == [gone]
    assert set(deleted) == {"deletedRecords", "earliestDateAvailable", "latestDateCovered"}


def test_a_session_that_ends_is_renewed_by_the_client(sandbox: SalesforceSandbox, sf: Any) -> None:
    before = sandbox.logins
    sandbox.expire_token()
    assert sf.query("SELECT Id FROM Lead")["totalSize"] == 0
    assert sandbox.logins == before + 1
    bare = connect(sandbox, session_id="nonsense", instance="practice.my")
    with pytest.raises(SalesforceExpiredSession) as refused:
        bare.query("SELECT Id FROM Lead")
    assert said(refused) == [
        {"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}
    ]


def test_limits_are_counted_and_end_the_day(sandbox: SalesforceSandbox, sf: Any) -> None:
    sandbox.quota(2)
    sf.query("SELECT Id FROM Lead")
    assert sf.api_usage["api-usage"].used == 99_999
    left = sf.limits()["DailyApiRequests"]
    assert left == {"Max": 100_000, "Remaining": 0}
    with pytest.raises(SalesforceRefusedRequest) as refused:
        sf.query("SELECT Id FROM Lead")
    assert said(refused) == [
        {"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}
    ]
    assert connect(sandbox).session_id


def test_what_there_is_can_be_listed(sf: Any) -> None:
    names = {one["name"] for one in sf.describe()["sobjects"]}
    assert {"Lead", "Contact", "Account", "Opportunity"} <= names
    assert sf.Lead.metadata()["objectDescribe"]["name"] == "Lead"
    fields = {one["name"] for one in sf.Lead.describe()["fields"]}
    assert {"Id", "LastName", "lp_key__c"} <= fields
    with pytest.raises(SalesforceResourceNotFound):
        sf.Nothing.describe()


def test_addresses_have_a_longest_length(sf: Any) -> None:
    keys = ",".join(f"'{number:064}'" for number in range(250))
    with pytest.raises(Exception, match="414"):
        sf.query(f"SELECT Id FROM Lead WHERE lp_key__c IN ({keys})")
    wide = ",".join(f"'{number:064}'" for number in range(200))
    with pytest.raises(Exception, match="431"):
        sf.query(f"SELECT Id FROM Lead WHERE lp_key__c IN ({wide})", headers={"X-Wide": "x" * 2000})

"""The Partner API: logins, conversions, merges and the recycle bin."""

from typing import Any

import pytest
from connectors.sandbox.tests.soap.clients import PlainHttp, partner, told
from requests import Session
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceAuthenticationFailed

from leadpolicy_sandbox.salesforce.server import ADMIN, SalesforceSandbox

LEAD = {"LastName": "Muster", "Company": "Muster GmbH", "Email": "m@muster.example"}


def made(sandbox: SalesforceSandbox, **values: str) -> str:
    """The id of a new lead."""
    result = sandbox.org.create(sandbox.org.users[ADMIN], "Lead", {**LEAD, **values})
    assert result.id is not None, result.errors
    return result.id


def login(sandbox: SalesforceSandbox, password: str) -> Any:
    """A client that logs in by user name and password."""
    session = Session()
    session.mount("https://", PlainHttp(sandbox.url))
    return Salesforce(
        username=ADMIN,
        password=password,
        security_token="token",
        domain="acme.my",
        session=session,
        version="63.0",
    )


def test_a_login_gives_a_session_and_is_counted(sandbox: SalesforceSandbox) -> None:
    credentials = f"<urn:username>{ADMIN}</urn:username><urn:password>{sandbox.password}token"
    before = sandbox.logins
    answer = partner(sandbox, "login", f"{credentials}</urn:password>")
    session = told(answer, "sessionId")[0]
    assert sandbox.org.user_of(str(session)) is sandbox.org.users[ADMIN]
    assert told(answer, "userName") == [ADMIN]
    assert str(told(answer, "serverUrl")[0]).startswith(f"{sandbox.url}/services/Soap/u/63.0/00D")
    assert (sandbox.logins, sandbox.calls) == (before + 1, 0)
    info = partner(sandbox, "getUserInfo", "", session=session)
    assert told(info, "userFullName") == ["Ada Admin"]
    assert sandbox.calls == 1


@pytest.mark.parametrize(
    ("password", "version", "code"),
    [
        ("wrong", "63.0", "INVALID_LOGIN"),
        ("", "65.0", "UNSUPPORTED_API_VERSION"),
        ("", "30.0", "UNSUPPORTED_API_VERSION"),
        ("", "latest", "UNSUPPORTED_API_VERSION"),
        ("", "66.0", "UNSUPPORTED_API_VERSION"),
    ],
)
def test_logins_are_refused_with_their_fault(
    sandbox: SalesforceSandbox, password: str, version: str, code: str
) -> None:
    given = password or sandbox.password
    body = f"<urn:username>{ADMIN}</urn:username><urn:password>{given}</urn:password>"
    answer = partner(sandbox, "login", body, version=version)
    assert told(answer, "faultcode") == [f"sf:{code}"]
    assert told(answer, "exceptionCode") in ([code], [])
    assert sandbox.logins == 0


def test_a_lead_is_converted_or_the_reason_is_told(sandbox: SalesforceSandbox) -> None:
    id = made(sandbox)
    wish = f"""<urn:leadConverts><urn:leadId>{id}</urn:leadId>
        <urn:convertedStatus>Closed - Converted</urn:convertedStatus>
        <urn:opportunityName>Big one</urn:opportunityName>
        <urn:doNotCreateOpportunity>false</urn:doNotCreateOpportunity></urn:leadConverts>"""
    answer = partner(sandbox, "convertLead", wish)
    assert told(answer, "success") == ["true"]
    row = sandbox.org.get(None, "Lead", id)
    assert row is not None
    assert told(answer, "contactId") == [row["ConvertedContactId"]]
    opportunity = sandbox.org.get(None, "Opportunity", row["ConvertedOpportunityId"])
    assert opportunity is not None
    assert opportunity["Name"] == "Big one"
    again = partner(sandbox, "convertLead", wish)
    assert told(again, "success") == ["false"]
    assert told(again, "statusCode") != []


def test_leads_are_merged_deleted_and_brought_back(sandbox: SalesforceSandbox) -> None:
    master, loser = made(sandbox), made(sandbox, LastName="Mustermann")
    request = f"""<urn:request><urn:masterRecord><obj:type>Lead</obj:type><obj:Id>{master}</obj:Id>
        <obj:Phone>0123</obj:Phone></urn:masterRecord>
        <urn:recordToMergeIds>{loser}</urn:recordToMergeIds></urn:request>"""
    answer = partner(sandbox, "merge", request)
    assert (told(answer, "success"), told(answer, "mergedRecordIds")) == (["true"], [loser])
    row = sandbox.org.get(None, "Lead", master)
    assert row is not None
    assert row["Phone"] == "0123"
    other = made(sandbox)
    sandbox.org.delete(None, "Lead", other)
    back = partner(sandbox, "undelete", f"<urn:ids>{other}</urn:ids>")
    assert (told(back, "id"), told(back, "success")) == ([other], ["true"])
    sandbox.org.delete(None, "Lead", other)
    emptied = partner(sandbox, "emptyRecycleBin", f"<urn:ids>{other}</urn:ids>")
    assert told(emptied, "success") == ["true"]
    assert sandbox.org.get(None, "Lead", other, deleted=True) is None


def test_calls_tell_how_much_of_the_day_is_used(sandbox: SalesforceSandbox) -> None:
    answer = partner(sandbox, "getUserInfo", "")
    header = next(answer.getroottree().iter("{*}Header"))
    assert (told(header, "current"), told(header, "limit")) == (["1"], ["100000"])
    unknown = partner(sandbox, "getUserInfo", "", session="nobody")
    assert told(unknown, "faultcode") == ["sf:INVALID_SESSION_ID"]
    assert "No operation available" in str(told(partner(sandbox, "search", ""), "faultstring"))


def test_simple_salesforce_logs_in_by_password_and_fails_with_a_wrong_one(
    sandbox: SalesforceSandbox,
) -> None:
    assert login(sandbox, sandbox.password).Lead.describe()["name"] == "Lead"
    with pytest.raises(SalesforceAuthenticationFailed, match="INVALID_LOGIN"):
        login(sandbox, "wrong")

"""Faults strike where they are scripted, and the org itself has those that no proxy can make."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from connectors.sandbox.tests.rest.conftest import with_fields
from connectors.sandbox.tests.rest.plain import add

from leadpolicy.testing.lab.faults import Fault, Operation, Scripted, combinations
from leadpolicy_sandbox.salesforce.faults import OFFERED
from leadpolicy_sandbox.salesforce.rest.purposes import items, operation
from leadpolicy_sandbox.salesforce.server import SalesforceSandbox

BASE = "/services/data/v63.0"
SELECT = {"q": "SELECT Id, LastName FROM Lead ORDER BY LastName"}
SAYS = "Sforce-Call-Options"


@pytest.fixture(scope="module")
def struck() -> Iterator[SalesforceSandbox]:
    """Return a sandbox that faults can strike."""
    with with_fields(SalesforceSandbox(faulty=True)) as running:
        for name in ("a", "b", "c"):
            add(running, LastName=name, lp_key__c=name)
        yield running


@pytest.fixture
def sandbox(struck: SalesforceSandbox) -> Iterator[SalesforceSandbox]:
    yield struck
    struck.strike()
    struck.quota(1000)


def call(
    sandbox: SalesforceSandbox, method: str, path: str, purpose: str = "", **more: Any
) -> requests.Response:
    headers = {"Authorization": f"Bearer {sandbox.session()}"}
    if purpose:
        headers[SAYS] = f"client=leadpolicy/{purpose}, defaultNamespace=x"
    url = sandbox.url + BASE + path
    return requests.request(method, url, headers=headers, timeout=0.4, **more)


def query(sandbox: SalesforceSandbox, purpose: str = "lookup") -> requests.Response:
    return call(sandbox, "GET", "/query", purpose, params=SELECT)


def write(sandbox: SalesforceSandbox, title: str, *keys: str) -> requests.Response:
    rows = [{"attributes": {"type": "Lead"}, "lp_key__c": key, "Title": title} for key in keys]
    path = "/composite/sobjects/Lead/lp_key__c"
    return call(sandbox, "PATCH", path, json={"allOrNone": False, "records": rows})


def titles(sandbox: SalesforceSandbox) -> set[str]:
    return {str(row.get("Title")) for row in sandbox.org.rows(None, "Lead")}


def strike(sandbox: SalesforceSandbox, fault: Fault, operation: Operation) -> None:
    sandbox.strike(Scripted(fault, operation))


def test_every_fault_of_the_lab_can_be_scripted() -> None:
    assert {fault for fault, _ in combinations()} == OFFERED


@pytest.mark.parametrize(
    ("fault", "status", "said"),
    [
        (Fault.THROTTLED_SECONDS, 429, "the proxy"),
        (Fault.THROTTLED_BARE, 403, "ConcurrentRequests (Concurrent API Requests) Limit exceeded."),
        (Fault.ERROR_503, 503, "SERVER_UNAVAILABLE"),
        (Fault.ERROR_502, 502, "the proxy"),
        (Fault.HTML, 200, "<!DOCTYPE html>"),
        (Fault.ACCESS_FORBIDDEN, 403, "API_DISABLED_FOR_ORG"),
        (Fault.ACCESS_DENIED, 401, "INVALID_SESSION_ID"),
        (Fault.TOKEN_EXPIRED, 401, "INVALID_SESSION_ID"),
        (Fault.QUOTA_USED_UP, 403, "TotalRequests Limit exceeded."),
    ],
)
def test_a_look_up_is_struck_and_nothing_else(
    sandbox: SalesforceSandbox, fault: Fault, status: int, said: str
) -> None:
    strike(sandbox, fault, Operation.LOOKUP)
    assert query(sandbox, "read").status_code == 200
    answer = query(sandbox)
    assert answer.status_code == status
    assert said in answer.text


@pytest.mark.parametrize(
    ("fault", "effect"),
    [
        (Fault.RESET_BEFORE, False),
        (Fault.RESET_AFTER, True),
        (Fault.TIMEOUT_AFTER, True),
        (Fault.STALLED, True),
        (Fault.UNREACHABLE, False),
    ],
)
def test_calls_break_before_their_effect_or_after_it(
    sandbox: SalesforceSandbox, fault: Fault, effect: bool
) -> None:
    strike(sandbox, fault, Operation.WRITE)
    with pytest.raises(requests.RequestException):
        write(sandbox, fault.value, "a")
    assert (fault.value in titles(sandbox)) is effect


def test_items_of_answers_are_mixed_up(sandbox: SalesforceSandbox) -> None:
    strike(sandbox, Fault.ITEMS_MISSING, Operation.LOOKUP)
    names = [one["LastName"] for one in query(sandbox).json()["records"]]
    assert names == ["b", "c"]
    strike(sandbox, Fault.ITEMS_DUPLICATED, Operation.WRITE)
    assert len(write(sandbox, "x", "a", "b").json()) == 3


def test_a_row_is_locked_for_one_write(sandbox: SalesforceSandbox) -> None:
    strike(sandbox, Fault.ROW_LOCKED, Operation.WRITE)
    first = write(sandbox, "locked", "a", "b").json()
    assert [one["success"] for one in first] == [False, True]
    assert first[0]["errors"][0]["statusCode"] == "UNABLE_TO_LOCK_ROW"
    assert [one["success"] for one in write(sandbox, "free", "a", "b").json()] == [True, True]


@pytest.mark.parametrize(
    ("fault", "status", "state"), [(Fault.JOB_LOST, 404, None), (Fault.JOB_ABORTED, 200, "Aborted")]
)
def test_jobs_are_lost_and_aborted(
    sandbox: SalesforceSandbox, fault: Fault, status: int, state: str | None
) -> None:
    asked = {"operation": "insert", "object": "Lead"}
    job = call(sandbox, "POST", "/jobs/ingest", json=asked).json()["id"]
    text = "LastName,Company\nFromJob,ACME\n"
    assert call(sandbox, "PUT", f"/jobs/ingest/{job}/batches", data=text).status_code == 201
    call(sandbox, "PATCH", f"/jobs/ingest/{job}", json={"state": "UploadComplete"})
    strike(sandbox, fault, Operation.POLL)
    polled = call(sandbox, "GET", f"/jobs/ingest/{job}")
    assert polled.status_code == status
    assert state is None or polled.json()["state"] == state
    assert "FromJob" not in {row["LastName"] for row in sandbox.org.rows(None, "Lead")}


def test_what_cannot_be_made_is_refused(sandbox: SalesforceSandbox) -> None:
    with pytest.raises(ValueError, match="killed-before"):
        strike(sandbox, Fault.KILLED_BEFORE, Operation.WRITE)


def test_faults_need_a_sandbox_made_for_them() -> None:
    with pytest.raises(ValueError, match="faulty=True"):
        SalesforceSandbox().strike()


COMPOSITE = b'{"compositeRequest": [{"method": "%s", "url": "/services/data/v63.0/%s"}]}'


@pytest.mark.parametrize(
    ("method", "path", "body", "purpose"),
    [
        ("POST", "/services/oauth2/token", b"", None),
        ("POST", "/services/Soap/u/63.0", b"<n1:login/>", None),
        ("POST", "/services/Soap/u/63.0", b"<convertLead/>", Operation.WRITE),
        ("POST", "/services/Soap/m/63.0", b"", Operation.DEPLOY),
        ("GET", f"{BASE}/tooling/query?q=x", b"", Operation.DEPLOY),
        ("GET", f"{BASE}/query?q=SELECT+Id+FROM+Lead", b"", Operation.READ),
        ("GET", f"{BASE}/query?q=SELECT+Id+FROM+LeadHistory", b"", Operation.PULL),
        ("GET", f"{BASE}/sobjects/Lead/updated/?start=x", b"", Operation.PULL),
        ("GET", f"{BASE}/sobjects/Lead/describe", b"", Operation.READ),
        ("PATCH", f"{BASE}/composite/sobjects/Lead/Id", b"{}", Operation.WRITE),
        ("POST", f"{BASE}/composite", COMPOSITE % (b"GET", b"query?q=x"), Operation.READ),
        ("POST", f"{BASE}/composite", COMPOSITE % (b"PATCH", b"sobjects/Lead/x"), Operation.WRITE),
        (
            "POST",
            f"{BASE}/composite",
            COMPOSITE % (b"GET", b"sobjects/Lead/deleted"),
            Operation.PULL,
        ),
        ("GET", f"{BASE}/jobs/ingest/750", b"", Operation.POLL),
        ("PUT", f"{BASE}/jobs/ingest/750/batches", b"", Operation.WRITE),
    ],
)
def test_requests_tell_what_they_are_for(
    method: str, path: str, body: bytes, purpose: Operation | None
) -> None:
    assert operation(method, path, {}, body) is purpose


def test_a_request_may_say_itself_what_it_is_for() -> None:
    said = {SAYS.lower(): "client=leadpolicy/lookup"}
    assert operation("GET", f"{BASE}/query?q=x", said, b"") is Operation.LOOKUP
    assert operation("GET", f"{BASE}/query?q=x", {SAYS: "client=other"}, b"") is Operation.READ


def test_the_items_of_every_kind_of_answer_are_found() -> None:
    assert items([{"id": "1"}]) == [{"id": "1"}]
    assert items({"ids": ["1"], "latestDateCovered": "x"}) == ["1"]
    assert items({"deletedRecords": [1]}) == [1]
    assert items({"compositeResponse": [{"body": None}, {"body": {"records": [1, 2]}}]}) == [1, 2]
    assert items("text") is None

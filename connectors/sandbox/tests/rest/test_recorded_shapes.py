"""What the practice Salesforce answers has the shapes that were recorded from real orgs."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from connectors.sandbox.tests.rest.conftest import with_fields
from connectors.sandbox.tests.rest.plain import add

from leadpolicy_sandbox.salesforce.server import ADMIN, SalesforceSandbox
from leadpolicy_sandbox.salesforce.service.access import CONSUMER_KEY, CONSUMER_SECRET

SPECS = os.environ.get("LEADPOLICY_CONTRACT_DATA", "")
RECORDED = Path(SPECS) / "salesforce" / "recorded"
pytestmark = pytest.mark.skipif(
    not SPECS, reason="LEADPOLICY_CONTRACT_DATA does not name the recorded answers"
)
HOST = "https://orgname.my.salesforce.com"
BASE = "/services/data/v63.0"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SalesforceSandbox]:
    with with_fields(SalesforceSandbox()) as running:
        yield running


@pytest.fixture(scope="module")
def fixtures() -> Mapping[str, Any]:
    text = (RECORDED / "restforce_fixtures.json").read_text(encoding="utf-8")
    return {Path(name).stem: body for name, body in json.loads(text).items()}


def call(
    sandbox: SalesforceSandbox, method: str, path: str, user: str = "", **more: Any
) -> requests.Response:
    session = sandbox.session(user) if user else sandbox.session()
    headers = {"Authorization": f"Bearer {session}", "Content-Type": "application/json"}
    return requests.request(method, sandbox.url + path, headers=headers, timeout=10, **more)


def shape(data: Any) -> Any:
    """Return what data is made of: names of fields and types of values; lists by their first."""
    if isinstance(data, dict):
        return {name: shape(value) for name, value in data.items()}
    if isinstance(data, list):
        return [shape(data[0])] if data else []
    is_number = isinstance(data, int | float) and not isinstance(data, bool)
    return "number" if is_number else type(data)


def test_errors_have_the_recorded_words(
    sandbox: SalesforceSandbox, fixtures: Mapping[str, Any]
) -> None:
    wrong = [
        ("POST", f"{BASE}/sobjects/Lead", {"foo": 1}, "write_error_response", {"Bar": "Lead"}),
        ("GET", f"{BASE}/sobjects/Whizbang/describe", None, "sobject_describe_error_response", {}),
        ("GET", f"{BASE}/sobjects/Lead/23foo", None, "sobject_find_error_response", {}),
        ("DELETE", f"{BASE}/sobjects/Lead/rid", None, "delete_error_response", {}),
        ("PATCH", f"{BASE}/sobjects/Lead/Namez/x", {"a": 1}, "upsert_error_response", {}),
    ]
    for method, path, body, name, other in wrong:
        text = json.dumps(fixtures[name])
        for theirs, ours in other.items():
            text = text.replace(theirs, ours)
        assert call(sandbox, method, path, json=body).json() == json.loads(text), name


def test_refused_logins_and_sessions_have_the_recorded_shape(
    sandbox: SalesforceSandbox, fixtures: Mapping[str, Any]
) -> None:
    url = f"{sandbox.url}/services/oauth2/token"
    form = {
        "grant_type": "password",
        "client_id": CONSUMER_KEY,
        "client_secret": CONSUMER_SECRET,
        "username": ADMIN,
        "password": "x",
    }
    refused = requests.post(url, form, timeout=10)
    assert refused.json()["error"] == fixtures["auth_error_response"]["error"]
    assert set(refused.json()) == set(fixtures["auth_error_response"])
    accepted = requests.post(url, {**form, "password": sandbox.password}, timeout=10).json()
    assert set(fixtures["auth_success_response"]) <= set(accepted)
    expired = requests.get(sandbox.url + BASE, timeout=10, headers={"Authorization": "Bearer x"})
    assert expired.json() == fixtures["expired_session_response"]


def test_answers_have_the_recorded_shape(
    sandbox: SalesforceSandbox, fixtures: Mapping[str, Any]
) -> None:
    made = call(sandbox, "POST", f"{BASE}/sobjects/Lead", json={"LastName": "a", "Company": "b"})
    assert shape(made.json()) == shape(fixtures["create_success_response"])
    span = {"start": "2026-01-01T00:00:00+00:00"}
    sandbox.org.delete(sandbox.org.users[ADMIN], "Lead", add(sandbox))
    for word in ("updated", "deleted"):
        now = sandbox.org.now()
        asked = {"start": now.replace(hour=0, minute=0).isoformat(), "end": now.isoformat()}
        told = call(sandbox, "GET", f"{BASE}/sobjects/Lead/{word}/", params={**span, **asked})
        recorded = fixtures[f"get_{word}_success_response"]
        assert set(told.json()) == set(recorded)
        stamp = told.json()["latestDateCovered"]
        assert re.sub(r"\d", "9", stamp) == re.sub(r"\d", "9", recorded["latestDateCovered"])
    assert set(call(sandbox, "GET", "/services/data").json()[0]) == set(
        fixtures["services_data_success_response"][0]
    )


def test_pages_have_the_recorded_shape(
    sandbox: SalesforceSandbox, fixtures: Mapping[str, Any]
) -> None:
    for _ in range(201):
        add(sandbox, "Account", Name="Paged")
    session = {"Authorization": f"Bearer {sandbox.session()}"}
    headers = {**session, "Sforce-Query-Options": "batchSize=200"}
    asked = {"q": "SELECT Name FROM Account WHERE Name = 'Paged'"}
    url = f"{sandbox.url}{BASE}/query"
    first = requests.get(url, params=asked, headers=headers, timeout=10).json()
    assert list(first) == list(fixtures["query_paginated_first_page_response"])
    place = sandbox.url + first["nextRecordsUrl"]
    last = requests.get(place, headers=session, timeout=10).json()
    assert list(last) == list(fixtures["query_paginated_last_page_response"])
    assert (len(first["records"]), len(last["records"])) == (200, 1)


def interactions(name: str) -> list[dict[str, Any]]:
    """Return recorded requests and their answers; included descriptions are left out."""
    data = yaml.safe_load((RECORDED / f"{name}.yaml").read_text(encoding="utf-8"))
    return [one for one in data["interactions"] if "request" in one]


def replayed(sandbox: SalesforceSandbox, one: Mapping[str, Any], ids: dict[str, str]) -> Any:
    """Ask again what was asked, and compare status and shape; `ids` turns their ids into ours."""
    request, answer = one["request"], one["response"]
    path = request["uri"].removeprefix(HOST).replace("vxx.0", "v63.0")
    body = (request["body"] or "").replace("vxx.0", "v63.0")
    for theirs, ours in ids.items():
        path, body = path.replace(theirs, ours), body.replace(theirs, ours)
    told = call(sandbox, request["method"], path, ADMIN, data=body.encode() or None)
    recorded = json.loads(answer["body"]["string"])
    assert told.status_code == answer["status"]["code"], (path, told.text)
    assert shape(told.json()) == shape(recorded), path
    _learn(recorded, told.json(), ids)
    return told.json(), recorded


def _learn(theirs: Any, ours: Any, ids: dict[str, str]) -> None:
    for one, other in zip(_results(theirs), _results(ours), strict=False):
        ids[one["id"]] = other["id"]


def _results(data: Any) -> list[dict[str, Any]]:
    found = data if isinstance(data, list) else [data]
    return [one for one in found if isinstance(one, dict) and one.get("success") is True]


@pytest.mark.parametrize("name", ["cci_composite_subrequest_404", "cci_composite_ok"])
def test_recorded_composites_are_answered_alike(name: str) -> None:
    with SalesforceSandbox() as sandbox:
        ids: dict[str, str] = {}
        for one in interactions(name):
            told, recorded = replayed(sandbox, one, ids)
            if "compositeResponse" in told:
                ours = [part["httpStatusCode"] for part in told["compositeResponse"]]
                assert ours == [part["httpStatusCode"] for part in recorded["compositeResponse"]]


def test_an_unknown_type_is_refused_in_the_recorded_words() -> None:
    with SalesforceSandbox() as sandbox:
        [one] = interactions("cci_composite_invalid_type")
        told, recorded = replayed(sandbox, one, {})
        assert told["compositeResponse"][1] == recorded["compositeResponse"][1]


@pytest.mark.parametrize(
    "name",
    [
        "cci_collections_upsert_rest",
        "cci_collections_upsert_extid_rest",
        "cci_collections_upsert_duplicate_parent",
    ],
)
def test_recorded_collections_are_answered_alike(name: str) -> None:
    with SalesforceSandbox() as sandbox:
        ids: dict[str, str] = {}
        for one in interactions(name):
            if "recordCount" in one["request"]["uri"]:
                continue
            told, _ = replayed(sandbox, one, ids)
            if isinstance(told, dict) and "totalSize" in told:
                assert len(told["records"]) == told["totalSize"]

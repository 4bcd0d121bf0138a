"""Many records, and many requests, in one call."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from connectors.sandbox.tests.rest.plain import add, connect, said
from simple_salesforce.exceptions import SalesforceMalformedRequest

from leadpolicy_sandbox.salesforce.server import SalesforceSandbox

LEADS = "/services/data/v63.0/sobjects/Lead"
QUERY = "/services/data/v63.0/query/?q="


def lead(**values: object) -> dict[str, Any]:
    return {"attributes": {"type": "Lead"}, "LastName": "Meier", "Company": "ACME", **values}


def part(name: str, method: str, url: str, body: object = None) -> dict[str, Any]:
    return {"referenceId": name, "method": method, "url": url, "body": body}


def together(sf: Any, *parts: dict[str, Any], **more: object) -> list[dict[str, Any]]:
    asked = {"compositeRequest": list(parts), **more}
    return list(sf.restful("composite", method="POST", json=asked)["compositeResponse"])


def upsert(sf: Any, records: list[dict[str, Any]], **more: object) -> list[dict[str, Any]]:
    asked = {"records": records, **more}
    return list(sf.restful("composite/sobjects/Lead/lp_key__c", method="PATCH", json=asked))


def count(sf: Any) -> int:
    return int(sf.query("SELECT COUNT() FROM Lead")["totalSize"])


def test_upserts_keep_the_order_and_tell_each_refusal(sandbox: SalesforceSandbox, sf: Any) -> None:
    known = add(sandbox, lp_key__c="b")
    told = upsert(
        sf,
        [
            lead(lp_key__c="a", lp_score__c=1.25),
            {"attributes": {"type": "Lead"}, "lp_key__c": "b", "lp_score__c": 2},
            {"attributes": {"type": "Lead"}, "lp_key__c": "c"},
            lead(lp_key__c="a"),
        ],
        allOrNone=False,
    )
    assert [one["success"] for one in told] == [True, True, False, False]
    assert [one["created"] for one in told] == [True, False, False, False]
    assert told[1]["id"] == known
    assert [one["errors"][0]["statusCode"] for one in told[2:]] == [
        "REQUIRED_FIELD_MISSING", "DUPLICATE_VALUE",
    ]  # fmt: skip
    assert sf.Lead.get("lp_key__c/a")["lp_score__c"] == 1.25


def test_all_or_none_takes_everything_back(sf: Any) -> None:
    told = upsert(sf, [lead(lp_key__c="a"), lead(lp_key__c="b", LastName=None)], allOrNone=True)
    assert [one["errors"][0]["statusCode"] for one in told] == [
        "ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING",
    ]  # fmt: skip
    assert count(sf) == 0


def test_collections_make_change_read_and_delete(sf: Any) -> None:
    made = sf.restful("composite/sobjects", method="POST", json={"records": [lead(), lead()]})
    ids = [one["id"] for one in made]
    assert made == [{"id": id, "success": True, "errors": []} for id in ids]
    changes = [{"attributes": {"type": "Lead"}, "id": id, "Title": "CEO"} for id in ids]
    sf.restful("composite/sobjects", method="PATCH", json={"records": changes})
    asked = {"ids": ",".join([*ids, "00QLp0000000999AAA"]), "fields": "Title"}
    read = sf.restful("composite/sobjects/Lead", params=asked)
    assert [one and one["Title"] for one in read] == ["CEO", "CEO", None]
    posted = {"ids": ids, "fields": ["Id", "Title"]}
    again = sf.restful("composite/sobjects/Lead", method="POST", json=posted)
    assert [one["Id"] for one in again] == ids
    gone = sf.restful("composite/sobjects", method="DELETE", params={"ids": ",".join(ids)})
    assert [one["success"] for one in gone] == [True, True]
    assert count(sf) == 0


@pytest.mark.parametrize(
    ("records", "code"),
    [
        ([lead()] * 201, "INVALID_BATCH_SIZE"),
        ([{"LastName": "x"}], "INVALID_TYPE"),
        ([lead(), {"attributes": {"type": "Account"}, "Name": "x"}] * 6, "INVALID_BATCH_SIZE"),
        ("none", "REQUIRED_FIELD_MISSING"),
    ],
)
def test_collections_that_are_no_such_are_refused(sf: Any, records: object, code: str) -> None:
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.restful("composite/sobjects", method="POST", json={"records": records})
    assert said(refused)[0]["errorCode"] == code


def test_a_collection_of_another_type_cannot_be_upserted(sf: Any) -> None:
    with pytest.raises(SalesforceMalformedRequest) as refused:
        upsert(sf, [{"attributes": {"type": "Account"}, "lp_key__c": "a"}])
    assert said(refused)[0]["errorCode"] == "INVALID_TYPE"


def test_requests_may_use_the_answers_before_them(sandbox: SalesforceSandbox, sf: Any) -> None:
    before = sandbox.calls
    told = together(
        sf,
        part("made", "POST", LEADS, {"LastName": "Meier", "Company": "ACME"}),
        part("changed", "PATCH", LEADS + "/@{made.id}", {"Title": "CEO of @{made.id}"}),
        part("found", "GET", QUERY + "SELECT Id, Title FROM Lead WHERE Id = '@{made.id}'"),
        part("read", "GET", LEADS + "/@{found.records[0].Id}?fields=Title"),
        part("lost", "GET", LEADS + "/@{found.records[7].Id}"),
    )
    assert [one["httpStatusCode"] for one in told] == [201, 204, 200, 200, 400]
    id = told[0]["body"]["id"]
    assert told[0]["httpHeaders"] == {"Location": f"{LEADS}/{id}"}
    assert told[1]["body"] is None
    assert told[3]["body"]["Title"] == f"CEO of {id}"
    assert told[4]["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert sandbox.calls == before + 1


@pytest.mark.parametrize("quoted", [False, True])
def test_queries_within_may_hold_any_text(
    sandbox: SalesforceSandbox, sf: Any, quoted: bool
) -> None:
    wanted = add(sandbox, Company="Öl & 100% #1")
    soql = "SELECT Id FROM Lead WHERE Company LIKE '%Öl & 100\\% #_'"
    url = QUERY + (quote(soql) if quoted else soql.replace("& ", "_ ").replace("#_", "_1"))
    [told] = together(sf, part("a", "GET", url))
    assert [one["Id"] for one in told["body"]["records"]] == [wanted]


def test_changes_are_told_within_a_composite(sandbox: SalesforceSandbox, sf: Any) -> None:
    now = sandbox.org.now()
    changed = add(sandbox)
    sandbox.org.freeze(now + timedelta(minutes=5))
    start, end = quote((now - timedelta(hours=1)).isoformat()), quote(sandbox.org.now().isoformat())
    updated, deleted = together(
        sf,
        part("updated", "GET", f"{LEADS}/updated/?start={start}&end={end}"),
        part("deleted", "GET", f"{LEADS}/deleted/?start={start}&end={end}"),
    )
    assert updated["body"]["ids"] == [changed]
    assert deleted["body"]["deletedRecords"] == []


def test_all_requests_are_done_or_none(sf: Any) -> None:
    good, bad = {"LastName": "Meier", "Company": "ACME"}, {"LastName": "Meier"}
    told = together(
        sf,
        part("a", "POST", LEADS, good),
        part("b", "POST", LEADS, bad),
        part("c", "POST", LEADS, good),
        allOrNone=True,
    )
    assert [one["httpStatusCode"] for one in told] == [400, 400, 400]
    assert [one["body"][0]["errorCode"] for one in told] == [
        "PROCESSING_HALTED", "REQUIRED_FIELD_MISSING", "PROCESSING_HALTED",
    ]  # fmt: skip
    assert [one["referenceId"] for one in told] == ["a", "b", "c"]
    assert count(sf) == 0


def test_a_collection_within_follows_the_call_around_it(sf: Any) -> None:
    url = "/services/data/v63.0/composite/sobjects"
    mixed = {"allOrNone": False, "records": [lead(), lead(LastName=None)]}
    together(sf, part("a", "POST", url, mixed), allOrNone=True)
    assert count(sf) == 0
    together(sf, part("a", "POST", url, mixed), allOrNone=False)
    assert count(sf) == 1


@pytest.mark.parametrize(
    "parts",
    [
        [part(f"r{n}", "GET", LEADS) for n in range(26)],
        [part(f"q{n}", "GET", QUERY + "SELECT Id FROM Lead") for n in range(6)],
        [part("a", "GET", LEADS), part("a", "GET", LEADS)],
        [part("_a", "GET", LEADS)],
        [part("a-b", "GET", LEADS)],
        [part("a", "GET", "/services/data/v63.0/limits")],
        [],
    ],
)
def test_calls_that_ask_too_much_are_refused(sf: Any, parts: list[dict[str, Any]]) -> None:
    with pytest.raises(SalesforceMalformedRequest):
        together(sf, *parts)


def test_independent_requests_are_billed_one_by_one(sandbox: SalesforceSandbox, sf: Any) -> None:
    before = sandbox.calls
    parts = [
        {"method": "GET", "url": "v63.0/limits"},
        {"method": "GET", "url": "v63.0/sobjects/Nothing"},
        {"method": "POST", "url": "v63.0/sobjects/Lead", "richInput": {"LastName": "a"}},
    ]
    told = sf.restful("composite/batch", method="POST", json={"batchRequests": parts})
    assert told["hasErrors"] is True
    assert [one["statusCode"] for one in told["results"]] == [200, 404, 400]
    assert sandbox.calls == before + 3
    halted = {"batchRequests": parts, "haltOnError": True}
    told = sf.restful("composite/batch", method="POST", json=halted)
    assert [one["statusCode"] for one in told["results"]] == [200, 404, 412]


def test_a_locked_row_is_refused_as_long_as_it_is_locked(sandbox: SalesforceSandbox) -> None:
    sf = connect(sandbox)
    ids = {key: add(sandbox, lp_key__c=key) for key in ("a", "b")}
    sandbox.lock("a", times=2)
    rows = [{"attributes": {"type": "Lead"}, "lp_key__c": key, "Title": "x"} for key in ids]
    told = upsert(sf, rows)
    assert [one["success"] for one in told] == [False, True]
    assert told[0]["errors"][0]["statusCode"] == "UNABLE_TO_LOCK_ROW"
    with pytest.raises(SalesforceMalformedRequest):
        sf.Lead.update(ids["a"], {"Title": "y"})
    assert upsert(sf, rows)[0]["success"] is True

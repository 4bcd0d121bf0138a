"""Bulk API 2.0 of the practice Salesforce, by the unmodified client."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from connectors.sandbox.tests.rest.plain import add, connect
from simple_salesforce.bulk2 import ColumnDelimiter, LineEnding, Operation
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceOperationError

from leadpolicy_sandbox.salesforce.server import SalesforceSandbox


def rows(text: str, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text), delimiter=delimiter))


def leads(*keys: str, **more: str) -> list[dict[str, str]]:
    return [{"lp_key__c": key, "LastName": f"L {key}", "Company": "ACME", **more} for key in keys]


def test_an_upsert_tells_what_became_of_each_record(sandbox: SalesforceSandbox, sf: Any) -> None:
    add(sandbox, lp_key__c="b")
    given = leads("a", "b", "c", lp_score__c="1.5")
    given[2]["LastName"] = "#N/A"
    [job] = sf.bulk2.Lead.upsert(records=given, external_id_field="lp_key__c", wait=0)
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (3, 1)
    done = rows(sf.bulk2.Lead.get_successful_records(job["job_id"]))
    assert [(one["lp_key__c"], one["sf__Created"]) for one in done] == [
        ("a", "true"), ("b", "false"),
    ]  # fmt: skip
    [failed] = rows(sf.bulk2.Lead.get_failed_records(job["job_id"]))
    assert failed["lp_key__c"] == "c"
    assert failed["sf__Error"].startswith("REQUIRED_FIELD_MISSING:Required fields are missing")
    assert rows(sf.bulk2.Lead.get_unprocessed_records(job["job_id"])) == []
    found = sf.query("SELECT lp_score__c FROM Lead ORDER BY lp_key__c")["records"]
    assert [one["lp_score__c"] for one in found] == [1.5, 1.5]


def test_an_empty_value_changes_nothing_and_another_sign_empties(
    sandbox: SalesforceSandbox, sf: Any
) -> None:
    id = add(sandbox, Email="a@example.org", Title="CEO")
    sf.bulk2.Lead.update(records=[{"Id": id, "Email": "", "Title": "#N/A"}], wait=0)
    lead = sf.Lead.get(id)
    assert (lead["Email"], lead["Title"]) == ("a@example.org", None)


def test_records_are_made_and_deleted_in_other_dialects(sf: Any) -> None:
    how = {"column_delimiter": ColumnDelimiter.SEMICOLON, "line_ending": LineEnding.CRLF}
    [job] = sf.bulk2.Lead.insert(records=leads("a;1", "b,2"), wait=0, **how)
    done = rows(sf.bulk2.Lead.get_successful_records(job["job_id"]), ";")
    assert [one["lp_key__c"] for one in done] == ["a;1", "b,2"]
    sf.bulk2.Lead.delete(records=[{"Id": one["sf__Id"]} for one in done], wait=0)
    assert sf.query("SELECT COUNT() FROM Lead")["totalSize"] == 0


def test_records_are_deleted_for_good(sandbox: SalesforceSandbox, sf: Any) -> None:
    gone = add(sandbox)
    sf.bulk2.Lead.hard_delete(records=[{"Id": gone}], wait=0)
    assert sf.query("SELECT COUNT() FROM Lead", include_deleted=True)["totalSize"] == 0


def test_an_empty_answer_has_its_heading(sf: Any) -> None:
    soql = "SELECT Id, Owner.Name, ConvertedContact.Account.Name FROM Lead"
    assert list(sf.bulk2.Lead.query(soql, wait=0)) == [
        '"Id","Owner.Name","ConvertedContact.Account.Name"\n'
    ]


def test_a_query_comes_in_parts(sandbox: SalesforceSandbox, sf: Any) -> None:
    for number in range(7):
        add(sandbox, LastName=f"L{number}")
    soql = "SELECT LastName, Owner.Name, Email FROM Lead ORDER BY LastName"
    parts = [rows(text) for text in sf.bulk2.Lead.query(soql, max_records=3, wait=0)]
    assert [len(part) for part in parts] == [3, 3, 1]
    assert [one["LastName"] for part in parts for one in part] == [f"L{n}" for n in range(7)]
    assert list(parts[0][0]) == ["LastName", "Owner.Name", "Email"]
    with pytest.raises(SalesforceMalformedRequest):
        list(sf.bulk2.Lead.query("SELECT Status, COUNT(Id) FROM Lead GROUP BY Status", wait=0))


def test_a_job_goes_through_its_states(sandbox: SalesforceSandbox, sf: Any) -> None:
    sandbox.site.jobs.delay = 60
    client = sf.bulk2.Lead._client
    job = client.create_job(Operation.insert)["id"]
    client.upload_job_data(job, "LastName,Company\nMeier,ACME\n")
    assert client.get_job(job, False)["state"] == "Open"
    client.close_job(job)
    assert client.get_job(job, False)["state"] == "UploadComplete"
    sandbox.org.skew += timedelta(minutes=2)
    told = client.get_job(job, False)
    assert (told["state"], told["numberRecordsProcessed"]) == ("JobComplete", 1)
    assert told["jobType"] == "V2Ingest"
    with pytest.raises(SalesforceMalformedRequest):
        client.abort_job(job, False)


def test_a_job_can_be_aborted_by_its_owner_or_by_the_org(
    sandbox: SalesforceSandbox, sf: Any
) -> None:
    client = sf.bulk2.Lead._client
    jobs = [client.create_job(Operation.insert)["id"] for _ in range(2)]
    assert client.abort_job(jobs[0], False)["state"] == "Aborted"
    client.upload_job_data(jobs[1], "LastName,Company\nMeier,ACME\n")
    client.close_job(jobs[1])
    sandbox.abort_job(jobs[1])
    with pytest.raises(SalesforceOperationError):
        client.wait_for_job(jobs[1], False, 0)
    assert sf.query("SELECT COUNT() FROM Lead")["totalSize"] == 0


def test_a_file_that_cannot_be_read_fails_as_a_whole(sf: Any) -> None:
    client = sf.bulk2.Lead._client
    job = client.create_job(Operation.insert)["id"]
    client.upload_job_data(job, "LastName,Nonsense\nMeier,1\n")
    client.close_job(job)
    told = client.get_job(job, False)
    assert (told["state"], told["errorMessage"]) == (
        "Failed", "InvalidBatch : Field name not found : Nonsense",
    )  # fmt: skip
    assert rows(client.get_ingest_results(job, "unprocessedrecords")) == [
        {"LastName": "Meier", "Nonsense": "1"}
    ]


def test_jobs_are_listed_and_deleted(sandbox: SalesforceSandbox) -> None:
    sf = connect(sandbox)
    [job] = sf.bulk2.Lead.insert(records=leads("a"), wait=0)
    listed = sf.restful("jobs/ingest")
    assert [one["id"] for one in listed["records"]] == [job["job_id"]]
    sf.restful(f"jobs/ingest/{job['job_id']}", method="DELETE")
    assert sf.restful("jobs/ingest")["records"] == []

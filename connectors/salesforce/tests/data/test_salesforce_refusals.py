"""What Salesforce says when it refuses, and which class of the border that is."""

from __future__ import annotations

import json

import pytest
import requests
import urllib3

from leadpolicy.crm.connector import (
    AccessError,
    AddressError,
    AnswerLostError,
    BatchRefusedError,
    BusyError,
    ColumnMissingError,
    ConnectorError,
    MaintenanceError,
    QuotaError,
    TableMissingError,
    ThrottledError,
)
from leadpolicy_salesforce.errors import (
    NotThereError,
    SessionEndedError,
    no_answer,
    refused,
    retry_after,
)
from leadpolicy_salesforce.rows.jobs import read_error

HTML = "<html><body>We are down for maintenance</body></html>"


def body(code: str, message: str = "words", fields: list[str] | None = None) -> str:
    return json.dumps([{"errorCode": code, "message": message, "fields": fields or []}])


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (401, body("INVALID_SESSION_ID"), SessionEndedError),
        (401, "", SessionEndedError),
        (403, body("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), QuotaError),
        (403, body("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests Limit"), ThrottledError),
        (403, body("API_DISABLED_FOR_ORG"), AccessError),
        (403, HTML, AccessError),
        (400, body("INVALID_FIELD", "No such column 'lp_fit__c' on Lead"), ColumnMissingError),
        (400, body("INVALID_FIELD_FOR_INSERT_UPDATE", "", ["lp_fit__c"]), AccessError),
        (400, body("INVALID_TYPE"), TableMissingError),
        (400, body("JSON_PARSER_ERROR"), BatchRefusedError),
        (400, body("UNABLE_TO_LOCK_ROW"), BusyError),
        (404, body("NOT_FOUND"), NotThereError),
        (404, "<html></html>", AddressError),
        (302, "", AddressError),
        (429, "", ThrottledError),
        (500, body("UNKNOWN_EXCEPTION"), AnswerLostError),
        (500, body("QUERY_TIMEOUT"), BusyError),
        (502, HTML, AnswerLostError),
        (503, HTML, MaintenanceError),
        (503, body("SERVER_UNAVAILABLE"), BusyError),
        (504, "", AnswerLostError),
        (418, "[]", BatchRefusedError),
    ],
)
def test_a_refusal_says_whether_anything_may_have_happened(
    status: int, text: str, kind: type[ConnectorError]
) -> None:
    assert type(refused(status, {}, text, data=True)) is kind


def test_a_refusal_that_is_no_batchs_fault_does_not_blame_it() -> None:
    assert type(refused(400, {}, body("MALFORMED_QUERY"), data=False)) is ConnectorError


def test_a_missing_field_is_named() -> None:
    error = refused(400, {}, body("INVALID_FIELD", "No such column 'lp_fit__c' on"), data=True)
    assert "`lp_fit__c`" in str(error)


def test_the_wait_is_told_in_seconds_or_as_a_date() -> None:
    told = {"Retry-After": "Mon, 02 Mar 2026 08:00:09 GMT", "Date": "Mon, 02 Mar 2026 08:00:05 GMT"}
    waits = [retry_after(headers) for headers in ({"Retry-After": "7"}, told, {})]
    assert waits == [7.0, 4.0, None]
    error = refused(503, {"Retry-After": "7"}, "", data=True)
    assert isinstance(error, BusyError)
    assert error.retry_after == 7.0


def unsent(reason: Exception) -> requests.ConnectionError:
    pool = urllib3.HTTPSConnectionPool("x")
    return requests.ConnectionError(urllib3.exceptions.MaxRetryError(pool, "/", reason))


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (requests.ConnectTimeout(), BusyError),
        (unsent(urllib3.exceptions.NameResolutionError("x", None, OSError())), BusyError),  # type: ignore[arg-type]
        (unsent(urllib3.exceptions.ProtocolError("cut")), AnswerLostError),
        (requests.ConnectionError("the answer is cut"), AnswerLostError),
        (requests.ReadTimeout(), AnswerLostError),
        (requests.exceptions.ChunkedEncodingError(), AnswerLostError),
    ],
)
def test_a_call_without_an_answer_was_sent_or_not(
    error: requests.RequestException, kind: type[ConnectorError]
) -> None:
    assert type(no_answer(error, "acme.my.salesforce.com", logged_in=True)) is kind
    before = no_answer(error, "acme.my.salesforce.com", logged_in=False)
    assert type(before) is (AddressError if kind is BusyError else kind)


def test_rows_of_a_job_are_refused_in_one_line() -> None:
    lock = read_error("UNABLE_TO_LOCK_ROW:unable to obtain exclusive access:00Q1:--")
    assert (lock.code, lock.fields) == ("UNABLE_TO_LOCK_ROW", ())
    rule = read_error("FIELD_CUSTOM_VALIDATION_EXCEPTION:Not now: call first:lp_fit__c --")
    assert (rule.message, rule.fields) == ("Not now: call first", ("lp_fit__c",))

"""What Salesforce says when it refuses, in the words of the border to a CRM.

A refusal over REST is a list of `{errorCode, message, fields}` with an HTTP status. What decides is
whether anything may have happened: a code that names a refusal says that nothing has, a status
from 500 on without one says nothing at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final

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

PASSING: Final = frozenset(
    {
        "CONCURRENT_LOCKS_EXCEEDED",
        "ENTITY_IS_LOCKED",
        "INVALID_QUERY_LOCATOR",
        "PROCESSING_HALTED",
        "QUERY_TIMEOUT",
        "REQUEST_RUNNING_TOO_LONG",
        "SERVER_UNAVAILABLE",
        "UNABLE_TO_LOCK_RECORD",
        "UNABLE_TO_LOCK_ROW",
    }
)
"""Codes of refusals that pass: locks, overload, work that took too long and was rolled back."""
INVISIBLE: Final = frozenset({"INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE"})
"""Codes that say that a field is not there, or that the login does not see it."""
_ACCESS: Final = frozenset(
    {
        "API_CURRENTLY_DISABLED",
        "API_DISABLED_FOR_ORG",
        "FUNCTIONALITY_NOT_ENABLED",
        "INSUFFICIENT_ACCESS",
        "INSUFFICIENT_ACCESS_OR_READONLY",
        "LOGIN_MUST_USE_SECURITY_TOKEN",
        "PASSWORD_LOCKOUT",
    }
)
_RIGHTS: Final = "grant the right to the login, or use another"
_FIELDS: Final = "deploy the policy, and give the login a permission set that shows the field"
_MY_DOMAIN: Final = "write the address of My Domain"
_FIELD: Final = re.compile(r"(?:[Nn]o such column|Field name not found ?:?|fields?:)\s*'?([\w.]+)")
_LONGEST: Final = 300


class SessionEndedError(AccessError):
    """The session has ended or is not known; a new login may help."""


class NotThereError(ConnectorError):
    """What was asked for by its address is not there."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal in Salesforce's words; the code is empty when the answer is in no known form."""

    code: str
    message: str
    fields: tuple[str, ...] = ()


def read_refusal(body: str) -> Refused:
    """Return the first refusal in the body of an answer.

    >>> read_refusal('[{"errorCode": "NOT_FOUND", "message": "no such job"}]')
    Refused(code='NOT_FOUND', message='no such job', fields=())
    """
    try:
        data = json.loads(body)
    except ValueError:
        return Refused("", "")
    first = (data[0] if data else None) if isinstance(data, list) else data
    return refusal_of(first) if isinstance(first, Mapping) else Refused("", "")


def refusal_of(item: Mapping[str, Any]) -> Refused:
    """Return a refusal that stands in an answer, of a call or of one of its items."""
    code = item.get("errorCode") or item.get("statusCode") or item.get("error") or ""
    message = item.get("message") or item.get("error_description") or ""
    fields = item.get("fields")
    named = tuple(map(str, fields)) if isinstance(fields, list) else ()
    return Refused(str(code), _line(str(message)), named)


def refused(status: int, headers: Mapping[str, str], body: str, *, data: bool) -> ConnectorError:
    """Return what an answer with a status from 300 on means; `data` tells that rows were sent."""
    told = read_refusal(body)
    text = f"Salesforce: {told.message or f'HTTP {status}'}"
    by_code = _by_code(told, text, retry_after(headers))
    if by_code is not None:
        return by_code
    return _by_status(status, text, headers, body, told, data=data)


def _by_code(told: Refused, text: str, wait: float | None) -> ConnectorError | None:
    match told.code:
        case "INVALID_SESSION_ID" | "INVALID_AUTH_HEADER":
            return SessionEndedError(text, "log in again")
        case "REQUEST_LIMIT_EXCEEDED" if "concurrent" in told.message.lower():
            return ThrottledError(text, "wait until long calls have ended", retry_after=wait)
        case "REQUEST_LIMIT_EXCEEDED":
            return QuotaError(text, "the calls of the last 24 hours are used up")
        case code if code in PASSING:
            return BusyError(text, retry_after=wait)
        case code if code in INVISIBLE:
            return invisible(told)
        case "INVALID_TYPE":
            return TableMissingError(text, "the login may not see the object, or it is not there")
        case code if code in _ACCESS:
            return AccessError(text, _RIGHTS)
        case "NOT_FOUND":
            return NotThereError(text)
    return None


def _by_status(
    status: int, text: str, headers: Mapping[str, str], body: str, told: Refused, *, data: bool
) -> ConnectorError:
    wait = retry_after(headers)
    match status:
        case 401:
            return SessionEndedError(text, "log in again")
        case 403:
            return AccessError(text, _RIGHTS)
        case 429:
            return ThrottledError(text, "wait", retry_after=wait)
        case 503 if "maintenance" in body.lower():
            return MaintenanceError(text, "wait until the maintenance is over", retry_after=wait)
        case 503:
            return BusyError(text, retry_after=wait)
        case 404 if not told.code:
            return AddressError(f"{text}: this is no Salesforce org", "check the address")
        case _ if status >= 500:
            return AnswerLostError(text)
        case _ if status < 400:
            return AddressError(
                f"{text}: the org sends elsewhere", "write the address of My Domain"
            )
    return BatchRefusedError(text) if data else ConnectorError(text)


def invisible(told: Refused) -> ConnectorError:
    """Return the error for a field that is not there, or that the login does not see or write."""
    found = told.fields or tuple(_FIELD.findall(told.message)[:1])
    names = ", ".join(f"`{name}`" for name in found)
    if told.code == "INVALID_FIELD_FOR_INSERT_UPDATE":
        return AccessError(f"the login may not write {names or told.message}", _FIELDS)
    if not names:
        return ColumnMissingError(f"Salesforce: {told.message}", _FIELDS)
    return ColumnMissingError(f"Salesforce shows no field {names} to the login", _FIELDS)


def no_answer(error: requests.RequestException, host: str, *, logged_in: bool) -> ConnectorError:
    """Return what a call without an answer means: not sent, or sent and nobody knows."""
    if not _was_sent(error):
        text = f"Salesforce cannot be reached at `{host}`"
        if logged_in:
            return BusyError(text, "check the network")
        return AddressError(text, "check the address and the network")
    return AnswerLostError(f"the answer of Salesforce is lost ({type(error).__name__})")


_UNSENT: Final = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.ProxyError,
)


def _was_sent(error: requests.RequestException) -> bool:
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.InvalidURL):
        return False
    reason = error.args[0] if error.args else None
    if isinstance(reason, urllib3.exceptions.MaxRetryError):
        reason = reason.reason
    return not (isinstance(reason, _UNSENT) or "CERTIFICATE_VERIFY_FAILED" in str(reason))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that `Retry-After` asks to wait, or None; a date counts from `Date`.

    >>> retry_after({"Retry-After": "7"})
    7.0
    """
    text = headers.get("Retry-After", "")
    if text.isascii() and text.isdecimal():
        return float(text)
    try:
        wait = parsedate_to_datetime(text) - parsedate_to_datetime(headers["Date"])
    except (ValueError, TypeError, KeyError):
        return None
    return max(wait.total_seconds(), 0.0)


def _line(text: str) -> str:
    return next(iter(text.strip().splitlines()), "")[:_LONGEST]

"""Log-ins: a signed assertion, client credentials, a session that is there, or a password."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import requests
from jwt import PyJWTError
from simple_salesforce.exceptions import SalesforceError
from simple_salesforce.login import SalesforceLogin

from leadpolicy.crm.connector import (
    AccessError,
    AddressError,
    AnswerLostError,
    BusyError,
    ConnectorError,
    QuotaError,
)
from leadpolicy_salesforce.client.address import Address
from leadpolicy_salesforce.errors import no_answer, read_refusal, refused
from leadpolicy_salesforce.secrets import PREFIX, Secrets

_LAST_SOAP_LOGIN: Final = "64.0"
_USER: Final = re.compile(r"/id/\w{15,18}/(005\w{12,15})|<userId>(005\w{12,15})</userId>")
_HINTS: Final = {
    "jwt": "check consumer key, user name and private key, and that the user is approved",
    "client_credentials": "check consumer key and secret, and that the app names a user to run as",
    "session": f"the session has ended; set a new one in `{PREFIX}SESSION_ID`",
    "password": "check user name, password and security token",
}


class LegacyLoginWarning(FutureWarning):
    """A login with user name and password, which Salesforce is taking away."""


@dataclass(frozen=True, slots=True)
class Session:
    """A session of one user; the token shows in no repr, and the user is empty when not told."""

    token: str = field(repr=False)
    user: str = ""


def log_in(
    address: Address, secrets: Secrets, version: str, connect: Callable[[], requests.Session]
) -> Session:
    """Return a new session, made with one call over a connection of its own.

    Raises `AccessError` when the login is refused, `BusyError` when it may work later.
    """
    if secrets.flow == "session":
        return Session(secrets.values["SESSION_ID"])
    if secrets.flow == "password":
        warnings.warn(_LEGACY, LegacyLoginWarning, stacklevel=2)
    answers: list[requests.Response] = []
    try:
        with connect() as http:
            http.hooks["response"] = [_keeping(answers)]
            token, _ = SalesforceLogin(session=http, **_arguments(address, secrets, version))
    except (SalesforceError, requests.RequestException, ConnectorError) as error:
        raise _not_logged_in(error, answers, secrets, address) from None
    except (PyJWTError, ValueError, OSError, TypeError, AttributeError):
        raise AccessError("no login can be made", _HINTS[secrets.flow]) from None
    return _session(token, answers[-1].text, secrets)


_LEGACY: Final = (
    "logins with user name and password are being taken away by Salesforce;"
    " use a signed login (JWT) or client credentials"
)


def _arguments(address: Address, secrets: Secrets, version: str) -> dict[str, Any]:
    given: dict[str, Any] = {"domain": address.domain}
    match secrets.flow:
        case "jwt":
            given |= _named(secrets, "username", "consumer_key", "privatekey", "privatekey_file")
            given |= {"domain": address.audience, "instance_url": address.domain}
        case "client_credentials":
            given |= _named(secrets, "consumer_key", "consumer_secret")
        case _ if secrets.get("CONSUMER_KEY") and secrets.get("CONSUMER_SECRET"):
            given |= _named(secrets, "username", "consumer_key", "consumer_secret")
            given["password"] = secrets.values["PASSWORD"] + (secrets.get("SECURITY_TOKEN") or "")
        case _:
            given |= _named(secrets, "username", "password", "security_token")
            given["sf_version"] = min(version, _LAST_SOAP_LOGIN)
    return given


_SPELLED: Final = {"privatekey": "PRIVATE_KEY", "privatekey_file": "PRIVATE_KEY_FILE"}


def _named(secrets: Secrets, *names: str) -> dict[str, str]:
    found = {name: secrets.get(_SPELLED.get(name, name.upper())) for name in names}
    return {name: value for name, value in found.items() if value}


def _keeping(answers: list[requests.Response]) -> Any:
    """Return a hook that keeps every answer and refuses what is none, before anybody quotes it."""

    def keep(response: requests.Response, **_: object) -> None:
        answers.append(response)
        if response.status_code != requests.codes.ok:
            raise refused(response.status_code, response.headers, response.text, data=False)

    return keep


def _not_logged_in(
    error: Exception, answers: list[requests.Response], secrets: Secrets, address: Address
) -> ConnectorError:
    """Return why there is no session; a login has no effect, so it is never in doubt."""
    if isinstance(error, requests.RequestException) and not answers:
        error = no_answer(error, address.host, logged_in=False)
    if isinstance(error, AnswerLostError):
        return BusyError(error.message, error.hint)
    if isinstance(error, BusyError | QuotaError | AddressError):
        return error
    told = read_refusal(answers[-1].text) if answers else None
    why = f": {told.message or told.code}" if told and (told.message or told.code) else ""
    return AccessError(f"Salesforce refuses the login{why}", _HINTS[secrets.flow])


def _session(token: object, answer: str, secrets: Secrets) -> Session:
    if not isinstance(token, str) or not token:
        raise AccessError("Salesforce gave no session", _HINTS[secrets.flow])
    found = _USER.search(answer)
    return Session(token, next(filter(None, found.groups()), "") if found else "")

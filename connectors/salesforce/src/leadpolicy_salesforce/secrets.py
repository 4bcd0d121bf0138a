"""Where the secrets of a login come from: environment variables, else the system's keyring."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from leadpolicy.crm.connector import AccessError
from leadpolicy_salesforce.options import Flow

PREFIX: Final = "LEADPOLICY_SALESFORCE_"
NAMES: Final = (
    "SESSION_ID",
    "CONSUMER_KEY",
    "CONSUMER_SECRET",
    "PRIVATE_KEY",
    "PRIVATE_KEY_FILE",
    "USERNAME",
    "PASSWORD",
    "SECURITY_TOKEN",
)
_FLOWS: Final[Mapping[Flow, tuple[frozenset[str], ...]]] = {
    "jwt": (
        frozenset({"CONSUMER_KEY", "USERNAME", "PRIVATE_KEY"}),
        frozenset({"CONSUMER_KEY", "USERNAME", "PRIVATE_KEY_FILE"}),
    ),
    "password": (frozenset({"USERNAME", "PASSWORD"}),),
    "client_credentials": (frozenset({"CONSUMER_KEY", "CONSUMER_SECRET"}),),
    "session": (frozenset({"SESSION_ID"}),),
}
Ask = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Secrets:
    """How to log in, and with what; values show in no repr."""

    flow: Flow
    values: Mapping[str, str] = field(repr=False)

    def get(self, name: str) -> str | None:
        """Return a secret by its name, such as `CONSUMER_KEY`."""
        return self.values.get(name)


def find_secrets(
    host: str,
    environment: str = "",
    flow: Flow | None = None,
    variables: Mapping[str, str] = os.environ,
    keyring: Callable[[str], Ask] | None = None,
) -> Secrets:
    """Return the secrets for an org; raises `AccessError` when they make no login.

    Variables of the named environment come before general ones. The keyring is asked, under
    `leadpolicy-salesforce:<host>`, only where the variables do not suffice.

    >>> find_secrets("x", variables={"LEADPOLICY_SALESFORCE_SESSION_ID": "00D!secret"})
    Secrets(flow='session')
    """
    told = _told(variables, environment)
    found = _complete(told, flow)
    if found is None:
        ask = (keyring or _system_keyring)(host)
        asked = {name: value for name in NAMES if (value := told.get(name) or ask(name.lower()))}
        found = _complete(asked, flow)
    if found is None:
        raise AccessError(f"no login is given for {host}", _hint(environment, flow))
    return found


def _told(variables: Mapping[str, str], environment: str) -> dict[str, str]:
    general = {name: variables.get(PREFIX + name, "") for name in NAMES}
    special = f"{PREFIX}{_spelled(environment)}_" if environment else PREFIX
    own = {name: variables.get(special + name, "") for name in NAMES}
    return {name: value for name in NAMES if (value := own[name] or general[name])}


def _spelled(environment: str) -> str:
    return re.sub(r"[^A-Z0-9]", "_", environment.upper())


def _complete(told: Mapping[str, str], wanted: Flow | None) -> Secrets | None:
    """Return the first way to log in for which everything is there."""
    for flow, sets in _FLOWS.items():
        if wanted in {None, flow} and any(needed <= told.keys() for needed in sets):
            return Secrets(flow, dict(told))
    return None


def _hint(environment: str, flow: Flow | None) -> str:
    needed = _FLOWS[flow or "client_credentials"][0]
    prefix = f"{PREFIX}{_spelled(environment)}_" if environment else PREFIX
    names = " and ".join(f"`{prefix}{name}`" for name in NAMES if name in needed)
    return f"set the environment variables {names}, or put them into the keyring"


def _system_keyring(host: str) -> Ask:
    """Return what asks the system's keyring; nothing is known where there is none."""
    try:
        from keyring import get_password
        from keyring.errors import KeyringError
    except ImportError:
        return lambda _name: None

    def ask(name: str) -> str | None:
        try:
            return get_password(f"leadpolicy-salesforce:{host}", name)
        except KeyringError:
            return None

    return ask

"""Where the tests get a CRM from that they may do anything to.

Here it is the practice CRM of the contract kit: a real server in a process of its own, which
remembers what happened to it. Put a sandbox of your CRM in its place. What a sandbox leaves out is
said once in `connector.toml`, with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from leadpolicy.crm.connector import Column, Connector
from leadpolicy.crm.state import FieldKind
from leadpolicy.testing.contract import BaseHarness, BaseSandbox, Effect
from leadpolicy.testing.lab import Fault, Lab, LabCrm, Operation, Options, Scripted

from leadpolicy_acmecrm.connector import AcmecrmConnector

PASSWORD = "correct horse battery staple"
WRONG = "incorrect donkey battery staple"
TIMEOUT = 0.5
_CHANGES = frozenset({"effect", "part"})


class AcmecrmSandbox(BaseSandbox):
    """One practice CRM."""

    outlives = True

    def __init__(self, crm: LabCrm) -> None:
        self._crm = crm

    def open(self, url: str | None = None) -> Connector:
        """Return a new connector to this CRM."""
        return AcmecrmConnector(url or self._crm.url, {"timeout": TIMEOUT}, PASSWORD)

    def open_with_wrong_password(self) -> Connector:
        """Return a connector whose login the CRM does not know."""
        return AcmecrmConnector(self._crm.url, {"timeout": TIMEOUT}, WRONG)

    def logins(self) -> int:
        """Return how many tokens the CRM has given."""
        return self._crm.logins()

    def expire_token(self) -> None:
        """Let the token that the connector has now be good no longer."""
        self._crm.expire_token()

    def url(self) -> str:
        """Return the CRM's address, for a proxy that spoils calls on purpose."""
        return self._crm.url

    def seed(self, keys: Sequence[str]) -> None:
        """Put leads into the CRM."""
        self._crm.put_leads({key: {} for key in keys})

    def held(
        self, keys: Sequence[str], columns: Sequence[Column]
    ) -> Mapping[str, Mapping[str, object]]:
        """Return what the CRM holds, seen without the connector."""
        standing = self._crm.standing(keys)
        present = (item for item in standing.values() if item["presence"] == "present")
        return {item["key"]: _typed(item["values"], columns) for item in present}

    def history(self) -> Sequence[Effect]:
        """Return every write that took effect, as the CRM remembers it."""
        entries = (entry for entry in self._crm.history() if entry.kind == "effect")
        return [Effect(entry.key, entry.values) for entry in entries]

    def calls(self) -> int:
        """Return how many calls have reached the CRM."""
        return sum(self._crm.calls().values())

    def writes(self) -> int:
        """Return how many calls that change something have reached the CRM."""
        return len({entry.arrival for entry in self._crm.history() if entry.kind in _CHANGES})

    def edit(self, key: str, values: Mapping[str, object], by: str) -> None:
        """Let a person write columns of a lead."""
        self._crm.tell("changed", key, by, **values)

    def remove(self, key: str) -> None:
        """Let a person delete a lead."""
        self._crm.tell("deleted", key, "somebody")

    def restore(self, key: str) -> None:
        """Let a person bring a deleted lead back."""
        self._crm.tell("restored", key, "somebody")

    def merge(self, loser: str, winner: str) -> None:
        """Let a person merge one lead into another."""
        self._crm.tell("merged", loser, "somebody", into=winner)

    def refuse(self, key: str) -> None:
        """Let a rule of the CRM refuse the lead."""
        self._crm.refuse({key: {"code": "rule", "field": "", "message": "a rule says no"}})

    def strike(self, *faults: Scripted) -> None:
        """Let calls go wrong by script."""
        self._crm.script(*faults)

    def revoke(self) -> None:
        """End the rights of the login, as far as reading and writing leads go."""
        self._crm.script(
            *(Scripted(Fault.ACCESS_FORBIDDEN, operation, times=10**6) for operation in Operation)
        )

    def regrant(self) -> None:
        """Give the login its rights back."""
        self._crm.heal()

    def close(self) -> None:
        """Do away with the CRM."""
        self._crm.close()


def _typed(values: Mapping[str, object], columns: Sequence[Column]) -> dict[str, object]:
    """Return what the CRM keeps as text in the types of the columns."""
    found = dict(values)
    for column in columns:
        value = found.get(column.name)
        if isinstance(value, str) and column.kind is FieldKind.NUMBER:
            found[column.name] = Decimal(value)
        if isinstance(value, str) and column.kind is FieldKind.MOMENT:
            found[column.name] = datetime.fromisoformat(value)
    return found


class AcmecrmHarness(BaseHarness):
    """Makes practice CRMs."""

    name = "acmecrm"
    plugin = "leadpolicy_acmecrm.plugin"
    secrets: Sequence[str] = (PASSWORD, WRONG)
    http = True

    @cached_property
    def _lab(self) -> Lab:
        return Lab()

    def sandbox(self, folder: Path) -> AcmecrmSandbox:
        """Return a new CRM without leads."""
        return AcmecrmSandbox(self._lab.crm(Options(password=PASSWORD)))

"""Where the contract kit gets practice orgs from that it may do anything to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from connectors.salesforce.tests.practice import LOGIN
from connectors.salesforce.tests.watched import KEY, WatchedOrg

from leadpolicy.crm.connector import Change, Column, Connector, DesiredState, Stream
from leadpolicy.crm.state import FieldKind
from leadpolicy.crm.values import held
from leadpolicy.testing.contract import BaseHarness, BaseSandbox, Effect
from leadpolicy.testing.contract.clock import QuickClock
from leadpolicy.testing.contract.samples import SAMPLE
from leadpolicy.testing.lab import Scripted
from leadpolicy_salesforce.connector import SalesforceConnector
from leadpolicy_salesforce.secrets import Secrets
from leadpolicy_sandbox.salesforce.server import INTEGRATION, SalesforceSandbox

SECRET: Final = str(LOGIN.values["CONSUMER_SECRET"])
WRONG: Final = "a-secret-that-is-none-4711"
REASON: Final = Column(
    "kit_reason", FieldKind.CHOICE, "sales", codes=("no_need", "no_budget"), label="Reason"
)
DESIRED: Final = replace(
    SAMPLE,
    columns=(*(c for c in SAMPLE.columns if c.kind is not FieldKind.FLAG), REASON),
)
"""What is deployed: a checkbox in Salesforce is never blank, and no policy writes one."""


class SalesforceKitSandbox(BaseSandbox):
    """One practice org behind a server of its own."""

    outlives = True

    def __init__(self, timeout: float) -> None:
        self._timeout: Final = timeout
        self.org: Final = WatchedOrg()
        self._server: Final = SalesforceSandbox(org=self.org, faulty=True)
        self._server.start()
        self.org.watched = self.org.users[INTEGRATION].id

    def open(self, url: str | None = None) -> Connector:
        """Return a new connector."""
        return self._opened(url, LOGIN)

    def open_with_wrong_password(self) -> Connector:
        """Return a connector with a secret that is none."""
        values = {**LOGIN.values, "CONSUMER_SECRET": WRONG}
        return self._opened(None, Secrets("client_credentials", values))

    def _opened(self, url: str | None, secrets: Secrets) -> Connector:
        binding: Mapping[str, object] = {
            "leads": {"key": "lp_key", "attributes": {}},
            "consents": {"table": "ContactPointTypeConsent", "lead": "lead_id"},
        }
        options = {"timeout": self._timeout, "late_effect_seconds": 2.0, "bulk_min": 8}
        place = url or self._server.url
        return SalesforceConnector(place, binding, options, lambda: secrets, QuickClock())

    def strike(self, *faults: Scripted) -> None:
        """Let calls go wrong by script."""
        self._server.strike(*faults)

    def seed(self, keys: Sequence[str]) -> None:
        """Make leads."""
        self.org.enter(keys)

    def held(
        self, keys: Sequence[str], columns: Sequence[Column]
    ) -> Mapping[str, Mapping[str, object]]:
        """Return what the org holds."""
        present = {key: found[0] for key in keys if (found := self.org.find("Lead", KEY, key))}
        return {key: self._values(id, columns) for key, id in present.items()}

    def _values(self, id: str, columns: Sequence[Column]) -> dict[str, object]:
        row = self.org.get(None, "Lead", id) or {}
        raw = {column.name: row.get(f"{column.name}__c") for column in columns}
        return {column.name: held(_plain(raw[column.name], column), column) for column in columns}

    def history(self) -> Sequence[Effect]:
        """Return every write that took effect on a lead."""
        return [
            Effect(key, {name.removesuffix("__c"): value for name, value in given.items()})
            for key, given in self.org.effects
        ]

    def records(self, key: str) -> int:
        """Return how many leads have a key."""
        return len(self.org.find("Lead", KEY, key))

    def calls(self) -> int:
        """Return how many calls were billed."""
        return self._server.calls

    def writes(self) -> int:
        """Return how many requests were made to change leads or parts."""
        return self._server.writes

    def logins(self) -> int:
        """Return how many sessions were given."""
        return self._server.logins

    def expire_token(self) -> None:
        """End every session."""
        self._server.expire_token()

    def edit(self, key: str, values: Mapping[str, object], by: str) -> None:
        """Let a person write fields of a lead."""
        given = {f"{name}__c": value for name, value in values.items()}
        result = self.org.update(self.org.person(by), "Lead", self.org.id_of(key), given)
        assert result.success, result.errors

    def stage(self, key: str, before: str, after: str, by: str) -> None:
        """Let a person move a lead."""
        for status in (before, after):
            given: dict[str, Any] = {"Status": status}
            self.org.update(self.org.person(by), "Lead", self.org.id_of(key), given)

    def remove(self, key: str) -> None:
        """Put a lead into the bin."""
        assert self.org.delete(self.org.person("cleaner"), "Lead", self.org.id_of(key)).success

    def restore(self, key: str) -> None:
        """Take a lead out of the bin."""
        assert self.org.undelete(self.org.person("cleaner"), self.org.id_of(key)).success

    def merge(self, loser: str, winner: str) -> None:
        """Merge a lead into another."""
        ids = self.org.id_of(winner), [self.org.id_of(loser)]
        self.org.merge(self.org.person("cleaner"), "Lead", *ids)

    def erase(self, key: str) -> None:
        """Delete a lead for good."""
        id = self.org.id_of(key)
        self.org.delete(self.org.person("cleaner"), "Lead", id)
        self.org.empty_bin(self.org.person("cleaner"), [id])

    def consent(self, key: str, purpose: str, channel: str, status: str, at: datetime) -> None:
        """Let a person say yes or no."""
        self.org.consent(key, purpose, channel, status, at)

    def consents(self, key: str) -> Mapping[tuple[str, str], str]:
        """Return what stands of the consents of a lead."""
        return self.org.consents(key)

    def refuse(self, key: str) -> None:
        """Let a validation rule refuse every write to a lead."""
        self.org.refuse(key)

    def lock(self, key: str, times: int) -> None:
        """Let somebody else hold a lead."""
        self._server.lock(self.org.id_of(key), times)

    def forbid(self, change: Change) -> None:
        """Take away the right to change a field; reasons are values of one."""
        column = change.part if isinstance(change.part, Column) else REASON
        self.org.forbidden.add(f"{column.name}__c")

    def expire_cursors(self, stream: Stream) -> None:
        """Let Salesforce throw away its histories, as it does after 18 to 24 months."""
        self.org.state.tables["LeadHistory"].rows.clear()

    def revoke(self) -> None:
        """Refuse the login."""
        self._server.revoke()

    def regrant(self) -> None:
        """Take the login again."""
        self._server.regrant()

    def exhaust(self, left: int) -> None:
        """Leave so many calls of the day."""
        self._server.quota(left)

    def refill(self) -> None:
        """Begin a new day."""
        self._server.quota(100_000)

    def skew(self, seconds: float) -> None:
        """Set the clock of the org apart from ours."""
        self.org.skew = timedelta(seconds=seconds)

    def same_instant(self) -> None:
        """Stop the clock of the org."""
        self.org.freeze(datetime.now(UTC))

    def lose_job(self, ticket: str) -> None:
        """Abort a job before it is worked on."""
        self._server.abort_job(ticket)

    def close(self) -> None:
        """End the server."""
        self._server.stop()


def _plain(value: object, column: Column) -> object:
    """Return a stored value as the kind of its column; numbers of the org are decimals."""
    if column.kind is FieldKind.WHOLE and isinstance(value, Decimal):
        return int(value)
    return value


class SalesforceHarness(BaseHarness):
    """Makes practice orgs."""

    name = "salesforce"
    plugin = "leadpolicy_salesforce.plugin"
    secrets: Sequence[str] = (SECRET, WRONG)
    http = True
    desired: DesiredState | None = DESIRED

    def __init__(self, timeout: float = 20.0) -> None:
        """Take the seconds after which a call is given up."""
        self._timeout = timeout

    def sandbox(self, folder: Path) -> SalesforceKitSandbox:
        """Return a new org without leads."""
        return SalesforceKitSandbox(self._timeout)

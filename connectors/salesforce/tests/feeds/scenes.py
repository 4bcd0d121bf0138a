"""A practice org with people in it, and a login that follows what they do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from connectors.salesforce.tests.practice import LOGIN, prepared, seeded

from leadpolicy.crm.connector import Column, Event, Stream
from leadpolicy.crm.state import FieldKind
from leadpolicy_salesforce.binding import Binding, BoundField, Source
from leadpolicy_salesforce.client.address import read_address
from leadpolicy_salesforce.client.wire import Wire
from leadpolicy_salesforce.consents import Consents
from leadpolicy_salesforce.feeds import Feeds
from leadpolicy_salesforce.options import Options
from leadpolicy_sandbox.salesforce.org.schema import User
from leadpolicy_sandbox.salesforce.server import INTEGRATION, SALES, SalesforceSandbox

FEEDBACK: Final = (
    Column("verdict", FieldKind.TEXT, "sales"),
    Column("remark", FieldKind.TEXT, "sales"),
)
BINDING: Final = Binding(
    "lp_key__c",
    {"company": BoundField("Company", "Company")},
    consents=Source("ContactPointTypeConsent", "Party", {}),
)
OPTIONS: Final = Options(
    converted=("won",), opportunity_stages={"Closed Won": "customer"}, timeout=5.0
)
MORNING: Final = datetime(2026, 3, 2, 8, tzinfo=UTC)


class Scene:
    """One login that pulls from one org; `sync` goes on where the last one ended."""

    def __init__(self, sandbox: SalesforceSandbox, binding: Binding, options: Options) -> None:
        self.sandbox, self.org = sandbox, sandbox.org
        self.wire = Wire(read_address(sandbox.url, {}), lambda: LOGIN, options)
        self.consents = Consents(self.wire, binding, options)
        self.binding, self.options = binding, options
        self.cursors: dict[Stream, str | None] = dict.fromkeys(Stream)
        self.feeds = self.opened()
        self.sales: User = self.org.users[SALES]
        self.us: User = self.org.users[INTEGRATION]

    def opened(self) -> Feeds:
        """Return the feeds as a new process has them."""
        feeds = Feeds(self.wire, self.binding, self.options, reader=self.consents.reader)
        feeds.know(FEEDBACK)
        return feeds

    def lead(self, key: str) -> str:
        """Return the Id of a lead."""
        return self.org.find("Lead", "lp_key__c", key)[0]

    def edit(self, key: str, by: User | None = None, **values: Any) -> None:
        """Let somebody write fields of a lead, sales if nobody is named."""
        result = self.org.update(by or self.sales, "Lead", self.lead(key), values)
        assert result.success, result.errors

    def tick(self, **step: float) -> None:
        """Let the clock of the org go on."""
        self.org.skew = self.org.skew + timedelta(**step)

    def pages(self, stream: Stream, limit: int = 500) -> Iterator[list[Event]]:
        """Yield the pages of a stream up to its end."""
        complete = False
        while not complete:
            page = self.feeds.pull(stream, self.cursors[stream], limit)
            self.cursors[stream], complete = page.cursor, page.complete
            yield list(page.events)

    def pull(self, stream: Stream, limit: int = 500) -> list[Event]:
        """Return what is new in a stream."""
        return [event for page in self.pages(stream, limit) for event in page]

    def sync(self) -> Mapping[Stream, list[Event]]:
        """Return what is new in every stream, asked for together."""
        self.feeds.expect(self.cursors)
        return {stream: self.pull(stream) for stream in self.cursors}

    def settle(self) -> None:
        """Read every stream to its end twice, so that nothing is new."""
        self.sync()
        self.sync()

    def person(self, key: str, **flags: Any) -> str:
        """Link a lead to a person and return its Id."""
        made = self.org.create(self.us, "Individual", {"LastName": "Lovelace", **flags})
        assert self.org.update(None, "Lead", self.lead(key), {"IndividualId": made.id}).success
        return str(made.id)

    def purpose(self, name: str) -> str:
        """Make a purpose and return its Id."""
        return str(self.org.create(self.us, "DataUsePurpose", {"Name": name}).id)

    def consent(self, person: str, purpose: str, status: str, at: datetime, **more: Any) -> None:
        """Keep a consent by e-mail."""
        values = {
            "Name": "a consent",
            "PartyId": person,
            "DataUsePurposeId": purpose,
            "ContactPointType": "Email",
            "PrivacyConsentStatus": status,
            "CaptureDate": at.isoformat(),
            "CaptureContactPointType": "Web",
            "CaptureSource": "form",
            **more,
        }
        result = self.org.create(self.us, "ContactPointTypeConsent", values)
        assert result.success, result.errors


@contextmanager
def scene(
    *keys: str, binding: Binding = BINDING, options: Options = OPTIONS, sees: bool = True
) -> Iterator[Scene]:
    """Open a scene with leads; with `sees`, the login sees the flags of leads and persons."""
    with SalesforceSandbox() as sandbox:
        org = prepared(sandbox.org, FEEDBACK)
        for name in ("verdict__c", "remark__c", "Status", "Company"):
            org.object("Lead").fields[name].track_history = True
        org.object("Lead").history = True
        if sees:
            show(sandbox)
        seeded(org, keys)
        opened = Scene(sandbox, binding, options)
        yield opened
        opened.wire.close()


def show(sandbox: SalesforceSandbox) -> None:
    """Let the login see the flags that refuse e-mail."""
    rights = sandbox.org.permission_sets["lp_integration"]
    for name in (
        "Lead.HasOptedOutOfEmail",
        "Individual.HasOptedOutSolicit",
        "Individual.HasOptedOutProcessing",
        "Individual.ShouldForget",
    ):
        rights.fields[name] = type(next(iter(rights.fields.values())))(name, True, True)

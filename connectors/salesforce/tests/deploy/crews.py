"""A connector to a practice org with a store, and the small policies that are deployed to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from leadpolicy.crm.adopt import AdoptReport, adopt
from leadpolicy.crm.apply import ApplyReport, apply
from leadpolicy.crm.drift import Drift, drift
from leadpolicy.crm.plan import Plan, propose
from leadpolicy.crm.state import (
    Column,
    DesiredState,
    FieldKind,
    Permission,
    Reason,
    ReasonTable,
    Rule,
    RuleKind,
)
from leadpolicy.crm.store import Store
from leadpolicy_salesforce.connector import SalesforceConnector
from leadpolicy_salesforce.secrets import Secrets
from leadpolicy_sandbox.salesforce.server import SalesforceSandbox

AT: Final = datetime(2026, 11, 2, 12, tzinfo=UTC)
BINDING: Final[Mapping[str, object]] = {
    "leads": {"key": "lp_key", "attributes": {"employees": "NumberOfEmployees"}}
}
OPTIONS: Final[Mapping[str, object]] = {
    "roles": {"marketing": "LP_Marketing", "sales": "LP_Sales"},
    "converted": ["opportunity"],
    "lang": "en",
    "timeout": 20.0,
}
TIMING: Final = Reason("timing", "Zeitpunkt passt nicht", "Bad timing")
REASONS: Final = ReasonTable("lp_reasons", (Reason("no_need", "kein Bedarf", "No need"), TIMING))
STATES: Final = ReasonTable(
    "lp_states",
    (
        Reason("mql", "MQL", "MQL"),
        Reason("opportunity", "Verkaufschance", "Opportunity", ("converted",)),
    ),
)
CONSENTS: Final = (
    ReasonTable("lp_bases", (Reason("consent", "Einwilligung", "Consent"),)),
    ReasonTable("lp_purposes", (Reason("mail", "Post", "Mail", ("basis consent",)),)),
)
RULE: Final = Rule(
    "lp_reason_needed",
    RuleKind.DEMAND,
    'AND(ISPICKVAL(sales_feedback__c, "rejected"), ISBLANK(TEXT(rejection_reason__c)))',
    "feedback",
    "Grund fehlt. / Reason missing.",
)
FIT: Final = Column("lp_fit", FieldKind.WHOLE, label="Fit")
SIZE: Final = Column(
    "lp_size_class", FieldKind.TEXT, label="Size", formula='IF(NumberOfEmployees > 9, "L", "S")'
)
DESIRED: Final = DesiredState(
    "small",
    "1",
    "a" * 64,
    (
        FIT,
        Column("lp_share", FieldKind.NUMBER, scale=2, label="Share"),
        Column("lp_open", FieldKind.FLAG, label="Open"),
        Column("lp_state", FieldKind.CHOICE, codes=("mql", "opportunity"), label="State"),
        Column("lp_decided_at", FieldKind.MOMENT, label="Decided at", compared=False),
        Column("lp_key", FieldKind.TEXT, length=255, label="Key", key=True),
        SIZE,
        Column("sales_feedback", FieldKind.CHOICE, "sales", codes=("accepted", "rejected")),
        Column("sales_feedback_at", FieldKind.MOMENT, "sales"),
        Column("sales_feedback_by", FieldKind.TEXT, "sales"),
        Column("rejection_reason", FieldKind.CHOICE, "sales", codes=("no_need", "timing")),
    ),
    (REASONS, STATES, *CONSENTS),
    (RULE,),
    (
        Permission("marketing", "lp_fit", write=False),
        Permission("sales", "lp_fit", write=False),
        Permission("sales", "sales_feedback", write=True),
        Permission("marketing", "sales_feedback", write=False),
    ),
)


def only(*columns: Column, **others: Any) -> DesiredState:
    """Return a desired state with some columns alone."""
    return DesiredState("small", "1", "a" * 64, columns, **others)


def without_timing() -> DesiredState:
    """Return the desired state without one of its reasons."""
    columns = tuple(
        replace(column, codes=("no_need",)) if column.name == "rejection_reason" else column
        for column in DESIRED.columns
    )
    reasons = replace(REASONS, rows=REASONS.rows[:1])
    return replace(DESIRED, columns=columns, tables=(reasons, *DESIRED.tables[1:]))


@dataclass
class Crew:
    """A connector and a store at work on one org."""

    box: SalesforceSandbox
    store: Store
    connector: SalesforceConnector

    @classmethod
    def open(
        cls,
        box: SalesforceSandbox,
        store: Store,
        secrets: Callable[[], Secrets],
        options: Mapping[str, object],
    ) -> Crew:
        """Open a connector with options, or a `binding`, beside those that every test has."""
        given = {**OPTIONS, **options}
        binding: Any = given.pop("binding", BINDING)
        connector = SalesforceConnector(box.url, binding, given, secrets)
        return cls(box, store, connector)

    def plan(self, desired: DesiredState = DESIRED, **how: bool) -> Plan:
        """Return the plan towards a desired state."""
        return propose(self.connector, desired, self.store, **how)

    def deploy(self, desired: DesiredState = DESIRED, **how: bool) -> ApplyReport:
        """Plan and apply."""
        return apply(self.plan(desired, **how), self.connector, self.store, at=AT)

    def drift(self) -> Drift:
        """Return what others changed."""
        return drift(self.connector, self.store)

    def adopt(self, desired: DesiredState, *parts: str) -> AdoptReport:
        """Take over parts by name, or everything."""
        return adopt(self.connector, desired, self.store, parts=parts or None, at=AT)

    def field(self, name: str, object_: str = "Lead") -> Any:
        """Return a field as the org has it."""
        return self.box.org.object(object_).fields[name]

    def calls(self, work: Callable[[], object]) -> list[str]:
        """Return the paths that some work calls, without the login."""
        before = len(self.box.log)
        work()
        return [call.path for call in self.box.log[before:]]

"""The connector: what leadpolicy asks of a CRM, in calls of Acmecrm.

Each method makes the calls it needs once. Batches, waiting, sending again and comparing are the
core's work; what is left out here is refused by `BaseConnector`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from importlib.metadata import version
from typing import Any, Final

from leadpolicy.crm.connector import (
    BaseConnector,
    Change,
    Column,
    ConnectorError,
    DecisionRow,
    DesiredState,
    FeedbackRow,
    LeadRow,
    ObservedState,
    Outcome,
    Presence,
    Standing,
    Status,
)
from leadpolicy.crm.state import (
    Action,
    FieldKind,
    ObservedColumn,
    ObservedReason,
    ObservedTable,
    Permission,
    Reason,
    ReasonRow,
    Rule,
    Table,
    address,
)
from leadpolicy.crm.values import held
from leadpolicy.diagnostics import did_you_mean

from leadpolicy_acmecrm.api import Api
from leadpolicy_acmecrm.plugin import CAPABILITIES

_OPTIONS: Final = ("timeout", "user")
_PAGE: Final = 100
_STATUSES: Final = {status.value: status for status in (Status.CREATED, Status.WRITTEN)}
_PASSING: Final = frozenset({"locked"})


class AcmecrmConnector(BaseConnector):
    """Acmecrm at a URL.

    Options: `user` (default `leadpolicy`) and `timeout` of a call in seconds (default 10). The
    password comes from the environment, unless one is given.
    """

    name = "acmecrm"
    version = version("leadpolicy-acmecrm")
    capabilities = CAPABILITIES

    def __init__(
        self, url: str, options: Mapping[str, object] | None = None, password: str | None = None
    ) -> None:
        given = dict(options or {})
        for name in given:
            if name not in _OPTIONS:
                hint = did_you_mean(name, _OPTIONS)
                raise ConnectorError(f"the connector `acmecrm` has no option `{name}`", hint)
        self.target = url
        timeout = float(str(given.get("timeout", 10)))
        self._api = Api(url, str(given.get("user", "leadpolicy")), timeout, password)

    def observe(self, desired: DesiredState) -> ObservedState:
        """Return what stands of the desired parts."""
        standing = self._api.call("GET", "schema")["parts"]
        columns = ((column, standing.get(address(column))) for column in desired.columns)
        return ObservedState(
            tuple(_observed(column, part) for column, part in columns if part is not None),
            tuple(
                ObservedTable(table.name, tuple(_reasons(standing, table.name)))
                for table in desired.tables
                if address(Table(table.name)) in standing
            ),
        )

    def apply(self, change: Change) -> None:
        """Put one part as it should be; putting it again changes nothing."""
        if isinstance(change.part, Rule | Permission) or change.action is Action.DESTROY:
            raise self._unsupported(f"`{change.action.value} {address(change.part)}`")
        is_active = change.action is not Action.DEACTIVATE
        self._api.call("PUT", f"parts/{address(change.part)}", _part(change.part, is_active))

    def read_leads(
        self, columns: Sequence[Column] = (), keys: Sequence[str] | None = None
    ) -> Iterator[LeadRow]:
        """Yield leads page by page, each behind the last key of the page before."""
        after, more = "", True
        while more:
            body = {"after": after, "limit": _PAGE, "keys": None if keys is None else list(keys)}
            page = self._api.call("POST", "leads/page", body)
            for item in page["items"]:
                after = str(item["key"])
                values = item["values"]
                yield LeadRow(
                    after, values, (), tuple(item["consents"]), held=_held(values, columns)
                )
            more = bool(page["more"])

    def lookup(self, keys: Sequence[str], columns: Sequence[Column]) -> Mapping[str, Standing]:
        """Return what stands of some leads, in one call."""
        if not keys:
            return {}
        items = self._api.call("POST", "leads/lookup", {"keys": list(keys)})["items"]
        known = (item for item in items if item["presence"] != "unknown")
        return {
            item["key"]: Standing(
                _held(item["values"], columns), Presence(item["presence"]), item["into"]
            )
            for item in known
        }

    def write(self, rows: Sequence[DecisionRow], columns: Sequence[Column]) -> list[Outcome]:
        """Send one batch once; what the CRM says about other leads is left out."""
        if not rows:
            return []
        names = [column.name for column in columns]
        sent = [
            {"key": row.key, "values": {name: _plain(row.values[name]) for name in names}}
            for row in rows
        ]
        answered = {
            str(item["key"]): _outcome(item)
            for item in self._api.call("POST", "leads/upsert", {"rows": sent})["items"]
        }
        return [answered[row.key] for row in rows if row.key in answered]

    def read_feedback(self, columns: Sequence[Column]) -> Iterator[FeedbackRow]:
        """Yield the leads in which sales has filled one of the columns."""
        for lead in self.read_leads(columns):
            if any(value is not None for value in lead.held.values()):
                yield FeedbackRow(lead.key, lead.held)

    def close(self) -> None:
        """Let go of the CRM."""
        self._api.close()


def _part(part: Column | Table | ReasonRow, is_active: bool) -> dict[str, object]:
    match part:
        case Column():
            return {
                "kind": part.kind.value,
                "scale": part.scale,
                "length": part.length,
                "codes": list(part.codes),
                "label": part.label,
                "description": part.description,
            }
        case Table(name):
            return {"table": name}
        case ReasonRow(table, reason):
            labels = {"label_de": reason.label_de, "label_en": reason.label_en}
            return {"table": table, "code": reason.code, **labels, "active": is_active}


def _observed(column: Column, part: Mapping[str, Any]) -> ObservedColumn:
    return ObservedColumn(
        column.name,
        frozenset({FieldKind(part["kind"])}),
        part["kind"],
        column.object,
        part["scale"],
        part["length"],
        tuple(part["codes"]),
        part["label"],
        part["description"],
    )


def _reasons(standing: Mapping[str, Mapping[str, Any]], table: str) -> Iterator[ObservedReason]:
    for place, part in standing.items():
        if place.startswith(f"row {table}["):
            reason = Reason(part["code"], part["label_de"], part["label_en"])
            yield ObservedReason(reason, part["active"])


def _held(values: Mapping[str, object], columns: Sequence[Column]) -> dict[str, object]:
    return {
        column.name: held(_typed(values.get(column.name), column), column) for column in columns
    }


def _typed(value: object, column: Column) -> object:
    """Return a value as its column has it; the CRM keeps moments and decimals as text."""
    if isinstance(value, str) and column.kind is FieldKind.MOMENT:
        return datetime.fromisoformat(value)
    if isinstance(value, str) and column.kind is FieldKind.NUMBER:
        return Decimal(value)
    return value


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _outcome(item: Mapping[str, Any]) -> Outcome:
    key, status = str(item["key"]), str(item["status"])
    if status in _STATUSES:
        return Outcome(key, _STATUSES[status])
    if status == Status.UNCHANGED.value:
        return Outcome(key, Status.UNCHANGED)
    code, message = str(item["code"]), str(item["message"])
    if code in _PASSING:
        return Outcome.deferred(key, code, message)
    return Outcome.failed(key, code, message, str(item.get("field", "")))

"""Connectors to the lab's CRM in four dialects, short enough to read as examples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar, Final

from leadpolicy.crm.connector import (
    AddressError,
    AnswerLostError,
    BaseConnector,
    Capabilities,
    Change,
    Column,
    DecisionRow,
    DesiredState,
    Event,
    EventKind,
    FeedbackRow,
    LeadRow,
    ObservedState,
    Outcome,
    Page,
    PartKind,
    Presence,
    Quota,
    Standing,
    Status,
    Stream,
)
from leadpolicy.crm.state import Action, FieldKind, address
from leadpolicy.crm.values import held
from leadpolicy.testing.lab.parts import observed, part_of
from leadpolicy.testing.lab.wire import TIMEOUT, Wire, nothing_happened
from leadpolicy.testing.lab.world import ACTOR

_PARTS: Final = frozenset({PartKind.COLUMN, PartKind.TABLE, PartKind.REASON})
_PAGE: Final = 100
LATE_EFFECT: Final = 5.0
"""What the dialects declare; late effects and jobs of the lab land sooner."""


def _capabilities(**more: Any) -> Capabilities:
    return Capabilities(
        late_effect_seconds=LATE_EFFECT,
        batch_max=4,
        live_quota=True,
        feeds=frozenset(Stream) - {Stream.SETUP},
        deletions="feed",
        merges=True,
        creates=_PARTS,
        changes=_PARTS,
        destroys=_PARTS,
        reads_consents=True,
        **more,
    )


class LabConnector(BaseConnector):
    """What the dialects share; each adds how rows are written."""

    name = "lab"
    version = "1"
    actor = ACTOR
    capabilities: ClassVar[Capabilities] = _capabilities(idempotency="unique_upsert")

    def __init__(self, url: str, timeout: float = TIMEOUT) -> None:
        self.target = url
        self._wire = Wire(url, timeout)

    def observe(self, desired: DesiredState) -> ObservedState:
        """Return what stands of the desired parts."""
        return observed(self._wire.call("GET", "schema")["parts"], desired)

    def apply(self, change: Change) -> None:
        """Put a part as it should be, or remove it."""
        path = f"parts/{address(change.part)}"
        if change.action is Action.DESTROY:
            self._wire.call("DELETE", path)
        else:
            active = change.action is not Action.DEACTIVATE
            self._wire.call("PUT", path, part_of(change.part, active=active))

    def read_leads(
        self, columns: Sequence[Column] = (), keys: Sequence[str] | None = None
    ) -> Iterator[LeadRow]:
        """Yield leads page by page."""
        after, more = "", True
        while more:
            body = {"after": after, "limit": _PAGE, "keys": None if keys is None else list(keys)}
            page = self._wire.call("POST", "leads/page", body)
            items = _counted(page)
            for item in items:
                yield _lead(item, columns)
            after, more = items[-1]["key"] if items else after, bool(page["more"])

    def lookup(self, keys: Sequence[str], columns: Sequence[Column]) -> Mapping[str, Standing]:
        """Return what stands; an answer that leaves out a key that was asked for is lost."""
        if not keys:
            return {}
        found = _by_key(self._wire.call("POST", "leads/lookup", {"keys": list(keys)}))
        if any(key not in found for key in keys):
            raise AnswerLostError("the CRM left out a lead that was asked for")
        known = (found[key] for key in keys if found[key]["presence"] != "unknown")
        return {item["key"]: _standing(item, columns) for item in known}

    def write(self, rows: Sequence[DecisionRow], columns: Sequence[Column]) -> list[Outcome]:
        """Send one batch once."""
        return self._post("leads/upsert", rows, columns)

    def read_feedback(self, columns: Sequence[Column]) -> Iterator[FeedbackRow]:
        """Yield leads in which sales has filled one of the columns."""
        for lead in self.read_leads(columns):
            if any(value is not None for value in lead.held.values()):
                yield FeedbackRow(lead.key, lead.held)

    def pull(self, stream: Stream, cursor: str | None, limit: int) -> Page:
        """Return some events behind a cursor."""
        if stream not in self.capabilities.feeds:
            raise self._unsupported(f"the stream `{stream.value}`")
        params: dict[str, str | int] = {"limit": limit}
        if cursor is not None:
            params["cursor"] = cursor
        answer = self._wire.call("GET", f"streams/{stream.value}", params=params)
        events = tuple(map(_event, _counted(answer, "id")))
        return Page(stream, events, answer["cursor"], answer["complete"])

    def quota(self) -> Quota:
        """Return the calls that are left today."""
        answer = self._wire.call("GET", "quota")
        resets_at = datetime.fromisoformat(answer["resets_at"])
        return Quota(answer["used"], answer["limit"], resets_at)

    def close(self) -> None:
        """Let go of every connection."""
        self._wire.close()

    def _post(
        self, path: str, rows: Sequence[DecisionRow], columns: Sequence[Column]
    ) -> list[Outcome]:
        if not rows:
            return []
        answer = self._wire.call("POST", path, {"rows": _sent(rows, columns)})
        return _outcomes(answer, rows)


class UpsertConnector(LabConnector):
    """Writes at a unique key and answers for each row."""

    name = "lab-upsert"


class AtomicConnector(LabConnector):
    """Writes at a unique key; one bad row makes the CRM refuse the whole batch."""

    name = "lab-atomic"
    capabilities = _capabilities(idempotency="unique_upsert", atomicity="all_or_none")

    def write(self, rows: Sequence[DecisionRow], columns: Sequence[Column]) -> list[Outcome]:
        """Send one batch once; all of it is kept, or nothing."""
        return self._post("leads/replace", rows, columns)


class AppendConnector(LabConnector):
    """Appends a record for each decision, so that a write sent twice counts twice."""

    name = "lab-append"
    capabilities = _capabilities(idempotency="verify_read")

    def write(self, rows: Sequence[DecisionRow], columns: Sequence[Column]) -> list[Outcome]:
        """Append one record for each row."""
        return self._post("decisions", rows, columns)


class JobConnector(LabConnector):
    """Writes few rows at once, and many in a job that is answered later."""

    name = "lab-jobs"
    capabilities = _capabilities(idempotency="unique_upsert", bulk_min=3, bulk_max=4)

    def write(self, rows: Sequence[DecisionRow], columns: Sequence[Column]) -> list[Outcome]:
        """Send a batch; before a job is closed, nothing of it has happened."""
        if len(rows) < (self.capabilities.bulk_min or 0):
            return super().write(rows, columns)
        with nothing_happened():
            ticket = str(self._wire.call("POST", "jobs")["id"])
            self._wire.call("PUT", f"jobs/{ticket}/rows", {"rows": _sent(rows, columns)})
        self._wire.call("POST", f"jobs/{ticket}/close")
        return [Outcome(row.key, Status.ACCEPTED, ticket=ticket) for row in rows]

    def results(self, ticket: str) -> list[Outcome] | None:
        """Return what became of a job's rows: nothing is known of a job that was lost."""
        try:
            state = self._wire.call("GET", f"jobs/{ticket}")["state"]
            if state in {"open", "running"}:
                return None
            return _outcomes(self._wire.call("GET", f"jobs/{ticket}/results"), ())
        except AddressError:
            return []


def _sent(rows: Sequence[DecisionRow], columns: Sequence[Column]) -> list[dict[str, Any]]:
    names = [column.name for column in columns]
    return [
        {"key": row.key, "values": {name: plain(row.values[name]) for name in names}}
        for row in rows
    ]


def plain(value: object) -> object:
    """Return a value as the lab's CRM keeps it: decimals and moments as text.

    >>> plain(Decimal("12.50"))
    '12.50'
    """
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _items(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the list of an answer; raises `AnswerLostError` when it has none."""
    items = answer.get("items")
    if not isinstance(items, list):
        raise AnswerLostError("the answer of the CRM has no items")
    return items


def _by_key(answer: Mapping[str, Any], name: str = "key") -> dict[str, Mapping[str, Any]]:
    return {item[name]: item for item in _items(answer)}


def _counted(answer: Mapping[str, Any], name: str = "key") -> list[Mapping[str, Any]]:
    """Return the items once each; raises `AnswerLostError` when not all that were counted came."""
    items = [*_by_key(answer, name).values()]
    if len(items) != answer["count"]:
        raise AnswerLostError("the CRM sent another number of items than it counted")
    return items


def _outcomes(answer: Mapping[str, Any], rows: Sequence[DecisionRow]) -> list[Outcome]:
    """Return what an answer says of rows, or of whatever it names when no rows are given."""
    found = {key: _outcome(item) for key, item in _by_key(answer).items()}
    if not rows:
        return [*found.values()]
    return [found.get(row.key, Outcome(row.key, Status.UNKNOWN)) for row in rows]


def _outcome(item: Mapping[str, Any]) -> Outcome:
    if item["status"] != "refused":
        return Outcome(item["key"], Status(item["status"]))
    if item["code"] == "locked":
        return Outcome.deferred(item["key"], item["code"], item["message"])
    return Outcome.failed(item["key"], item["code"], item["message"], item["field"])


def _lead(item: Mapping[str, Any], columns: Sequence[Column]) -> LeadRow:
    values = item["values"]
    return LeadRow(
        item["key"], values, consents=tuple(item["consents"]), held=_held(values, columns)
    )


def _standing(item: Mapping[str, Any], columns: Sequence[Column]) -> Standing:
    presence = Presence(item["presence"])
    return Standing(_held(item["values"], columns), presence, item["into"])


def _held(values: Mapping[str, Any], columns: Sequence[Column]) -> dict[str, object]:
    return {c.name: held(_typed(values.get(c.name), c), c) for c in columns}


def _typed(value: object, column: Column) -> object:
    if column.kind is not FieldKind.NUMBER or not isinstance(value, str):
        return value
    try:
        return Decimal(value)
    except InvalidOperation:
        return value


def _event(item: Mapping[str, Any]) -> Event:
    at = datetime.fromisoformat(item["at"])
    kind = EventKind(item["kind"])
    return Event(item["id"], item["key"], kind, at, item["by"], item["values"])


DIALECTS: Final[Mapping[str, Callable[[str, float], LabConnector]]] = {
    "upsert": UpsertConnector,
    "atomic": AtomicConnector,
    "append": AppendConnector,
    "jobs": JobConnector,
}

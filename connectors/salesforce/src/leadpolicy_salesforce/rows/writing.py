"""Decisions on their way into Salesforce: one call for a batch, or a job for a large one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from leadpolicy.crm.connector import (
    AccessError,
    AnswerLostError,
    Column,
    DecisionRow,
    Outcome,
    Status,
)
from leadpolicy_salesforce.binding import Binding
from leadpolicy_salesforce.client.wire import Wire
from leadpolicy_salesforce.errors import INVISIBLE, PASSING, Refused, invisible, refusal_of
from leadpolicy_salesforce.ids import long_id
from leadpolicy_salesforce.rows.register import CONTACT, Place, Register
from leadpolicy_salesforce.rows.values import not_kept, plain

UNKNOWN_LEAD: Final = "unknown_lead"
_GONE: Final = frozenset({"ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID"})
_CONVERTED: Final = "CANNOT_UPDATE_CONVERTED_LEAD"
_GO_ON: Final = "with the option `contacts` its decisions go on at its contact"
_DENIED: Final = frozenset({"INSUFFICIENT_ACCESS", "INSUFFICIENT_ACCESS_OR_READONLY"})


@dataclass(frozen=True, slots=True)
class Sent:
    """A row on its way, with the record that it is written to."""

    row: DecisionRow
    place: Place


class Outcomes:
    """Says in the core's words what Salesforce says of single rows."""

    def __init__(self, register: Register, binding: Binding, *, contacts: bool) -> None:
        self._register: Final = register
        self._binding: Final = binding
        self._contacts: Final = contacts

    def refused(self, key: str, told: Refused, columns: Sequence[Column] = ()) -> Outcome:
        """Return the outcome of a row that was refused, for good or for now."""
        words = told.message or "Salesforce gives no reason"
        if told.code in _GONE or told.code == _CONVERTED:
            self._register.forget([key])
        if told.code in _GONE:
            return Outcome.failed(key, UNKNOWN_LEAD, words)
        if told.code in PASSING or (told.code == _CONVERTED and self._contacts):
            return Outcome.deferred(key, told.code, words)
        if told.code == _CONVERTED:
            return Outcome.failed(key, told.code, f"{words}; {_GO_ON}")
        names = {self._binding.api(column.name).lower(): column.name for column in columns}
        known = (names[field.lower()] for field in told.fields if field.lower() in names)
        return Outcome.failed(key, told.code or "refused", words, next(known, ""))


class Writer:
    """Sends one batch in one call to the Ids of its records, so that nothing is ever made."""

    def __init__(
        self, wire: Wire, binding: Binding, register: Register, outcomes: Outcomes
    ) -> None:
        self._wire: Final = wire
        self._binding: Final = binding
        self._register: Final = register
        self._outcomes: Final = outcomes

    def sort(
        self, rows: Sequence[DecisionRow], columns: Sequence[Column], *, job: bool = False
    ) -> tuple[list[Sent], list[Outcome]]:
        """Return the rows that can be sent, leads first, and the outcomes of the others."""
        bad = {row.key: bad for row in rows if (bad := not_kept(row, columns, job=job))}
        with self._wire.doing("lookup"):
            places = self._register.places([row.key for row in rows if row.key not in bad])
        sent = [Sent(row, places[row.key]) for row in rows if row.key in places]
        unknown = [row.key for row in rows if row.key not in places and row.key not in bad]
        words = "the org has no such lead, or several"
        failed = [Outcome.failed(key, UNKNOWN_LEAD, words) for key in unknown]
        return sorted(sent, key=lambda each: each.place.table == CONTACT), [*bad.values(), *failed]

    def write(self, rows: Sequence[DecisionRow], columns: Sequence[Column]) -> list[Outcome]:
        """Write at most 200 rows."""
        sent, outcomes = self.sort(rows, columns)
        if not sent:
            return outcomes
        body = {"allOrNone": False, "records": [self._record(each, columns) for each in sent]}
        with self._wire.doing("write"):
            items = self._wire.call("PATCH", "composite/sobjects", body, rows=True)
        return [*outcomes, *self._answered(sent, items, columns)]

    def _record(self, sent: Sent, columns: Sequence[Column]) -> dict[str, object]:
        values = sent.row.values
        fields = {self._binding.api(c.name): plain(values[c.name], c) for c in columns}
        return {"attributes": {"type": sent.place.table}, "id": sent.place.id, **fields}

    def _answered(
        self, sent: Sequence[Sent], items: object, columns: Sequence[Column]
    ) -> list[Outcome]:
        """Return an outcome for each row: by its Id, and by its place where places are right."""
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise AnswerLostError("the answer of Salesforce is no list of results")
        written = {long_id(str(item.get("id"))) for item in items if item.get("success") is True}
        if not _in_order(sent, items):
            return [
                Outcome(each.row.key, Status.WRITTEN if each.place.id in written else _UNKNOWN)
                for each in sent
            ]
        told = [_told(item) for item in items]
        _refuse_as_a_whole(told)
        return [
            Outcome(each.row.key, Status.WRITTEN)
            if why is None
            else self._outcomes.refused(each.row.key, why, columns)
            for each, why in zip(sent, told, strict=True)
        ]


_UNKNOWN: Final = Status.UNKNOWN


def _in_order(sent: Sequence[Sent], items: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether each result is that of the row at its place; refusals name no record."""
    return len(sent) == len(items) and all(
        long_id(str(item.get("id"))) == each.place.id
        for each, item in zip(sent, items, strict=True)
        if item.get("id")
    )


def _told(item: Mapping[str, Any]) -> Refused | None:
    """Return why a row was refused; None when it was written."""
    if item.get("success") is True:
        return None
    errors = item.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else {}
    return refusal_of(first) if isinstance(first, dict) else Refused("", "")


def _refuse_as_a_whole(told: Sequence[Refused | None]) -> None:
    """Raise where every row was refused for the login's sake, so that no lead is to blame."""
    refusals = [why for why in told if why is not None]
    codes = {why.code for why in refusals}
    if not refusals or len(refusals) < len(told):
        return
    if codes <= INVISIBLE:
        raise invisible(refusals[0])
    if codes <= _DENIED and len(refusals) > 1:
        raise AccessError(
            f"Salesforce: {refusals[0].message}", "give the login the right to edit leads"
        )

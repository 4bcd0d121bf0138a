"""Large batches as jobs of the Bulk API 2.0: made, filled, closed, and asked for later."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import Any, Final

from leadpolicy.crm.connector import (
    AnswerLostError,
    BusyError,
    Column,
    ConnectorError,
    DecisionRow,
    Outcome,
    Status,
    UnsupportedError,
)
from leadpolicy_salesforce.binding import Binding
from leadpolicy_salesforce.client.wire import Wire
from leadpolicy_salesforce.errors import NotThereError, Refused, invisible
from leadpolicy_salesforce.ids import long_id
from leadpolicy_salesforce.rows.register import Register
from leadpolicy_salesforce.rows.values import cell
from leadpolicy_salesforce.rows.writing import Outcomes, Sent, Writer

_JOBS: Final = "jobs/ingest"
_FORM: Final = {
    "operation": "update",
    "contentType": "CSV",
    "lineEnding": "LF",
    "columnDelimiter": "COMMA",
}
_GOES_ON: Final = frozenset({"UploadComplete", "InProgress", "JobComplete"})
_ENDED: Final = frozenset({"JobComplete", "Failed", "Aborted"})


class Jobs:
    """Hands in rows as jobs, one for leads and one for contacts, which update and never insert."""

    def __init__(
        self, wire: Wire, binding: Binding, register: Register, writer: Writer, outcomes: Outcomes
    ) -> None:
        self._wire: Final = wire
        self._binding: Final = binding
        self._register: Final = register
        self._writer: Final = writer
        self._outcomes: Final = outcomes

    def write(self, rows: Sequence[DecisionRow], columns: Sequence[Column]) -> list[Outcome]:
        """Hand in rows; they come out as accepted, with their job as ticket."""
        sent, outcomes = self._writer.sort(rows, columns, job=True)
        for table, some in groupby(sent, key=lambda each: each.place.table):
            outcomes += self._hand_in(table, list(some), columns)
        return outcomes

    def _hand_in(
        self, table: str, sent: Sequence[Sent], columns: Sequence[Column]
    ) -> Iterator[Outcome]:
        """Fill a job; only closing it has an effect, so that a lost answer before loses nothing."""
        names = [self._binding.api(column.name) for column in columns]
        self._check(table, names)
        with self._wire.doing("write"):
            with _without_effect():
                made = self._wire.post(_JOBS, {"object": table, **_FORM})
                ticket = _text(made, "id")
                path = f"{_JOBS}/{ticket}"
                self._wire.text("PUT", f"{path}/batches", _csv(sent, names, columns))
            self._close(path)
        return (Outcome(each.row.key, Status.ACCEPTED, ticket=ticket) for each in sent)

    def _check(self, table: str, names: Sequence[str]) -> None:
        """Raise where a field is not there or may not be written: a job would blame the leads."""
        with self._wire.doing("lookup"):
            told = self._wire.get(f"sobjects/{table}/describe")["fields"]
        fields = {str(field["name"]).lower(): field for field in told}
        missing = tuple(name for name in names if name.lower() not in fields)
        if missing:
            raise invisible(Refused("INVALID_FIELD", "", missing))
        fixed = tuple(name for name in names if not fields[name.lower()]["updateable"])
        if fixed:
            raise invisible(Refused("INVALID_FIELD_FOR_INSERT_UPDATE", "", fixed))

    def _close(self, path: str) -> None:
        """Close a job; where the answer is lost, the job itself tells whether it goes on."""
        try:
            self._wire.patch(path, {"state": "UploadComplete"})
        except AnswerLostError as lost:
            if self._state(path, lost) not in _GOES_ON:
                raise BusyError("the job was not closed, so nothing of it was done") from None

    def _state(self, path: str, lost: AnswerLostError) -> str:
        try:
            with self._wire.doing("poll"):
                return _text(self._wire.get(path), "state")
        except ConnectorError:
            raise lost from None

    def results(self, ticket: str) -> list[Outcome] | None:
        """Return the outcomes of a job, or None while it runs."""
        if long_id(ticket) is None:
            raise UnsupportedError(f"`{ticket:.40}` is no job of Salesforce")
        path = f"{_JOBS}/{ticket}"
        with self._wire.doing("poll"):
            try:
                job = self._wire.get(path)
                return self._ended(path, job) if _text(job, "state") in _ENDED else None
            except NotThereError:
                raise UnsupportedError(f"Salesforce knows no job `{ticket:.40}`") from None

    def _ended(self, path: str, job: Mapping[str, Any]) -> list[Outcome]:
        written = self._table(f"{path}/successfulResults/")
        failed = self._table(f"{path}/failedResults/") if job.get("numberRecordsFailed") else []
        whole = job["state"] == "JobComplete"
        undone = [] if whole else self._table(f"{path}/unprocessedrecords/")
        ids = [_id(row) for row in (*written, *failed, *undone)]
        key_of = self._register.keys(_text(job, "object"), ids)
        why = str(job.get("errorMessage") or "the job was ended before it came to this row")
        outcomes = [Outcome(key_of.get(_id(row), ""), Status.WRITTEN) for row in written]
        outcomes += [self._refused(key_of.get(_id(row), ""), row) for row in failed]
        outcomes += [
            Outcome(key_of.get(_id(row), ""), Status.UNKNOWN, "aborted", why) for row in undone
        ]
        return [outcome for outcome in outcomes if outcome.key]

    def _refused(self, key: str, row: Mapping[str, str]) -> Outcome:
        return self._outcomes.refused(key, read_error(row.get("sf__Error", "")))

    def _table(self, path: str) -> list[dict[str, str]]:
        text = self._wire.text("GET", path)
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        if text.lstrip().startswith(("<", "{", "[")) or any(_is_cut(row) for row in rows):
            raise AnswerLostError("the results of a job cannot be read")
        return rows


def read_error(text: str) -> Refused:
    """Return the refusal of a row as the results of a job have it: `CODE:message:fields --`.

    >>> read_error("STRING_TOO_LONG:data value too large:lp_note__c --")
    Refused(code='STRING_TOO_LONG', message='data value too large', fields=('lp_note__c',))
    """
    code, _, rest = text.partition(":")
    message, _, fields = rest.rpartition(":")
    named = fields.removesuffix("--").strip()
    return Refused(code.strip(), message or rest, tuple(named.split()) if message else ())


@contextmanager
def _without_effect() -> Iterator[None]:
    """Turn a lost answer into a refusal, where what was sent has no effect by itself."""
    try:
        yield
    except AnswerLostError as error:
        raise BusyError(error.message, error.hint) from None


def _csv(sent: Sequence[Sent], names: Sequence[str], columns: Sequence[Column]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["Id", *names])
    for each in sent:
        values = each.row.values
        writer.writerow([each.place.id, *(cell(values[c.name], c) for c in columns)])
    return out.getvalue()


def _is_cut(row: Mapping[Any, Any]) -> bool:
    """Tell whether a row has more or fewer cells than there are columns."""
    return None in row or None in row.values()


def _id(row: Mapping[str, str]) -> str:
    return long_id(row.get("Id") or row.get("sf__Id") or "") or ""


def _text(data: object, name: str) -> str:
    if isinstance(data, dict) and isinstance(data.get(name), str):
        return str(data[name])
    raise AnswerLostError(f"the answer of Salesforce has no `{name}`")

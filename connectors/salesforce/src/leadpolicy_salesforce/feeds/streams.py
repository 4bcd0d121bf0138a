"""Pulls of an org: one call for all streams, by the org's own times alone.

Records are followed by `SystemModstamp`, histories by `CreatedDate`: seconds of the org's clock. A
poll begins some time before the last record of the one before, for a transaction that began early
shows its records late. Salesforce's own word for how long that may be is asked for along with the
records: `latestDateCovered`, the beginning of the oldest transaction that has not ended. Our clock
decides nothing but which minutes that word is asked about; where it is wrong, more is read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

from leadpolicy.crm.connector import BindingError, Column, ConnectorError, Page, Stream
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy_salesforce.binding import LEAD, Binding
from leadpolicy_salesforce.client.wire import Wire
from leadpolicy_salesforce.consents.purposes import Purposes
from leadpolicy_salesforce.consents.reader import ConsentReader
from leadpolicy_salesforce.consents.words import LEAD_FLAG
from leadpolicy_salesforce.feeds.asking import Asker, Paths
from leadpolicy_salesforce.feeds.changes import Changes
from leadpolicy_salesforce.feeds.consenting import Consents
from leadpolicy_salesforce.feeds.cursor import Cursor, Gone, Mark, instant
from leadpolicy_salesforce.feeds.feedback import Feedback
from leadpolicy_salesforce.feeds.objects import Objects
from leadpolicy_salesforce.feeds.purged import (
    LOG,
    LOG_NOW,
    KeysOf,
    Purged,
    covered_by,
    log_paths,
    span,
)
from leadpolicy_salesforce.feeds.reading import Batch, Reading
from leadpolicy_salesforce.feeds.removals import Removals
from leadpolicy_salesforce.feeds.sources import ROWS, Row, Source
from leadpolicy_salesforce.feeds.stages import Stages
from leadpolicy_salesforce.options import Options
from leadpolicy_salesforce.questions import Told, query
from leadpolicy_salesforce.rows.soql import select

_COVERED: Final = "covered"
_NEWEST: Final = "newest"
_SETUP: Final = "setup"
_MINUTES: Final = timedelta(minutes=3)
_LAST: Final = " ORDER BY {0} DESC,Id DESC LIMIT 1"
_NEWEST_PATH: Final = query(select(("Id", "SystemModstamp"), LEAD) + _LAST.format("SystemModstamp"))
_SETUP_PATH: Final = query(
    select(("Id", "CreatedDate"), "SetupAuditTrail") + _LAST.format("CreatedDate")
)


def feeds_of(options: Options) -> frozenset[Stream]:
    """Return the streams that an org serves: moves only where histories tell of them."""
    moves = options.history or bool(options.opportunity_stages)
    return frozenset(Stream) - (frozenset() if moves else {Stream.STAGES})


class Feeds:
    """The streams of one org.

    `actor` is the Id of the login, None to ask for it when needed. `keys_of` knows the keys of
    leads that may be there no longer.
    """

    def __init__(
        self,
        wire: Wire,
        binding: Binding,
        options: Options,
        actor: str | None = None,
        reader: ConsentReader | None = None,
        keys_of: KeysOf | None = None,
    ) -> None:
        self._wire: Final = wire
        self._binding: Final = binding
        self._options: Final = options
        self._actor = actor or None
        self._reader: Final = reader or ConsentReader(wire, binding)
        self._purged: Final = Purged(wire, keys_of or self._ids_alone)
        self._asker: Final = Asker(wire, frozenset({_COVERED, LOG, LOG_NOW}))
        self._feedback: tuple[Column, ...] | None = None
        self._gone: dict[str, Gone] = {}
        self._expected: dict[Stream, str | None] = {}
        self._left: dict[Stream, tuple[str, Mapping[str, Told]]] = {}

    def know(self, feedback: Sequence[Column], policy: CheckedPolicy | None = None) -> None:
        """Hear which columns sales fills in, and which purposes the policy has."""
        self._feedback = tuple(feedback)
        if policy is not None:
            self._reader.know(Purposes(policy.vocabulary.purposes))

    def expect(self, cursors: Mapping[Stream, str | None]) -> None:
        """Note what will be pulled next; the first pull then asks for all of it in one call."""
        self._left = {}
        self._expected = dict(cursors)

    def pull(self, stream: Stream, cursor: str | None, limit: int) -> Page:
        """Return some events behind a cursor, oldest first.

        Raises `CursorExpiredError`, and `BindingError` where the columns of sales are not known.
        """
        with self._wire.doing("pull"):
            self._prepare()
            if stream is Stream.SETUP:
                return self._setup()
            return self._pull(self._reading(stream), cursor, max(limit, 1))

    # ------------------------------------------------------------------------------- asking
    def _prepare(self) -> None:
        """Turn what is expected into questions; a cursor that cannot be read expects nothing."""
        expected, self._expected = self._expected, {}
        if not expected:
            return
        asked: dict[Stream, Paths] = {}
        for stream, text in expected.items():
            if stream is Stream.SETUP:
                asked[stream] = {_SETUP: _SETUP_PATH}
                continue
            try:
                cursor, reading = Cursor.read(text), self._reading(stream)
            except ConnectorError:
                continue
            asked[stream] = self._paths(reading, cursor)
        self._asker.expect(asked)

    def _paths(self, reading: Reading, cursor: Cursor) -> Paths:
        """Return what is asked for one page."""
        sources, now = self._sources(reading, cursor), datetime.now(UTC)
        paths = {source.name: source.path(cursor.marks.get(source.name)) for source in sources}
        if reading.stream is Stream.REMOVALS:
            paths |= log_paths(cursor, now)
        if cursor.whole:
            return paths | {_COVERED: _covered_path(now)}
        return paths if _NEWEST in cursor.marks else paths | {_NEWEST: _NEWEST_PATH}

    def _ids_alone(self, table: str, ids: Iterable[str]) -> Mapping[str, str]:
        """Return the keys of leads that are gone, which are known where they are the Ids."""
        known = ids if table == LEAD and self._binding.key == "Id" else ()
        return {id_: id_ for id_ in known}

    def _sources(self, reading: Reading, cursor: Cursor) -> Sequence[Source]:
        if not cursor.whole:
            return reading.first()
        return reading.running(flag=cursor.plain != _today())

    # ------------------------------------------------------------------------------ reading
    def _reading(self, stream: Stream) -> Reading:
        objects = self._objects(stream)
        match stream:
            case Stream.CHANGES:
                return Changes(self._wire, objects)
            case Stream.REMOVALS:
                return Removals(self._wire, objects, self._purged)
            case Stream.FEEDBACK:
                return Feedback(objects)
            case Stream.STAGES:
                return Stages(self._wire, objects, self._options)
            case _:
                return Consents(objects, self._reader)

    def _objects(self, stream: Stream) -> Objects:
        if self._feedback is None and stream is Stream.FEEDBACK:
            raise BindingError("the columns of feedback are not known yet", "plan or apply first")
        if self._actor is None:
            self._actor = self._wire.user_id
        history = self._options.history
        return Objects(self._binding, self._actor, history, self._feedback or ())

    def _setup(self) -> Page:
        """Return the last change of the setup; a new cursor each time where it is not told."""
        told = self._asker.ask(Stream.SETUP, {_SETUP: _SETUP_PATH})[_SETUP]
        rows = [] if told.is_missing else told.records()
        newest = rows[0]["Id"] if rows else "none"
        return Page(Stream.SETUP, (), f"untold-{uuid4()}" if told.is_missing else str(newest))

    def _pull(self, reading: Reading, text: str | None, limit: int) -> Page:
        """Return a page; what an answer has beyond it is kept for the next, never for the last."""
        cursor = Cursor.read(text)
        if text is None and reading.stream is Stream.REMOVALS:
            cursor.gone = dict(self._gone)
        left, told = self._left.get(reading.stream, ("", {}))
        is_old = left == text
        told = told if is_old else self._told(reading, cursor)
        if _NEWEST in told and _NEWEST not in cursor.marks and not cursor.whole:
            cursor.marks[_NEWEST] = Mark(_newest(told[_NEWEST]))
        batch = _batch(self._sources(reading, cursor), told, cursor, limit)
        events = tuple(sorted(reading.events(batch), key=lambda event: event.at))
        for row in batch.rows:
            cursor.pass_by(row.source, row.at, row.id, row.token)
        cursor.forget()
        self._gone |= cursor.gone
        complete = not (is_old or batch.is_cut) and self._turn(reading, cursor, told)
        self._left[reading.stream] = (str(cursor) if batch.is_short else "", told)
        return Page(reading.stream, events, str(cursor), complete)

    def _told(self, reading: Reading, cursor: Cursor) -> Mapping[str, Told]:
        """Return the answers; an org in which leads have no flag for e-mail is asked again."""
        paths = self._paths(reading, cursor)
        told = self._asker.ask(reading.stream, paths)
        lead = told.get(LEAD)
        if lead is None or not lead.is_missing or LEAD_FLAG not in lead.refusal:
            return told
        cursor.plain = _today()
        again = {s.name: s.path(cursor.marks.get(s.name)) for s in self._sources(reading, cursor)}
        lacking = {name: path for name, path in again.items() if paths.get(name) != path}
        return {**told, **self._asker.ask(reading.stream, lacking)}

    def _turn(self, reading: Reading, cursor: Cursor, told: Mapping[str, Told]) -> bool:
        """Turn a cursor at its end round to where the next poll begins; tell whether that can wait.

        What stood when reading began is read first, and what has changed since right after it.
        """
        if cursor.whole:
            cursor.end(covered_by(told.get(_COVERED)))
            return True
        first = [source.name for source in reading.first()]
        newest = cursor.marks.pop(_NEWEST).at
        running = [source.name for source in reading.running(flag=True)]
        cursor.begin([*running, LOG], [*first, LOG], newest if newest > _NEVER else None)
        return not first


def _batch(
    sources: Sequence[Source], told: Mapping[str, Told], cursor: Cursor, limit: int
) -> Batch:
    """Return the first rows of several objects by time, at most `limit` that were not told."""
    rows: list[Row] = []
    is_cut = False
    for source in sources:
        answer = told[source.name]
        if source.optional and answer.is_missing:
            continue
        found = answer.records()
        is_cut = is_cut or len(found) >= ROWS or not answer.is_whole
        rows += source.rows(found, cursor.marks.get(source.name))
    rows.sort(key=lambda row: (row.at, row.source, row.id))
    fresh = 0
    for place, row in enumerate(rows):
        fresh += not cursor.is_known(row.source, row.token)
        if fresh > limit:
            return Batch(rows[:place], cursor, told, is_cut=True, is_short=True)
    return Batch(rows, cursor, told, is_cut=is_cut)


def _newest(told: Told) -> datetime:
    """Return when a lead was written last; the beginning of time where there is none."""
    stamps = [instant(str(record["SystemModstamp"])) for record in told.records()]
    return stamps[0] if stamps else _NEVER


_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _covered_path(now: datetime) -> str:
    """Return the question up to when every transaction has ended, about the last minutes."""
    end = now.replace(second=0, microsecond=0)
    return f"sobjects/{LEAD}/updated/{span(end - _MINUTES, end)}"

"""What happened in the CRM comes in: changes, feedback, stages, consents, removals."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from leadpolicy.crm.capabilities import Stream
from leadpolicy.crm.connector import Column, ConnectorError, CursorExpiredError
from leadpolicy.crm.points import Point
from leadpolicy.crm.rows import Event, EventKind, Page
from leadpolicy.crm.sync.payload import digest
from leadpolicy.crm.sync.session import Session
from leadpolicy.crm.sync.setup import setup_cursor
from leadpolicy.crm.values import normalise

_ORDER: Final = (
    Stream.CONSENTS,
    Stream.REMOVALS,
    Stream.CHANGES,
    Stream.STAGES,
    Stream.FEEDBACK,
)
_ECHOING: Final = frozenset(
    {EventKind.CHANGED, EventKind.FEEDBACK, EventKind.STAGE, EventKind.CONSENT}
)
_OF_SALES: Final = frozenset({EventKind.FEEDBACK, EventKind.STAGE})


def expect_all(session: Session) -> None:
    """Tell the connector everything that will be pulled, so that it may ask for it at once."""
    feeds = session.connector.capabilities.feeds
    streams: Sequence[Stream] = [stream for stream in _ORDER if stream in feeds]
    cursors = {stream: session.store.cursor(session.target, stream) for stream in streams}
    if Stream.SETUP in feeds:
        cursors[Stream.SETUP] = setup_cursor(session)
    session.connector.expect(cursors)


def pull_all(session: Session) -> None:
    """Take in every stream that the connector feeds, and feedback in any case."""
    feeds = session.connector.capabilities.feeds
    for stream in _ORDER:
        if stream in feeds:
            _pull(session, stream)
    if Stream.FEEDBACK not in feeds:
        _receive(session)


def _receive(session: Session) -> None:
    """Take in the feedback of all leads as it stands now."""
    connector, columns = session.connector, session.desired.feedback
    rows = session.calls.read("read_feedback", lambda: list(connector.read_feedback(columns)))
    session.settings.probe(Point.PULLED)
    received = session.store.receive(session.target, rows, session.at)
    session.settings.probe(Point.RECEIVED)
    session.tally.add(
        feedback_new=received.new,
        feedback_unchanged=received.unchanged,
        feedback_withdrawn=received.withdrawn,
    )


def _pull(session: Session, stream: Stream) -> None:
    """Take in one stream; where the CRM has lost the cursor, from the beginning."""
    cursor = session.store.cursor(session.target, stream)
    try:
        _pull_from(session, stream, cursor)
    except CursorExpiredError:
        if cursor is None:
            raise
        if stream is Stream.CHANGES:
            # What changed since then may never be told, so all leads are decided anew.
            session.store.rebase(session.lock, "")
        session.store.forget_cursor(session.lock, stream)
        _pull_from(session, stream, None)


def _pull_from(session: Session, stream: Stream, cursor: str | None) -> None:
    connector, limit, done = session.connector, session.settings.page, 0
    while True:
        ask = partial(connector.pull, stream, cursor, limit)
        page = session.calls.read("pull", ask)
        session.settings.probe(Point.PULLED)
        _take_in(session, page)
        session.settings.probe(Point.RECEIVED)
        done += len(page.events)
        session.settings.progress(stream.value, done, None)
        if page.complete:
            return
        if page.cursor == cursor:
            message = f"the CRM says that more of the stream `{stream.value}` waits, and gives none"
            raise ConnectorError(message, "report it to the connector's author")
        cursor = page.cursor


def _take_in(session: Session, page: Page) -> None:
    skip = {event.id: why for event in page.events if (why := _skipped(session, event))}
    taken = session.store.take_in(session.lock, page, session.at, skip=skip)
    for event in page.events:
        if skip.get(event.id) == "foreign":
            session.tally.keep_foreign(event)
    session.tally.add(
        events=taken.new,
        events_known=taken.known,
        echoes=taken.echoes,
        foreign=taken.foreign,
    )
    if page.stream is Stream.FEEDBACK:
        session.tally.add(feedback_new=taken.new, feedback_unchanged=taken.known)


def _skipped(session: Session, event: Event) -> str:
    """Return why an event has no effect, or nothing."""
    if event.kind in _ECHOING and _is_echo(session, event):
        return "echo"
    if event.kind in _OF_SALES and not _may_write(session, event):
        return "foreign"
    return ""


def _is_echo(session: Session, event: Event) -> bool:
    """Tell whether an event is our own writing that comes back."""
    if session.connector.actor and event.by:
        return event.by == session.connector.actor
    ours = {column.name for column in session.columns}
    if event.kind is EventKind.FEEDBACK:
        return bool(event.values) and event.values.keys() <= ours
    compared = [column for column in session.columns if column.compared]
    if event.kind is not EventKind.CHANGED or not {c.name for c in compared} <= event.values.keys():
        return False
    return event.values.keys() <= ours and _is_as_decided(session, event, compared)


def _is_as_decided(session: Session, event: Event, compared: Sequence[Column]) -> bool:
    try:
        values = {column.name: normalise(event.values[column.name], column) for column in compared}
    except ValueError:
        return False
    known = session.store.remembered(session.target, [event.key])
    return any(kept.digest == digest(values, compared) for kept in known)


def _may_write(session: Session, event: Event) -> bool:
    """Tell whether a person belongs to the team that owns what was written."""
    roles = session.settings.roles
    if not roles or not event.by:
        return True
    columns = (c for c in session.desired.columns if c.name in event.values)
    owners = {column.owner for column in columns} - {"policy"} or {"sales"}
    return owners == {roles.get(event.by)}

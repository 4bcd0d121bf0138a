"""What comes out of a CRM: events once each, with the right effect, and which leads are decided."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from leadpolicy.crm.connector import (
    BusyError,
    ConnectorError,
    CursorExpiredError,
    DecisionRow,
    Event,
    EventKind,
    LeadRow,
    Page,
    Stream,
)
from leadpolicy.crm.state import Column
from leadpolicy.crm.store import SqliteStore
from leadpolicy.crm.sync import Settings, SyncReport, pull, sync
from scripted_crm import (
    AT,
    DESIRED,
    TABLE,
    ScriptedCrm,
    new_store,
    row,
    scripted,
    scripted_as,
    settings,
)

FEEDING = replace(TABLE, feeds=frozenset(Stream) - {Stream.SETUP})


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    store = new_store()
    yield store
    store.close()


def event(
    number: int, key: str, kind: EventKind = EventKind.CHANGED, by: str = "anna", **values: object
) -> Event:
    return Event(f"e{number}", key, kind, AT + timedelta(minutes=number), by, values)


def run(crm: ScriptedCrm, store: SqliteStore, **more: object) -> SyncReport:
    return pull(crm, DESIRED, store, at=AT, settings=settings(crm, **more))


def decide(
    score: int, until: datetime | None = None
) -> Callable[[Iterable[LeadRow]], Iterator[DecisionRow]]:
    return lambda leads: (replace(row(lead.key, score), holds_until=until) for lead in leads)


def synchronise(
    crm: ScriptedCrm, store: SqliteStore, score: int = 1, at: datetime = AT, **more: object
) -> SyncReport:
    chosen = settings(crm, **more)
    return sync(crm, DESIRED, decide(score), store, at=at, settings=chosen)


# ------------------------------------------------------------------------------------ streams
def test_every_stream_is_read_to_its_end_once(store: SqliteStore) -> None:
    crm = scripted(store, "1", capabilities=FEEDING)
    crm.events[Stream.CHANGES] = [event(n, "1") for n in range(5)]
    first = run(crm, store, page=2)
    assert (first.events, first.events_known) == (5, 0)
    asked = [cursor for stream, cursor in crm.pages if stream is Stream.CHANGES]
    assert asked == [None, "2", "4"]
    crm.pages.clear()
    assert run(crm, store, page=2).events == 0
    assert (Stream.CHANGES, "5") in crm.pages


def test_events_that_come_twice_have_one_effect(store: SqliteStore) -> None:
    crm = scripted(store, "1", capabilities=FEEDING)
    said = event(1, "1", EventKind.FEEDBACK, verdict="accepted")
    crm.events[Stream.FEEDBACK] = [said, said, replace(said, id="e2")]
    report = run(crm, store)
    assert (report.events, report.events_known, report.feedback_new) == (2, 1, 2)


def test_an_expired_cursor_is_read_again_from_the_beginning_without_loss(
    store: SqliteStore,
) -> None:
    crm = scripted_as(Forgetful, store, "1", "2", capabilities=FEEDING)
    crm.events[Stream.CHANGES] = [event(1, "1")]
    run(crm, store)
    crm.expired = {"1"}
    crm.events[Stream.CHANGES] = [event(1, "1"), event(2, "2")]
    report = run(crm, store)
    assert (report.events, report.events_known) == (1, 1)
    assert list(store.touched(crm.target)) == ["1", "2"]


def test_all_leads_are_decided_after_the_cursor_of_changes_was_lost(store: SqliteStore) -> None:
    crm = scripted_as(Forgetful, store, "1", "2", capabilities=FEEDING)
    crm.events[Stream.CHANGES] = [event(1, "1")]
    assert synchronise(crm, store).in_full
    assert not synchronise(crm, store).in_full
    crm.expired, crm.events[Stream.CHANGES] = {"1"}, []
    assert synchronise(crm, store).in_full
    crm.expired = None
    assert not synchronise(crm, store).in_full


class Forgetful(ScriptedCrm):
    """Knows some cursors no longer."""

    expired: set[str] | None = None

    def pull(self, stream: Stream, cursor: str | None, limit: int) -> Page:
        if cursor in (self.expired or ()):
            raise CursorExpiredError("the cursor is too old")
        return super().pull(stream, cursor, limit)


def test_a_pull_that_breaks_off_is_made_again(store: SqliteStore) -> None:
    crm = scripted_as(Shaky, store, "1", capabilities=FEEDING)
    crm.events[Stream.CHANGES] = [event(1, "1")]
    assert run(crm, store).events == 1


class Shaky(ScriptedCrm):
    """Is busy at every first call."""

    calls: int = 0

    def pull(self, stream: Stream, cursor: str | None, limit: int) -> Page:
        self.calls += 1
        if self.calls % 2:
            raise BusyError("later")
        return super().pull(stream, cursor, limit)


def test_a_stream_that_stands_still_is_told(store: SqliteStore) -> None:
    class Stuck(ScriptedCrm):
        def pull(self, stream: Stream, cursor: str | None, limit: int) -> Page:
            return Page(stream, (), "x", complete=False)

    with pytest.raises(ConnectorError, match="more of the stream `consents` waits"):
        run(scripted_as(Stuck, store, capabilities=FEEDING), store)


# --------------------------------------------------------------------- echoes and ownership
def test_what_we_wrote_ourselves_is_no_news(store: SqliteStore) -> None:
    crm = scripted(store, "1", capabilities=FEEDING)
    crm.events[Stream.CHANGES] = [event(1, "1", by="leadpolicy"), event(2, "1", by="anna")]
    report = run(crm, store)
    assert (report.echoes, report.events) == (1, 1)


def test_without_an_actor_our_own_values_tell_an_echo(store: SqliteStore) -> None:
    crm = scripted(store, "1", "2", capabilities=FEEDING)
    crm.actor = ""
    synchronise(crm, store, 7)
    crm.events[Stream.CHANGES] = [
        event(1, "1", by="", lp_score=7, lp_share=0.5),
        event(2, "2", by="", lp_score=8, lp_share=0.5),
    ]
    report = run(crm, store)
    assert (report.echoes, report.events) == (1, 1)
    assert list(store.touched(crm.target)) == ["2"]


def test_feedback_counts_only_from_those_who_may_give_it(store: SqliteStore) -> None:
    crm = scripted(store, "1", "2", "3", capabilities=FEEDING)
    crm.events[Stream.FEEDBACK] = [
        event(1, "1", EventKind.FEEDBACK, "sam", verdict="accepted"),
        event(2, "2", EventKind.FEEDBACK, "mia", verdict="accepted"),
        event(3, "3", EventKind.FEEDBACK, "nobody", verdict="accepted"),
    ]
    crm.events[Stream.STAGES] = [event(4, "2", EventKind.STAGE, "mia", to="won")]
    roles = {"sam": "sales", "mia": "marketing"}
    report = run(crm, store, roles=roles)
    assert (report.foreign, report.feedback_new) == (3, 1)
    assert [e.by for e in report.foreign_events] == ["mia", "mia", "nobody"]
    assert [f.key for f in store.feedback(crm.target)] == ["1"]


# ------------------------------------------------------------------------------ increments
def test_only_leads_that_changed_are_read_again(store: SqliteStore) -> None:
    crm = scripted_as(Reading, store, "1", "2", "3", capabilities=FEEDING)
    assert synchronise(crm, store).in_full
    crm.events[Stream.CHANGES] = [event(1, "2")]
    report = synchronise(crm, store, 5)
    assert (report.in_full, report.written, crm.asked) == (False, 1, [None, ["2"]])
    assert synchronise(crm, store, 6).written == 0
    assert crm.asked == [None, ["2"]]


class Reading(ScriptedCrm):
    """Remembers which leads were asked for."""

    asked: Sequence[Sequence[str] | None] = ()

    def read_leads(
        self, columns: Sequence[Column] = (), keys: Sequence[str] | None = None
    ) -> Iterator[LeadRow]:
        self.asked = [*self.asked, keys]
        return super().read_leads(columns, keys)


def test_leads_whose_values_hold_no_longer_are_due(store: SqliteStore) -> None:
    crm = scripted(store, "1", "2", capabilities=FEEDING)
    sync(
        crm,
        DESIRED,
        lambda leads: (
            replace(row(x.key), holds_until=AT + timedelta(days=int(x.key))) for x in leads
        ),
        store,
        at=AT,
        settings=settings(crm),
    )
    report = synchronise(crm, store, 9, AT + timedelta(days=1))
    assert (report.written, crm.effects("1"), crm.effects("2")) == (1, [1, 9], [1])


@pytest.mark.parametrize("change", [{"full": True}, {"basis": "another binding"}])
def test_everything_is_decided_when_it_is_asked_for_or_its_basis_changed(
    store: SqliteStore, change: dict[str, Any]
) -> None:
    crm = scripted(store, "1", "2", capabilities=FEEDING)
    synchronise(crm, store)
    report = synchronise(crm, store, 2, **change)
    assert (report.in_full, report.written) == (True, 2)


def test_everything_is_decided_by_another_policy(store: SqliteStore) -> None:
    crm = scripted(store, "1", capabilities=FEEDING)
    synchronise(crm, store)
    other = replace(DESIRED, content_hash="def")
    report = sync(crm, other, decide(2), store, at=AT, settings=settings(crm))
    assert (report.in_full, report.written) == (True, 1)


def test_a_lead_that_the_crm_lost_is_not_asked_for_again(store: SqliteStore) -> None:
    crm = scripted(store, "1", "2", capabilities=FEEDING)
    synchronise(crm, store)
    del crm.leads["2"]
    crm.events[Stream.CHANGES] = [event(1, "1"), event(2, "2")]
    assert synchronise(crm, store, 3).written == 1
    assert list(store.touched(crm.target)) == []


def test_a_removed_lead_loses_what_waits_for_it(store: SqliteStore) -> None:
    crm = scripted(store, "1", capabilities=FEEDING)
    crm.script = [BusyError("later")] * 9
    with pytest.raises(BusyError):
        synchronise(crm, store, patience=2)
    crm.script, crm.leads = [], {}
    crm.events[Stream.REMOVALS] = [event(1, "1", EventKind.DELETED)]
    report = synchronise(crm, store)
    assert (report.written, report.failed, report.pending) == (0, 0, 0)


def test_reading_leads_goes_on_behind_the_last_one_when_it_breaks_off(store: SqliteStore) -> None:
    crm = scripted_as(Breaking, store, *(f"{n:03}" for n in range(30)))
    seen: list[str] = []

    def observe(leads: Iterable[LeadRow]) -> Iterator[DecisionRow]:
        for lead in leads:
            seen.append(lead.key)
            yield row(lead.key)

    report = sync(crm, DESIRED, observe, store, at=AT, settings=settings(crm))
    assert (report.written, seen) == (30, sorted(set(seen)))


class Breaking(ScriptedCrm):
    """Breaks off in the middle, twice."""

    breaks: int = 2

    def read_leads(
        self, columns: Sequence[Column] = (), keys: Sequence[str] | None = None
    ) -> Iterator[LeadRow]:
        for number, lead in enumerate(super().read_leads(columns, keys)):
            if self.breaks and number == 10 * self.breaks:
                self.breaks -= 1
                raise BusyError("later")
            yield lead


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Settings(max_attempts=0)

"""What people do in the CRM, read piece by piece without loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

from leadpolicy.crm.capabilities import Stream
from leadpolicy.crm.connector import BusyError, CursorExpiredError, Event, EventKind, Page
from leadpolicy.crm.errors import ConnectorError
from leadpolicy.crm.state import Column
from leadpolicy.testing.contract import needs
from leadpolicy.testing.contract.behaviour import (
    Group,
    Tier,
    ViolationError,
    behaviours_of,
    expect,
)
from leadpolicy.testing.contract.bench import Bench, Scene
from leadpolicy.testing.contract.faulty import Fault, FaultyConnector
from leadpolicy.testing.contract.samples import VERDICT, keys

pull: Final = behaviours_of(Group.PULL)
_FEEDBACK: Final = needs.feeds(Stream.FEEDBACK)
_MOST_PAGES: Final = 200
_LONG: Final = 3600.0


def verdict(scene: Scene) -> Column:
    """Return the column of sales that the kit fills in."""
    theirs = scene.desired.feedback
    if not theirs:
        raise ViolationError("feedback is fed and no column of sales is deployed")
    return next((column for column in theirs if column.name == VERDICT), theirs[0])


def speak(scene: Scene, names: Sequence[str], number: int = 1) -> None:
    """Let sales give feedback for some leads."""
    column = verdict(scene)
    for key in names:
        scene.crm.edit(key, {column.name: scene.harness.value(column, number)}, "sales")


def heard(scene: Scene) -> dict[str, object]:
    """Return the feedback that arrived, by key."""
    name = verdict(scene).name
    rows = scene.store.feedback(scene.connector.target)
    return {row.key: row.values[name] for row in rows if row.values.get(name) is not None}


def pages(scene: Scene, stream: Stream, limit: int, cursor: str | None = None) -> Iterator[Page]:
    """Yield the pages of a stream up to its end."""
    for _ in range(_MOST_PAGES):
        page = scene.connector.pull(stream, cursor, limit)
        expect(len(page.events) <= limit, f"a page of {limit} has {len(page.events)} events")
        yield page
        if page.complete:
            return
        cursor = page.cursor
    raise ViolationError(f"`{stream.value}` has not ended after {_MOST_PAGES} pages")


@pull(47, Tier.BRONZE, _FEEDBACK)
def pages_join_without_loss(bench: Bench) -> None:
    """Nothing is skipped between pages, also when leads change while pages are read."""
    scene = bench.scene(12)
    speak(scene, scene.keys[:7])
    seen: list[Event] = []
    for number, page in enumerate(pages(scene, Stream.FEEDBACK, 3)):
        seen += page.events
        if number == 0:
            speak(scene, scene.keys[2:4], number=0)
            speak(scene, scene.keys[7:])
    missing = sorted(set(scene.keys) - {event.key for event in seen})
    expect(not missing, f"no event for {missing}")
    last = {event.key: event for event in seen}
    name = verdict(scene).name
    wanted = scene.harness.value(verdict(scene), 0)
    for key in scene.keys[2:4]:
        expect(last[key].values.get(name) == wanted, f"the last word on `{key}` is missing")


@pull(48, Tier.BRONZE, needs.some_feed)
def an_event_delivered_twice_counts_once(bench: Bench) -> None:
    """The same cursor yields the same events under the same ids, which have no second effect."""
    scene = bench.scene(5)
    for stream in sorted(scene.connector.capabilities.feeds):
        first, second = (scene.connector.pull(stream, None, 100) for _ in range(2))
        ids = [event.id for event in first.events]
        expect(len(set(ids)) == len(ids), f"`{stream.value}` gives two events the same id")
        again = {event.id for event in second.events}
        expect(set(ids) <= again, f"`{stream.value}` read again gives other ids")
    if Stream.FEEDBACK in scene.connector.capabilities.feeds:
        speak(scene, scene.keys)
        scene.pull()
        report = scene.pull(_Replaying(scene))
        expect(not report.feedback_new, f"{report.feedback_new} old events counted as new")


class _Replaying(FaultyConnector):
    """Delivers every event again, as a CRM does whose cursor went back."""

    def __init__(self, scene: Scene, *, backwards: bool = False) -> None:
        super().__init__(scene.connector, scene.clock)
        self._backwards: Final = backwards

    def pull(self, stream: Stream, cursor: str | None, limit: int) -> Page:
        """Return everything there is, in one page."""
        found = [e for page in _all(self.inner.pull, stream) for e in page.events]
        events = tuple(reversed(found) if self._backwards else found)
        return replace(self.inner.pull(stream, cursor, limit), events=events, complete=True)


def _all(read: Callable[[Stream, str | None, int], Page], stream: Stream) -> Iterator[Page]:
    page = read(stream, None, 100)
    yield page
    while not page.complete:
        page = read(stream, page.cursor, 100)
        yield page


@pull(49, Tier.BRONZE, _FEEDBACK)
def events_out_of_order_converge(bench: Bench) -> None:
    """Events that arrive in another order lead to the same feedback."""
    scene = bench.scene(3)
    speak(scene, scene.keys, number=0)
    scene.clock.sleep(60)
    speak(scene, scene.keys, number=1)
    wanted = dict.fromkeys(scene.keys, scene.harness.value(verdict(scene), 1))
    scene.pull(_Replaying(scene, backwards=True))
    expect(heard(scene) == wanted, f"out of order the feedback is {heard(scene)}")


@pull(50, Tier.SILVER, _FEEDBACK)
def an_expired_cursor_is_read_from_the_beginning(bench: Bench) -> None:
    """A cursor that the CRM no longer knows is told as expired, and no feedback is lost."""
    scene = bench.scene(4)
    speak(scene, scene.keys[:2])
    scene.pull()
    cursor = [*pages(scene, Stream.FEEDBACK, 100)][-1].cursor
    scene.crm.expire_cursors(Stream.FEEDBACK)
    speak(scene, scene.keys[2:])
    try:
        scene.connector.pull(Stream.FEEDBACK, cursor, 100)
    except CursorExpiredError:
        pass
    else:
        raise ViolationError("a cursor that has expired is taken for a good one")
    scene.pull()
    missing = sorted(set(scene.keys) - set(heard(scene)))
    expect(not missing, f"after the cursor expired there is no feedback for {missing}")


@pull(51, Tier.SILVER, needs.removals)
def removals_are_seen(bench: Bench) -> None:
    """A deleted lead is noticed, and one that was brought back is there again."""
    scene = bench.scene(3)
    gone = scene.keys[1]
    fed = scene.connector.capabilities.deletions == "feed"
    scene.crm.remove(gone)
    if fed:
        expect(EventKind.DELETED in _kinds(scene, gone), "the feed does not tell of a deletion")
    present = {lead.key for lead in scene.connector.read_leads(())}
    expect(gone not in present, "a deleted lead is read as if it were there")
    scene.crm.restore(gone)
    if fed:
        expect(EventKind.RESTORED in _kinds(scene, gone), "the feed does not tell of a return")
    present = {lead.key for lead in scene.connector.read_leads(())}
    expect(gone in present, "a lead that was brought back is not read")


def _kinds(scene: Scene, key: str) -> list[EventKind]:
    found = pages(scene, Stream.REMOVALS, 100)
    return [event.kind for page in found for event in page.events if event.key == key]


def left_waiting(scene: Scene) -> None:
    """Enqueue decisions that the CRM is too busy to take."""
    busy = Fault("write", lambda: BusyError("busy", retry_after=_LONG), times=1000)
    with suppress(ConnectorError):
        scene.push(scene.rows(), scene.faulty(busy), patience=1)


@pull(52, Tier.SILVER, needs.merges)
def a_merged_lead_is_not_brought_back(bench: Bench) -> None:
    """What waits for a merged lead goes to the lead it has become, and the old one stays away."""
    scene = bench.scene(3)
    loser, winner, _ = scene.keys
    left_waiting(scene)
    scene.crm.merge(loser, winner)
    _expect_merge(scene, loser, winner)
    scene.pull()
    scene.arrive()
    expect(loser not in scene.held(), "a merged lead was brought back")
    dead = {letter.key for letter in scene.store.dead_letters(scene.connector.target)}
    expect(loser not in dead, "what waited for a merged lead is a dead letter")
    expect(winner in scene.held(), "the lead that others were merged into is gone")


def _expect_merge(scene: Scene, loser: str, winner: str) -> None:
    found = [e for page in pages(scene, Stream.REMOVALS, 100) for e in page.events]
    told = [e for e in found if e.kind is EventKind.MERGED and e.key == loser]
    expect(told, "the feed does not tell of a merge")
    into = told[-1].values.get("into")
    expect(into == winner, f"the merge is told into `{into}` instead of `{winner}`")


@pull(53, Tier.GOLD, needs.feeds(Stream.REMOVALS))
def an_erased_lead_leaves_no_payload(bench: Bench) -> None:
    """Once the CRM erased a lead, nothing of it waits, is dead, or is taken in again."""
    scene = bench.scene(2)
    gone = scene.keys[0]
    left_waiting(scene)
    scene.crm.erase(gone)
    told = EventKind.ERASED in _kinds(scene, gone)
    expect(told, "the feed does not tell of an erasure")
    scene.pull()
    scene.arrive(scene.rows())
    dead = [letter.key for letter in scene.store.dead_letters(scene.connector.target)]
    expect(gone not in dead, "an erased lead is kept as a dead letter")
    expect(gone not in scene.held(), "an erased lead was brought back")
    known = {row.key for row in scene.store.feedback(scene.connector.target) if row.values}
    expect(gone not in known, "the feedback of an erased lead is kept")


@pull(58, Tier.SILVER)
def feedback_for_an_unknown_lead_is_kept(bench: Bench) -> None:
    """Feedback for a lead that nobody decided yet is kept until somebody asks for it."""
    scene = bench.scene(1)
    stranger = keys(1, start=90)
    scene.crm.seed(stranger)
    speak(scene, stranger)
    scene.pull()
    expect(set(heard(scene)) == set(stranger), f"feedback for {sorted(heard(scene))} was kept")


@pull(59, Tier.SILVER, _FEEDBACK)
def a_burst_is_read_to_its_end(bench: Bench) -> None:
    """A burst of feedback arrives whole, however small the pages are."""
    scene = bench.scene(25)
    speak(scene, scene.keys)
    scene.pull(page=4)
    missing = sorted(set(scene.keys) - set(heard(scene)))
    expect(not missing, f"of a burst the feedback for {missing} is missing")

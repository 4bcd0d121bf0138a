"""Laws of the inbox: events may come twice, in any order and in any pages."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from leadpolicy.crm.rows import Event, EventKind, FeedbackRow
from leadpolicy.crm.store import Received, SqliteStore
from stores import AT, CRM, event, message, page, sync_lock

KEYS = st.sampled_from("abcd")
AFTER = st.integers(min_value=0, max_value=3)
STATUSES = ("requested", "granted", "confirmed", "expired", "refused", "withdrawn", "objected")


def consent(key: str, after: int, status: str) -> Event:
    about = {"purpose": "mail", "channel": "email", "status": status}
    return event(key, EventKind.CONSENT, after=after, **about)


def feedback(key: str, after: int, verdict: str) -> Event:
    return event(key, EventKind.FEEDBACK, after=after, verdict=verdict)


told = st.builds(consent, KEYS, AFTER, st.sampled_from(STATUSES))
answered = st.builds(feedback, KEYS, AFTER, st.sampled_from(["accepted", "rejected", "recycled"]))
changed = st.builds(lambda key, after: event(key, EventKind.CHANGED, after=after), KEYS, AFTER)
erased = st.builds(lambda key: event(key, EventKind.ERASED), KEYS)
merged = st.builds(
    lambda loser, into, after: event(loser, EventKind.MERGED, after=after, into=into),
    KEYS,
    KEYS,
    AFTER,
)
events = st.lists(told | answered | changed, max_size=12)


def outcome(pages: Sequence[Sequence[Event]]) -> dict[str, Any]:
    """Return what a new store knows after some pages."""
    with closing(SqliteStore(":memory:")) as store:
        lock = sync_lock(store)
        for one in pages:
            store.take_in(lock, page(*one), AT, skip={})
        return {
            "feedback": list(store.feedback(CRM)),
            "consents": list(store.consents(CRM, "abcd")),
            "touched": list(store.touched(CRM)),
        }


@given(events, st.data())
def test_the_order_of_arrival_does_not_count(some: list[Event], data: st.DataObject) -> None:
    assert outcome([data.draw(st.permutations(some))]) == outcome([some])


@given(events, events)
def test_pages_that_overlap_are_one_page(some: list[Event], more: list[Event]) -> None:
    assert outcome([some, some + more, more]) == outcome([some + more])


@given(st.lists(told, min_size=1))
def test_a_denial_at_the_latest_moment_always_counts(some: list[Event]) -> None:
    denials = {"refused", "withdrawn", "objected"}
    for row in outcome([some])["consents"]:
        mine = [one for one in some if one.key == row.key]
        latest = [one for one in mine if one.at == max(other.at for other in mine)]
        assert row.at == latest[0].at
        said = {str(one.values["status"]) for one in latest}
        assert row.status in (said & denials or said)


@given(st.lists(told | answered | changed | merged | erased, max_size=15))
@settings(max_examples=examples(60))
def test_of_erased_leads_nothing_is_known_whatever_comes(some: list[Event]) -> None:
    gone = {one.key for one in some if one.kind is EventKind.ERASED}
    known = outcome([some])
    assert gone.isdisjoint(known["touched"])
    assert gone.isdisjoint(row.key for row in known["feedback"])
    assert gone.isdisjoint(row.key for row in known["consents"])


@given(st.lists(merged, max_size=10))
def test_merges_lead_to_a_lead_that_stands_for_itself(some: list[Event]) -> None:
    with closing(SqliteStore(":memory:")) as store:
        lock = sync_lock(store)
        store.take_in(lock, page(*some), AT, skip={})
        store.enqueue(lock, [message(key, key) for key in "abcd"], AT)
        batch = store.claim(lock, 10, AT)
        assert batch is not None
        ends = [row.key for row in batch.rows]
        store.settle(lock, batch.intent, [], AT)
        for key in ends:
            assert store.enqueue(lock, [message(key, "again")], AT).new == 1
        waiting = store.backlog(CRM, AT).pending
        assert waiting == len(ends)


values = (
    st.none()
    | st.text()
    | st.integers()
    | st.booleans()
    | st.datetimes(timezones=st.just(AT.tzinfo))
)
inboxes = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    st.dictionaries(st.sampled_from(["verdict", "reason", "at"]), values, min_size=1),
    max_size=5,
)


@given(inboxes)
def test_receiving_twice_is_receiving_once(inbox: dict[str, dict[str, object]]) -> None:
    with closing(SqliteStore(":memory:")) as store:
        rows = [FeedbackRow(key, content) for key, content in inbox.items()]
        assert store.receive(CRM, rows, AT).new == len(rows)
        first = list(store.feedback(CRM))
        assert store.receive(CRM, rows, AT) == Received(unchanged=len(rows))
        assert list(store.feedback(CRM)) == first
        assert [row.key for row in first] == sorted(inbox)

from collections.abc import Iterator
from datetime import timedelta

import pytest

from leadpolicy.crm.capabilities import Stream
from leadpolicy.crm.points import Point
from leadpolicy.crm.rows import ConsentRow, EventKind, FeedbackRow
from leadpolicy.crm.store import Received, Run, StoreError
from leadpolicy.crm.store.contract import (
    Backlog,
    Enqueued,
    Lock,
    Remembered,
    Settled,
    TakenIn,
    Verdict,
)
from leadpolicy.crm.store.erasing import ERASED
from leadpolicy.crm.store.sql_store import SqlStore
from stores import AT, CRM, Place, event, message, page, sync_lock

SOON = AT + timedelta(hours=1)


def accepted(key: str, by: str = "Anna") -> FeedbackRow:
    return FeedbackRow(key, {"verdict": "accepted", "by": by})


# ------------------------------------------------------------------------ feedback as a whole
def test_feedback_counts_once_until_it_changes(store: SqlStore) -> None:
    assert store.receive(CRM, [accepted("1"), accepted("2")], AT) == Received(new=2)
    assert store.receive(CRM, [accepted("1"), accepted("2")], AT) == Received(unchanged=2)
    changed = store.receive(CRM, [accepted("1", by="Bea"), accepted("2")], AT)
    assert changed == Received(new=1, unchanged=1)
    assert list(store.feedback(CRM)) == [accepted("1", by="Bea"), accepted("2")]


def test_feedback_that_turns_back_counts_again(store: SqlStore) -> None:
    for by in ("Anna", "Bea", "Anna"):
        assert store.receive(CRM, [accepted("1", by)], AT).new == 1
    assert list(store.feedback(CRM)) == [accepted("1")]


def test_feedback_that_sales_emptied_is_withdrawn_once(store: SqlStore) -> None:
    store.receive(CRM, [accepted("1")], AT)
    assert store.receive(CRM, [], AT) == Received(withdrawn=1)
    assert store.receive(CRM, [], AT) == Received()
    assert list(store.feedback(CRM)) == [FeedbackRow("1")]
    assert store.receive(CRM, [accepted("1")], AT) == Received(new=1)


def test_feedback_of_two_crms_is_kept_apart(store: SqlStore) -> None:
    store.receive(CRM, [accepted("1")], AT)
    assert store.receive("other", [accepted("1")], AT) == Received(new=1)
    assert store.receive("other", [], AT) == Received(withdrawn=1)
    assert list(store.feedback(CRM)) == [accepted("1")]


def test_a_read_that_breaks_off_leaves_nothing_half_received(store: SqlStore) -> None:
    def broken() -> Iterator[FeedbackRow]:
        for number in range(700):
            yield accepted(str(number))
        raise RuntimeError("the line is dead")

    with pytest.raises(RuntimeError, match="dead"):
        store.receive(CRM, broken(), AT)
    assert list(store.feedback(CRM)) == []
    assert store.receive(CRM, [accepted("1")], AT).new == 1


def test_new_feedback_touches_its_lead(store: SqlStore, lock: Lock) -> None:
    store.receive(CRM, [accepted("1")], AT)
    assert list(store.touched(CRM)) == ["1"]
    store.remember(lock, [Remembered("1", None)])
    store.receive(CRM, [accepted("1")], AT)
    assert list(store.touched(CRM)) == []
    store.receive(CRM, [], AT)
    assert list(store.touched(CRM)) == ["1"]


# ------------------------------------------------------------------------------------- events
def test_a_page_and_its_cursor_are_kept_together(place: Place) -> None:
    store = place.open()
    lock = sync_lock(store)
    assert store.cursor(CRM, Stream.CHANGES) is None
    events = [event(key, EventKind.CHANGED) for key in "21"]
    assert store.take_in(lock, page(*events, cursor="c1"), AT, skip={}) == TakenIn(new=2)
    again = place.open()
    assert again.cursor(CRM, Stream.CHANGES) == "c1"
    assert again.cursor(CRM, Stream.STAGES) is None
    assert again.cursor("other", Stream.CHANGES) is None
    assert list(again.touched(CRM)) == ["1", "2"]


def test_a_run_that_ends_inside_the_page_keeps_nothing_of_it(store: SqlStore, lock: Lock) -> None:
    def end(point: Point) -> None:
        assert point is Point.RECEIVING
        raise KeyboardInterrupt

    store.probe = end
    with pytest.raises(KeyboardInterrupt):
        store.take_in(lock, page(event("1", EventKind.CHANGED)), AT, skip={})
    with pytest.raises(KeyboardInterrupt):
        store.receive(CRM, [accepted("1")], AT)
    assert store.cursor(CRM, Stream.CHANGES) is None
    assert list(store.touched(CRM)) == []
    assert list(store.feedback(CRM)) == []


def test_an_event_that_comes_twice_has_one_effect(store: SqlStore, lock: Lock) -> None:
    changed = event("1", EventKind.CHANGED)
    taken = store.take_in(lock, page(changed, changed), AT, skip={})
    assert taken == TakenIn(new=1, known=1)
    store.remember(lock, [Remembered("1", None)])
    assert store.take_in(lock, page(changed), AT, skip={}) == TakenIn(known=1)
    assert list(store.touched(CRM)) == []
    elsewhere = page(changed, stream=Stream.STAGES)
    assert store.take_in(lock, elsewhere, AT, skip={}) == TakenIn(new=1)


def test_events_stay_known_when_a_stream_is_read_from_its_beginning(
    store: SqlStore, lock: Lock
) -> None:
    changed = event("1", EventKind.CHANGED)
    store.take_in(lock, page(changed), AT, skip={})
    store.forget_cursor(lock, Stream.CHANGES)
    assert store.cursor(CRM, Stream.CHANGES) is None
    assert store.take_in(lock, page(changed), AT, skip={}) == TakenIn(known=1)


def test_echoes_and_foreign_events_have_no_effect_and_foreign_ones_are_kept(
    store: SqlStore, lock: Lock
) -> None:
    ours = event("1", EventKind.CHANGED, by="leadpolicy")
    theirs = event("2", EventKind.FEEDBACK, by="marketing", verdict="accepted")
    skip = {ours.id: "echo", theirs.id: "foreign"}
    assert store.take_in(lock, page(ours, theirs), AT, skip=skip) == TakenIn(echoes=1, foreign=1)
    assert store.take_in(lock, page(ours, theirs), AT, skip={}) == TakenIn(known=2)
    assert list(store.touched(CRM)) == []
    assert list(store.feedback(CRM)) == []
    assert list(store.foreign(CRM)) == [theirs]


def test_feedback_of_unknown_leads_is_kept_and_the_latest_counts(
    store: SqlStore, lock: Lock
) -> None:
    late = event("1", EventKind.FEEDBACK, after=9, verdict="rejected", reason="no_budget")
    early = event("1", EventKind.FEEDBACK, verdict="accepted")
    store.take_in(lock, page(late, early), AT, skip={})
    assert list(store.feedback(CRM)) == [
        FeedbackRow("1", {"verdict": "rejected", "reason": "no_budget"})
    ]
    assert list(store.touched(CRM)) == ["1"]


@pytest.mark.parametrize(
    ("told", "counts"),
    [
        ((("granted", 0), ("withdrawn", 5)), "withdrawn"),
        ((("withdrawn", 0), ("granted", 5)), "granted"),
        ((("withdrawn", 3), ("confirmed", 3)), "withdrawn"),
        ((("refused", 3), ("granted", 3)), "refused"),
        ((("objected", 3), ("granted", 3)), "objected"),
        ((("unheard_of", 3), ("granted", 3)), "unheard_of"),
        ((("granted", 3), ("confirmed", 3)), "confirmed"),
    ],
)
def test_the_latest_consent_counts_and_a_denial_wins_a_tie(
    store: SqlStore, lock: Lock, told: tuple[tuple[str, int], ...], counts: str
) -> None:
    for order in (told, told[::-1]):
        key = order[0][0]
        events = [
            event(key, EventKind.CONSENT, after=s, purpose="mail", channel="email", status=status)
            for status, s in order
        ]
        store.take_in(lock, page(*events), AT, skip={})
        assert [row.status for row in store.consents(CRM, [key, "nobody"])] == [counts]
        assert key in store.touched(CRM)


def test_consents_are_kept_by_purpose_and_channel(store: SqlStore, lock: Lock) -> None:
    told = [("mail", "email", "granted"), ("mail", "phone", "refused"), ("ads", "web", "granted")]
    events = [
        event("1", EventKind.CONSENT, purpose=p, channel=c, status=s, source="form")
        for p, c, s in told
    ]
    store.take_in(lock, page(*events), AT, skip={})
    assert set(store.consents(CRM, ["1"])) == {
        ConsentRow("1", p, c, s, AT, "form") for p, c, s in told
    }


# ---------------------------------------------------------------- removed, restored and merged
def test_a_removed_lead_loses_its_waiting_message(store: SqlStore, lock: Lock) -> None:
    store.enqueue(lock, [message("1"), message("2")], AT)
    store.remember(lock, [Remembered("1", AT)])
    store.take_in(lock, page(event("1", EventKind.DELETED)), AT, skip={})
    assert store.backlog(CRM, AT) == Backlog(pending=1)
    assert list(store.due(CRM, AT)) == []
    store.take_in(lock, page(event("1", EventKind.RESTORED, after=1)), AT, skip={})
    assert list(store.touched(CRM)) == ["1"]


def test_a_removal_told_after_the_restoring_that_followed_it_changes_nothing(
    store: SqlStore, lock: Lock
) -> None:
    store.take_in(lock, page(event("1", EventKind.RESTORED, after=5)), AT, skip={})
    store.enqueue(lock, [message("1")], AT)
    store.take_in(lock, page(event("1", EventKind.DELETED, after=1)), AT, skip={})
    assert store.backlog(CRM, AT) == Backlog(pending=1)


def test_a_merged_lead_passes_to_the_one_it_was_merged_into(store: SqlStore, lock: Lock) -> None:
    store.enqueue(lock, [message("loser"), message("winner", "w")], AT)
    before = [
        event("loser", EventKind.FEEDBACK, after=2, verdict="accepted"),
        event("winner", EventKind.FEEDBACK, after=1, verdict="rejected"),
        event("loser", EventKind.CONSENT, purpose="p", channel="c", status="withdrawn"),
        event("winner", EventKind.CONSENT, purpose="p", channel="c", status="granted"),
    ]
    store.take_in(lock, page(*before), AT, skip={})
    store.remember(lock, [Remembered("loser", AT), Remembered("winner", SOON)])
    store.take_in(lock, page(event("loser", EventKind.MERGED, into="winner")), AT, skip={})
    assert list(store.touched(CRM)) == ["winner"]
    assert list(store.due(CRM, AT)) == []
    assert list(store.feedback(CRM)) == [FeedbackRow("winner", {"verdict": "accepted"})]
    assert [(r.key, r.status) for r in store.consents(CRM, ["loser", "winner"])] == [
        ("winner", "withdrawn")
    ]
    assert store.backlog(CRM, AT) == Backlog(pending=1)


def test_what_is_said_of_a_merged_lead_goes_to_the_winner(store: SqlStore, lock: Lock) -> None:
    store.take_in(lock, page(event("1", EventKind.MERGED, into="2")), AT, skip={})
    store.take_in(lock, page(event("2", EventKind.MERGED, after=1, into="3")), AT, skip={})
    assert store.enqueue(lock, [message("1", "a"), message("2", "b")], AT) == Enqueued(
        new=1, superseding=1
    )
    batch = store.claim(lock, 10, AT)
    assert batch is not None
    assert [(row.key, row.digest) for row in batch.rows] == [("3", "b")]
    assert store.receive(CRM, [accepted("1")], AT) == Received(new=1)
    assert [row.key for row in store.feedback(CRM)] == ["3"]
    store.remember(lock, [Remembered("1", AT), Remembered("3", None)])
    assert list(store.due(CRM, AT)) == []
    store.take_in(lock, page(event("1", EventKind.CHANGED)), AT, skip={})
    assert list(store.touched(CRM)) == ["3"]


def test_a_merge_the_other_way_round_counts_when_it_is_later(store: SqlStore, lock: Lock) -> None:
    there = event("1", EventKind.MERGED, after=1, into="2")
    back = event("2", EventKind.MERGED, after=2, into="1")
    for order in ((there, back), (back, there)):
        target = f"{CRM}/{order[0].id}"
        mine = store.acquire(target, "sync", lock.holder, AT)
        store.take_in(mine, page(*order), AT, skip={})
        store.enqueue(mine, [message("1"), message("2", "two")], AT)
        batch = store.claim(mine, 10, AT)
        assert batch is not None
        assert [row.key for row in batch.rows] == ["1"]


def test_a_lead_merged_into_itself_or_nobody_stays(store: SqlStore, lock: Lock) -> None:
    odd = [event("1", EventKind.MERGED, into="1"), event("1", EventKind.MERGED)]
    store.take_in(lock, page(*odd), AT, skip={})
    assert store.enqueue(lock, [message("1")], AT) == Enqueued(new=1)


def test_a_restored_lead_stands_for_itself_again(store: SqlStore, lock: Lock) -> None:
    store.take_in(lock, page(event("1", EventKind.MERGED, into="2")), AT, skip={})
    store.take_in(lock, page(event("1", EventKind.RESTORED, after=1)), AT, skip={})
    store.enqueue(lock, [message("1")], AT)
    batch = store.claim(lock, 10, AT)
    assert batch is not None
    assert [row.key for row in batch.rows] == ["1"]


# ------------------------------------------------------------------------------------- erased
def test_an_erased_lead_loses_every_payload_and_stays_out(store: SqlStore, lock: Lock) -> None:
    store.enqueue(lock, [message("dead"), message("flying")], AT)
    first = store.claim(lock, 1, AT)
    assert first is not None
    store.settle(lock, first.intent, [Settled(first.rows[0].seq, Verdict.DEAD)], AT)
    flying = store.claim(lock, 1, AT)
    assert flying is not None
    store.enqueue(lock, [message("waits"), message("stays")], AT)
    leads = ("dead", "flying", "waits", "stays")
    told = [event(key, EventKind.FEEDBACK, verdict="accepted") for key in leads]
    told += [
        event(key, EventKind.CONSENT, purpose="p", channel="c", status="granted") for key in leads
    ]
    store.take_in(lock, page(*told), AT, skip={})
    theirs = event("waits", EventKind.FEEDBACK, by="marketing", verdict="x")
    store.take_in(lock, page(theirs), AT, skip={theirs.id: "foreign"})
    erased = [event(key, EventKind.ERASED) for key in leads[:3]]
    store.take_in(lock, page(*erased), AT, skip={})
    assert store.backlog(CRM, AT) == Backlog(pending=1)
    assert list(store.dead_letters(CRM)) == []
    assert [row.key for row in store.feedback(CRM)] == ["stays"]
    assert [row.key for row in store.consents(CRM, leads)] == ["stays"]
    assert list(store.foreign(CRM)) == []
    assert list(store.touched(CRM)) == ["stays"]
    store.settle(lock, flying.intent, [Settled(flying.rows[0].seq, Verdict.AGAIN)], AT)
    assert store.enqueue(lock, [message(key) for key in leads], AT) == Enqueued(known=1, erased=3)
    late = [event(key, EventKind.FEEDBACK, after=9, verdict="late") for key in leads[:3]]
    store.take_in(lock, page(*late), AT, skip={})
    assert [row.key for row in store.feedback(CRM)] == ["stays"]
    assert store.receive(CRM, [accepted("dead")], AT) == Received(withdrawn=1)


def test_texts_of_runs_that_name_an_erased_lead_are_replaced(store: SqlStore, lock: Lock) -> None:
    texts = ["lead `42` holds jana@example.com", "lead `421` is locked", ""]
    for text in texts:
        store.record_run(CRM, Run("b2b", "1", "h", AT, {"failed": 1}, text))
    store.take_in(lock, page(event("42", EventKind.ERASED)), AT, skip={})
    assert [run.error for run in store.runs(CRM)] == [ERASED, *texts[1:]]


def test_with_a_lead_those_merged_into_it_are_erased(store: SqlStore, lock: Lock) -> None:
    merged = page(event("1", EventKind.MERGED, into="2"), event("2", EventKind.ERASED, after=1))
    store.take_in(lock, merged, AT, skip={})
    assert store.enqueue(lock, [message("1"), message("2")], AT) == Enqueued(erased=2)
    store.take_in(lock, page(event("3", EventKind.MERGED, into="2")), AT, skip={})
    assert store.enqueue(lock, [message("3")], AT) == Enqueued(erased=1)


# ------------------------------------------------------------------------------ what is decided
def test_decided_leads_are_remembered_until_their_values_hold_no_longer(
    store: SqlStore, lock: Lock
) -> None:
    leads = [Remembered("b", SOON, "d1"), Remembered("a", AT, "d2"), Remembered("c", None)]
    store.remember(lock, leads)
    assert list(store.due(CRM, AT - timedelta(microseconds=1))) == []
    assert list(store.due(CRM, AT)) == ["a"]
    assert list(store.due(CRM, SOON)) == ["a", "b"]
    store.take_in(lock, page(event("new", EventKind.CHANGED)), AT, skip={})
    assert set(store.remembered(CRM, ["a", "b", "c", "new", "nobody"])) == set(leads)
    store.remember(lock, [Remembered("a", None, "d3")])
    assert list(store.due(CRM, SOON)) == ["b"]


def test_touched_and_due_leads_are_read_page_by_page(store: SqlStore, lock: Lock) -> None:
    keys = sorted(f"{number}" for number in range(1_203))
    store.take_in(lock, page(*(event(key, EventKind.CHANGED) for key in keys)), AT, skip={})
    seen = []
    for key in store.touched(CRM):
        seen.append(key)
        store.remember(lock, [Remembered(key, AT)])
    assert seen == keys
    assert list(store.touched(CRM)) == []
    assert list(store.due(CRM, AT)) == keys


def test_the_basis_is_kept_for_each_crm(place: Place) -> None:
    store = place.open()
    assert store.basis(CRM) == ""
    store.rebase(sync_lock(store), "policy abc")
    assert place.open().basis(CRM) == "policy abc"
    assert store.basis("other") == ""


def test_feedback_that_was_changed_in_the_file_is_noticed(store: SqlStore) -> None:
    store.receive(CRM, [accepted("1")], AT)
    store.db.run('UPDATE feedback SET content = \'{"verdict": "rejected"}\'')
    with pytest.raises(StoreError, match="is damaged: feedback is not what was written"):
        list(store.feedback(CRM))

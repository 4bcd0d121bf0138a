import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from leadpolicy.crm.rows import EventKind
from leadpolicy.crm.store import StoreError
from leadpolicy.crm.store.contract import (
    Backlog,
    Batch,
    DeadLetter,
    Enqueued,
    Lock,
    Message,
    Settled,
    Verdict,
)
from leadpolicy.crm.store.sql_store import SqlStore
from stores import AT, BEN, CRM, Place, done, event, message, page, sync_lock

LATER = AT + timedelta(minutes=5)


def claim(store: SqlStore, lock: Lock, limit: int = 1_000) -> Batch:
    batch = store.claim(lock, limit, AT)
    assert batch is not None
    return batch


def settle(store: SqlStore, lock: Lock, batch: Batch, verdict: Verdict, **rest: object) -> None:
    store.settle(lock, batch.intent, [Settled(r.seq, verdict, **rest) for r in batch.rows], AT)  # type: ignore[arg-type]


def test_messages_arrive_in_order_and_once(store: SqlStore, lock: Lock) -> None:
    sent = [message(f"{n:04}", payload=f'{{"n": {n}}}') for n in reversed(range(1_201))]
    assert store.enqueue(lock, sent, AT) == Enqueued(new=1_201)
    arrived = []
    while (batch := store.claim(lock, 500, AT)) is not None:
        assert batch.sent_at == AT
        arrived += [Message(row.key, row.digest, row.payload) for row in batch.rows]
        settle(store, lock, batch, Verdict.DONE)
    assert arrived == sent
    assert store.backlog(CRM, AT) == Backlog()


def test_a_newer_message_supersedes_the_one_that_waits(store: SqlStore, lock: Lock) -> None:
    store.enqueue(lock, [message("1", "old", "1"), message("2", "old", "1")], AT)
    again = [message("1", "old", "1"), message("2", "new", "2"), message("3"), message("3", "x")]
    assert store.enqueue(lock, again, AT) == Enqueued(new=1, superseding=2, known=1)
    rows = claim(store, lock).rows
    assert [(row.key, row.digest, row.payload) for row in rows] == [
        ("1", "old", "1"),
        ("2", "new", "2"),
        ("3", "x", "{}"),
    ]


def test_messages_are_taken_in_all_or_none(store: SqlStore, lock: Lock) -> None:
    def broken() -> Iterator[Message]:
        for number in range(700):
            yield message(str(number))
        raise RuntimeError("the line is dead")

    with pytest.raises(RuntimeError, match="dead"):
        store.enqueue(lock, broken(), AT)
    assert store.backlog(CRM, AT) == Backlog()


def test_what_was_claimed_is_in_doubt_until_it_is_settled(place: Place) -> None:
    store = place.open()
    lock = sync_lock(store)
    store.enqueue(lock, [message("1"), message("2"), message("3")], AT)
    first, second = claim(store, lock, 2), claim(store, lock, 2)
    store.settle(lock, first.intent, done([first.rows[0].seq]), AT)
    store.close()
    again = place.open()
    found = list(again.in_doubt(sync_lock(again, BEN)))
    assert [[row.key for row in batch.rows] for batch in found] == [["2"], ["3"]]
    assert [batch.intent for batch in found] == [first.intent, second.intent]
    assert [batch.sent_at for batch in found] == [AT, AT]
    assert all(row.doubted for batch in found for row in batch.rows)
    assert again.backlog(CRM, AT) == Backlog(in_doubt=2)


def test_a_message_that_was_in_doubt_stays_marked(store: SqlStore, lock: Lock) -> None:
    store.enqueue(lock, [message("1")], AT)
    settle(store, lock, claim(store, lock), Verdict.DOUBTED)
    (batch,) = store.in_doubt(lock)
    settle(store, lock, batch, Verdict.AGAIN)
    assert [row.doubted for row in claim(store, lock).rows] == [True]


def test_accepted_messages_stay_with_the_ticket_of_their_job(store: SqlStore, lock: Lock) -> None:
    store.enqueue(lock, [message("1"), message("2"), message("3")], AT)
    batch = claim(store, lock)
    tickets = ("job-1", "job-2", "job-1")
    accepted = [
        Settled(row.seq, Verdict.ACCEPTED, ticket=ticket)
        for row, ticket in zip(batch.rows, tickets, strict=True)
    ]
    store.settle(lock, batch.intent, accepted, AT)
    found = {one.ticket: [row.key for row in one.rows] for one in store.in_doubt(lock)}
    assert found == {"job-1": ["1", "3"], "job-2": ["2"]}
    assert not any(row.doubted for one in store.in_doubt(lock) for row in one.rows)


def test_a_message_waits_for_its_time(store: SqlStore, lock: Lock) -> None:
    store.enqueue(lock, [message("1"), message("2")], AT)
    settle(store, lock, claim(store, lock, 1), Verdict.AGAIN, next_at=LATER, counted=True)
    assert store.backlog(CRM, AT) == Backlog(pending=1, later=1, next_at=LATER)
    assert [row.key for row in claim(store, lock).rows] == ["2"]
    assert store.claim(lock, 10, LATER - timedelta(microseconds=1)) is None
    assert store.backlog(CRM, LATER) == Backlog(pending=1, in_doubt=1)
    due = store.claim(lock, 10, LATER)
    assert due is not None
    assert [(row.key, row.attempts) for row in due.rows] == [("1", 1)]


def test_only_counted_answers_add_an_attempt(store: SqlStore, lock: Lock) -> None:
    store.enqueue(lock, [message("1")], AT)
    for counted in (False, True, False, True):
        settle(store, lock, claim(store, lock), Verdict.AGAIN, counted=counted)
    assert claim(store, lock).rows[0].attempts == 2


def test_a_newer_decision_waits_behind_the_one_in_flight(store: SqlStore, lock: Lock) -> None:
    store.enqueue(lock, [message("1", "old")], AT)
    batch = claim(store, lock)
    assert store.enqueue(lock, [message("1", "old")], AT) == Enqueued(known=1)
    assert store.enqueue(lock, [message("1", "new")], AT) == Enqueued(new=1)
    assert store.enqueue(lock, [message("1", "newest")], AT) == Enqueued(superseding=1)
    assert store.claim(lock, 10, AT) is None
    assert store.backlog(CRM, AT) == Backlog(pending=1, in_doubt=1)
    settle(store, lock, batch, Verdict.DONE)
    assert [row.digest for row in claim(store, lock).rows] == ["newest"]


@pytest.mark.parametrize("verdict", [Verdict.AGAIN, Verdict.DEAD])
def test_an_older_decision_never_comes_back_over_a_newer_one(
    store: SqlStore, lock: Lock, verdict: Verdict
) -> None:
    store.enqueue(lock, [message("1", "old")], AT)
    batch = claim(store, lock)
    store.enqueue(lock, [message("1", "new")], AT)
    settle(store, lock, batch, verdict)
    assert store.backlog(CRM, AT) == Backlog(pending=1)
    assert [row.digest for row in claim(store, lock).rows] == ["new"]


@pytest.mark.parametrize("verdict", [Verdict.GONE, Verdict.WITHHELD])
def test_what_is_gone_or_withheld_is_not_sent_again(
    store: SqlStore, lock: Lock, verdict: Verdict
) -> None:
    store.enqueue(lock, [message("1")], AT)
    settle(store, lock, claim(store, lock), verdict, message="consent was withdrawn")
    assert store.backlog(CRM, AT) == Backlog()
    assert list(store.dead_letters(CRM)) == []


def test_messages_whose_decision_stands_already_are_dropped(store: SqlStore, lock: Lock) -> None:
    store.enqueue(lock, [message("dead")], AT)
    settle(store, lock, claim(store, lock), Verdict.DEAD)
    store.enqueue(lock, [message("sent")], AT)
    batch = claim(store, lock)
    store.enqueue(lock, [message("sent", "newer"), message("waits"), message("other")], AT)
    assert store.obsolete(lock, ["dead", "sent", "waits", "nobody"], AT) == 3
    assert store.backlog(CRM, AT) == Backlog(pending=1, in_doubt=1)
    settle(store, lock, batch, Verdict.DONE)
    assert [row.key for row in claim(store, lock).rows] == ["other"]


def test_dead_letters_keep_their_reason(store: SqlStore, lock: Lock) -> None:
    store.enqueue(lock, [message("1", payload='{"ä": "ß"}'), message("2")], AT)
    batch = claim(store, lock)
    why = {"code": "bad_value", "field": "lp_fit", "message": "121 is above 100"}
    settle(store, lock, batch, Verdict.DEAD, counted=True, **why)
    first, second = store.dead_letters(CRM)
    assert first == DeadLetter("1", "bad_value", "lp_fit", "121 is above 100", '{"ä": "ß"}', 1, AT)
    assert second.key == "2"
    assert store.backlog(CRM, AT) == Backlog(dead=2)
    assert store.claim(lock, 10, AT) is None


def test_dead_letters_are_replayed_repaired_and_discarded(store: SqlStore, lock: Lock) -> None:
    store.enqueue(lock, [message(key) for key in "1234"], AT)
    settle(store, lock, claim(store, lock), Verdict.DEAD, counted=True)
    assert store.replay(lock, ["2"], AT, payload='{"repaired": true}') == 1
    assert [(r.key, r.payload, r.attempts) for r in claim(store, lock).rows] == [
        ("2", '{"repaired": true}', 0)
    ]
    assert store.discard(lock, ["3", "nobody"], AT) == 1
    assert [letter.key for letter in store.dead_letters(CRM)] == ["1", "4"]
    assert store.replay(lock, None, AT) == 2
    assert store.replay(lock, None, AT) == 0
    assert [row.key for row in claim(store, lock).rows] == ["1", "4"]
    with pytest.raises(ValueError, match="of one key"):
        store.replay(lock, None, AT, payload="{}")


def test_a_newer_decision_takes_the_place_of_a_dead_letter(store: SqlStore, lock: Lock) -> None:
    store.enqueue(lock, [message("1")], AT)
    settle(store, lock, claim(store, lock), Verdict.DEAD, code="bad_value")
    assert store.enqueue(lock, [message("1")], AT) == Enqueued(superseding=1)
    assert list(store.dead_letters(CRM)) == []
    assert store.backlog(CRM, AT) == Backlog(pending=1)


def test_verdicts_on_messages_of_another_intent_change_nothing(store: SqlStore, lock: Lock) -> None:
    store.enqueue(lock, [message("1"), message("2")], AT)
    first, second = claim(store, lock, 1), claim(store, lock, 1)
    store.settle(lock, first.intent, done([second.rows[0].seq]), AT)
    assert store.backlog(CRM, AT) == Backlog(in_doubt=2)


def test_crms_are_kept_apart(store: SqlStore, lock: Lock) -> None:
    other = store.acquire("other", "sync", BEN, AT)
    store.enqueue(lock, [message("1", "here")], AT)
    store.enqueue(other, [message("1", "there")], AT)
    assert [row.digest for row in claim(store, other).rows] == ["there"]
    assert store.claim(other, 10, AT) is None
    assert [row.digest for row in claim(store, lock).rows] == ["here"]


@pytest.mark.parametrize("kind", [EventKind.DELETED, EventKind.MERGED])
def test_a_message_in_flight_of_a_lead_that_went_is_not_sent_again(
    store: SqlStore, lock: Lock, kind: EventKind
) -> None:
    store.enqueue(lock, [message("1", "old"), message("2")], AT)
    batch = claim(store, lock)
    store.enqueue(lock, [message("1", "new")], AT)
    store.take_in(lock, page(event("1", kind, into="9")), AT, skip={})
    assert store.backlog(CRM, AT) == Backlog(in_doubt=2)
    settle(store, lock, batch, Verdict.AGAIN)
    assert [row.key for row in claim(store, lock).rows] == ["2"]


def test_threads_share_a_store(store: SqlStore, lock: Lock) -> None:
    store.enqueue(lock, [message(str(number)) for number in range(600)], AT)
    arrived: list[str] = []

    def work() -> None:
        while (batch := store.claim(lock, 7, AT)) is not None:
            arrived.extend(row.key for row in batch.rows)
            settle(store, lock, batch, Verdict.DONE)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(arrived, key=int) == [str(number) for number in range(600)]


def test_keys_of_every_kind_are_kept_apart(store: SqlStore, lock: Lock) -> None:
    keys = [
        "İ",
        "i",
        "I",
        "ı",
        "e\u0301",
        "é",
        "👩‍🚀",
        "مرحبا",
        " 1",
        "1",
        "1 ",
        "'; DROP",
        "%",
        "?",
    ]
    store.enqueue(lock, [message(key) for key in keys], AT)
    assert [row.key for row in claim(store, lock).rows] == keys


def test_a_changed_byte_of_a_message_is_noticed_before_it_is_sent(
    store: SqlStore, lock: Lock
) -> None:
    store.enqueue(lock, [message("1", payload='{"score": 11}')], AT)
    store.db.run("UPDATE outbox SET payload = '{\"score\": 91}'")
    with pytest.raises(StoreError, match="is damaged: a waiting message is not what was written"):
        store.claim(lock, 10, AT)
    assert store.backlog(CRM, AT) == Backlog(pending=1)

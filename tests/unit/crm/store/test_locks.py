import os
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta

import pytest

from leadpolicy.crm.rows import EventKind
from leadpolicy.crm.store.contract import (
    Applied,
    FencedError,
    Holder,
    Lock,
    LockedError,
    Owned,
    Remembered,
    Work,
)
from leadpolicy.crm.store.holders import has_ended, mark, this_process
from leadpolicy.crm.store.sql_store import SqlStore
from stores import ANNA, AT, BEN, CRM, Place, done, event, message, page, sync_lock


def ended_process() -> int:
    with subprocess.Popen([sys.executable, "-c", "pass"]) as process:
        process.wait()
    return process.pid


def test_the_second_is_told_who_holds_the_lock_and_since_when(store: SqlStore) -> None:
    first = store.acquire(CRM, "deploy", ANNA, AT)
    assert store.held(CRM, "deploy") == first
    with pytest.raises(
        LockedError,
        match=r"anna@machine-of-anna \(process 4711\) holds the deploy lock on .*"
        r" since 2026-03-01 09:00 UTC; .*leadpolicy unlock",
    ):
        store.acquire(CRM, "deploy", BEN, AT + timedelta(days=365))


def test_locks_of_other_work_and_other_crms_are_free(store: SqlStore) -> None:
    store.acquire(CRM, "deploy", ANNA, AT)
    assert store.acquire(CRM, "sync", BEN, AT).work == "sync"
    assert store.acquire("other", "deploy", BEN, AT).holder == BEN


def test_a_lock_that_was_given_back_is_free_and_the_fence_rises(store: SqlStore) -> None:
    first = store.acquire(CRM, "sync", ANNA, AT)
    store.release(first)
    assert store.held(CRM, "sync") is None
    second = store.acquire(CRM, "sync", BEN, AT)
    assert second.fence > first.fence
    store.release(first)
    assert store.held(CRM, "sync") == second


def test_two_stores_see_one_lock(place: Place) -> None:
    one, other = place.open(), place.open()
    lock = one.acquire(CRM, "sync", ANNA, AT)
    assert other.held(CRM, "sync") == lock
    with pytest.raises(LockedError):
        other.acquire(CRM, "sync", BEN, AT)


def test_nothing_is_written_under_a_lock_that_was_taken_over(store: SqlStore) -> None:
    stale = sync_lock(store)
    store.enqueue(stale, [message("1")], AT)
    claimed = store.claim(stale, 10, AT)
    assert claimed is not None
    sync_lock(store, BEN)
    writes: list[Callable[[], object]] = [
        lambda: store.enqueue(stale, [message("2")], AT),
        lambda: store.obsolete(stale, ["1"], AT),
        lambda: store.claim(stale, 1, AT),
        lambda: list(store.in_doubt(stale)),
        lambda: store.settle(stale, claimed.intent, done([1]), AT),
        lambda: store.replay(stale, None, AT),
        lambda: store.discard(stale, ["1"], AT),
        lambda: store.take_in(stale, page(event("1", EventKind.CHANGED)), AT, skip={}),
        lambda: store.remember(stale, [Remembered("1", None)]),
        lambda: store.rebase(stale, "x"),
        lambda: store.use_plan(stale, "plan", AT),
        lambda: store.intend(stale, "column lead.x", None),
        lambda: store.note(stale, "column lead.x", Owned("column lead.x", {})),
        lambda: store.record_applied(stale, Applied("p", "1", "h", AT, 0)),
    ]
    for write in writes:
        with pytest.raises(FencedError, match="was taken over by ben@machine-of-ben"):
            write()
    assert store.backlog(CRM, AT).in_doubt == 1
    assert list(store.touched(CRM)) == []
    assert store.last_applied(CRM) is None


def test_nothing_is_written_under_a_lock_that_was_given_back(store: SqlStore, lock: Lock) -> None:
    store.release(lock)
    with pytest.raises(FencedError, match="is held no longer"):
        store.enqueue(lock, [message("1")], AT)


@pytest.mark.parametrize("work", ["deploy", "sync"])
def test_the_lock_of_a_process_that_has_ended_is_taken_over(store: SqlStore, work: Work) -> None:
    dead = Holder("anna", socket.gethostname(), ended_process())
    first = store.acquire(CRM, work, dead, AT)
    assert store.acquire(CRM, work, BEN, AT).fence == first.fence + 1


def test_the_lock_of_a_process_that_runs_is_not_taken_over(store: SqlStore) -> None:
    store.acquire(CRM, "sync", this_process(), AT)
    with pytest.raises(LockedError):
        store.acquire(CRM, "sync", BEN, AT)
    assert store.acquire(CRM, "sync", BEN, AT, take_over=True).holder == BEN


def test_a_process_is_told_from_a_later_one_of_the_same_number() -> None:
    me = this_process()
    known = mark(me)
    assert not has_ended(me, known)
    if known:
        *around, started = known.split(" ")
        assert has_ended(me, " ".join([*around, str(int(started) + 1)]))


def test_of_other_machines_and_other_spaces_nothing_is_known() -> None:
    pid = ended_process()
    assert not has_ended(Holder("anna", "elsewhere", pid), "")
    here = Holder("anna", socket.gethostname(), pid)
    assert has_ended(here, "")
    known = mark(this_process())
    if known:
        machine, boot, _, started = known.split(" ")
        assert not has_ended(here, f"{machine} {boot} pid:[1] {started}")


def test_a_restart_of_the_machine_ends_its_processes() -> None:
    me = Holder("anna", socket.gethostname(), os.getpid())
    known = mark(me)
    if not known or known.startswith("- "):
        pytest.skip("this machine has no /etc/machine-id; call `systemd-machine-id-setup`")
    machine, _, space, started = known.split(" ")
    assert has_ended(me, f"{machine} before-the-restart {space} {started}")
    assert not has_ended(me, f"another-machine before-the-restart {space} {started}")

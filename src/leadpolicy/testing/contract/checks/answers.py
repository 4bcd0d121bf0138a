"""Calls over HTTP that go wrong on their way; for other connectors these mean nothing."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Final

from leadpolicy.crm.connector import (
    AccessError,
    AnswerLostError,
    BatchRefusedError,
    BusyError,
    ConnectorError,
    Outcome,
    QuotaError,
    Status,
    ThrottledError,
)
from leadpolicy.testing.contract.behaviour import (
    Group,
    NotApplicableError,
    NotOfferedError,
    Tier,
    ViolationError,
    behaviours_of,
    expect,
)
from leadpolicy.testing.contract.bench import BATCH, Bench, Scene
from leadpolicy.testing.contract.checks.faults import expect_nothing_dead
from leadpolicy.testing.lab.faults import Fault, Operation, Scripted

faults: Final = behaviours_of(Group.FAULTS)
_THROTTLED: Final = (
    Fault.THROTTLED_SECONDS,
    Fault.THROTTLED_DATE,
    Fault.THROTTLED_BARE,
    Fault.THROTTLED_ABSURD,
)
_LASTING: Final = 1000
_UNREADABLE: Final = (Fault.HTML, Fault.CUT_JSON, Fault.INVALID_JSON)
_AMBIGUOUS: Final = (
    Fault.ERROR_500,
    Fault.ERROR_502,
    Fault.ERROR_504,
    Fault.TIMEOUT_AFTER,
    Fault.RESET_AFTER,
)
_GARBLED: Final = (
    Fault.ITEMS_MISSING,
    Fault.ITEMS_EXTRA,
    Fault.ITEMS_SHUFFLED,
    Fault.ITEMS_DUPLICATED,
)


def _struck(bench: Bench, *faults: Fault, leads: int = 2, times: int = 1) -> Scene:
    """Return a scene whose next writes go wrong."""
    if not bench.harness.http:
        raise NotApplicableError("the harness says that the CRM is not reached over HTTP")
    scene = bench.scene(leads)
    scene.connector.lookup(scene.keys, scene.columns)
    scene.crm.strike(*(Scripted(fault, Operation.WRITE, times=times) for fault in faults))
    return scene


def _raised(scene: Scene) -> ConnectorError | None:
    try:
        scene.connector.write(scene.rows(), scene.columns)
    except ConnectorError as error:
        return error
    return None


def _expect_arriving(scene: Scene) -> None:
    scene.arrive(scene.rows())
    scene.expect_once(scene.rows())
    expect_nothing_dead(scene)


@faults(77, Tier.SILVER)
def status_429_is_throttling(bench: Bench) -> None:
    """Status 429 is told as throttling with its wait, 503 as busy, and neither is retried."""
    error = _raised(_struck(bench, Fault.ERROR_503))
    busy = isinstance(error, BusyError) and not error.in_doubt
    expect(busy, f"status 503 is told as {type(error).__name__}")
    for fault in _THROTTLED:
        error = _raised(_struck(bench, fault))
        kind = type(error).__name__
        expect(isinstance(error, ThrottledError), f"`{fault.value}` is told as {kind}")
        wait = error.retry_after if isinstance(error, ThrottledError) else None
        told = fault is not Fault.THROTTLED_SECONDS or (wait is not None and 1 <= wait <= 60)
        expect(told, f"after `{fault.value}` the wait is {wait}")


@faults(32, Tier.BRONZE)
def an_unreadable_answer_is_in_doubt(bench: Bench) -> None:
    """An answer that is HTML, cut or no JSON leaves the write in doubt, and nothing is lost."""
    for fault in _UNREADABLE:
        _expect_doubt(bench, fault)


@faults(78, Tier.BRONZE)
def a_timeout_or_gateway_error_is_in_doubt(bench: Bench) -> None:
    """A write whose answer never came, or came from a gateway, is in doubt and never repeated."""
    for fault in _AMBIGUOUS:
        _expect_doubt(bench, fault)


def _expect_doubt(bench: Bench, fault: Fault) -> None:
    scene = _struck(bench, fault)
    error = _raised(scene)
    kind = type(error).__name__ if error else "success"
    expect(error is not None and error.in_doubt, f"`{fault.value}` is told as {kind}")
    _expect_arriving(_struck(bench, fault))


@faults(79, Tier.SILVER)
def garbled_items_are_read_by_key(bench: Bench) -> None:
    """Items that are missing, extra, shuffled or given twice are never taken by their place."""
    for fault in _GARBLED:
        scene = _struck(bench, fault, leads=BATCH)
        bad = scene.keys[0]
        scene.crm.refuse(bad)
        _expect_by_key(_outcomes(scene), bad, fault)
        scene = _struck(bench, fault, leads=BATCH)
        _expect_arriving(scene)


def _outcomes(scene: Scene) -> list[Outcome]:
    try:
        return scene.connector.write(scene.rows(), scene.columns)
    except (AnswerLostError, BatchRefusedError):
        return []


def _expect_by_key(outcomes: Iterable[Outcome], bad: str, fault: Fault) -> None:
    for outcome in outcomes:
        if outcome.status in {Status.UNKNOWN, Status.ACCEPTED}:
            continue
        refused = outcome.status is Status.FAILED
        expect(
            refused == (outcome.key == bad), f"after `{fault.value}` a row has another's outcome"
        )


@faults(81, Tier.SILVER)
def a_failed_lookup_is_told(bench: Bench) -> None:
    """A lookup that fails raises an error, and never makes leads look as if they were unknown."""
    for fault in (*_UNREADABLE, Fault.ERROR_503, Fault.RESET_BEFORE):
        scene = _struck(bench)
        with suppress(NotOfferedError, ConnectorError):
            scene.crm.strike(Scripted(fault, Operation.LOOKUP))
            found = scene.connector.lookup(scene.keys, scene.columns)
            whole = set(found) == set(scene.keys)
            expect(whole, f"after `{fault.value}` a lookup shows {sorted(found)}")


@faults(34, Tier.SILVER)
def a_token_is_renewed_once(bench: Bench) -> None:
    """A token that expires in the middle is renewed once for all threads, and nothing is lost."""
    scene = _struck(bench, leads=3 * BATCH)
    before = scene.crm.logins()
    scene.crm.expire_token()
    workers = max(scene.connector.capabilities.max_concurrency, 2)
    look = partial(scene.connector.lookup, scene.keys, scene.columns)
    with ThreadPoolExecutor(workers) as pool:
        for found in [pool.submit(look) for _ in range(workers)]:
            expect(set(found.result()) == set(scene.keys), "a lookup was lost with the token")
    logins = scene.crm.logins() - before
    expect(logins == 1, f"{workers} threads renewed one token {logins} times")


@faults(80, Tier.BRONZE)
def status_401_and_403_end_the_run(bench: Bench) -> None:
    """Status 401 and 403 are told as refused access, and a used-up day as a used-up quota."""
    refusals = {
        Fault.ACCESS_DENIED: AccessError,
        Fault.ACCESS_FORBIDDEN: AccessError,
        Fault.QUOTA_USED_UP: QuotaError,
    }
    for fault, kind in refusals.items():
        with suppress(NotOfferedError):
            error = _raised(_struck(bench, fault, times=_LASTING))
            expect(isinstance(error, kind), f"`{fault.value}` is told as {type(error).__name__}")


@faults(40, Tier.GOLD)
def a_slow_answer_ends(bench: Bench) -> None:
    """An answer that drips in or stalls ends within the connector's timeout, in doubt."""
    for fault in (Fault.SLOW_DRIP, Fault.STALLED, Fault.TIMEOUT_BEFORE):
        _expect_doubt(bench, fault)


@faults(41, Tier.SILVER)
def an_unreachable_crm_is_not_in_doubt(bench: Bench) -> None:
    """A CRM that cannot be reached leaves nothing in doubt, and says so."""
    with suppress(NotOfferedError):
        error = _raised(_struck(bench, Fault.UNREACHABLE))
        told = error is not None and not error.in_doubt
        expect(told, f"a call that was never sent is told as {type(error).__name__}")
    scene = bench.scene(1)
    try:
        nowhere = scene.crm.open("http://127.0.0.1:1")
        scene.stack.callback(nowhere.close)
        nowhere.write(scene.rows(), scene.columns)
    except ConnectorError as refused:
        expect(not refused.in_doubt, "a call to a closed port is in doubt")
    else:
        raise ViolationError("a closed port took a batch")

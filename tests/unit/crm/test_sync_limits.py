"""Calls stay within the rate windows of a CRM and use them nearly whole."""

from collections import deque
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from leadpolicy.crm.capabilities import RateWindow
from leadpolicy.crm.connector import ThrottledError
from leadpolicy.crm.sync import push
from leadpolicy.crm.sync.limits import Limits, wait_seconds
from scripted_crm import AT, DESIRED, TABLE, FakeClock, new_store, row, scripted
from scripted_crm import settings as with_clock

WINDOWS = st.builds(RateWindow, st.integers(1, 40), st.floats(0.5, 60).map(lambda x: round(x, 2)))


def sent(limits: Limits, clock: FakeClock, count: int, takes: float) -> list[float]:
    """Make calls as fast as the limits allow, and return when each went out."""
    times = []
    for _ in range(count):
        limits.wait()
        limits.log()
        times.append(clock.monotonic())
        clock.pass_(takes)
    return times


@given(st.lists(WINDOWS, min_size=1, max_size=3), st.floats(0, 0.3))
@settings(max_examples=examples(60), deadline=None)
def test_no_window_ever_sees_more_calls_than_it_allows(
    windows: list[RateWindow], takes: float
) -> None:
    clock = FakeClock()
    times = sent(Limits(windows, clock), clock, 150, takes)
    for window in windows:
        inside: deque[float] = deque()
        for time in times:
            inside.append(time)
            while inside[0] <= time - window.seconds:
                inside.popleft()
            assert len(inside) <= window.calls


@given(st.integers(1, 300), st.floats(1, 60))
@settings(max_examples=examples(60), deadline=None)
def test_a_window_is_used_to_96_percent_and_more(calls: int, seconds: float) -> None:
    clock = FakeClock()
    times = sent(Limits([RateWindow(calls, seconds)], clock), clock, calls * 20 + 1, 0.0)
    assert (len(times) - 1) / (times[-1] - times[0]) >= 0.96 * calls / seconds


def test_a_closed_gate_holds_back_every_call() -> None:
    clock = FakeClock()
    limits = Limits([], clock)
    limits.close(7)
    limits.close(3)
    assert sent(limits, clock, 2, 0.0) == [1007.0, 1007.0]


@given(st.floats() | st.none(), st.integers(1, 2000), st.floats(0, 1))
def test_nobody_waits_less_than_nothing_or_longer_than_allowed(
    asked: float | None, tries: int, chance: float
) -> None:
    assert 0 <= wait_seconds(asked, tries, lambda: chance, 900.0) <= 900


def test_what_was_throttled_is_spread_over_time() -> None:
    waits = {wait_seconds(None, 4, lambda x=x: x) for x in (0.0, 0.5, 1.0)}  # type: ignore[misc]
    assert waits == {2.0, 3.0, 4.0}


@pytest.mark.parametrize("threads", [1, 4])
def test_a_push_keeps_within_the_window_of_the_crm(threads: int) -> None:
    store, keys = new_store(), [f"{n:03}" for n in range(300)]
    crm = scripted(store, *keys)
    times: list[float] = []
    crm.capabilities = replace(
        TABLE, batch_max=10, rates=(RateWindow(5, 10.0),), max_concurrency=threads
    )
    crm.script = [lambda _rows: times.append(crm.clock.seconds)] * 30
    push(crm, DESIRED, map(row, keys), store, at=AT, settings=with_clock(crm))
    assert len(times) == 30
    assert all(late - early > 10 for early, late in zip(times, times[5:], strict=False))
    store.close()


def test_a_gate_closed_by_one_call_holds_back_those_beside_it() -> None:
    store, keys = new_store(), [f"{n:03}" for n in range(80)]
    crm = scripted(store, *keys, capabilities=replace(TABLE, batch_max=10, max_concurrency=4))
    crm.script = [ThrottledError("slow down", retry_after=30)]
    push(crm, DESIRED, map(row, keys), store, at=AT, settings=with_clock(crm))
    assert sum(crm.clock.slept) == pytest.approx(30)
    assert len(crm.batches) == 9
    store.close()

"""Until when a decision holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from leadpolicy.engine.horizon import MOST_LOOKS, first_change
from leadpolicy.engine.instants import day_starts, shifted
from leadpolicy.engine.lead_policy import LeadPolicy
from leadpolicy.engine.overrides import Override
from leadpolicy.expr.facts import Signal

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)


def test_a_signal_drops_out_of_its_window_exactly_at_the_end(
    policy: LeadPolicy, sample: Any
) -> None:
    decision = policy.decide({}, signals=sample.downloads(5, 20, 40), at=sample.AT)
    assert decision.valid_until == sample.days_ago(40) + timedelta(days=90)


def test_a_signal_that_makes_no_difference_when_it_drops_out_is_passed_over(
    policy: LeadPolicy, sample: Any
) -> None:
    decision = policy.decide({}, signals=sample.downloads(1, 2, 3, 30), at=sample.AT)
    assert decision.valid_until == sample.days_ago(3) + timedelta(days=90)


def test_nothing_changes_where_nothing_looks_at_the_time(policy: LeadPolicy, sample: Any) -> None:
    assert policy.decide({"employees": 60}, at=sample.AT).valid_until is None


def test_a_deadline_ends_a_decision(policy: LeadPolicy, sample: Any) -> None:
    since = sample.AT - timedelta(hours=20)
    decision = sample.decide(policy, since=since)
    assert decision.valid_until == sample.AT + timedelta(hours=4)
    later = sample.decide(policy, since=since, at=decision.valid_until)
    assert [item.overdue for item in later.obligations] == [True, True]


def test_points_fade_at_the_boundary_of_a_day(policy: LeadPolicy, sample: Any) -> None:
    click = Signal("newsletter_click", sample.AT - timedelta(days=3, hours=5))
    consents = {("tracking_web", "web"): "granted"}
    decision = policy.decide({}, signals=[click], consents=consents, at=sample.AT)
    assert decision.scores["engagement"] == 7
    until = decision.valid_until
    assert until == click.occurred_at + timedelta(days=5)
    after = policy.decide({}, signals=[click], consents=consents, at=until)
    assert after.scores["engagement"] == 6


def test_a_calendar_day_turns_at_local_midnight(policy: LeadPolicy, sample: Any) -> None:
    decision = policy.decide({"last_contact": date(2025, 11, 4)}, at=sample.AT)
    assert decision.valid_until == datetime(2026, 11, 3, 23, tzinfo=UTC)


def test_the_end_of_an_override_ends_a_decision(policy: LeadPolicy, sample: Any) -> None:
    end = sample.AT + timedelta(hours=1)
    override = Override("rating", "A1", "sales", "known customer", end)
    assert policy.decide({}, at=sample.AT, overrides=[override]).valid_until == end


def test_facts_later_than_the_decision_do_not_count(policy: LeadPolicy, sample: Any) -> None:
    demo = Signal("demo_request", sample.AT + timedelta(days=1))
    assert policy.decide({}, signals=[demo], at=sample.AT).valid_until is None


def test_days_since_count_only_where_they_are_compared(sample: Any) -> None:
    when = "days_since('demo_request') >= 60"
    criteria = {**sample.DATA["criteria"], "quiet": {"title": "quiet", "when": when}}
    scores = {"fit": sample.DATA["scores"]["fit"]}
    rest = {
        "grades": {},
        "rating": None,
        "sla": {},
        "states": {
            **sample.DATA["states"],
            "sql": {**sample.DATA["states"]["sql"], "entry": "sql_criteria and sales_open"},
        },
    }
    policy = sample.policy(criteria=criteria, scores=scores, **rest)
    demo = Signal("demo_request", sample.days_ago(7))
    decision = policy.decide({}, signals=[demo], at=sample.AT)
    assert decision.valid_until == sample.days_ago(7) + timedelta(days=60)


def endless(at: datetime) -> Iterator[datetime]:
    return (at + timedelta(days=n) for n in count(1))


def test_after_so_many_instants_the_last_one_stands_for_the_rest() -> None:
    looked: list[datetime] = []

    def differs(at: datetime) -> bool:
        looked.append(at)
        return False

    assert first_change(endless(AT), [], AT, differs) == AT + timedelta(days=MOST_LOOKS)
    assert len(looked) == MOST_LOOKS


def test_deadlines_are_merged_in_and_past_ones_left_out() -> None:
    deadlines = [AT - timedelta(days=1), AT + timedelta(hours=36)]
    found = first_change(endless(AT), deadlines, AT, lambda at: at in deadlines)
    assert found == AT + timedelta(hours=36)


@pytest.mark.parametrize(
    ("zone", "day", "start"),
    [
        ("Europe/Berlin", date(2026, 3, 29), datetime(2026, 3, 28, 23, tzinfo=UTC)),
        ("Europe/Berlin", date(2026, 3, 30), datetime(2026, 3, 29, 22, tzinfo=UTC)),
        ("America/Sao_Paulo", date(2018, 11, 4), datetime(2018, 11, 4, 3, tzinfo=UTC)),
        ("Asia/Beirut", date(2022, 3, 27), datetime(2022, 3, 26, 22, tzinfo=UTC)),
        ("Pacific/Apia", date(2011, 12, 31), datetime(2011, 12, 30, 10, tzinfo=UTC)),
        ("America/Toronto", date(1919, 3, 31), datetime(1919, 3, 31, 4, 30, tzinfo=UTC)),
    ],
)
def test_the_start_of_a_day_is_among_its_candidates(zone: str, day: date, start: datetime) -> None:
    tz = ZoneInfo(zone)
    assert start in tuple(day_starts(day, tz))
    assert start.astimezone(tz).date() == day
    assert (start - timedelta(microseconds=1)).astimezone(tz).date() < day


def test_no_instant_leaves_the_calendar() -> None:
    assert shifted(datetime.max, timedelta(days=1)) is None
    assert shifted(date.min, timedelta(days=-1)) is None


def test_values_hold_whatever_is_promised(policy: LeadPolicy, sample: Any) -> None:
    hurried = sample.decide(policy, since=sample.AT - timedelta(hours=20))
    assert hurried.valid_until == sample.AT + timedelta(hours=4)
    assert hurried.values_hold_until == sample.decide(policy).values_hold_until
    assert hurried.values_hold_until is None or hurried.values_hold_until > hurried.valid_until

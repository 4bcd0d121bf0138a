"""Runs that are killed, at points and at calls, once and twice, lose and double nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from effort import examples
from leadpolicy.crm.points import Point
from leadpolicy.testing.lab import Fault, Lab, Operation, Scripted
from leadpolicy.testing.lab.child import At
from leadpolicy.testing.lab.connectors import (
    DIALECTS,
    AppendConnector,
    LabConnector,
    UpsertConnector,
)
from leadpolicy.testing.lab.courses import COURSES, Name, Walked, attempt, pairs, walk
from leadpolicy.testing.lab.kills import Kill, die, double_kills, kills

PAIRS = [pytest.param(name, dialect, id=f"{name}-{dialect}") for name, dialect in pairs()]
POINTS = {
    Name.PUSH: {Point.CLAIMED, Point.ANSWERED, Point.SETTLING, Point.SETTLED},
    Name.PULL: {Point.PULLED, Point.RECEIVING, Point.RECEIVED},
    Name.DEPLOY: {Point.INTENDED, Point.CHANGED, Point.NOTED, Point.CONFIRMED, Point.APPLIED},
}


Walks = Callable[[Name, str], Walked]


@pytest.fixture(scope="session")
def walked(lab: Lab) -> Walks:
    return cache(lambda name, dialect: walk(lab, name, dialect))


def one_of_each(found: list[Kill]) -> list[Kill]:
    """Take the second passage of each kind of place, or the only one."""
    chosen: dict[object, Kill] = {}
    for kill in found:
        at = kill.at
        kind = at.point if isinstance(at, At) else (at.fault, at.operation)
        number = at.passage if isinstance(at, At) else at.call
        if number <= 2:
            chosen[kind] = kill
    return [*chosen.values()]


@pytest.mark.parametrize(("name", "dialect"), PAIRS)
def test_a_run_that_dies_anywhere_is_finished_by_the_next(
    lab: Lab, walked: Walks, name: Name, dialect: str
) -> None:
    way = walked(name, dialect)
    singles = one_of_each(list(kills(name, dialect, way)))
    doubles = list(double_kills(name, dialect, way, examples(1)))
    assert len(singles) >= 4
    for kill in [*singles, *doubles]:
        trial = die(lab, kill)
        assert trial.kills >= 1, str(kill)
        assert trial.faults == (), str(kill)


class WideUpsert(UpsertConnector):
    """Takes several calls at once."""

    capabilities = replace(UpsertConnector.capabilities, max_concurrency=4, batch_max=2)


class WideAppend(AppendConnector):
    """Takes several calls at once, and counts each."""

    capabilities = replace(AppendConnector.capabilities, max_concurrency=4, batch_max=2)


@pytest.mark.parametrize("wide", [WideUpsert, WideAppend])
@pytest.mark.parametrize("point", sorted(POINTS[Name.PUSH]))
def test_a_run_that_dies_with_several_calls_on_their_way_is_finished(
    lab: Lab, wide: type[LabConnector], point: Point
) -> None:
    for passage in (1, 2, 5):
        trial = attempt(lab, COURSES[Name.PUSH], "upsert", kills=[At(point, passage)], connect=wide)
        assert trial.kills == 1
        assert trial.faults == ()


@pytest.mark.parametrize("name", POINTS)
def test_every_point_of_a_course_is_passed(lab: Lab, walked: Walks, name: Name) -> None:
    for dialect in DIALECTS:
        assert {at.point for at in walked(name, dialect).places} >= POINTS[name]


def test_at_least_sixty_places_are_tried(walked: Walks) -> None:
    tried = [
        kill
        for name, dialect in pairs()
        for kill in one_of_each(list(kills(name, dialect, walked(name, dialect))))
    ]
    assert len(tried) >= 60


@pytest.mark.parametrize("name", [Name.PUSH, Name.SYNC])
def test_a_clean_run_makes_no_call_twice(lab: Lab, walked: Walks, name: Name) -> None:
    for dialect in ("upsert", "append"):
        nobody = Kill(name, dialect, At(Point.APPLIED, 99))
        trial = die(lab, nobody)
        assert (trial.kills, trial.rewrites, trial.faults) == (0, 0, ())


def test_a_kill_is_named_by_its_place() -> None:
    at = Scripted(Fault.KILLED_AFTER, Operation.WRITE, 3)
    assert str(Kill(Name.PUSH, "append", at)) == "push-append-killed-after-write-3"
    twice = Kill(Name.PULL, "jobs", At(Point.PULLED, 2), At(Point.RECEIVED, 1))
    assert str(twice) == "pull-jobs-pulled-2+received-1"

"""Runs that die with their store in PostgreSQL, on whose side a transaction is left behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from leadpolicy.crm.points import Point
from leadpolicy.testing.lab import Lab
from leadpolicy.testing.lab.child import At
from leadpolicy.testing.lab.courses import COURSES, Name, attempt
from stores import Place, postgres_place

POINTS = [
    (Name.PUSH, "append", Point.CLAIMED),
    (Name.PUSH, "append", Point.ANSWERED),
    (Name.PUSH, "append", Point.SETTLING),
    (Name.PUSH, "jobs", Point.SETTLED),
    (Name.PULL, "upsert", Point.PULLED),
    (Name.PULL, "upsert", Point.RECEIVING),
    (Name.PULL, "upsert", Point.RECEIVED),
    (Name.SYNC, "atomic", Point.ANSWERED),
    (Name.DEPLOY, "upsert", Point.INTENDED),
    (Name.DEPLOY, "upsert", Point.CHANGED),
    (Name.DEPLOY, "upsert", Point.NOTED),
    (Name.DEPLOY, "upsert", Point.CONFIRMED),
]


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with postgres_place() as made:
        yield made


@pytest.mark.parametrize(("name", "dialect", "point"), POINTS)
def test_a_run_that_dies_is_finished_from_postgresql(
    lab: Lab, place: Place, name: Name, dialect: str, point: Point
) -> None:
    trial = attempt(lab, COURSES[name], dialect, kills=[At(point), At(point)], place=place.url)
    assert trial.kills >= 1
    assert trial.faults == ()

"""Processes that are ended or held at a point of their run."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadpolicy.crm.points import Point, Probe
from leadpolicy.testing.lab.child import At, Child, How, in_child


def walk(probe: Probe) -> str:
    for _ in range(3):
        probe(Point.CLAIMED)
        probe(Point.SETTLED)
    return "arrived"


def test_a_child_returns_what_its_task_returns_and_where_it_came_by() -> None:
    ended = in_child(walk)
    assert (ended.how, ended.value) == (How.DONE, "arrived")
    assert ended.passages == {Point.CLAIMED: 3, Point.SETTLED: 3}


def test_a_child_dies_at_the_point_and_does_nothing_after_it(tmp_path: Path) -> None:
    def task(probe: Probe) -> None:
        try:
            for number in range(4):
                probe(Point.ANSWERED)
                (tmp_path / str(number)).touch()
        finally:
            (tmp_path / "tidied").touch()

    assert in_child(task, At(Point.ANSWERED, 3)).how is How.KILLED
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "1"]


def test_an_error_comes_back_with_its_class_and_trace() -> None:
    def task(_probe: Probe) -> None:
        raise KeyError("lead")

    ended = in_child(task)
    assert (ended.how, ended.error) == (How.FAILED, "KeyError")
    assert "raise KeyError" in ended.trace


def test_a_child_holds_until_it_is_told_to_go_on() -> None:
    child = Child(walk, hold=At(Point.SETTLED, 2))
    assert child.wait_until_held()
    child.go_on()
    assert child.wait().value == "arrived"


def test_a_held_child_can_be_killed() -> None:
    child = Child(walk, hold=At(Point.SETTLED, 2))
    assert child.wait_until_held()
    child.kill()
    assert child.wait().how is How.KILLED


@pytest.mark.parametrize("point", [Point.PULLED, Point.APPLIED])
def test_a_child_that_never_comes_to_its_point_is_not_harmed(point: Point) -> None:
    assert in_child(walk, At(point)).value == "arrived"
    child = Child(walk, hold=At(point))
    assert not child.wait_until_held()
    assert child.wait().value == "arrived"

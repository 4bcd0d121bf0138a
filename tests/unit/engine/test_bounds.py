"""How many changes a score takes at least."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest

from leadpolicy.engine.missing.bounds import ScoreBounds
from leadpolicy.expr.nodes import Attribute, Comparison, Literal, Node
from leadpolicy.expr.types import Kind
from leadpolicy.policy.checked import Line, ScorePlan

TRUE = Literal(Kind.FLAG, True)


def line(name: str, points: int, per: Node | None = None, limit: int | None = None) -> Line:
    return Line(name, TRUE, points, per, per, limit, None, ())


def bounds(*lines: Line, **masks: int) -> ScoreBounds:
    return ScoreBounds(ScorePlan("s", 0, lines, (), None, None, 0), masks)


@pytest.mark.parametrize(
    ("goal", "least"),
    [(5, 1), (20, 1), (21, 2), (30, 2), (31, 3), (35, 3), (36, inf)],
)
def test_the_largest_gains_come_first(goal: int, least: float) -> None:
    found = bounds(line("a", 20), line("b", 10), line("c", 5), a=1, b=2, c=4)
    assert found.least(Comparison.GE, goal, 0, (), 7)[0] == least


def test_points_that_are_there_cannot_be_gained_again() -> None:
    found = bounds(line("a", 20), line("b", -10), a=1, b=2)
    assert found.least(Comparison.GE, 30, 10, ("a", "b"), 3) == (inf, 2)
    assert found.least(Comparison.GE, 20, 10, ("a", "b"), 3) == (1, 2)
    assert found.least(Comparison.LE, -10, 10, ("a", "b"), 3) == (1, 1)


def test_knobs_that_are_turned_already_do_not_help() -> None:
    found = bounds(line("a", 20), line("b", 20), a=1, b=2)
    assert found.least(Comparison.GE, 20, 0, (), 2) == (1, 2)
    assert found.least(Comparison.GE, 40, 0, (), 2) == (inf, 2)


def test_points_per_unit_have_no_end_without_a_limit() -> None:
    per = Attribute("n")
    assert bounds(line("a", 1, per), a=1).least(Comparison.GE, 999, 0, (), 1) == (1, 1)
    limited: Any = bounds(line("a", 1, per, 10), a=1).least(Comparison.GE, 999, 0, (), 1)
    assert limited[0] == inf


def test_other_than_now_takes_one_change() -> None:
    assert bounds(line("a", 20), a=1).least(Comparison.NE, 0, 0, (), 1) == (1, 1)
    assert bounds(line("a", -20), a=1).least(Comparison.NE, 0, 0, (), 1) == (1, 1)


def test_an_exact_number_is_approached_from_its_side() -> None:
    found = bounds(line("a", 20), line("b", -20), a=1, b=2)
    assert found.least(Comparison.EQ, 20, 0, (), 3) == (1, 1)
    assert found.least(Comparison.EQ, -20, 0, (), 3) == (1, 2)

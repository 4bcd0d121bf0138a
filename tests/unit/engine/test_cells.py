"""Cells and witnesses: finitely many values that stand for all others."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from leadpolicy.engine.cells.partition import Partition, Scope
from leadpolicy.engine.cells.text_witnesses import MOST_NEEDLES, text_witnesses
from leadpolicy.expr.evaluate import evaluate
from leadpolicy.expr.facts import Facts
from leadpolicy.expr.nodes import Attribute, Node
from leadpolicy.expr.parse import parse
from leadpolicy.expr.types import Kind, ValueType, Vocabulary

VOCABULARY = Vocabulary(
    attributes={
        "employees": ValueType(Kind.WHOLE),
        "revenue": ValueType(Kind.NUMBER),
        "title": ValueType(Kind.TEXT),
        "email": ValueType(Kind.TEXT),
        "tags": ValueType(Kind.CHOICES, codes=("a", "b", "c")),
        "seen_on": ValueType(Kind.DAY),
        "seen_at": ValueType(Kind.MOMENT),
    },
    lists=frozenset({"freemail"}),
)
LISTS = {"freemail": frozenset({"gmx.de", "web.de"})}


def node(text: str) -> Node:
    parsed = parse(text, VOCABULARY)
    assert parsed.node is not None, parsed.problems
    return parsed.node


@pytest.fixture
def cells(sample: Any) -> Any:
    """Return the cells of an attribute under some conditions."""

    def ask(name: str, *conditions: str, decimals: int = 2) -> Any:
        scope = Scope(VOCABULARY, LISTS, sample.AT.tzinfo, {"revenue": decimals})
        return Partition(scope, map(node, conditions)).cells(Attribute(name), sample.AT)

    return ask


def test_numbers_are_cut_where_a_test_turns_over(cells: Any) -> None:
    found = cells("employees", "10 <= employees < 50", "employees == 200")
    assert found.representatives() == (9, 10, 50, 200)
    assert found.exact


def test_numbers_in_a_straight_line_are_cut_at_its_crossing(cells: Any) -> None:
    found = cells("employees", "2 * employees + 10 >= 111")
    assert {50, 51} <= set(found.values)
    assert len(found.representatives()) == 2


def test_decimals_are_cut_one_step_of_their_scale_apart(cells: Any) -> None:
    found = cells("revenue", "revenue >= 1.5", decimals=1)
    assert found.values == (Decimal("1.4"), Decimal("1.5"), Decimal("1.6"))


def test_days_lie_on_both_sides_of_every_edge(cells: Any, sample: Any) -> None:
    found = cells("seen_on", "within(seen_on, days(30))", "seen_on < day('2026-01-31')")
    assert date(2026, 1, 30) in found.values
    assert date(2026, 10, 3) in found.values
    assert sample.AT.date() + timedelta(days=1) in found.values
    assert len(found.representatives()) == 3


def test_moments_lie_on_both_sides_of_every_edge(cells: Any) -> None:
    found = cells("seen_at", "older_than(seen_at, days(1))")
    assert len(found.representatives()) == 2


def test_sets_of_codes_come_in_every_combination(cells: Any) -> None:
    found = cells("tags", "includes(tags, 'a') and not includes(tags, 'c')")
    assert set(found.representatives()) == {
        frozenset(),
        frozenset("a"),
        frozenset("c"),
        frozenset("ac"),
    }


def test_texts_pass_every_combination_of_tests(cells: Any) -> None:
    found = cells("title", "has_word(title, 'head')", "contains_ci(title, 'sales')")
    facts = [(has, sells) for has in (False, True) for sells in (False, True)]
    tests = (node("has_word(title, 'head')"), node("contains_ci(title, 'sales')"))
    passed = {
        tuple(evaluate(test, Facts(None, {"title": value})) for test in tests)  # type: ignore[arg-type]
        for value in found.representatives()
    }
    assert passed == set(facts)


def test_addresses_have_a_domain_inside_the_list_and_one_outside(cells: Any) -> None:
    found = cells("email", "in_list(domain(email), 'freemail')").representatives()
    assert "name@company.example" in found
    assert "name@gmx.de" in found


def test_too_many_needles_are_not_called_exact() -> None:
    needles = [node(f"contains(title, 'word{n}')") for n in range(MOST_NEEDLES + 1)]
    texts, complete = text_witnesses(needles, {})
    assert not complete
    assert "word0 word1" in texts


def test_facts_that_are_compared_with_each_other_are_not_exact(cells: Any) -> None:
    assert not cells("employees", "employees >= revenue").exact

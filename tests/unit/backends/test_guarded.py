"""The guarded form of conditions: two-valued, without `not` but at the atoms."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from leadpolicy.backends.guarded import (
    FALSE,
    TRUE,
    Always,
    Atom,
    Choice,
    Enough,
    Every,
    Formula,
    Some,
    atoms,
    choice,
    enough,
    every,
    met,
    some,
)
from leadpolicy.expr.evaluate import evaluate
from leadpolicy.expr.facts import Facts
from leadpolicy.expr.nodes import (
    Aggregate,
    AggregateFunction,
    Attribute,
    Compare,
    Comparison,
    Known,
    Literal,
    Node,
    Not,
)
from leadpolicy.expr.types import Kind
from leadpolicy.testing.strategies import FULL_VOCABULARY, conditions, facts

A, B, C = (Atom(Attribute(name)) for name in "abc")


def holds(formula: Formula, known: Facts) -> bool:
    """Say whether a formula holds, by the reference evaluator alone."""
    match formula:
        case Always(value=value):
            return value
        case Atom(node=node, wanted=wanted):
            return evaluate(node, known) is wanted
        case Every(items=items):
            return all(holds(item, known) for item in items)
        case Some(items=items):
            return any(holds(item, known) for item in items)
        case Enough(count=count, items=items):
            return sum(holds(item, known) for item in items) >= count
        case Choice(branches=branches, otherwise=otherwise):
            found = [value for test, value in branches if holds(test, known)]
            return holds([*found, otherwise][0], known)
    raise TypeError(formula)


@settings(max_examples=examples(100))
@given(
    conditions(FULL_VOCABULARY).flatmap(
        lambda node: st.tuples(st.just(node), facts(FULL_VOCABULARY, near=node))
    )
)
def test_a_condition_is_true_false_or_neither(drawn: tuple[Node, Facts]) -> None:
    node, known = drawn
    answer = evaluate(node, known)
    assert holds(met(node), known) is (answer is True)
    assert holds(met(node, False), known) is (answer is False)


def test_not_stands_at_atoms_only_and_comparisons_turn_around() -> None:
    below = Compare(Comparison.LT, Attribute("employees"), Literal(Kind.WHOLE, 50))
    assert met(Not(below)) == Atom(
        Compare(Comparison.GE, Attribute("employees"), Literal(Kind.WHOLE, 50))
    )


def test_what_is_never_unknown_is_known() -> None:
    assert met(Known(Aggregate(AggregateFunction.COUNT, "visit"))) == TRUE
    assert met(Known(Literal(Kind.WHOLE, 1)), False) == FALSE


def test_constants_and_nested_connectives_disappear() -> None:
    assert every([TRUE, A, Every((B, C))]) == Every((A, B, C))
    assert some([FALSE, A, Some((B, C))]) == Some((A, B, C))
    assert (every([]), some([]), every([A]), some([B])) == (TRUE, FALSE, A, B)
    assert (every([A, FALSE]), some([A, TRUE])) == (FALSE, TRUE)


def test_enough_of_some_is_every_or_some_or_decided() -> None:
    assert enough(2, [A, B]) == Every((A, B))
    assert enough(2, [TRUE, A, B]) == Some((A, B))
    assert (enough(0, [A]), enough(2, [A, FALSE])) == (TRUE, FALSE)
    assert enough(2, [A, B, C]) == Enough(2, (A, B, C))


def test_a_choice_ends_at_a_condition_that_always_holds() -> None:
    assert choice([(FALSE, A), (B, A), (TRUE, C)], A) == Choice(((B, A),), C)
    assert choice([(FALSE, A)], B) == B


def test_the_atoms_of_a_formula_are_found_wherever_they_are() -> None:
    formula = Every((A, Enough(2, (A, B, Choice(((C, TRUE),), FALSE)))))
    assert {atom.node for atom in atoms(formula)} == {Attribute(name) for name in "abc"}

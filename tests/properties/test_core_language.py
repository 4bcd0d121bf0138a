"""The laws of the core language, on random vocabularies, expressions and facts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from effort import examples
from leadpolicy.expr.evaluate import decay_weight, evaluate, rounded
from leadpolicy.expr.facts import Facts, Signal
from leadpolicy.expr.folding import fold, has_word, normalise
from leadpolicy.expr.infer import infer, require_condition
from leadpolicy.expr.negation import negation_normal_form
from leadpolicy.expr.nodes import (
    Aggregate,
    AggregateFunction,
    And,
    AtLeast,
    Attribute,
    Case,
    Compare,
    Comparison,
    Extreme,
    HalfLife,
    Known,
    Literal,
    Node,
    Not,
    OlderThan,
    OneOf,
    Or,
    Pick,
    Recent,
    Scaled,
    Steps,
    Sum,
)
from leadpolicy.expr.simplify import RULES, simplify
from leadpolicy.expr.traverse import rewrite, walk
from leadpolicy.expr.types import Kind, Value, ValueType, Vocabulary
from leadpolicy.testing.samples import MOMENTS
from leadpolicy.testing.strategies import (
    FULL_VOCABULARY,
    conditions,
    facts,
    forgotten,
    terms,
    vocabularies,
)

V = FULL_VOCABULARY
ATTRIBUTES_ONLY = Vocabulary(V.attributes, {}, V.signals, V.lists, V.purposes)

few = settings(
    max_examples=examples(40), suppress_health_check=[HealthCheck.too_slow], deadline=None
)
usual = settings(
    max_examples=examples(60), suppress_health_check=[HealthCheck.too_slow], deadline=None
)

condition_with_facts = conditions(V).flatmap(
    lambda node: st.tuples(st.just(node), facts(V, near=node))
)
small_conditions = st.lists(conditions(V, depth=1), min_size=1, max_size=4).map(tuple)


# -------------------------------------------------------------------------------------- logic
@usual
@given(small_conditions, facts(V))
def test_de_morgan_holds_for_and(items: tuple[Node, ...], known: Facts) -> None:
    negated = Or(tuple(Not(item) for item in items))
    assert evaluate(Not(And(items)), known) is evaluate(negated, known)


@usual
@given(small_conditions, facts(V))
def test_de_morgan_holds_for_or(items: tuple[Node, ...], known: Facts) -> None:
    negated = And(tuple(Not(item) for item in items))
    assert evaluate(Not(Or(items)), known) is evaluate(negated, known)


@usual
@given(condition_with_facts)
def test_a_double_negation_says_nothing_new(drawn: tuple[Node, Facts]) -> None:
    condition, known = drawn
    assert evaluate(Not(Not(condition)), known) is evaluate(condition, known)


@usual
@given(small_conditions, facts(V))
def test_at_least_one_is_or(items: tuple[Node, ...], known: Facts) -> None:
    assert evaluate(AtLeast(1, items), known) is evaluate(Or(items), known)


@usual
@given(small_conditions, facts(V))
def test_at_least_all_is_and(items: tuple[Node, ...], known: Facts) -> None:
    assert evaluate(AtLeast(len(items), items), known) is evaluate(And(items), known)


@usual
@given(small_conditions, facts(V), st.integers(-1, 5))
def test_less_than_some_is_at_least_the_rest_of_the_opposites(
    items: tuple[Node, ...], known: Facts, count: int
) -> None:
    negated = Not(AtLeast(count, items))
    normal = negation_normal_form(negated)
    assert isinstance(normal, AtLeast)
    assert evaluate(normal, known) is evaluate(negated, known)


@few
@given(small_conditions, facts(V), st.integers(1, 4))
def test_asking_for_more_of_the_conditions_is_never_easier(
    items: tuple[Node, ...], known: Facts, count: int
) -> None:
    if evaluate(AtLeast(count + 1, items), known) is True:
        assert evaluate(AtLeast(count, items), known) is True


@usual
@given(
    conditions(ATTRIBUTES_ONLY, allow_known=False, allow_case=False).flatmap(
        lambda node: st.tuples(
            st.just(node),
            facts(ATTRIBUTES_ONLY, near=node, unknown=0.1).flatmap(
                lambda more: st.tuples(forgotten(more), st.just(more))
            ),
        )
    )
)
def test_knowing_more_never_revokes_what_was_decided(
    drawn: tuple[Node, tuple[Facts, Facts]],
) -> None:
    condition, (less, more) = drawn
    before = evaluate(condition, less)
    assert before is None or evaluate(condition, more) is before


# -------------------------------------------------------------------------------------- types
@usual
@given(vocabularies().flatmap(lambda v: st.tuples(st.just(v), conditions(v))))
def test_what_the_strategies_build_is_accepted(drawn: tuple[Vocabulary, Node]) -> None:
    vocabulary, condition = drawn
    assert require_condition(condition, vocabulary) == ()


@usual
@given(
    vocabularies().flatmap(lambda v: st.tuples(st.just(v), conditions(v), facts(v, unknown=0.5)))
)
def test_evaluation_never_raises_and_answers_in_three_values(
    drawn: tuple[Vocabulary, Node, Facts],
) -> None:
    vocabulary, condition, known = drawn
    found, _ = infer(condition, vocabulary)
    answer = evaluate(condition, known)
    assert answer in {True, False, None}
    assert found is not None
    assert found.nullable or answer is not None


@pytest.mark.parametrize("kind", list(Kind))
@few
@given(data=st.data())
def test_a_term_has_the_inferred_kind_and_is_unknown_only_if_it_may_be(
    kind: Kind, data: st.DataObject
) -> None:
    term = data.draw(terms(V, kind))
    known = data.draw(facts(V, near=term))
    found, problems = infer(term, V)
    assert (problems, found and found.kind) == ((), kind)
    value = evaluate(term, known)
    assert value is not None or (found is not None and found.nullable)
    assert evaluate(Known(term), known) is (value is not None)


# ----------------------------------------------------------------------------------- rewrites
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@few
@given(drawn=condition_with_facts)
def test_every_rewrite_keeps_meaning(
    rule: Callable[[Node], Node], drawn: tuple[Node, Facts]
) -> None:
    condition, known = drawn
    rewritten = rewrite(condition, rule, into_where=True)
    assert evaluate(rewritten, known) is evaluate(condition, known)


X = Attribute("x")
SMALL = st.integers(0, 3).map(lambda value: Literal(Kind.WHOLE, value))
about_x = st.one_of(
    st.builds(Compare, st.sampled_from(Comparison), st.just(X), SMALL),
    st.builds(Compare, st.sampled_from(Comparison), SMALL, st.just(X)),
    st.builds(OneOf, st.just(X), st.lists(SMALL, min_size=1, max_size=2).map(tuple)),
    st.booleans().map(lambda value: Literal(Kind.FLAG, value)),
)


def joined(inside: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(inside, max_size=4).map(tuple)
    return st.one_of(
        st.builds(And, several),
        st.builds(Or, several),
        st.builds(AtLeast, st.integers(-1, 5), several),
        st.builds(Not, inside),
        st.builds(Case, st.lists(st.tuples(inside, inside), max_size=2).map(tuple), inside),
    )


conditions_about_x = st.recursive(about_x, joined, max_leaves=6)


def all_answers(condition: Node) -> list[Value | None]:
    """Return what a condition about x says for every value that makes a difference."""
    at = MOMENTS[0]
    return [evaluate(condition, Facts(at, {"x": x})) for x in (None, -1, 0, 1, 2, 3, 4)]


@pytest.mark.parametrize(
    "rule", [*RULES, negation_normal_form, simplify], ids=lambda rule: rule.__name__
)
@usual
@given(condition=conditions_about_x)
def test_every_rewrite_keeps_every_answer_about_one_number(
    rule: Callable[[Node], Node], condition: Node
) -> None:
    assert all_answers(rewrite(condition, rule)) == all_answers(condition)


@usual
@given(condition_with_facts)
def test_a_simplified_condition_means_the_same_and_is_well_typed(
    drawn: tuple[Node, Facts],
) -> None:
    condition, known = drawn
    simple = simplify(condition)
    assert evaluate(simple, known) is evaluate(condition, known)
    assert require_condition(simple, V) == ()
    assert weight(simple) <= weight(condition)
    assert simplify(simple) is simple


def weight(node: Node) -> int:
    """Return how many parts an expression has; literals and negations do not count."""
    return sum(not isinstance(part, Literal | Not) for part in walk(node, into_where=True))


@few
@given(terms(V, Kind.NUMBER), facts(V))
def test_a_simplified_number_has_the_same_value(term: Node, known: Facts) -> None:
    assert evaluate(simplify(term), known) == evaluate(term, known)


@usual
@given(condition_with_facts)
def test_negation_normal_form_keeps_meaning_and_has_not_only_at_atoms(
    drawn: tuple[Node, Facts],
) -> None:
    condition, known = drawn
    normal = negation_normal_form(condition)
    assert evaluate(normal, known) is evaluate(condition, known)
    negated = [node.of for node in walk(normal, into_where=True) if isinstance(node, Not)]
    assert not any(isinstance(node, Not | And | Or | AtLeast | Compare) for node in negated)
    assert negation_normal_form(normal) is normal


@few
@given(conditions(V))
def test_a_rewrite_that_changes_nothing_returns_the_same_object(condition: Node) -> None:
    assert rewrite(condition, lambda node: node, into_where=True) is condition


# --------------------------------------------------------------------------------- boundaries
MINUTES = st.integers(1, 60 * 24 * 400).map(lambda amount: timedelta(minutes=amount))
TICK = timedelta(microseconds=1)


@few
@given(MINUTES, facts(V))
def test_a_window_holds_its_end_and_not_its_start(within: timedelta, known: Facts) -> None:
    login = Attribute("last_login")
    for age, inside in (
        (within, False),
        (within - TICK, True),
        (timedelta(0), True),
        (-TICK, False),
    ):
        download = Signal("content_download", known.at - age)
        at_age = Facts(known.at, {"last_login": known.at - age}, (download,))
        any_download = Aggregate(AggregateFunction.ANY, "content_download", within=within)
        assert evaluate(Recent(login, within), at_age) is inside
        assert evaluate(any_download, at_age) is inside


@few
@given(MINUTES, facts(V, near=Attribute("last_login")))
def test_what_is_not_in_the_window_is_older_or_still_to_come(
    length: timedelta, known: Facts
) -> None:
    login = Attribute("last_login")
    moment = known.attributes["last_login"]
    recent, older = (
        evaluate(Recent(login, length), known),
        evaluate(OlderThan(login, length), known),
    )
    if moment is None:
        assert recent is older is None
    else:
        assert [recent, older, evaluate_future(known)].count(True) == 1


def evaluate_future(known: Facts) -> bool | None:
    future = Compare(Comparison.GT, Attribute("last_login"), Literal(Kind.MOMENT, known.at))
    answer = evaluate(future, known)
    assert isinstance(answer, bool)
    return answer


@usual
@given(st.sampled_from(AggregateFunction), st.none() | MINUTES, facts(V))
def test_signals_after_at_do_not_exist(
    function: AggregateFunction, within: timedelta | None, known: Facts
) -> None:
    of = "pages" if function is AggregateFunction.SUM else None
    asked = Aggregate(function, "content_download", within=within, of=of)
    past = tuple(signal for signal in known.signals if signal.occurred_at <= known.at)
    assert evaluate(asked, known) == evaluate(asked, replace(known, signals=past))


@few
@given(facts(V), MINUTES)
def test_a_wider_window_counts_at_least_as_many_signals(known: Facts, within: timedelta) -> None:
    def count(window: timedelta | None) -> int:
        node = Aggregate(AggregateFunction.COUNT, "content_download", within=window)
        answer = evaluate(node, known)
        assert isinstance(answer, int)
        return answer

    assert count(within) <= count(2 * within) <= count(None)


@few
@given(st.integers(0, 5000), st.integers(0, 5000), st.integers(1, 400))
def test_a_weight_never_grows_with_age(one: int, other: int, length: int) -> None:
    younger, older = sorted((timedelta(hours=one), timedelta(hours=other)))
    for decay in (HalfLife(length), Steps(timedelta(days=length), Decimal("0.3"))):
        assert 1 >= decay_weight(decay, younger) >= decay_weight(decay, older) >= 0


# ------------------------------------------------------------------------------------ numbers
@usual
@given(st.decimals(-(10**9), 10**9, places=4), st.integers(0, 4))
def test_rounding_is_symmetric_and_off_by_half_a_place_at_most(
    value: Decimal, decimals: int
) -> None:
    near, opposite = rounded(value, decimals), rounded(-value, decimals)
    assert near is not None
    assert opposite == -near
    half, distance = Decimal("0.5").scaleb(-decimals), abs(near - value)
    assert distance < half or (distance == half and abs(Decimal(near)) > abs(value))


@few
@given(facts(V))
def test_the_lowest_is_minus_the_highest_of_the_opposites(known: Facts) -> None:
    items = (Attribute("discount"), Attribute("open_fields"), Literal(Kind.WHOLE, 3))
    opposites = tuple(Scaled(item, Decimal(-1)) for item in items)
    lowest = Extreme(Pick.LOWEST, items)
    mirrored = Scaled(Extreme(Pick.HIGHEST, opposites), Decimal(-1))
    assert evaluate(lowest, known) == evaluate(mirrored, known)


@few
@given(st.lists(terms(V, Kind.WHOLE, depth=0), min_size=2, max_size=3).map(tuple), facts(V))
def test_a_number_made_of_numbers_is_unknown_as_soon_as_one_of_them_is(
    items: tuple[Node, ...], known: Facts
) -> None:
    unknown = any(evaluate(item, known) is None for item in items)
    for made in (Sum(items), Extreme(Pick.LOWEST, items), Scaled(Sum(items), Decimal(0))):
        assert (evaluate(made, known) is None) is unknown


@few
@given(terms(V, Kind.NUMBER, depth=1), terms(V, Kind.WHOLE, depth=1), facts(V))
def test_the_order_of_a_sum_does_not_matter(one: Node, other: Node, known: Facts) -> None:
    assert evaluate(Sum((one, other)), known) == evaluate(Sum((other, one)), known)


# --------------------------------------------------------------------------------------- text
@usual
@given(st.text())
def test_folding_and_normalising_twice_is_folding_and_normalising_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    normal = normalise(text)
    assert normal is None or normalise(normal) == normal


@usual
@given(st.text(), st.text())
def test_a_word_that_is_found_is_contained(text: str, needle: str) -> None:
    if has_word(fold(text), fold(needle)):
        assert fold(needle) in fold(text)


def test_the_full_vocabulary_has_every_kind() -> None:
    found: set[ValueType] = set(V.attributes.values())
    assert {value.kind for value in found} == set(Kind)

"""Laws of the text form: writing and reading are inverse, and reading never fails."""

from __future__ import annotations

from datetime import UTC, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from effort import examples
from leadpolicy.expr.durations import LONGEST
from leadpolicy.expr.infer import infer
from leadpolicy.expr.nodes import (
    Aggregate,
    AggregateFunction,
    And,
    AtLeast,
    Attribute,
    Case,
    Compare,
    Comparison,
    ConsentStatus,
    EmailDomain,
    Extreme,
    HalfLife,
    Includes,
    InList,
    Known,
    Literal,
    Node,
    Not,
    OlderThan,
    OneOf,
    Or,
    Output,
    Pick,
    Property,
    Recent,
    Rounded,
    Scaled,
    Steps,
    Sum,
    TextRelation,
    TextTest,
)
from leadpolicy.expr.parse import format_duration, parse, parse_duration
from leadpolicy.expr.traverse import children, walk
from leadpolicy.expr.types import Kind, ValueType, Vocabulary
from leadpolicy.expr.unparse import unparse
from leadpolicy.testing.strategies import conditions, terms, vocabularies

NUMBER = ValueType(Kind.NUMBER)
VOCABULARY = Vocabulary(
    attributes=dict.fromkeys(("a", "größe", "Ωmega"), NUMBER),
    outputs={"score": NUMBER},
    signals={"download": {"a": NUMBER, "pages": NUMBER}},
    lists=frozenset({"freemail"}),
    purposes={"newsletter": frozenset({"email"})},
)

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBERS = st.decimals(-(10**9), 10**9, places=6)
LITERALS: SearchStrategy[Literal] = st.one_of(
    st.builds(Literal, st.just(Kind.TEXT), TEXTS),
    st.builds(Literal, st.just(Kind.FLAG), st.booleans()),
    st.builds(
        Literal,
        st.just(Kind.WHOLE),
        st.integers(-(10**28) + 1, 10**28 - 1),
        st.sampled_from([None, "people", "it's"]),
    ),
    st.builds(Literal, st.just(Kind.NUMBER), NUMBERS, st.sampled_from([None, "EUR"])),
    st.builds(Literal, st.just(Kind.DAY), st.dates()),
    st.builds(Literal, st.just(Kind.MOMENT), st.datetimes(timezones=st.just(UTC))),
)
DURATIONS = st.integers(1, LONGEST // timedelta(minutes=1)).map(lambda n: timedelta(minutes=n))
DECAYS = st.one_of(
    st.none(),
    st.builds(HalfLife, st.integers(1, LONGEST.days)),
    st.builds(Steps, DURATIONS, st.decimals("0.01", 1, places=2)),
)


def _grown(inner: SearchStrategy[Node]) -> SearchStrategy[Node]:
    """Return every kind of node over some nodes, whether their types fit or not."""
    several = st.lists(inner, max_size=3).map(tuple)
    factors = NUMBERS | st.sampled_from([Decimal(-1), Decimal(1), Decimal(0)])
    return st.one_of(
        st.builds(Known, inner),
        st.builds(Not, inner),
        st.builds(And, several),
        st.builds(Or, several),
        st.builds(AtLeast, st.integers(0, 5), several),
        st.builds(Compare, st.sampled_from(Comparison), inner, inner),
        _ranges(inner),
        st.builds(OneOf, inner, st.lists(LITERALS, max_size=3).map(tuple)),
        st.builds(InList, inner, st.just("freemail")),
        st.builds(TextTest, st.sampled_from(TextRelation), inner, TEXTS),
        st.builds(Includes, inner, TEXTS),
        st.builds(Recent, inner, DURATIONS),
        st.builds(OlderThan, inner, DURATIONS),
        st.builds(EmailDomain, inner),
        st.builds(Sum, several),
        st.builds(Scaled, inner, factors),
        st.builds(
            Extreme, st.sampled_from(Pick), st.lists(inner, min_size=1, max_size=3).map(tuple)
        ),
        st.builds(Rounded, inner, st.integers(0, 9)),
        st.builds(Case, st.lists(st.tuples(inner, inner), max_size=2).map(tuple), inner),
    )


@st.composite
def _ranges(draw: DrawFn, inner: SearchStrategy[Node]) -> Node:
    middle, ops = draw(inner), st.sampled_from(Comparison)
    lower = Compare(draw(ops), draw(inner), middle)
    return And((lower, Compare(draw(ops), middle, draw(inner))))


def _aggregates(where: SearchStrategy[Node]) -> SearchStrategy[Node]:
    plain = [item for item in AggregateFunction if item is not AggregateFunction.SUM]
    window, wanted = st.none() | DURATIONS, st.none() | where
    signal = st.just("download")
    return st.one_of(
        st.builds(Aggregate, st.sampled_from(plain), signal, window, wanted),
        st.builds(
            Aggregate, st.just(AggregateFunction.SUM), signal, window, wanted, st.just("pages")
        ),
        st.builds(
            Aggregate, st.just(AggregateFunction.COUNT), signal, window, wanted, decay=DECAYS
        ),
    )


PROPERTIES = st.recursive(
    LITERALS | st.builds(Property, st.sampled_from(["a", "pages"])), _grown, max_leaves=4
)
TREES = st.recursive(
    st.one_of(
        LITERALS,
        st.builds(Attribute, st.sampled_from(sorted(VOCABULARY.attributes))),
        st.just(Output("score")),
        st.just(ConsentStatus("newsletter", "email")),
        _aggregates(PROPERTIES),
    ),
    _grown,
    max_leaves=12,
)

VOCABULARY_OF_SOUP = r"""
    a größe Ωmega score pages nothing and or not in == != < <= > >= + - * ( ) ( ) , = [ ]
    known unknown contains has_word count any sum case otherwise within where days at_least
    reaches lowest rounded unit day moment consent domain all_of total half_life lose every
    'x' 'download' 'newsletter' 'email' 'freemail' 'pages' 'it\'s' "ä" '2026-01-31' 1 2.5 1e3
    -1 0.5 90 True None is if else lambda f'x' '\d' & | ~ . := ** % # ' " \ 10k 0x1
"""
BLANKS = ("\n", "\r\n", "\t", " ", "\u00a0")
WORDS = st.sampled_from([*VOCABULARY_OF_SOUP.split(), *BLANKS, "'2026-01-31T12:00:00Z'"])
LAW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A slow machine breaks no law."""

SOUP = st.lists(WORDS, max_size=25).map(" ".join)


@st.composite
def mutated(draw: DrawFn) -> str:
    """Draw the text of an expression with a few characters or words removed or put in."""
    text = unparse(draw(TREES))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 6)))
        text = text[:start] + draw(WORDS | st.text(max_size=3) | st.just("")) + text[end:]
    return text


@given(st.data())
@settings(LAW, max_examples=examples(200))
def test_a_condition_that_is_written_is_read_as_the_same(data: st.DataObject) -> None:
    vocabulary = data.draw(vocabularies())
    node = data.draw(conditions(vocabulary))
    assert parse(unparse(node), vocabulary).node == node


@given(st.data(), st.sampled_from([Kind.WHOLE, Kind.NUMBER, Kind.TEXT, Kind.DAY, Kind.MOMENT]))
@LAW
def test_a_term_that_is_written_is_read_as_the_same(data: st.DataObject, kind: Kind) -> None:
    vocabulary = data.draw(vocabularies())
    node = data.draw(terms(vocabulary, kind))
    assert parse(unparse(node), vocabulary).node == node


@given(TREES)
@settings(LAW, max_examples=examples(500))
def test_any_tree_that_is_written_is_read_as_the_same(node: Node) -> None:
    text = unparse(node)
    parsed = parse(text, VOCABULARY)
    assert (parsed.node, parsed.problems) == (node, ())


@given(TREES)
@LAW
def test_equal_trees_have_equal_texts(node: Node) -> None:
    again = parse(unparse(node), VOCABULARY).node
    assert again is not None
    assert unparse(again) == unparse(node)


@given(TREES)
@LAW
def test_parts_lie_inside_what_they_are_part_of(node: Node) -> None:
    text = unparse(node)
    read = parse(text, VOCABULARY).node
    assert read is not None
    for parent in walk(read, into_where=True):
        assert parent.place is not None
        for child in children(parent, into_where=True):
            assert child.place is not None
            assert parent.place[0] <= child.place[0] < child.place[1] <= parent.place[1]
        if isinstance(parent, Attribute | Output | Property):
            assert text[slice(*parent.place)] == parent.name


@given(st.one_of(st.text(max_size=60), SOUP, mutated()))
@settings(LAW, max_examples=examples(1_000))
@example("\ud800")
@example("f'\0\0'")
@example("$ " * 4_000)
@example("1e99999999999999999999")
@example("(" * 9_000)
@example("a" * 10_001)
def test_reading_never_raises_and_explains_every_refusal(text: str) -> None:
    parsed = parse(text, VOCABULARY)
    assert (parsed.node is None) is bool(parsed.problems)
    for problem in parsed.problems:
        assert problem.place is not None
        assert 0 <= problem.place[0] <= problem.place[1] <= len(text)
        assert problem.message
    assert list(parsed.problems) == sorted(parsed.problems, key=lambda item: item.place or (0, 0))


@given(st.one_of(SOUP, mutated(), TREES.map(unparse)))
@settings(LAW, max_examples=examples(500))
def test_canonical_text_is_stable(text: str) -> None:
    node = parse(text, VOCABULARY).node
    if node is not None:
        canonical = unparse(node)
        again = parse(canonical, VOCABULARY)
        assert again.node == node
        assert unparse(again.node) == canonical


@given(TREES, st.sampled_from([" ", "\n", "\t", "\r\n", " # remark\n"]))
@LAW
def test_blanks_between_words_mean_nothing(node: Node, blank: str) -> None:
    text = unparse(node)
    if "'" not in text:
        assert parse(text.replace(" ", blank), VOCABULARY).node == node


@given(mutated() | SOUP)
@LAW
def test_whatever_can_be_read_can_be_checked(text: str) -> None:
    node = parse(text, VOCABULARY).node
    if node is not None:
        infer(node, VOCABULARY)


@given(DURATIONS)
@LAW
def test_a_duration_that_is_written_is_read_as_the_same(length: timedelta) -> None:
    assert parse_duration(format_duration(length)) == length


@given(st.text(max_size=20) | st.from_regex(r"[0-9]{0,12} ?[a-z]{0,8}"))
@LAW
def test_reading_a_duration_never_raises(text: str) -> None:
    length = parse_duration(text)
    assert length is None or timedelta(0) < length <= LONGEST

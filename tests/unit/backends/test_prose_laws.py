"""Whatever an expression says, prose about it is one readable line."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from leadpolicy.expr.nodes import And, Node, Not, Or
from leadpolicy.expr.traverse import NODE_KINDS
from leadpolicy.expr.types import Kind
from leadpolicy.policy.fields import Lang
from leadpolicy.testing.strategies import conditions, terms
from talk import LANGS, policy, prose

V = policy().vocabulary
some = settings(max_examples=examples(60))

QUOTED = re.compile(r"„[^“]*“|“[^”]*”")
NAMES = "|".join([*(kind.__name__ for kind in NODE_KINDS), *V.attributes, "None", "True", "False"])
PYTHON = re.compile(
    rf"==|!=|<=|>=|[<>{{}}\[\]_`]|\b(?:{NAMES})\(|\b(?:None|True|False|Decimal|datetime)\b"
)


def is_one_readable_line(text: str) -> bool:
    plain = QUOTED.sub("…", text)
    return (
        bool(text)
        and text == text.strip()
        and len(text.splitlines()) == 1
        and "  " not in text
        and plain.count("(") == plain.count(")")
        and not PYTHON.search(plain)
    )


@some
@given(conditions(V))
def test_a_condition_is_one_line_without_python(node: Node) -> None:
    assert all(is_one_readable_line(prose(lang).condition(node)) for lang in LANGS)


@some
@given(conditions(V))
def test_a_denied_condition_is_one_line_without_python(node: Node) -> None:
    assert all(is_one_readable_line(prose(lang).condition(Not(node))) for lang in LANGS)


@some
@given(st.sampled_from(Kind).flatmap(lambda kind: terms(V, kind)))
def test_a_term_is_one_line_without_python(node: Node) -> None:
    assert all(is_one_readable_line(prose(lang).term(node)) for lang in LANGS)


@some
@given(conditions(V), st.sampled_from(LANGS))
def test_denying_twice_says_the_same(node: Node, lang: Lang) -> None:
    assert prose(lang).condition(Not(Not(node))) == prose(lang).condition(node)


@some
@given(conditions(V), conditions(V), st.sampled_from(LANGS))
def test_de_morgan_reads_the_same(one: Node, other: Node, lang: Lang) -> None:
    whole, parts = Not(And((one, other))), Or((Not(one), Not(other)))
    assert prose(lang).condition(whole) == prose(lang).condition(parts)


@some
@given(conditions(V), st.sampled_from(LANGS))
def test_a_condition_and_its_denial_read_differently(node: Node, lang: Lang) -> None:
    assert prose(lang).condition(Not(node)) != prose(lang).condition(node)


def test_the_reader_of_lines_sees_what_python_looks_like() -> None:
    shown = ("Output(name='a')", "a == 3", "x is None", "`a`", "employees(3)", "a\nb", "")
    assert not any(map(is_one_readable_line, shown))
    assert is_one_readable_line("„a == b“ trifft zu (3 Mal)")

"""Conditions as clauses: how every expression of the core language reads."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import Final

from leadpolicy.backends.prose.terms import CONDITION, Level, Phrase, Terms
from leadpolicy.backends.prose.words import Forms
from leadpolicy.expr.negation import negation_normal_form
from leadpolicy.expr.nodes import (
    Aggregate,
    AggregateFunction,
    And,
    AtLeast,
    Compare,
    Comparison,
    Includes,
    InList,
    Known,
    Literal,
    Node,
    Not,
    OlderThan,
    OneOf,
    Or,
    Recent,
    TextRelation,
    TextTest,
)
from leadpolicy.expr.simplify import literal_on_the_right
from leadpolicy.expr.traverse import rewrite
from leadpolicy.expr.types import NUMERIC, Kind, Scalar

_TIMES: Final = frozenset({Kind.DAY, Kind.MOMENT})
_ONCE: Final = frozenset({(Comparison.GE, 1), (Comparison.GT, 0), (Comparison.NE, 0)})
_NEVER: Final = frozenset({(Comparison.LT, 1), (Comparison.LE, 0), (Comparison.EQ, 0)})


def readable(node: Node) -> Node:
    """Return the expression in the shape that reads best, with the same meaning.

    Literals stand on the right, flags are not compared with true or false, and negation stands
    at the atoms.
    """
    plain = rewrite(node, literal_on_the_right, into_where=True)
    return negation_normal_form(rewrite(plain, _plain_flag, into_where=True))


def _plain_flag(node: Node) -> Node:
    match node:
        case Compare(op=op, left=left, right=Literal(value=bool() as value)):
            return left if (op is Comparison.EQ) is value else Not(left)
        case _:
            return node


class Clauses(Terms):
    """The phrase of every kind of node; meant for what `readable` returns."""

    # --------------------------------------------------------------------------------- atoms
    def on_known(self, node: Known, of: Phrase) -> Phrase:
        both = self.both(self.words.known, self.called(node.of, of))
        return self.condition(both, about=of.subject)

    def on_compare(self, node: Compare, left: Phrase, right: Phrase) -> Phrase:
        kind = left.shape.kind
        if kind is Kind.FLAG:
            return self._pick(self.words.equivalent, node.op, left.text, right.text)
        subject = left.subject
        if isinstance(node.right, Literal):
            return self._compared(node, left, node.right)
        other = self.called(node.right, right)
        if kind in NUMERIC:
            return self._about(subject, self.words.number[node.op], other)
        if kind in _TIMES:
            return self._about(subject, self.words.times_term[node.op], other)
        return self._pick(self.words.same, node.op, subject, other)

    def _compared(self, node: Compare, left: Phrase, literal: Literal) -> Phrase:
        value = self._value(left, literal)
        if left.shape.kind in NUMERIC:
            how_often = self._how_often(node, literal.value)
            return how_often or self._about(left.subject, self.words.number[node.op], value)
        if left.shape.kind in _TIMES:
            return self._about(left.subject, self.words.times[node.op], value)
        return self._pick(self.words.choice, node.op, left.subject, value)

    def _about(self, subject: str, template: str, value: str) -> Phrase:
        return Phrase(template.format(x=subject, v=value), CONDITION, about=subject)

    def _pick(self, both: tuple[str, str], op: Comparison, subject: str, value: str) -> Phrase:
        return self._about(subject, both[op is not Comparison.EQ], value)

    def _value(self, left: Phrase, literal: Literal) -> str:
        shape = left.shape
        if literal.kind in NUMERIC:
            shape = replace(shape, unit=literal.unit or shape.unit)
        return self.values.value(shape, literal.value)

    def _how_often(self, node: Compare, number: Scalar) -> Phrase | None:
        """Return how often signals were counted, where a whole number of them is asked for."""
        match node.left:
            case Aggregate(function=AggregateFunction.COUNT, decay=None) as count:
                return self._counted(node.op, self.events(count), number)
            case _:
                return None

    def _counted(self, op: Comparison, events: str, number: Scalar) -> Phrase | None:
        if not isinstance(number, int | Decimal) or number < 0 or number != int(number):
            return None
        if (op, number) in _ONCE | _NEVER:
            return Phrase(self.words.any_[(op, number) in _NEVER].format(x=events), CONDITION)
        often = self.values.form(self.words.often, number).format(n=self.values.number(number))
        return Phrase(self.words.count[op].format(x=events, v=often), CONDITION)

    def on_one_of(self, node: OneOf, of: Phrase) -> Phrase:
        values = [self._value(of, literal) for literal in node.values]
        forms, said = self._membership(of.shape.kind, len(values)), self.values.ors(values)
        if lowest := _reached(node, of):
            forms, said = self.words.ordered, self.values.value(of.shape, lowest)
        both = self.both(forms, of.subject, said, nors=self.values.nors(values))
        return self.condition(both, about=of.subject)

    def _membership(self, kind: Kind, count: int) -> Forms:
        if kind in _TIMES:
            return self.words.time_in
        if kind in NUMERIC:
            words = self.words
            single = (words.number[Comparison.EQ], words.number[Comparison.NE])
            return single if count == 1 else words.number_in
        return self.words.choice if count == 1 else self.words.choice_in

    def on_in_list(self, node: InList, of: Phrase) -> Phrase:
        name = self.values.quoted(self.names.list(node.list))
        subject = of.subject
        return self.condition(self.both(self.words.in_list, subject, name), about=subject)

    def on_text_test(self, node: TextTest, of: Phrase) -> Phrase:
        return self.text_test(node.relation, of.subject, [node.needle])

    def text_test(self, relation: TextRelation, subject: str, needles: Sequence[str]) -> Phrase:
        """Return a test of a text for one needle or for any of several."""
        words = self.words.texts[relation]
        quoted = [self.values.quoted(needle) for needle in needles]
        parts = {
            "x": subject,
            "v": quoted[0],
            "ors": self.values.ors(quoted),
            "nors": self.values.nors(quoted),
        }
        several = len(quoted) > 1
        said = (words.several if several else words.one).format(**parts)
        denied = (words.not_several if several else words.not_one).format(**parts)
        return self.condition((said, denied), about=subject)

    def on_includes(self, node: Includes, of: Phrase) -> Phrase:
        label = self.values.value(of.shape, node.code)
        return self.condition(self.both(self.words.includes, self.called(node.of, of), label))

    def on_recent(self, node: Recent, of: Phrase) -> Phrase:
        length = self.values.within(node.within)
        return self.condition(self.both(self.words.recent, of.subject, length), about=of.subject)

    def on_older_than(self, node: OlderThan, of: Phrase) -> Phrase:
        length = self.values.duration(node.age)
        return self.condition(self.both(self.words.older, of.subject, length), about=of.subject)

    # ----------------------------------------------------------------------------- connectives
    def on_not(self, node: Not, of: Phrase) -> Phrase:
        return self.denied(of)

    def denied(self, phrase: Phrase) -> Phrase:
        """Return the clause that denies another one."""
        if not phrase.opposite:
            return Phrase(self.words.not_.format(x=phrase.text), CONDITION)
        return replace(phrase, text=phrase.opposite, opposite=phrase.text)

    def on_and(self, node: And, items: Sequence[Phrase]) -> Phrase:
        return self._joined(node.items, items, Level.AND)

    def on_or(self, node: Or, items: Sequence[Phrase]) -> Phrase:
        return self._joined(node.items, items, Level.OR)

    def on_at_least(self, node: AtLeast, items: Sequence[Phrase]) -> Phrase:
        if node.count == len(items):
            return self._joined(node.items, items, Level.AND)
        if node.count == 1:
            return self._joined(node.items, items, Level.OR)
        if not 0 < node.count < len(items):
            always = Literal(Kind.FLAG, node.count <= 0)
            return self.on_literal(always)
        inner = "; ".join(item.text for item in items)
        n, of = self.values.number(node.count), self.values.number(len(items))
        return Phrase(self.words.at_least.format(n=n, of=of, v=inner), CONDITION)

    def _joined(self, nodes: Sequence[Node], items: Sequence[Phrase], level: Level) -> Phrase:
        if not items:
            return self.on_literal(Literal(Kind.FLAG, level is Level.AND))
        parts = self._merged(nodes, items, level)
        if len(parts) == 1:
            return parts[0]
        word = self.words.and_ if level is Level.AND else self.words.or_
        texts = [parts[0].inside(Level.SUM)]
        for before, part in pairwise(parts):
            is_repeated = part.about and part.about == before.about
            texts.append(_behind(part) if is_repeated else part.inside(Level.SUM))
        return Phrase(word.join(texts), CONDITION, level)

    def _merged(self, nodes: Sequence[Node], items: Sequence[Phrase], level: Level) -> list[Phrase]:
        """Say alike tests together: those affirmed where one is enough, otherwise those denied."""
        denied = level is Level.AND
        tests = [_alike(node, denied=denied) for node in nodes]
        together: dict[Hashable, list[str]] = {}
        for found in filter(None, tests):
            together.setdefault(found.of, []).append(found.asked)
        merged: list[Phrase] = []
        for test, item in zip(tests, items, strict=True):
            if test is None:
                merged.append(item)
            elif asked := together.pop(test.of, None):
                said = self._said_together(test.node, item, list(dict.fromkeys(asked)))
                merged.append(self.denied(said) if denied else said)
        return merged

    def _said_together(self, node: TextTest | Aggregate, item: Phrase, asked: list[str]) -> Phrase:
        if isinstance(node, TextTest):
            return self.text_test(node.relation, item.about, asked)
        signals = self.values.ors([self.values.quoted(self.names.signal(name)) for name in asked])
        both = self.both(self.words.any_, self.within(signals, node.within))
        return replace(self.condition(both), level=Level.OR if len(asked) > 1 else Level.ATOM)


@dataclass(frozen=True, slots=True)
class _Test:
    """A test that is said together with others about the same thing, and what it asks for."""

    node: TextTest | Aggregate
    of: Hashable
    asked: str


def _alike(node: Node, *, denied: bool) -> _Test | None:
    """Return the test that a node is, or denies."""
    if isinstance(node, Not) is not denied:
        return None
    match node.of if isinstance(node, Not) else node:
        case TextTest() as test:
            return _Test(test, (test.relation, test.of), test.needle)
        case Aggregate(function=AggregateFunction.ANY, where=None) as any_:
            return _Test(any_, any_.within, any_.signal)
        case _:
            return None


def _behind(part: Phrase) -> str:
    """Return a clause without the subject that the clause before it has too."""
    return part.text.removeprefix(f"{part.about} ")


def _reached(node: OneOf, of: Phrase) -> str | None:
    """Return the code from which on all higher ones are listed, where that says the same."""
    codes, asked = list(of.shape.labels), {literal.value for literal in node.values}
    start = len(codes) - len(asked)
    is_tail = of.shape.ordered and len(asked) > 1 and start > 0 and set(codes[start:]) == asked
    return codes[start] if is_tail else None

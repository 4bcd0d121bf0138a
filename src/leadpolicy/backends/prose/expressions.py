"""Prose about expressions, values and facts, in the words of one policy."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from leadpolicy.backends.prose.conditions import Clauses, readable
from leadpolicy.backends.prose.names import Names
from leadpolicy.backends.prose.part_words import PART_WORDS
from leadpolicy.backends.prose.terms import Phrase
from leadpolicy.backends.prose.values import Shape, Values
from leadpolicy.expr.nodes import Node
from leadpolicy.expr.types import Value, ValueType
from leadpolicy.policy.checked import CheckedPolicy, Number
from leadpolicy.policy.fields import Lang


class ExpressionProse:
    """Says expressions, values and facts; raises ValueError for a language without prose."""

    def __init__(self, checked: CheckedPolicy, lang: Lang) -> None:
        self.checked = checked
        self.policy = checked.policy
        self.lang = lang
        self.values = Values(lang, checked.timezone)
        self.names = Names(checked, lang, self.values)
        self.words = PART_WORDS[lang]
        self._clauses = Clauses(self.names, self.values)

    def condition(self, node: Node) -> str:
        """Return a condition as a clause on one line."""
        return self._phrase(node).text

    def term(self, node: Node) -> str:
        """Return a term as a noun phrase; a condition as what it is called."""
        phrase = self._phrase(node)
        return phrase.noun or phrase.text

    def _phrase(self, node: Node) -> Phrase:
        return self._clauses.visit(readable(node))

    def value(self, of: Node | ValueType, value: Value | None) -> str:
        """Return a value as people read it: labels, units, yes or no; None is unknown."""
        return self.values.value(self._shape(of), value)

    def _shape(self, of: Node | ValueType) -> Shape:
        if isinstance(of, ValueType):
            return Shape(of.kind, of.unit, {code: code for code in of.codes}, of.ordered)
        return self._phrase(of).shape

    def fact(self, leaf: Node, value: Value | None) -> str:
        """Return what is known of something, for example `Mitarbeitende: 30`."""
        return f"{self.term(leaf)}: {self.value(leaf, value)}"

    def facts(self, facts: Iterable[tuple[Node, Value | None]]) -> str:
        """Return several facts on one line."""
        return "; ".join(self.fact(leaf, value) for leaf, value in facts)

    def duration(self, length: timedelta) -> str:
        """Return a length of time."""
        return self.values.duration(length)

    def points(self, number: Number) -> str:
        """Return points with their sign."""
        return self.values.points(number)

    def moment(self, moment: datetime) -> str:
        """Return an instant in the policy's time zone."""
        return self.values.moment(moment)

    def quoted(self, text: str) -> str:
        """Return a text in quotation marks."""
        return self.values.quoted(text)

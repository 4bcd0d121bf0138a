"""Conditions as generated Python: every test stands behind the guards it needs, and none twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final, TypeAlias

from leadpolicy.backends.guarded import Always, Atom, Choice, Enough, Every, Formula, Some
from leadpolicy.backends.python.terms import Term, Terms
from leadpolicy.backends.python.text import Body, Names
from leadpolicy.expr.evaluate import DAY, whole_days
from leadpolicy.expr.folding import fold, word_pattern
from leadpolicy.expr.nodes import (
    Compare,
    Comparison,
    Includes,
    InList,
    Known,
    Literal,
    Node,
    OlderThan,
    OneOf,
    Output,
    Recent,
    TextRelation,
    TextTest,
)
from leadpolicy.expr.types import Kind

Guarded: TypeAlias = tuple[tuple[str, ...], str]
"""The texts that must not be None, and the test that may then be made."""

_DEEPEST: Final = 24
NOTHING_KNOWN: Final[frozenset[str]] = frozenset()
_DOWN: Final = frozenset({Comparison.LE, Comparison.GT})


@dataclass(frozen=True, slots=True)
class Setting:
    """What the policy gives to its conditions besides the expressions."""

    lists: Mapping[str, frozenset[str]]
    zone: tzinfo


class Conditions(Terms):
    """Writes the conditions of one generated function."""

    def __init__(self, names: Names, body: Body, setting: Setting) -> None:
        super().__init__(names, body)
        self.setting = setting
        self._today: str | None = None

    def today(self) -> str:
        """Return the local that holds the calendar day of `at`."""
        if self._today is None:
            zone = self.names.constant(self.setting.zone)
            self._today = self.body.assign(f"local_day(at, {zone})")
        return self._today

    def folded(self, text: str) -> str:
        """Return the folded form of a text that is not None."""
        return f"fold({text})"

    def output_is(self, name: str, wanted: bool) -> str:
        """Return the text that says whether a condition of the policy came out as wanted."""
        term = self.term(Output(name))
        return term.text if wanted else f"{term.text} is False"

    # ------------------------------------------------------------------------- connectives
    def condition(
        self, formula: Formula, known: frozenset[str] = NOTHING_KNOWN, depth: int = 0
    ) -> str:
        """Return the text of a condition, given what is known not to be None."""
        if depth > _DEEPEST:
            return self.body.assign(self.condition(formula), "t")
        match formula:
            case Always(value=value):
                return repr(value)
            case Atom():
                return self._every((formula,), known, depth)
            case Every(items=items):
                return self._every(items, known, depth)
            case Some(items=items):
                return " or ".join([self.part(item, known, depth) for item in items])
            case Enough(items=items):
                counted = [f"(1 if {self.part(item, known, depth)} else 0)" for item in items]
                return f"{' + '.join(counted)} >= {formula.count}"
            case Choice():
                return self._choice(formula, known, depth)
            case _:
                return self.special(formula)

    def special(self, formula: Formula) -> str:
        """Return the text of a formula of a kind that only one stage knows."""
        raise TypeError(f"not a formula: `{type(formula).__name__}`")

    def part(self, formula: Formula, known: frozenset[str], depth: int) -> str:
        """Return the text of a condition inside another one."""
        text = self.condition(formula, known, depth + 1)
        return f"({text})" if isinstance(formula, Some) else text

    def _every(self, items: tuple[Formula, ...], known: frozenset[str], depth: int) -> str:
        texts: list[str] = []
        for item in items:
            if isinstance(item, Atom):
                guards, test = self.guarded(item)
                texts += [f"{guard} is not None" for guard in guards if guard not in known]
                known = known.union(guards)
                texts.append(test)
            else:
                texts.append(self.part(item, known, depth))
        return " and ".join(texts)

    def _choice(self, formula: Choice, known: frozenset[str], depth: int) -> str:
        branches = [
            f"({self.part(value, known, depth)}) if {self.part(test, known, depth)} else "
            for test, value in formula.branches
        ]
        if len(branches) > _DEEPEST:
            return self._long_choice(formula)
        return f"({''.join(branches)}({self.part(formula.otherwise, known, depth)}))"

    def _long_choice(self, formula: Choice) -> str:
        pairs = [(self.condition(test), self.condition(value)) for test, value in formula.branches]
        return self.choose(pairs, self.condition(formula.otherwise))

    # ------------------------------------------------------------------------------- atoms
    def guarded(self, atom: Atom) -> Guarded:
        """Return the guards and the test of one atom."""
        node, wanted = atom.node, atom.wanted
        match node:
            case Output():
                return (), self.output_is(node.name, wanted)
            case Known():
                return (), self._known(self.term(node.of), wanted)
            case Compare():
                return self._compare(node)
            case OneOf():
                return (), self._one_of(node, wanted)
            case InList() | TextTest() | Includes() | Recent() | OlderThan():
                return self._tested(node, self.term(node.of), wanted)
            case _:
                text = self.term(node).text
                return (), text if wanted else f"{text} is False"

    def _known(self, term: Term, wanted: bool) -> str:
        if not term.nullable:
            return repr(wanted)
        return f"{term.text} is not None" if wanted else f"{term.text} is None"

    def _compare(self, node: Compare) -> Guarded:
        left, right = self.term(node.left), self.term(node.right)
        op, limit = node.op, right.text
        if isinstance(node.right, Literal):
            op, limit = self._sharpened(op, left.kind, node.right)
        guards = tuple(term.text for term in (left, right) if term.nullable)
        if op is Comparison.EQ:
            guards = guards[1:] if len(guards) == 2 else ()
        return guards, f"{left.text} {op.value} {limit}"

    def _sharpened(self, op: Comparison, kind: Kind, literal: Literal) -> tuple[Comparison, str]:
        """Compare whole numbers with a whole number, and decimals with a decimal."""
        value = literal.value
        if kind is Kind.NUMBER and type(value) is int:
            return op, self.names.constant(Decimal(value))
        if kind is not Kind.WHOLE or not isinstance(value, Decimal):
            return op, self.names.constant(value)
        if op in (Comparison.EQ, Comparison.NE) and value != value.to_integral_value():
            return op, self.names.constant(value)
        nearest = ROUND_FLOOR if op in _DOWN else ROUND_CEILING
        return op, self.names.constant(int(value.to_integral_value(nearest)))

    def _one_of(self, node: OneOf, wanted: bool) -> str:
        term = self.term(node.of)
        values = frozenset(literal.value for literal in node.values)
        if wanted:
            return f"{term.text} in {self.names.constant(values)}"
        return f"{term.text} not in {self.names.constant(values | {None})}"

    def _tested(
        self, node: InList | TextTest | Includes | Recent | OlderThan, of: Term, wanted: bool
    ) -> Guarded:
        test = self._test(node, of)
        guards = (of.text,) if of.nullable else ()
        return guards, test if wanted else f"not {test}"

    def _test(self, node: Node, of: Term) -> str:
        match node:
            case InList(list=name):
                entries = self.names.constant(self.setting.lists.get(name, frozenset()))
                return f"{self.folded(of.text)} in {entries}"
            case TextTest():
                return self._text_test(node.relation, of.text, node.needle)
            case Includes(code=code):
                return f"{self.names.constant(code)} in {of.text}"
            case Recent(within=within):
                return f"NOTHING <= {self._age(of)} < {self._length(within, of)}"
            case OlderThan(age=age):
                return f"{self._age(of)} >= {self._length(age, of)}"
            case _:
                raise TypeError(f"not a test: `{type(node).__name__}`")

    def _text_test(self, relation: TextRelation, text: str, needle: str) -> str:
        given = self.names.constant(needle)
        match relation:
            case TextRelation.CONTAINS:
                return f"{given} in {text}"
            case TextRelation.STARTS_WITH:
                return f"{text}.startswith({given})"
            case TextRelation.ENDS_WITH:
                return f"{text}.endswith({given})"
            case TextRelation.CONTAINS_CI:
                return f"{self.names.constant(fold(needle))} in {self.folded(text)}"
            case TextRelation.HAS_WORD:
                return self.has_word(text, fold(needle))

    def has_word(self, text: str, folded_needle: str) -> str:
        """Return the test for a folded word or run of words."""
        search = self.names.constant(word_pattern(folded_needle))
        return f"{search}.search({self.folded(text)})"

    def _age(self, of: Term) -> str:
        return f"({self.today() if of.kind is Kind.DAY else 'at'} - {of.text})"

    def _length(self, length: timedelta, of: Term) -> str:
        whole = DAY * whole_days(length) if of.kind is Kind.DAY else length
        return self.names.constant(whole)

"""Expressions as meanings in a formula: one method for each kind of node."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Protocol

from leadpolicy.backends.guarded import (
    FALSE,
    TRUE,
    Always,
    Formula,
    choice,
    enough,
    every,
    never_unknown,
    some,
)
from leadpolicy.backends.truths import Truth, guarded, truth, two_valued
from leadpolicy.expr.nodes import (
    Aggregate,
    And,
    AtLeast,
    Attribute,
    Case,
    Compare,
    Comparison,
    ConsentStatus,
    EmailDomain,
    Extreme,
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
    Property,
    Recent,
    Rounded,
    Scaled,
    Sum,
    TextTest,
)
from leadpolicy.expr.traverse import Fold
from leadpolicy.expr.types import NUMERIC, TEXTUAL, Kind, ValueType
from leadpolicy_salesforce.formula import arithmetic, trees
from leadpolicy_salesforce.formula.meaning import Among, Meaning, Term, compared, written
from leadpolicy_salesforce.formula.sizes import is_too_large
from leadpolicy_salesforce.formula.source import RefusedError
from leadpolicy_salesforce.formula.texts import Texts
from leadpolicy_salesforce.formula.times import Times

_ELSEWHERE: Final = "are not on the lead itself"


class Source(Protocol):
    """Gives attributes and outputs their meaning; raises `RefusedError` where it cannot."""

    def attribute(self, node: Attribute) -> Meaning:
        """Return the meaning of an attribute."""

    def output(self, node: Output) -> Meaning:
        """Return the meaning of an output decided before."""

    def type_of(self, node: Node) -> ValueType | None:
        """Return the type of an expression."""


class Meanings(Fold[Meaning]):
    """The meaning of every kind of node; what cannot be carried out is added to `refusals`."""

    def __init__(self, source: Source, texts: Texts, times: Times) -> None:
        self.refusals: list[RefusedError] = []
        self._source = source
        self._texts = texts
        self._times = times

    def _step(self, node: Node, parts: Sequence[Meaning]) -> Meaning:
        try:
            return self._fitting(node, super()._step(node, parts))
        except RefusedError as refusal:
            self.refusals.append(refusal)
            return unknown(refusal.kind)

    def _fitting(self, node: Node, found: Meaning) -> Meaning:
        """Refuse what would be too much when it is written out, before it doubles again."""
        if not is_too_large(found):
            return found
        kind = found.kind if isinstance(found, Term) else Kind.FLAG
        raise RefusedError(node, "written out it is far too long for a formula", kind)

    # ------------------------------------------------------------------------------ terms
    def on_literal(self, node: Literal) -> Meaning:
        match node.value:
            case bool() as value:
                return Truth(Always(value), Always(not value), TRUE)
            case int() | Decimal() as value:
                return arithmetic.number(node, value)
            case str() as value:
                return self._texts.literal(node, value)
            case datetime() as value:
                return self._times.moment(node, value)
            case date() as value:
                return self._times.day(node, value)

    def on_attribute(self, node: Attribute) -> Meaning:
        return self._source.attribute(node)

    def on_property(self, node: Property) -> Meaning:
        raise RefusedError(node, f"properties of signals {_ELSEWHERE}", self._kind(node))

    def on_output(self, node: Output) -> Meaning:
        return self._source.output(node)

    def on_consent_status(self, node: ConsentStatus) -> Meaning:
        raise RefusedError(node, f"recorded consents {_ELSEWHERE}", Kind.CHOICE)

    def on_aggregate(self, node: Aggregate) -> Meaning:
        reason = f"signals of `{node.signal}` {_ELSEWHERE}"
        raise RefusedError(node, reason, self._kind(node))

    def _kind(self, node: Node) -> Kind:
        found = self._source.type_of(node)
        return Kind.FLAG if found is None else found.kind

    def on_email_domain(self, node: EmailDomain, of: Meaning) -> Meaning:
        return self._texts.domain(node, _term(of))

    def on_case(
        self, node: Case, branches: Sequence[tuple[Meaning, Meaning]], otherwise: Meaning
    ) -> Meaning:
        tests = [_truth(test).holds for test, _ in branches]
        values = [value for _, value in branches]
        if isinstance(otherwise, Truth):
            truths = [_truth(value) for value in (*values, otherwise)]
            return Truth(
                _chosen(tests, [item.holds for item in truths]),
                _chosen(tests, [item.fails for item in truths]),
                _chosen(tests, [item.known for item in truths]),
            )
        return _chosen_term(node, tests, [_term(value) for value in (*values, otherwise)])

    def on_sum(self, node: Sum, items: Sequence[Meaning]) -> Meaning:
        return arithmetic.total(node, _terms(items))

    def on_scaled(self, node: Scaled, of: Meaning) -> Meaning:
        return arithmetic.product(node, _term(of))

    def on_extreme(self, node: Extreme, items: Sequence[Meaning]) -> Meaning:
        return arithmetic.extreme(node, _terms(items))

    def on_rounded(self, node: Rounded, of: Meaning) -> Meaning:
        return arithmetic.rounded(node, _term(of))

    # ------------------------------------------------------------------------- conditions
    def on_known(self, node: Known, of: Meaning) -> Meaning:
        return two_valued(TRUE if never_unknown(node.of) else of.known)

    def on_compare(self, node: Compare, left: Meaning, right: Meaning) -> Meaning:
        if isinstance(left, Truth):
            same = _agree(left, _truth(right))
            return same if node.op is Comparison.EQ else _negated(same)
        one, other = left, _term(right)
        if one.kind in TEXTUAL:
            same = self._texts.same(node, one, other)
            return same if node.op is Comparison.EQ else _negated(same)
        known = every([one.known, other.known])
        return guarded(known, compared(one.tree, node.op, other.tree))

    def on_one_of(self, node: OneOf, of: Meaning) -> Meaning:
        if isinstance(of, Truth):
            wanted = {literal.value for literal in node.values}
            holds = [of.holds] * (True in wanted) + [of.fails] * (False in wanted)
            fails = [of.fails] * (False not in wanted) + [of.holds] * (True not in wanted)
            return Truth(some(holds), some(fails), of.known)
        if of.kind in TEXTUAL:
            return self._texts.one_of(node, of, [str(literal.value) for literal in node.values])
        options = [_term(self.visit(literal)).tree for literal in node.values]
        tests = [compared(of.tree, Comparison.EQ, option) for option in options]
        return guarded(of.known, some(tests))

    def on_in_list(self, node: InList, of: Meaning) -> Meaning:
        return self._texts.in_list(node, _term(of))

    def on_text_test(self, node: TextTest, of: Meaning) -> Meaning:
        return self._texts.test(node, _term(of))

    def on_includes(self, node: Includes, of: Meaning) -> Meaning:
        return self._texts.includes(node, _term(of))

    def on_recent(self, node: Recent, of: Meaning) -> Meaning:
        return self._times.recent(node, _term(of))

    def on_older_than(self, node: OlderThan, of: Meaning) -> Meaning:
        return self._times.older(node, _term(of))

    def on_not(self, node: Not, of: Meaning) -> Meaning:
        return _negated(_truth(of))

    def on_and(self, node: And, items: Sequence[Meaning]) -> Meaning:
        truths = [_truth(item) for item in items]
        return truth(every([t.holds for t in truths]), some([t.fails for t in truths]))

    def on_or(self, node: Or, items: Sequence[Meaning]) -> Meaning:
        truths = [_truth(item) for item in items]
        return truth(some([t.holds for t in truths]), every([t.fails for t in truths]))

    def on_at_least(self, node: AtLeast, items: Sequence[Meaning]) -> Meaning:
        truths = [_truth(item) for item in items]
        too_few = len(truths) - node.count + 1
        return truth(
            enough(node.count, [t.holds for t in truths]),
            enough(too_few, [t.fails for t in truths]),
        )


def unknown(kind: Kind) -> Meaning:
    """Return what stands in the place of something that cannot be carried out."""
    if kind is Kind.FLAG:
        return Truth(FALSE, FALSE, FALSE)
    return Term(trees.NULL, kind, known=FALSE, literal="" if kind in TEXTUAL else None)


def _negated(of: Truth) -> Truth:
    return Truth(of.fails, of.holds, of.known)


def _agree(left: Truth, right: Truth) -> Truth:
    both = some([every([left.holds, right.holds]), every([left.fails, right.fails])])
    differ = some([every([left.holds, right.fails]), every([left.fails, right.holds])])
    return truth(both, differ)


def _chosen(tests: Sequence[Formula], values: Sequence[Formula]) -> Formula:
    if isinstance(values[-1], Always) and all(value == values[-1] for value in values):
        return values[-1]
    return choice(zip(tests, values[:-1], strict=True), values[-1])


def _chosen_term(node: Case, tests: Sequence[Formula], values: Sequence[Term]) -> Term:
    """Return the value beside the first test that holds."""
    for value in values:
        field = value.field
        if field is not None and (field.labels or field.codes or field.kind == "multipicklist"):
            reason = f"one of several values is `{field.api}`, which formulas cannot hand on"
            raise RefusedError(node, reason, value.kind)
    kinds = {value.kind for value in values}
    kind = Kind.NUMBER if kinds <= NUMERIC and len(kinds) > 1 else values[0].kind
    pointed = _points(node, tests, values)
    if pointed is not None:
        return pointed
    branches = [(written(test), value.tree) for test, value in zip(tests, values, strict=False)]
    return Term(
        trees.nested(branches, values[-1].tree),
        kind,
        max(value.scale for value in values),
        _chosen(tests, [value.known for value in values]),
        is_ascii=all(value.is_ascii for value in values),
    )


def _points(node: Case, tests: Sequence[Formula], values: Sequence[Term]) -> Term | None:
    """Return points for some values of one picklist, if that is what a case gives."""
    if len(tests) != 1 or not isinstance(node.otherwise, Literal) or node.otherwise.value != 0:
        return None
    test, given = tests[0], node.branches[0][1]
    if not isinstance(test, Among) or not (test.is_listed and test.wanted):
        return None
    amount = given.value if isinstance(given, Literal) else None
    if isinstance(amount, bool) or not isinstance(amount, int | Decimal):
        return None
    return arithmetic.pointed(test, values[0], Decimal(amount))


def _terms(items: Sequence[Meaning]) -> list[Term]:
    return [_term(item) for item in items]


def _term(meaning: Meaning) -> Term:
    if isinstance(meaning, Term):
        return meaning
    raise TypeError("a condition stands where a value is needed")


def _truth(meaning: Meaning) -> Truth:
    if isinstance(meaning, Truth):
        return meaning
    raise TypeError("a value stands where a condition is needed")

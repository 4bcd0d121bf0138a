"""Expressions as meanings to a database: one method for each kind of node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlglot import exp

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
from leadpolicy.backends.relational import ast
from leadpolicy.backends.relational.arithmetic import Arithmetic, aligned, number
from leadpolicy.backends.relational.dialects.base import Dialect
from leadpolicy.backends.relational.meaning import (
    Form,
    Meaning,
    Term,
    TextForm,
    compared,
    tested,
    written,
)
from leadpolicy.backends.relational.sizes import MOST_PARTS, Sizes
from leadpolicy.backends.relational.source import Clock, RefusedError, Source
from leadpolicy.backends.relational.texts import Texts
from leadpolicy.backends.relational.times import Times
from leadpolicy.backends.truths import Truth, guarded, opposed, truth, two_valued
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
from leadpolicy.expr.types import NUMERIC, TEXTUAL, Kind


class Meanings(Fold[Meaning]):
    """The meaning of every kind of node; what cannot be carried out is added to `refusals`."""

    def __init__(
        self,
        dialect: Dialect,
        source: Source,
        lists: Mapping[str, frozenset[str]],
        clock: Clock | None,
    ) -> None:
        self.refusals: list[RefusedError] = []
        self._dialect = dialect
        self._source = source
        self._arithmetic = Arithmetic(dialect)
        self._texts = Texts(dialect, lists)
        self._times = Times(dialect, clock)
        self._sizes = Sizes()

    def _step(self, node: Node, parts: Sequence[Meaning]) -> Meaning:
        try:
            return self._fitting(node, super()._step(node, parts))
        except RefusedError as refusal:
            self.refusals.append(refusal)
            return unknown(refusal.kind)

    def _fitting(self, node: Node, found: Meaning) -> Meaning:
        """Refuse what would be too much when it is written out, before it doubles again."""
        size = self._sizes.of(found)
        if size.parts <= MOST_PARTS and size.levels <= self._dialect.deepest:
            return found
        kind = found.kind if isinstance(found, Term) else Kind.FLAG
        raise RefusedError(node, "written out it is too large for one expression", kind)

    # ------------------------------------------------------------------------------ terms
    def on_literal(self, node: Literal) -> Meaning:
        match node.value:
            case bool() as value:
                return Truth(Always(value), Always(not value), TRUE)
            case int() | Decimal() as value:
                return number(node, value)
            case str() as value:
                return self._texts.literal(node, value)
            case datetime() as value:
                return Term(self._dialect.moment_literal(value), Kind.MOMENT)
            case date() as value:
                return Term(self._dialect.day_literal(value), Kind.DAY)

    def on_attribute(self, node: Attribute) -> Meaning:
        return self._source.attribute(node)

    def on_property(self, node: Property) -> Meaning:
        return self._source.property(node)

    def on_output(self, node: Output) -> Meaning:
        return self._source.output(node)

    def on_consent_status(self, node: ConsentStatus) -> Meaning:
        return self._source.consent_status(node)

    def on_aggregate(self, node: Aggregate) -> Meaning:
        return self._source.aggregate(node)

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
        return _chosen_term(tests, [_term(value) for value in (*values, otherwise)])

    def on_sum(self, node: Sum, items: Sequence[Meaning]) -> Meaning:
        return self._arithmetic.total(node, _terms(items))

    def on_scaled(self, node: Scaled, of: Meaning) -> Meaning:
        return self._arithmetic.product(node, _term(of))

    def on_extreme(self, node: Extreme, items: Sequence[Meaning]) -> Meaning:
        return self._arithmetic.extreme(node, _terms(items))

    def on_rounded(self, node: Rounded, of: Meaning) -> Meaning:
        return self._arithmetic.rounded(node, _term(of))

    # ------------------------------------------------------------------------- conditions
    def on_known(self, node: Known, of: Meaning) -> Meaning:
        return two_valued(TRUE if never_unknown(node.of) else of.known)

    def on_compare(self, node: Compare, left: Meaning, right: Meaning) -> Meaning:
        if isinstance(left, Truth):
            same = _agree(left, _truth(right))
            return same if node.op is Comparison.EQ else _negated(same)
        one, other = left, _term(right)
        known = every([one.known, other.known])
        if one.kind in TEXTUAL:
            same_text = self._texts.same(one.tree, other.tree)
            is_equal = node.op is Comparison.EQ
            return guarded(known, same_text if is_equal else opposed(same_text))
        sides = aligned([one, other])[0] if one.kind in NUMERIC else [one.tree, other.tree]
        return guarded(known, compared(sides[0], node.op, sides[1]))

    def on_one_of(self, node: OneOf, of: Meaning) -> Meaning:
        if isinstance(of, Truth):
            wanted = {literal.value for literal in node.values}
            holds = [of.holds] * (True in wanted) + [of.fails] * (False in wanted)
            fails = [of.fails] * (False not in wanted) + [of.holds] * (True not in wanted)
            return Truth(some(holds), some(fails), of.known)
        if of.kind in TEXTUAL:
            codes = [str(literal.value) for literal in node.values]
            return tested(of.known, self._texts.among(of.tree, codes))
        options = [_term(self.visit(literal)) for literal in node.values]
        trees = aligned([of, *options])[0] if of.kind in NUMERIC else None
        value, *others = trees or [of.tree, *(option.tree for option in options)]
        return tested(of.known, ast.one_of(value, others))

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
    nothing: dict[TextForm, Form | str] = dict.fromkeys(TextForm, Form(exp.null(), FALSE))
    return Term(exp.null(), kind, known=FALSE, forms=nothing)


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


def _chosen_term(tests: Sequence[Formula], values: Sequence[Term]) -> Term:
    """Return the value beside the first test that holds, with every form that all values have."""
    kinds = {value.kind for value in values}
    is_number = kinds <= NUMERIC
    trees, scale = aligned(values) if is_number else ([value.tree for value in values], 0)
    kind = Kind.NUMBER if is_number and len(kinds) > 1 else values[0].kind
    known = _chosen(tests, [value.known for value in values])
    forms = {form: _chosen_form(tests, form, values) for form in values[-1].forms}
    return Term(_chosen_tree(tests, trees), kind, scale, known, forms)


def _chosen_form(tests: Sequence[Formula], wanted: TextForm, values: Sequence[Term]) -> Form | str:
    found = [
        value.forms.get(wanted, "a text of this case has no helper column") for value in values
    ]
    forms = [form for form in found if isinstance(form, Form)]
    if len(forms) < len(found):
        return next(reason for reason in found if isinstance(reason, str))
    known = _chosen(tests, [form.known for form in forms])
    return Form(_chosen_tree(tests, [form.tree for form in forms]), known)


def _chosen_tree(tests: Sequence[Formula], trees: Sequence[ast.Tree]) -> ast.Tree:
    branches = [(written(test), tree) for test, tree in zip(tests, trees[:-1], strict=True)]
    return ast.case(branches, trees[-1])


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

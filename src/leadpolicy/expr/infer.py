"""The type of an expression, and every reason why it has none."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from leadpolicy.diagnostics import did_you_mean
from leadpolicy.expr.checks import (
    MAX_DEPTH,
    MAX_NODES,
    Checks,
    described,
    fits,
    literal_fault,
    too_large,
)
from leadpolicy.expr.durations import LONGEST
from leadpolicy.expr.folding import fold
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
    Property,
    Recent,
    Rounded,
    Scaled,
    Sum,
    TextRelation,
    TextTest,
)
from leadpolicy.expr.numbers import MAX_DIGITS
from leadpolicy.expr.problems import Problem
from leadpolicy.expr.traverse import Fold
from leadpolicy.expr.types import CONSENT_TYPE, NUMERIC, TEXTUAL, Kind, ValueType, Vocabulary

_FLAGS: Final = frozenset({Kind.FLAG})
_TEXTS: Final = frozenset({Kind.TEXT})
_TIMES: Final = frozenset({Kind.DAY, Kind.MOMENT})
_FOLDING: Final = frozenset({TextRelation.CONTAINS_CI, TextRelation.HAS_WORD})


def infer(node: Node, vocabulary: Vocabulary) -> tuple[ValueType | None, tuple[Problem, ...]]:
    """Return the type of an expression and all its problems; never raises.

    The type is None where problems leave it open. `nullable` says whether the value can be
    unknown. A tree of over 200 levels or 10,000 nodes is refused as a whole.

    >>> _, problems = infer(Attribute("emploees"), Vocabulary({"employees": ValueType(Kind.WHOLE)}))
    >>> problems[0].message, problems[0].hint
    ('unknown name `emploees`', 'did you mean `employees`?')
    """
    if too_large(node):
        message = f"the expression has over {MAX_DEPTH} levels or {MAX_NODES} parts"
        return None, (Problem("LP210", message, node.place),)
    inference = _Inference(vocabulary)
    found = inference.visit(node)
    return found, tuple(dict.fromkeys(inference.problems))


def require_condition(node: Node, vocabulary: Vocabulary) -> tuple[Problem, ...]:
    """Return the problems of an expression that must be true, false or unknown."""
    return _require(node, vocabulary, _FLAGS, "a condition is needed")


def require_number(node: Node, vocabulary: Vocabulary) -> tuple[Problem, ...]:
    """Return the problems of an expression that must be a whole or decimal number."""
    return _require(node, vocabulary, NUMERIC, "a number is needed")


def _require(
    node: Node, vocabulary: Vocabulary, kinds: Collection[Kind], what: str
) -> tuple[Problem, ...]:
    found, problems = infer(node, vocabulary)
    if found is None or found.kind in kinds:
        return problems
    return (*problems, Problem("LP202", f"{what}, not {described(node, found)}", node.place))


def _flag(parts: Iterable[ValueType | None]) -> ValueType:
    return ValueType(Kind.FLAG, nullable=any(part is None or part.nullable for part in parts))


class _Inference(Checks, Fold[ValueType | None]):
    """The type of every kind of node; inside a `where`, `scope` is the type of the signal."""

    def __init__(self, vocabulary: Vocabulary, scope: str | None = None) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.scope = scope

    def on_other(self, node: Node) -> None:
        message = f"not an expression of the language: `{type(node).__name__}`"
        self.problems.append(Problem("LP204", message))

    def on_literal(self, node: Literal) -> ValueType | None:
        fault = literal_fault(node)
        if fault is not None:
            self.report(*fault, node)
            return None
        return ValueType(node.kind, unit=node.unit, nullable=False)

    # ------------------------------------------------------------------------------ names
    def lookup(self, node: Attribute | Output, known: Mapping[str, ValueType]) -> ValueType | None:
        if self.outside_where(node, f"`{node.name}`") and node.name not in known:
            names = [*self.vocabulary.attributes, *self.vocabulary.outputs]
            hint = did_you_mean(node.name, names)
            self.report("LP201", f"unknown name `{node.name}`", node, hint)
        return known.get(node.name)

    def outside_where(self, node: Node, what: str) -> bool:
        """Tell whether all names can be used here, and report where they cannot."""
        if self.scope is None:
            return True
        hint = f"inside `where` there are only the properties of `{self.scope}`"
        self.report("LP207", f"{what} cannot be used inside `where`", node, hint)
        return False

    def on_attribute(self, node: Attribute) -> ValueType | None:
        return self.lookup(node, self.vocabulary.attributes)

    def on_output(self, node: Output) -> ValueType | None:
        return self.lookup(node, self.vocabulary.outputs)

    def on_property(self, node: Property) -> ValueType | None:
        if self.scope is None:
            message = f"the property `{node.name}` can only be used inside the `where` of signals"
            self.report("LP207", message, node)
            return None
        return self.property_type(node, self.scope, node.name)

    def property_type(self, node: Node, signal: str, name: str) -> ValueType | None:
        known = self.vocabulary.signals[signal]
        if name not in known:
            hint = did_you_mean(name, known)
            self.report("LP207", f"`{signal}` has no property `{name}`", node, hint)
        return known.get(name)

    def on_consent_status(self, node: ConsentStatus) -> ValueType:
        channels = self.vocabulary.purposes.get(node.purpose)
        if not self.outside_where(node, "`consent`"):
            return CONSENT_TYPE
        if channels is None:
            hint = did_you_mean(node.purpose, self.vocabulary.purposes)
            self.report("LP209", f"unknown purpose `{node.purpose}`", node, hint)
        elif node.channel not in channels:
            message = f"the purpose `{node.purpose}` has no channel `{node.channel}`"
            self.report("LP209", message, node, did_you_mean(node.channel, channels))
        return CONSENT_TYPE

    # ------------------------------------------------------------------------- aggregates
    def on_aggregate(self, node: Aggregate) -> ValueType | None:
        if not self.outside_where(node, f"`{node.function.value}`"):
            return None
        if node.within is not None:
            self.duration(node.within, node)
        self.check_decay(node)
        added = self.check_signal(node)
        match node.function:
            case AggregateFunction.COUNT:
                return ValueType(Kind.NUMBER if node.decay else Kind.WHOLE, nullable=False)
            case AggregateFunction.ANY:
                return ValueType(Kind.FLAG, nullable=False)
            case AggregateFunction.DAYS_SINCE:
                return ValueType(Kind.WHOLE, unit="days")
            case AggregateFunction.SUM:
                return None if added is None else replace(added, nullable=False)
            case AggregateFunction.FIRST | AggregateFunction.LAST:
                return ValueType(Kind.MOMENT)

    def check_signal(self, node: Aggregate) -> ValueType | None:
        """Check the signal with `where` and `of`, and return the type of what `of` names."""
        if (node.of is None) is (node.function is AggregateFunction.SUM):
            self.report("LP205", "`of` names what `sum` adds: `sum` needs it, nothing else", node)
        if node.signal not in self.vocabulary.signals:
            hint = did_you_mean(node.signal, self.vocabulary.signals)
            self.report("LP207", f"unknown signal `{node.signal}`", node, hint)
            return None
        self.check_where(node)
        if node.of is None:
            return None
        added = self.property_type(node, node.signal, node.of)
        return self.needs(NUMERIC, "`sum` adds numbers", Property(node.of, place=node.place), added)

    def check_where(self, node: Aggregate) -> None:
        if node.where is not None:
            inside = _Inference(self.vocabulary, scope=node.signal)
            inside.needs(_FLAGS, "`where` needs a condition", node.where, inside.visit(node.where))
            self.problems += inside.problems

    def check_decay(self, node: Aggregate) -> None:
        decay = node.decay
        if decay is None:
            return
        if node.function is not AggregateFunction.COUNT:
            self.report("LP205", f"`{node.function.value}` has no decay, only `count` has", node)
        if isinstance(decay, HalfLife):
            if not 1 <= decay.days <= LONGEST // timedelta(days=1):
                self.report("LP205", "a half-life is 1 day to 100 years", node)
            return
        self.duration(decay.every, node)
        if not (fits(decay.lose) and 0 < decay.lose <= 1):
            self.report("LP205", "`lose` is a share above 0 and up to 1", node)

    # ------------------------------------------------------------------------------ terms
    def on_email_domain(self, node: EmailDomain, of: ValueType | None) -> ValueType:
        self.needs(_TEXTS, "`domain` needs a text", node.of, of)
        return ValueType(Kind.TEXT)

    def on_sum(self, node: Sum, items: Sequence[ValueType | None]) -> ValueType:
        return self.numbers("only numbers can be added", node, node.items, items)

    def on_scaled(self, node: Scaled, of: ValueType | None) -> ValueType:
        found = self.numbers("only numbers can be multiplied", node, (node.of,), (of,))
        if not fits(node.factor):
            self.report("LP210", f"a number has at most {MAX_DIGITS} digits", node)
        elif node.factor != node.factor.to_integral_value():
            return replace(found, kind=Kind.NUMBER)
        return found

    def on_extreme(self, node: Extreme, items: Sequence[ValueType | None]) -> ValueType:
        what = f"`{node.pick.value}`"
        if not items:
            self.report("LP205", f"{what} needs at least one number", node)
        return self.numbers(f"{what} needs numbers", node, node.items, items)

    def on_rounded(self, node: Rounded, of: ValueType | None) -> ValueType:
        found = self.numbers("`rounded` needs a number", node, (node.of,), (of,))
        if not 0 <= node.decimals <= MAX_DIGITS:
            self.report("LP205", f"a number is rounded to 0 to {MAX_DIGITS} decimals", node)
        return replace(found, kind=Kind.WHOLE) if node.decimals == 0 else found

    def on_case(
        self,
        node: Case,
        branches: Sequence[tuple[ValueType | None, ValueType | None]],
        otherwise: ValueType | None,
    ) -> ValueType | None:
        if not branches:
            self.report("LP205", "`case` needs at least one condition with a value", node)
        for (condition, _), (found, _) in zip(node.branches, branches, strict=True):
            self.needs(_FLAGS, "`case` needs conditions", condition, found)
        nodes = (*(value for _, value in node.branches), node.otherwise)
        values = (*(value for _, value in branches), otherwise)
        known = [(part, kind) for part, kind in zip(nodes, values, strict=True) if kind is not None]
        nullable = len(known) < len(values) or any(kind.nullable for _, kind in known)
        return replace(self.common(node, known), nullable=nullable) if known else None

    # ------------------------------------------------------------------------- conditions
    def on_known(self, node: Known, of: ValueType | None) -> ValueType:
        return _flag(())

    def on_compare(
        self, node: Compare, left: ValueType | None, right: ValueType | None
    ) -> ValueType:
        if left is not None and right is not None:
            self.comparable((node.left, left), (node.right, right), node)
            self.can_be_compared(node.op, node.left, left)
            self.can_be_compared(node.op, node.right, right)
        return _flag((left, right))

    def on_one_of(self, node: OneOf, of: ValueType | None) -> ValueType:
        if not node.values:
            self.report("LP205", "`in` needs at least one value", node)
        for literal in node.values:
            equal = Compare(Comparison.EQ, node.of, literal, place=literal.place or node.place)
            self.on_compare(equal, of, self.on_literal(literal))
        return _flag((of,))

    def on_in_list(self, node: InList, of: ValueType | None) -> ValueType:
        self.needs(TEXTUAL, "`in_list` needs a text", node.of, of)
        if node.list not in self.vocabulary.lists:
            hint = did_you_mean(node.list, self.vocabulary.lists)
            self.report("LP208", f"unknown list `{node.list}`", node, hint)
        return _flag((of,))

    def on_text_test(self, node: TextTest, of: ValueType | None) -> ValueType:
        self.needs(_TEXTS, f"`{node.relation.value}` needs a text", node.of, of)
        if not (fold(node.needle) if node.relation in _FOLDING else node.needle):
            self.report("LP205", f"`{node.relation.value}` needs a text to look for", node)
        return _flag((of,))

    def on_includes(self, node: Includes, of: ValueType | None) -> ValueType:
        several = self.needs({Kind.CHOICES}, "`includes` needs choices", node.of, of)
        if several is not None:
            self.code((node.of, several), node.code, node)
        return _flag((of,))

    def on_recent(self, node: Recent, of: ValueType | None) -> ValueType:
        self.needs(_TIMES, "`within` needs a day or a moment", node.of, of)
        self.duration(node.within, node)
        return _flag((of,))

    def on_older_than(self, node: OlderThan, of: ValueType | None) -> ValueType:
        self.needs(_TIMES, "`older_than` needs a day or a moment", node.of, of)
        self.duration(node.age, node)
        return _flag((of,))

    def logic(
        self, what: str, items: Sequence[Node], found: Sequence[ValueType | None]
    ) -> ValueType:
        for pair in zip(items, found, strict=True):
            self.needs(_FLAGS, f"{what} needs conditions", *pair)
        return _flag(found)

    def on_not(self, node: Not, of: ValueType | None) -> ValueType:
        return self.logic("`not`", (node.of,), (of,))

    def on_and(self, node: And, items: Sequence[ValueType | None]) -> ValueType:
        return self.logic("`and`", node.items, items)

    def on_or(self, node: Or, items: Sequence[ValueType | None]) -> ValueType:
        return self.logic("`or`", node.items, items)

    def on_at_least(self, node: AtLeast, items: Sequence[ValueType | None]) -> ValueType:
        if not 1 <= node.count <= len(items):
            message = f"`at_least` can ask for 1 to {len(items)} of these, not for {node.count}"
            self.report("LP205", message, node)
        return self.logic("`at_least`", node.items, items)

"""The text of a trace: one local for every expression, three-valued, in the order of evaluation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from leadpolicy.backends.python.conditions import Setting
from leadpolicy.backends.python.signals import Signals
from leadpolicy.backends.python.terms import Term, common_kind
from leadpolicy.backends.python.text import Body, Names
from leadpolicy.expr.evaluate import DAY, whole_days
from leadpolicy.expr.folding import fold, word_pattern
from leadpolicy.expr.nodes import (
    Aggregate,
    And,
    AtLeast,
    Attribute,
    Case,
    Compare,
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
    Pick,
    Property,
    Recent,
    Rounded,
    Scaled,
    Sum,
    TextRelation,
    TextTest,
)
from leadpolicy.expr.traverse import Fold
from leadpolicy.expr.types import Kind, ValueType, Vocabulary

_WORD: Final = re.compile(r"\w+")
_SHORT: Final = 8


class TraceText(Fold[Term]):
    """Writes `trace(values, row, signals, consents, at)`; equal expressions share a local."""

    def __init__(self, names: Names, setting: Setting, vocabulary: Vocabulary) -> None:
        self.written: dict[Node, Term] = {}
        self.outputs: dict[str, Term] = {}
        self.signals = Signals(names, setting, vocabulary.signals)
        self.body = Body()
        self._names = names
        self._setting = setting
        self._vocabulary = vocabulary
        self._shared: dict[str, str] = {}

    def _step(self, node: Node, parts: Sequence[Term]) -> Term:
        found = self.written.get(node)
        if found is None:
            found = self.written[node] = super()._step(node, parts)
        return found

    def given(self, name: str, place: int, known: ValueType) -> None:
        """Make an output known that was worked out before: its place among `values`."""
        text = self.body.assign(f"values[{place}]")
        self.outputs[name] = Term(text, known.kind, known.nullable)

    def _assigned(self, text: str, kind: Kind, of: Iterable[Term] = ()) -> Term:
        """Assign a value that is None as soon as one of its terms is."""
        guards = dict.fromkeys(f"{term.text} is None" for term in of if term.nullable)
        if guards:
            text = f"None if {' or '.join(guards)} else {text}"
        return Term(self.body.assign(text), kind)

    def _flag(self, text: str, *of: Term) -> Term:
        return self._assigned(text, Kind.FLAG, of)

    def _once(self, text: str) -> str:
        """Return the local that holds the value of a text, which is computed once."""
        if text not in self._shared:
            self._shared[text] = self.body.assign(text)
        return self._shared[text]

    # -------------------------------------------------------------------------------- leaves
    def on_literal(self, node: Literal) -> Term:
        return Term(self._names.constant(node.value), node.kind, nullable=False)

    def on_attribute(self, node: Attribute) -> Term:
        known = self._vocabulary.attributes[node.name]
        return Term(self._once(f"row.get({self._names.constant(node.name)})"), known.kind)

    def on_property(self, node: Property) -> Term:
        raise TypeError(f"not about a lead: property `{node.name}`")

    def on_output(self, node: Output) -> Term:
        return self.outputs[node.name]

    def on_consent_status(self, node: ConsentStatus) -> Term:
        key = self._names.constant((node.purpose, node.channel))
        return Term(self._once(f"consents.get({key})"), Kind.CHOICE)

    def on_aggregate(self, node: Aggregate) -> Term:
        return self.signals.term(node)

    # --------------------------------------------------------------------------------- terms
    def on_email_domain(self, node: EmailDomain, of: Term) -> Term:
        return self._assigned(f"email_domain({of.text})", Kind.TEXT, [of])

    def on_case(self, node: Case, branches: Sequence[tuple[Term, Term]], otherwise: Term) -> Term:
        kind = common_kind([*(value for _, value in branches), otherwise])
        if len(branches) <= _SHORT:
            parts = [f"{value.text} if {test.text} else " for test, value in branches]
            return self._assigned("".join(parts) + otherwise.text, kind)
        name = self.body.assign(otherwise.text)
        for test, value in reversed(branches):
            self.body.add(f"if {test.text}: {name} = {value.text}")
        return Term(name, kind)

    def on_sum(self, node: Sum, items: Sequence[Term]) -> Term:
        return self._numbers("added(({},))", items)

    def on_extreme(self, node: Extreme, items: Sequence[Term]) -> Term:
        pick = "least" if node.pick is Pick.LOWEST else "most"
        return self._numbers(pick + "(({},))", items)

    def _numbers(self, form: str, items: Sequence[Term]) -> Term:
        text = form.format(", ".join(item.text for item in items))
        return self._assigned(text, common_kind(items), items)

    def on_scaled(self, node: Scaled, of: Term) -> Term:
        factor = self._names.constant(node.factor)
        whole = of.kind is Kind.WHOLE and node.factor == node.factor.to_integral_value()
        kind = Kind.WHOLE if whole else Kind.NUMBER
        return self._assigned(f"scaled({of.text}, {factor})", kind, [of])

    def on_rounded(self, node: Rounded, of: Term) -> Term:
        kind = of.kind if node.decimals else Kind.WHOLE
        return self._assigned(f"rounded({of.text}, {node.decimals})", kind, [of])

    # --------------------------------------------------------------------------------- tests
    def on_known(self, node: Known, of: Term) -> Term:
        return self._flag(f"{of.text} is not None")

    def on_compare(self, node: Compare, left: Term, right: Term) -> Term:
        return self._flag(f"{left.text} {node.op.value} {right.text}", left, right)

    def on_one_of(self, node: OneOf, of: Term) -> Term:
        values = self._names.constant(frozenset(literal.value for literal in node.values))
        return self._flag(f"{of.text} in {values}", of)

    def on_in_list(self, node: InList, of: Term) -> Term:
        entries = self._names.constant(self._setting.lists[node.list])
        return self._flag(f"{self._folded(of)} in {entries}", of)

    def on_text_test(self, node: TextTest, of: Term) -> Term:
        needle = self._names.constant(node.needle)
        match node.relation:
            case TextRelation.CONTAINS:
                return self._flag(f"{needle} in {of.text}", of)
            case TextRelation.STARTS_WITH:
                return self._flag(f"{of.text}.startswith({needle})", of)
            case TextRelation.ENDS_WITH:
                return self._flag(f"{of.text}.endswith({needle})", of)
            case TextRelation.CONTAINS_CI:
                needle = self._names.constant(fold(node.needle))
                return self._flag(f"{needle} in {self._folded(of)}", of)
            case TextRelation.HAS_WORD:
                return self._has_word(fold(node.needle), of)

    def _folded(self, of: Term) -> str:
        return self._once(f"None if {of.text} is None else fold({of.text})")

    def _has_word(self, needle: str, of: Term) -> Term:
        folded = self._folded(of)
        if not _WORD.fullmatch(needle):
            search = self._names.constant(word_pattern(needle))
            return self._flag(f"{search}.search({folded}) is not None", of)
        split = self._names.constant(_WORD)
        words = self._once(f"words({split}.findall({folded} or ''))")
        return self._flag(f"{self._names.constant(needle)} in {words}", of)

    def on_includes(self, node: Includes, of: Term) -> Term:
        return self._flag(f"{self._names.constant(node.code)} in {of.text}", of)

    def on_recent(self, node: Recent, of: Term) -> Term:
        within = DAY * whole_days(node.within) if of.kind is Kind.DAY else node.within
        return self._flag(f"NOTHING <= {self._age(of)} < {self._names.constant(within)}", of)

    def on_older_than(self, node: OlderThan, of: Term) -> Term:
        age = DAY * whole_days(node.age) if of.kind is Kind.DAY else node.age
        return self._flag(f"{self._age(of)} >= {self._names.constant(age)}", of)

    def _age(self, of: Term) -> str:
        if of.kind is not Kind.DAY:
            return f"at - {of.text}"
        zone = self._names.constant(self._setting.zone)
        return f"{self._once(f'local_day(at, {zone})')} - {of.text}"

    # --------------------------------------------------------------------------- connectives
    def on_not(self, node: Not, of: Term) -> Term:
        return self._flag(f"not {of.text}", of)

    def on_and(self, node: And, items: Sequence[Term]) -> Term:
        return self._kleene(items, final="False", neutral="True")

    def on_or(self, node: Or, items: Sequence[Term]) -> Term:
        return self._kleene(items, final="True", neutral="False")

    def _kleene(self, items: Sequence[Term], *, final: str, neutral: str) -> Term:
        decided = " or ".join(f"{item.text} is {final}" for item in items) or "False"
        open_ = " or ".join(f"{item.text} is None" for item in items) or "False"
        return self._flag(f"{final} if {decided} else None if {open_} else {neutral}")

    def on_at_least(self, node: AtLeast, items: Sequence[Term]) -> Term:
        all_items = self.body.assign(f"({', '.join(item.text for item in items)},)")
        met = self.body.assign(f"{all_items}.count(True)")
        tipped = f"{met} + {all_items}.count(None) >= {node.count}"
        return self._flag(f"True if {met} >= {node.count} else None if {tipped} else False")

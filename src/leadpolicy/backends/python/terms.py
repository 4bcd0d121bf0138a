"""Terms as generated Python: simple ones are an expression, others a local computed once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from leadpolicy.backends.guarded import Formula, met
from leadpolicy.backends.python.text import Body, Names
from leadpolicy.expr.nodes import (
    Aggregate,
    Attribute,
    Case,
    ConsentStatus,
    EmailDomain,
    Extreme,
    Literal,
    Node,
    Output,
    Pick,
    Property,
    Rounded,
    Scaled,
    Sum,
)
from leadpolicy.expr.types import NUMERIC, Kind

_SHORT_CASE = 8


@dataclass(frozen=True, slots=True)
class Term:
    """The text of a value; where it is `nullable`, the text may give None."""

    text: str
    kind: Kind
    nullable: bool = True


class Terms(ABC):
    """Writes the terms of one generated function; equal terms share one local."""

    def __init__(self, names: Names, body: Body) -> None:
        self.names = names
        self.body = body
        self._written: dict[Node, Term] = {}

    @abstractmethod
    def leaf(self, node: Node) -> Term:
        """Return the text of an attribute, property, output, aggregate or consent status."""

    @abstractmethod
    def condition(self, formula: Formula) -> str:
        """Return the text of a two-valued condition."""

    def term(self, node: Node) -> Term:
        """Return the text of a term, after adding the statements that compute it."""
        if isinstance(node, Literal):
            return Term(self.names.constant(node.value), node.kind, nullable=False)
        found = self._written.get(node)
        if found is None:
            found = self._written[node] = self._write(node)
        return found

    def _write(self, node: Node) -> Term:
        match node:
            case Attribute() | Property() | Output() | ConsentStatus() | Aggregate():
                return self.leaf(node)
            case EmailDomain(of=of):
                return self._guarded("email_domain({})", Kind.TEXT, self.term(of), nullable=True)
            case Case():
                return self._case(node)
            case Sum(items=items):
                return self._sum([self.term(item) for item in items])
            case Scaled():
                return self._scaled(node)
            case Extreme(items=items):
                pick = "least" if node.pick is Pick.LOWEST else "most"
                return self._call(f"{pick}(({{}},))", [self.term(item) for item in items])
            case Rounded(of=of):
                return self._rounded(self.term(of), node.decimals)
            case _:
                return self._three_valued(node)

    def _guarded(self, form: str, kind: Kind, *of: Term, nullable: bool = False) -> Term:
        """Apply a form to terms; None as soon as one of them is."""
        text = form.format(", ".join(term.text for term in of))
        guards = [f"{term.text} is None" for term in of if term.nullable]
        if guards:
            text = f"None if {' or '.join(dict.fromkeys(guards))} else {text}"
        return Term(self.body.assign(text), kind, nullable or bool(guards))

    def _call(self, form: str, items: list[Term]) -> Term:
        return self._guarded(form, common_kind(items), *items)

    def _sum(self, items: list[Term]) -> Term:
        if all(item.kind is Kind.WHOLE for item in items):
            total = " + ".join(item.text for item in items) or "0"
            return self._guarded(total, Kind.WHOLE, *items)
        return self._call("added(({},))", items)

    def _scaled(self, node: Scaled) -> Term:
        of = self.term(node.of)
        if of.kind is Kind.WHOLE and node.factor == node.factor.to_integral_value():
            return self._guarded(f"{{}} * {self.names.constant(int(node.factor))}", of.kind, of)
        factor = self.names.constant(node.factor)
        return self._guarded(f"scaled({{}}, {factor})", Kind.NUMBER, of)

    def _rounded(self, of: Term, decimals: int) -> Term:
        if of.kind is Kind.WHOLE:
            return of
        kind = Kind.NUMBER if decimals else Kind.WHOLE
        return self._guarded(f"rounded({{}}, {decimals})", kind, of)

    def _case(self, node: Case) -> Term:
        values = [self.term(value) for _, value in node.branches]
        otherwise = self.term(node.otherwise)
        tests = [self.condition(met(test)) for test, _ in node.branches]
        every = [*values, otherwise]
        texts = [value.text for value in values]
        name = self.choose(list(zip(tests, texts, strict=True)), otherwise.text)
        return Term(name, common_kind(every), any(value.nullable for value in every))

    def choose(self, branches: list[tuple[str, str]], otherwise: str) -> str:
        """Return a local with the value beside the first test that holds."""
        if len(branches) <= _SHORT_CASE:
            chain_ = "".join(f"{value} if {test} else " for test, value in branches)
            return self.body.assign(chain_ + otherwise)
        name = self.body.assign(otherwise)
        for test, value in reversed(branches):
            self.body.add(f"if {test}: {name} = {value}")
        return name

    def _three_valued(self, node: Node) -> Term:
        holds, fails = self.condition(met(node)), self.condition(met(node, False))
        text = f"True if {holds} else False if {fails} else None"
        return Term(self.body.assign(text), Kind.FLAG)


def common_kind(values: Sequence[Term]) -> Kind:
    """Return the kind that the values of a case, or numbers taken together, share."""
    kinds = {value.kind for value in values}
    if kinds <= NUMERIC:
        return Kind.NUMBER if Kind.NUMBER in kinds else Kind.WHOLE
    return next((kind for kind in kinds if kind is not Kind.TEXT), Kind.TEXT)

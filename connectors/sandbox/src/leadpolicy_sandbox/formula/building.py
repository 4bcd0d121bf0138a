"""Checks a formula and makes it ready to run, in one walk over its tree."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from leadpolicy_sandbox.formula.functions import FUNCTIONS
from leadpolicy_sandbox.formula.model import (
    TYPE_OF,
    Call,
    Chain,
    Field,
    FieldKind,
    FormulaError,
    Node,
    Scope,
    Value,
    Written,
)
from leadpolicy_sandbox.formula.operators import Work, combine
from leadpolicy_sandbox.formula.registry import Function, Part, Run, Site

_ZERO: Final = Decimal(0)
_PICKLISTS: Final = ("picklist", "multipicklist")


def build(node: Node, site: Site) -> Part:
    """Return what runs a node, or raise FormulaError where the language forbids it."""
    match node:
        case Written(value, kind):
            return Part(kind, node, lambda _scope: value)
        case Field():
            return _field(node, site)
        case Call():
            return _call(node, site)
        case Chain():
            return _chain(node, site)


def refuse_picklist(part: Part) -> Part:
    """Return a part that is no bare picklist, which most places do not take."""
    if part.type in _PICKLISTS:
        name = part.node.name if isinstance(part.node, Field | Call) else ""
        word = "picklist" if part.type == "picklist" else "multi-select picklist"
        raise FormulaError(
            f"Field {name} is a {word} field. "
            f"{word.capitalize()} fields are only supported in certain functions.",
            part.node.position,
        )
    return part


def _field(node: Field, site: Site) -> Part:
    name = node.name
    kind = site.kinds.get(name.lower())
    if kind is None:
        raise FormulaError(f"Field {name} does not exist. Check spelling.", node.position)
    return Part(TYPE_OF[kind], node, _reader(name, kind, site.blanks_as_zero))


def _reader(name: str, kind: FieldKind, blanks_as_zero: bool) -> Run:
    if kind == "checkbox":
        return lambda scope: bool(scope.value(name))
    if kind not in {"number", "percent"}:
        return lambda scope: scope.value(name)
    blank = _ZERO if blanks_as_zero else None
    share = kind == "percent"

    def number(scope: Scope) -> Value:
        value = scope.value(name)
        if not isinstance(value, Decimal):
            return blank
        return value / 100 if share else value

    return number


def _call(node: Call, site: Site) -> Part:
    function = FUNCTIONS.get(node.name)
    if function is None:
        raise FormulaError(f"Unknown function {node.name}. Check spelling.", node.position)
    if function.rules_only and site.where == "field":
        raise FormulaError(
            f"Function {node.name} may not be used in this type of formula", node.position
        )
    _count_arguments(node, function)
    parts = [build(argument, site) for argument in node.arguments]
    for number, part in enumerate(parts):
        if number or part.type not in function.picklists:
            refuse_picklist(part)
    return function.make(node, parts, site)


def _count_arguments(node: Call, function: Function) -> None:
    count = len(node.arguments)
    too_many = function.most is not None and count > function.most
    if count < function.least or too_many:
        wanted = function.most if too_many else function.least
        raise FormulaError(
            f"Incorrect number of parameters for function '{node.name}()'. "
            f"Expected {wanted}, received {count}",
            node.position,
        )


def _chain(node: Chain, site: Site) -> Part:
    found = refuse_picklist(build(node.first, site))
    first, steps = found.run, list[tuple[Work, Run]]()
    for sign, operand, position in node.rest:
        other = refuse_picklist(build(operand, site))
        kind, work = combine(sign, found, other, position)
        steps.append((work, other.run))
        found = Part(kind, node, first)
    if len(steps) == 1:
        ((work, second),) = steps
        return Part(found.type, node, lambda scope: work(first(scope), second(scope)))

    def run(scope: Scope) -> Value:
        value = first(scope)
        for work, other in steps:
            value = work(value, other(scope))
        return value

    return Part(found.type, node, run)

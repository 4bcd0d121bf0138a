"""Functions that compare a record with what it was, which only rules may do."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from leadpolicy_sandbox.formula.model import Call, Field, FormulaError, Scope, Type, Value
from leadpolicy_sandbox.formula.registry import Part, Site, special

_PICKLISTS: Final[frozenset[Type]] = frozenset({"picklist", "multipicklist"})


@special("ISNEW", 0, 0, rules_only=True)
def _isnew(call: Call, _parts: list[Part], _site: Site) -> Part:
    return Part("boolean", call, lambda scope: scope.prior is None)


@special("ISCHANGED", 1, 1, picklists=_PICKLISTS, rules_only=True)
def _ischanged(call: Call, parts: list[Part], _site: Site) -> Part:
    name = _own_field(call, parts)

    def run(scope: Scope) -> Value:
        return scope.prior is not None and _set(scope.value(name)) != _set(scope.before(name))

    return Part("boolean", call, run)


@special("PRIORVALUE", 1, 1, picklists=_PICKLISTS, rules_only=True)
def _priorvalue(call: Call, parts: list[Part], site: Site) -> Part:
    name = _own_field(call, parts)
    flag = parts[0].type == "boolean"
    percent = site.kinds.get(name.lower()) == "percent"

    def run(scope: Scope) -> Value:
        value = scope.before(name)
        if percent and isinstance(value, Decimal):
            return value / 100
        return bool(value) if flag else value

    return Part(parts[0].type, call, run)


def _own_field(call: Call, parts: list[Part]) -> str:
    node = parts[0].node
    if not isinstance(node, Field):
        raise FormulaError(
            f"Incorrect parameter type for function '{call.name}()'. "
            "Expected Field, received expression",
            node.position,
        )
    if "." in node.name:
        raise FormulaError(
            f"Field {node.name} may not be used with function {call.name}()", node.position
        )
    return node.name


def _set(value: Value) -> Value:
    return value or None if isinstance(value, str | bool) else value

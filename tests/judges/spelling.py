"""Writes a formula so that judges can read it, and in words that the recorded table has."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from leadpolicy_sandbox.formula import FieldKind, Formula
from leadpolicy_sandbox.formula.model import Call, Chain, Field, Node, Written

NOW: Final = "judged_at__c"
TODAY: Final = "judged_on__c"


def as_texts(kinds: Mapping[str, FieldKind]) -> dict[str, FieldKind]:
    """Return the kinds with picklists as texts, which hold the names of their values.

    The time is a field as well: the recorded table knows no other time than the recorder's.
    """
    found: dict[str, FieldKind] = {
        name: "text" if kind.endswith("picklist") else kind for name, kind in kinds.items()
    }
    return {**found, NOW: "datetime", TODAY: "date"}


def respelled(formula: Formula, kinds: Mapping[str, FieldKind]) -> str:
    """Return a formula that means the same in words which the recorded table has.

    It knows no picklists, so they become texts; and no NOT of a condition, so that becomes a
    comparison with FALSE, which is blank where NOT is; `&` is `+` between texts, and CASE over
    numbers a ladder of IF.

    >>> from leadpolicy_sandbox.formula import parse
    >>> respelled(parse('if(ispickval(Rating, "Hot"), 1, 0)'), {"Rating": "picklist"})
    'IF((Rating = "Hot"), 1, 0)'
    """
    picklists = {name.lower() for name, kind in kinds.items() if kind == "picklist"}

    def spelled(node: Node) -> str:
        match node:
            case Written(value):
                return _written(value)
            case Field(name):
                return name
            case Call("NOW" | "TODAY" as name):
                return NOW if name == "NOW" else TODAY
            case Call("NOT", (only,)):
                return f"({spelled(only)} = FALSE)"
            case Call("ISPICKVAL", (field, code)):
                return _picked(spelled(field), spelled(code))
            case Call("INCLUDES", (field, Written(str(code)))):
                return f'CONTAINS((";" + {spelled(field)} + ";"), {_written(f";{code};")})'
            case Call("CASE", (of, test, *_)) if _is_number(test):
                return _stepped(spelled(of), [spelled(item) for item in node.arguments[1:]])
            case Call("TEXT", (Field(name),)) if name.lower() in picklists:
                return name
            case Call("-" | "+" as sign, (only,)):
                return f"({sign}{spelled(only)})"
            case Call(name, arguments):
                return f"{name}({', '.join(map(spelled, arguments))})"
            case Chain(first, rest):
                others = (f" {_sign(sign)} {spelled(operand)}" for sign, operand, _ in rest)
                return f"({spelled(first)}{''.join(others)})"

    return spelled(formula.root)


def _stepped(of: str, rest: list[str]) -> str:
    *pairs, found = rest
    for test, value in reversed(list(zip(pairs[::2], pairs[1::2], strict=True))):
        found = f"IF(({of} = {test}), {value}, {found})"
    return found


def _is_number(node: Node) -> bool:
    match node:
        case Written(Decimal()) | Call("-", (Written(Decimal()),)):
            return True
        case _:
            return False


def _sign(sign: str) -> str:
    return "+" if sign == "&" else sign


def _picked(field: str, code: str) -> str:
    return f"ISBLANK({field})" if code == '""' else f"({field} = {code})"


def _written(value: object) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return "NULL" if value is None else str(value).upper()

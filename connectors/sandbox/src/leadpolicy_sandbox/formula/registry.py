"""How a function of the language is declared: its arguments, its result and what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from leadpolicy_sandbox.formula.model import (
    Call,
    FieldKind,
    FormulaError,
    Node,
    Scope,
    Type,
    Value,
    Where,
)

Run: TypeAlias = Callable[[Scope], Value]

WORDS: Final[Mapping[str, str]] = {
    "text": "Text",
    "number": "Number",
    "boolean": "Boolean",
    "date": "Date",
    "datetime": "DateTime",
    "picklist": "Picklist",
    "multipicklist": "Multi-Select Picklist",
    "null": "null",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a formula that is ready to run: its type, its node and what it does."""

    type: Type
    node: Node
    run: Run


@dataclass(frozen=True, slots=True)
class Site:
    """Where a formula stands: in a field or a rule, among which fields."""

    kinds: Mapping[str, FieldKind]
    where: Where
    blanks_as_zero: bool


Maker: TypeAlias = Callable[[Call, list[Part], Site], Part]


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the language; `picklists` says which arguments may be picklist fields."""

    name: str
    least: int
    most: int | None
    make: Maker
    picklists: frozenset[Type] = frozenset()
    rules_only: bool = False


FUNCTIONS: Final[dict[str, Function]] = {}


def special(
    name: str,
    least: int,
    most: int | None,
    *,
    picklists: frozenset[Type] = frozenset(),
    rules_only: bool = False,
) -> Callable[[Maker], Maker]:
    """Declare a function that decides itself which arguments it looks at."""

    def declare(make: Maker) -> Maker:
        FUNCTIONS[name] = Function(name, least, most, make, picklists, rules_only)
        return make

    return declare


def simple(
    name: str,
    *expected: str,
    result: Type,
    optional: int = 0,
    more: bool = False,
    blanks: bool = False,
    rules_only: bool = False,
) -> Callable[[Callable[..., Value]], Callable[..., Value]]:
    """Declare a function of values: blank as soon as one argument is, unless it takes `blanks`.

    `expected` names the types of each argument, several with `|` between them; the last may repeat
    if there may be `more`, and the last `optional` ones may be missing.
    """
    kinds = tuple(tuple(item.split("|")) for item in expected)

    def declare(work: Callable[..., Value]) -> Callable[..., Value]:
        def make(call: Call, parts: list[Part], site: Site) -> Part:
            for number, part in enumerate(parts):
                expect(part, *kinds[min(number, len(kinds) - 1)], function=name)
            return Part(result, call, strict(work, [part.run for part in parts], blanks))

        most = None if more else len(kinds)
        FUNCTIONS[name] = Function(name, len(kinds) - optional, most, make, rules_only=rules_only)
        return work

    return declare


def strict(work: Callable[..., Value], runs: list[Run], blanks: bool) -> Run:
    """Return what runs the arguments and then a function on their values."""
    if blanks:
        return lambda scope: work(*[run(scope) for run in runs])
    if len(runs) == 1:
        only = runs[0]

        def run_one(scope: Scope) -> Value:
            value = only(scope)
            return None if value is None else work(value)

        return run_one

    def run_all(scope: Scope) -> Value:
        values: list[Any] = []
        for run in runs:
            value = run(scope)
            if value is None:
                return None
            values.append(value)
        return work(*values)

    return run_all


def expect(part: Part, *allowed: str, function: str) -> None:
    """Refuse an argument that has none of the allowed types; null is of every type."""
    if part.type not in allowed and part.type != "null":
        wanted = ", ".join(WORDS[item] for item in allowed)
        raise FormulaError(
            f"Incorrect parameter type for function '{function}()'. "
            f"Expected {wanted}, received {WORDS[part.type]}",
            part.node.position,
        )


def common(parts: list[Part], *, function: str) -> Type:
    """Return the type that all parts have, or refuse the first that differs."""
    found: Type = "null"
    for part in parts:
        if found == "null":
            found = part.type
        expect(part, found, function=function)
    return found

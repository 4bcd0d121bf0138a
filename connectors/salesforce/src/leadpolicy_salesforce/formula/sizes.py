"""How large a formula gets: its source as it is stored, and what the CRM compiles it to.

The compiled size is an estimate: characters of the relational text that Salesforce makes of each
construct, measured on its own open-source engine, and a margin on top. Fields that are computed
themselves count with everything that they are made of, once for each time they are named.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from leadpolicy.backends.guarded import Formula, parts
from leadpolicy_salesforce.formula import trees
from leadpolicy_salesforce.formula.meaning import Among, Given, Meaning, Term, Test
from leadpolicy_salesforce.formula.trees import Call, Infix, Name, Tree, Written

MOST_SOURCE: Final = 3_900
MOST_COMPILED: Final = 5_000
RAISED_COMPILED: Final = 15_000
MARGIN: Final = 115
"""Percent of what was measured that a formula is taken to need."""

_MOST_PARTS: Final = 20_000
_MOST_LEVELS: Final = 150
_STORED_NAME: Final = 18
_FIELD: Final = 16
_COMPARISON: Final = 8
_TEXT_COMPARISON: Final = 26
_PICKED: Final = 38
_CASE: Final = 19
_WHEN: Final = 14
_DATE: Final = 26
_CALL: Final = 12
_CALLS: Final[Mapping[str, int]] = {
    "AND": 10,
    "OR": 6,
    "NOT": 8,
    "ISBLANK": 12,
    "IF": 28,
    "CONTAINS": 20,
    "BEGINS": 24,
    "LOWER": 37,
    "TRIM": 14,
    "TEXT": 44,
    "INCLUDES": 60,
    "ISPICKVAL": _PICKED,
    "DATE": 20,
    "DATETIMEVALUE": 34,
    "NOW": 20,
    "TODAY": 24,
}


def source_size(tree: Tree) -> int:
    """Return the bytes of a formula in UTF-8, with names of own fields as long as their ids.

    >>> source_size(trees.infix(trees.Name("Fit__c"), "+", trees.number(1)))
    22
    """
    longer = sum(max(0, _STORED_NAME - len(name.api)) for name in _names(tree))
    return len(trees.written(tree).encode()) + longer


def _names(tree: Tree) -> list[Name]:
    found: list[Name] = []
    waiting: list[Tree] = [tree]
    while waiting:
        current = waiting.pop()
        if isinstance(current, Name) and current.api.endswith("__c"):
            found.append(current)
        waiting.extend(trees.parts(current))
    return found


def compiled_size(tree: Tree) -> int:
    """Return about how many characters Salesforce makes of a formula, with the margin."""
    return -(-measured(tree) * MARGIN // 100)


def measured(tree: Tree) -> int:
    """Return the compiled size without the margin."""
    match tree:
        case Name(size=size):
            return _FIELD if size is None else size
        case Written(text=text):
            return len(text) + 2
        case Call(function="CASE", arguments=(of, *pairs)):
            return _case(of, pairs)
        case Call(function=function, arguments=arguments):
            inside = sum(measured(item) for item in arguments)
            return _CALLS.get(function, _CALL) + inside + 4 * max(0, len(arguments) - 2)
        case Infix(operands=operands):
            inside = sum(measured(item) for item in operands)
            return inside + _operator(tree) + 3 * max(0, len(operands) - 2)


def _case(of: Tree, pairs: list[Tree]) -> int:
    """A picklist is looked up once more for each of its values."""
    is_listed = isinstance(of, Name)
    each = _WHEN + (measured(of) + _PICKED if is_listed else 0)
    return _CASE + measured(of) + sum(map(measured, pairs)) + each * (len(pairs) // 2)


def _operator(tree: Infix) -> int:
    if tree.operator not in {"=", "<>"}:
        return _COMPARISON
    is_text = any(isinstance(x, Written) and x.text.startswith('"') for x in tree.operands)
    return _TEXT_COMPARISON if is_text else _COMPARISON


def is_too_large(meaning: Meaning) -> bool:
    """Tell whether a meaning is so large or deep that no formula can hold it.

    Parts that are shared count each time, as they are written out each time.
    """
    sides: tuple[Formula | Tree, ...]
    if isinstance(meaning, Term):
        sides = (meaning.tree, meaning.known)
    else:
        sides = (meaning.holds, meaning.fails)
    waiting = [(side, 0) for side in sides]
    for _ in range(_MOST_PARTS):
        if not waiting:
            return False
        part, level = waiting.pop()
        if level > _MOST_LEVELS:
            return True
        waiting.extend((inner, level + 1) for inner in _inside(part))
    return True


def _inside(part: Formula | Tree) -> tuple[Formula | Tree, ...]:
    match part:
        case Test(tree=tree) | Given(tree=tree) | Among(tree=tree):
            return (tree,)
        case Formula():
            return parts(part)
        case _:
            return trees.parts(part)

"""Which constructs of the language a formula uses on one record.

A construct is a function or operator with the type that it is applied to, such as `>(number)`, and
apart from it the same one over something blank: `>(number) over blank`. Numbers with more digits
than binary floating point has are apart as well, texts beyond ASCII, parts of seconds, dates that
are not spelled with all their digits, and what raises an error. Only what the record makes
the formula look at counts: of `IF` the branch that is taken, of `AND` what comes up to the first
false. A judge that is right about these is right about the whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from unittest.mock import patch

from leadpolicy_sandbox.formula import EvaluationError, FieldKind, Formula, Scope, building
from leadpolicy_sandbox.formula.model import Call, Chain, Node, Value, Written
from leadpolicy_sandbox.formula.registry import Part, Site

_FAILED: Final = object()
_DIGITS: Final = 15
_PADDED: Final = re.compile(r"[12]\d{3}-\d\d-\d\d( \d\d:\d\d:\d\d)?")
_MARKS: Final = {"'": "an apostrophe", '"': "a quote", "\\": "a backslash"}


@dataclass
class Traced:
    """A formula that remembers which of its parts were looked at, and what they were."""

    formula: Formula
    kinds: dict[str, FieldKind]

    def __post_init__(self) -> None:
        self._seen: dict[int, object] = {}
        self._nodes: dict[int, tuple[Node, str]] = {}
        plain = building.build

        def remembering(node: Node, site: Site) -> Part:
            part = plain(node, site)
            self._nodes[id(node)] = node, part.type
            return Part(part.type, node, self._remembering(node, part))

        site = Site({k.lower(): kind for k, kind in self.kinds.items()}, "rule", False)
        with patch.object(building, "build", remembering):
            self._run = remembering(self.formula.root, site).run

    def _remembering(self, node: Node, part: Part) -> Any:
        def run(scope: Scope) -> Value:
            self._seen[id(node)] = _FAILED
            value = part.run(scope)
            self._seen[id(node)] = value
            return value

        return run

    def constructs(self, scope: Scope) -> frozenset[str]:
        """Return the constructs that a record leads to."""
        self._seen.clear()
        with suppress(EvaluationError):
            self._run(scope)
        return frozenset(self._found())

    def _found(self) -> Iterator[str]:
        for key in self._seen:
            node, type_ = self._nodes[key]
            match node:
                case Call(name, arguments):
                    kinds = [self._nodes[id(item)][1] for item in arguments]
                    word = type_ if name == "IF" else ", ".join(dict.fromkeys(kinds))
                    yield f"{name}({word}){self._state(node, arguments)}"
                case Chain(first, rest):
                    one = self._nodes[id(first)][1]
                    for sign, operand, _ in rest:
                        other = self._nodes[id(operand)][1]
                        kind = one if one == other else f"{one}, {other}"
                        yield f"{sign}({kind}){self._state(node, (first, operand))}"
                case Written(str(text)):
                    yield from (f"a text with {name}" for m, name in _MARKS.items() if m in text)

    def _state(self, node: Node, operands: tuple[Node, ...]) -> str:
        """Return what is out of the ordinary about the values of an operation."""
        if self._seen[id(node)] is _FAILED:
            return " failing"
        values = [self._seen[id(item)] for item in operands if id(item) in self._seen]
        if any(value is None or value == "" for value in values):
            return " over blank"
        if any(map(_is_long, [*values, self._seen[id(node)]])):
            return " over long numbers"
        if any(isinstance(value, str) and not value.isascii() for value in values):
            return " beyond ASCII"
        if isinstance(node, Call) and node.name in {"DATEVALUE", "DATETIMEVALUE"}:
            return "" if _PADDED.fullmatch(str(values[0])) else " of another spelling"
        is_about_time = any(isinstance(value, datetime) for value in values)
        return " over parts of seconds" if is_about_time and any(map(_is_part, values)) else ""


def _is_long(value: object) -> bool:
    """Tell whether a number has more digits than binary floating point keeps."""
    return isinstance(value, Decimal) and len(value.normalize().as_tuple().digits) > _DIGITS


def _is_part(value: object) -> bool:
    return isinstance(value, Decimal) and bool(value * 86400 % 1)

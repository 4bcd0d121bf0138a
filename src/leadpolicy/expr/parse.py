"""Read the text form of an expression: a small subset of Python's expressions, by allow-list.

The text is cut into words and signs, each of which must be on a list; then Python's own parser
gives the structure, of which every kind of part must again be on a list. Nothing is ever run.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice, pairwise
from typing import Final

from leadpolicy.diagnostics import did_you_mean
from leadpolicy.expr.durations import format_duration, parse_duration
from leadpolicy.expr.nodes import (
    And,
    Attribute,
    Compare,
    Comparison,
    Literal,
    Node,
    Not,
    OneOf,
    Or,
    Output,
    Place,
    Property,
    Scaled,
    Sum,
)
from leadpolicy.expr.numbers import MAX_DIGITS, fits, negated, plain
from leadpolicy.expr.parse_calls import call, usage_of
from leadpolicy.expr.problems import Problem
from leadpolicy.expr.reading import BROKEN, MAX_PROBLEMS, GivenUpError, Reading
from leadpolicy.expr.syntax import explain_syntax
from leadpolicy.expr.tokens import check_tokens, shortened, tokenize
from leadpolicy.expr.types import NUMERIC, Kind, Vocabulary

__all__ = ["Parsed", "format_duration", "parse", "parse_duration"]

MAX_LENGTH: Final = 10_000
_COMPARISONS: Final[dict[type[ast.cmpop], Comparison]] = {
    ast.Eq: Comparison.EQ,
    ast.NotEq: Comparison.NE,
    ast.Lt: Comparison.LT,
    ast.LtE: Comparison.LE,
    ast.Gt: Comparison.GT,
    ast.GtE: Comparison.GE,
}
_UNKNOWN_WORDS: Final = frozenset(["none", "null", "nil", "nan", "empty", "missing"])


@dataclass(frozen=True, slots=True)
class Parsed:
    """An expression read from text; None where there are problems."""

    node: Node | None
    problems: tuple[Problem, ...] = ()


def parse(text: str, vocabulary: Vocabulary) -> Parsed:
    """Read an expression, or say everything that is wrong with it; never raises.

    Places count characters of the text, which may have several lines.

    >>> from leadpolicy.expr.types import Kind, ValueType
    >>> words = Vocabulary(attributes={"employees": ValueType(Kind.WHOLE)})
    >>> parse("emploees >= 50", words).problems[0].hint
    'did you mean `employees`?'
    """
    if len(text) > MAX_LENGTH:
        message = f"the text has more than {MAX_LENGTH:,} characters"
        return Parsed(None, (Problem("LP210", message, (0, len(text))),))
    tokens = tokenize(text)
    if not tokens:
        return Parsed(None, (Problem("LP204", "the text is empty", (0, len(text))),))
    problems = tuple(islice(check_tokens(tokens), MAX_PROBLEMS))
    if problems:
        return Parsed(None, _in_order(problems))
    try:
        tree = ast.parse(f"(\n{text}\n)", mode="eval").body
    except (SyntaxError, ValueError):
        return Parsed(None, (explain_syntax(tokens),))
    except (MemoryError, RecursionError):
        return _too_deep(text)
    return _read(tree, text, vocabulary)


def _too_deep(text: str) -> Parsed:
    return Parsed(None, (Problem("LP210", "the text is nested too deep", (0, len(text))),))


def _read(tree: ast.expr, text: str, vocabulary: Vocabulary) -> Parsed:
    reader = _Reader(text, vocabulary)
    node: Node | None
    try:
        node = reader.read(tree)
    except GivenUpError:
        node = None
    except RecursionError:
        return _too_deep(text)
    problems = _in_order(reader.problems)
    return Parsed(None if problems else node, problems)


def _in_order(problems: Sequence[Problem] | dict[Problem, None]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda item: item.place or (0, 0)))


class _Reader(Reading):
    """Turns the parts of Python's tree that the language has into nodes."""

    def convert(self, item: ast.expr) -> Node:
        match item:
            case ast.Name():
                return self._name(item)
            case ast.Constant():
                return self._constant(item)
            case ast.BoolOp():
                kind = And if isinstance(item.op, ast.And) else Or
                return kind(tuple(map(self.read, item.values)), place=self.place(item))
            case ast.UnaryOp():
                return self._unary(item)
            case ast.Compare():
                return self._compare(item)
            case ast.BinOp():
                return self._arithmetic(item)
            case ast.Call():
                return call(self, item)
            case ast.Tuple() | ast.List():
                hint = "several values stand only behind `in`, as in `x in ('a', 'b')`"
                return self.refuse("LP204", "one expression is expected here", item, hint)
            case _:
                return self.refuse("LP204", "this is not part of the language", item)

    # ------------------------------------------------------------------------ names, literals
    def _name(self, item: ast.Name) -> Node:
        name, place = item.id, self.place(item)
        if self.scope is not None:
            if name in self.scope[1]:
                return Property(name, place=place)
            what = f"`{self.scope[0]}` has no property"
            return self.unknown("LP207", what, name, self.scope[1], item)
        if name in self.vocabulary.attributes:
            return Attribute(name, place=place)
        if name in self.vocabulary.outputs:
            return Output(name, place=place)
        message = f"unknown name `{shortened(name)}`"
        return self.refuse("LP201", message, item, self._name_hint(name))

    def _name_hint(self, name: str) -> str | None:
        if name.lower() in _UNKNOWN_WORDS:
            return "write `known(x)` or `unknown(x)`"
        if name.lower() in {"true", "false"}:
            return f"write `{name.capitalize()}`"
        if name in self.vocabulary.signals:
            return f"`{name}` is a signal: write `any('{name}')`"
        usage = usage_of(name)
        if usage:
            return f"write `{usage}`"
        return did_you_mean(name, [*self.vocabulary.attributes, *self.vocabulary.outputs])

    def _constant(self, item: ast.Constant) -> Node:
        place = self.place(item)
        match item.value:
            case bool():
                return Literal(Kind.FLAG, item.value, place=place)
            case int():
                return Literal(Kind.WHOLE, item.value, place=place)
            case float():
                return self._number(item, place)
            case str() if item.value.isascii() or _is_encodable(item.value):
                return Literal(Kind.TEXT, item.value, place=place)
            case str():
                return self.refuse("LP204", "half of a surrogate pair is not text", item)
            case _:
                hint = "write `known(x)` or `unknown(x)`" if item.value is None else None
                return self.refuse("LP204", "this is not a value of the language", item, hint)

    def _number(self, item: ast.Constant, place: Place) -> Node:
        value = Decimal(self.source(item))
        if not fits(value):
            return self.refuse("LP210", f"a number has at most {MAX_DIGITS} digits", item)
        return Literal(Kind.NUMBER, Decimal(plain(value)), place=place)

    # ------------------------------------------------------------------------------ operators
    def _unary(self, item: ast.UnaryOp) -> Node:
        if isinstance(item.op, ast.Not):
            return Not(self.read(item.operand), place=self.place(item))
        if isinstance(item.op, ast.USub):
            return negated(self.read(item.operand), self.place(item))
        return self.refuse("LP204", "this sign is not part of the language", item, "leave it out")

    def _compare(self, item: ast.Compare) -> Node:
        operands = [item.left, *item.comparators]
        if any(isinstance(op, ast.In | ast.NotIn) for op in item.ops):
            return self._membership(item)
        links = tuple(
            self._link(op, left, right)
            for op, (left, right) in zip(item.ops, pairwise(operands), strict=True)
        )
        return links[0] if len(links) == 1 else And(links, place=self.place(item))

    def _link(self, op: ast.cmpop, left: ast.expr, right: ast.expr) -> Node:
        comparison = _COMPARISONS.get(type(op))
        if comparison is None:
            return self.refuse("LP204", "this comparison is not part of the language", left)
        place = self.place(left, right)
        return Compare(comparison, self.read(left), self.read(right), place=place)

    def _membership(self, item: ast.Compare) -> Node:
        if len(item.ops) > 1:
            return self.refuse("LP204", "`in` cannot be part of a chain", item, "join with `and`")
        of, place = self.read(item.left), self.place(item)
        values = item.comparators[0]
        if not isinstance(values, ast.Tuple | ast.List):
            hint = "write `x in ('a', 'b')`, with a comma also after a single value"
            return self.refuse("LP204", "`in` needs several values in parentheses", values, hint)
        found = OneOf(of, self._values(values.elts), place=place)
        return Not(found, place=place) if isinstance(item.ops[0], ast.NotIn) else found

    def _values(self, items: Sequence[ast.expr]) -> tuple[Literal, ...]:
        values = []
        for item in items:
            node = self.read(item)
            if isinstance(node, Literal):
                values.append(node)
            else:
                self.refuse("LP204", "only written values can stand behind `in`", item)
        return tuple(values)

    # ----------------------------------------------------------------------------- arithmetic
    def _arithmetic(self, item: ast.BinOp) -> Node:
        if isinstance(item.op, ast.Mult):
            return self._product(item)
        terms, signs = self._spine(item)
        nodes = [
            negated(self.read(term), self.place(term)) if minus else self.read(term)
            for term, minus in zip(terms, signs, strict=True)
        ]
        return Sum(tuple(nodes), place=self.place(item))

    def _spine(self, item: ast.BinOp) -> tuple[list[ast.expr], list[bool]]:
        """Return the terms of `a + b - c`, and which are subtracted; brackets stay one term."""
        terms: list[ast.expr] = []
        signs: list[bool] = []
        current: ast.expr = item
        while isinstance(current, ast.BinOp) and isinstance(current.op, ast.Add | ast.Sub):
            if self.place(current)[0] != self.place(item)[0]:
                break
            terms.append(current.right)
            signs.append(isinstance(current.op, ast.Sub))
            current = current.left
        return [current, *reversed(terms)], [False, *reversed(signs)]

    def _product(self, item: ast.BinOp) -> Node:
        left, right = self.read(item.left), self.read(item.right)
        for factor, of in ((left, right), (right, left)):
            if isinstance(factor, Literal) and factor.kind in NUMERIC and factor.unit is None:
                return Scaled(of, Decimal(str(factor.value)), place=self.place(item))
        if left is BROKEN or right is BROKEN:
            return BROKEN
        return self.refuse("LP204", "one side of `*` must be a written number", item)


def _is_encodable(text: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in text)

"""Reads the text of a formula."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any, Final

from leadpolicy_sandbox.formula.model import (
    Call,
    Chain,
    Field,
    Formula,
    FormulaError,
    Node,
    Written,
)

_GRAMMAR: Final = r"""
?start: disjunction
?disjunction: conjunction ("||" conjunction)+ -> either
    | conjunction
?conjunction: equality ("&&" equality)+ -> both
    | equality
?equality: comparison (EQUALITY comparison)+ -> chain
    | comparison
?comparison: sum (COMPARISON sum)+ -> chain
    | sum
?sum: power ((SIGN | CONCAT) power)+ -> chain
    | power
?power: product (POWER product)+ -> chain
    | product
?product: signed (PRODUCT signed)+ -> chain
    | signed
?signed: SIGN signed -> sign
    | NOT signed -> negation
    | primary
?primary: NUMBER -> number
    | TEXT -> text
    | CONSTANT -> constant
    | NAME "(" (disjunction ("," disjunction)*)? ")" -> call
    | NAME -> field
    | "(" disjunction ")"

EQUALITY: "==" | "=" | "<>" | "!="
COMPARISON: "<=" | ">=" | "<" | ">"
SIGN: "+" | "-"
CONCAT: "&"
PRODUCT: "*" | "/"
POWER: "^"
NOT: /not(?![a-z0-9_$:.#])/i | "!"
CONSTANT: /(true|false|null)(?![a-z0-9_$:.#])/i
NUMBER: /[0-9]+(\.[0-9]+)?/
TEXT: /"(\\[nrt"\\]|[^"\\\n\r])*"/ | /'(\\[nrt'\\]|[^'\\\n\r])*'/
NAME: /(?!(true|false|null|not)(?![a-z0-9_$:.#]))[a-z$][a-z0-9_$:.#]*/i
COMMENT: /\/\*(.|\n)*?\*\//
%import common.WS
%ignore WS
%ignore COMMENT
"""
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t"}
_SPELLINGS: Final = {"==": "=", "!=": "<>"}


def parse(text: str) -> Formula:
    """Read a formula; raise FormulaError where its text cannot be understood.

    >>> sorted(parse('IF(ISBLANK(City), 0, Fit__c + 10)').references)
    ['City', 'Fit__c']
    """
    from lark.exceptions import LarkError

    try:
        root: Node = _parser().parse(text)
    except LarkError as error:
        raise _syntax_error(error, text) from None
    names = frozenset(node.name for node in _every(root) if isinstance(node, Field))
    return Formula(text, root, names)


@cache
def _parser() -> Any:
    from lark import Lark

    return Lark(_GRAMMAR, parser="lalr", transformer=_Nodes())


def _syntax_error(error: Any, text: str) -> FormulaError:
    token = getattr(error, "token", None)
    if token is not None and token.type == "$END":
        missing = " Missing ')'" if text.count("(") > text.count(")") else " Unexpected end"
        return FormulaError(f"Syntax error.{missing}", len(text))
    position = error.pos_in_stream or 0
    found = str(token or text[position])
    verb = "Extra" if found in {",", ")"} else "Found"
    return FormulaError(f"Syntax error. {verb} '{found}'", position)


def _every(root: Node) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, Call):
            waiting += node.arguments
        elif isinstance(node, Chain):
            waiting += [node.first, *(operand for _, operand, _ in node.rest)]


class _Nodes:
    """Makes nodes while the text is read; each method is named like a rule of the grammar."""

    def either(self, operands: list[Node]) -> Node:
        return Call("OR", tuple(operands), operands[0].position)

    def both(self, operands: list[Node]) -> Node:
        return Call("AND", tuple(operands), operands[0].position)

    def chain(self, parts: list[Any]) -> Node:
        rest = tuple(
            (_SPELLINGS.get(token, str(token)), operand, token.start_pos)
            for token, operand in zip(parts[1::2], parts[2::2], strict=True)
        )
        return Chain(parts[0], rest, parts[0].position)

    def sign(self, parts: list[Any]) -> Node:
        token, operand = parts
        return Call(str(token), (operand,), token.start_pos)

    def negation(self, parts: list[Any]) -> Node:
        token, operand = parts
        return Call("NOT", (operand,), token.start_pos)

    def number(self, parts: list[Any]) -> Node:
        return Written(Decimal(parts[0]), "number", parts[0].start_pos)

    def text(self, parts: list[Any]) -> Node:
        quoted = str(parts[0])[1:-1].split("\\\\")
        return Written("\\".join(map(_unescaped, quoted)), "text", parts[0].start_pos)

    def constant(self, parts: list[Any]) -> Node:
        word, position = parts[0].lower(), parts[0].start_pos
        if word == "null":
            return Written(None, "null", position)
        return Written(word == "true", "boolean", position)

    def call(self, parts: list[Any]) -> Node:
        return Call(parts[0].upper(), tuple(parts[1:]), parts[0].start_pos)

    def field(self, parts: list[Any]) -> Node:
        return Field(str(parts[0]), parts[0].start_pos)


def _unescaped(text: str) -> str:
    first, *others = text.split("\\")
    return first + "".join(_ESCAPES.get(other[0], other[0]) + other[1:] for other in others)

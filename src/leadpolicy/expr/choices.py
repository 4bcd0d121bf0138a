"""Choices in Python: one of some codes, or a set of them, typed by the enumeration of the codes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, Generic, Never, TypeVar

from leadpolicy.diagnostics import did_you_mean
from leadpolicy.expr.conditions import Condition
from leadpolicy.expr.literals import plain_text, text_literal
from leadpolicy.expr.nodes import Comparison, Includes, Literal, Node, Not, OneOf
from leadpolicy.expr.terms import Term, one_of
from leadpolicy.expr.unparse import unparse

E = TypeVar("E", bound=str)


class ChoiceValue(Term[Any], Generic[E]):
    """One of some codes; `codes` run from lowest to highest where they are `ordered`."""

    __slots__ = ("codes", "ordered")
    _kind = "a choice"

    def __init__(self, node: Node, codes: Iterable[E] = (), *, ordered: bool = False) -> None:
        super().__init__(node)
        self.codes: Final = tuple(map(plain_text, codes))
        self.ordered: Final = ordered

    def __eq__(self, other: E | ChoiceValue[E]) -> Condition:  # type: ignore[override]
        return self._compare(Comparison.EQ, other)

    def __ne__(self, other: E | ChoiceValue[E]) -> Condition:  # type: ignore[override]
        return self._compare(Comparison.NE, other)

    __hash__ = Term.__hash__

    def is_(self, member: E) -> Condition:
        """Be true where the choice is this one; raises ValueError for an unknown code."""
        return self._compare(Comparison.EQ, member)

    def is_not(self, member: E) -> Condition:
        """Be true where the choice is known and another one; ValueError for an unknown code."""
        return self._compare(Comparison.NE, member)

    def is_in(self, *members: E) -> Condition:
        """Be true where the choice is one of these; raises ValueError for an unknown code."""
        return Condition(self._one_of(members))

    def none_of(self, *members: E) -> Condition:
        """Be true where the choice is known and none of these; ValueError for unknown codes."""
        return Condition(Not(self._one_of(members)))

    def reaches(self, member: E) -> Condition:
        """Be true where the choice is this one or higher.

        Raises TypeError where the codes have no order and ValueError for an unknown code.
        """
        if not self.ordered:
            raise TypeError(f"the codes of {self._named()} have no order: use `.is_in(...)`")
        lowest = self.codes.index(_known_code(self.node, self.codes, member))
        return Condition(one_of(self.node, self.codes[lowest:]))

    def _literal(self, value: object) -> Literal:
        return text_literal(_known_code(self.node, self.codes, value))

    def _one_of(self, members: Sequence[E]) -> OneOf:
        return one_of(self.node, [_known_code(self.node, self.codes, one) for one in members])


class ChoicesValue(Term[Never], Generic[E]):
    """A set of codes."""

    __slots__ = ("codes",)
    _kind = "a set of codes"

    def __init__(self, node: Node, codes: Iterable[E] = ()) -> None:
        super().__init__(node)
        self.codes: Final = tuple(map(plain_text, codes))

    def includes(self, member: E) -> Condition:
        """Be true where the set has this code; raises ValueError for an unknown code."""
        return Condition(Includes(self.node, _known_code(self.node, self.codes, member)))

    def _operand(self, other: object) -> Node:
        raise TypeError(f"{self._named()} compares with nothing: use `.includes(...)`")


def _known_code(node: Node, codes: tuple[str, ...], value: object) -> str:
    code = plain_text(value)
    if codes and code not in codes:
        hint = did_you_mean(code, codes)
        raise ValueError(f"`{unparse(node)}` has no code `{code}`" + (f": {hint}" if hint else ""))
    return code

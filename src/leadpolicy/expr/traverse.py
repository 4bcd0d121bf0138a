"""Ways through an expression: its children, a walk, a rewrite, and a fold by kind of node.

Nothing here recurses, so that a tree of any depth can be looked at. The values of a `OneOf` are
data of the node, not children. The `where` of an aggregate speaks about one signal and not about
the record: it counts as a child only where that is asked for.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, Final, Generic, TypeAlias, TypeVar, get_args

from leadpolicy.expr.nodes import (
    Aggregate,
    And,
    AtLeast,
    Attribute,
    Case,
    Compare,
    ConsentStatus,
    EmailDomain,
    Extreme,
    Includes,
    InList,
    Known,
    Literal,
    Node,
    Not,
    OlderThan,
    OneOf,
    Or,
    Output,
    Property,
    Recent,
    Rounded,
    Scaled,
    Sum,
    TextTest,
)

T = TypeVar("T")


def children(node: Node, *, into_where: bool = False) -> tuple[Node, ...]:
    """Return the expressions directly inside a node, from left to right.

    >>> children(Not(Attribute("customer")))
    (Attribute(name='customer'),)
    """
    getter = _CHILDREN.get(type(node))
    if getter is not None:
        return getter(node)
    if into_where and isinstance(node, Aggregate) and node.where is not None:
        return (node.where,)
    return ()


def _items(node: And | Or | AtLeast | Sum | Extreme) -> tuple[Node, ...]:
    return node.items


def _of(node: _WithOneChild) -> tuple[Node, ...]:
    return (node.of,)


def _parts_of_case(node: Case) -> tuple[Node, ...]:
    return (*chain.from_iterable(node.branches), node.otherwise)


_WithOneChild: TypeAlias = (
    EmailDomain
    | Scaled
    | Rounded
    | Known
    | OneOf
    | InList
    | TextTest
    | Includes
    | Recent
    | OlderThan
    | Not
)
_CHILDREN: Final[Mapping[type[Node], Callable[[Any], tuple[Node, ...]]]] = {
    **dict.fromkeys((And, Or, AtLeast, Sum, Extreme), _items),
    **dict.fromkeys(get_args(_WithOneChild), _of),
    Compare: lambda node: (node.left, node.right),
    Case: _parts_of_case,
}


def with_children(node: Node, parts: Sequence[Node]) -> Node:
    """Return the node with other children, in the order of `children`; itself if none differs."""
    old = children(node, into_where=len(parts) > 0)
    if all(one is other for one, other in zip(old, parts, strict=True)):
        return node
    match node:
        case And() | Or() | AtLeast() | Sum() | Extreme():
            return replace(node, items=tuple(parts))
        case Compare():
            return replace(node, left=parts[0], right=parts[1])
        case Case():
            pairs = tuple(zip(parts[:-1:2], parts[1::2], strict=True))
            return replace(node, branches=pairs, otherwise=parts[-1])
        case Aggregate():
            return replace(node, where=parts[0])
        case _:
            return replace(node, of=parts[0])  # type: ignore[call-arg]


def walk(node: Node, *, into_where: bool = False) -> Iterator[Node]:
    """Yield the node and everything inside it: parents first, from left to right."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(children(current, into_where=into_where)))


def bottom_up(node: Node, step: Callable[[Node, Sequence[T]], T], *, into_where: bool = False) -> T:
    """Return `step` of the node and of the results that its children gave."""
    done: list[T] = []
    waiting = [(node, -1)]
    while waiting:
        current, count = waiting.pop()
        inside = children(current, into_where=into_where) if count < 0 else ()
        if inside:
            waiting.append((current, len(inside)))
            waiting.extend((child, -1) for child in reversed(inside))
        else:
            start = len(done) - max(count, 0)
            done[start:] = [step(current, done[start:])]
    return done[0]


def rewrite(node: Node, rule: Callable[[Node], Node], *, into_where: bool = False) -> Node:
    """Apply `rule` to every node, children first; what it does not change stays the same object.

    A replacement without a place gets the place of what it replaces.
    """

    def step(old: Node, parts: Sequence[Node]) -> Node:
        new = rule(with_children(old, parts))
        return new if new.place is not None or old.place is None else replace(new, place=old.place)

    return bottom_up(node, step, into_where=into_where)


class Fold(ABC, Generic[T]):
    """A meaning for every kind of node, given the meanings of its children.

    One method per kind: a subclass that forgets one cannot be made, and type checkers name what
    is missing. Aggregates are leaves; a fold that looks into `where` visits it in `on_aggregate`.
    """

    def visit(self, node: Node) -> T:
        """Return the meaning of a node; `TypeError` for what is not part of the language."""
        return bottom_up(node, self._step)

    def _step(self, node: Node, parts: Sequence[T]) -> T:
        step = _STEPS.get(type(node))
        return self.on_other(node) if step is None else step(self, node, parts)

    def on_other(self, node: Node) -> T:
        """Refuse what is not part of the language."""
        raise TypeError(f"not an expression of the core language: `{type(node).__name__}`")

    @abstractmethod
    def on_literal(self, node: Literal) -> T: ...
    @abstractmethod
    def on_attribute(self, node: Attribute) -> T: ...
    @abstractmethod
    def on_property(self, node: Property) -> T: ...
    @abstractmethod
    def on_output(self, node: Output) -> T: ...
    @abstractmethod
    def on_consent_status(self, node: ConsentStatus) -> T: ...
    @abstractmethod
    def on_aggregate(self, node: Aggregate) -> T: ...
    @abstractmethod
    def on_email_domain(self, node: EmailDomain, of: T) -> T: ...
    @abstractmethod
    def on_case(self, node: Case, branches: Sequence[tuple[T, T]], otherwise: T) -> T: ...
    @abstractmethod
    def on_sum(self, node: Sum, items: Sequence[T]) -> T: ...
    @abstractmethod
    def on_scaled(self, node: Scaled, of: T) -> T: ...
    @abstractmethod
    def on_extreme(self, node: Extreme, items: Sequence[T]) -> T: ...
    @abstractmethod
    def on_rounded(self, node: Rounded, of: T) -> T: ...
    @abstractmethod
    def on_known(self, node: Known, of: T) -> T: ...
    @abstractmethod
    def on_compare(self, node: Compare, left: T, right: T) -> T: ...
    @abstractmethod
    def on_one_of(self, node: OneOf, of: T) -> T: ...
    @abstractmethod
    def on_in_list(self, node: InList, of: T) -> T: ...
    @abstractmethod
    def on_text_test(self, node: TextTest, of: T) -> T: ...
    @abstractmethod
    def on_includes(self, node: Includes, of: T) -> T: ...
    @abstractmethod
    def on_recent(self, node: Recent, of: T) -> T: ...
    @abstractmethod
    def on_older_than(self, node: OlderThan, of: T) -> T: ...
    @abstractmethod
    def on_not(self, node: Not, of: T) -> T: ...
    @abstractmethod
    def on_and(self, node: And, items: Sequence[T]) -> T: ...
    @abstractmethod
    def on_or(self, node: Or, items: Sequence[T]) -> T: ...
    @abstractmethod
    def on_at_least(self, node: AtLeast, items: Sequence[T]) -> T: ...


_Step: TypeAlias = Callable[[Fold[Any], Any, Sequence[Any]], Any]

_STEPS: Final[Mapping[type[Node], _Step]] = {
    Literal: lambda fold, node, _: fold.on_literal(node),
    Attribute: lambda fold, node, _: fold.on_attribute(node),
    Property: lambda fold, node, _: fold.on_property(node),
    Output: lambda fold, node, _: fold.on_output(node),
    ConsentStatus: lambda fold, node, _: fold.on_consent_status(node),
    Aggregate: lambda fold, node, _: fold.on_aggregate(node),
    EmailDomain: lambda fold, node, parts: fold.on_email_domain(node, of=parts[0]),
    Case: lambda fold, node, parts: fold.on_case(
        node,
        branches=tuple(zip(parts[:-1:2], parts[1::2], strict=True)),
        otherwise=parts[-1],
    ),
    Sum: lambda fold, node, parts: fold.on_sum(node, items=parts),
    Scaled: lambda fold, node, parts: fold.on_scaled(node, of=parts[0]),
    Extreme: lambda fold, node, parts: fold.on_extreme(node, items=parts),
    Rounded: lambda fold, node, parts: fold.on_rounded(node, of=parts[0]),
    Known: lambda fold, node, parts: fold.on_known(node, of=parts[0]),
    Compare: lambda fold, node, parts: fold.on_compare(node, left=parts[0], right=parts[1]),
    OneOf: lambda fold, node, parts: fold.on_one_of(node, of=parts[0]),
    InList: lambda fold, node, parts: fold.on_in_list(node, of=parts[0]),
    TextTest: lambda fold, node, parts: fold.on_text_test(node, of=parts[0]),
    Includes: lambda fold, node, parts: fold.on_includes(node, of=parts[0]),
    Recent: lambda fold, node, parts: fold.on_recent(node, of=parts[0]),
    OlderThan: lambda fold, node, parts: fold.on_older_than(node, of=parts[0]),
    Not: lambda fold, node, parts: fold.on_not(node, of=parts[0]),
    And: lambda fold, node, parts: fold.on_and(node, items=parts),
    Or: lambda fold, node, parts: fold.on_or(node, items=parts),
    AtLeast: lambda fold, node, parts: fold.on_at_least(node, items=parts),
}

NODE_KINDS: Final = frozenset(_STEPS)
"""Every class of node that the language has."""

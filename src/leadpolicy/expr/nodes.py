"""The glossary of the core language: every expression is a tree of these frozen nodes.

Nodes have plain equality and hash; `place` (character offsets in the text a node was read from)
takes no part in either. Terms have a value or are unknown; conditions are true, false or unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from leadpolicy.expr.types import Kind, Scalar

Place: TypeAlias = tuple[int, int]


class Comparison(StrEnum):
    """How two terms are compared."""

    EQ = "=="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="


class TextRelation(StrEnum):
    """How a text is tested; the last two work on folded text, the others are case-sensitive."""

    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    CONTAINS_CI = "contains_ci"
    HAS_WORD = "has_word"


class AggregateFunction(StrEnum):
    """What is asked of the signals of one type."""

    COUNT = "count"
    ANY = "any"
    FIRST = "first"
    LAST = "last"
    SUM = "sum"
    DAYS_SINCE = "days_since"


class Pick(StrEnum):
    """Which of several terms is taken."""

    LOWEST = "lowest"
    HIGHEST = "highest"


@dataclass(frozen=True, slots=True)
class HalfLife:
    """A weight of 2^-(d / days), d being the signal's age in whole days; six decimals."""

    days: int


@dataclass(frozen=True, slots=True)
class Steps:
    """A weight that starts at 1 and loses `lose` after every full period, down to 0."""

    every: timedelta
    lose: Decimal


Decay: TypeAlias = HalfLife | Steps


@dataclass(frozen=True, slots=True)
class Node:
    """An expression."""

    place: Place | None = field(default=None, compare=False, repr=False, kw_only=True)


# ------------------------------------------------------------------------------------- terms
@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A value written in the policy; codes of choices are literals of kind text."""

    kind: Kind
    value: Scalar
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Attribute(Node):
    """An attribute of the record."""

    name: str


@dataclass(frozen=True, slots=True)
class Property(Node):
    """A property of the signal at hand; only inside the `where` of an aggregate."""

    name: str


@dataclass(frozen=True, slots=True)
class Output(Node):
    """A named part of the policy decided before: a criterion, gate, score, grade or rating."""

    name: str


@dataclass(frozen=True, slots=True)
class ConsentStatus(Node):
    """What was last recorded about consent for a purpose on a channel; unknown without record."""

    purpose: str
    channel: str


@dataclass(frozen=True, slots=True)
class Aggregate(Node):
    """A fact about all signals of one type up to `at`.

    `within` keeps those with `at - within < occurred_at <= at`, `where` those for which it is
    true; `of` names the property that SUM adds; `decay` weighs a COUNT by age. COUNT and SUM of
    no signals are 0, ANY is false; FIRST, LAST and DAYS_SINCE are unknown.
    """

    function: AggregateFunction
    signal: str
    within: timedelta | None = None
    where: Node | None = None
    of: str | None = None
    decay: Decay | None = None


@dataclass(frozen=True, slots=True)
class EmailDomain(Node):
    """The folded part of an e-mail address behind its last @; unknown where there is none."""

    of: Node


@dataclass(frozen=True, slots=True)
class Case(Node):
    """The value of the first branch whose condition is true, otherwise `otherwise`."""

    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Sum(Node):
    """The exact sum of numbers; unknown as soon as one of them is."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Scaled(Node):
    """A number times a factor written in the policy."""

    of: Node
    factor: Decimal


@dataclass(frozen=True, slots=True)
class Extreme(Node):
    """The lowest or the highest of some numbers; unknown as soon as one of them is."""

    pick: Pick
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Rounded(Node):
    """A number rounded half away from zero to `decimals`; a whole number where that is 0."""

    of: Node
    decimals: int = 0


# --------------------------------------------------------------------------------- conditions
@dataclass(frozen=True, slots=True)
class Known(Node):
    """The term has a value; itself never unknown."""

    of: Node


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """Two terms of comparable types compared."""

    op: Comparison
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class OneOf(Node):
    """The term is one of some values."""

    of: Node
    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class InList(Node):
    """The folded text is an entry of a list of the policy."""

    of: Node
    list: str


@dataclass(frozen=True, slots=True)
class TextTest(Node):
    """The text stands in a relation to a needle written in the policy."""

    relation: TextRelation
    of: Node
    needle: str


@dataclass(frozen=True, slots=True)
class Includes(Node):
    """The set of codes includes a code."""

    of: Node
    code: str


@dataclass(frozen=True, slots=True)
class Recent(Node):
    """The day or moment lies in the window `at - within < of <= at`."""

    of: Node
    within: timedelta


@dataclass(frozen=True, slots=True)
class OlderThan(Node):
    """The day or moment lies at or before `at - age`."""

    of: Node
    age: timedelta


@dataclass(frozen=True, slots=True)
class Not(Node):
    """Kleene's negation: not unknown is unknown."""

    of: Node


@dataclass(frozen=True, slots=True)
class And(Node):
    """False as soon as one item is, true when all are; true when empty."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or(Node):
    """True as soon as one item is, false when all are; false when empty."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class AtLeast(Node):
    """At least `count` of the items are true; unknown where the unknown ones could tip it."""

    count: int
    items: tuple[Node, ...]

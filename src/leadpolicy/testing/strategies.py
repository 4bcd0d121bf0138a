"""Hypothesis strategies for vocabularies, well-typed expressions and facts to decide them on.

Whoever writes a backend compares it with `leadpolicy.expr.evaluate.evaluate` on what these draw.
Needs the package `hypothesis`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from leadpolicy.expr.facts import Facts, Signal
from leadpolicy.expr.folding import fold
from leadpolicy.expr.nodes import (
    Aggregate,
    Literal,
    Node,
    OlderThan,
    OneOf,
    Recent,
    Steps,
    TextTest,
)
from leadpolicy.expr.traverse import walk
from leadpolicy.expr.types import CONSENT_STATUSES, Kind, Scalar, Value, ValueType, Vocabulary
from leadpolicy.testing.grammar import Grammar
from leadpolicy.testing.samples import FULL_VOCABULARY, MOMENTS, TEXTS, WINDOWS, WORDS
from leadpolicy.testing.values import moments, values

__all__ = ["FULL_VOCABULARY", "conditions", "facts", "forgotten", "terms", "vocabularies"]

_NAMES: Final = ("employees", "größe", "umsatz_eur", "title", "status", "tags", "seit", "_x1", "e")
_UNITS: Final = (None, "people", "EUR", "days")
_TIMEZONES: Final = tuple(timezone(timedelta(hours=hours)) for hours in (1, 2, -11, 14))
_TICK: Final = timedelta(microseconds=1)
_DAYS: Final = timedelta(days=10)


@st.composite
def vocabularies(draw: DrawFn) -> Vocabulary:
    """Draw a vocabulary of a few names; none of them means two things."""
    names = draw(st.lists(st.sampled_from(_NAMES), min_size=1, unique=True))
    cut = draw(st.integers(1, len(names)))
    signals = draw(st.lists(st.sampled_from(["visit", "download"]), unique=True))
    return Vocabulary(
        attributes={name: draw(_types()) for name in names[:cut]},
        outputs={name: draw(_types()) for name in names[cut:]},
        signals={signal: draw(_properties()) for signal in signals},
        lists=draw(st.frozensets(st.sampled_from(["freemail", "competitors"]))),
        purposes=draw(_purposes()),
    )


@st.composite
def _types(draw: DrawFn) -> ValueType:
    kind = draw(st.sampled_from(Kind))
    nullable = draw(st.booleans())
    if kind in {Kind.CHOICE, Kind.CHOICES}:
        codes = draw(st.sampled_from([("low", "high"), ("D", "C", "B", "A"), ("only",)]))
        ordered = kind is Kind.CHOICE and draw(st.booleans())
        return ValueType(kind, codes=codes, ordered=ordered, nullable=nullable)
    unit = draw(st.sampled_from(_UNITS)) if kind in {Kind.WHOLE, Kind.NUMBER} else None
    return ValueType(kind, unit=unit, nullable=nullable)


def _properties() -> SearchStrategy[Mapping[str, ValueType]]:
    return st.dictionaries(st.sampled_from(["asset", "pages", "größe"]), _types(), max_size=3)


def _purposes() -> SearchStrategy[Mapping[str, frozenset[str]]]:
    channels = st.frozensets(st.sampled_from(["email", "phone"]), min_size=1)
    return st.dictionaries(st.sampled_from(["newsletter", "contact"]), channels)


@st.composite
def conditions(
    draw: DrawFn,
    vocabulary: Vocabulary,
    *,
    depth: int = 3,
    allow_known: bool = True,
    allow_case: bool = True,
) -> Node:
    """Draw a condition of at most `depth` connectives inside each other.

    Without `Known`, `Case` and outputs, a condition that is true stays true when more is known.
    """
    return Grammar(draw, vocabulary, allow_known, allow_case).condition(depth)


@st.composite
def terms(draw: DrawFn, vocabulary: Vocabulary, kind: Kind, *, depth: int = 2) -> Node:
    """Draw a term of a kind; for choice and choices the vocabulary must have one of that kind."""
    return Grammar(draw, vocabulary).term(kind, depth)


@st.composite
def facts(
    draw: DrawFn, vocabulary: Vocabulary, *, unknown: float = 0.3, near: Node | None = None
) -> Facts:
    """Draw facts of the right types, of which a share of about `unknown` is unknown.

    Signals lie on the edges of windows, some of them after `at`. Values and windows that `near`
    names are drawn often, and so are their neighbours.
    """
    return _Lead(draw, vocabulary, unknown, _Edges.of(near)).facts()


@st.composite
def forgotten(draw: DrawFn, known: Facts) -> Facts:
    """Draw the same facts with some attributes, outputs and consents unknown."""
    return replace(
        known,
        attributes={name: value for name, value in known.attributes.items() if draw(st.booleans())},
        outputs={name: value for name, value in known.outputs.items() if draw(st.booleans())},
        consents={pair: status for pair, status in known.consents.items() if draw(st.booleans())},
    )


@dataclass(slots=True)
class _Edges:
    """The values, texts and windows at which an expression may change its mind."""

    values: list[Scalar] = field(default_factory=list)
    windows: list[timedelta] = field(default_factory=lambda: list(WINDOWS))

    @classmethod
    def of(cls, near: Node | None) -> _Edges:
        edges = cls()
        for node in walk(near, into_where=True) if near is not None else ():
            edges.add(node)
        return edges

    def add(self, node: Node) -> None:
        match node:
            case Literal():
                self.values.append(node.value)
            case OneOf():
                self.values += [literal.value for literal in node.values]
            case TextTest():
                self.values.append(node.needle)
            case Aggregate(within=timedelta() as within):
                self.windows.append(within)
            case Aggregate(decay=Steps(every=every)):
                self.windows.append(every)
            case Recent(within=length) | OlderThan(age=length):
                self.windows.append(length)
            case _:
                pass


@dataclass(frozen=True, slots=True)
class _Lead:
    """Makes the facts of one lead with the choices of `draw`."""

    draw: DrawFn
    vocabulary: Vocabulary
    unknown: float
    edges: _Edges

    def facts(self) -> Facts:
        at = self.draw(st.one_of(st.sampled_from(MOMENTS), moments()))
        return Facts(
            at=at,
            attributes=self.all_of(self.vocabulary.attributes, at),
            signals=tuple(self.signal(at) for _ in range(self.draw(st.integers(0, 4))))
            if self.vocabulary.signals
            else (),
            consents=self.consents(),
            lists={name: self.entries() for name in sorted(self.vocabulary.lists)},
            outputs=self.all_of(self.vocabulary.outputs, at),
            timezone=self.draw(st.sampled_from((UTC, *_TIMEZONES))),
        )

    def is_unknown(self) -> bool:
        return self.draw(st.integers(0, 99)) < round(self.unknown * 100)

    def all_of(self, types: Mapping[str, ValueType], at: datetime) -> Mapping[str, Value | None]:
        return {
            name: None if kind.nullable and self.is_unknown() else self.value(kind, at)
            for name, kind in types.items()
        }

    def value(self, kind: ValueType, at: datetime) -> Value:
        near: Sequence[Scalar] = self.edges.values
        if kind.kind is Kind.MOMENT:
            near = [*near, at, *(at - length for length in self.edges.windows)]
        elif kind.kind is Kind.DAY:
            near = [*near, at.date(), *((at - length).date() for length in self.edges.windows)]
        return self.draw(values(kind, near))

    def signal(self, at: datetime) -> Signal:
        name = self.draw(st.sampled_from(sorted(self.vocabulary.signals)))
        age = self.draw(st.sampled_from([timedelta(0), *self.edges.windows]))
        beside = self.draw(st.sampled_from([timedelta(0), _TICK, -_TICK, _DAYS, -_DAYS]))
        return Signal(name, at - age - beside, self.all_of(self.vocabulary.signals[name], at))

    def consents(self) -> Mapping[tuple[str, str], str]:
        purposes = self.vocabulary.purposes.items()
        pairs = [(purpose, channel) for purpose, all_ in purposes for channel in sorted(all_)]
        statuses = st.sampled_from(CONSENT_STATUSES)
        return {pair: self.draw(statuses) for pair in pairs if not self.is_unknown()}

    def entries(self) -> frozenset[str]:
        words = [*WORDS, *(fold(text) for text in TEXTS)]
        return self.draw(st.frozensets(st.sampled_from(words), max_size=4))

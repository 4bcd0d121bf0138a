"""Terms as noun phrases: the half of an expression's prose that is not about conditions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from enum import IntEnum
from typing import Final

from leadpolicy.backends.prose.names import Named, Names
from leadpolicy.backends.prose.values import Shape, Values
from leadpolicy.expr.nodes import (
    Aggregate,
    AggregateFunction,
    Attribute,
    Case,
    ConsentStatus,
    Decay,
    EmailDomain,
    Extreme,
    HalfLife,
    Literal,
    Node,
    Output,
    Property,
    Rounded,
    Scaled,
    Sum,
)
from leadpolicy.expr.traverse import Fold
from leadpolicy.expr.types import Kind

CONDITION: Final = Shape(Kind.FLAG)
_NUMBER: Final = Shape(Kind.NUMBER)
_MOMENT: Final = Shape(Kind.MOMENT)
_DAYS: Final = Shape(Kind.WHOLE, "days")


class Level(IntEnum):
    """How tightly words hold together: inside tighter ones they need brackets."""

    LOOSE = 1
    OR = 2
    AND = 3
    SUM = 4
    PRODUCT = 5
    ATOM = 6


@dataclass(frozen=True, slots=True)
class Phrase:
    """What an expression reads like.

    `opposite` is a condition denied, or a number without its minus; `noun` names what the
    expression stands for where `text` is a clause about it; `about` begins the texts that can
    share their beginning.
    """

    text: str
    shape: Shape
    level: Level = Level.ATOM
    opposite: str = ""
    noun: str = ""
    about: str = ""

    def inside(self, level: Level) -> str:
        """Return the text for use inside something that holds together this tightly."""
        return self.text if self.level >= level else f"({self.text})"

    @property
    def subject(self) -> str:
        """Return how a clause calls it: its noun, or its text in brackets where needed."""
        return self.noun or self.inside(Level.SUM)


class Terms(Fold[Phrase]):
    """The phrase of every kind of term; inside a `where`, `signal` is the one at hand."""

    def __init__(self, names: Names, values: Values, signal: str | None = None) -> None:
        self.names = names
        self.values = values
        self.words = values.words
        self.signal = signal

    # ------------------------------------------------------------------------------ literals
    def on_literal(self, node: Literal) -> Phrase:
        if isinstance(node.value, bool):
            texts = (self.words.always, self.words.never)
            return self.condition(texts if node.value else texts[::-1])
        shape = Shape(node.kind, node.unit)
        text = self.values.value(shape, node.value)
        if isinstance(node.value, int | Decimal) and node.value < 0:
            return Phrase(text, shape, opposite=self.values.value(shape, -node.value))
        return Phrase(text, shape)

    @staticmethod
    def condition(texts: tuple[str, str], *, noun: str = "", about: str = "") -> Phrase:
        """Return a clause that can be denied; `texts` are what it says and its denial."""
        return Phrase(texts[0], CONDITION, opposite=texts[1], noun=noun, about=about)

    # --------------------------------------------------------------------------------- names
    def on_attribute(self, node: Attribute) -> Phrase:
        return self._named(self.names.attribute(node.name), self.words.flag)

    def on_property(self, node: Property) -> Phrase:
        return self._named(self.names.property(self.signal or "", node.name), self.words.flag)

    def on_output(self, node: Output) -> Phrase:
        return self._named(self.names.output(node.name), self.words.met)

    def _named(self, named: Named, verbs: tuple[str, str]) -> Phrase:
        if named.shape.kind is Kind.FLAG:
            return self.condition(
                self.both(verbs, self.values.quoted(named.title)), noun=named.title
            )
        return Phrase(named.title, named.shape, noun=named.title)

    @staticmethod
    def both(templates: tuple[str, str], x: str, v: str = "", **more: str) -> tuple[str, str]:
        """Fill in a template and its denial."""
        return templates[0].format(x=x, v=v, **more), templates[1].format(x=x, v=v, **more)

    def on_consent_status(self, node: ConsentStatus) -> Phrase:
        named = self.names.consent(node.purpose, node.channel)
        return Phrase(named.title, named.shape, noun=named.title)

    # --------------------------------------------------------------------------- aggregates
    def on_aggregate(self, node: Aggregate) -> Phrase:
        events = self.events(node)
        added = self.names.property(node.signal, node.of) if node.of else None
        of = self.values.quoted(added.title) if added else ""
        noun = self.words.functions[node.function].format(x=events, of=of)
        match node.function:
            case AggregateFunction.ANY:
                return self.condition(self.both(self.words.any_, events), noun=noun)
            case AggregateFunction.FIRST | AggregateFunction.LAST:
                return Phrase(noun, _MOMENT)
            case AggregateFunction.DAYS_SINCE:
                return Phrase(noun, _DAYS)
            case AggregateFunction.COUNT | AggregateFunction.SUM:
                return Phrase(noun, added.shape if added else _NUMBER)

    def events(self, node: Aggregate) -> str:
        """Return which signals an aggregate is about."""
        return " ".join(self._events(node))

    def _events(self, node: Aggregate) -> Iterator[str]:
        yield self.within(self.values.quoted(self.names.signal(node.signal)), node.within)
        if node.where is not None:
            inside = type(self)(self.names, self.values, node.signal).visit(node.where)
            yield self.words.where.format(v=inside.text)
        if node.decay is not None:
            yield f"({self.decay(node.decay)})"

    def within(self, events: str, window: timedelta | None) -> str:
        """Return some events with the time in which they count."""
        if window is None:
            return events
        return f"{events} {self.words.within.format(v=self.values.within(window))}"

    def decay(self, decay: Decay) -> str:
        """Return how something fades with its age."""
        if isinstance(decay, HalfLife):
            return self.words.half_life.format(v=self.values.duration(timedelta(days=decay.days)))
        share, every = self.values.percent(decay.lose), self.values.duration(decay.every)
        return self.words.loses.format(share=share, v=every)

    # --------------------------------------------------------------------------------- terms
    def on_email_domain(self, node: EmailDomain, of: Phrase) -> Phrase:
        text = self.words.domain.format(x=self.called(node.of, of))
        return Phrase(text, Shape(Kind.TEXT))

    def called(self, node: Node, phrase: Phrase) -> str:
        """Return a name in quotation marks, a condition in brackets, and anything else as it is."""
        if isinstance(node, Attribute | Property | Output):
            return self.values.quoted(phrase.noun)
        return f"({phrase.text})" if phrase.shape.kind is Kind.FLAG else phrase.subject

    def on_case(
        self, node: Case, branches: Sequence[tuple[Phrase, Phrase]], otherwise: Phrase
    ) -> Phrase:
        shapes = [value.shape for _, value in branches] + [otherwise.shape]
        shape = next((one for one in shapes if one.labels or one.unit), shapes[0])
        is_condition = shape.kind is Kind.FLAG
        template = self.words.case if is_condition else self.words.case_value
        last = self.words.otherwise if is_condition else self.words.otherwise_value
        parts = [
            template.format(x=condition.inside(Level.OR), v=value.inside(Level.OR))
            for condition, value in branches
        ]
        parts.append(last.format(v=otherwise.inside(Level.OR)))
        return Phrase("; ".join(parts), shape, Level.LOOSE)

    def on_sum(self, node: Sum, items: Sequence[Phrase]) -> Phrase:
        if not items:
            return Phrase(self.values.number(0), _NUMBER)
        parts = [items[0].inside(Level.PRODUCT)]
        for item in items[1:]:
            minus = f"{self.words.minus} {item.opposite}"
            plus = f"{self.words.plus} {item.inside(Level.PRODUCT)}"
            parts.append(minus if item.opposite else plus)
        level = Level.SUM if len(items) > 1 else items[0].level
        return Phrase(" ".join(parts), self._common(items), level)

    def _common(self, items: Sequence[Phrase]) -> Shape:
        return next((item.shape for item in items if item.shape.unit), items[0].shape)

    def on_scaled(self, node: Scaled, of: Phrase) -> Phrase:
        inner, size = of.inside(Level.ATOM), abs(node.factor)
        template = self.words.times_factor
        text = inner if size == 1 else template.format(x=inner, v=self.values.number(size))
        if node.factor >= 0:
            return Phrase(text, of.shape, Level.PRODUCT)
        return Phrase(f"{self.words.minus} {text}", of.shape, Level.PRODUCT, opposite=text)

    def on_extreme(self, node: Extreme, items: Sequence[Phrase]) -> Phrase:
        inner = "; ".join(item.text for item in items)
        text = self.words.picks[node.pick].format(v=inner)
        return Phrase(text, self._common(items) if items else _NUMBER)

    def on_rounded(self, node: Rounded, of: Phrase) -> Phrase:
        inner = of.inside(Level.ATOM)
        if node.decimals == 0:
            text = self.words.rounded_whole.format(x=inner)
        else:
            text = self.words.rounded.format(x=inner, v=node.decimals)
        return Phrase(text, replace(of.shape, kind=Kind.NUMBER), Level.LOOSE)

"""Scores: positive and negative points with reasons, caps, groups and decay."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from pydantic import Field, model_validator

from leadpolicy.expr.nodes import (
    Aggregate,
    AggregateFunction,
    And,
    Case,
    Compare,
    Comparison,
    Decay,
    Extreme,
    HalfLife,
    Literal,
    Node,
    Output,
    Pick,
    Rounded,
    Scaled,
    Steps,
    Sum,
)
from leadpolicy.expr.types import Kind, ValueType
from leadpolicy.policy.checked import Group, Line, Number, OutputKind, ScorePlan
from leadpolicy.policy.fields import (
    NOTHING,
    ConditionField,
    Duration,
    Key,
    Lang,
    MaybeWordingField,
    Name,
    NumberField,
    Part,
    Path,
    Points,
    Whole,
    WordingField,
)
from leadpolicy.policy.lowering import Lowering, OutputTypes


class DecayRule(Part):
    """How points fade with the age of the event: by half-life, or by steps."""

    half_life: Duration | None = None
    every: Duration | None = None
    lose: Points | None = Field(
        default=None, description="share lost after every full period, over 0"
    )

    @model_validator(mode="after")
    def _is_one_of_both(self) -> DecayRule:
        steps = self.every is not None and self.lose is not None
        if (self.half_life is not None) == steps or (self.every is None) != (self.lose is None):
            raise ValueError("write either `half_life`, or `every` and `lose`")
        if self.half_life is not None and self.half_life.seconds:
            raise ValueError("a half-life is a number of whole days")
        if self.lose is not None and not 0 < self.lose <= 1:
            raise ValueError("`lose` is a share above 0 and up to 1")
        return self

    def decay(self) -> Decay:
        """Return the decay as the core knows it."""
        if self.half_life is not None:
            return HalfLife(self.half_life.days)
        if self.every is None or self.lose is None:
            raise AssertionError("a decay has steps where it has no half-life")
        return Steps(self.every, Decimal(self.lose))


class ScoreRule(Part):
    """Points for a condition, once or per unit of a number, with the reason for them."""

    points: Points
    because: WordingField
    when: ConditionField | None = None
    per: NumberField | None = Field(
        default=None, description="multiplies the points, for example a count"
    )
    limit: Points | None = Field(default=None, description="most points the rule can give or take")
    decay: DecayRule | None = None
    group: Key | None = None
    requires: tuple[Name, ...] = Field(default=(), description="gates that must be open")
    source: MaybeWordingField = NOTHING

    @model_validator(mode="after")
    def _says_when(self) -> ScoreRule:
        if self.when is None and self.per is None:
            raise ValueError("a rule needs `when`, `per` or both")
        if self.decay is not None and self.per is None:
            raise ValueError("`decay` needs `per`: points fade with the age of counted signals")
        if self.limit is not None and (self.per is None or self.limit <= 0):
            raise ValueError("`limit` is above 0 and needs `per`")
        return self


class ScoreGroup(Part):
    """Bounds for the sum of the rules of a group."""

    title: MaybeWordingField = NOTHING
    lowest: Points | None = None
    highest: Points | None = None
    source: MaybeWordingField = NOTHING

    @model_validator(mode="after")
    def _is_a_range(self) -> ScoreGroup:
        if self.lowest is not None and self.highest is not None and self.lowest > self.highest:
            raise ValueError("`lowest` is not above `highest`")
        return self


class Score(Part):
    """A score: base and points, groups with bounds, floor and ceiling, rounded once at the end."""

    title: WordingField
    rules: Mapping[Key, ScoreRule] = Field(min_length=1)
    groups: Mapping[Key, ScoreGroup] = Field(default_factory=dict)
    base: Points = 0
    floor: Points | None = None
    ceiling: Points | None = None
    decimals: Whole = Field(default=0, ge=0, le=6)
    source: MaybeWordingField = NOTHING

    @model_validator(mode="after")
    def _is_a_range(self) -> Score:
        if self.floor is not None and self.ceiling is not None and self.floor > self.ceiling:
            raise ValueError("`floor` is not above `ceiling`")
        return self

    def output_types(self, name: str) -> OutputTypes:
        """Return what the part adds to the vocabulary."""
        kind = Kind.NUMBER if self.decimals else Kind.WHOLE
        return {name: ValueType(kind, unit="points", nullable=False)}

    def lower(self, name: str, into: Lowering, path: Path) -> None:
        """Add the score as a sum of cases, and its plan for explanations."""
        lines = tuple(
            self._line(key, rule, into, (*path, "rules", key)) for key, rule in self.rules.items()
        )
        groups = tuple(Group(key, item.lowest, item.highest) for key, item in self.groups.items())
        plan = ScorePlan(name, self.base, lines, groups, self.floor, self.ceiling, self.decimals)
        into.scores[name] = plan
        into.add(name, score_node(plan), OutputKind.SCORE, path)

    def _line(self, key: str, rule: ScoreRule, into: Lowering, path: Path) -> Line:
        for index, gate in enumerate(rule.requires):
            into.expect("gate", gate, into.names.gates, (*path, "requires", index), "LP303")
        if rule.group is not None:
            into.expect("group", rule.group, self.groups, (*path, "group"), "LP304")
        conditions: list[Node] = [Output(gate) for gate in rule.requires]
        if rule.when is not None:
            conditions.append(into.condition_node(rule.when, (*path, "when")))
        per, undecayed = _per(rule, into, path)
        if undecayed is not None:
            conditions.append(counts(undecayed))
        condition = conditions[0] if len(conditions) == 1 else And(tuple(conditions))
        return Line(key, condition, rule.points, per, undecayed, rule.limit, rule.group, path)

    def describe(self, lang: Lang) -> str:
        """Return the score's title."""
        return self.title.text(lang)


def _per(rule: ScoreRule, into: Lowering, path: Path) -> tuple[Node | None, Node | None]:
    if rule.per is None:
        return None, None
    plain = into.number_node(rule.per, (*path, "per"))
    if rule.decay is None:
        return plain, plain
    if not isinstance(plain, Aggregate) or plain.function is not AggregateFunction.COUNT:
        message = "`decay` needs `per` to be a count of signals"
        into.report("LP202", message, (*path, "per"), hint="write per: count('signal', …)")
        return plain, plain
    faded = Aggregate(
        plain.function, plain.signal, plain.within, plain.where, plain.of, rule.decay.decay()
    )
    return faded, plain


def counts(multiplier: Node) -> Node:
    """Return the condition that there is anything to multiply: otherwise a rule does not fire."""
    return Compare(Comparison.NE, multiplier, number(0))


def score_node(plan: ScorePlan) -> Node:
    """Return the score as one core expression, the meaning that every target reproduces."""
    grouped: dict[str, list[Node]] = {group.name: [] for group in plan.groups}
    items: list[Node] = [number(plan.base)]
    for line in plan.lines:
        grouped.get(line.group or "", items).append(line_node(line))
    items.extend(
        bounded(Sum(tuple(grouped[group.name])), group.lowest, group.highest)
        for group in plan.groups
    )
    return Rounded(bounded(Sum(tuple(items)), plan.floor, plan.ceiling), plan.decimals)


def line_node(line: Line) -> Node:
    """Return what one rule gives: its points, or its bounded product, or 0."""
    points: Node = number(line.points)
    if line.per is not None:
        product = Scaled(line.per, Decimal(line.points))
        low, high = (None, line.limit) if line.points > 0 else (negated(line.limit), None)
        points = bounded(product, low, high)
    return Case(((line.condition, points),), number(0))


def negated(value: Number | None) -> Number | None:
    """Return the number with its sign turned; None stays None."""
    return None if value is None else -value


def bounded(node: Node, lowest: Number | None, highest: Number | None) -> Node:
    """Hold a number between two bounds; None is unbounded."""
    if lowest is not None:
        node = Extreme(Pick.HIGHEST, (node, number(lowest)))
    return node if highest is None else Extreme(Pick.LOWEST, (node, number(highest)))


def number(value: Number) -> Literal:
    """Return a number as a literal of the kind that holds it exactly."""
    return Literal(Kind.WHOLE if isinstance(value, int) else Kind.NUMBER, value)

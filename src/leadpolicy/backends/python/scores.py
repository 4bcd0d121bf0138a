"""Scores as generated statements: whole numbers in a local, anything else in a list, added once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from decimal import Decimal

from leadpolicy.backends.guarded import FALSE
from leadpolicy.backends.python.conditions import Conditions
from leadpolicy.backends.python.outputs import OutputFormulas
from leadpolicy.backends.python.terms import Term
from leadpolicy.expr.types import Kind
from leadpolicy.policy.checked import Line, Number, ScorePlan


class ScoreText(ABC):
    """Writes the sum of one score."""

    def __init__(self, into: Conditions, plan: ScorePlan) -> None:
        self.into = into
        self.names = into.names
        self.plan = plan
        self.of_group = {group.name: self.start_group() for group in plan.groups}
        self.total = self.start()

    @abstractmethod
    def start(self) -> str:
        """Return a new local that starts at the base."""

    @abstractmethod
    def start_group(self) -> str:
        """Return a new local for a group of lines."""

    @abstractmethod
    def give(self, line: Line, per: Term | None) -> str:
        """Return the statement by which a fired line gives its points."""

    @abstractmethod
    def finish(self) -> str:
        """Add what comes after the lines and return the local with the score."""

    def target(self, line: Line) -> str:
        """Return the local to which a line adds."""
        return self.of_group.get(line.group or "", self.total)


class WholeScore(ScoreText):
    """A score of whole numbers only."""

    def start(self) -> str:
        """Start at the base."""
        return self.into.body.assign(self.names.constant(self.plan.base), "s")

    def start_group(self) -> str:
        """Start at 0."""
        return self.into.body.assign("0", "s")

    def give(self, line: Line, per: Term | None) -> str:
        """Add the points, or the bounded product."""
        points = self.names.constant(line.points)
        if per is None:
            return f"{self.target(line)} += {points}"
        product = f"{per.text} * {points}"
        if line.limit is not None:
            low, high = limits(line)
            pick, bound = ("most", low) if high is None else ("least", high)
            product = f"{pick}(({product}, {self.names.constant(bound)}))"
        return f"{self.target(line)} += {product}"

    def finish(self) -> str:
        """Hold the groups and the total between their bounds."""
        for group in self.plan.groups:
            self._hold(self.of_group[group.name], group.lowest, group.highest)
            self.into.body.add(f"{self.total} += {self.of_group[group.name]}")
        self._hold(self.total, self.plan.floor, self.plan.ceiling)
        return self.total

    def _hold(self, name: str, lowest: Number | None, highest: Number | None) -> None:
        for sign, bound in (("<", lowest), (">", highest)):
            if bound is not None:
                text = self.names.constant(bound)
                self.into.body.add(f"if {name} {sign} {text}: {name} = {text}")


class ExactScore(ScoreText):
    """A score with decimals: the numbers are collected, and added in the order of the plan."""

    def start(self) -> str:
        """Start with the base."""
        return self.into.body.assign(f"[{self.names.constant(self.plan.base)}]", "s")

    def start_group(self) -> str:
        """Start with nothing."""
        return self.into.body.assign("[]", "s")

    def give(self, line: Line, per: Term | None) -> str:
        """Collect the points, or the bounded product."""
        given = self.names.constant(line.points)
        if per is not None:
            factor = self.names.constant(Decimal(line.points))
            given = self._held(f"scaled({per.text}, {factor})", *limits(line))
        return f"{self.target(line)}.append({given})"

    def finish(self) -> str:
        """Add up the groups and the total, and round."""
        for group in self.plan.groups:
            held = self._held(f"added({self.of_group[group.name]})", group.lowest, group.highest)
            self.into.body.add(f"{self.total}.append({held})")
        plan = self.plan
        held = self._held(f"added({self.total})", plan.floor, plan.ceiling)
        return self.into.body.assign(f"rounded({held}, {plan.decimals})", "s")

    def _held(self, text: str, lowest: Number | None, highest: Number | None) -> str:
        if lowest is None and highest is None:
            return text
        return f"clamped({text}, {self.names.constant(lowest)}, {self.names.constant(highest)})"


def limits(line: Line) -> tuple[Number | None, Number | None]:
    """Return the bounds of a line's product: its limit bounds the size, whatever the sign."""
    if line.limit is None:
        return None, None
    return (None, line.limit) if line.points > 0 else (-line.limit, None)


def start_score(into: Conditions, plan: ScorePlan, terms: Iterable[Term | None]) -> ScoreText:
    """Add the statements with which a score starts; `terms` are the numbers of its lines."""
    kind = WholeScore if _is_whole(plan, terms) else ExactScore
    return kind(into, plan)


def write_score(item: OutputFormulas, plan: ScorePlan, into: Conditions) -> str:
    """Add the statements that work a score out line by line, and return the local with it."""
    terms = [None if line.per is None else into.term(line.per) for line in plan.lines]
    score = start_score(into, plan, terms)
    for line, test, per in zip(plan.lines, item.tests, terms, strict=True):
        if test != FALSE:
            text = into.condition(test)
            into.body.add(f"if {text}: {score.give(line, per)}")
    return score.finish()


def _is_whole(plan: ScorePlan, terms: Iterable[Term | None]) -> bool:
    numbers = [plan.base, plan.floor, plan.ceiling]
    numbers += [bound for group in plan.groups for bound in (group.lowest, group.highest)]
    numbers += [number for line in plan.lines for number in (line.points, line.limit)]
    return all(number is None or isinstance(number, int) for number in numbers) and all(
        term is None or term.kind is Kind.WHOLE for term in terms
    )

"""Sentences about criteria, permissions, signals, scores, grades and readiness."""

from __future__ import annotations

from collections.abc import Iterator

from leadpolicy.backends.prose.expressions import ExpressionProse
from leadpolicy.expr.nodes import Aggregate, AggregateFunction, And, Node
from leadpolicy.policy.checked import Line, Number
from leadpolicy.policy.fields import Part
from leadpolicy.policy.grades import Band
from leadpolicy.policy.scores import counts


class PartProse(ExpressionProse):
    """One sentence or a few for each part that is not about the lifecycle; KeyError if unknown."""

    def criterion(self, name: str) -> str:
        """Return when a criterion is met."""
        return self._met(name, self.policy.criteria[name], self.words.criterion)

    def gate(self, name: str) -> str:
        """Return when a permission is there."""
        return self._met(name, self.policy.gates[name], self.words.gate)

    def _met(self, name: str, part: Part, template: str) -> str:
        return template.format(x=self._called(name, part), v=self._inner(name))

    def attribute(self, name: str) -> str:
        """Return what kind of value an attribute has, which ones, and as what it counts."""
        part = self.policy.record.attributes[name]
        labels = ", ".join(self.names.text(label) for label in part.codes.values())
        said = (labels, part.unit, self.words.evidence[part.evidence.value])
        return self.words.attribute.format(
            x=self._called(name, part),
            kind=self.words.kinds[part.type.value],
            v="; ".join(filter(None, said)),
        )

    def purpose(self, name: str) -> str:
        """Return on which basis and which channels a purpose rests."""
        part = self.policy.purposes[name]
        channels = [self.names.channel(channel.value) for channel in part.channels]
        basis = self.words.bases[part.basis.value]
        v = self.values.ands(channels)
        return self.words.purpose.format(x=self._called(name, part), basis=basis, v=v)

    def signal(self, name: str) -> str:
        """Return what a signal type is worth, where it comes from and what it requires."""
        part = self.policy.signals[name]
        said = self.words.signal.format(
            x=self._called(name, part),
            evidence=self.words.evidence[part.evidence.value],
            weight=self.words.weights[part.weight.value],
            origin=self.words.origins[part.origin.value],
        )
        if part.gate is None:
            return said
        opened = self.values.words.met[0].format(x=self.quoted(self.names.output(part.gate).title))
        return f"{said} {self.words.signal_gate.format(v=opened)}"

    def list(self, name: str) -> str:
        """Return how long a list is."""
        n = self._count(len(self.checked.lists[name]), self.words.entries)
        return self.words.listed.format(x=self._called(name, self.policy.lists[name]), n=n)

    # -------------------------------------------------------------------------------- scores
    def score(self, name: str) -> str:
        """Return how a score adds up."""
        return " ".join(self._score(name))

    def _score(self, name: str) -> Iterator[str]:
        plan, part = self.checked.scores[name], self.policy.scores[name]
        n = self._count(len(plan.lines), self.words.rules)
        yield self.words.score.format(x=self._called(name, part), n=n)
        if plan.base:
            yield self.words.base.format(v=self._amount(plan.base))
        if plan.floor is not None:
            yield self.words.floor.format(v=self._amount(plan.floor))
        if plan.ceiling is not None:
            yield self.words.ceiling.format(v=self._amount(plan.ceiling))
        for group in plan.groups:
            if said := self.group_bounds(name, group.name):
                yield said

    def group_bounds(self, score: str, name: str) -> str:
        """Return between which bounds a group of rules counts; empty without bounds."""
        part = self.policy.scores[score].groups[name]
        bounds = self._bounds(part.lowest, part.highest)
        x = self.quoted(self.group(score, name))
        return self.words.group.format(x=x, v=bounds) if bounds else ""

    def group(self, score: str, name: str) -> str:
        """Return the title of a group of rules."""
        title = self.policy.scores[score].groups[name].title
        return name if title is None else self.names.text(title)

    def _bounds(self, lowest: Number | None, highest: Number | None) -> str:
        low = [] if lowest is None else [self.words.at_least.format(v=self._amount(lowest))]
        high = [] if highest is None else [self.words.at_most.format(v=self._amount(highest))]
        return self.values.ands([*low, *high]) if low or high else ""

    def score_rule(self, score: str, rule: str) -> str:
        """Return what a rule gives, why, and for which leads."""
        points, condition = self.rule_points(score, rule), self.rule_condition(score, rule)
        because = self.names.text(self.policy.scores[score].rules[rule].because)
        if condition:
            because = f"{because}, {self.words.if_.format(v=condition)}"
        return f"{points}: {because}."

    def rule_points(self, score: str, rule: str) -> str:
        """Return the points of a rule, with what multiplies, fades and limits them."""
        line = self._line(score, rule)
        return ", ".join(self._rule_points(line))

    def _rule_points(self, line: Line) -> Iterator[str]:
        points = self.points(line.points)
        yield points if line.per is None else f"{points} {self._per(line.undecayed or line.per)}"
        if isinstance(line.per, Aggregate) and line.per.decay is not None:
            yield self._clauses.decay(line.per.decay)
        if line.limit is not None:
            words = self.words.at_most if line.points > 0 else self.words.deducted
            yield words.format(v=self._amount(line.limit))

    def _per(self, per: Node) -> str:
        if isinstance(per, Aggregate) and per.function is AggregateFunction.COUNT:
            return self.words.per_signal.format(x=self._clauses.events(per))
        return self.words.per.format(x=self._clauses.called(per, self._phrase(per)))

    def rule_condition(self, score: str, rule: str) -> str:
        """Return for which leads a rule gives points; empty where that goes without saying."""
        line = self._line(score, rule)
        wanted = line.condition
        items = wanted.items if isinstance(wanted, And) else (wanted,)
        if line.undecayed is not None and items and items[-1] == counts(line.undecayed):
            items = items[:-1]
        return self.condition(items[0] if len(items) == 1 else And(items)) if items else ""

    def _line(self, score: str, rule: str) -> Line:
        found = next((line for line in self.checked.scores[score].lines if line.id == rule), None)
        if found is None:
            raise KeyError(rule)
        return found

    # -------------------------------------------------------------------------------- grades
    def grade(self, name: str) -> str:
        """Return which points give which grade."""
        part = self.policy.grades[name]
        bands = "; ".join(
            f"{self.names.band(name, code)} {self.band(band)}" for code, band in part.bands.items()
        )
        of = self.quoted(self.names.output(part.of).title)
        return self.words.grade.format(x=self._called(name, part), of=of, v=bands)

    def band(self, band: Band) -> str:
        """Return from where to where a band of points runs."""
        low = "" if band.from_ is None else self.values.number(band.from_)
        high = "" if band.below is None else self.values.number(band.below)
        both, words = bool(low and high), self.words
        template = words.band_both if both else words.band_from if low else words.band_below
        return template.format(low=low, high=high)

    def rating(self) -> str:
        """Return what the rating is made of; empty where the policy has none."""
        part = self.policy.rating
        if part is None:
            return ""
        sides = [self.quoted(self.names.output(side).title) for side in (part.fit, part.engagement)]
        best = part.codes(self.policy.grades)[0]
        return self.words.rating.format(
            x=self.quoted(self.names.text(part.title)), fit=sides[0], engagement=sides[1], v=best
        )

    def readiness(self, name: str) -> str:
        """Return which sides of a decision must be settled, and by which evidence."""
        part = self.policy.readiness[name]
        sides = "; ".join(self.side(f"{name}.{key}") for key in part.dimensions)
        words = self.words
        n, of = self.values.number(part.at_least), self.values.number(len(part.dimensions))
        said = (
            words.readiness.format(x=self._called(name, part), n=n, of=of, v=sides),
            words.behaviour.format(v=self._inner(f"{name}.behavioural")),
            words.stated.format(v=self._inner(f"{name}.declarative")),
        )
        return " ".join(said)

    def side(self, output: str) -> str:
        """Return the title of a side of a decision, and when it is settled."""
        return f"{self.quoted(self.names.output(output).title)}: {self._inner(output)}"

    def _inner(self, output: str) -> str:
        return self.condition(self.checked.output(output).node)

    # --------------------------------------------------------------------------------- small
    def _called(self, name: str, part: Part) -> str:
        return self.quoted(self.names.title(name, part))

    def _count(self, number: int, forms: tuple[str, str]) -> str:
        return f"{self.values.number(number)} {self.values.form(forms, number)}"

    def _amount(self, points: Number) -> str:
        return self.values.amount(points, "points")

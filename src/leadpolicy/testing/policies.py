"""Hypothesis strategy for whole policies: scores, groups, decay, grades, gates and states.

Whoever writes a backend compares its decisions with the reference evaluator on what this draws,
and on the facts that `leads` draws for it. Needs the package `hypothesis`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from hypothesis import reject
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from leadpolicy.diagnostics import PolicyError, Severity
from leadpolicy.expr.evaluate import evaluate
from leadpolicy.expr.facts import Facts
from leadpolicy.expr.nodes import And
from leadpolicy.expr.types import Kind, Value, ValueType, Vocabulary
from leadpolicy.expr.values import Condition, NumberValue
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy.policy.pipeline import check
from leadpolicy.policy.policy import Policy
from leadpolicy.testing.grammar import Grammar
from leadpolicy.testing.samples import FULL_VOCABULARY, WORDS
from leadpolicy.testing.strategies import facts

__all__ = ["leads", "policies", "reference_outputs"]

_RANDOM_RIGHTS: Final = "LP403"
_POINTS: Final = (-20, -5, -1, 1, 3, 5, 10, 40, Decimal("0.5"), Decimal("2.25"), Decimal("-1.5"))
_BOUNDS: Final = (-10, 0, 5, 20, Decimal("7.5"))
_PERIODS: Final = (timedelta(days=1), timedelta(days=30), timedelta(hours=36))
_EDGES: Final[tuple[Decimal, ...]] = (Decimal(0), Decimal(5), Decimal("7.5"), Decimal(10))
_FLAG: Final = ValueType(Kind.FLAG)


@st.composite
def policies(draw: DrawFn, *, depth: int = 2) -> CheckedPolicy:
    """Draw a checked policy; its conditions have at most `depth` connectives inside each other."""
    data = _Draft(draw, depth).policy()
    try:
        return check(Policy.model_validate(data))
    except PolicyError as error:
        errors = {item.code for item in error.diagnostics if item.severity is Severity.ERROR}
        if errors != {_RANDOM_RIGHTS}:
            raise
        reject()


@st.composite
def leads(draw: DrawFn, checked: CheckedPolicy) -> Facts:
    """Draw facts about one lead near the edges of a policy, without signals after `at`."""
    nodes = tuple(item.node for item in checked.outputs)
    known = draw(facts(checked.vocabulary, near=And(nodes)))
    return replace(
        known,
        signals=tuple(signal for signal in known.signals if signal.occurred_at <= known.at),
        lists=checked.lists,
        outputs={},
        timezone=checked.timezone,
    )


def reference_outputs(checked: CheckedPolicy, known: Facts) -> dict[str, Value | None]:
    """Return what the reference evaluator says about every output, in dependency order."""
    outputs: dict[str, Value | None] = {}
    for item in checked.outputs:
        outputs[item.name] = evaluate(item.node, replace(known, outputs=outputs))
    return outputs


@dataclass(slots=True)
class _Draft:
    """The parts of one policy, drawn one after another; later ones may use earlier outputs."""

    draw: DrawFn
    depth: int
    vocabulary: Vocabulary = field(default_factory=lambda: replace(FULL_VOCABULARY, outputs={}))

    def policy(self) -> dict[str, Any]:
        """Return the whole policy as data."""
        gates = self.gates()
        criteria = self.criteria("early", self.count(0, 2))
        scores = {f"score_{i}": self.score(f"score_{i}", gates) for i in range(self.count(1, 2))}
        grades = {f"grade_{i}": self.grade(name) for i, name in enumerate(scores)}
        rating = self.rating(grades)
        criteria |= self.criteria("late", self.count(0, 2))
        readiness = {"ready": self.readiness()} if self.chance() else {}
        return {
            "policy": "random",
            "version": "1",
            "title": "Random",
            "timezone": self.pick(["Europe/Berlin", "UTC", "Pacific/Auckland"]),
            "governance": _GOVERNANCE,
            "record": {"attributes": _ATTRIBUTES},
            "signals": self.signals(gates),
            "purposes": _PURPOSES,
            "gates": gates,
            "lists": {name: self.entries() for name in sorted(self.vocabulary.lists)},
            "criteria": criteria,
            "scores": scores,
            "grades": grades,
            "rating": rating,
            "readiness": readiness,
            **self.lifecycle(),
        }

    def pick(self, options: Any) -> Any:
        return self.draw(st.sampled_from(options))

    def count(self, least: int, most: int) -> int:
        return self.draw(st.integers(least, most))

    def chance(self) -> bool:
        return self.draw(st.booleans())

    def condition(self, depth: int | None = None) -> Condition:
        grammar = Grammar(self.draw, self.vocabulary)
        return Condition(grammar.condition(self.depth if depth is None else depth))

    def number(self) -> NumberValue:
        kind = self.pick([Kind.WHOLE, Kind.NUMBER])
        return NumberValue(Grammar(self.draw, self.vocabulary).number(kind, None, 1))

    def declare(self, name: str, kind: ValueType) -> None:
        outputs = {**self.vocabulary.outputs, name: kind}
        self.vocabulary = replace(self.vocabulary, outputs=outputs)

    # ------------------------------------------------------------------------------- parts
    def gates(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for purpose, channels in self.vocabulary.purposes.items():
            if self.chance():
                found[f"may_{purpose}"] = {
                    "title": purpose,
                    "purpose": purpose,
                    "channel": self.pick(sorted(channels)),
                    "double_opt_in": self.chance(),
                }
        for name in found:
            self.declare(name, _FLAG)
        return found

    def signals(self, gates: dict[str, Any]) -> dict[str, Any]:
        return {
            name: {
                "title": name,
                "evidence": "behavioural",
                "weight": "exploratory",
                "origin": "form",
                "gate": self.pick([None, *gates]),
                "properties": {key: _spec(key, kind) for key, kind in properties.items()},
            }
            for name, properties in self.vocabulary.signals.items()
        }

    def entries(self) -> dict[str, Any]:
        entries = self.draw(st.lists(st.sampled_from(WORDS), min_size=1, unique=True))
        return {"title": "list", "entries": entries}

    def criteria(self, prefix: str, count: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for number in range(count):
            name = f"{prefix}_{number}"
            found[name] = {"title": name, "when": self.condition()}
            self.declare(name, _FLAG)
        return found

    def readiness(self) -> dict[str, Any]:
        found = {
            "title": "ready",
            "dimensions": {f"d{i}": {"title": "d", "when": self.condition(0)} for i in range(3)},
            "at_least": self.count(1, 3),
            "behavioural": self.condition(0),
            "declarative": self.condition(0),
        }
        self.declare("ready", _FLAG)
        return found

    def lifecycle(self) -> dict[str, Any]:
        names = [f"state_{i}" for i in range(self.count(1, 3))]
        states = {name: self.state() for name in names}
        steps = {f"to_{name}": _STEP | {"to": name, "when": self.condition(1)} for name in names}
        states = {"start": _STATE, **states} if self.chance() else {**states, "start": _STATE}
        return {"initial": "start", "states": states, "transitions": steps}

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = dict(_STATE)
        if self.chance() or self.chance():
            found["entry"] = self.condition()
        if self.chance():
            found |= {"stay": self.condition(1), "exit_to": "start"}
        return found

    # ------------------------------------------------------------------------------ scores
    def score(self, name: str, gates: dict[str, Any]) -> dict[str, Any]:
        groups = {f"group_{i}": self.bounds("lowest", "highest") for i in range(self.count(0, 2))}
        rules = {f"rule_{i}": self.rule(list(groups), list(gates)) for i in range(self.count(1, 5))}
        decimals = self.pick([0, 0, 1, 2])
        kind = Kind.NUMBER if decimals else Kind.WHOLE
        self.declare(name, ValueType(kind, unit="points", nullable=False))
        bounds = self.bounds("floor", "ceiling")
        base = self.pick([0, 0, 10, Decimal("0.5")])
        found = {"title": name, "rules": rules, "groups": groups, "base": base}
        return {**found, "decimals": decimals, **bounds}

    def bounds(self, low: str, high: str) -> dict[str, Any]:
        one, other = sorted([self.pick(_BOUNDS), self.pick(_BOUNDS)])
        return {low: self.pick([None, one]), high: self.pick([None, other])}

    def rule(self, groups: list[str], gates: list[str]) -> dict[str, Any]:
        found: dict[str, Any] = {"points": self.pick(_POINTS), "because": "because"}
        found["group"] = self.pick([None, *groups])
        found["requires"] = self.draw(st.lists(st.sampled_from(gates))) if gates else []
        shape = self.pick(["when", "when", "per", "both", "decay"])
        if shape != "per":
            found["when"] = self.condition()
        if shape in {"per", "both"}:
            found["per"] = self.number()
        if shape == "decay":
            found |= {"per": self.pick(_COUNTS), "decay": self.pick(_DECAYS)}
        if shape != "when":
            found["limit"] = self.pick([None, 5, 30, Decimal("2.5")])
        return found

    def grade(self, score: str) -> dict[str, Any]:
        name = f"grade_{score.removeprefix('score_')}"
        edges = sorted(self.draw(st.sets(st.sampled_from(_EDGES), min_size=1)))
        codes = "DCBAS"[: len(edges) + 1]
        bands = {
            code: {"from": low, "below": high}
            for code, low, high in zip(codes, [None, *edges], [*edges, None], strict=True)
        }
        ranked = dict(reversed(list(bands.items())))
        self.declare(name, ValueType(Kind.CHOICE, codes=tuple(codes), ordered=True, nullable=False))
        return {"title": name, "of": score, "bands": ranked}

    def rating(self, grades: dict[str, Any]) -> dict[str, Any] | None:
        if len(grades) < 2:
            return None
        first, second = grades.values()
        codes = tuple(f"{a}{b}" for a in first["bands"] for b in second["bands"])
        self.declare("rating", ValueType(Kind.CHOICE, codes=codes, nullable=False))
        return {"title": "Rating", "fit": "grade_0", "engagement": "grade_1"}


_GOVERNANCE: Final = {
    "owner": "marketing",
    "sales_ready_decided_by": ["sales"],
    "may_change": ["marketing"],
    "review_by": "2100-01-01",
}
_STATE: Final = {"title": "state", "definition": "state", "responsible": {"sales": "decides"}}
_STEP: Final = {"title": "step", "from": ["start"], "by": ["sales"]}
_COUNTS: Final = (
    "count('content_download')",
    "count('content_download', within=days(30), where=pages >= 3)",
    "count('pricing_page_view', within=hours(36))",
)
_DECAYS: Final = (
    {"half_life": "7 days"},
    {"every": "1 day", "lose": Decimal("0.3")},
    {"every": "36 hours", "lose": Decimal("0.25")},
)


def _spec(name: str, kind: ValueType) -> dict[str, Any]:
    found: dict[str, Any] = {"title": name, "type": kind.kind.value, "unit": kind.unit}
    if kind.codes:
        found |= {"codes": {code: code for code in kind.codes}, "ordered": kind.ordered}
    if kind.kind is Kind.FLAG and not kind.nullable:
        found["missing"] = "false"
    return found


_ATTRIBUTES: Final = {name: _spec(name, kind) for name, kind in FULL_VOCABULARY.attributes.items()}
_PURPOSES: Final = {
    name: {"title": name, "channels": sorted(channels)}
    for name, channels in FULL_VOCABULARY.purposes.items()
}

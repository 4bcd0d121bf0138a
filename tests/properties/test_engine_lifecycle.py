"""Laws of the lifecycle: whatever happens in whatever order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from effort import examples
from leadpolicy.engine.history import Act, Cause, Path, TransitionRefusedError
from leadpolicy.engine.inputs import ConsentEvent
from leadpolicy.engine.lead_policy import LeadPolicy
from leadpolicy.expr.facts import Signal
from leadpolicy.policy.pipeline import check
from leadpolicy.policy.policy import Policy

START = datetime(2026, 11, 2, 9, tzinfo=UTC)
WORDING = {"title": "t", "definition": "d", "responsible": {"marketing": "decides"}}
POLICY = LeadPolicy(
    check(
        Policy.model_validate(
            {
                "policy": "machine",
                "version": "1",
                "title": "machine",
                "governance": {
                    "owner": "marketing",
                    "sales_ready_decided_by": ["sales"],
                    "may_change": ["sales"],
                    "review_by": "2027-01-01",
                },
                "record": {
                    "attributes": {
                        "employees": {"type": "whole", "title": "t"},
                        "budget": {"type": "flag", "title": "t", "evidence": "validated"},
                        "reason": {"type": "choice", "title": "t", "codes": {"a": "a", "b": "b"}},
                    }
                },
                "signals": {
                    "visit": {
                        "title": "t",
                        "evidence": "behavioural",
                        "weight": "exploratory",
                        "origin": "form",
                    }
                },
                "purposes": {
                    "news": {"title": "t", "channels": ["email"]},
                    "sales": {"title": "t", "channels": ["phone"]},
                },
                "gates": {
                    "may_mail": {"title": "t", "purpose": "news", "channel": "email"},
                    "may_call": {"title": "t", "purpose": "sales", "channel": "phone"},
                },
                "initial": "new",
                "states": {
                    "new": WORDING,
                    "warm": {**WORDING, "stay": "may_mail", "exit_to": "new"},
                    "hot": {
                        **WORDING,
                        "stay": "may_call and count('visit', within=days(30)) >= 1",
                        "exit_to": "warm",
                        "demands": ["budget"],
                    },
                    "out": WORDING,
                },
                "transitions": {
                    "warm_up": {
                        "title": "t",
                        "from": ["new"],
                        "to": "warm",
                        "when": "any('visit', within=days(60))",
                    },
                    "heat_up": {
                        "title": "t",
                        "from": ["warm"],
                        "to": "hot",
                        "when": "employees >= 50 and budget",
                        "priority": 1,
                        "wait": "1 day",
                    },
                    "drop": {
                        "title": "t",
                        "from": ["new", "warm", "hot"],
                        "to": "out",
                        "by": ["sales"],
                        "demands": ["reason"],
                    },
                    "reopen": {"title": "t", "from": ["out"], "to": "new", "by": ["marketing"]},
                },
            }
        )
    )
)
STAYS = {state.name: state.stay for state in POLICY.checked.states}
PAIRS = st.sampled_from([("news", "email"), ("sales", "phone")])
STATUSES = st.sampled_from(["granted", "confirmed", "withdrawn", "objected"])


class Lifecycle(RuleBasedStateMachine):
    """A lead to whom things happen."""

    def __init__(self) -> None:
        super().__init__()
        self.at = START
        self.lead: dict[str, Any] = {"employees": 50, "budget": True}
        self.signals: list[Signal] = [Signal("visit", START)]
        self.events = [
            ConsentEvent("news", "email", "granted", START),
            ConsentEvent("sales", "phone", "granted", START),
        ]
        self.path: Path | None = None

    @rule(hours=st.integers(1, 24 * 20))
    def time_passes(self, hours: int) -> None:
        self.at += timedelta(hours=hours)

    @rule(employees=st.sampled_from([None, 10, 50, 500]))
    def size_becomes_known(self, employees: int | None) -> None:
        self.lead["employees"] = employees

    @rule(budget=st.sampled_from([None, True, False]))
    def budget_becomes_known(self, budget: bool | None) -> None:
        self.lead["budget"] = budget

    @rule()
    def visit(self) -> None:
        self.signals.append(Signal("visit", self.at))

    @rule(pair=PAIRS, status=STATUSES)
    def consent_changes(self, pair: tuple[str, str], status: str) -> None:
        self.events.append(ConsentEvent(*pair, status, self.at))

    @rule()
    def look(self) -> None:
        self.advance(None)

    @rule(
        transition=st.sampled_from(["drop", "reopen", "heat_up"]),
        by=st.sampled_from(["sales", "marketing"]),
        fields=st.sampled_from([{}, {"reason": "a"}]),
    )
    def act(self, transition: str, by: str, fields: dict[str, Any]) -> None:
        before = self.advance(None)
        try:
            after = self.advance(Act(transition, by, fields=fields))
        except TransitionRefusedError as error:
            assert error.reasons
            assert error.path == before
        else:
            step = after.steps[len(before.steps)]
            assert (step.cause, step.transition, step.by) == (Cause.ACT, transition, by)

    def advance(self, act: Act | None) -> Path:
        facts: dict[str, Any] = {"signals": self.signals, "consents": self.events, "at": self.at}
        path = POLICY.advance(self.path, self.lead, act=act, **facts)
        assert path == POLICY.advance(self.path, self.lead, act=act, **facts)
        known = self.path.steps if self.path else ()
        assert path.steps[: len(known)] == known
        self.path = path
        self.assert_kept(path)
        return path

    def assert_kept(self, path: Path) -> None:
        """No lead is in a state whose `stay` is not true."""
        decision = POLICY.decide(self.lead, signals=self.signals, consents=self.events, at=self.at)
        stay = STAYS[path.state]
        assert stay is None or decision.reading.outputs[stay] is True

    @invariant()
    @precondition(lambda self: self.path is not None)
    def history_is_in_order(self) -> None:
        assert self.path is not None
        instants = [step.at for step in self.path.steps]
        assert instants == sorted(instants)
        assert self.path.steps[0].state == "new"

    @invariant()
    @precondition(lambda self: self.path is not None)
    def every_step_follows_the_graph(self) -> None:
        assert self.path is not None
        transitions = {item.name: item for item in POLICY.checked.transitions}
        exits = {state.name: state.exit_to for state in POLICY.checked.states}
        for before, step in zip(self.path.steps, self.path.steps[1:], strict=False):
            if step.cause is Cause.EXIT:
                assert exits[before.state] == step.state
            else:
                edge = transitions[step.transition or ""]
                assert before.state in edge.sources
                assert edge.target == step.state
                assert (step.cause is Cause.ACT) is bool(edge.roles)

    @invariant()
    @precondition(lambda self: self.path is not None)
    def nothing_is_left_to_do(self) -> None:
        assert self.path is not None
        if self.at == self.path.since:
            facts: dict[str, Any] = {
                "signals": self.signals,
                "consents": self.events,
                "at": self.at,
            }
            again = POLICY.advance(self.path, self.lead, **facts)
            assert POLICY.advance(again, self.lead, **facts) is again


TestNoLeadStaysWhereItMayNot = Lifecycle.TestCase
TestNoLeadStaysWhereItMayNot.settings = settings(
    max_examples=examples(60), stateful_step_count=40, deadline=None
)

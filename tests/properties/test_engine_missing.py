"""Laws of what is missing, held against brute force on small policies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations, product
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from effort import examples
from leadpolicy.engine.lead_policy import LeadPolicy
from leadpolicy.engine.missing.knobs import FactKind
from leadpolicy.engine.missing.result import MissingSet
from leadpolicy.expr.facts import Facts, Signal
from leadpolicy.policy.pipeline import check
from leadpolicy.policy.policy import Policy
from leadpolicy.testing.policies import reference_outputs

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
WORDING = {"title": "t", "definition": "d", "responsible": {"marketing": "decides"}}
ATOMS = (
    "size >= 10",
    "size < 50",
    "ready",
    "not ready",
    "kind == 'a'",
    "kind in ('a', 'b')",
    "mail_open",
    "count('hit', within=days(30)) >= 2",
    "any('hit', where=big)",
    "count('hit') < 3",
    "points >= 20",
    "points < 10",
    "points != 0",
    "points == 15",
    "reaches(note, 'B')",
    "note == 'B'",
)
VALUES: dict[str, tuple[Any, ...]] = {
    "size": (9, 10, 30, 50),
    "ready": (True, False),
    "kind": ("a", "b", "c"),
    "mail": ("granted", "withdrawn"),
    "hit": (1, 2, 3),
    "hit (big = True)": (1, 2, 3),
}
Changes = Mapping[str, Any]


def conditions(depth: int) -> SearchStrategy[str]:
    """Draw conditions with some connectives inside each other."""
    atoms = st.sampled_from(ATOMS)
    if not depth:
        return atoms
    inner = conditions(depth - 1)
    return st.one_of(
        atoms,
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} and {} and {})".format, inner, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not ({})".format, inner),
        st.builds("at_least(2, {}, {}, {})".format, inner, inner, inner),
    )


@st.composite
def small_policies(draw: DrawFn) -> LeadPolicy:
    """Draw a policy with one target state over six facts."""
    points = st.sampled_from([-20, -5, 5, 10, 15, 20])
    rule = {"because": "b"}
    data = {
        "policy": "small",
        "version": "1",
        "title": "small",
        "governance": {
            "owner": "marketing",
            "sales_ready_decided_by": ["sales"],
            "may_change": ["sales"],
            "review_by": "2027-01-01",
        },
        "record": {
            "attributes": {
                "size": {"type": "whole", "title": "t"},
                "ready": {"type": "flag", "title": "t"},
                "kind": {"type": "choice", "title": "t", "codes": {x: x for x in "abc"}},
            }
        },
        "signals": {
            "hit": {
                "title": "t",
                "evidence": "declarative",
                "weight": "binding",
                "origin": "form",
                "properties": {"big": {"type": "flag", "title": "t"}},
                **({"gate": "mail_open"} if draw(st.booleans()) else {}),
            }
        },
        "purposes": {"news": {"title": "t", "channels": ["email"]}},
        "gates": {"mail_open": {"title": "t", "purpose": "news", "channel": "email"}},
        "scores": {
            "points": {
                "title": "t",
                "ceiling": 25,
                "rules": {
                    "size": {**rule, "points": draw(points), "when": "size >= 10"},
                    "kind": {**rule, "points": draw(points), "when": "kind == 'a' or ready"},
                    "hits": {**rule, "points": 5, "limit": 15, "per": "count('hit')"},
                },
            }
        },
        "grades": {
            "note": {
                "title": "t",
                "of": "points",
                "bands": {"A": {"from": 20}, "B": {"from": 10, "below": 20}, "C": {"below": 10}},
            }
        },
        "initial": "start",
        "states": {"start": WORDING, "goal": {**WORDING, "entry": draw(conditions(2))}},
        "transitions": {"go": {"title": "t", "from": ["start"], "to": "goal", "by": ["sales"]}},
    }
    return LeadPolicy(check(Policy.model_validate(data)))


@dataclass(frozen=True)
class Known:
    """What is known of a lead."""

    row: dict[str, Any]
    status: str | None
    hits: int

    @property
    def signals(self) -> list[Signal]:
        """The signals there are: the first is old, the others are recent."""
        ages = (40, 10, 5)[: self.hits]
        return [Signal("hit", AT - timedelta(days=age), {"big": False}) for age in ages]

    @property
    def consents(self) -> dict[tuple[str, str], str]:
        """The recorded consent, valid from the beginning of time."""
        return {} if self.status is None else {("news", "email"): self.status}


LEADS = st.builds(
    Known,
    st.fixed_dictionaries(
        {}, optional={name: st.sampled_from(VALUES[name]) for name in ("size", "ready", "kind")}
    ),
    st.sampled_from([None, "granted", "withdrawn"]),
    st.integers(0, 3),
)


def reached(policy: LeadPolicy, lead: Known, changes: Changes) -> bool:
    """Tell by the reference evaluator whether changed facts reach the target."""
    row = {name: changes.get(name, lead.row.get(name)) for name in ("size", "ready", "kind")}
    status = changes.get("mail", lead.status)
    gated = policy.checked.policy.signals["hit"].gate is not None
    now_open = not gated or status == "granted"
    signals = lead.signals if now_open and (not gated or lead.status == "granted") else []
    for subject, big in (("hit", None), ("hit (big = True)", True)):
        more = changes.get(subject, 0) if now_open else 0
        signals = [*signals, *[Signal("hit", AT, {"big": big})] * more]
    facts = Facts(
        AT,
        row,
        tuple(signals),
        {} if status is None else {("news", "email"): status},
        timezone=policy.checked.timezone,
    )
    return reference_outputs(policy.checked, facts)["state.goal.entry"] is True


def brute_force(policy: LeadPolicy, lead: Known) -> set[frozenset[str]]:
    """Return the smallest sets of subjects that can reach the target, none inside another."""
    found: set[frozenset[str]] = set()
    for size in range(len(VALUES) + 1):
        for subjects in combinations(VALUES, size):
            chosen = frozenset(subjects)
            if any(smaller <= chosen for smaller in found):
                continue
            ways = product(*(VALUES[subject] for subject in subjects))
            if any(reached(policy, lead, dict(zip(subjects, way, strict=True))) for way in ways):
                found.add(chosen)
    return found


def changes_of(found: MissingSet) -> Iterator[tuple[str, Any]]:
    """Yield the changes that a set proposes, by the names of the brute force."""
    for fact in found.facts:
        yield ("mail" if fact.kind is FactKind.CONSENT else fact.subject), fact.witness


def ask(policy: LeadPolicy, lead: Known, limit: int = 1000) -> Any:
    decision = policy.decide(lead.row, signals=lead.signals, consents=lead.consents, at=AT)
    return decision.missing("goal", limit=limit)


RUN = settings(
    max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@RUN
@given(small_policies(), LEADS)
def test_every_set_of_missing_facts_really_leads_there(policy: LeadPolicy, lead: Known) -> None:
    missing = ask(policy, lead)
    assert missing.met is reached(policy, lead, {})
    for found in missing.sets:
        assert reached(policy, lead, dict(changes_of(found)))


@RUN
@given(small_policies(), LEADS)
def test_the_sets_are_those_that_brute_force_finds(policy: LeadPolicy, lead: Known) -> None:
    missing = ask(policy, lead)
    types = {
        frozenset(subject.partition(" ")[0] for subject, _ in changes_of(found))
        for found in missing.sets
    }
    wanted = brute_force(policy, lead) - {frozenset()}
    assert missing.exhaustive
    assert types == {frozenset(x.partition(" ")[0] for x in subjects) for subjects in wanted}


@RUN
@given(small_policies(), LEADS)
def test_no_set_contains_another(policy: LeadPolicy, lead: Known) -> None:
    subjects = [{fact.subject for fact in found.facts} for found in ask(policy, lead).sets]
    for one, other in combinations(subjects, 2):
        assert not one <= other
        assert not other <= one


@RUN
@given(small_policies(), LEADS)
def test_smaller_sets_come_first_and_then_those_that_fill_unknowns(
    policy: LeadPolicy, lead: Known
) -> None:
    def rank(found: MissingSet) -> tuple[int, int]:
        return len(found.facts), sum(not fact.fills_unknown for fact in found.facts)

    sets = ask(policy, lead).sets
    assert list(map(rank, sets)) == sorted(map(rank, sets))


@RUN
@given(small_policies(), LEADS)
def test_no_fact_of_a_set_can_be_left_out(policy: LeadPolicy, lead: Known) -> None:
    for found in ask(policy, lead).sets:
        changes = dict(changes_of(found))
        for subject in changes:
            rest = {name: value for name, value in changes.items() if name != subject}
            assert not reached(policy, lead, rest)

"""Cases: leads with the decision that a policy must give them, as a file that both teams read.

A file has `cases`, and `situations` that cases are `like`: a case states only what differs. Signals
and consents are written by their age (`ago: 3 days`) before the instant of the case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from os import PathLike
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from leadpolicy.diagnostics import Diagnostic, PolicyError, Span, did_you_mean
from leadpolicy.documents.source import Tree, read_file
from leadpolicy.documents.structure import validate
from leadpolicy.engine.decision import Decision
from leadpolicy.engine.inputs import ConsentEvent, InputError
from leadpolicy.engine.lead_policy import LeadPolicy
from leadpolicy.expr.facts import Signal
from leadpolicy.policy.fields import Duration, Key, Lang, Name, Part, Points, Whole, Wording

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""Since when a consent without an age has been known."""


def _instant(value: object) -> object:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


Instant = Annotated[AwareDatetime, BeforeValidator(_instant)]


class Happened(Part):
    """A signal, or several at the same instant, by age; without `ago` at the instant itself."""

    type: Name
    ago: Duration | None = None
    times: Whole = Field(1, ge=1, le=1000)
    properties: Mapping[Name, Any] = Field(default_factory=dict)


class Step(Part):
    """What was recorded about a consent, by age; without `ago` it was always so."""

    status: str
    ago: Duration | None = None


def _steps(value: object) -> object:
    return ({"status": value},) if isinstance(value, str) else value


Steps: TypeAlias = Annotated[tuple[Step, ...], BeforeValidator(_steps)]


class Given(Part):
    """The facts of a lead; of consents the status, or the steps, by purpose and channel."""

    lead: Mapping[Name, Any] = Field(default_factory=dict)
    signals: tuple[Happened, ...] | None = None
    consents: Mapping[Name, Mapping[Name, Steps]] = Field(default_factory=dict)
    at: Instant | None = None


class Expected(Part):
    """What the decision must hold; what is not written is not compared."""

    state: str | None = None
    eligible: tuple[str, ...] | None = None
    rating: str | None = None
    scores: Mapping[str, Points] = Field(default_factory=dict)
    grades: Mapping[str, str] = Field(default_factory=dict)
    criteria: Mapping[str, Literal["met", "not met", "undecided"]] = Field(default_factory=dict)
    fired: tuple[str, ...] = Field((), description="rules that give points, as score.rule")
    not_fired: tuple[str, ...] = Field((), description="rules that give none, as score.rule")
    owed: tuple[str, ...] | None = Field(None, description="all obligations, by name")
    ignored: tuple[str, ...] | None = Field(None, description="types of all unusable signals")


class CaseSpec(Given):
    """A case as it is written: with `like`, only what differs from that situation."""

    name: Wording
    like: Key | None = None
    expect: Expected


def _not_empty(cases: tuple[CaseSpec, ...]) -> tuple[CaseSpec, ...]:
    if not cases:
        raise ValueError("a file of cases has at least one")
    return cases


class CaseFile(Part):
    """All cases of a file; `at` holds where a case or its situation names no instant."""

    at: Instant
    situations: Mapping[Key, Given] = Field(default_factory=dict)
    cases: Annotated[tuple[CaseSpec, ...], AfterValidator(_not_empty)]


@dataclass(frozen=True, slots=True)
class Case:
    """One lead with what a policy must say about it; `at` is an instant in UTC."""

    name: Wording
    lead: Mapping[str, object]
    signals: tuple[Signal, ...]
    consents: tuple[ConsentEvent, ...]
    at: datetime
    expect: Expected
    span: Span | None = None

    def __str__(self) -> str:
        return self.name.en


@dataclass(frozen=True, slots=True)
class CaseResult:
    """A case with everything in which the decision differs from what was expected."""

    case: Case
    failures: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Tell whether the decision is as expected."""
        return not self.failures

    def text(self, lang: Lang = "en") -> str:
        """Return the place and name of the case, and a line for every difference."""
        place = f"{self.case.span.source}:{self.case.span.line}: " if self.case.span else ""
        head = f"{place}{'passed' if self.passed else 'failed'}: {self.case.name.text(lang)}"
        return "\n".join([head, *(f"    {failure}" for failure in self.failures)])


def load_cases(path: str | PathLike[str]) -> tuple[Case, ...]:
    """Read a file of cases; raises `PolicyError` with every problem of the file."""
    tree = read_file(path)
    if tree.diagnostics:
        raise PolicyError(tree.diagnostics, tree.sources)
    file = _validated(tree)
    unknown = list(_unknown_situations(file, tree))
    if unknown:
        raise PolicyError(unknown, tree.sources)
    return tuple(
        _case(spec, file, tree.span_at(("cases", index))) for index, spec in enumerate(file.cases)
    )


def _validated(tree: Tree) -> CaseFile:
    file, problems = validate(tree, CaseFile)
    if file is None:
        raise PolicyError(problems, tree.sources)
    return file


def _unknown_situations(file: CaseFile, tree: Tree) -> Iterator[Diagnostic]:
    for index, spec in enumerate(file.cases):
        if spec.like is not None and spec.like not in file.situations:
            yield Diagnostic(
                "LP154",
                f"`{spec.like}` is not a situation of this file",
                span=tree.span_at(("cases", index, "like")),
                path=f"$.cases[{index}].like",
                hint=did_you_mean(spec.like, file.situations),
            )


def _case(spec: CaseSpec, file: CaseFile, span: Span | None) -> Case:
    base = file.situations[spec.like] if spec.like else Given()
    at = (spec.at or base.at or file.at).astimezone(UTC)
    happened = base.signals if spec.signals is None else spec.signals
    return Case(
        name=spec.name,
        lead={**base.lead, **spec.lead},
        signals=tuple(_signals(happened or (), at)),
        consents=tuple(_consents((base, spec), at)),
        at=at,
        expect=spec.expect,
        span=span,
    )


def _signals(happened: Iterable[Happened], at: datetime) -> Iterator[Signal]:
    for item in happened:
        instant = at - (item.ago or timedelta(0))
        for _ in range(item.times):
            yield Signal(item.type, instant, dict(item.properties))


def _consents(layers: Iterable[Given], at: datetime) -> Iterator[ConsentEvent]:
    found: dict[tuple[str, str], Steps] = {}
    for layer in layers:
        for purpose, channels in layer.consents.items():
            found |= {(purpose, channel): steps for channel, steps in channels.items()}
    for (purpose, channel), steps in found.items():
        for step in steps:
            instant = at - step.ago if step.ago else BEGINNING
            yield ConsentEvent(purpose, channel, step.status, instant)


def run_cases(policy: LeadPolicy, cases: Iterable[Case]) -> tuple[CaseResult, ...]:
    """Decide every case and return what differs from what it expects; never raises for that."""
    return tuple(CaseResult(case, tuple(_failures(policy, case))) for case in cases)


def _failures(policy: LeadPolicy, case: Case) -> Iterator[str]:
    try:
        decision = policy.decide(
            case.lead, signals=case.signals, consents=case.consents, at=case.at
        )
    except InputError as error:
        yield from (f"the input is refused: {item.message}" for item in error.diagnostics)
        return
    yield from _differences(decision, case.expect)
    yield from _criteria(decision, case.expect)
    yield from _rules(policy, decision, case.expect)


def _differences(decision: Decision, expect: Expected) -> Iterator[str]:
    pairs: list[tuple[str, object, object]] = [
        ("state", expect.state, decision.state),
        ("eligible states", expect.eligible, tuple(decision.eligible)),
        ("rating", expect.rating, decision.rating),
        ("obligations", expect.owed, tuple(item.name for item in decision.obligations)),
        ("unusable signals", expect.ignored, _ignored(decision)),
    ]
    for wanted, found in ((expect.scores, decision.scores), (expect.grades, decision.grades)):
        pairs += [(name, value, found.get(name)) for name, value in wanted.items()]
    for what, expected, actual in pairs:
        if expected is not None and expected != actual:
            yield f"{what}: expected {_shown(expected)}, found {_shown(actual)}"


def _ignored(decision: Decision) -> tuple[str, ...]:
    return tuple(sorted({item.signal.type for item in decision.ignored}))


def _criteria(decision: Decision, expect: Expected) -> Iterator[str]:
    for name, expected in expect.criteria.items():
        result = decision.criteria.get(name)
        if result is None:
            yield _not_there("criterion", name, decision.criteria)
        elif (found := result.verdict.value.replace("_", " ")) != expected:
            seen = ", ".join(f"{fact} = {_shown(value)}" for fact, value in result.seen.items())
            found += f" with {seen}" if seen else ""
            yield f"criterion `{name}`: expected {expected}, found {found}"


def _rules(policy: LeadPolicy, decision: Decision, expect: Expected) -> Iterator[str]:
    known = {
        f"{score}.{line.id}" for score, plan in policy.checked.scores.items() for line in plan.lines
    }
    fired = {f"{item.score}.{item.line}" for item in decision.fired}
    for name in (*expect.fired, *expect.not_fired):
        if name not in known:
            yield _not_there("rule", name, known)
        elif name in expect.fired and name not in fired:
            yield f"rule `{name}`: expected points, found none"
        elif name in expect.not_fired and name in fired:
            yield f"rule `{name}`: expected no points, found some"


def _not_there(kind: str, name: str, known: Iterable[str]) -> str:
    hint = did_you_mean(name, known)
    return f"`{name}` is not a {kind} of the policy" + (f"; {hint}" if hint else "")


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_shown, value)) or "none"
    return "unknown" if value is None else f"`{value}`"

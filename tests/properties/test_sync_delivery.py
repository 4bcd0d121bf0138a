"""Whatever a CRM does and wherever runs die, each decision arrives once and the newest one last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from effort import examples
from leadpolicy.crm.connector import (
    AnswerLostError,
    BatchRefusedError,
    BusyError,
    Capabilities,
    ConnectorError,
    DecisionRow,
    Outcome,
    QuotaError,
    Status,
    ThrottledError,
)
from leadpolicy.crm.points import Point
from leadpolicy.crm.store import SqliteStore
from leadpolicy.crm.sync import Permit, push
from leadpolicy.crm.sync.payload import values_of
from scripted_crm import AT, DESIRED, Answer, ScriptedCrm, new_store, row, scripted
from scripted_crm import settings as with_clock

KEYS = ("a", "b", "c", "d", "e", "f")
LATE = 3.0
NEVER = AnswerLostError("no answer")

Decided: TypeAlias = dict[str, list[int]]
Step: TypeAlias = Callable[[ScriptedCrm], Answer | Exception | None]


class Killed(BaseException):
    """Stands for the end of the process."""


@dataclass
class Mortal:
    """A store that does nothing any more once its process is dead."""

    store: SqliteStore
    left: int
    dead: bool = False
    accepted: bool = False

    def __getattr__(self, name: str) -> Any:
        if self.dead:
            raise Killed
        self.accepted = self.accepted or name == "enqueue"
        return getattr(self.store, name)

    def probe(self, _point: Point) -> None:
        self.left -= 1
        self.dead = self.dead or self.left == 0
        if self.dead:
            raise Killed


# ----------------------------------------------------------------------------------- faults
def works(_crm: ScriptedCrm) -> None:
    """Do nothing odd."""


def lost(crm: ScriptedCrm) -> Answer:
    return crm.lost


def half(crm: ScriptedCrm) -> Answer:
    """Write half of the batch, and lose the answer."""

    def answer(rows: Sequence[DecisionRow]) -> list[Outcome]:
        crm.take(rows[: len(rows) // 2])
        raise KeyError("cut off")

    return answer


def shuffled(crm: ScriptedCrm) -> Answer:
    """Answer in another order, leave one out, say one twice, add a stranger."""

    def answer(rows: Sequence[DecisionRow]) -> list[Outcome]:
        found = crm.take(rows)[::-1]
        return [*found[1:], *found[-1:], Outcome("stranger", Status.WRITTEN)]

    return answer


def unsure(crm: ScriptedCrm) -> Answer:
    """Write, and say of nothing what became of it."""

    def answer(rows: Sequence[DecisionRow]) -> list[Outcome]:
        crm.take(rows)
        return [Outcome(row.key, Status.UNKNOWN) for row in rows]

    return answer


def careless(crm: ScriptedCrm) -> Answer:
    """Write half of the batch, and say nothing of the other half."""
    return lambda rows: crm.take(rows[: len(rows) // 2])


def late(seconds: float) -> Step:
    return lambda crm: crm.lost_late(seconds)


def error(raised: Exception) -> Step:
    return lambda _crm: raised


def saying(status: Status, key: str) -> Step:
    """Refuse one lead, for good or for now, and write the others."""

    def step(crm: ScriptedCrm) -> Answer:
        def answer(rows: Sequence[DecisionRow]) -> list[Outcome]:
            written = crm.take([row for row in rows if row.key != key])
            refused = [Outcome(key, status, "no", "no") for row in rows if row.key == key]
            return [*written, *refused]

        return answer

    return step


keys = st.sampled_from(KEYS)
steps = st.one_of(
    st.sampled_from(
        [
            works,
            lost,
            half,
            shuffled,
            unsure,
            careless,
            error(NEVER),
            error(BusyError("later", retry_after=1)),
            error(ThrottledError("slow down", retry_after=2)),
            error(BatchRefusedError("bad")),
            error(QuotaError("used up")),
            error(TypeError("broken")),
        ]
    ),
    st.floats(0, LATE - 0.1).map(late),
    st.tuples(st.sampled_from([Status.FAILED, Status.DEFERRED]), keys).map(lambda a: saying(*a)),
)
FAULTS: list[Exception | None] = [None, None, NEVER, BusyError("x"), ThrottledError("slow down")]
lookups = st.lists(st.sampled_from(FAULTS), max_size=6)


@dataclass
class Round:
    """Decisions that are made, what the CRM does with them, and when the process dies."""

    decisions: dict[str, int]
    script: list[Step] = field(default_factory=list)
    lookups: list[Exception | None] = field(default_factory=list)
    dies_after: int = 0
    jump: timedelta = timedelta(0)
    pause: float = 0.0


@st.composite
def stories(draw: DrawFn) -> list[Round]:
    """Return rounds in which every decision differs from all before."""
    rounds, score = [], 0
    for _ in range(draw(st.integers(1, 4))):
        chosen = draw(st.sets(keys))
        decisions = {}
        for key in sorted(chosen):
            score += 1
            decisions[key] = score
        rounds.append(
            Round(
                decisions,
                draw(st.lists(steps, max_size=6)),
                draw(lookups),
                draw(st.sampled_from([0, 0, 1, 2, 3, 4, 5, 8])),
                timedelta(hours=draw(st.sampled_from([0, 0, 24, -24]))),
                draw(st.floats(0, 10)),
            )
        )
    return rounds


def live_through(story: Sequence[Round], crm: ScriptedCrm, store: SqliteStore) -> Decided:
    """Run every round, and then until nothing waits; return what was taken in, by lead."""
    decided: Decided = {key: [] for key in KEYS}
    for act in story:
        crm.script = [step(crm) for step in act.script]
        crm.lookups = list(act.lookups)
        if run(crm, store, act):
            for key, score in act.decisions.items():
                decided[key].append(score)
        crm.clock.wall += act.jump
        crm.clock.pass_(act.pause)
    crm.script, crm.lookups = [], []
    while waits(crm, store) or crm.late:
        crm.clock.pass_(LATE)
        crm.clock.wall += timedelta(days=2)
        crm.land()
        run(crm, store, Round({}))
    return decided


def waits(crm: ScriptedCrm, store: SqliteStore) -> bool:
    backlog = store.backlog(crm.target, crm.clock.now())
    return bool(backlog.pending or backlog.later or backlog.in_doubt)


def run(crm: ScriptedCrm, store: SqliteStore, act: Round, permit: Permit | None = None) -> bool:
    """Run a round to its end or its death, and tell whether its decisions were taken in."""
    mortal = Mortal(store, act.dies_after)
    chosen = with_clock(crm, probe=mortal.probe, take_over=True, patience=4, permit=permit)
    rows = [row(key, score) for key, score in act.decisions.items()]
    with suppress(Killed, ConnectorError):
        push(crm, DESIRED, rows, mortal, at=AT, settings=chosen)
    return mortal.accepted


@given(stories(), st.sampled_from(["verify_read", "native_key"]), st.integers(1, 6))
@settings(max_examples=examples(150), deadline=None)
def test_each_decision_arrives_once_and_the_newest_stands(
    story: list[Round], promise: Any, batch_max: int
) -> None:
    store = new_store()
    crm = scripted(store, *KEYS)
    crm.capabilities = Capabilities(
        idempotency=promise, late_effect_seconds=LATE, batch_max=batch_max
    )
    taken_in = live_through(story, crm, store)
    letters = {letter.key: letter for letter in store.dead_letters(crm.target)}
    for key, decided in taken_in.items():
        effects = crm.effects(key)
        assert len(effects) == len(set(effects)), "doubled"
        assert effects == [score for score in decided if score in effects], "overtaken"
        if key in letters:
            refused = values_of(letters[key].payload, DESIRED.written)["lp_score"]
            assert refused == decided[-1] != crm.leads[key].get("lp_score"), "false alarm"
        elif decided:
            assert crm.leads[key]["lp_score"] == decided[-1], "lost"
    store.close()


@given(stories(), st.sets(keys))
@settings(max_examples=examples(60), deadline=None)
def test_a_lead_whose_consent_is_denied_is_never_sent(story: list[Round], denied: set[str]) -> None:
    store = new_store()
    crm = scripted(store, *KEYS)
    crm.capabilities = replace(crm.capabilities, batch_max=3, late_effect_seconds=LATE)

    def permit(asked: Sequence[str], _at: datetime) -> dict[str, str]:
        return {key: "withdrawn" for key in asked if key in denied}

    for act in story:
        crm.script = [step(crm) for step in act.script]
        run(crm, store, act, permit)
        assert not denied & {key for batch in crm.batches for key in batch}
    store.close()

"""The public face: a checked policy that decides leads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from leadpolicy.backends.python import Consents, Row, SignalsByType, compile_policy
from leadpolicy.diagnostics import Diagnostic
from leadpolicy.engine.decision import Decision
from leadpolicy.engine.given import Given
from leadpolicy.engine.handbook import Handbook
from leadpolicy.engine.history import Act, Event, Path, Refusal, Replay, TransitionRefusedError
from leadpolicy.engine.ingest import ConsentsGiven, Ingest
from leadpolicy.engine.ingest.consents import ConsentEvents
from leadpolicy.engine.inputs import Ignored, InputError
from leadpolicy.engine.instants import required
from leadpolicy.engine.lifecycle import Moves
from leadpolicy.engine.overrides import Override, check_overrides
from leadpolicy.engine.situation import Reading, Situation
from leadpolicy.engine.timed import Timed
from leadpolicy.policy.checked import CheckedPolicy, OutputKind
from leadpolicy.policy.fields import Lang
from leadpolicy.policy.lifecycle import Stage

if TYPE_CHECKING:
    from leadpolicy.backends.prose import Prose

Clock: TypeAlias = Callable[[], datetime]
T = TypeVar("T")


class LeadPolicy:
    """Decides leads by a checked policy; `clock` gives the instant where none is named."""

    def __init__(self, checked: CheckedPolicy, *, clock: Clock | None = None) -> None:
        self.checked = checked
        self.program = compile_policy(checked)
        self.ingest = Ingest(checked)
        self.handbook = Handbook(checked)
        self._clock = clock
        self._prose: dict[Lang, Prose] = {}
        self._run = self.program.run
        self._lead = self.ingest.lead

    @property
    def name(self) -> str:
        """The policy's name."""
        return self.checked.name

    @property
    def version(self) -> str:
        """The policy's version as its authors write it."""
        return self.checked.version

    @property
    def content_hash(self) -> str:
        """The SHA-256 of the policy's content: equal for policies of equal meaning and wording."""
        return self.checked.content_hash

    # ------------------------------------------------------------------------------ deciding
    def decide(
        self,
        lead: object,
        *,
        signals: Iterable[Any] = (),
        consents: ConsentsGiven = (),
        at: datetime | None = None,
        since: datetime | None = None,
        overrides: Iterable[Override] = (),
    ) -> Decision:
        """Decide one lead at an instant.

        `lead` is a mapping of attributes, a record, or anything with `to_mapping()`. `at` is an
        aware instant, by default what the clock shows; `since` is when the lead entered its
        state, from which deadlines run. Raises `InputError` with every problem of the facts, and
        ValueError for an instant without time zone or an override that is not allowed.
        """
        at = self._instant(at)
        if signals or consents or overrides or since:
            return self._decide(self._lead, lead, signals, consents, at, since, overrides)
        row = self._lead(lead)
        return Decision(self, self._run(row, {}, {}, at), row, {}, {}, at)

    def decide_json(
        self,
        lead: bytes | str,
        *,
        signals: Iterable[Any] = (),
        consents: ConsentsGiven = (),
        at: datetime | None = None,
        since: datetime | None = None,
        overrides: Iterable[Override] = (),
    ) -> Decision:
        """Decide one lead whose attributes are a JSON object; everything else as in `decide`."""
        at = self._instant(at)
        if signals or consents or overrides or since:
            read = self.ingest.lead_json
            return self._decide(read, lead, signals, consents, at, since, overrides)
        row = self.ingest.lead_json(lead)
        return Decision(self, self._run(row, {}, {}, at), row, {}, {}, at)

    def _instant(self, at: datetime | None) -> datetime:
        if at is None:
            if self._clock is None:
                raise ValueError("no instant: pass `at=`, or give the policy a clock")
            at = self._clock()
        is_plain = type(at) is datetime and at.tzinfo is UTC and 1 < at.year < 9999
        return at if is_plain else required(at, "at")

    def _decide(
        self,
        read: Callable[[Any], Row],
        lead: object,
        signals: Iterable[Any],
        consents: ConsentsGiven,
        at: datetime,
        since: datetime | None,
        overrides: Iterable[Override],
    ) -> Decision:
        row, events, told, usable, ignored = self._facts(read, lead, signals, consents, at)
        entered = None if since is None else required(since, "since")
        if entered is not None and entered > at:
            raise ValueError(f"`since` is after `at`: {entered.isoformat()}")
        given = Given(told, events, ignored, entered, check_overrides(overrides, self.checked))
        return self.again(row, usable, self.ingest.consents(events, at), at, given)

    def _facts(
        self,
        read: Callable[[Any], Row],
        lead: object,
        signals: Iterable[Any],
        consents: ConsentsGiven,
        at: datetime,
    ) -> tuple[Row, ConsentEvents, tuple[Any, ...], SignalsByType, tuple[Ignored, ...]]:
        """Return the facts, checked; raises `InputError` with the problems of all of them."""
        found: list[Diagnostic] = []
        told = _kept(signals)
        row = _tried(lambda: read(lead), found)
        events = _tried(lambda: self.ingest.events(consents), found)
        sorted_ = _tried(lambda: self.ingest.signals(told, at, events or ()), found)
        if row is None or events is None or sorted_ is None:
            raise InputError(found)
        return row, events, told, *sorted_

    def again(
        self, row: Row, signals: SignalsByType, consents: Consents, at: datetime, given: Given
    ) -> Decision:
        """Decide normalised facts at an instant, with nothing checked again."""
        raw = self._run(row, signals, consents, at)
        return Decision(self, raw, row, signals, consents, at, given)

    # ------------------------------------------------------------------------------ histories
    def advance(
        self,
        path: Path | None,
        lead: object,
        *,
        signals: Iterable[Any] = (),
        consents: ConsentsGiven = (),
        at: datetime | None = None,
        act: Act | None = None,
    ) -> Path:
        """Return the path of a lead after everything that happens at an instant.

        Without `path` the lead is new. First it leaves every state whose `stay` is not true, then
        the act is carried out, then automatic transitions are taken; the same path comes back
        where nothing happens. Raises `TransitionRefusedError` for an act that is not allowed,
        `LifecycleLoopError` where the policy runs in a circle, `InputError` for problems of the
        facts, and ValueError for an instant before the path's last step.
        """
        at = self._instant(at)
        if path is not None and at < path.since:
            raise ValueError(f"`at` is before the last step of the path: {path.since.isoformat()}")

        def read(lead: object) -> Row:
            row = self._lead(lead)
            if act is None or not act.fields:
                return row
            stated = self._lead(dict(act.fields))
            return {**row, **{name: stated.get(name) for name in act.fields}}

        decision = self._decide(read, lead, signals, consents, at, None, ())
        moves = Moves(self.checked, decision.reading, decision.inputs_digest, decision.objections)
        return moves.go(moves.start() if path is None else path, act)

    def replay(self, events: Iterable[Event]) -> Replay:
        """Return the path that the policy makes of events; acts that it refuses are left out.

        Raises ValueError without any event, and what `advance` raises but for refused acts.
        """
        path: Path | None = None
        refused: list[Refusal] = []
        for event in events:
            facts = {"signals": event.signals, "consents": event.consents, "at": event.at}
            try:
                path = self.advance(path, event.lead, act=event.act, **facts)
            except TransitionRefusedError as error:
                refused.append(Refusal(event.at, error.transition, error.reasons))
                path = self.advance(error.path, event.lead, **facts)
        if path is None:
            raise ValueError("there is no event to replay")
        return Replay(path, tuple(refused))

    # ------------------------------------------------------------------------------- lookups
    @cached_property
    def timed(self) -> Timed:
        """The parts of the policy that look at the age of something."""
        return Timed(self.checked)

    def read(self, situation: Situation) -> Reading:
        """Return the value of everything in a situation, unknown included."""
        return Reading(self.program, situation)

    def prose(self, lang: Lang) -> Prose:
        """Return what says things about the policy in a language; ValueError without prose."""
        if lang not in self._prose:
            from leadpolicy.backends.prose import Prose

            self._prose[lang] = Prose(self.checked, lang)
        return self._prose[lang]

    def names_of(self, kind: OutputKind) -> tuple[str, ...]:
        """Return the names of the outputs of a kind, in the order in which they are declared."""
        return self._names.get(kind, ())

    @cached_property
    def _names(self) -> dict[OutputKind, tuple[str, ...]]:
        order = {path: index for index, (path, _, _) in enumerate(self.checked.policy.parts())}
        names: dict[OutputKind, list[str]] = {}
        for item in sorted(self.checked.outputs, key=lambda item: order.get(item.path[:2], -1)):
            names.setdefault(item.kind, []).append(item.name)
        return {kind: tuple(found) for kind, found in names.items()}

    def next_target(self, eligible: Sequence[str]) -> str | None:
        """Return the first state after the eligible ones that facts lead to; None at the top.

        States outside the funnel, such as disqualified, are nobody's target.
        """
        outside = {
            name
            for name, state in self.checked.policy.states.items()
            if state.stage is Stage.OUTSIDE
        }
        names = [state.name for state in self.checked.states if state.name not in outside]
        reached = max((names.index(name) for name in eligible if name in names), default=-1)
        entries = {state.name for state in self.checked.states if state.entry is not None}
        return next((name for name in names[reached + 1 :] if name in entries), None)

    def __repr__(self) -> str:
        return f"<LeadPolicy {self.name} {self.version} {self.content_hash[:12]}>"


def _kept(signals: Iterable[Any]) -> tuple[Any, ...]:
    """Keep what can be read only once; what is no list goes on, for the reader to refuse."""
    if isinstance(signals, str | bytes | Mapping) or not isinstance(signals, Iterable):
        return signals  # type: ignore[return-value]
    return tuple(signals)


def _tried(read: Callable[[], T], found: list[Diagnostic]) -> T | None:
    """Return what is read, or None after adding its problems."""
    try:
        return read()
    except InputError as error:
        found += error.diagnostics
        return None

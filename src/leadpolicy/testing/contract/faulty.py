"""A connector with faults between it and its CRM, for CRMs that no proxy can be put in front of."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias, TypeVar

from leadpolicy.crm.capabilities import Capabilities, Stream
from leadpolicy.crm.clock import Clock
from leadpolicy.crm.connector import (
    Connector,
    ConsentRow,
    DecisionRow,
    FeedbackRow,
    LeadRow,
    Native,
    Outcome,
    Page,
    Quota,
    Standing,
)
from leadpolicy.crm.errors import AnswerLostError
from leadpolicy.crm.state import Change, Column, DesiredState, ObservedState
from leadpolicy.policy.checked import CheckedPolicy

Moment: TypeAlias = Literal["before", "after", "late"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with the calls `at` to `at + times - 1` of one operation.

    `before` nothing happens, `after` it has happened, and `late` it happens at the end of the
    connector's window for late effects; then `error` is raised. Without an error the answer to
    a write is passed through `answer`.
    """

    operation: str
    error: Callable[[], Exception] | None = None
    at: int = 1
    times: int = 1
    when: Moment = "before"
    answer: Callable[[list[Outcome]], list[Outcome]] | None = None

    def hits(self, operation: str, number: int) -> bool:
        """Tell whether a call is struck."""
        return operation == self.operation and self.at <= number < self.at + self.times


def lost() -> AnswerLostError:
    """Return the error of a call whose answer never came."""
    return AnswerLostError("the answer was lost")


class FaultyConnector:
    """A connector whose calls are counted and struck by faults.

    `batch_max` narrows its batches; `version` passes it off as another version.
    """

    def __init__(
        self,
        inner: Connector,
        clock: Clock,
        faults: Sequence[Fault] = (),
        batch_max: int | None = None,
        version: str | None = None,
    ) -> None:
        self.version: Final = version or inner.version
        self.inner: Final = inner
        self.counts: Final[Counter[str]] = Counter()
        self._clock: Final = clock
        self._faults: Final = tuple(faults)
        self._batch_max: Final = batch_max or inner.capabilities.batch_max
        self._late: list[tuple[float, Callable[[], object]]] = []
        self._lock: Final = threading.RLock()

    @property
    def name(self) -> str:
        """The name of the connector behind."""
        return self.inner.name

    @property
    def target(self) -> str:
        """The address of the connector behind."""
        return self.inner.target

    @property
    def actor(self) -> str:
        """The actor of the connector behind."""
        return self.inner.actor

    @property
    def capabilities(self) -> Capabilities:
        """The capabilities of the connector behind, with batches no wider than asked for."""
        able, width = self.inner.capabilities, self._batch_max
        narrow = replace(able, batch_max=min(able.batch_max, width))
        if narrow.batch_max == able.batch_max or able.bulk_min is None or able.bulk_max is None:
            return narrow
        return replace(
            narrow, bulk_min=min(able.bulk_min, width), bulk_max=min(able.bulk_max, width)
        )

    def native(self, policy: CheckedPolicy, columns: Sequence[Column]) -> Native:
        """Pass on."""
        return self.inner.native(policy, columns)

    def adapt(self, policy: CheckedPolicy, desired: DesiredState) -> DesiredState:
        """Pass on."""
        return self.inner.adapt(policy, desired)

    def observe(self, desired: DesiredState) -> ObservedState:
        """Pass on."""
        return self._call("observe", lambda: self.inner.observe(desired))

    def denied(self, changes: Sequence[Change]) -> Mapping[str, str]:
        """Pass on."""
        return self._call("denied", lambda: self.inner.denied(changes))

    def apply(self, change: Change) -> None:
        """Pass on."""
        self._call("apply", lambda: self.inner.apply(change))

    def apply_together(self, changes: Sequence[Change]) -> None:
        """Pass on."""
        self._call("apply", lambda: self.inner.apply_together(changes))

    def read_leads(
        self, columns: Sequence[Column] = (), keys: Sequence[str] | None = None
    ) -> Iterator[LeadRow]:
        """Pass on."""
        return self._call("read_leads", lambda: self.inner.read_leads(columns, keys))

    def lookup(self, keys: Sequence[str], columns: Sequence[Column]) -> Mapping[str, Standing]:
        """Pass on."""
        return self._call("lookup", lambda: self.inner.lookup(keys, columns))

    def write(self, rows: Sequence[DecisionRow], columns: Sequence[Column]) -> list[Outcome]:
        """Pass on."""
        return self._call("write", lambda: self.inner.write(rows, columns))

    def results(self, ticket: str) -> list[Outcome] | None:
        """Pass on."""
        return self._call("results", lambda: self.inner.results(ticket))

    def read_feedback(self, columns: Sequence[Column]) -> Iterator[FeedbackRow]:
        """Pass on."""
        return self._call("read_feedback", lambda: self.inner.read_feedback(columns))

    def expect(self, cursors: Mapping[Stream, str | None]) -> None:
        """Pass on."""
        self.inner.expect(cursors)

    def pull(self, stream: Stream, cursor: str | None, limit: int) -> Page:
        """Pass on."""
        return self._call("pull", lambda: self.inner.pull(stream, cursor, limit))

    def write_consents(self, rows: Sequence[ConsentRow]) -> list[Outcome]:
        """Pass on."""
        return self._call("write_consents", lambda: self.inner.write_consents(rows))

    def quota(self) -> Quota | None:
        """Pass on."""
        return self._call("quota", self.inner.quota)

    def close(self) -> None:
        """Leave the connector behind open; whoever opened it closes it."""

    def _call(self, operation: str, action: Callable[[], T]) -> T:
        with self._lock:
            self._land()
            self.counts[operation] += 1
            number = self.counts[operation]
        fault = next((f for f in self._faults if f.hits(operation, number)), None)
        if fault is None:
            return action()
        if fault.error is None:
            return self._answered(fault, action())
        if fault.when == "late":
            window = self.inner.capabilities.late_effect_seconds
            self._late.append((self._clock.monotonic() + window * 0.9, action))
        elif fault.when == "after":
            action()
        raise fault.error()

    def _answered(self, fault: Fault, answer: T) -> T:
        if fault.answer is not None and isinstance(answer, list):
            answer[:] = fault.answer(answer)
        return answer

    def _land(self) -> None:
        """Let effects whose time has come take place."""
        due = [action for at, action in self._late if at <= self._clock.monotonic()]
        self._late = [late for late in self._late if late[0] > self._clock.monotonic()]
        for action in due:
            action()

    def land_all(self) -> None:
        """Let every effect that is still on its way take place."""
        self._clock.sleep(self.inner.capabilities.late_effect_seconds)
        self._land()

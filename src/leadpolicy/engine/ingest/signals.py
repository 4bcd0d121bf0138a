"""Signals: checked against the policy's types, and sorted into usable and ignored ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from leadpolicy.diagnostics import did_you_mean
from leadpolicy.engine.ingest.consents import ConsentEvents, Pair, Timeline
from leadpolicy.engine.ingest.problems import Problems
from leadpolicy.engine.ingest.values import (
    Reader,
    UnfitError,
    described,
    quoted,
    read_moment,
    reader,
)
from leadpolicy.engine.inputs import Ignored
from leadpolicy.expr.facts import Signal
from leadpolicy.expr.types import Value, ValueType
from leadpolicy.policy.checked import CheckedPolicy

_FIELDS: Final = ("type", "occurred_at", "properties", "id", "source", "recorded_at")


class SignalReader:
    """Reads signals of one policy."""

    def __init__(self, checked: CheckedPolicy) -> None:
        signals = checked.vocabulary.signals
        self._properties = {name: _Properties(name, types) for name, types in signals.items()}
        self._gates = _gates(checked)

    def read(
        self, given: object, at: datetime, events: ConsentEvents
    ) -> tuple[dict[str, list[Signal]], tuple[Ignored, ...]]:
        """Return the usable signals by type, and the others with the reason.

        Raises `InputError` with every problem of them.
        """
        problems, sorting = Problems(), _Sorting(at, self._gates, events)
        for place, item in enumerate(problems.items(given, "signals", "signal")):
            path = f"$.signals[{place}]"
            signal = self._signal(item, path, problems)
            if signal is not None:
                sorting.add(signal, path, problems)
        problems.raise_any()
        return sorting.usable, tuple(sorting.ignored)

    def _signal(self, item: object, path: str, problems: Problems) -> Signal | None:
        before = len(problems)
        fields = problems.fields(item, Signal, _FIELDS, path, "signal")
        if len(problems) > before and not fields:
            return None
        types = self._properties
        kind = problems.one_of("LP507", "signal {}", fields.get("type"), types, f"{path}.type")
        occurred = problems.moment(fields.get("occurred_at"), path, "occurred_at")
        recorded = problems.read(read_moment, fields.get("recorded_at"), path, "recorded_at")
        key = problems.text(fields.get("id"), path, "id")
        source = problems.text(fields.get("source"), path, "source")
        properties = types[kind].read(fields.get("properties"), path, problems) if kind else {}
        if occurred is None or len(problems) > before:
            return None
        when = recorded if isinstance(recorded, datetime) else None
        return Signal(kind, occurred, properties, key, source, when)


class _Properties:
    """Reads the properties of signals of one type."""

    def __init__(self, kind: str, types: Mapping[str, ValueType]) -> None:
        self._kind = kind
        self._readers: dict[str, Reader] = {name: reader(type_) for name, type_ in types.items()}
        self._false = [name for name, type_ in types.items() if not type_.nullable]

    def read(self, given: object, path: str, problems: Problems) -> dict[str, Value | None]:
        """Return the properties, each in its one form."""
        found: dict[str, Value | None] = dict.fromkeys(self._false, False)
        if given is not None and not isinstance(given, Mapping):
            message = f"`properties` needs a mapping, not {described(given)}"
            problems.add("LP510", message, f"{path}.properties")
            return found
        for name, value in (given or {}).items():
            try:
                found[name] = self._value(name, value)
            except UnfitError as error:
                shown = quoted(name) if isinstance(name, str) else described(name)
                message = f"property {shown} of `{self._kind}` {error.message}"
                problems.add("LP510", message, f"{path}.properties", error.hint)
        return found

    def _value(self, name: object, value: object) -> Value | None:
        if isinstance(name, str) and name in self._readers:
            return self._readers[name](value)
        hint = did_you_mean(name, self._readers) if isinstance(name, str) else None
        raise UnfitError("LP510", "is not declared", hint)


# ------------------------------------------------------------------------------------ sorting
@dataclass(frozen=True, slots=True)
class _Gate:
    """What must have been recorded so that signals of a type may be used."""

    name: str
    pair: Pair
    accepted: tuple[str, ...]


def _gates(checked: CheckedPolicy) -> dict[str, _Gate]:
    """Return the gate of every signal type that has one."""
    found: dict[str, _Gate] = {}
    for name, spec in checked.policy.signals.items():
        if spec.gate is not None:
            gate = checked.policy.gates[spec.gate]
            found[name] = _Gate(spec.gate, (gate.purpose, gate.channel.value), gate.accepted())
    return found


class _Sorting:
    """Sorts checked signals into usable and ignored ones."""

    def __init__(self, at: datetime, gates: Mapping[str, _Gate], events: ConsentEvents) -> None:
        self.usable: dict[str, list[Signal]] = {}
        self.ignored: list[Ignored] = []
        self._at = at
        self._gates = gates
        self._timelines = _timelines(gates.values(), events)
        self._by_id: dict[str, Signal] = {}

    def add(self, signal: Signal, path: str, problems: Problems) -> None:
        """Put a signal where it belongs; the same one delivered again is ignored."""
        if signal.id is not None:
            first = self._by_id.setdefault(signal.id, signal)
            if first is not signal:
                self._again(first, signal, path, problems)
                return
        reason = self._objection(signal)
        if reason is None:
            self.usable.setdefault(signal.type, []).append(signal)
        else:
            self.ignored.append(reason)

    def _again(self, first: Signal, signal: Signal, path: str, problems: Problems) -> None:
        if _content(first) == _content(signal):
            self.ignored.append(Ignored(signal, "the same signal was delivered before"))
        else:
            message = f"two different signals have the id {quoted(signal.id or '')}"
            problems.add("LP508", message, f"{path}.id")

    def _objection(self, signal: Signal) -> Ignored | None:
        if signal.occurred_at > self._at:
            return Ignored(signal, "it happened after the decision")
        gate = self._gates.get(signal.type)
        if gate is None:
            return None
        timeline = self._timelines[gate.pair]
        if timeline.status(signal.occurred_at) not in gate.accepted:
            return Ignored(signal, f"gate `{gate.name}` was not open when it happened", gate.name)
        if timeline.status(self._at) not in gate.accepted:
            return Ignored(signal, f"gate `{gate.name}` is not open", gate.name)
        return None


def _timelines(gates: Iterable[_Gate], events: ConsentEvents) -> dict[Pair, Timeline]:
    return {pair: Timeline(events, pair) for pair in {gate.pair for gate in gates}}


def _content(signal: Signal) -> tuple[object, ...]:
    return (signal.type, signal.occurred_at, dict(signal.properties), signal.source)

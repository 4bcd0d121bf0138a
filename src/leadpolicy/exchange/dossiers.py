"""Dossiers: the signals and consent events of each lead, gathered row by row.

A signal that cannot be read is rejected, and its lead is decided without it. A consent event that
cannot be read might be a withdrawal: it is rejected, and so is its lead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field

from leadpolicy.engine.inputs import ConsentEvent
from leadpolicy.exchange.cells import CellProblem, shown
from leadpolicy.exchange.convert import Raw, RowError, RowReader
from leadpolicy.exchange.rejects import Reject, Source
from leadpolicy.exchange.tables import RawRow
from leadpolicy.expr.facts import Signal


@dataclass(slots=True)
class Dossier:
    """What is known of one lead beside its attributes; `broken` are consent events not read."""

    signals: list[Signal] = field(default_factory=list)
    by_id: dict[str, Signal] = field(default_factory=dict)
    consents: list[ConsentEvent] = field(default_factory=list)
    broken: list[CellProblem] = field(default_factory=list)

    def add(self, signal: Signal) -> None:
        """Take in a signal; raises `RowError` where another one has its id."""
        if signal.id is not None and self.by_id.setdefault(signal.id, signal) != signal:
            message = f"the lead has another signal with the id `{shown(signal.id)}`"
            raise RowError(CellProblem("LP508", None, message))
        self.signals.append(signal)


class Dossiers:
    """The dossiers of all leads; `known` are their keys, None where every key is known."""

    def __init__(self, reader: RowReader, known: Collection[str] | None = None) -> None:
        self._reader = reader
        self._known = known
        self._found: dict[str, Dossier] = {}
        self.left_out: Counter[Source] = Counter()
        """How many rows the binding leaves out on purpose."""

    def of(self, key: str) -> Dossier:
        """Return the dossier of a lead."""
        return self._found.get(key) or Dossier()

    def add_signals(self, rows: Iterable[RawRow]) -> Iterator[Reject]:
        """Take in signals, and yield those that cannot be used."""
        for row in rows:
            reject = self._add_signal(row)
            if reject is not None:
                yield reject

    def add_consents(self, rows: Iterable[RawRow]) -> Iterator[Reject]:
        """Take in consent events, and yield those that cannot be used."""
        for row in rows:
            reject = self._add_consent(row)
            if reject is not None:
                yield reject

    def _add_signal(self, row: RawRow) -> Reject | None:
        read = self._reader.key_of_signal
        try:
            key = self._key(row, read)
            signal = self._reader.signal(row.values)
            if signal is None:
                self.left_out[Source.SIGNALS] += 1
            else:
                self._dossier(key).add(signal)
        except RowError as error:
            found = readable_key(row, read)
            return Reject(Source.SIGNALS, row.number, found, error.problems, row.values)
        return None

    def _add_consent(self, row: RawRow) -> Reject | None:
        read = self._reader.key_of_consent
        try:
            key = self._key(row, read)
            event = self._reader.consent(row.values)
        except RowError as error:
            found = readable_key(row, read)
            if found is not None and self._is_known(found):
                self._dossier(found).broken.append(_lost(row))
            return Reject(Source.CONSENTS, row.number, found, error.problems, row.values)
        if event is None:
            self.left_out[Source.CONSENTS] += 1
        else:
            self._dossier(key).consents.append(event)
        return None

    def _dossier(self, key: str) -> Dossier:
        return self._found.setdefault(key, Dossier())

    def _is_known(self, key: str) -> bool:
        return self._known is None or key in self._known

    def _key(self, row: RawRow, read: Callable[[Raw], str]) -> str:
        """Return the key of the lead; raises `RowError` where there is none, or no such lead."""
        require_whole(row)
        key = read(row.values)
        if not self._is_known(key):
            raise RowError(CellProblem("LP527", None, f"there is no lead `{shown(key)}`"))
        return key


def require_whole(row: RawRow) -> None:
    """Raise `RowError` for a row that could not even be split into values."""
    if row.problem is not None:
        raise RowError(CellProblem("LP525", None, row.problem))


def readable_key(row: RawRow, read: Callable[[Raw], str]) -> str | None:
    """Return the key of a row, however broken the rest is; None where it has none."""
    try:
        return read(row.values)
    except RowError:
        return None


def _lost(row: RawRow) -> CellProblem:
    message = f"row {row.number} of its consent events cannot be read, and might be a withdrawal"
    return CellProblem("LP528", None, message, "correct that row first")

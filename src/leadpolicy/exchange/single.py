"""One lead of a file, decided with its signals and consent events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path

from leadpolicy.diagnostics import did_you_mean
from leadpolicy.engine.decision import Decision
from leadpolicy.engine.lead_policy import LeadPolicy
from leadpolicy.exchange.binding import Binding
from leadpolicy.exchange.convert import Raw, RowReader
from leadpolicy.exchange.deciding import Decider
from leadpolicy.exchange.dossiers import Dossiers, readable_key
from leadpolicy.exchange.rejects import Reject
from leadpolicy.exchange.run import Inputs, check_files
from leadpolicy.exchange.tables import FileError, RawRow, read_rows

_HINTED = 10_000


def decide_one(
    policy: LeadPolicy, inputs: Inputs, binding: Binding, key: str, *, at: datetime
) -> tuple[Decision | Reject, tuple[Reject, ...]]:
    """Decide the lead with a key, and return its signals and consent events that were not used.

    Raises `FileError` where there is no such lead.
    """
    reader = RowReader(policy, binding)
    check_files(inputs, reader)
    row = next(_with_key(inputs.leads, reader.key, key), None)
    if row is None:
        known = (readable_key(item, reader.key) or "" for item in read_rows(inputs.leads))
        hint = did_you_mean(key, filter(None, islice(known, _HINTED)))
        raise FileError(f"`{inputs.leads}` has no lead `{key}`", hint)
    dossiers = Dossiers(reader, {key})
    signals = _with_key(inputs.signals, reader.key_of_signal, key)
    consents = _with_key(inputs.consents, reader.key_of_consent, key)
    unused = (*dossiers.add_signals(signals), *dossiers.add_consents(consents))
    return Decider(policy, reader, at).decide(row, key, dossiers.of(key)), unused


def _with_key(path: Path | None, read: Callable[[Raw], str], key: str) -> Iterator[RawRow]:
    if path is not None:
        yield from (row for row in read_rows(path) if readable_key(row, read) == key)

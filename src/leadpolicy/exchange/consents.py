"""Consent events of a file, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from leadpolicy.engine.inputs import ConsentEvent
from leadpolicy.engine.lead_policy import LeadPolicy
from leadpolicy.exchange.binding import Binding
from leadpolicy.exchange.columns import check_columns
from leadpolicy.exchange.convert import RowError, RowReader
from leadpolicy.exchange.dossiers import readable_key, require_whole
from leadpolicy.exchange.rejects import Reject, Source
from leadpolicy.exchange.tables import columns_of, read_rows


def read_consents(
    policy: LeadPolicy, binding: Binding, path: Path
) -> Iterator[tuple[str, ConsentEvent] | Reject]:
    """Yield the key of the lead with each event, and rows that cannot be used.

    Events that the binding leaves out are passed over. Raises `FileError` where the file cannot be
    used at all.
    """
    reader = RowReader(policy, binding)
    found = columns_of(path)
    if found is not None:
        check_columns(path, found, reader.consents_columns())
    for row in read_rows(path):
        try:
            require_whole(row)
            key, event = reader.key_of_consent(row.values), reader.consent(row.values)
        except RowError as error:
            shown = readable_key(row, reader.key_of_consent)
            yield Reject(Source.CONSENTS, row.number, shown, error.problems, row.values)
            continue
        if event is not None:
            yield key, event

"""The stream of consents, grants and withdrawals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from leadpolicy.crm.connector import Event, EventKind, Stream
from leadpolicy_salesforce.binding import LEAD
from leadpolicy_salesforce.consents.reader import ConsentReader
from leadpolicy_salesforce.consents.standing import Consent, refuses, with_refusal
from leadpolicy_salesforce.consents.words import TYPE_CONSENT
from leadpolicy_salesforce.feeds.objects import Objects
from leadpolicy_salesforce.feeds.reading import Batch
from leadpolicy_salesforce.feeds.sources import Row, Source

_LEADS: Final = frozenset({LEAD, "refusing"})


class Consents:
    """What leads consent to, as all records of a person together say it.

    Nobody is named as the author: a consent counts whoever wrote it down, ourselves included.
    """

    stream = Stream.CONSENTS

    def __init__(self, objects: Objects, reader: ConsentReader) -> None:
        self._objects: Final = objects
        self._reader: Final = reader

    def first(self) -> Sequence[Source]:
        """Return every consent, and who refuses e-mail."""
        return (self._objects.consents(), self._objects.individuals(), self._objects.refusing())

    def running(self, *, flag: bool) -> Sequence[Source]:
        """Return consents, persons, and leads, where these have the field that refuses e-mail."""
        objects = self._objects
        return (
            objects.consents(),
            objects.individuals(),
            *((objects.lead(flag=True),) if flag else ()),
        )

    def events(self, batch: Batch) -> list[Event]:
        """Return what each lead consents to now, for every lead that a row is about."""
        rows = [row for row in batch.fresh if row.source not in _LEADS]
        persons = {_person(row): row for row in rows}
        found = self._reader.of_persons(persons)
        touched = {
            row.id: row for row in batch.fresh if row.source in _LEADS and refuses(row.record)
        }
        told = [_event(key, consent) for key, some in found.items() for consent in some]
        told += [e for row in touched.values() for e in self._refusals(row)]
        return list({event.id: event for event in told}.values())

    def _refusals(self, row: Row) -> Iterator[Event]:
        """Yield that a lead refuses every purpose by e-mail."""
        key = self._objects.key_of(row.record)
        if key and not row.record.get("IsDeleted"):
            for consent in with_refusal((), self._reader.refusable, row.at, "opt-out flag"):
                yield _event(key, consent)


def _person(row: Row) -> str:
    return str(row.record["PartyId"]) if row.source == TYPE_CONSENT else row.id


def _event(key: str, consent: Consent) -> Event:
    values = {
        "purpose": consent.purpose,
        "channel": consent.channel,
        "status": consent.status,
        "source": consent.source,
    }
    at = int(consent.at.timestamp())
    id_ = f"{key}:{consent.purpose}:{consent.channel}:{consent.status}@{at}"
    return Event(id_, key, EventKind.CONSENT, consent.at, "", values)

"""Which record of Salesforce is which lead: Ids by key, kept from reading for writing."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

from leadpolicy_salesforce.binding import LEAD, Binding
from leadpolicy_salesforce.client.wire import Record, Wire
from leadpolicy_salesforce.ids import long_id
from leadpolicy_salesforce.rows.soql import in_lists, records, select, value_at

_MOST: Final = 100_000
_CONVERTED: Final = ("IsConverted", "ConvertedContactId")
CONTACT: Final = "Contact"
_ABOVE: Final = "ConvertedContact."


@dataclass(frozen=True, slots=True)
class Place:
    """Where the decision of a lead is written: an object and the Id of a record."""

    table: str
    id: str


class Register:
    """Ids of leads by key, as they were read last; some 100,000 are kept.

    Writes go to Ids, so that a key that the org lacks can never make a lead. With `contacts`, the
    place of a converted lead is its contact.
    """

    def __init__(self, wire: Wire, binding: Binding, *, contacts: bool) -> None:
        self._wire: Final = wire
        self._key: Final = binding.key
        self._contacts: Final = contacts
        self._asks: Final = contacts or binding.key != "Id"
        self._places: Final[OrderedDict[str, Place]] = OrderedDict()
        self._lock: Final = Lock()

    @property
    def paths(self) -> tuple[str, ...]:
        """What has to be read of a lead so that it can be registered."""
        return ("Id", self._key, *(_CONVERTED if self._contacts else ()))

    def above(self, record: Record) -> str:
        """Return the path from a lead to the record that holds its decision, ending with a dot."""
        return _ABOVE if self._place(record).table == CONTACT else ""

    def held_paths(self, names: Iterable[str]) -> list[str]:
        """Return the paths to fields with decisions, in leads and in contacts."""
        named = list(names)
        return [*named, *(_ABOVE + name for name in named)] if self._contacts else named

    def key(self, record: Record) -> str:
        """Return the key of a lead that was read, empty when it has none."""
        return str(value_at(record, self._key) or "")

    def note(self, leads: Iterable[Record]) -> None:
        """Keep the places of leads that were read."""
        if self._asks:
            found = {self.key(record): self._place(record) for record in leads}
            with self._lock:
                self._places.update(found)
                while len(self._places) > _MOST:
                    self._places.popitem(last=False)

    def forget(self, keys: Iterable[str]) -> None:
        """Let go of places that are no longer right."""
        with self._lock:
            for key in keys:
                self._places.pop(key, None)

    def places(self, keys: Sequence[str]) -> dict[str, Place]:
        """Return the places of leads; those that were not read are asked for.

        A key that the org lacks, or that several leads have, is left out.
        """
        if not self._asks:
            found = {key: long_id(key) for key in keys}
            return {key: Place(LEAD, id_) for key, id_ in found.items() if id_ is not None}
        with self._lock:
            known = {key: self._places[key] for key in keys if key in self._places}
        return known | self._asked([key for key in keys if key not in known])

    def _asked(self, keys: Sequence[str]) -> dict[str, Place]:
        queries = in_lists(select(self.paths, LEAD), self._key, self.searchable(keys))
        found: dict[str, list[Record]] = {}
        for record in records(self._wire, queries):
            found.setdefault(self.key(record), []).append(record)
        single = {key: leads[0] for key, leads in found.items() if len(leads) == 1}
        self.note(single.values())
        return {key: self._place(single[key]) for key in keys if key in single}

    def searchable(self, keys: Iterable[str]) -> list[str]:
        """Return the keys that can be asked for; what can be no Id is none."""
        if self._key != "Id":
            return [key for key in keys if key]
        return [key for key in keys if long_id(key) == key]

    def keys(self, table: str, ids: Iterable[str]) -> Mapping[str, str]:
        """Return the keys of leads by the Ids of records that hold their decisions."""
        wanted = set(ids)
        if self._key == "Id" and table == LEAD:
            return {id_: id_ for id_ in wanted}
        with self._lock:
            places = self._places.items()
            found = {p.id: key for key, p in places if p.id in wanted and p.table == table}
        path = "Id" if table == LEAD else "ConvertedContactId"
        unknown = sorted(wanted - found.keys())
        queries = in_lists(select(("Id", self._key, path), LEAD), path, unknown)
        asked = records(self._wire, queries)
        return found | {str(record[path]): self.key(record) for record in asked}

    def _place(self, record: Record) -> Place:
        contact = record.get("ConvertedContactId") if self._contacts else None
        if contact and record.get("IsConverted"):
            return Place(CONTACT, str(contact))
        return Place(LEAD, str(record["Id"]))

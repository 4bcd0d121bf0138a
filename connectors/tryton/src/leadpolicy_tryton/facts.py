"""Signals and consents: records of any model that name the opportunity they belong to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from leadpolicy_tryton.binding import MODEL, Facts
from leadpolicy_tryton.fields import Fields, value_at
from leadpolicy_tryton.rpc import Server

_BY_ID: Final = [["id", "ASC"]]


class FactReader:
    """Reads signals or consents, `page` at a time."""

    def __init__(self, server: Server, fields: Fields, page: int) -> None:
        self._server: Final = server
        self._fields: Final = fields
        self._page: Final = page

    def read(
        self, source: Facts | None, ids: Sequence[int]
    ) -> Mapping[int, list[Mapping[str, object]]]:
        """Return the facts of opportunities, by Tryton's id."""
        found: defaultdict[int, list[Mapping[str, object]]] = defaultdict(list)
        if source is None:
            return found
        for record in self._records(source, ids):
            values = {path: value_at(record, path) for path in source.columns}
            found[lead_id(record[source.lead])].append(values)
        return found

    def _records(self, source: Facts, ids: Sequence[int]) -> Iterator[Mapping[str, Any]]:
        for path in (source.lead, *source.columns):
            list(self._fields.along(path, source.model))
        is_reference = self._fields.of(source.model)[source.lead].type == "reference"
        leads = [f"{MODEL},{number}" if is_reference else number for number in ids]
        fields = list(dict.fromkeys(["id", source.lead, *source.columns]))
        last = 0
        while True:
            domain = [[source.lead, "in", leads], ["id", ">", last]]
            call = f"model.{source.model}.search_read"
            records = self._server.call(call, domain, 0, self._page, _BY_ID, fields)
            yield from records
            if len(records) < self._page:
                return
            last = records[-1]["id"]


def lead_id(value: object) -> int:
    """Return Tryton's id of an opportunity from a field that names it, 0 for anything else.

    >>> lead_id("sale.opportunity,7"), lead_id(7), lead_id("party.party,7")
    (7, 7, 0)
    """
    if isinstance(value, int):
        return value
    model, _, number = str(value or "").partition(",")
    return int(number) if model == MODEL and number.isdigit() else 0

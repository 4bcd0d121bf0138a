"""One stream: which objects it follows, and which events their records are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from leadpolicy.crm.connector import Event, Stream
from leadpolicy_salesforce.feeds.cursor import Cursor
from leadpolicy_salesforce.feeds.sources import Row, Source
from leadpolicy_salesforce.questions import Told


@dataclass(slots=True)
class Batch:
    """Rows of one page in the order of their times; `fresh` are those not told before.

    `cursor` is that which the page began behind, `told` has every answer by the name of what was
    asked, and `is_cut` says that more rows wait; with `is_short`, in the answers that are there.
    """

    rows: Sequence[Row]
    cursor: Cursor
    told: Mapping[str, Told]
    is_cut: bool
    is_short: bool = False
    fresh: Sequence[Row] = field(init=False)

    def __post_init__(self) -> None:
        known = self.cursor.is_known
        self.fresh = [row for row in self.rows if not known(row.source, row.token)]

    def of(self, source: str) -> list[Row]:
        """Return the rows of one object that were not told before."""
        return [row for row in self.fresh if row.source == source]


class Reading(Protocol):
    """One stream of an org."""

    @property
    def stream(self) -> Stream:
        """The stream."""

    def first(self) -> Sequence[Source]:
        """Return what is read once from its beginning, before changes are followed."""

    def running(self, *, flag: bool) -> Sequence[Source]:
        """Return what is followed; with `flag`, leads have the field that refuses e-mail."""

    def events(self, batch: Batch) -> list[Event]:
        """Return what happened, and note in the cursor what later pages have to know."""

"""A connector that writes each lead at its own key and can do everything there is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from leadpolicy.crm.capabilities import Capabilities, PartKind, Stream
from leadpolicy.crm.connector import (
    AccessError,
    BaseConnector,
    ConsentRow,
    CursorExpiredError,
    DecisionRow,
    EventKind,
    FeedbackRow,
    LeadRow,
    Outcome,
    Page,
    Quota,
    QuotaError,
    Standing,
    Status,
    UnsupportedError,
)
from leadpolicy.crm.state import (
    Change,
    Column,
    DesiredState,
    ObservedState,
    ReasonRow,
    Table,
    address,
)
from leadpolicy.testing.contract.references.ledger import DAILY_CALLS, Books, Ledger

PASSWORD: Final = "correct-horse-7731"  # noqa: S105 - the ledger's only password
_PARTS: Final = frozenset({PartKind.COLUMN, PartKind.TABLE, PartKind.REASON})


class UpsertConnector(BaseConnector):
    """Writes rows one by one at the lead's key."""

    name = "upsert"
    version = "1"
    actor = "leadpolicy"
    capabilities = Capabilities(
        idempotency="native_key",
        late_effect_seconds=2.0,
        batch_max=10,
        live_quota=True,
        feeds=frozenset(Stream),
        deletions="feed",
        merges=True,
        creates=_PARTS,
        changes=_PARTS,
        destroys=_PARTS,
        reads_consents=True,
        writes_consents=True,
        max_concurrency=4,
    )

    def __init__(self, ledger: Ledger, password: str = PASSWORD) -> None:
        self.ledger: Final = ledger
        self.target = f"ledger:{ledger.path.name}"
        self._password: Final = password

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.target!r})"

    # ------------------------------------------------------------------------- deployment
    def observe(self, desired: DesiredState) -> ObservedState:
        """Return what stands."""
        with self.call("observe") as books:
            return books.memory.observe(desired)

    def denied(self, changes: Sequence[Change]) -> Mapping[str, str]:
        """Return the changes whose right was taken away."""
        with self.call("denied") as books:
            named = {address(change.part) for change in changes} & books.forbidden
            return dict.fromkeys(named, "the login may not do this")

    def apply(self, change: Change) -> None:
        """Make one change."""
        self.apply_together([change])

    def apply_together(self, changes: Sequence[Change]) -> None:
        """Make all changes, or none where one of them may not be made."""
        for change in changes:
            if not isinstance(change.part, Column | ReasonRow | Table):
                raise UnsupportedError(f"the CRM does not take {address(change.part)}")
        with self.call("apply") as books:
            if books.forbidden & {address(change.part) for change in changes}:
                raise AccessError("the login may not do this")
            for change in changes:
                books.memory.apply(change)

    # ------------------------------------------------------------------------------- rows
    def read_leads(
        self, columns: Sequence[Column] = (), keys: Sequence[str] | None = None
    ) -> Iterator[LeadRow]:
        """Yield the leads that are present."""
        with self.call("read_leads") as books:
            leads = books.memory.read_leads(columns, keys)
            found = [lead for lead in leads if lead.key not in books.gone]
        yield from found

    def lookup(self, keys: Sequence[str], columns: Sequence[Column]) -> Mapping[str, Standing]:
        """Return what stands of some leads, and what became of those that are gone."""
        with self.call("lookup") as books:
            known = books.memory.lookup(keys, columns)
            return {key: self._standing(books, key, known[key]) for key in known}

    def _standing(self, books: Books, key: str, standing: Standing) -> Standing:
        presence = books.gone.get(key)
        if presence is None:
            return standing
        return Standing(presence=presence, into=books.merged.get(key, ""))

    def write(self, rows: Sequence[DecisionRow], columns: Sequence[Column]) -> list[Outcome]:
        """Write the rows that can be written."""
        if not rows:
            return []
        with self.call("write") as books:
            books.memory.lookup([], columns)
            return [self.refusal(books, row) or self.keep(books, row) for row in rows]

    def refusal(self, books: Books, row: DecisionRow) -> Outcome | None:
        """Return why the CRM does not take a row, or None."""
        if row.key not in books.memory.leads or row.key in books.gone:
            return Outcome.failed(row.key, "unknown_lead", "the CRM has no such lead")
        if row.key in books.refused:
            field = next(iter(row.values))
            return Outcome.failed(row.key, "validation", f"`{field}` breaks a rule", field)
        if books.locked[row.key] > 0:
            books.locked[row.key] -= 1
            return Outcome.deferred(row.key, "locked", "somebody edits the lead")
        return None

    def keep(self, books: Books, row: DecisionRow) -> Outcome:
        """Write one row."""
        changed = books.keep(row, self.actor)
        return Outcome(row.key, Status.WRITTEN if changed else Status.UNCHANGED)

    def read_feedback(self, columns: Sequence[Column]) -> Iterator[FeedbackRow]:
        """Yield the leads in which sales has filled something."""
        with self.call("read_feedback") as books:
            found = list(books.memory.read_feedback(columns))
        yield from found

    # ---------------------------------------------------------------------------- streams
    def pull(self, stream: Stream, cursor: str | None, limit: int) -> Page:
        """Return the events after those that the cursor counts."""
        with self.call("pull") as books:
            if stream is Stream.SETUP:
                return Page(stream, (), str(books.calls["apply"]))
            start = int(cursor or 0)
            if start < books.expired[stream] and cursor is not None:
                raise CursorExpiredError(f"the cursor of `{stream.value}` has expired")
            events = tuple(books.events[stream][start : start + limit])
            end = start + len(events)
            return Page(stream, events, str(end), end == len(books.events[stream]))

    def write_consents(self, rows: Sequence[ConsentRow]) -> list[Outcome]:
        """Keep consents."""
        with self.call("write_consents") as books:
            for row in rows:
                books.consents.setdefault(row.key, {})[row.purpose, row.channel] = row.status
                values = {"purpose": row.purpose, "channel": row.channel, "status": row.status}
                books.tell(Stream.CONSENTS, row.key, EventKind.CONSENT, self.actor, values, row.at)
        return [Outcome(row.key, Status.WRITTEN) for row in rows]

    def quota(self) -> Quota | None:
        """Return what is left of the day."""
        with self.login() as books:
            return Quota(DAILY_CALLS - books.left, DAILY_CALLS)

    # ------------------------------------------------------------------------------ calls
    @contextmanager
    def login(self) -> Iterator[Books]:
        """Yield the books when the password is right and the rights have not ended."""
        with self.ledger.opened() as books:
            if self._password != PASSWORD or books.revoked:
                raise AccessError("the login is refused", "check user and password")
            yield books

    @contextmanager
    def call(self, operation: str) -> Iterator[Books]:
        """Yield the books for one call, which is counted."""
        with self.login() as books:
            if books.left == 0:
                raise QuotaError("the calls of this day are used up")
            books.left -= 1
            books.calls[operation] += 1
            yield books

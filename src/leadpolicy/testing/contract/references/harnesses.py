"""The harnesses of the reference connectors, which also show what a harness looks like."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from leadpolicy.crm.capabilities import Stream
from leadpolicy.crm.connector import Connector, EventKind, Presence
from leadpolicy.crm.memory import MemoryConnector
from leadpolicy.crm.state import Change, Column, address
from leadpolicy.testing.contract.harness import BaseHarness, Harness
from leadpolicy.testing.contract.references.kinds import KINDS
from leadpolicy.testing.contract.references.ledger import DAILY_CALLS, Books, Ledger
from leadpolicy.testing.contract.references.upsert import PASSWORD, UpsertConnector
from leadpolicy.testing.contract.samples import VERDICT
from leadpolicy.testing.contract.sandbox import BaseSandbox, Effect

_CHANGING: Final = frozenset({"write", "apply", "write_consents"})


class LedgerSandbox(BaseSandbox):
    """A ledger in a file, to which connectors of one class are opened."""

    outlives = True

    def __init__(self, folder: Path, kind: type[UpsertConnector]) -> None:
        self._ledger: Final = Ledger(folder / "crm.db")
        self._kind: Final = kind

    def open(self, url: str | None = None) -> Connector:
        """Return a new connector; a ledger has no other way in."""
        return self._kind(self._ledger)

    def open_with_wrong_password(self) -> Connector:
        """Return a connector with a password that is none."""
        return self._kind(self._ledger, PASSWORD[::-1])

    def seed(self, keys: Sequence[str]) -> None:
        """Put leads into the ledger."""
        with self._ledger.opened() as books:
            books.memory.leads.update({key: {} for key in keys})
            for key in keys:
                books.tell(Stream.CHANGES, key, EventKind.CHANGED, "somebody")

    def held(
        self, keys: Sequence[str], columns: Sequence[Column]
    ) -> Mapping[str, Mapping[str, object]]:
        """Return what the ledger holds of the leads that are present."""
        with self._ledger.opened() as books:
            present = [key for key in keys if key in books.memory.leads and key not in books.gone]
            return {key: dict(books.memory.leads[key]) for key in present}

    def history(self) -> Sequence[Effect]:
        """Return every effect."""
        with self._ledger.opened() as books:
            return books.effects

    def records(self, key: str) -> int:
        """Return the records that were appended, or the one that is written over and over."""
        with self._ledger.opened() as books:
            return books.appended[key] or int(key in books.memory.leads)

    def calls(self) -> int:
        """Return the calls of every operation."""
        with self._ledger.opened() as books:
            return sum(books.calls.values())

    def writes(self) -> int:
        """Return the calls that change something."""
        with self._ledger.opened() as books:
            return sum(books.calls[name] for name in _CHANGING)

    def edit(self, key: str, values: Mapping[str, object], by: str) -> None:
        """Write columns of a lead, and tell of feedback where sales' columns are among them."""
        with self._ledger.opened() as books:
            books.memory.leads.setdefault(key, {}).update(values)
            books.tell(Stream.CHANGES, key, EventKind.CHANGED, by)
            if VERDICT in values:
                books.tell(Stream.FEEDBACK, key, EventKind.FEEDBACK, by, dict(values))

    def stage(self, key: str, before: str, after: str, by: str) -> None:
        """Tell of a lead that was moved."""
        with self._ledger.opened() as books:
            values = {"from": before, "to": after}
            books.tell(Stream.STAGES, key, EventKind.STAGE, by, values)

    def remove(self, key: str) -> None:
        """Hide a lead."""
        with self._ledger.opened() as books:
            books.gone[key] = Presence.DELETED
            books.tell(Stream.REMOVALS, key, EventKind.DELETED, "somebody")

    def restore(self, key: str) -> None:
        """Show a lead again."""
        with self._ledger.opened() as books:
            books.gone.pop(key)
            books.tell(Stream.REMOVALS, key, EventKind.RESTORED, "somebody")

    def merge(self, loser: str, winner: str) -> None:
        """Hide one lead and remember which one it has become."""
        with self._ledger.opened() as books:
            books.gone[loser] = Presence.MERGED
            books.merged[loser] = winner
            books.tell(Stream.REMOVALS, loser, EventKind.MERGED, "somebody", {"into": winner})

    def erase(self, key: str) -> None:
        """Forget a lead and its effects."""
        with self._ledger.opened() as books:
            books.memory.leads.pop(key)
            books.effects = [effect for effect in books.effects if effect.key != key]
            books.tell(Stream.REMOVALS, key, EventKind.ERASED, "somebody")

    def consent(self, key: str, purpose: str, channel: str, status: str, at: datetime) -> None:
        """Keep a consent and tell of it."""
        with self._ledger.opened() as books:
            books.consents.setdefault(key, {})[purpose, channel] = status
            values = {"purpose": purpose, "channel": channel, "status": status}
            books.tell(Stream.CONSENTS, key, EventKind.CONSENT, key, values, at)

    def consents(self, key: str) -> Mapping[tuple[str, str], str]:
        """Return the consents of a lead."""
        with self._ledger.opened() as books:
            return books.consents.get(key, {})

    def refuse(self, key: str) -> None:
        """Let a rule of the CRM refuse the lead."""
        self._set(lambda books: books.refused.add(key))

    def lock(self, key: str, times: int) -> None:
        """Lock a lead for some writes."""
        self._set(lambda books: books.locked.update({key: times}))

    def revoke(self) -> None:
        """Refuse the login."""
        self._set(lambda books: setattr(books, "revoked", True))

    def regrant(self) -> None:
        """Take the login again."""
        self._set(lambda books: setattr(books, "revoked", False))

    def forbid(self, change: Change) -> None:
        """Refuse one change."""
        self._set(lambda books: books.forbidden.add(address(change.part)))

    def exhaust(self, left: int) -> None:
        """Leave some calls."""
        self._set(lambda books: setattr(books, "left", left))

    def refill(self) -> None:
        """Begin the count anew."""
        self._set(lambda books: setattr(books, "left", DAILY_CALLS))

    def expire_cursors(self, stream: Stream) -> None:
        """Forget the cursors given so far."""
        self._set(lambda books: books.expired.update({stream: len(books.events[stream]) + 1}))

    def skew(self, seconds: float) -> None:
        """Set the ledger's clock."""
        self._set(lambda books: setattr(books, "skew", seconds))

    def same_instant(self) -> None:
        """Stop the ledger's clock."""
        self._set(lambda books: setattr(books, "stopped", True))

    def lose_job(self, ticket: str) -> None:
        """Abort a job."""
        self._set(lambda books: books.aborted.add(ticket))

    def _set(self, change: Callable[[Books], object]) -> None:
        with self._ledger.opened() as books:
            change(books)


class LedgerHarness(BaseHarness):
    """Makes ledgers for connectors of one class."""

    plugin = "leadpolicy.testing.contract.references.plugin"
    secrets = (PASSWORD, PASSWORD[::-1])

    def __init__(self, kind: type[UpsertConnector] = UpsertConnector) -> None:
        self.name = kind.name
        self._kind: Final = kind

    def sandbox(self, folder: Path) -> LedgerSandbox:
        """Return a new ledger."""
        return LedgerSandbox(folder, self._kind)


class MemorySandbox(BaseSandbox):
    """A CRM in memory; it ends with the process, and nobody else works in it."""

    def __init__(self) -> None:
        self._crm: Final = MemoryConnector()

    def open(self, url: str | None = None) -> Connector:
        """Return the CRM itself."""
        return self._crm

    def seed(self, keys: Sequence[str]) -> None:
        """Put leads into the CRM."""
        self._crm.leads.update({key: {} for key in keys})

    def held(
        self, keys: Sequence[str], columns: Sequence[Column]
    ) -> Mapping[str, Mapping[str, object]]:
        """Return what the CRM holds."""
        return {key: dict(self._crm.leads[key]) for key in keys if key in self._crm.leads}

    def edit(self, key: str, values: Mapping[str, object], by: str) -> None:
        """Write columns of a lead."""
        self._crm.leads[key].update(values)

    def remove(self, key: str) -> None:
        """Remove a lead."""
        del self._crm.leads[key]


class MemoryHarness(BaseHarness):
    """Makes CRMs in memory."""

    name = "memory"
    plugin = "leadpolicy.plugins.builtin"

    def sandbox(self, folder: Path) -> MemorySandbox:
        """Return an empty CRM."""
        return MemorySandbox()


REFERENCES: Final[Mapping[str, Harness]] = {
    "memory": MemoryHarness(),
    **{name: LedgerHarness(kind) for name, kind in KINDS.items()},
}

"""Consent: asked right before a send, and told to a CRM."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from leadpolicy.crm.connector import Connector, ConsentRow, Outcome, Status, UnsupportedError
from leadpolicy.crm.store.contract import Inbox
from leadpolicy.crm.sync.calls import Calls, Patience
from leadpolicy.crm.sync.intake import pages
from leadpolicy.crm.sync.settings import Settings
from leadpolicy.policy.consent import RIGHTS_STATUSES

_GRANTING: Final = frozenset({"granted", "confirmed"})


@dataclass(frozen=True, slots=True)
class StoreConsents:
    """A permit from what was received: the latest consent for a purpose on a channel.

    Without `channel` a consent on any channel counts, and so does a denial. With `required` a lead
    of which no consent is known may not be sent either.
    """

    store: Inbox
    target: str
    purpose: str
    channel: str = ""
    required: bool = True

    def __call__(self, keys: Sequence[str], at: datetime) -> Mapping[str, str]:
        """Return why leads may not be sent, by key; a denial beats every grant."""
        statuses: dict[str, set[str]] = {key: set() for key in keys}
        for row in self.store.consents(self.target, keys):
            if row.purpose == self.purpose and self.channel in ("", row.channel):
                statuses.setdefault(row.key, set()).add(row.status)
        reasons = ((key, self._reason(found)) for key, found in statuses.items())
        return {key: reason for key, reason in reasons if reason}

    def _reason(self, statuses: set[str]) -> str:
        denials = sorted(statuses & RIGHTS_STATUSES)
        if denials:
            return f"consent for {self._what} is {denials[0]}"
        if self.required and not statuses & _GRANTING:
            return f"no consent for {self._what} is known"
        return ""

    @property
    def _what(self) -> str:
        return f"`{self.purpose}` on `{self.channel}`" if self.channel else f"`{self.purpose}`"


@dataclass(frozen=True, slots=True)
class Told:
    """How many consents a CRM has confirmed, and those that it refused."""

    told: int = 0
    failures: tuple[Outcome, ...] = field(default=())


def tell_consents(
    connector: Connector, rows: Iterable[ConsentRow], *, settings: Settings | None = None
) -> Told:
    """Tell a CRM about consents and withdrawals; denials first, each confirmed by its outcome.

    Telling one twice changes nothing, so what was not answered is told again. Raises
    `UnsupportedError` where the CRM keeps no consents, and the error of the CRM where it cannot be
    told at all; telling all of them again is then right.
    """
    if not connector.capabilities.writes_consents:
        message = f"the connector `{connector.name}` does not take consents"
        raise UnsupportedError(message, "withdrawals have to be told to this CRM by hand")
    chosen = settings or Settings()
    ordered = sorted(rows, key=lambda row: (row.status not in RIGHTS_STATUSES, row.at))
    teller = _Teller(Calls(connector, chosen), chosen)
    failures: list[Outcome] = []
    told = 0
    for page in _apart(ordered, connector.capabilities.batch_max):
        refused = teller.tell(page)
        told += len(page) - len(refused)
        failures.extend(refused)
    return Told(told, tuple(failures))


def _apart(rows: Sequence[ConsentRow], size: int) -> Iterator[list[ConsentRow]]:
    """Yield batches in which no lead appears twice, for outcomes come by lead."""
    rest = list(rows)
    while rest:
        seen: set[str] = set()
        first: list[ConsentRow] = []
        later: list[ConsentRow] = []
        for row in rest:
            (later if row.key in seen else first).append(row)
            seen.add(row.key)
        yield from pages(first, size)
        rest = later


class _Teller:
    def __init__(self, calls: Calls, settings: Settings) -> None:
        self._calls = calls
        self._patience = settings.patience

    def tell(self, rows: list[ConsentRow]) -> list[Outcome]:
        """Tell a batch until each row is answered; return the outcomes that are refusals."""
        refused: list[Outcome] = []
        patience = Patience(self._patience)
        while rows:
            answers = self._write(rows)
            found = [answers.get(row.key, Outcome(row.key, Status.UNKNOWN)) for row in rows]
            refused += [outcome for outcome in found if outcome.status is Status.FAILED]
            open_ = {o.key: o for o in found if o.status in (Status.DEFERRED, Status.UNKNOWN)}
            rows = [row for row in rows if row.key in open_]
            error = _Unanswered()
            if rows and patience.ends_with(error):
                return refused + [_failed(outcome) for outcome in open_.values()]
            self._calls.put_off(error, patience)
        return refused

    def _write(self, rows: Sequence[ConsentRow]) -> dict[str, Outcome]:
        write = self._calls.connector.write_consents
        return {o.key: o for o in self._calls.again("write_consents", lambda: write(rows))}


class _Unanswered(Exception):  # noqa: N818
    """Some consents of a batch are not confirmed yet."""


def _failed(outcome: Outcome) -> Outcome:
    said = outcome.message or "the CRM did not confirm it"
    return Outcome.failed(outcome.key, outcome.code or "no_answer", said)

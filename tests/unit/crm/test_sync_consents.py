"""Consent is asked once more right before a send, and withdrawals are told to a CRM."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from leadpolicy.crm.connector import (
    AnswerLostError,
    BusyError,
    ConsentRow,
    Event,
    EventKind,
    Outcome,
    Status,
    Stream,
    UnsupportedError,
)
from leadpolicy.crm.store import SqliteStore
from leadpolicy.crm.sync import StoreConsents, pull, push, tell_consents
from scripted_crm import (
    AT,
    DESIRED,
    TABLE,
    ScriptedCrm,
    new_store,
    row,
    scripted,
    scripted_as,
    settings,
)


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    store = new_store()
    yield store
    store.close()


def said(number: int, key: str, status: str, minute: int, channel: str = "email") -> Event:
    at = AT + timedelta(minutes=minute)
    values = {"purpose": "newsletter", "channel": channel, "status": status}
    return Event(f"c{number}", key, EventKind.CONSENT, at, "anna", values)


def informed(store: SqliteStore, *events: Event) -> ScriptedCrm:
    """Return a CRM whose consents have been pulled."""
    crm = scripted(store, "1", "2", "3")
    crm.capabilities = replace(TABLE, feeds=frozenset({Stream.CONSENTS}))
    crm.events[Stream.CONSENTS] = list(events)
    pull(crm, DESIRED, store, at=AT, settings=settings(crm))
    return crm


# ---------------------------------------------------------------------------- before a send
def test_a_lead_whose_consent_is_denied_is_not_sent_and_counted(store: SqliteStore) -> None:
    crm = informed(store, said(1, "1", "granted", 1), said(2, "2", "withdrawn", 1))
    permit = StoreConsents(store, crm.target, "newsletter", "email")
    rows = [row("1"), row("2"), row("3")]
    report = push(crm, DESIRED, rows, store, at=AT, settings=settings(crm, permit=permit))
    assert (report.written, report.withheld, report.pending) == (1, 2, 0)
    assert report.reasons == {
        "2": "consent for `newsletter` on `email` is withdrawn",
        "3": "no consent for `newsletter` on `email` is known",
    }
    assert [key for key, _ in crm.history] == ["1"]


def test_a_denial_wins_a_tie_and_on_any_channel(store: SqliteStore) -> None:
    crm = informed(
        store,
        said(1, "1", "objected", 5),
        said(2, "1", "granted", 5),
        said(3, "2", "granted", 5),
        said(4, "2", "refused", 1, channel="phone"),
    )
    one_channel = StoreConsents(store, crm.target, "newsletter", "email")
    every_channel = StoreConsents(store, crm.target, "newsletter")
    assert one_channel(["1", "2"], AT).keys() == {"1"}
    assert every_channel(["1", "2"], AT).keys() == {"1", "2"}


def test_without_required_consent_only_denials_count(store: SqliteStore) -> None:
    crm = informed(store, said(1, "1", "refused", 1), said(2, "2", "requested", 1))
    permit = StoreConsents(store, crm.target, "newsletter", required=False)
    assert permit(["1", "2", "3"], AT) == {"1": "consent for `newsletter` is refused"}


@pytest.mark.parametrize(
    "error", [BusyError("later", retry_after=60), AnswerLostError("no answer")]
)
def test_a_denial_while_a_row_is_tried_again_stops_it(store: SqliteStore, error: Exception) -> None:
    crm = scripted(store, "1", "2")
    denied: dict[str, str] = {}

    def permit(keys: Sequence[str], _at: datetime) -> Mapping[str, str]:
        return {key: denied[key] for key in keys if key in denied}

    def revoke(_rows: object) -> Any:
        denied["1"] = "withdrawn meanwhile"
        raise error

    crm.script = [revoke]
    chosen = settings(crm, permit=permit)
    report = push(crm, DESIRED, [row("1"), row("2")], store, at=AT, settings=chosen)
    assert (report.written, report.withheld) == (1, 1)
    assert crm.effects("1") == []


def test_nothing_is_sent_when_nobody_may_be(store: SqliteStore) -> None:
    crm = scripted(store, "1")
    chosen = settings(crm, permit=lambda keys, _at: dict.fromkeys(keys, "no"))
    assert push(crm, DESIRED, [row("1")], store, at=AT, settings=chosen).writes == 0
    assert crm.batches == []


# ------------------------------------------------------------------------------- telling
class Listening(ScriptedCrm):
    """Takes consents, and answers by a script."""

    told: Sequence[tuple[str, str]] = ()
    answers: Sequence[Exception | list[Outcome]] = ()

    def write_consents(self, rows: Sequence[ConsentRow]) -> list[Outcome]:
        self.batches.append([row.key for row in rows])
        if self.answers:
            first, *self.answers = self.answers
            if isinstance(first, Exception):
                raise first
            return first
        self.told = [*self.told, *((row.key, row.status) for row in rows)]
        return [Outcome(row.key, Status.WRITTEN) for row in rows]


def listening(store: SqliteStore, batch_max: int = 100) -> Listening:
    able = replace(TABLE, writes_consents=True, batch_max=batch_max)
    return scripted_as(Listening, store, capabilities=able)


def consent(key: str, status: str, minute: int = 0) -> ConsentRow:
    return ConsentRow(key, "newsletter", "email", status, AT + timedelta(minutes=minute))


def test_denials_are_told_first_and_each_lead_once_a_batch(store: SqliteStore) -> None:
    crm = listening(store, batch_max=2)
    rows = [consent("1", "granted"), consent("2", "withdrawn", 2), consent("3", "refused", 1)]
    told = tell_consents(crm, [*rows, consent("3", "granted", 3)], settings=settings(crm))
    assert (told.told, told.failures) == (4, ())
    assert crm.batches == [["3", "2"], ["1"], ["3"]]
    assert crm.told[:2] == [("3", "refused"), ("2", "withdrawn")]


def test_consents_are_told_until_they_are_confirmed(store: SqliteStore) -> None:
    crm = listening(store)
    crm.answers = [
        BusyError("later"),
        AnswerLostError("no answer"),
        [Outcome("1", Status.WRITTEN), Outcome.deferred("2", "locked", "later")],
    ]
    told = tell_consents(
        crm, [consent("1", "withdrawn"), consent("2", "withdrawn")], settings=settings(crm)
    )
    assert (told.told, crm.told) == (2, [("2", "withdrawn")])


def test_a_consent_that_is_never_confirmed_is_reported(store: SqliteStore) -> None:
    crm = listening(store)
    crm.answers = [[Outcome.failed("1", "gone", "no such lead")], *[list[Outcome]()] * 8]
    rows = [consent("1", "withdrawn"), consent("2", "withdrawn")]
    told = tell_consents(crm, rows, settings=settings(crm, patience=3))
    assert told.told == 0
    assert [(o.key, o.code) for o in told.failures] == [("1", "gone"), ("2", "no_answer")]


def test_a_crm_that_takes_no_consents_says_so(store: SqliteStore) -> None:
    with pytest.raises(UnsupportedError, match="have to be told to this CRM by hand"):
        tell_consents(scripted(store), [consent("1", "withdrawn")])

"""Whole runs against the real server: decide, write what differs, take feedback in, and again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from connectors.tryton.tests.crm import DESIRED, NOON, OPPORTUNITY, WRITTEN, Crm, decision
from connectors.tryton.tests.tryton_server import TrytonServer

from leadpolicy.crm.apply import apply
from leadpolicy.crm.connector import AnswerLostError, DecisionRow, LeadRow, Outcome
from leadpolicy.crm.plan import propose
from leadpolicy.crm.state import Column
from leadpolicy.crm.store import Store, open_store
from leadpolicy.crm.sync import Settings, sync
from leadpolicy_tryton.connector import TrytonConnector


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "store.db")
    yield opened
    opened.close()


def decide(leads: Iterable[LeadRow]) -> Iterator[DecisionRow]:
    """Give 40 points to everybody, and 90 to those whom sales has closed."""
    for lead in leads:
        fit = 90 if lead.values["state"] == "lost" else 40
        yield decision(lead.key, fit=fit)


def prepared(connector: TrytonConnector, store: Store) -> TrytonConnector:
    apply(propose(connector, DESIRED, store), connector, store, at=NOON)
    return connector


def test_a_second_run_that_changes_nothing_writes_nothing(crm: Crm, store: Store) -> None:
    keys = [crm.add_lead() for _ in range(3)]
    connector = prepared(crm.open(person=crm.hire("sync")), store)
    assert sync(connector, DESIRED, decide, store, at=NOON).written == 3
    again = sync(connector, DESIRED, decide, store, at=NOON)
    assert again.written == 0
    full = sync(connector, DESIRED, decide, store, at=NOON, settings=Settings(full=True))
    assert (full.written, full.unchanged) == (0, 3)
    assert [len(crm.notes(key)) for key in keys] == [1, 1, 1]


def test_what_sales_does_reaches_the_next_decision(crm: Crm, store: Store) -> None:
    key, other = crm.add_lead(), crm.add_lead()
    sales = crm.hire("saul")
    connector = prepared(crm.open(), store)
    sync(connector, DESIRED, decide, store, at=NOON)
    sales(f"{OPPORTUNITY}.write", [int(key)], {"lost_reason": "kein Bedarf"})
    sales(f"{OPPORTUNITY}.lost", [int(key)])

    report = sync(connector, DESIRED, decide, store, at=NOON)
    assert report.written == 1
    values = {row.key: row.values for row in store.feedback(connector.target)}
    assert values[key]["rejection_reason"] == "kein Bedarf"
    assert values[key]["sales_feedback_by"] == sales.login
    assert connector.lookup([key], WRITTEN)[key].values["lp_fit"] == 90
    assert [len(crm.notes(key)), len(crm.notes(other))] == [2, 1]


def test_feedback_of_people_outside_of_sales_has_no_effect(crm: Crm, store: Store) -> None:
    key = crm.add_lead()
    marketing = crm.hire("mara")
    marketing(f"{OPPORTUNITY}.lost", [int(key)])
    connector = prepared(crm.open(), store)
    roles = Settings(roles={marketing.login: "marketing"})
    sync(connector, DESIRED, decide, store, at=NOON, settings=roles)
    assert list(store.feedback(connector.target)) == []


class Forgetful(TrytonConnector):
    """Loses the answers to some writes after the server has kept them."""

    losses = 1

    def write(self, rows: list[DecisionRow], columns: list[Column]) -> list[Outcome]:  # type: ignore[override]
        outcomes = super().write(rows, columns)
        if self.losses:
            self.losses -= 1
            raise AnswerLostError("the answer is lost")
        return outcomes


def test_a_lost_answer_makes_no_second_note(crm: Crm, store: Store) -> None:
    keys = [crm.add_lead() for _ in range(2)]
    plain = prepared(crm.open(), store)
    plain.__class__ = Forgetful
    sync(plain, DESIRED, decide, store, at=NOON)
    sync(plain, DESIRED, decide, store, at=NOON)
    assert [len(crm.notes(key)) for key in keys] == [1, 1]
    assert store.backlog(plain.target, NOON).in_doubt == 0


def test_a_server_that_dies_in_a_run_gets_every_decision_once(
    crm: Crm, store: Store, server: TrytonServer
) -> None:
    keys = [crm.add_lead() for _ in range(4)]
    connector = prepared(crm.open(batch_rows=1), store)
    seen = []

    def decide_and_kill(leads: Iterable[LeadRow]) -> Iterator[DecisionRow]:
        for row in decide(leads):
            seen.append(row.key)
            yield row
        server.stop()

    with pytest.raises(Exception, match=r"cannot be reached|lost"):
        sync(connector, DESIRED, decide_and_kill, store, at=NOON, settings=Settings(patience=1))
    server.start()
    sync(connector, DESIRED, decide, store, at=NOON)
    assert seen == keys
    assert [len(crm.notes(key)) for key in keys] == [1, 1, 1, 1]


def test_a_lead_that_is_deleted_meanwhile_holds_nothing_up(crm: Crm, store: Store) -> None:
    keys = [crm.add_lead() for _ in range(3)]
    connector = prepared(crm.open(), store)

    def decide_late(leads: Iterable[LeadRow]) -> Iterator[DecisionRow]:
        rows = list(decide(leads))
        crm.admin(f"{OPPORTUNITY}.cancel", [int(keys[1])])
        crm.admin(f"{OPPORTUNITY}.delete", [int(keys[1])])
        yield from rows

    report = sync(connector, DESIRED, decide_late, store, at=NOON)
    assert report.written == 2
    assert [len(crm.notes(key)) for key in (keys[0], keys[2])] == [1, 1]
    assert propose(connector, replace(DESIRED), store).is_empty

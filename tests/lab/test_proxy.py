"""The proxy brings the lab's faults to any CRM over HTTP."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from leadpolicy.crm.connector import (
    AccessError,
    AnswerLostError,
    ConnectorError,
    MaintenanceError,
    ThrottledError,
)
from leadpolicy.testing.lab import Fault, Lab, LabCrm, Operation, Scripted
from leadpolicy.testing.lab.connectors import UpsertConnector
from leadpolicy.testing.lab.faults import SLOW
from leadpolicy.testing.lab.parts import parts_of
from leadpolicy.testing.lab.proxy import PROXIED, Asked, FaultProxy
from leadpolicy.testing.lab.subject import DESIRED, decisions, keys
from leadpolicy.testing.lab.wire import TIMEOUT

KEYS = keys(3)
WRITTEN = DESIRED.written


def purpose(asked: Asked) -> Operation | None:
    return Operation.WRITE if asked.path.endswith("/leads/upsert") else None


def items(answer: Any) -> list[Any] | None:
    found = answer.get("items")
    return found if isinstance(found, list) else None


@pytest.fixture
def crm(lab: Lab) -> Iterator[LabCrm]:
    made = lab.crm()
    made.put_leads({key: {} for key in KEYS})
    made.put_parts(parts_of(DESIRED))
    yield made
    made.close()


@pytest.fixture
def proxy(crm: LabCrm) -> Iterator[FaultProxy]:
    with FaultProxy(crm.url, purpose, items=items, late_seconds=0.05) as running:
        yield running


@pytest.fixture
def connector(proxy: FaultProxy) -> Iterator[UpsertConnector]:
    opened = UpsertConnector(proxy.url)
    yield opened
    opened.close()


def effects(crm: LabCrm) -> list[str]:
    return [entry.key for entry in crm.history() if entry.kind == "effect"]


def test_without_faults_the_proxy_is_not_noticed(
    crm: LabCrm, connector: UpsertConnector, proxy: FaultProxy
) -> None:
    outcomes = connector.write(decisions(KEYS, 1), WRITTEN)
    assert [outcome.status.value for outcome in outcomes] == ["written"] * 3
    assert connector.lookup(KEYS, WRITTEN)["L-02"].values["lp_fit"] == 1
    assert effects(crm) == [*KEYS]
    assert proxy.calls == {Operation.WRITE: 1}


@pytest.mark.parametrize(
    ("fault", "error", "landed"),
    [
        (Fault.THROTTLED_SECONDS, ThrottledError, False),
        (Fault.THROTTLED_DATE, ThrottledError, False),
        (Fault.THROTTLED_BARE, ThrottledError, False),
        (Fault.THROTTLED_ABSURD, ThrottledError, False),
        (Fault.ERROR_500, AnswerLostError, True),
        (Fault.ERROR_502, AnswerLostError, True),
        (Fault.ERROR_503, MaintenanceError, False),
        (Fault.ERROR_504, AnswerLostError, True),
        (Fault.TIMEOUT_BEFORE, AnswerLostError, False),
        (Fault.RESET_BEFORE, AnswerLostError, False),
        (Fault.TIMEOUT_AFTER, AnswerLostError, True),
        (Fault.RESET_AFTER, AnswerLostError, True),
        (Fault.HTML, AnswerLostError, True),
        (Fault.CUT_JSON, AnswerLostError, True),
        (Fault.INVALID_JSON, AnswerLostError, True),
        (Fault.ACCESS_FORBIDDEN, AccessError, False),
        (Fault.SLOW_DRIP, AnswerLostError, True),
        (Fault.STALLED, AnswerLostError, True),
    ],
)
def test_a_fault_strikes_the_call_that_it_is_scripted_for(
    crm: LabCrm,
    proxy: FaultProxy,
    fault: Fault,
    error: type[ConnectorError],
    landed: bool,
) -> None:
    proxy.script(Scripted(fault, Operation.WRITE, call=2))
    connector = UpsertConnector(proxy.url, 0.4 if fault in SLOW else TIMEOUT)
    connector.write(decisions(KEYS[:1], 1), WRITTEN)
    with pytest.raises(error):
        connector.write(decisions(KEYS[:1], 2), WRITTEN)
    assert len(effects(crm)) == 1 + landed
    connector.write(decisions(KEYS[:1], 3), WRITTEN)
    connector.close()
    assert len(effects(crm)) == 2 + landed


@pytest.mark.parametrize(
    ("fault", "first"),
    [
        (Fault.ITEMS_MISSING, "unknown"),
        (Fault.ITEMS_EXTRA, "written"),
        (Fault.ITEMS_SHUFFLED, "written"),
        (Fault.ITEMS_DUPLICATED, "written"),
    ],
)
def test_the_items_of_an_answer_are_mixed_up(
    connector: UpsertConnector, proxy: FaultProxy, fault: Fault, first: str
) -> None:
    proxy.script(Scripted(fault, Operation.WRITE))
    outcomes = connector.write(decisions(KEYS, 1), WRITTEN)
    assert [outcome.status.value for outcome in outcomes] == [first, "written", "written"]


def test_a_late_effect_lands_by_itself(crm: LabCrm, proxy: FaultProxy) -> None:
    proxy.script(Scripted(Fault.LATE_EFFECT, Operation.WRITE))
    patient = UpsertConnector(proxy.url, timeout=60.0)
    with pytest.raises(AnswerLostError):
        patient.write(decisions(KEYS[:1], 1), WRITTEN)
    patient.close()
    for _ in range(1000):
        if effects(crm):
            break
        time.sleep(0.01)
    assert effects(crm) == ["L-01"]


@pytest.mark.parametrize("fault", sorted(set(Fault) - PROXIED))
def test_what_a_proxy_cannot_make_is_refused(proxy: FaultProxy, fault: Fault) -> None:
    with pytest.raises(ValueError, match=fault.value):
        proxy.script(Scripted(fault, Operation.WRITE))


def test_items_need_somebody_who_finds_them(crm: LabCrm) -> None:
    blind = FaultProxy(crm.url, purpose)
    with pytest.raises(ValueError, match="items-missing"):
        blind.script(Scripted(Fault.ITEMS_MISSING, Operation.WRITE))
    blind.server_close()

"""Calls that go wrong on their way, told by whether they may have taken effect."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from connectors.salesforce.tests.practice import COLUMNS, KEYED, LOGIN, decisions, prepared, seeded

from leadpolicy.crm.connector import (
    AccessError,
    AnswerLostError,
    BusyError,
    ConnectorError,
    Outcome,
    QuotaError,
    Status,
    ThrottledError,
)
from leadpolicy.testing.lab.faults import Fault, Operation, Scripted
from leadpolicy_salesforce.connector import SalesforceConnector
from leadpolicy_sandbox.salesforce.server import SalesforceSandbox

KEYS = [f"lead-{number}" for number in range(4)]
JOB = [f"job-{number}" for number in range(8)]


@pytest.fixture
def sandbox() -> Iterator[SalesforceSandbox]:
    """Return an org with leads behind a proxy that has faults."""
    with SalesforceSandbox(faulty=True) as running:
        seeded(prepared(running.org), [*KEYS, *JOB])
        yield running


@pytest.fixture
def connector(sandbox: SalesforceSandbox) -> Iterator[SalesforceConnector]:
    """Return a connector that has read the leads."""
    with closing(reading(sandbox)) as opened:
        yield opened


def reading(sandbox: SalesforceSandbox, timeout: float = 10.0) -> SalesforceConnector:
    options = {"timeout": timeout, "bulk_min": 8}
    opened = SalesforceConnector(sandbox.url, KEYED, options, lambda: LOGIN)
    opened.lookup([*KEYS, *JOB], ())
    return opened


def struck(
    sandbox: SalesforceSandbox,
    connector: SalesforceConnector,
    fault: Fault,
    keys: list[str],
    call: int = 1,
) -> list[Outcome] | ConnectorError:
    """Write with a fault at one call, and return what came of it."""
    sandbox.strike(Scripted(fault, Operation.WRITE, call=call))
    try:
        return connector.write(decisions(keys), COLUMNS)
    except ConnectorError as error:
        return error


def stands(connector: SalesforceConnector, keys: list[str]) -> bool:
    found = connector.lookup(keys, COLUMNS)
    return all(found[row.key].values == row.values for row in decisions(keys))


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.THROTTLED_SECONDS, ThrottledError),
        (Fault.THROTTLED_DATE, ThrottledError),
        (Fault.THROTTLED_BARE, ThrottledError),
        (Fault.ERROR_503, BusyError),
        (Fault.ERROR_500, AnswerLostError),
        (Fault.ERROR_502, AnswerLostError),
        (Fault.RESET_AFTER, AnswerLostError),
        (Fault.HTML, AnswerLostError),
        (Fault.CUT_JSON, AnswerLostError),
        (Fault.INVALID_JSON, AnswerLostError),
        (Fault.ACCESS_DENIED, AccessError),
        (Fault.ACCESS_FORBIDDEN, AccessError),
        (Fault.QUOTA_USED_UP, QuotaError),
    ],
)
def test_a_write_that_goes_wrong_says_whether_it_took_effect(
    sandbox: SalesforceSandbox,
    connector: SalesforceConnector,
    fault: Fault,
    kind: type[ConnectorError],
) -> None:
    error = struck(sandbox, connector, fault, KEYS)
    assert isinstance(error, kind), error
    if fault is Fault.THROTTLED_SECONDS:
        assert isinstance(error, ThrottledError)
        assert error.retry_after is not None
    if fault not in {Fault.ACCESS_DENIED, Fault.QUOTA_USED_UP}:
        sandbox.strike()
        settled = connector.write(decisions(KEYS), COLUMNS)
        assert {outcome.status for outcome in settled} == {Status.WRITTEN}
        assert stands(connector, KEYS)


@pytest.mark.parametrize("fault", [Fault.SLOW_DRIP, Fault.TIMEOUT_BEFORE])
def test_an_answer_that_drips_in_or_never_comes_ends(
    sandbox: SalesforceSandbox, fault: Fault
) -> None:
    with closing(reading(sandbox, timeout=1.0)) as hasty:
        assert isinstance(struck(sandbox, hasty, fault, KEYS), AnswerLostError)


@pytest.mark.parametrize(
    "fault",
    [
        Fault.ITEMS_MISSING,
        Fault.ITEMS_EXTRA,
        Fault.ITEMS_SHUFFLED,
        Fault.ITEMS_DUPLICATED,
    ],
)
def test_items_are_never_taken_by_their_place_alone(
    sandbox: SalesforceSandbox, connector: SalesforceConnector, fault: Fault
) -> None:
    sandbox.org.object("Lead").fields["lp_note__c"].length = 5
    rows = decisions(KEYS)
    bad = decisions([KEYS[0]], lp_note="too long")[0]
    sandbox.strike(Scripted(fault, Operation.WRITE))
    outcomes = {o.key: o.status for o in connector.write([bad, *rows[1:]], COLUMNS)}
    assert outcomes.keys() == set(KEYS)
    assert outcomes[bad.key] in {Status.FAILED, Status.UNKNOWN}
    assert {outcomes[key] for key in KEYS[1:]} <= {Status.WRITTEN, Status.UNKNOWN}


@pytest.mark.parametrize("fault", [Fault.RESET_BEFORE, Fault.RESET_AFTER, Fault.CUT_JSON])
@pytest.mark.parametrize("call", [1, 2, 3])
def test_a_job_is_in_doubt_only_where_nobody_can_tell(
    sandbox: SalesforceSandbox, connector: SalesforceConnector, fault: Fault, call: int
) -> None:
    found = struck(sandbox, connector, fault, JOB, call)
    closed = call == 3 and fault is not Fault.RESET_BEFORE
    if isinstance(found, ConnectorError):
        assert not closed
        assert isinstance(found, BusyError)
    else:
        assert {outcome.status for outcome in found} == {Status.ACCEPTED}
        while connector.results(found[0].ticket) is None:
            pass
    assert stands(connector, JOB) is not isinstance(found, ConnectorError)


def test_a_job_whose_close_nobody_can_ask_for_is_in_doubt(
    sandbox: SalesforceSandbox, connector: SalesforceConnector
) -> None:
    sandbox.strike(
        Scripted(Fault.RESET_AFTER, Operation.WRITE, call=3),
        Scripted(Fault.ERROR_503, Operation.POLL),
    )
    with pytest.raises(AnswerLostError):
        connector.write(decisions(JOB), COLUMNS)


@pytest.mark.parametrize("fault", [Fault.HTML, Fault.CUT_JSON, Fault.ERROR_503])
def test_a_failed_lookup_is_told(
    sandbox: SalesforceSandbox, connector: SalesforceConnector, fault: Fault
) -> None:
    sandbox.strike(Scripted(fault, Operation.LOOKUP))
    with pytest.raises(ConnectorError) as told:
        connector.lookup(KEYS, COLUMNS)
    assert told.value.retryable


def test_a_session_that_ends_in_the_middle_is_renewed(
    sandbox: SalesforceSandbox, connector: SalesforceConnector
) -> None:
    before = sandbox.logins
    found = struck(sandbox, connector, Fault.TOKEN_EXPIRED, KEYS)
    assert isinstance(found, list)
    assert {outcome.status for outcome in found} == {Status.WRITTEN}
    assert sandbox.logins == before + 1

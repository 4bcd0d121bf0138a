"""Consents and withdrawals that were given elsewhere are told to the database, once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from effort import examples
from leadpolicy.crm.connector import ConsentRow, Status, UnsupportedError
from leadpolicy.crm.sync import tell_consents

if TYPE_CHECKING:
    from connectors.generic.tests.conftest import Crm

AT = datetime(2026, 10, 1, 8, tzinfo=UTC)


def withdrawal(key: str, at: datetime = AT) -> ConsentRow:
    return ConsentRow(key, "newsletter", "email", "withdrawn", at)


def test_a_withdrawal_becomes_a_row_and_is_read_back(crm: Crm) -> None:
    crm.add_leads("1", "2")
    connector = crm.open()
    assert connector.capabilities.writes_consents
    (outcome,) = connector.write_consents([withdrawal("1")])
    assert outcome.status is Status.CREATED
    lead = next(iter(connector.read_leads(keys=["1"])))
    (event,) = lead.consents
    assert (event["purpose"], event["channel"], event["status"]) == (
        "newsletter",
        "email",
        "withdrawn",
    )


def test_a_lead_that_is_not_there_is_refused_and_holds_up_nobody(crm: Crm) -> None:
    crm.add_leads("1")
    connector = crm.open()
    told = tell_consents(connector, [withdrawal("nobody"), withdrawal("1")])
    assert told.told == 1
    assert [(o.key, o.code) for o in told.failures] == [("nobody", "unknown_lead")]


@given(times=st.lists(st.integers(0, 3), min_size=1, max_size=6))
@settings(
    max_examples=examples(10),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_telling_again_adds_nothing(crm: Crm, times: list[int]) -> None:
    crm.run("DELETE FROM {schema}consents;\nDELETE FROM {schema}leads")
    crm.add_leads("1")
    rows = [withdrawal("1", AT + timedelta(days=day)) for day in times]
    connector = crm.open()
    for _ in range(2):
        assert not tell_consents(connector, rows).failures
    lead = next(iter(connector.read_leads(keys=["1"])))
    assert len(lead.consents) == len(set(times))


def test_the_words_of_the_crm_are_used(crm: Crm) -> None:
    crm.add_leads("1")
    binding = crm.binding
    binding["consents"]["status"] = {"column": "status", "codes": {"nein": "withdrawn", "ja": "x"}}
    connector = crm.open(binding)
    connector.write_consents([withdrawal("1")])
    lead = next(iter(connector.read_leads(keys=["1"])))
    assert lead.consents[0]["status"] == "nein"


def test_a_database_without_consents_says_so(crm: Crm) -> None:
    binding = crm.binding
    del binding["consents"]
    connector = crm.open(binding)
    assert not connector.capabilities.writes_consents
    with pytest.raises(UnsupportedError, match="does not take consents"):
        tell_consents(connector, [withdrawal("1")])

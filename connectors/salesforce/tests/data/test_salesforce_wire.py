"""Single calls, queries page by page, several calls in one, and lists of keys that are sent."""

from __future__ import annotations

import re
from urllib.parse import quote_plus

import pytest
from connectors.salesforce.tests.practice import COLUMNS, decisions, seeded
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from leadpolicy.crm.connector import ConnectorError
from leadpolicy.testing.lab.faults import Operation
from leadpolicy_salesforce.client.wire import Part, Wire
from leadpolicy_salesforce.connector import SalesforceConnector
from leadpolicy_salesforce.ids import long_id
from leadpolicy_salesforce.rows.soql import in_lists, records, select
from leadpolicy_sandbox.salesforce.server import SalesforceSandbox

KEYS = [f"lead-{number:04}" for number in range(2100)]
_VALUE = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)


class TestWire:
    def test_pages_are_joined_and_deleted_records_asked_for(
        self, sandbox: SalesforceSandbox, wire: Wire
    ) -> None:
        ids = seeded(sandbox.org, KEYS)
        sandbox.org.delete(None, "Lead", ids["lead-0007"])
        before = sandbox.calls
        pages = list(wire.pages("SELECT Id FROM Lead"))
        assert [len(page) for page in pages] == [2000, 99]
        assert sandbox.calls == before + 2
        assert sum(1 for _ in wire.query("SELECT Id FROM Lead", deleted=True)) == 2100
        half = [f"SELECT Id FROM Lead WHERE lp_key__c {sign} 'lead-1000'" for sign in "<="]
        assert sum(1 for _ in records(wire, half)) == 1001 - 1

    def test_several_calls_are_one_and_each_is_answered(
        self, sandbox: SalesforceSandbox, wire: Wire
    ) -> None:
        ids = seeded(sandbox.org, KEYS[:1])
        wire.get("limits")
        before = sandbox.calls
        answers = wire.composite(
            [
                Part("GET", "sobjects/Lead/00Q000000000001EAA"),
                Part("PATCH", f"sobjects/Lead/{ids['lead-0000']}", {"Company": "Looms"}),
                Part("GET", f"query?q={quote_plus('SELECT Company FROM Lead')}"),
            ]
        )
        assert sandbox.calls == before + 1
        assert [answer.status for answer in answers] == [404, 204, 200]
        assert answers[2].body["records"][0]["Company"] == "Looms"
        assert wire.composite([]) == []

    def test_calls_say_what_they_are_for(
        self, sandbox: SalesforceSandbox, connector: SalesforceConnector
    ) -> None:
        seeded(sandbox.org, KEYS[:9])
        list(connector.read_leads(COLUMNS))
        connector.lookup(KEYS[:1], COLUMNS)
        connector.write(decisions(KEYS[:1]), COLUMNS)
        (ticket,) = {o.ticket for o in connector.write(decisions(KEYS[:9]), COLUMNS)}
        connector.results(ticket)
        kinds = [Operation(call.kind).value for call in sandbox.log if call.kind]
        assert kinds[0] == "read"
        wanted = ["lookup", "write", "lookup", "write", "write", "write", "poll", "poll"]
        assert [kind for kind in kinds if kind != "read"] == wanted

    def test_no_write_runs_assignment_rules(self, wire: Wire) -> None:
        with wire.doing("write"):
            assert wire.headers == {
                "Sforce-Call-Options": "client=leadpolicy/write",
                "Sforce-Auto-Assign": "FALSE",
            }

    def test_a_query_that_cannot_be_read_blames_no_row(self, wire: Wire) -> None:
        with pytest.raises(ConnectorError) as refused:
            wire.query_page("SELECT nothing of any use")
        assert type(refused.value) is ConnectorError


class TestLists:
    @settings(max_examples=examples(50))
    @given(st.lists(st.text(min_size=1, max_size=255), max_size=60))
    def test_every_key_is_asked_for_once_in_queries_that_can_be_sent(self, keys: list[str]) -> None:
        queries = list(in_lists(select(["Id"], "Lead"), "lp_key__c", keys, "ORDER BY Id"))
        asked = [found for query in queries for found in _VALUE.findall(query)]
        assert len(asked) == len(keys)
        assert all(len(quote_plus(query)) < 16_000 for query in queries)

    @settings(max_examples=examples(50))
    @given(st.from_regex(r"[A-Za-z0-9]{15}", fullmatch=True))
    def test_an_id_is_the_same_with_15_and_with_18_characters(self, short: str) -> None:
        whole = long_id(short)
        assert whole is not None
        assert whole[:15] == short
        assert long_id(whole) == whole
        assert long_id(whole[:-1] + "9") is None

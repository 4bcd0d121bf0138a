"""Leads in, decisions out, feedback in, in one call a batch or as jobs."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from connectors.salesforce.tests.practice import (
    COLUMNS,
    KEYED,
    LOGIN,
    decisions,
    prepared,
    seeded,
)

from leadpolicy.crm.connector import (
    AccessError,
    ColumnMissingError,
    DecisionRow,
    Outcome,
    Presence,
    Status,
    UnsupportedError,
)
from leadpolicy.crm.state import Column, FieldKind
from leadpolicy_salesforce.connector import SalesforceConnector
from leadpolicy_sandbox.salesforce.org.results import LeadConvert
from leadpolicy_sandbox.salesforce.org.schema import ValidationRule
from leadpolicy_sandbox.salesforce.server import SalesforceSandbox

SCORE, NOTE = COLUMNS[0], COLUMNS[2]


def by_key(outcomes: list[Outcome]) -> dict[str, Outcome]:
    return {outcome.key: outcome for outcome in outcomes}


def rows(count: int) -> list[str]:
    return [f"lead-{number:03}" for number in range(count)]


def settled(connector: SalesforceConnector, outcomes: list[Outcome]) -> dict[str, Outcome]:
    found = by_key(outcomes)
    for ticket in {outcome.ticket for outcome in outcomes} - {""}:
        for _ in range(100):
            answer = connector.results(ticket)
            if answer is not None:
                found |= by_key(answer)
                break
    return found


def refuse_notes(sandbox: SalesforceSandbox, note: str) -> None:
    rule = ValidationRule("no_note", True, f'lp_note__c = "{note}"', "not now", "lp_note__c")
    sandbox.org.object("Lead").rules["no_note"] = rule


class TestReading:
    def test_leads_come_with_what_was_written(
        self, sandbox: SalesforceSandbox, connector: SalesforceConnector
    ) -> None:
        ids = seeded(sandbox.org, rows(3), NumberOfEmployees=120)
        sandbox.org.delete(None, "Lead", ids.pop("lead-001"))
        written = decisions(list(ids))
        connector.write(written, COLUMNS)
        found = list(connector.read_leads(COLUMNS))
        assert [lead.key for lead in found] == sorted(ids, key=lambda key: ids[key])
        assert found[0].values == {"Company": "Engines Ltd", "NumberOfEmployees": 120}
        assert [lead.held for lead in found] == [dict(row.values) for row in written]
        assert isinstance(found[0].held["lp_value"], Decimal)
        assert found[0].held["lp_until"] == datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

    def test_chosen_leads_are_found_by_their_exact_keys(
        self, sandbox: SalesforceSandbox, connector: SalesforceConnector
    ) -> None:
        long = [f"{number:03}" + "ä" * 240 for number in range(40)]
        odd = ["O'Neil \\ 50 %", *long]
        seeded(sandbox.org, odd)
        asked = [*odd, "o'neil \\ 50 %", "nobody"]
        assert {lead.key for lead in connector.read_leads((), asked)} == set(odd)
        assert list(connector.read_leads((), [])) == []

    def test_signals_belong_to_their_leads(self, sandbox: SalesforceSandbox) -> None:
        ids = seeded(sandbox.org, rows(2))
        for subject in ("call", "demo"):
            task = {"WhoId": ids["lead-001"], "Subject": subject}
            admin = sandbox.org.users["admin@sandbox.test"]
            assert sandbox.org.create(admin, "Task", task).success
        signals = {
            "table": "Task",
            "lead": "WhoId",
            "type": "Subject",
            "occurred_at": "CreatedDate",
        }
        binding = {"leads": {"key": "Id"}, "signals": signals}
        connector = SalesforceConnector(sandbox.url, binding, {}, lambda: LOGIN)
        found = {lead.key: lead for lead in connector.read_leads()}
        connector.close()
        assert found[ids["lead-000"]].signals == ()
        told = found[ids["lead-001"]].signals
        assert [signal["Subject"] for signal in told] == ["call", "demo"]
        assert datetime.fromisoformat(str(told[0]["CreatedDate"])).tzinfo is not None

    def test_a_lookup_tells_what_became_of_a_lead(
        self, sandbox: SalesforceSandbox, connector: SalesforceConnector
    ) -> None:
        ids = seeded(sandbox.org, rows(4))
        connector.write(decisions(rows(4)), COLUMNS)
        sandbox.org.delete(None, "Lead", ids["lead-001"])
        sandbox.org.merge(None, "Lead", ids["lead-003"], [ids["lead-002"]])
        before = sandbox.calls
        found = connector.lookup([*ids, "nobody"], COLUMNS)
        assert sandbox.calls == before + 1
        assert {key: standing.presence for key, standing in found.items()} == {
            "lead-000": Presence.PRESENT,
            "lead-001": Presence.DELETED,
            "lead-002": Presence.MERGED,
            "lead-003": Presence.PRESENT,
        }
        assert found["lead-002"].into == "lead-003"
        assert found["lead-000"].values == decisions(rows(4))[0].values

    def test_feedback_is_read_where_something_is_filled_in(
        self, sandbox: SalesforceSandbox, connector: SalesforceConnector
    ) -> None:
        ids = seeded(sandbox.org, rows(3))
        sandbox.org.update(None, "Lead", ids["lead-001"], {"lp_note__c": "no budget"})
        sandbox.org.update(None, "Lead", ids["lead-002"], {"lp_hot__c": True})
        remark = Column("lp_note", FieldKind.TEXT, "sales", length=200)
        found = list(connector.read_feedback([remark, COLUMNS[3]]))
        assert [row.key for row in found] == ["lead-001", "lead-002"]
        assert found[0].values["lp_note"] == "no budget"
        assert [row.key for row in connector.read_feedback([remark])] == ["lead-001"]

    def test_a_field_that_is_not_there_is_named(self, connector: SalesforceConnector) -> None:
        missing = Column("lp_missing", FieldKind.TEXT)
        with pytest.raises(ColumnMissingError, match="lp_missing__c"):
            list(connector.read_leads([missing]))


class TestWriting:
    def test_a_batch_is_one_call_and_no_rows_are_none(
        self, sandbox: SalesforceSandbox, connector: SalesforceConnector
    ) -> None:
        seeded(sandbox.org, rows(4))
        list(connector.read_leads(COLUMNS))
        before = sandbox.calls, sandbox.writes
        outcomes = connector.write(decisions(rows(4)), COLUMNS)
        assert connector.write([], COLUMNS) == []
        assert (sandbox.calls, sandbox.writes) == (before[0] + 1, before[1] + 1)
        assert {outcome.status for outcome in outcomes} == {Status.WRITTEN}

    def test_a_key_that_the_org_lacks_makes_no_lead(
        self, sandbox: SalesforceSandbox, connector: SalesforceConnector
    ) -> None:
        seeded(sandbox.org, rows(1))
        found = by_key(connector.write(decisions([*rows(1), "nobody"]), COLUMNS))
        assert found["lead-000"].status is Status.WRITTEN
        assert (found["nobody"].status, found["nobody"].code) == (Status.FAILED, "unknown_lead")
        assert len(list(sandbox.org.rows(None, "Lead", deleted=True))) == 1

    def test_ids_are_keys_where_nothing_else_is_bound(self, sandbox: SalesforceSandbox) -> None:
        ids = list(seeded(sandbox.org, rows(2)).values())
        connector = SalesforceConnector(sandbox.url, {"leads": {}}, {}, lambda: LOGIN)
        sandbox.org.delete(None, "Lead", ids[1])
        found = by_key(connector.write(decisions([*ids, "nobody"]), COLUMNS))
        connector.close()
        assert [found[key].status for key in ids] == [Status.WRITTEN, Status.FAILED]
        assert {found[ids[1]].code, found["nobody"].code} == {"unknown_lead"}

    def test_bad_rows_and_locked_rows_do_not_hold_up_others(
        self, sandbox: SalesforceSandbox, connector: SalesforceConnector
    ) -> None:
        ids = seeded(sandbox.org, rows(4))
        refuse_notes(sandbox, "no. 1")
        sandbox.site.trouble.locks[ids["lead-002"]] = 1
        found = by_key(connector.write(decisions(rows(4)), COLUMNS))
        bad, locked = found["lead-001"], found["lead-002"]
        assert (bad.status, bad.field) == (Status.FAILED, "lp_note")
        assert bad.code == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
        assert (locked.status, locked.code) == (Status.DEFERRED, "UNABLE_TO_LOCK_ROW")
        assert found["lead-003"].status is Status.WRITTEN

    def test_none_clears_and_what_is_not_named_stays(
        self, sandbox: SalesforceSandbox, connector: SalesforceConnector
    ) -> None:
        seeded(sandbox.org, rows(1))
        connector.write(decisions(rows(1)), COLUMNS)
        connector.write([DecisionRow("lead-000", {"lp_score": None})], [SCORE])
        (found,) = connector.lookup(rows(1), COLUMNS).values()
        assert found.values == {**decisions(rows(1))[0].values, "lp_score": None}

    @pytest.mark.parametrize(
        ("column", "value", "code"),
        [
            (NOTE, " spaced", "spaces_around"),
            (SCORE, 2**53 + 1, "too_many_digits"),
        ],
    )
    def test_what_would_be_changed_is_refused(
        self, connector: SalesforceConnector, column: Column, value: object, code: str
    ) -> None:
        row = DecisionRow("lead-000", {column.name: value})  # type: ignore[dict-item]
        (outcome,) = connector.write([row], [column])
        assert (outcome.status, outcome.code, outcome.field) == (Status.FAILED, code, column.name)

    def test_a_field_that_is_not_there_stops_the_batch(
        self, sandbox: SalesforceSandbox, connector: SalesforceConnector
    ) -> None:
        seeded(sandbox.org, rows(9))
        gone = Column("lp_gone", FieldKind.TEXT)
        for count in (1, 9):
            sent = [DecisionRow(key, {"lp_gone": "x", "lp_score": 5}) for key in rows(count)]
            with pytest.raises(ColumnMissingError, match="lp_gone__c"):
                connector.write(sent, [gone, SCORE])
        for standing in connector.lookup(rows(9), [SCORE]).values():
            assert standing.values["lp_score"] is None

    def test_a_field_that_may_not_be_written_is_the_logins_fault(
        self, sandbox: SalesforceSandbox, connector: SalesforceConnector
    ) -> None:
        seeded(sandbox.org, rows(1))
        rights = sandbox.org.permission_sets["lp_integration"].fields
        rights["Lead.lp_score__c"].editable = False
        sandbox.org.state.compiled.clear()
        with pytest.raises(AccessError, match="lp_score__c"):
            connector.write([DecisionRow("lead-000", {"lp_score": 1})], [SCORE])


class TestConverted:
    def convert(self, sandbox: SalesforceSandbox, lead: str) -> None:
        states = sandbox.org.object("Lead").fields["Status"].values
        converted = next(value.name for value in states if value.converted)
        admin = sandbox.org.users["admin@sandbox.test"]
        assert sandbox.org.convert(admin, LeadConvert(lead, converted)).success

    def test_their_decisions_fail_and_their_path_is_read_on(
        self, sandbox: SalesforceSandbox, connector: SalesforceConnector
    ) -> None:
        ids = seeded(sandbox.org, rows(2))
        self.convert(sandbox, ids["lead-000"])
        found = by_key(connector.write(decisions(rows(2)), COLUMNS))
        assert found["lead-000"].code == "CANNOT_UPDATE_CONVERTED_LEAD"
        assert found["lead-001"].status is Status.WRITTEN
        won = {"won": "ConvertedOpportunity.IsWon", "title": "ConvertedContact.LastName"}
        binding = {"leads": {"key": "lp_key", "attributes": won}}
        reading = SalesforceConnector(sandbox.url, binding, {}, lambda: LOGIN)
        read = {lead.key: dict(lead.values) for lead in reading.read_leads()}
        reading.close()
        assert read["lead-000"] == {won["won"]: False, won["title"]: "Lovelace"}
        assert read["lead-001"] == {won["won"]: None, won["title"]: None}

    @pytest.mark.parametrize("bulk_min", [8, 2])
    def test_their_decisions_go_to_the_contact_where_wanted(
        self, sandbox: SalesforceSandbox, bulk_min: int
    ) -> None:
        prepared(sandbox.org, COLUMNS, ("Lead", "Contact"))
        ids = seeded(sandbox.org, rows(3))
        self.convert(sandbox, ids["lead-000"])
        options = {"contacts": True, "bulk_min": bulk_min}
        connector = SalesforceConnector(sandbox.url, KEYED, options, lambda: LOGIN)
        outcomes = settled(connector, connector.write(decisions(rows(3)), COLUMNS))
        assert {o.status for o in outcomes.values()} == {Status.WRITTEN}
        found = connector.lookup(rows(3), COLUMNS)
        held = {lead.key: lead.held for lead in connector.read_leads(COLUMNS)}
        (contact,) = sandbox.org.rows(None, "Contact")
        assert contact["lp_note__c"] == "no. 0"
        for row in decisions(rows(3)):
            assert found[row.key].values == row.values == held[row.key]
        self.convert(sandbox, ids["lead-001"])
        if bulk_min > 3:
            again = by_key(connector.write(decisions(rows(3)), COLUMNS))
            assert again["lead-001"].status is Status.DEFERRED
        connector.close()


class TestJobs:
    def test_a_job_answers_like_a_call(
        self, sandbox: SalesforceSandbox, connector: SalesforceConnector
    ) -> None:
        keys = rows(9)
        ids = seeded(sandbox.org, keys)
        texts = ["=1+1", 'a "quoted", part; x', "two\nlines", "two\r\nlines", ",", "Grüße 𝒜"]
        sent = [
            DecisionRow(row.key, {**row.values, "lp_note": text})
            for row, text in zip(decisions(keys), [*texts, "no. 7", None, "x"], strict=True)
        ]
        refuse_notes(sandbox, "no. 7")
        sandbox.site.trouble.locks[ids["lead-008"]] = 1
        accepted = connector.write([*sent, *decisions(["nobody"])], COLUMNS)
        statuses = [outcome.status for outcome in accepted]
        assert statuses.count(Status.ACCEPTED) == 9
        found = settled(connector, accepted)
        assert found["nobody"].code == "unknown_lead"
        assert found["lead-006"].code == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
        assert found["lead-008"].status is Status.DEFERRED
        standing = connector.lookup(keys, COLUMNS)
        for row in sent[:6]:
            assert found[row.key].status is Status.WRITTEN
            assert standing[row.key].values == row.values
        assert standing["lead-007"].values["lp_note"] is None

    def test_another_process_reads_the_results(
        self, sandbox: SalesforceSandbox, connector: SalesforceConnector
    ) -> None:
        seeded(sandbox.org, rows(9))
        (ticket,) = {o.ticket for o in connector.write(decisions(rows(9)), COLUMNS)}
        other = SalesforceConnector(sandbox.url, KEYED, {}, lambda: LOGIN)
        found = settled(other, [Outcome("", Status.ACCEPTED, ticket=ticket)])
        other.close()
        assert {found[key].status for key in rows(9)} == {Status.WRITTEN}

    def test_a_lost_job_leaves_its_rows_in_doubt(
        self, sandbox: SalesforceSandbox, connector: SalesforceConnector
    ) -> None:
        seeded(sandbox.org, rows(9))
        (ticket,) = {o.ticket for o in connector.write(decisions(rows(9)), COLUMNS)}
        sandbox.site.trouble.aborted.add(ticket)
        found = settled(connector, [Outcome("", Status.ACCEPTED, ticket=ticket)])
        assert {found[key].status for key in rows(9) if key in found} <= {Status.UNKNOWN}
        for unknown in ("none", "7500000000000AAAAA"):
            with pytest.raises(UnsupportedError):
                connector.results(unknown)

"""Queries find what they find in Salesforce."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from connectors.sandbox.tests.rest.conftest import with_fields
from connectors.sandbox.tests.rest.plain import add
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from leadpolicy_sandbox.salesforce.org import Org, OrgError
from leadpolicy_sandbox.salesforce.server import INTEGRATION, SALES, SalesforceSandbox
from leadpolicy_sandbox.salesforce.soql.answering import answer
from leadpolicy_sandbox.salesforce.soql.dates import days
from leadpolicy_sandbox.salesforce.soql.parsing import parse

NOW = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)
Ask = Callable[[str], list[dict[str, Any]]]


def asked(org: Org, text: str, *, deleted: bool = False) -> list[dict[str, Any]]:
    found = answer(org, org.users[INTEGRATION], text, place="/here", deleted=deleted)
    return found.records(0, found.total)


@pytest.fixture(scope="module")
def org() -> Org:
    sandbox = with_fields(SalesforceSandbox())
    sandbox.org.freeze(NOW)
    rows: list[dict[str, Any]] = [
        {"LastName": "Adam", "Company": "Öl AG", "NumberOfEmployees": 5, "Title": "a_b"},
        {"LastName": "adam", "Company": "ACME", "NumberOfEmployees": 50, "Title": "axb"},
        {"LastName": "Berg", "Company": "acme", "Title": "50%"},
        {"LastName": "O'Neill", "Company": "Zeta", "NumberOfEmployees": 7, "Title": "\\ back"},
    ]
    for number, row in enumerate(rows):
        add(sandbox, **row, lp_key__c=f"K{number}", HasOptedOutOfEmail=number == 3)
    old = NOW - timedelta(days=40)
    sandbox.org.freeze(old)
    sandbox.org.create(
        sandbox.org.users[SALES],
        "Lead",
        {"LastName": "Old", "Company": "Old", "Status": "Closed - Not Converted"},
    )
    sandbox.org.freeze(NOW)
    return sandbox.org


def names(org: Org, where: str) -> list[str]:
    tail = f"WHERE {where}" if where else ""
    return [one["LastName"] for one in asked(org, f"SELECT LastName FROM Lead {tail}")]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("LastName = 'ADAM'", ["Adam", "adam"]),
        ("LastName != 'ADAM'", ["Berg", "O'Neill", "Old"]),
        ("lp_key__c = 'k0'", []),
        ("lp_key__c = 'K0'", ["Adam"]),
        ("lp_key__c IN ('K0', 'K3', 'K9')", ["Adam", "O'Neill"]),
        ("lp_key__c NOT IN ('K0', 'K3')", ["adam", "Berg", "Old"]),
        ("lp_key__c = null", ["Old"]),
        ("NumberOfEmployees > 5", ["adam", "O'Neill"]),
        ("NumberOfEmployees >= 5 AND NumberOfEmployees <= 7", ["Adam", "O'Neill"]),
        ("NumberOfEmployees < 6.5", ["Adam"]),
        ("NumberOfEmployees <> 5", ["adam", "Berg", "O'Neill", "Old"]),
        ("NumberOfEmployees = null OR LastName = 'adam'", ["Adam", "adam", "Berg", "Old"]),
        ("HasOptedOutOfEmail = true", ["O'Neill"]),
        ("HasOptedOutOfEmail != true AND IsConverted = FALSE", ["Adam", "adam", "Berg", "Old"]),
        ("Company LIKE 'acm%'", ["adam", "Berg"]),
        ("Title LIKE '%'", ["Adam", "adam", "Berg", "O'Neill"]),
        ("Company LIKE 'öl%'", ["Adam"]),
        (r"Title LIKE 'a\_b'", ["Adam"]),
        ("Title LIKE 'a_b'", ["Adam", "adam"]),
        (r"Title LIKE '%\%'", ["Berg"]),
        (r"LastName = 'O\'Neill'", ["O'Neill"]),
        (r"Title = '\\ back'", ["O'Neill"]),
        ("NOT LastName LIKE 'a%'", ["Berg", "O'Neill", "Old"]),
        ("NOT (LastName = 'Adam' OR LastName = 'Berg')", ["O'Neill", "Old"]),
        ("(LastName = 'Berg' OR LastName = 'Old') AND Company = 'ACME'", ["Berg"]),
        ("CreatedDate = TODAY", ["Adam", "adam", "Berg", "O'Neill"]),
        ("CreatedDate < today", ["Old"]),
        ("CreatedDate = LAST_N_DAYS:30", ["Adam", "adam", "Berg", "O'Neill"]),
        ("CreatedDate = LAST_MONTH", ["Old"]),
        ("CreatedDate = THIS_YEAR AND CreatedDate != THIS_MONTH", ["Old"]),
        ("CreatedDate > 2026-05-20T11:00:00+02:00", ["Adam", "adam", "Berg", "O'Neill"]),
        ("CreatedDate <= 2026-05-01T00:00:00Z", ["Old"]),
        ("Owner.Name = 'anna sales'", ["Old"]),
        ("Lead.Owner.Username != 'anna@sandbox.test'", ["Adam", "adam", "Berg", "O'Neill"]),
        ("Status IN ('closed - not converted')", ["Old"]),
        ("Id IN (SELECT LeadId FROM LeadHistory)", []),
        ("OwnerId IN (SELECT Id FROM User WHERE Name LIKE 'Anna%')", ["Old"]),
        ("CALENDAR_MONTH(CreatedDate) = 5", ["Adam", "adam", "Berg", "O'Neill"]),
    ],
)  # fmt: skip
def test_conditions_find_what_they_should(org: Org, where: str, found: list[str]) -> None:
    assert names(org, where) == found


@pytest.mark.parametrize(
    ("tail", "found"),
    [
        ("ORDER BY LastName, NumberOfEmployees DESC", ["adam", "Adam", "Berg", "O'Neill", "Old"]),
        ("ORDER BY NumberOfEmployees", ["Berg", "Old", "Adam", "O'Neill", "adam"]),
        ("order by numberofemployees desc nulls last limit 2", ["adam", "O'Neill"]),
        ("ORDER BY LastName LIMIT 2 OFFSET 2", ["Berg", "O'Neill"]),
        ("ORDER BY Owner.Name, LastName DESC LIMIT 1", ["Old"]),
        ("WHERE LastName LIKE 'A%' WITH SECURITY_ENFORCED LIMIT 1 FOR UPDATE", ["Adam"]),
    ],
)
def test_rows_come_in_the_order_that_is_asked_for(org: Org, tail: str, found: list[str]) -> None:
    rows = asked(org, f"SELECT LastName FROM Lead {tail}")
    assert [one["LastName"] for one in rows] == found


def test_what_is_selected_is_what_comes(org: Org) -> None:
    [row] = asked(
        org,
        "SELECT id, owner.name, L.NumberOfEmployees, toLabel(Status) state, lp_score__c, "
        "(SELECT Id FROM Tasks), ConvertedContact.Name FROM Lead L WHERE lp_key__c = 'K0'",
    )
    assert list(row) == [
        "attributes", "Id", "Owner", "NumberOfEmployees", "state", "lp_score__c", "Tasks",
        "ConvertedContact",
    ]  # fmt: skip
    assert row["attributes"] == {"type": "Lead", "url": f"/here/sobjects/Lead/{row['Id']}"}
    assert row["Owner"]["attributes"]["type"] == "User"
    assert row["Owner"]["Name"] == "Leadpolicy Integration"
    assert (row["NumberOfEmployees"], row["Tasks"], row["ConvertedContact"]) == (5, None, None)


def test_rows_within_rows_are_found(org: Org) -> None:
    user = org.users[INTEGRATION]
    made = org.create(user, "Account", {"Name": "Parent"}).id
    for name in ("One", "Two"):
        org.create(user, "Contact", {"LastName": name, "AccountId": made})
    [row] = asked(
        org,
        "SELECT Name, (SELECT LastName FROM Contacts WHERE LastName != 'Nobody' "
        "ORDER BY LastName DESC LIMIT 5) FROM Account",
    )
    assert row["Contacts"]["totalSize"] == 2
    assert [one["LastName"] for one in row["Contacts"]["records"]] == ["Two", "One"]


def test_groups_are_counted_and_summed(org: Org) -> None:
    rows = asked(
        org,
        "SELECT Status, COUNT(Id), SUM(NumberOfEmployees) total, MAX(LastName) last, "
        "COUNT_DISTINCT(Company) FROM Lead GROUP BY Status HAVING COUNT(Id) > 1",
    )
    assert rows == [
        {
            "attributes": {"type": "AggregateResult"},
            "Status": "Open - Not Contacted",
            "expr0": 4,
            "total": 62.0,
            "last": "O'Neill",
            "expr1": 3,
        }
    ]
    [one] = asked(org, "SELECT AVG(NumberOfEmployees), MIN(CreatedDate) first FROM Lead")
    assert one["expr0"] == pytest.approx(62 / 3)
    assert one["first"] == "2026-04-10T09:30:00.000+0000"
    by_month = asked(
        org,
        "SELECT CALENDAR_MONTH(CreatedDate) m, COUNT(Id) n FROM Lead "
        "GROUP BY CALENDAR_MONTH(CreatedDate) ORDER BY COUNT(Id) DESC",
    )
    assert [(row["m"], row["n"]) for row in by_month] == [(5, 4), (4, 1)]
    counted = answer(org, org.users[INTEGRATION], "SELECT COUNT() FROM Lead", place="")
    assert (counted.total, counted.records(0, 9)) == (5, [])


def test_fields_can_be_named_by_kind(org: Org) -> None:
    [row] = asked(org, "SELECT FIELDS(CUSTOM) FROM Lead WHERE lp_key__c = 'K1' LIMIT 200")
    assert set(row) == {"attributes", "lp_key__c", "lp_score__c", "Twin__c"}
    [row] = asked(org, "SELECT FIELDS(STANDARD) FROM Lead LIMIT 1")
    assert {"Id", "LastName", "Status"} <= set(row)
    assert "lp_key__c" not in row


def test_the_bin_is_searched_only_on_demand() -> None:
    sandbox = with_fields(SalesforceSandbox())
    org = sandbox.org
    add(sandbox, LastName="Kept")
    org.delete(org.users[INTEGRATION], "Lead", add(sandbox, LastName="Gone"))
    soql = "SELECT LastName FROM Lead"
    assert [one["LastName"] for one in asked(org, soql)] == ["Kept"]
    assert len(asked(org, soql, deleted=True)) == len(asked(org, f"{soql} ALL ROWS")) == 2
    gone = asked(org, f"{soql} WHERE IsDeleted = true ALL ROWS")
    assert [one["LastName"] for one in gone] == ["Gone"]


HINT = (
    "If you are attempting to use a custom field, be sure to append the '__c' after the custom "
    "field name. Please reference your WSDL or the describe call for the appropriate names."
)


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        (
            "SELECT Id, Body FROM Lead",
            "INVALID_FIELD",
            "\nSELECT Id, Body FROM Lead\n           ^\nERROR at Row:1:Column:12\n"
            f"No such column 'Body' on entity 'Lead'. {HINT}",
        ),
        (
            "SELECT Id, ProductCode FROM Lead WHERE LastName = 3999",
            "INVALID_FIELD",
            "No such column 'ProductCode' on entity 'Lead'",
        ),
        (
            "SELECT Id, LastName FROM Lead WHERE LastName = 3999",
            "INVALID_FIELD",
            "\nId, LastName FROM Lead WHERE LastName = 3999\n                             ^\n"
            "ERROR at Row:1:Column:37\nvalue of filter criterion for field 'LastName' must be of "
            "type string and should be enclosed in quotes",
        ),
        ("SELECT Id\nFROM Lead\nWHERE\n\tIsConverted = 'x'", "INVALID_FIELD", "Row:4:Column:2\n"),
        ("SELECT Id FROM Lead WHERE CreatedDate > 2026-01-01", "INVALID_FIELD", "type dateTime"),
        ("SELECT Id FROM Lead WHERE Id = 'x'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID"),
        ("SELECT Nope.Name FROM Lead", "INVALID_FIELD", "Didn't understand relationship 'Nope'"),
        ("SELECT (SELECT Id FROM Nope) FROM Lead", "INVALID_TYPE", "relationship 'Nope' in FROM"),
        ("SELECT Id FROM Nope", "INVALID_TYPE", "sObject type 'Nope' is not supported"),
        ("SELECT Id, FROM Lead", "MALFORMED_QUERY", "unexpected token: 'FROM'"),
        ("SELECT Id FROM Lead WHERE", "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
        ("SELECT Id FROM Lead WHERE Name IS NULL", "MALFORMED_QUERY", "unexpected token: 'IS'"),
        (
            "SELECT Id FROM Lead WHERE Id = null AND Id = null OR Id = null",
            "MALFORMED_QUERY",
            "unexpected token: 'OR'",
        ),
        ("SELECT Id FROM Lead LIMIT -1", "MALFORMED_QUERY", "unexpected token: '-1'"),
        ("SELECT Id FROM Lead WHERE CreatedDate = SOMEDAY", "MALFORMED_QUERY", "'SOMEDAY'"),
        ("SELECT Id FROM Lead WHERE CreatedDate > 2026-13-01T00:00:00Z", "MALFORMED_QUERY", "-13-"),
        ("SELECT LastName, COUNT(Id) FROM Lead", "MALFORMED_QUERY", "grouped or aggregated"),
        ("SELECT FIELDS(ALL) FROM Lead", "MALFORMED_QUERY", "LIMIT of at most 200"),
        ("SELECT Id FROM Lead OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "2000"),
        ("SELECT NOPE(Id) FROM Lead", "MALFORMED_QUERY", "'NOPE'"),
        ("SELECT Id FROM Lead WHERE Title INCLUDES ('a')", "INVALID_FIELD", "multipicklist"),
    ],
)  # fmt: skip
def test_wrong_queries_are_refused_at_their_place(
    org: Org, text: str, code: str, message: str
) -> None:
    with pytest.raises(OrgError) as refused:
        asked(org, text)
    assert refused.value.code == code
    assert message in refused.value.message
    assert refused.value.status == 400


def test_fields_that_a_user_does_not_see_do_not_exist(org: Org) -> None:
    with pytest.raises(OrgError) as refused:
        answer(org, org.users[SALES], "SELECT lp_key__c FROM Lead", place="")
    assert refused.value.code == "INVALID_FIELD"


@settings(max_examples=examples(40))
@given(st.text(max_size=12))
def test_quoted_text_is_read_as_it_was_written(text: str) -> None:
    from simple_salesforce.format import format_soql

    query = parse(format_soql("SELECT Id FROM Lead WHERE LastName = {}", text))
    assert query.where.right.value == text  # type: ignore[union-attr]


@settings(max_examples=examples(60))
@given(
    st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    st.sampled_from(["WEEK", "MONTH", "QUARTER", "YEAR"]),
    st.integers(1, 30),
)
def test_spans_follow_each_other_without_a_gap(today: date, unit: str, count: int) -> None:
    last, this, following = (days(f"{w}_{unit}", 0, today) for w in ("LAST", "THIS", "NEXT"))
    assert last[1] == this[0] <= today < this[1] == following[0]
    many = days(f"LAST_N_{unit}S", count, today)
    first = days(f"N_{unit}S_AGO", count, today)
    assert (many[0], many[1]) == (first[0], this[0])
    ahead = days(f"NEXT_N_{unit}S", 1, today)
    assert ahead == following

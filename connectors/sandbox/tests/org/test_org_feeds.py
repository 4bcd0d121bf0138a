"""Spans of changes and deletions, sessions, and the sample leads of the practice org."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from leadpolicy_sandbox.salesforce.org import FieldDef, Org, OrgError, ids, load_samples

NOON = datetime(2026, 3, 2, 12, 0, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def org() -> Org:
    org = Org()
    org.freeze(NOON)
    return org


def lead(org: Org) -> str:
    sales = org.users["sales@practice.example"]
    return str(org.create(sales, "Lead", {"LastName": "L", "Company": "C"}).id)


def test_spans_that_follow_each_other_miss_nothing(org: Org) -> None:
    seen: list[str] = []
    made: list[str] = []
    start = NOON - timedelta(hours=1)
    for _ in range(4):
        made.append(lead(org))
        org.skew += timedelta(seconds=37)
        found, start = org.updated("Lead", start, org.now() + 2 * MINUTE)
        seen += found
    assert start == org.now().replace(second=0)
    assert set(seen) == set(made)


def test_a_lag_holds_the_moment_covered_back(org: Org) -> None:
    id = lead(org)
    org.settings["ReplicationLag"] = 5 * MINUTE
    found, covered = org.updated("Lead", NOON - MINUTE, NOON + MINUTE)
    assert (found, covered) == ([id], NOON.replace(second=0) - 5 * MINUTE)


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        (NOON, NOON + timedelta(seconds=20), "at least one minute greater"),
        (NOON, NOON - MINUTE, "at least one minute greater"),
        (NOON - timedelta(days=31), NOON, "more than 30 days ago"),
    ],
)
def test_spans_that_cannot_be_answered(
    org: Org, start: datetime, end: datetime, message: str
) -> None:
    for ask in (org.updated, org.deleted):
        with pytest.raises(OrgError, match=message) as refused:
            ask("Lead", start, end)
        assert refused.value.code == "INVALID_REPLICATION_DATE"


def test_deletions_are_told_even_when_the_bin_was_emptied(org: Org) -> None:
    first, second = lead(org), lead(org)
    org.delete(None, "Lead", first)
    org.skew = MINUTE
    org.delete(None, "Lead", second)
    org.empty_bin(None, [second])
    found, earliest, covered = org.deleted("Lead", NOON - MINUTE, NOON + 5 * MINUTE)
    moment = NOON
    assert found == [(first, moment), (second, moment + MINUTE)]
    assert earliest == (NOON + MINUTE - timedelta(days=30)).replace(second=0)
    assert covered == (NOON + MINUTE).replace(second=0)
    assert org.updated("Lead", NOON - MINUTE, NOON + 5 * MINUTE)[0] == []


def test_sessions_begin_and_end(org: Org) -> None:
    token = org.login("sales@practice.example")
    assert org.user_of(token) is org.users["sales@practice.example"]
    org.expire(token)
    assert org.user_of(token) is None
    with pytest.raises(OrgError) as refused:
        org.login("nobody@practice.example")
    assert refused.value.code == "INVALID_LOGIN"
    assert org.logins == 1


def test_samples_are_the_same_for_a_seed_and_can_be_worked_on(org: Org) -> None:
    made = load_samples(org, 60, seed=3)
    other = Org()
    other.freeze(NOON)
    load_samples(other, 60, seed=3)
    names = [(row["Name"], row["Email"], row["Status"]) for row in org.rows(None, "Lead")]
    assert names == [(row["Name"], row["Email"], row["Status"]) for row in other.rows(None, "Lead")]
    assert len(set(made)) == 60 and org.now() == NOON
    assert {"Closed - Converted", "Working - Contacted"} <= {status for *_, status in names}
    assert all(email.endswith(".example") for _, email, _ in names)
    found, _ = org.updated("Lead", NOON - timedelta(days=30), NOON)
    assert set(found) == set(made)


def test_threads_that_upsert_the_same_key_make_one_record() -> None:
    org = Org()
    org.upsert_field(None, "Lead", FieldDef("key__c", "string", "Key", length=20,
                                            external_id=True, unique=True))  # fmt: skip
    owner = org.users["sales@practice.example"].id
    given = {"LastName": "L", "Company": "C", "OwnerId": owner}

    def work() -> None:
        for number in range(30):
            assert org.upsert(None, "Lead", "key__c", f"k{number}", given).success

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(org.rows(None, "Lead"))) == 30


@given(st.integers(min_value=0, max_value=62**9 - 1), st.sampled_from(["00Q", "003", "0PK", "aB7"]))
@settings(max_examples=examples(50))
def test_an_id_is_found_again_in_fifteen_characters_and_in_any_case(
    number: int, prefix: str
) -> None:
    id = ids.make(prefix, number)
    assert ids.full(id[:15]) == ids.full(id) == ids.full(id.lower()) == ids.full(id.upper()) == id


def _state(org: Org) -> object:
    tables = {name: dict(table.rows) for name, table in org.state.tables.items()}
    lead = org.objects["Lead"]
    fields = {name: (one, list(one.values)) for name, one in lead.fields.items()}
    sets = {name: dict(one.fields) for name, one in org.permission_sets.items()}
    held = {name: list(user.sets) for name, user in org.users.items()}
    return tables, list(fields.items()), list(lead.rules), lead.history, sets, held


@given(st.lists(st.integers(min_value=0, max_value=9), max_size=12))
@settings(max_examples=examples(25))
def test_a_rollback_takes_back_records_and_setup_whole(steps: list[int]) -> None:
    org = Org()
    standing = [lead(org) for _ in range(3)]
    _change(org, standing, 5)
    before = _state(org)
    with org.savepoint() as point:
        for step in steps:
            _change(org, standing, step)
        point.rollback()
        assert _state(org) == before
        assert org.find("Lead", "Email", "x@practice.example") == []


def _change(org: Org, standing: list[str], step: int) -> None:
    from leadpolicy_sandbox.salesforce.org import (
        FieldPermission,
        LeadConvert,
        PermissionSet,
        PicklistValue,
        SetupError,
    )

    allowed = {"x": FieldPermission("Lead.s__c", readable=True, editable=True)}
    try:
        match step:
            case 0:
                lead(org)
            case 1:
                org.update(None, "Lead", standing[0], {"Email": "x@practice.example"})
            case 2:
                org.delete(None, "Lead", standing[1])
            case 3:
                org.merge(None, "Lead", standing[0], [standing[1]])
            case 4:
                org.convert(None, LeadConvert(standing[2], "Closed - Converted"))
            case 5:
                org.upsert_field(None, "Lead", FieldDef("s__c", "string", "S", length=9))
            case 6:
                org.delete_field(None, "Lead", "s__c")
            case 7:
                org.upsert_permission_set(None, PermissionSet("P", "P", fields=allowed))
                org.assign(None, "P", "sales@practice.example")
            case 8:
                org.set_history(None, "Lead", not org.objects["Lead"].history)
            case _:
                values = [PicklistValue("N", "N"), PicklistValue("C", "C", converted=True)]
                org.set_standard_values(None, "LeadStatus", values)
    except SetupError:
        return

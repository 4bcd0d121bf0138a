"""Leads become rows: every attribute in its one form, every problem with its code and place."""

from __future__ import annotations

from collections import ChainMap, UserDict
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from typing import Any

import pytest

from leadpolicy.engine.ingest import Ingest
from leadpolicy.engine.inputs import InputError
from leadpolicy.policy.attributes import Record, choice, flag, whole
from small import UNKNOWN, small

INGEST = Ingest(small())


def problems(lead: object) -> list[tuple[str, str]]:
    """Return code and path of every problem of a lead."""
    with pytest.raises(InputError) as caught:
        INGEST.lead(lead)
    return [(item.code, item.path) for item in caught.value.diagnostics]


def only(lead: object) -> Any:
    """Return the one problem of a lead."""
    with pytest.raises(InputError) as caught:
        INGEST.lead(lead)
    (found,) = caught.value.diagnostics
    return found


def value(name: str, given: object) -> object:
    return INGEST.lead({name: given})[name]


class Industry(StrEnum):
    MACHINERY = "machinery"
    SOFTWARE = "software"


class Size(IntEnum):
    LARGE = 250


class Label(str, Enum):  # noqa: UP042
    SOFTWARE = "software"


class Lead(Record):
    employees = whole("Mitarbeitende")
    industry = choice(Industry, "Branche")
    customer = flag("Kunde")


# --------------------------------------------------------------------------------- clean input
def test_what_is_left_out_or_none_is_unknown_and_a_flag_may_be_false() -> None:
    assert INGEST.lead({}) == UNKNOWN
    assert INGEST.lead(dict.fromkeys(UNKNOWN)) == UNKNOWN


def test_a_row_has_every_attribute_and_is_not_the_callers_own() -> None:
    given = {**UNKNOWN, "employees": 5}
    row = INGEST.lead(given)
    row["employees"] = 6
    assert given["employees"] == 5
    assert set(row) == set(UNKNOWN)


def test_texts_are_composed_and_trimmed_and_blank_ones_are_unknown() -> None:
    assert value("job_title", "  Head of Sales ") == "Head of Sales"
    assert value("job_title", "Mu\u0308ller") == "Müller"
    assert value("job_title", "\u00a0") is None
    assert value("job_title", "") is None
    assert value("industry", "  ") is None
    assert value("industry", " software") == "software"


def test_numbers_are_exact_and_floats_count_by_their_shortest_form() -> None:
    assert value("revenue", 0.1) == Decimal("0.1")
    assert value("revenue", 5) == Decimal(5)
    assert isinstance(value("revenue", 5), Decimal)
    assert value("revenue", Decimal("1.10")) == Decimal("1.1")


def test_moments_are_brought_to_utc() -> None:
    here = datetime(2026, 11, 2, 10, tzinfo=timezone(timedelta(hours=1)))
    found = value("last_login", here)
    assert found == datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert isinstance(found, datetime)
    assert found.tzinfo is UTC


@pytest.mark.parametrize("given", [["crm", "erp"], ("erp", "crm"), {"crm", "erp"}])
def test_sets_of_codes_are_frozen(given: object) -> None:
    assert value("interests", given) == frozenset({"crm", "erp"})


def test_an_empty_set_of_codes_is_known_to_be_empty() -> None:
    assert value("interests", []) == frozenset()


def test_members_of_enumerations_become_plain_values() -> None:
    row = INGEST.lead({"industry": Industry.SOFTWARE, "employees": Size.LARGE})
    assert (row["industry"], row["employees"]) == ("software", 250)
    assert (type(row["industry"]), type(row["employees"])) == (str, int)
    assert type(value("industry", Label.SOFTWARE)) is str
    assert value("job_title", Label.SOFTWARE) == "software"


@pytest.mark.parametrize(
    "lead",
    [
        UserDict({"employees": 5, "industry": "software"}),
        ChainMap[str, object]({"employees": 5}, {"industry": "software"}),
        Lead(employees=5, industry=Industry.SOFTWARE),
    ],
)
def test_any_mapping_or_record_is_a_lead(lead: object) -> None:
    assert INGEST.lead(lead) == {**UNKNOWN, "employees": 5, "industry": "software"}


# ----------------------------------------------------------------------------------- bad input
def test_all_problems_are_reported_at_once_in_the_order_given() -> None:
    assert problems({"emploees": 5, "industry": "Machinery", "employees": "120"}) == [
        ("LP501", "$.emploees"),
        ("LP505", "$.industry"),
        ("LP502", "$.employees"),
    ]


def test_an_unknown_attribute_comes_with_the_nearest_known_one() -> None:
    found = only({"emploees": 5})
    assert found.message == "unknown attribute `emploees` of record `lead`"
    assert found.hint == "did you mean `employees`?"


def test_an_unknown_attribute_is_found_in_a_full_row_as_well() -> None:
    row: dict[Any, object] = {name: None for name in UNKNOWN if name != "revenue"}
    assert problems({**row, "revenu": None}) == [("LP501", "$.revenu")]
    assert problems({**row, 7: None}) == [("LP501", "$")]


@pytest.mark.parametrize(
    ("name", "given", "needs"),
    [
        ("employees", True, "a whole number, not the flag `true`"),
        ("employees", "120", "a whole number, not the text `120`"),
        ("employees", 1.0, "a whole number, not the number `1.0`"),
        ("employees", Decimal(1), "a whole number, not the number `1`"),
        ("revenue", True, "a number, not the flag `true`"),
        ("revenue", "1.5", "a number, not the text `1.5`"),
        ("job_title", 5, "a text, not the number `5`"),
        ("job_title", b"x", "a text, not a value of type `bytes`"),
        ("industry", ["software"], "a code, not a list"),
        ("interests", "crm", "a set of codes, not the text `crm`"),
        ("interests", [["crm"]], "a set of codes, not a list"),
        ("interests", {"crm": 1}, "a set of codes, not a mapping"),
        ("founded_on", "2026-01-31", "a day, not the text `2026-01-31`"),
        ("founded_on", datetime(2026, 1, 31), "a day, not the moment `2026-01-31T00:00:00`"),
        ("last_login", date(2026, 1, 31), "a moment, not the day `2026-01-31`"),
        ("budget_confirmed", 1, "a flag: true or false, not the number `1`"),
        ("customer", "false", "a flag: true or false, not the text `false`"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(name: str, given: object, needs: str) -> None:
    found = only({name: given})
    assert (found.code, found.path) == ("LP502", f"$.{name}")
    assert found.message == f"`{name}` needs {needs}"


@pytest.mark.parametrize(
    "given", [float("nan"), float("inf"), Decimal("-Infinity"), Decimal("sNaN"), 10**28, 1e-300]
)
def test_numbers_that_are_not_finite_or_not_short_are_refused(given: object) -> None:
    assert problems({"revenue": given}) == [("LP503", "$.revenue")]


@pytest.mark.parametrize("digits", [28, 5000])
def test_huge_whole_numbers_are_refused(digits: int) -> None:
    for given in (10**digits, -(10**digits)):
        assert problems({"employees": given}) == [("LP503", "$.employees")]
    assert value("employees", 10**28 - 1) == 10**28 - 1


def test_a_moment_needs_a_time_zone() -> None:
    assert problems({"last_login": datetime(2026, 11, 2)}) == [("LP504", "$.last_login")]


@pytest.mark.parametrize("hours", [14, -14])
def test_a_moment_outside_the_calendar_is_refused(hours: int) -> None:
    zone = timezone(timedelta(hours=hours))
    for moment in (datetime.min, datetime.max):
        assert problems({"last_login": moment.replace(tzinfo=zone)}) == [("LP502", "$.last_login")]


def test_a_code_that_is_none_is_refused_with_the_nearest_one() -> None:
    found = only({"industry": "sofware"})
    assert (found.code, found.message) == ("LP505", "`industry` has no code `sofware`")
    assert found.hint == "did you mean `software`?"
    assert problems({"interests": ["crm", "CRM"]}) == [("LP505", "$.interests")]


def test_long_texts_are_refused_and_never_shown_in_full() -> None:
    assert value("job_title", "x" * 100_000) == "x" * 100_000
    for name in ("job_title", "industry", "employees"):
        found = only({name: "y" * 10_000_000})
        assert len(found.message) < 150
    assert problems({"job_title": "x" * 100_001}) == [("LP506", "$.job_title")]


def test_what_cannot_be_printed_is_not_shown() -> None:
    assert only({"employees": "a\x1b[31m\nb"}).message.endswith("the text `a?[31m?b`")


def test_half_a_character_is_no_text() -> None:
    assert problems({"job_title": "a\ud800"}) == [("LP502", "$.job_title")]


def test_a_list_in_itself_is_refused() -> None:
    endless: list[object] = []
    endless.append(endless)
    assert problems(dict.fromkeys(("interests", "job_title", "employees"), endless)) == [
        ("LP502", "$.interests"),
        ("LP502", "$.job_title"),
        ("LP502", "$.employees"),
    ]


@pytest.mark.parametrize("lead", [None, 5, "employees", [("employees", 5)], b"{}"])
def test_what_is_no_mapping_is_no_lead(lead: object) -> None:
    assert problems(lead) == [("LP511", "$")]


def test_the_error_reads_as_a_list_of_problems() -> None:
    with pytest.raises(ValueError, match="LP501") as caught:
        INGEST.lead({"emploees": 5, "employees": True})
    assert str(caught.value).splitlines() == [
        "$.emploees: error[LP501]: unknown attribute `emploees` of record `lead`",
        "    hint: did you mean `employees`?",
        "$.employees: error[LP502]: `employees` needs a whole number, not the flag `true`",
    ]

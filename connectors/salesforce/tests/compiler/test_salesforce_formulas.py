"""What conditions, scores and grades look like as formulas, and what formulas cannot say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from connectors.salesforce.tests.compiler.leads import accepted, compiled, fields_of, value_of

from leadpolicy_salesforce.formula import Field, Refusal, Settings, formula
from leadpolicy_salesforce.formula.backend import Formulas, SalesforceBackend
from leadpolicy_salesforce.formula.sizes import compiled_size, measured, source_size
from leadpolicy_salesforce.formula.trees import (
    Name,
    UnwritableError,
    Written,
    added,
    infix,
    number,
    text,
    written,
)
from small import small

CONDITIONS = {
    "employees >= 10": "AND(NOT(ISBLANK(employees__c)),employees__c >= 10)",
    "not (employees >= 10)": "AND(NOT(ISBLANK(employees__c)),employees__c < 10)",
    "10 <= employees < 50": (
        "AND(NOT(ISBLANK(employees__c)),10 <= employees__c,employees__c < 50)"
    ),
    "employees < 5 or employees > 9": (
        "AND(NOT(ISBLANK(employees__c)),OR(employees__c < 5,employees__c > 9))"
    ),
    "revenue == 12.50": "AND(NOT(ISBLANK(revenue__c)),revenue__c = 12.5)",
    "revenue in (1, -2.5)": ("AND(NOT(ISBLANK(revenue__c)),OR(revenue__c = 1,revenue__c = -2.5))"),
    "customer": "customer__c",
    "not customer": "NOT(customer__c)",
    "known(customer)": "TRUE",
    "budget_confirmed": ('CASE(budget_confirmed__c,"true",1,"True",1,"TRUE",1,"1",1,0) = 1'),
    "industry == 'machinery'": 'ISPICKVAL(industry__c,"machinery")',
    "industry != 'machinery'": (
        'AND(NOT(ISPICKVAL(industry__c,"")),NOT(ISPICKVAL(industry__c,"machinery")))'
    ),
    "unknown(industry)": 'ISPICKVAL(industry__c,"")',
    "industry in ('machinery', 'software')": (
        'OR(ISPICKVAL(industry__c,"machinery"),ISPICKVAL(industry__c,"software"))'
    ),
    "includes(interests, 'crm')": ('AND(NOT(ISBLANK(interests__c)),INCLUDES(interests__c,"crm"))'),
    "job_title == 'CEO'": 'TRIM(job_title__c) = "CEO"',
    "job_title != 'CEO'": ('AND(NOT(ISBLANK(TRIM(job_title__c))),NOT(TRIM(job_title__c) = "CEO"))'),
    "contains(job_title, 'a \"b\" \\\\')": (
        'AND(NOT(ISBLANK(TRIM(job_title__c))),CONTAINS(TRIM(job_title__c),"a \\"b\\" \\\\"))'
    ),
    "starts_with(job_title, 'Ä')": (
        'AND(NOT(ISBLANK(TRIM(job_title__c))),BEGINS(TRIM(job_title__c),"Ä"))'
    ),
    "ends_with(job_title, 'in')": (
        'AND(NOT(ISBLANK(TRIM(job_title__c))),RIGHT(TRIM(job_title__c),2) = "in")'
    ),
    "contains_ci(job_title, 'Intern')": (
        'AND(NOT(ISBLANK(TRIM(job_title__c))),CONTAINS(LOWER(TRIM(job_title__c)),"intern"))'
    ),
    "contains_ci(job_title, 'boss')": (
        "AND(NOT(ISBLANK(TRIM(job_title__c))),"
        'CONTAINS(SUBSTITUTE(LOWER(TRIM(job_title__c)),"ß","ss"),"boss"))'
    ),
    "in_list(domain(email), 'freemail')": (
        'AND(NOT(ISBLANK(email__c)),CONTAINS(email__c,"@"),'
        'CASE(MID(LOWER(email__c),FIND("@",email__c) + 1,255),"gmx.de",1,"web.de",1,0) = 1)'
    ),
    "founded_on < day('2020-02-29')": (
        "AND(NOT(ISBLANK(founded_on__c)),founded_on__c < DATE(2020,2,29))"
    ),
    "last_login >= moment('2026-01-31T12:00:00+01:00')": (
        'AND(NOT(ISBLANK(last_login__c)),last_login__c >= DATETIMEVALUE("2026-01-31 11:00:00"))'
    ),
    "within(last_login, days(30))": (
        "AND(NOT(ISBLANK(last_login__c)),last_login__c <= NOW(),last_login__c > NOW() - 30)"
    ),
    "older_than(last_login, hours(36))": (
        "AND(NOT(ISBLANK(last_login__c)),last_login__c <= NOW() - 1.5)"
    ),
    "at_least(2, customer, employees > 5, industry == 'other')": (
        "IF(customer__c,1,0) + IF(AND(NOT(ISBLANK(employees__c)),employees__c > 5),1,0)"
        ' + IF(ISPICKVAL(industry__c,"other"),1,0) >= 2'
    ),
}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_condition_becomes_guarded_tests_that_the_platform_takes(condition: str) -> None:
    found = compiled(condition)
    assert found == CONDITIONS[condition]
    assert accepted(str(found), fields_of(small())) == "boolean"


REFUSED = {
    "has_word(job_title, 'intern')": "formulas find no whole words",
    "contains_ci(job_title, 'einkäufer')": "letters beyond ASCII",
    "domain(job_title) == 'gmx.de'": "needs a field of the type e-mail",
    "within(founded_on, days(30))": "the time zone of whoever looks",
    "older_than(last_login, hours(7))": "not an exact number of days",
    "last_login > moment('2026-01-31T12:00:00.5Z')": "whole seconds",
    "founded_on > day('1066-10-14')": "from 1700",
    "count('download') >= 3": "signals of `download` are not on the lead",
    "consent('newsletter', 'email') == 'granted'": "recorded consents are not on the lead",
    "may_mail": "recorded consents are not on the lead",
    "ends_with(job_title, '😀')": "count twice",
    "contains(job_title, 'a\\nb')": "no line breaks",
    "revenue > 1234567890123456": "over 15 digits",
}


@pytest.mark.parametrize("condition", REFUSED)
def test_what_a_formula_cannot_say_exactly_is_refused_with_its_reason(condition: str) -> None:
    found = compiled(condition)
    assert isinstance(found, Refusal)
    assert REFUSED[condition] in found.reason


def test_days_follow_the_calendar_of_the_user_where_that_is_allowed() -> None:
    found = compiled("within(founded_on, days(30))", Settings(user_days=True))
    assert found == (
        "AND(NOT(ISBLANK(founded_on__c)),founded_on__c <= TODAY(),founded_on__c > TODAY() - 30)"
    )


def test_a_long_list_is_refused_with_its_length() -> None:
    entries = [f"mail{place}.example" for place in range(41)]
    policy = small(
        lists={"freemail": {"title": "Freemail", "entries": entries}},
        criteria={"free": {"title": "Free", "when": "in_list(domain(email), 'freemail')"}},
    )
    found = formula(policy, "free", fields_of(policy))
    assert str(found) == "the list `freemail` has 41 entries; a formula holds 40 at most"


def _score(rules: dict[str, Any], **more: Any) -> Any:
    given = {name: {"because": name, **rule} for name, rule in rules.items()}
    return {"title": "Fit", "rules": given, **more}


BANDS = {"A": {"from": 80}, "B": {"from": 50, "below": 80}, "C": {"below": 50}}


def test_points_for_one_picklist_stand_in_one_case_inside_their_bounds() -> None:
    rules = {
        "machines": {"points": 25, "when": "industry == 'machinery'", "group": "who"},
        "size": {"points": 10, "when": "employees >= 50", "group": "who"},
        "code": {"points": 5, "when": "industry in ('software', 'machinery')", "group": "who"},
        "fields": {"points": -3, "per": "employees", "limit": 9},
    }
    groups = {"who": {"lowest": -5, "highest": 30}}
    score = _score(rules, base=1, groups=groups, floor=0, ceiling=99)
    policy = small(scores={"fit": score})
    found = formula(policy, "fit", fields_of(policy))
    assert found == (
        "MIN(MAX(1 + IF(AND(NOT(ISBLANK(employees__c)),employees__c <> 0),"
        "MAX(-3 * employees__c,-9),0)"
        ' + MIN(MAX(CASE(industry__c,"machinery",30,"software",5,0)'
        " + IF(AND(NOT(ISBLANK(employees__c)),employees__c >= 50),10,0),-5),30),0),99)"
    )
    assert accepted(found, fields_of(policy)) == "number"


@pytest.mark.parametrize(("revenue", "expected"), [("2.5", 3), ("-2.5", -3), ("2.49", 2)])
def test_a_score_is_rounded_half_away_from_zero(revenue: str, expected: int) -> None:
    policy = small(scores={"fit": _score({"money": {"points": 1, "per": "revenue"}})})
    fields = fields_of(policy)
    found = formula(policy, "fit", fields)
    assert str(found).startswith("ROUND(")
    values = {field.api: None for field in fields.values()} | {"customer__c": False}
    assert value_of(str(found), {**values, "revenue__c": _decimal(revenue)}, fields) == expected


def _decimal(value: str) -> Any:
    return Decimal(value)


def test_a_grade_names_its_score_once_and_agrees_with_the_bands_at_every_score() -> None:
    rules = {"size": {"points": 1, "per": "employees"}}
    policy = small(
        scores={"fit": _score(rules, floor=-50, ceiling=150)},
        grades={"grade": {"title": "Grade", "of": "fit", "bands": BANDS}},
    )
    fields = fields_of(policy)
    found = str(formula(policy, "grade", fields))
    assert found.startswith("CASE(MFLOOR(")
    assert found.count("MAX(") == 2  # the floor of the score, and the lowest step
    values = {field.api: None for field in fields.values()} | {"customer__c": False}
    for size in range(-60, 160):
        lead = {**values, "employees__c": _decimal(str(size))}
        expected = "A" if size >= 80 else "B" if size >= 50 else "C"
        assert value_of(found, lead, fields) == expected, size


def test_a_rating_puts_two_grades_together() -> None:
    score = _score({"size": {"points": 60, "when": "employees > 5"}})
    grades = {
        "one": {"title": "One", "of": "fit", "bands": BANDS},
        "two": {"title": "Two", "of": "fit", "bands": {"1": {"from": 50}, "2": {"below": 50}}},
    }
    rating = {"title": "Rating", "fit": "one", "engagement": "two"}
    policy = small(scores={"fit": score}, grades=grades, rating=rating)
    fields = fields_of(policy)
    found = str(formula(policy, "rating", fields))
    values = {field.api: None for field in fields.values()} | {"customer__c": False}
    assert value_of(found, values, fields) == "C2"
    assert value_of(found, {**values, "employees__c": _decimal("6")}, fields) == "B1"


def test_a_formula_that_is_too_long_or_compiles_to_too_much_is_refused() -> None:
    rules = {
        f"rule_{place}": {"points": 1, "when": f"contains(job_title, 'word {place}')"}
        for place in range(20)
    }
    policy = small(scores={"fit": _score(rules)})
    fields = fields_of(policy)
    short, most = Settings(most_source=500), Settings(most_compiled=1_000)
    assert "characters; 500 are allowed" in str(formula(policy, "fit", fields, short))
    assert "when it is compiled; the org allows 1,000" in str(formula(policy, "fit", fields, most))
    assert isinstance(formula(policy, "fit", fields), str)


def test_sizes_count_ids_and_bytes_and_follow_what_was_measured() -> None:
    field = Name("Fit__c")
    assert source_size(infix(field, "=", text("ä"))) == 18 + len(' = "ä"'.encode())
    inside = Name("Fit__c", 500)
    assert measured(added([inside, number(1)])) == 500 + 3 + 8
    assert compiled_size(field) > measured(field)


def test_negative_numbers_are_subtracted_and_control_characters_refused() -> None:
    assert written(added([Name("a"), number(-5), number(0), number(2)])) == "a - 5 + 2"
    with pytest.raises(UnwritableError, match="line breaks"):
        text("a\u2028b")
    assert text("Größe") == Written('"Größe"')


def test_the_back_end_gives_formulas_by_output_and_names_the_rest() -> None:
    criteria = {
        "large": {"title": "Large", "when": "employees >= 50"},
        "loud": {"title": "Loud", "when": "large and count('download') > 2 and may_mail"},
    }
    policy = small(criteria=criteria)
    found = SalesforceBackend().compile(policy)
    assert isinstance(found, Formulas)
    assert found.formulas["large"] == CONDITIONS["employees >= 10"].replace("10", "50")
    assert "signals of `download`" in found.refusals["loud"]
    unsupported = [(x.output.name, x.reason) for x in SalesforceBackend().unsupported(policy)]
    assert len([reason for name, reason in unsupported if name == "loud"]) == 2


def test_a_field_that_is_not_the_leads_own_is_not_read() -> None:
    policy = small(criteria={"large": {"title": "Large", "when": "employees >= 50"}})
    wrong = {
        "Owner.Size__c": "not a field of the lead itself",
        "Size__c": "is a text field, which holds no whole",
    }
    for api, reason in wrong.items():
        fields = {**fields_of(policy), "employees": Field(api, "text")}
        assert reason in str(formula(policy, "large", fields))
    assert str(formula(policy, "large", {"employees": "it is encrypted"})) == "it is encrypted"
    assert "no field is bound to `employees`" in str(formula(policy, "large", {}))


def test_a_window_ends_at_the_instant_at_which_the_formula_is_looked_at() -> None:
    policy = small()
    fields = fields_of(policy)
    found = str(compiled("within(last_login, days(1))"))
    now = datetime(2026, 11, 1, 12, tzinfo=UTC)
    values = {field.api: None for field in fields.values()} | {"customer__c": False}
    for age, expected in ((0, True), (86_399, True), (86_400, False), (-1, False)):
        lead = {**values, "last_login__c": now - timedelta(seconds=age)}
        assert value_of(found, lead, fields, now) is expected


def test_what_doubles_with_every_criterion_is_refused_before_it_grows() -> None:
    criteria = {"c0": {"title": "x", "when": "budget_confirmed"}}
    for place in range(1, 30):
        when = "at_least(2, {0}, not {0}, customer)".format(f"c{place - 1}")
        criteria[f"c{place}"] = {"title": "x", "when": when}
    policy = small(criteria=criteria)
    found = formula(policy, "c29", fields_of(policy))
    assert str(found) == "written out it is far too long for a formula"

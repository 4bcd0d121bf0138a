"""The formula language: what is read, what is refused when saving, and what it yields."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from leadpolicy_sandbox.formula import (
    LONGEST,
    EvaluationError,
    FieldKind,
    FormulaError,
    Scope,
    Value,
    Where,
    check,
    evaluate,
    parse,
)

KINDS: dict[str, FieldKind] = {
    "City": "text",
    "Title": "text",
    "Size__c": "number",
    "Share__c": "percent",
    "Status": "picklist",
    "Tags__c": "multipicklist",
    "Met__c": "checkbox",
    "Since__c": "date",
    "Seen__c": "datetime",
    "Owner.Name": "text",
    "$Permission.Free": "checkbox",
}
NOW = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def value(text: str, prior: dict[str, Value] | None = None, /, **values: Value) -> Value:
    return evaluate(parse(text), Scope(values, KINDS, prior, NOW, BERLIN))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3 - 4 / 2", Decimal(5)),
        ("2 * 3 ^ 2", Decimal(36)),
        ("- 2 + 3", Decimal(1)),
        ("1/3*3 = 1", False),
        ("0.1 + 0.2 == 0.3", True),
        ("1 < 2 && 3 != 4 || FALSE", True),
        ("! (1 <> 1)", True),
        ("not true", False),
        ("/* first */ 1 /* ) */ + 1", Decimal(2)),
        (r'"a\"b\\c" & ' + r"'d\'e'", "a\"b\\cd'e"),
        ('IF(TRUE, "a", NULL)', "a"),
        ('"x" & ""', "x"),
        ('""', None),
        ("ROUND(2.5, 0) + ROUND(-2.5, 0)", Decimal(0)),
        ("FLOOR(-1.5)", Decimal(-1)),
        ("MFLOOR(-1.5)", Decimal(-2)),
        ("MCEILING(-1.5)", Decimal(-1)),
        ("CEILING(1.2)", Decimal(2)),
        ("MOD(-7, 3)", Decimal(-1)),
        ("MIN(3, 1, 2) + MAX(3, 1)", Decimal(4)),
        ('CASE(3, 1, "a", 3, "b", "c")', "b"),
        ("TEXT(12.50)", "12.5"),
        ("TEXT(DATE(2026, 1, 31))", "2026-01-31"),
        ('VALUE("1.5") * 2', Decimal(3)),
        ('FIND("b", "abc") + FIND("x", "abc")', Decimal(2)),
        ('SUBSTITUTE(UPPER("straße"), "S", "s")', "sTRAssE"),
        ("LEN('😀')", Decimal(2)),
        ("ADDMONTHS(DATE(2026, 2, 28), 1)", date(2026, 3, 31)),
        ("ADDMONTHS(DATE(2026, 1, 31), 1)", date(2026, 2, 28)),
        ("DATE(2026, 3, 1) - DATE(2026, 2, 1)", Decimal(28)),
        ("TODAY()", date(2026, 11, 22)),
        ("DATEVALUE(NOW())", date(2026, 11, 22)),
        ("NOW() - 0.5", datetime(2026, 11, 21, 11, 30, tzinfo=UTC)),
        ('DATETIMEVALUE("2026-01-31 12:00:00") < NOW()', True),
        ("WEEKDAY(DATE(2026, 11, 21))", Decimal(7)),
        ('REGEX("ABCx", "[A-Z]+|x")', False),
    ],
)
def test_a_formula_yields(text: str, expected: Value) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('City = ""', True),
        ('City <> "x"', True),
        ("ISBLANK(City)", True),
        ("ISNULL(City)", False),
        ('CONTAINS(City, "x")', None),
        ('NOT(CONTAINS(City, "x"))', None),
        ('CONTAINS("CA:NY", City)', True),
        ("Size__c > 5", None),
        ("NOT(Size__c > 5)", None),
        ("NOT(AND(Size__c > 5))", True),
        ("OR(Size__c > 5, Met__c)", False),
        ("IF(Size__c > 5, 1, 2)", Decimal(2)),
        ("Size__c + 1", None),
        ("MAX(Size__c, 1)", None),
        ("BLANKVALUE(Size__c, 3)", Decimal(3)),
        ('NULLVALUE(City, "x")', None),
        ('BLANKVALUE(City, "x")', "x"),
        ("Met__c", False),
        ('ISPICKVAL(Status, "")', True),
        ('TEXT(Status) = ""', True),
        ('CASE(Status, "", 1, 0)', Decimal(1)),
        ('INCLUDES(Tags__c, "a")', None),
        ("TODAY() - Since__c > 30", None),
        ("LEN(City)", Decimal(0)),
        ("Owner.Name & City", None),
    ],
)
def test_blanks_are_read_as_the_platform_reads_them(text: str, expected: Value) -> None:
    assert value(text) == expected


def test_blank_numbers_alone_become_zeros_where_that_is_wanted() -> None:
    scope = Scope({}, KINDS, None, NOW, BERLIN, blanks_as_zero=True)
    assert evaluate(parse("Size__c < 5"), scope) is True
    assert evaluate(parse("ISBLANK(Size__c)"), scope) is False
    assert evaluate(parse("ISBLANK(Since__c)"), scope) is True


def test_fields_are_found_whatever_their_case_and_picklists_by_their_values() -> None:
    assert value("SIZE__C * share__c", Size__c=Decimal(50), Share__c=Decimal(60)) == 30
    assert value('ISPICKVAL(status, "Hot")', Status="Hot") is True
    assert value('CASE(Status, "Hot", "h", "c")', Status="Cold") == "c"
    assert value('INCLUDES(Tags__c, "b")', Tags__c="a;b") is True
    assert value('INCLUDES(Tags__c, "b")', Tags__c="a;bc") is False
    assert value("$permission.free", **{"$Permission.Free": True}) is True


def test_rules_compare_a_record_with_what_it_was() -> None:
    moved = 'ISCHANGED(Status) && ISPICKVAL(PRIORVALUE(Status), "Old")'
    assert value(moved, {"Status": "Old"}, Status="New") is True
    assert value(moved, {"Status": "New"}, Status="New") is False
    assert value("ISCHANGED(Status) || ISCHANGED(Met__c)", {"Met__c": False}) is False
    assert value("ISNEW()") is True
    assert value("ISNEW()", {}) is False
    assert value("ISCHANGED(Status)", None, Status="New") is False
    assert value("TEXT(PRIORVALUE(Status))", None, Status="New") == "New"


@pytest.mark.parametrize(
    "text", ["1 / Size__c", 'VALUE("x")', "DATE(2026, 2, 30)", 'DATEVALUE("x")', "2 ^ 0.5", "LN(0)"]
)
def test_what_has_no_value_is_an_error(text: str) -> None:
    with pytest.raises(EvaluationError):
        value(text, Size__c=Decimal(0))


REFUSED: list[tuple[str, Where, str]] = [
    ("Sise__c > 1", "field", "Field Sise__c does not exist. Check spelling."),
    ("FOO(1)", "field", "Unknown function FOO. Check spelling."),
    ('Status = "Hot"', "field", "Field Status is a picklist field. Picklist fields are only"),
    ("Status", "field", "is a picklist field"),
    ('CONTAINS(Tags__c, "a")', "field", "is a multi-select picklist field"),
    ("ISPICKVAL(Status, City)", "field", "Expected Text literal, received expression"),
    ('INCLUDES(Tags__c, "")', "field", "INCLUDES needs a value to look for"),
    ("ISBLANK(Met__c)", "field", "parameter type for function 'ISBLANK()'. Expected Text, Number"),
    ("AND(1)", "field", "parameter type for function 'AND()'. Expected Boolean, received Number"),
    ('Size__c = "1"', "field", "for operator '='. Expected Number, received Text"),
    ('City < "x"', "field", "for operator '<'"),
    ('"a" & 1', "field", "for operator '&'. Expected Text, received Number"),
    ("Since__c = Seen__c", "field", "Expected Date, received DateTime"),
    ('IF(TRUE, 1, "a")', "field", "Expected Number, received Text"),
    ("CASE(Size__c, 1, TRUE, FALSE)", "field", "for function 'CASE()'"),
    ("IF(TRUE, 1)", "field", "for function 'IF()'. Expected 3, received 2"),
    ("ISCHANGED(City)", "field", "Function ISCHANGED may not be used in this type of formula"),
    ('REGEX(City, "a")', "field", "Function REGEX may not be used"),
    ("PRIORVALUE(City & City) = City", "rule", "Expected Field, received expression"),
    ("ISCHANGED(Owner.Name)", "rule", "may not be used with function ISCHANGED()"),
    ("Size__c + 1", "rule", "incompatible with expected data type (true or false)"),
    ("NOT(" * 900 + "TRUE" + ")" * 900, "field", "too long (4,504 characters)"),
]


@pytest.mark.parametrize(("text", "where", "message"), REFUSED)
def test_a_formula_that_cannot_be_saved_is_refused(text: str, where: Where, message: str) -> None:
    with pytest.raises(FormulaError) as refused:
        check(parse(text), KINDS, where=where)
    assert message in refused.value.message


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 0),
        ("1 +", 3),
        ("IF(TRUE, 1, 2", 13),
        ("1, 2", 1),
        ("City City", 5),
        ('"open', 0),
        ('"a\nb"', 0),
        (r'"a\'"', 0),
        ("50%", 2),
        ("5x", 1),
    ],
)
def test_a_text_that_is_no_formula_is_refused_where_it_goes_wrong(text: str, position: int) -> None:
    with pytest.raises(FormulaError, match="Syntax error") as refused:
        parse(text)
    assert refused.value.position == position


def test_long_and_deep_formulas_are_read() -> None:
    wide = "+".join(["1"] * 1_900)
    assert len(wide) <= LONGEST
    assert check(parse(wide), KINDS, where="field") == "number"
    assert value(wide) == 1_900
    deep = "(" * 1_900 + "1" + ")" * 1_900
    assert value(deep) == 1
    with pytest.raises(FormulaError, match="nested too deeply"):
        check(parse("!" * 3_800 + "TRUE"), KINDS, where="field")


def test_a_formula_knows_the_fields_that_it_names() -> None:
    formula = parse('IF(ISBLANK(City), Owner.Name, "City")')
    assert formula.references == {"City", "Owner.Name"}
    assert check(formula, KINDS, where="field") == "text"

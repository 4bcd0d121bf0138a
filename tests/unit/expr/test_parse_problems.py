"""What is refused, with which code, at which place and with which hint."""

from __future__ import annotations

import pytest

from leadpolicy.expr.parse import parse
from leadpolicy.expr.problems import Problem
from leadpolicy.expr.types import Kind, ValueType, Vocabulary

VOCABULARY = Vocabulary(
    attributes={
        "employees": ValueType(Kind.WHOLE),
        "revenue": ValueType(Kind.NUMBER),
        "title": ValueType(Kind.TEXT),
        "founded": ValueType(Kind.DAY),
        "country": ValueType(Kind.CHOICE, codes=("DE", "AT")),
    },
    outputs={"fit_grade": ValueType(Kind.CHOICE, codes=("B", "A"), ordered=True)},
    signals={"download": {"asset": ValueType(Kind.TEXT)}},
    lists=frozenset({"freemail"}),
    purposes={"newsletter": frozenset({"email"})},
)

NAMES = [
    ("emploees >= 50", "LP201", "emploees", "did you mean `employees`?"),
    ("download", "LP201", "download", "`download` is a signal: write `any('download')`"),
    ("known", "LP201", "known", "write `known(x)`"),
    ("title == null", "LP201", "null", "write `known(x)` or `unknown(x)`"),
    ("title == None", "LP204", "None", "write `known(x)` or `unknown(x)`"),
    ("true", "LP201", "true", "write `True`"),
    ("any('downlod')", "LP207", "'downlod'", "did you mean `download`?"),
    ("any('download', where=aset == 'x')", "LP207", "aset", "did you mean `asset`?"),
    ("any('download', where=title == 'x')", "LP207", "title", "known: `asset`"),
    ("sum('download', of='size')", "LP207", "'size'", "known: `asset`"),
    ("in_list(title, 'freemial')", "LP208", "'freemial'", "did you mean `freemail`?"),
    ("consent('news', 'email') == 'x'", "LP209", "'news'", "known: `newsletter`"),
    ("consent('newsletter', 'mail') == 'x'", "LP209", "'mail'", "did you mean `email`?"),
    ("reaches(fit_grade, 'C')", "LP206", "'C'", "known: `A`, `B`"),
]
SIGNS = [
    ("employees = 50", "=", "write `==`"),
    ("(employees = 50)", "=", "write `==`"),
    ("title and (employees = 50)", "=", "write `==`"),
    ("a == 'x' and (title = 'x')", "=", "write `==`"),
    ("employees === 50", "===", "write `==`"),
    ("employees <> 50", "<>", "write `!=`"),
    ("employees => 50", "=>", "write `>=`"),
    ("employees ≥ 50", "≥", "write `>=`"),
    ("title & title", "&", "write `and`"),
    ("title && title", "&&", "write `and`"),
    ("title | title", "|", "write `or`"),
    ("title || title", "||", "write `or`"),
    ("~title", "~", "write `not`"),
    ("!title", "!", "write `not`, or `!=` to compare"),
    ("employees\u00a0> 5", "\u00a0", "this is a no-break space: write a plain one"),
    ("title == “x”", "“", "write plain quotes, as in `'text'`"),
    ("employees / 2 > 5", "/", "multiply by a number instead, as in `0.5 * x`"),
    ("title AND title", "AND", "write `and`"),
    ("Not title", "Not", "write `not`"),
    ("title is title", "is", "write `==`, or ask `known(x)` or `unknown(x)`"),
    ("1 if title else 2", "if", "write `case((condition, value), otherwise=value)`"),
    ("f'x' == title", "f'x'", "write plain quotes, without a letter in front"),
    ("b'x' == title", "b'x'", "write plain quotes, without a letter in front"),
    (r"title == '\d'", r"\d", r"write `\\` for `\`"),
    ("0x10 < employees", "0x10", "write a number in decimal digits, as in `50` or `12.5`"),
    ("1j < employees", "1j", "write a number in decimal digits, as in `50` or `12.5`"),
]
STRUCTURE = [
    ("employees >=", "LP204", ">=", "a value is missing after `>=`"),
    ("and title", "LP204", "and", "a value is missing before `and`"),
    ("(title and)", "LP204", ")", "a value is missing before `)`"),
    ("employees 50", "LP204", "50", "an operator is missing before `50`"),
    ("title contains 'x'", "LP204", "contains", "an operator is missing before `contains`"),
    ("title not title", "LP204", "not", "an operator is missing before `not`"),
    ("(title", "LP204", "(", "`(` is never closed"),
    ("title)", "LP204", ")", "`)` closes nothing"),
    ("(title]", "LP204", "]", "`]` closes nothing"),
    ("title == 'x", "LP204", "'", "this quote is never closed"),
    ("contains(title, 'x) and & (", "LP204", "'", "this quote is never closed"),
    ("title, title", "LP204", "title, title", "one expression is expected here"),
    ("title[0]", "LP204", "title[0]", "this is not part of the language"),
    ("employees in 5", "LP204", "5", "`in` needs several values in parentheses"),
    ("title in (title,)", "LP204", "title", "only written values can stand behind `in`"),
    ("1 < employees in (5,)", "LP204", "1 < employees in (5,)", "`in` cannot be part of a chain"),
    ("+employees > 5", "LP204", "+employees", "this sign is not part of the language"),
    (
        "employees * revenue",
        "LP204",
        "employees * revenue",
        "one side of `*` must be a written number",
    ),
    (
        "known(title)(title)",
        "LP204",
        "known(title)",
        "only functions of the language can be called",
    ),
    (r"title == '\ud800'", "LP204", r"'\ud800'", "half of a surrogate pair is not text"),
]
CALLS = [
    ("len(title) > 5", "len", "unknown function `len`"),
    ("knwon(title)", "knwon", "unknown function `knwon`"),
    ("min(employees, 5)", "min", "unknown function `min`"),
    ("days(90)", "days(90)", "`days` makes a duration, which stands only as an argument"),
    ("known()", "known()", "`known` has too few arguments"),
    ("known(title, title)", "known(title, title)", "`known` has too many arguments"),
    ("any_of(*title)", "*title", "`any_of` has no such argument"),
    ("any('download', since=days(1))", "since=days(1)", "`any` has no such argument"),
    ("any('download', half_life=days(1))", "half_life=days(1)", "`any` has no such argument"),
    ("contains(title, title)", "title", "`contains` needs a quoted text here"),
    ("contains(title, 5)", "5", "`contains` needs a quoted text here"),
    ("at_least(title, title)", "title", "`at_least` needs a whole number here"),
    ("at_least(True, title)", "True", "`at_least` needs a whole number here"),
    ("within(founded, 90)", "90", "`within` needs a duration here"),
    ("within(founded, days(1.5))", "days(1.5)", "`within` needs a duration here"),
    ("within(founded, days(True))", "days(True)", "`within` needs a duration here"),
    ("within(founded, months(3))", "months(3)", "`within` needs a duration here"),
    ("within(founded, days(0))", "days(0)", "a duration is positive and at most a century"),
    (
        "within(founded, days(999999999999))",
        "days(999999999999)",
        "a duration is positive and at most a century",
    ),
    ("day('2026-02-30')", "'2026-02-30'", "`2026-02-30` is not a day"),
    ("day('20260131')", "'20260131'", "`20260131` is not a day"),
    ("moment('soon')", "'soon'", "`soon` is not a moment"),
    ("moment('2026-01-31T12:00:00')", "'2026-01-31T12:00:00'", "a moment needs a time zone"),
    (
        "moment('0001-01-01T00:00:00+12:00')",
        "'0001-01-01T00:00:00+12:00'",
        "`0001-01-01T00:00:00+12:00` is not a moment",
    ),
    ("unit(title, 'people')", "title", "`unit` needs a number here"),
    ("case((title, 1))", "case((title, 1))", "`case` needs a value for all other leads"),
    ("case(title, otherwise=1)", "title", "a branch is a pair of a condition and a value"),
    ("sum('download')", "sum('download')", "`sum` needs the property that it adds"),
    (
        "count('download', half_life=hours(36))",
        "hours(36)",
        "a half-life is a whole number of days",
    ),
    (
        "count('download', lose=1.5, every=days(1))",
        "1.5",
        "`lose` is more than 0 and at most 1",
    ),
    ("count('download', lose=title, every=days(1))", "title", "`count` needs a number here"),
    (
        "count('download', lose=0.5)",
        "count('download', lose=0.5)",
        "decay is either `half_life`, or `lose` and `every`",
    ),
]
ATTACKS = [
    "__import__('os').system('true')",
    "__import__('os')",
    "().__class__.__bases__[0].__subclasses__()",
    "eval('1')",
    "exec('1')",
    "open('secret')",
    "(lambda: 1)()",
    "[x for x in (1, 2)]",
    "{x: 1 for x in (1, 2)}",
    "f'{title}'",
    "(title := 'x')",
    "title.format(title)",
    "title if title else title",
    "globals()['x']",
    "getattr(title, 'x')",
    "known(**title)",
    "known(*title)",
    "9 ** 9 ** 9",
    "'x' % title",
    "title; title",
    "import os",
    "title) or (title",
    "title)\nprint('x')\n(title",
    "await title",
    "(yield title)",
    "print",
    "...",
    "title\x00",
    "\ud800",
    "''' or '''",
]


def problems(text: str) -> tuple[Problem, ...]:
    parsed = parse(text, VOCABULARY)
    assert parsed.node is None
    return parsed.problems


def shown(text: str, problem: Problem) -> str:
    assert problem.place is not None
    return text[slice(*problem.place)]


@pytest.mark.parametrize(("text", "code", "place", "hint"), NAMES)
def test_unknown_names_come_with_the_nearest_known(
    text: str, code: str, place: str, hint: str
) -> None:
    (problem,) = problems(text)
    assert (problem.code, shown(text, problem), problem.hint) == (code, place, hint)


@pytest.mark.parametrize(("text", "place", "hint"), SIGNS)
def test_signs_of_other_languages_come_with_the_right_one(text: str, place: str, hint: str) -> None:
    problem = problems(text)[0]
    assert (problem.code, shown(text, problem), problem.hint) == ("LP204", place, hint)


@pytest.mark.parametrize(("text", "code", "place", "message"), STRUCTURE)
def test_broken_structure_is_explained(text: str, code: str, place: str, message: str) -> None:
    (problem,) = problems(text)
    assert (problem.code, shown(text, problem), problem.message) == (code, place, message)


@pytest.mark.parametrize(("text", "place", "message"), CALLS)
def test_wrong_calls_are_explained(text: str, place: str, message: str) -> None:
    (problem,) = problems(text)
    assert (problem.code, shown(text, problem), problem.message) == ("LP205", place, message)


def test_reaches_needs_an_order() -> None:
    (problem,) = problems("reaches(country, 'DE')")
    assert (problem.code, problem.place) == ("LP202", (8, 15))


def test_all_problems_are_reported_in_order() -> None:
    text = "emploees >= 50\n  and knwon(titel)\n  and titel == 'x' or in_list(title, 'fremail')"
    found = problems(text)
    assert [(item.code, shown(text, item)) for item in found] == [
        ("LP201", "emploees"),
        ("LP205", "knwon"),
        ("LP201", "titel"),
        ("LP208", "'fremail'"),
    ]


@pytest.mark.parametrize("text", ["", "   ", "\n", "# only a remark"])
def test_an_empty_text_says_so(text: str) -> None:
    assert [item.message for item in problems(text)] == ["the text is empty"]


@pytest.mark.parametrize("text", ATTACKS)
def test_text_never_runs_code(text: str) -> None:
    assert {item.code for item in problems(text)} <= {"LP201", "LP204", "LP205"}


@pytest.mark.parametrize(
    "text",
    [
        "title" * 2_001,
        "(" * 5_000,
        "(" * 200 + "title" + ")" * 200,
        "not " * 61 + "title",
        "not " * 2_400 + "title",
        "-" * 9_999,
        "-" * 5_000 + "employees",
        "employees in (" + "1," * 3_000 + ")",
        "1+" * 4_900 + "1",
        "1<" * 4_900 + "1",
        "2*" * 100 + "employees",
        "1" * 29,
        "0." + "1" * 29,
        "1e28",
        "1e-29",
        "1e999999999",
        "1e" + "9" * 20,
        "1e-" + "9" * 30,
        "case((case((known(" * 40 + "title" + "), 1), otherwise=2), 1), otherwise=2)" * 40,
        "1 < case((" * 30 + "1 < 2 < 3" + ", 1), otherwise=2) < 3" * 30,
    ],
    ids=lambda text: text[:20],
)
def test_too_much_is_refused(text: str) -> None:
    assert [item.code for item in problems(text)] == ["LP210"]


@pytest.mark.parametrize(
    "text",
    ["not " * 58 + "known(title)", "employees+" * 900 + "employees", "9" * 28, "1e27", "1e-28"],
    ids=lambda text: text[:20],
)
def test_much_is_allowed(text: str) -> None:
    assert parse(text, VOCABULARY).problems == ()


def test_many_problems_end_the_search() -> None:
    assert len(problems(" or ".join(f"no{number}" for number in range(900)))) == 50

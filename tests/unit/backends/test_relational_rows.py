"""Expressions over one row: what they refuse and why, and where databases accept them."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from databases import DIALECTS, Database, Stored, column_type, layout_of, opened, store
from effort import examples
from leadpolicy.backends import relational
from leadpolicy.backends.relational import Layout, Refusal, condition, expression, marked_words
from leadpolicy.expr.evaluate import evaluate
from leadpolicy.expr.facts import Facts
from leadpolicy.expr.folding import fold, has_word
from leadpolicy.expr.nodes import (
    And,
    AtLeast,
    Attribute,
    Case,
    Compare,
    Comparison,
    EmailDomain,
    Extreme,
    InList,
    Known,
    Literal,
    Node,
    Not,
    Or,
    Output,
    Pick,
    Rounded,
    Scaled,
    Sum,
    TextRelation,
    TextTest,
)
from leadpolicy.expr.parse import parse
from leadpolicy.expr.types import Kind
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy.testing.samples import NEEDLES, TEXTS
from small import STATE, small

AT: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)
PLAIN: Final = Layout({name: name for name in small().vocabulary.attributes})


@pytest.fixture(params=DIALECTS, scope="module")
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    with opened(request.param) as found:
        yield found


def policy(**criteria: str) -> CheckedPolicy:
    return small(criteria={name: {"title": name, "when": text} for name, text in criteria.items()})


def node(text: str) -> Node:
    found = parse(text, small().vocabulary).node
    assert found is not None
    return found


def written(found: str | Refusal) -> str:
    assert isinstance(found, str), found
    return found


# ------------------------------------------------------------------------------------ refusals
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "count('download') >= 3",
            "signals of `download` stand in a table of their own, not in a column of the lead",
        ),
        ("may_mail", "consents stand in a table of their own, not in a column of the lead"),
        ("within(last_login, days(3))", "it depends on the instant of the decision"),
        ("older_than(founded_on, days(3))", "it depends on the instant of the decision"),
        (
            "contains_ci(job_title, 'head')",
            "letter case beyond ASCII needs a helper column with the folded text",
        ),
        ("has_word(job_title, 'head')", "whole words need a helper column with marked words"),
        (
            "in_list(domain(email), 'freemail')",
            "the domain of an address needs a helper column with it",
        ),
        ("employees > 1000000000000000", "the number has over 15 digits"),
        ("contains(job_title, 'a\\x00b')", "databases keep no texts with the character NUL"),
    ],
)
def test_what_one_row_cannot_tell_is_refused_with_the_reason(text: str, reason: str) -> None:
    checked = policy(asked=text, other="not asked")
    for name in DIALECTS:
        assert expression(checked, "asked", name, PLAIN) == Refusal(reason)
        assert str(expression(checked, "other", name, PLAIN)) == reason
        assert condition(Not(Output("asked")), checked, name, PLAIN) == Refusal(reason)


def test_an_attribute_without_a_column_is_refused() -> None:
    layout = Layout({"employees": "size"})
    found = expression(policy(asked="employees > 3 and customer"), "asked", "sqlite", layout)
    assert found == Refusal("no column holds the attribute `customer`")


def test_too_many_decimals_are_refused() -> None:
    of: Node = Attribute("revenue")
    for _ in range(11):
        of = Scaled(of, Decimal("0.1"))
    found = condition(Compare(Comparison.GT, of, Literal(Kind.WHOLE, 1)), small(), "sqlite", PLAIN)
    assert found == Refusal("the result would need over 12 decimals")


def test_what_gets_too_large_when_written_out_is_refused() -> None:
    names = [f"c{i}" for i in range(14)]
    chain = {"c0": "employees > 3"} | {
        after: f"({before} and customer) or not {before}"
        for before, after in itertools.pairwise(names)
    }
    found = expression(policy(**chain), names[-1], "postgres", PLAIN)
    assert found == Refusal("written out it is too large for one expression")


BUDGET: Final = Attribute("budget_confirmed")
CUSTOMER: Final = Attribute("customer")
EMPLOYEES: Final = Attribute("employees")


def _rounded(of: Node) -> Node:
    return Rounded(Scaled(Extreme(Pick.LOWEST, (of, Literal(Kind.WHOLE, 5))), Decimal("0.5")))


def _deep(levels: int, start: Node, step: Callable[[Node], Node]) -> Node:
    for _ in range(levels):
        start = step(start)
    return start


NESTS: Final[Mapping[str, Callable[[int], Node]]] = {
    "connectives": lambda n: _deep(n, BUDGET, lambda of: Or((CUSTOMER, And((of, BUDGET))))),
    "tests": lambda n: _deep(n, BUDGET, lambda of: Case(((of, CUSTOMER),), BUDGET)),
    "values": lambda n: _deep(n, BUDGET, lambda of: Case(((CUSTOMER, of),), BUDGET)),
    "counts": lambda n: _deep(n, BUDGET, lambda of: AtLeast(2, (of, CUSTOMER, BUDGET))),
    "equal": lambda n: _deep(n, BUDGET, lambda of: Compare(Comparison.EQ, of, CUSTOMER)),
    "numbers": lambda n: Known(_deep(n, EMPLOYEES, _rounded)),
    "sums": lambda n: Known(_deep(n, Attribute("revenue"), lambda of: Sum((of, EMPLOYEES)))),
}


@pytest.mark.parametrize("name", NESTS)
def test_what_is_not_refused_as_too_large_runs(database: Database, name: str) -> None:
    store(database, small(), {"lead": Stored({"budget_confirmed": True, "employees": 3})})
    refused = []
    for levels in (3, 15, 30, 90, 190):
        of = NESTS[name](levels)
        found = condition(of, small(), database.dialect, layout_of(small()))
        refused.append(isinstance(found, Refusal))
        if isinstance(found, str):
            database.run(f"SELECT {found} FROM leads")
    assert refused == sorted(refused)
    assert not refused[0]


def test_an_unknown_output_is_an_error() -> None:
    with pytest.raises(KeyError):
        expression(small(), "nothing", "sqlite", PLAIN)


def test_without_sqlglot_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlglot", None)
    for name in [name for name in sys.modules if name.startswith(f"{relational.__name__}.")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ImportError, match=r"run `pip install 'leadpolicy\[relational\]'`"):
        _ = relational.RelationalBackend
    with pytest.raises(AttributeError, match="has no attribute `nothing`"):
        _ = relational.nothing


def test_sqlglot_is_loaded_on_first_use_only() -> None:
    program = (
        "import sys, leadpolicy, leadpolicy.backends.relational as r;"
        "r.Layout({}); assert 'sqlglot' not in sys.modules;"
        "r.expression; assert 'sqlglot' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


# ---------------------------------------------------------------------------------- placement
def test_a_constraint_refuses_a_lead_that_does_not_meet_a_condition(database: Database) -> None:
    checked = policy(ready="employees >= 50 and budget_confirmed")
    is_ready = written(condition(Output("ready"), checked, database.dialect, PLAIN))
    columns = {"state": "VARCHAR(20)", "employees": "INTEGER"}
    flag = column_type(database.dialect, Kind.FLAG)
    check = f"{flag}, CHECK (NOT ({database.name('state')} = 'sql') OR {is_ready})"
    database.create("leads", {**columns, "budget_confirmed": check})
    good = {"state": "sql", "employees": 50, "budget_confirmed": True}
    database.insert("leads", [good, good | {"state": "mql", "employees": None}])
    for bad in ({"employees": None}, {"budget_confirmed": None}, {"employees": 49}):
        with pytest.raises(Exception, match=r"(?i)constraint"):
            database.insert("leads", [good | bad])
    assert len(database.run("SELECT * FROM leads")) == 2


@pytest.mark.parametrize("dialect", ["sqlite", "postgres"])
def test_a_trigger_asks_about_the_new_row(dialect: Any) -> None:
    checked = policy(ready="employees >= 50")
    with opened(dialect) as database:
        is_ready = written(condition(Output("ready"), checked, dialect, PLAIN, row="NEW"))
        database.create("leads", {"id": "INTEGER", "employees": "INTEGER"})
        for statement in _TRIGGERS[dialect]:
            database.run(statement.format(is_ready=is_ready))
        database.insert("leads", [{"id": 1, "employees": 50}])
        with pytest.raises(Exception, match="not ready"):
            database.insert("leads", [{"id": 2, "employees": None}])


_TRIGGERS: Final = {
    "sqlite": (
        "CREATE TRIGGER ready BEFORE INSERT ON leads WHEN NOT ({is_ready})"
        " BEGIN SELECT RAISE(ABORT, 'not ready'); END",
    ),
    "postgres": (
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF NOT ({is_ready}) THEN RAISE EXCEPTION 'not ready'; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER ready BEFORE INSERT ON leads FOR EACH ROW EXECUTE FUNCTION refuse()",
    ),
}


# --------------------------------------------------------------------------------------- texts
@settings(max_examples=examples(300))
@given(
    st.sampled_from(TEXTS) | st.text("aß_ .-＜|é\u0301１", max_size=8),
    st.sampled_from(NEEDLES) | st.text("aß_ .-é１", min_size=1, max_size=3),
)
def test_marked_words_contain_a_marked_needle_where_the_text_has_the_word(
    text: str, needle: str
) -> None:
    if fold(needle):
        found = marked_words(needle) in marked_words(text)
        assert found is has_word(fold(text), fold(needle))


ODD: Final = ("O'Brien", 'a "b"', "back\\slash", "per%cent_", "line\nbreak", ":name ?", "Käse\\'x")


def answer(database: Database, of: Node, layout: Layout | None = None) -> dict[str, Any]:
    checked = small()
    found = condition(of, checked, database.dialect, layout or layout_of(checked))
    return dict(database.run(f"SELECT {database.name('id')}, {written(found)} FROM leads"))


def test_no_character_of_a_text_has_a_meaning_of_its_own(database: Database) -> None:
    leads = {f"lead {i}": Stored({"job_title": text}) for i, text in enumerate(ODD)}
    store(database, small(), leads)
    for text in ODD:
        same = Compare(Comparison.EQ, Attribute("job_title"), Literal(Kind.TEXT, text))
        for of in (same, *(TextTest(kind, Attribute("job_title"), text) for kind in TextRelation)):
            assert answer(database, of) == {
                key: evaluate(of, Facts(AT, lead.attributes)) is True for key, lead in leads.items()
            }


def test_case_accents_and_blanks_make_texts_differ(database: Database) -> None:
    store(database, small(), {"lead": Stored({"job_title": "Käse"})})
    for other in ("käse", "Kase", "Käse ", "KÄSE"):
        same = Compare(Comparison.EQ, Attribute("job_title"), Literal(Kind.TEXT, other))
        assert answer(database, same) == {"lead": False}


@pytest.mark.parametrize("text", [None, "", "nobody", "A@B@GMX.de", "x@ web.de", "x@"])
def test_ascii_columns_need_no_helper(database: Database, text: str | None) -> None:
    checked, email = small(), Attribute("email")
    layout = replace(PLAIN, ascii=frozenset({"email"}))
    store(database, checked, {"lead": Stored({"email": text})})
    known = Facts(AT, {"email": text or None}, lists=checked.lists)
    for of in (
        InList(EmailDomain(email), "freemail"),
        Known(EmailDomain(email)),
        TextTest(TextRelation.CONTAINS_CI, email, "GMX"),
        Not(InList(EmailDomain(email), "freemail")),
    ):
        assert answer(database, of, layout) == {"lead": evaluate(of, known) is True}


# ------------------------------------------------------------------------------------- moments
@pytest.mark.parametrize(
    "stored",
    [
        "2026-11-21T12:00:00+00:00",
        "2026-11-21 12:00:00",
        "2026-11-21T12:00:00Z",
        "2026-11-21T12:00:00.000000Z",
        "2026-11-21T13:30:00+01:30",
        "2026-11-21 07:00:00.000-05:00",
    ],
)
def test_sqlite_reads_every_iso_form_of_an_instant(stored: str) -> None:
    with opened("sqlite") as database:
        database.create("leads", {"id": "TEXT", "last_login": "TEXT"})
        database.insert("leads", [{"id": "lead", "last_login": stored}])
        for op in Comparison:
            for moment in (AT, AT + TICK, AT - TICK):
                of = Compare(op, Attribute("last_login"), Literal(Kind.MOMENT, moment))
                expected = evaluate(of, Facts(AT, {"last_login": AT}))
                assert bool(answer(database, of, PLAIN)["lead"]) is expected


TICK: Final = timedelta(microseconds=1)


def test_an_empty_text_is_unknown_in_a_column_of_any_kind_of_sqlite() -> None:
    with opened("sqlite") as database:
        names = list(small().vocabulary.attributes)
        database.create("leads", {"id": "TEXT", **dict.fromkeys(names, "TEXT")})
        database.insert("leads", [{"id": "lead", **dict.fromkeys(names, "")}])
        for name in names:
            assert answer(database, Known(Attribute(name)), PLAIN) == {"lead": name == "customer"}


def test_a_state_and_the_outputs_it_needs_are_written_out() -> None:
    checked = small(
        criteria={"large": {"title": "Large", "when": "employees >= 50"}},
        states={"lead": STATE, "mql": STATE | {"entry": "large and customer"}},
        transitions={"qualify": {"title": "Qualify", "from": ["lead"], "to": "mql"}},
    )
    found = written(expression(checked, "state.mql.entry", "sqlite", PLAIN))
    assert found == (
        "CASE WHEN NULLIF(\"employees\", '') IS NOT NULL"
        " AND CAST(NULLIF(\"employees\", '') AS INTEGER) >= 50"
        " AND COALESCE(NULLIF(\"customer\", ''), FALSE) THEN TRUE"
        " WHEN (NULLIF(\"employees\", '') IS NOT NULL"
        " AND CAST(NULLIF(\"employees\", '') AS INTEGER) < 50)"
        " OR NOT COALESCE(NULLIF(\"customer\", ''), FALSE) THEN FALSE END"
    )

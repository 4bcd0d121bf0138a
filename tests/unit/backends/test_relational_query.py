"""The query of a whole policy: what it needs, how it reads, and time in consents and signals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Final

import pytest

from databases import DIALECTS, Database, Stored, decided, layout_of, opened, store
from leadpolicy.backends.relational import (
    Layout,
    RelationalBackend,
    SignalTable,
    UnsupportedPolicyError,
)
from leadpolicy.backends.relational.dialects import DialectName
from leadpolicy.documents.read import read
from leadpolicy.engine.inputs import ConsentEvent
from leadpolicy.engine.lead_policy import LeadPolicy
from leadpolicy.expr.facts import Signal
from leadpolicy.expr.types import CONSENT_STATUSES
from leadpolicy.policy.checked import CheckedPolicy
from small import STATE, small
from snapshot import assert_same_as_kept

AT: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)
PACK: Final = Path(__file__).parents[3] / "policies" / "b2b-de"
HOUR: Final = timedelta(hours=1)
TICK: Final = timedelta(microseconds=1)


@pytest.fixture(params=DIALECTS, scope="module")
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    with opened(request.param) as found:
        yield found


def policy(**criteria: str) -> CheckedPolicy:
    return small(criteria={name: {"title": name, "when": text} for name, text in criteria.items()})


def score(**rule: object) -> CheckedPolicy:
    rules = {"rule": {"because": "because", "points": 10, **rule}}
    return small(scores={"score": {"title": "Score", "rules": rules, "decimals": 2}})


def answers(database: Database, checked: CheckedPolicy, leads: dict[str, Stored]) -> object:
    compiled = RelationalBackend(database.dialect, layout_of(checked)).compile(checked)
    store(database, checked, leads)
    return decided(database, compiled, AT)


def by_library(checked: CheckedPolicy, leads: dict[str, Stored]) -> object:
    library = LeadPolicy(checked)
    found = {}
    for key, lead in leads.items():
        signals, events = lead.signals, lead.events
        decision = library.decide(lead.attributes, signals=signals, consents=events, at=AT)
        found[key] = {**decision.reading.outputs, "state": decision.state}
    return found


# ------------------------------------------------------------------------------------- refusals
def test_everything_that_cannot_be_carried_out_is_listed_at_once() -> None:
    checked = policy(
        words="has_word(job_title, 'a') and count('download', where=contains_ci(asset, 'x')) > 2",
        clicks="any('click')",
        mail="consent('newsletter', 'email') == 'granted' and employees > 3",
    )
    layout = Layout({"job_title": "title"}, signals=SignalTable())
    found = list(RelationalBackend("sqlite", layout).unsupported(checked))
    assert [
        (item.output.name, item.reason) for item in found if item.output.name != "may_mail"
    ] == [
        ("may_track", "the layout names no table of consents"),
        ("words", "whole words need a helper column with marked words"),
        ("words", "no column holds the property `download.asset`"),
        (
            "clicks",
            "signals of `click` need the gate `may_track`,"
            " and the layout names no table of consents",
        ),
        ("mail", "the layout names no table of consents"),
        ("mail", "no column holds the attribute `employees`"),
    ]
    with pytest.raises(UnsupportedPolicyError, match=r"(?s)`sqlite` cannot .*\n- `words`: whole"):
        RelationalBackend("sqlite", layout).compile(checked)


def test_signals_need_a_table() -> None:
    backend = RelationalBackend("duckdb", replace(layout_of(small()), signals=None))
    (found,) = backend.unsupported(policy(asked="any('download')"))
    assert found.reason == "the layout names no table of signals"


def test_names_of_the_result_are_not_taken_twice() -> None:
    checked = policy(key="customer", state="customer")
    found = RelationalBackend("sqlite", layout_of(checked)).unsupported(checked)
    assert [item.reason for item in found] == [
        "`key` is the name of another column of the result",
        "`state` is the name of another column of the result",
    ]


def test_a_name_longer_than_a_column_name_is_refused() -> None:
    checked = policy(**{"c" * 64: "customer"})
    longest: dict[DialectName, int] = {"postgres": 63, "mysql": 64, "sqlite": 200, "duckdb": 200}
    for name, length in longest.items():
        found = list(RelationalBackend(name, layout_of(checked)).unsupported(checked))
        assert bool(found) is (length < 64)


def test_a_very_long_half_life_needs_a_window() -> None:
    endless = score(per="count('download')", decay={"half_life": "1000 days"})
    within = score(per="count('download', within=days(90))", decay={"half_life": "1000 days"})
    backend = RelationalBackend("postgres", layout_of(endless))
    (found,) = backend.unsupported(endless)
    assert found.reason == "a half-life of 1000 days needs a window of 10000 days or less"
    assert not list(backend.unsupported(within))


# ------------------------------------------------------------------------------------- decisions
def test_of_consent_events_at_one_instant_the_same_one_counts(database: Database) -> None:
    checked = policy(
        **{f"is_{s}": f"consent('newsletter', 'email') == '{s}'" for s in CONSENT_STATUSES}
    )
    leads = {
        f"{one} {other}": Stored(
            {}, events=[ConsentEvent("newsletter", "email", s, AT - HOUR) for s in (one, other)]
        )
        for one, other in permutations(CONSENT_STATUSES, 2)
    }
    assert answers(database, checked, leads) == by_library(checked, leads)


def test_a_signal_counts_while_its_gate_was_open_and_is_open(database: Database) -> None:
    checked = policy(clicked="count('click') >= 1", told="known(last('click'))")
    times = (AT - 3 * HOUR, AT - 2 * HOUR, AT - HOUR)
    leads = {
        f"{number} {statuses}": Stored(
            {},
            signals=[Signal("click", times[1] + number * TICK)],
            events=[
                ConsentEvent("tracking", "web", status, moment)
                for status, moment in zip(statuses, times, strict=True)
            ],
        )
        for statuses in permutations(("granted", "withdrawn", "confirmed"))
        for number in (-1, 0, 1)
    }
    assert answers(database, checked, leads) == by_library(checked, leads)


@pytest.mark.parametrize(
    "rule",
    [
        {"per": "count('download')", "decay": {"half_life": "7 days"}},
        {"per": "count('download', within=hours(36))", "decay": {"half_life": "90 days"}},
        {"per": "count('download')", "decay": {"every": "36 hours", "lose": 0.3}},
        {"per": "days_since('download')"},
        {"per": "sum('download', of='pages', where=gated or pages > 3)", "limit": 55},
    ],
)
def test_ages_are_exact_to_the_microsecond(database: Database, rule: dict[str, object]) -> None:
    checked, day = score(**rule), timedelta(days=1)
    edges = [day * days for days in (0, 1, 2, 7, 146, 147, 400)] + [36 * HOUR]
    leads = {
        f"{edge} {beside}": Stored(
            {},
            signals=[
                Signal("download", AT - edge - beside, {"pages": 5}),
                Signal("download", AT - edge, {"pages": None, "gated": True}),
            ],
        )
        for edge in edges
        for beside in (-TICK, timedelta(0), TICK)
    }
    assert answers(database, checked, leads) == by_library(checked, leads)


def test_halves_are_rounded_away_from_zero(database: Database) -> None:
    rules = {"rule": {"because": "b", "points": 1, "per": "lowest(revenue, 1000) * 0.5"}}
    checked = small(
        scores={
            "whole": {"title": "Whole", "rules": rules},
            "tenths": {"title": "Tenths", "rules": rules, "decimals": 1},
        }
    )
    values = ["-2.50", "-1.01", "-1.00", "-0.99", "0.01", "0.10", "0.99", "1.00", "3.01", "2000"]
    leads = {value: Stored({"revenue": Decimal(value)}) for value in values}
    assert answers(database, checked, leads) == by_library(checked, leads)


def test_the_last_eligible_state_counts_wherever_the_initial_one_stands(database: Database) -> None:
    entries = {"one": "employees > 1", "lead": None, "two": "employees > 2", "none": None}
    checked = small(
        states={
            name: STATE if entry is None else STATE | {"entry": entry}
            for name, entry in entries.items()
        },
        transitions={
            f"to_{name}": {"title": "Go", "from": ["lead"], "to": name, "by": ["sales"]}
            for name in entries
            if name != "lead"
        },
    )
    leads = {str(number): Stored({"employees": number}) for number in (None, 1, 2, 3)}
    found = answers(database, checked, leads)
    assert found == by_library(checked, leads)


def test_tables_with_a_schema_and_other_names_are_read() -> None:
    with opened("duckdb") as found:
        found.run("CREATE SCHEMA crm")
        found.run('CREATE TABLE crm."my leads" ("No" INTEGER, "company size" INTEGER)')
        found.run("""INSERT INTO crm."my leads" VALUES (7, 50), (8, NULL)""")
        checked = small(
            criteria={"large": {"title": "Large", "when": "employees >= 50"}}, gates={}, signals={}
        )
        layout = Layout({"employees": "company size"}, table="crm.my leads", key="No")
        compiled = RelationalBackend("duckdb", layout).compile(checked)
        assert compiled.columns == ("key", "large", "state")
        rows = sorted(found.run(compiled.select(AT)))
        assert rows == [(7, True, "lead"), (8, None, "lead")]


def test_an_instant_in_another_zone_is_the_same_instant(database: Database) -> None:
    checked = policy(recent="within(last_login, days(3))", today="within(founded_on, days(1))")
    compiled = RelationalBackend(database.dialect, layout_of(checked)).compile(checked)
    local = AT.astimezone(checked.timezone)
    assert compiled.select(local) == compiled.select(AT)
    assert compiled.select(AT) != compiled.select(AT + TICK)


# ------------------------------------------------------------------------------------- snapshots
@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_text_of_the_reference_pack_is_kept(dialect: DialectName) -> None:
    checked = read(PACK, today=date(2026, 11, 21)).require()
    lists = {name: frozenset(sorted(entries)[:2]) for name, entries in checked.lists.items()}
    shorter = replace(checked, lists=lists)
    text = RelationalBackend(dialect, layout_of(shorter)).compile(shorter).select(AT)
    text = re.sub(r"\d{60,}", lambda found: f"{found[0][:28]}…", text)
    assert_same_as_kept(f"relational/b2b-de.{dialect}.txt", text + "\n")

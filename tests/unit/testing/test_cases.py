"""Cases: read with their places, inherited from situations, and told apart when they fail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leadpolicy.diagnostics import PolicyError
from leadpolicy.documents.read import read_policy_text
from leadpolicy.engine.lead_policy import LeadPolicy
from leadpolicy.testing.cases import BEGINNING, load_cases, run_cases

POLICY = """
policy: small
version: "1"
title: Small
governance:
  owner: sales
  sales_ready_decided_by: [sales]
  may_change: [sales]
  review_by: 2030-01-01
record:
  attributes:
    employees: {type: whole, title: Employees}
signals:
  visit: {title: Visit, evidence: behavioural, weight: exploratory, origin: form}
  click:
    title: Click
    evidence: behavioural
    weight: exploratory
    origin: terminal_tracking
    gate: seen
purposes:
  watching: {title: Watching, channels: [web]}
gates:
  seen: {title: Seen, purpose: watching, channel: web}
criteria:
  big: {title: Big, when: employees >= 50}
scores:
  points:
    title: Points
    rules:
      large: {points: 7, because: large, when: big}
      visits: {points: 2, because: visits, per: count('visit')}
      clicks: {points: 1, because: clicks, per: count('click')}
initial: lead
states:
  lead: {title: Lead, definition: A lead., responsible: {marketing: decides}}
  good: {title: Good, definition: A good lead., responsible: {sales: decides}, entry: big}
transitions:
  up: {title: Up, from: [lead], to: good}
"""

HEAD = """at: "2026-11-02T12:00:00Z"
situations:
  large:
    lead: {employees: 60}
    signals: [{type: visit, ago: 2 days, times: 2}]
    consents: {watching: {web: granted}}
cases:
"""


@pytest.fixture(scope="module")
def policy() -> LeadPolicy:
    return LeadPolicy(read_policy_text(POLICY).require())


def _write(folder: Path, cases: str, head: str = HEAD) -> Path:
    path = folder / "cases.yaml"
    path.write_text(head + cases)
    return path


def _only_result(folder: Path, policy: LeadPolicy, case: str) -> str:
    (result,) = run_cases(policy, load_cases(_write(folder, case)))
    return result.text()


def test_a_case_takes_over_what_it_does_not_state(tmp_path: Path) -> None:
    (case,) = load_cases(_write(tmp_path, "  - {name: A, like: large, expect: {}}\n"))
    at = datetime(2026, 11, 2, 12, tzinfo=UTC)
    assert case.lead == {"employees": 60}
    assert [item.occurred_at for item in case.signals] == [at - timedelta(days=2)] * 2
    assert [(item.status, item.at) for item in case.consents] == [("granted", BEGINNING)]
    assert case.at == at


def test_a_case_states_what_differs(tmp_path: Path) -> None:
    text = """  - name: {de: B, en: C}
    like: large
    lead: {employees: null}
    signals: []
    consents: {watching: {web: [{status: granted, ago: 3 days}, {status: withdrawn, ago: 1 day}]}}
    at: "2026-01-02T00:00:00+01:00"
    expect: {}
"""
    (case,) = load_cases(_write(tmp_path, text))
    assert case.lead == {"employees": None}
    assert case.signals == ()
    assert [item.status for item in case.consents] == ["granted", "withdrawn"]
    assert case.at == datetime(2026, 1, 1, 23, tzinfo=UTC)
    assert case.consents[1].at == case.at - timedelta(days=1)
    assert (case.name.de, str(case)) == ("B", "C")


def test_a_case_that_holds_passes(tmp_path: Path, policy: LeadPolicy) -> None:
    text = """  - name: Holds
    like: large
    expect:
      state: good
      eligible: [lead, good]
      scores: {points: 11}
      criteria: {big: met}
      fired: [points.large, points.visits]
      owed: []
      ignored: []
"""
    (result,) = run_cases(policy, load_cases(_write(tmp_path, text)))
    assert result.passed, result.text()
    assert result.text().endswith("cases.yaml:8: passed: Holds")


def test_a_failure_names_the_place_and_both_values(tmp_path: Path, policy: LeadPolicy) -> None:
    text = "  - {name: {de: Falsch, en: Wrong}, lead: {employees: 5}, expect: {state: good}}\n"
    (result,) = run_cases(policy, load_cases(_write(tmp_path, text)))
    assert not result.passed
    assert result.failures == ("state: expected `good`, found `lead`",)
    assert result.text("de").splitlines()[0].endswith("cases.yaml:8: failed: Falsch")


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("{name: N, expect: {criteria: {big: met}}}", "criterion `big`: expected met, found undec"),
        ("{name: N, expect: {criteria: {big: met}}}", "employees = unknown"),
        ("{name: N, expect: {criteria: {bg: met}}}", "`bg` is not a criterion of the policy"),
        ("{name: N, expect: {fired: [points.large]}}", "rule `points.large`: expected points"),
        ("{name: N, like: large, expect: {not_fired: [points.large]}}", "expected no points"),
        ("{name: N, expect: {fired: [points.lage]}}", "did you mean `points.large`?"),
        ("{name: N, expect: {scores: {points: 3}}}", "points: expected `3`, found `0`"),
        ("{name: N, expect: {scores: {other: 3}}}", "other: expected `3`, found unknown"),
        ("{name: N, expect: {eligible: []}}", "eligible states: expected none, found `lead`"),
        ("{name: N, expect: {rating: A1}}", "rating: expected `A1`, found unknown"),
        (
            "{name: N, signals: [{type: click}], expect: {ignored: []}}",
            "unusable signals: expected none, found `click`",
        ),
        ("{name: N, lead: {employees: many}, expect: {}}", "the input is refused: "),
        ("{name: N, lead: {emploees: 5}, expect: {}}", "the input is refused: "),
        ("{name: N, signals: [{type: vist}], expect: {}}", "the input is refused: "),
    ],
)
def test_every_difference_is_told(tmp_path: Path, policy: LeadPolicy, case: str, said: str) -> None:
    assert said in _only_result(tmp_path, policy, f"  - {case}\n")


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("  - {name: N, like: lrge, expect: {}}\n", "LP154", ":8:"),
        ("  - {name: N, expect: {stat: lead}}\n", "LP151", ":8:"),
        ("  - {name: N}\n", "LP152", ":8:"),
        ("  - {name: N, at: yesterday, expect: {}}\n", "LP153", ":8:"),
        ("  - {name: N, at: '2026-11-02', expect: {}}\n", "LP153", ":8:"),
        ("  - {name: N, signals: [{type: visit, ago: 2}], expect: {}}\n", "LP153", ":8:"),
        ("  - {name: N, signals: [{type: visit, times: 0}], expect: {}}\n", "LP153", ":8:"),
        ("  - {name: N, expect: {criteria: {big: maybe}}}\n", "LP154", ":8:"),
        ("  []\n", "LP153", ":8:"),
        ("  - [\n", "LP101", ":8:"),
    ],
)
def test_a_broken_file_is_told_with_its_place(
    tmp_path: Path, text: str, code: str, place: str
) -> None:
    with pytest.raises(PolicyError) as error:
        load_cases(_write(tmp_path, text))
    assert [item.code for item in error.value.diagnostics] == [code]
    assert f"cases.yaml{place}" in str(error.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as error:
        load_cases(tmp_path / "none.yaml")
    assert [item.code for item in error.value.diagnostics] == ["LP107"]

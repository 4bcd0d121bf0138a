"""The reference pack: the baseline to the letter, three known holes, a source for every number."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from leadpolicy.diagnostics import Severity
from leadpolicy.documents.read import Document, read
from leadpolicy.engine.lead_policy import LeadPolicy
from leadpolicy.policy.fields import Part, Wording
from leadpolicy.policy.lifecycle import Responsibility
from leadpolicy.testing.cases import Case, load_cases, run_cases

PACKS = Path(__file__).parents[2] / "policies"
PACK = PACKS / "b2b-de"
TODAY = date(2026, 11, 21)
CASES = load_cases(PACK / "cases.yaml")


@pytest.fixture(scope="module")
def document() -> Document:
    return read(PACK, today=TODAY)


@pytest.fixture(scope="module")
def policy(document: Document) -> LeadPolicy:
    return LeadPolicy(document.require())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_pack_decides_the_case(policy: LeadPolicy, case: Case) -> None:
    (result,) = run_cases(policy, [case])
    assert result.passed, result.text()


def test_it_reports_the_three_holes_of_the_baseline_and_nothing_else(document: Document) -> None:
    found = {item.code: item for item in document.diagnostics}
    assert sorted(item.code for item in document.diagnostics) == ["LP408", "LP409", "LP410"]
    assert {item.severity for item in document.diagnostics} == {Severity.WARNING}
    assert "from 10 to below 50 people" in found["LP408"].message
    assert "`mql` but never `sql`" in found["LP408"].message
    assert found["LP409"].path == "$.scores.engagement.rules.newsletter_subscriber"
    assert found["LP410"].message.startswith("only `A1`, `A2`, `A3`, `B1` have a response time")


@pytest.mark.parametrize(
    ("code", "file", "line"),
    [
        ("LP408", "lifecycle.yaml", "entry: sql"),
        ("LP409", "scores.yaml", "newsletter_subscriber:"),
        ("LP410", "agreement.yaml", "sla:"),
    ],
)
def test_each_hole_is_shown_where_it_is(
    document: Document, code: str, file: str, line: str
) -> None:
    (span,) = (item.span for item in document.diagnostics if item.code == code)
    assert span is not None
    assert Path(span.source).name == file
    assert (PACK / file).read_text().splitlines()[span.line - 1].strip() == line


def test_every_state_is_the_outcome_of_a_case(document: Document) -> None:
    expected = {case.expect.state for case in CASES}
    assert set(document.require().policy.states) <= expected


def test_every_rule_that_takes_points_is_shown_to_fire_and_not_to_fire(document: Document) -> None:
    fired = {name for case in CASES for name in case.expect.fired}
    spared = {name for case in CASES for name in case.expect.not_fired}
    plans = document.require().scores.items()
    negative = {
        f"{name}.{line.id}" for name, plan in plans for line in plan.lines if line.points < 0
    }
    assert negative <= fired
    assert negative - spared <= {"engagement.empty_required_fields"}


def test_every_criterion_of_the_glossary_has_its_verdicts_in_cases() -> None:
    told = {(name, word) for case in CASES for name, word in case.expect.criteria.items()}
    for name in ("mql", "sql"):
        assert {(name, "met"), (name, "not met"), (name, "undecided")} <= told


THRESHOLDS = [
    ("criteria.yaml", "employees >= 10", "employees >= 11"),
    ("criteria.yaml", "employees >= 10", "employees >= 9"),
    ("criteria.yaml", "employees >= 50", "employees >= 51"),
    ("criteria.yaml", "employees >= 50", "employees >= 49"),
    ("criteria.yaml", "count('content_download') >= 3", "count('content_download') >= 4"),
    ("criteria.yaml", "count('content_download') >= 3", "count('content_download') >= 2"),
    ("criteria.yaml", "      and newsletter_consent\n", ""),
    ("criteria.yaml", "budget_confirmed and budget_released", "budget_confirmed"),
    ("criteria.yaml", "budget_confirmed and budget_released", "budget_released"),
    ("criteria.yaml", "      and sales_contact_doi\n", ""),
    ("criteria.yaml", "      and buying_request\n", ""),
    ("criteria.yaml", "      and target_segment\n", ""),
    ("criteria.yaml", "'praktikantin', ", ""),
    ("criteria.yaml", "days(90)", "days(91)"),
    ("criteria.yaml", "days(180)", "days(181)"),
    ("consent.yaml", "    double_opt_in: true\n", ""),
    ("lifecycle.yaml", "    stay: not sales_contact_declined\n    exit_to: nurture\n", ""),
    ("lists.yaml", "angebotswerk.example, ", ""),
    ("scores.yaml", "employees >= 50", "employees > 50"),
    ("scores.yaml", "employees < 10", "employees <= 10"),
    ("scores.yaml", "within=days(30)", "within=days(31)"),
    ("scores.yaml", "half_life: 90 days", "half_life: 60 days"),
    ("scores.yaml", "limit: 9", "limit: 12"),
    ("grades.yaml", "80", "81"),
    ("grades.yaml", '"1":\n        from: 50', '"1":\n        from: 51'),
    ("readiness.yaml", "at_least: 3", "at_least: 2"),
    ("agreement.yaml", "'A2', 'A3'", "'A2', 'A4'"),
]


@pytest.mark.parametrize(("file", "old", "new"), THRESHOLDS)
def test_the_cases_notice_when_the_pack_is_changed(
    tmp_path: Path, file: str, old: str, new: str
) -> None:
    folder = Path(shutil.copytree(PACK, tmp_path / "b2b-de"))
    text = (folder / file).read_text()
    assert old in text
    changed = text.replace(old, new)
    if file == "grades.yaml" and "from: 51" in new:
        changed = changed.replace('"2":\n        from: 25\n        below: 50', _SECOND_BAND)
    (folder / file).write_text(changed)
    results = run_cases(LeadPolicy(read(folder).require()), CASES)
    assert not all(result.passed for result in results)


_SECOND_BAND = '"2":\n        from: 25\n        below: 51'


def _numbered_parts(part: Part, path: str) -> Iterator[tuple[str, Part, bool]]:
    """Yield every part with whether it or a part without a source in it holds a number."""
    has_number = False
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        if value == field.default:
            continue
        items = value.items() if hasattr(value, "items") else [(name, value)]
        for key, item in items:
            if isinstance(item, Part) and not isinstance(item, Wording):
                inner = list(_numbered_parts(item, f"{path}.{key}"))
                if "source" in type(item).model_fields:
                    yield from inner
                else:
                    has_number = has_number or any(numbered for _, _, numbered in inner)
            elif isinstance(item, int | Decimal) and not isinstance(item, bool) and item:
                has_number = has_number or name != "priority"
    yield path, part, has_number


def test_every_number_has_its_source(document: Document) -> None:
    policy = document.require().policy
    bare = []
    for section, parts in policy.sections():
        for name, part in parts.items():
            for path, item, numbered in _numbered_parts(part, f"{section}.{name}"):
                if numbered and getattr(item, "source", None) is None:
                    bare.append(path)
    assert bare == []
    assert policy.governance.source is not None
    assert policy.feedback is not None
    assert policy.feedback.source is not None


def test_the_readme_names_every_rule_and_promise(document: Document) -> None:
    readme = (PACK / "README.md").read_text()
    checked = document.require()
    rules = [f"{name}.{line.id}" for name, plan in checked.scores.items() for line in plan.lines]
    promises = [f"sla.{name}" for name in checked.policy.sla]
    gates = [f"gates.{name}" for name in checked.policy.gates]
    assert [name for name in (*rules, *promises, *gates) if f"`{name}`" not in readme] == []


def _wordings(value: object, path: str) -> Iterator[tuple[str, Wording]]:
    if isinstance(value, Wording):
        yield path, value
    elif isinstance(value, Part):
        for name in type(value).model_fields:
            yield from _wordings(getattr(value, name), f"{path}.{name}")
    elif hasattr(value, "items"):
        for name, item in value.items():
            yield from _wordings(item, f"{path}.{name}")


SAME_IN_BOTH = {
    "Lead",
    "Newsletter",
    "Software",
    "Webinar",
    "MQL",
    "Person",
    "Rating",
    "SAL",
    "SQL",
    "TDDDG § 25",
}


def test_every_text_is_in_german_and_english(document: Document) -> None:
    same = {
        path: text.de
        for path, text in _wordings(document.require().policy, "policy")
        if text.de == text.en
    }
    assert set(same.values()) <= SAME_IN_BOTH, same


def test_every_state_is_shared_or_has_one_who_decides(document: Document) -> None:
    for name, state in document.require().policy.states.items():
        roles = set(state.responsible.values())
        assert roles & {Responsibility.DECIDES, Responsibility.VALIDATES}, name


def test_no_step_into_a_sales_stage_is_open_to_marketing_alone(document: Document) -> None:
    policy = document.require().policy
    for name in ("sal", "sql", "opportunity", "customer"):
        for step in policy.transitions.values():
            assert not (step.to == name and step.by and "sales" not in step.by)


def test_the_lifecycle_goes_back_as_well_as_on(document: Document) -> None:
    policy = document.require().policy
    rank = {name: place for place, name in enumerate(policy.states)}
    steps = {(source, step.to) for step in policy.transitions.values() for source in step.from_}
    exits = {(name, state.exit_to) for name, state in policy.states.items() if state.exit_to}
    back = {(source, to) for source, to in steps | exits if rank[to] < rank[source]}
    assert back >= {
        ("mql", "nurture"),
        ("sql", "nurture"),
        ("rejected", "nurture"),
        ("rejected", "mql"),
        ("customer", "nurture"),
        ("blocked", "lead"),
    }


def test_the_texts_promise_nothing_about_the_law() -> None:
    words = ("compliant", "konform", "rechtssicher", "abmahnsicher", "tamper-proof")
    for file in sorted(PACKS.rglob("*")):
        if file.suffix in {".yaml", ".md"}:
            text = file.read_text().lower()
            assert not [word for word in words if word in text], file

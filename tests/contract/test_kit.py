"""The kit itself: its catalogue, reasons, reports, and how it is run."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadpolicy.crm.capabilities import Capabilities
from leadpolicy.testing.contract import (
    BaseSandbox,
    Mark,
    NotOfferedError,
    Report,
    Result,
    Tier,
    behaviour_named,
    behaviours,
    check,
    run,
)
from leadpolicy.testing.contract.__main__ import main
from leadpolicy.testing.contract.behaviour import Behaviour, Group, ViolationError, expect
from leadpolicy.testing.contract.bench import Bench
from leadpolicy.testing.contract.reasons import ReasonsError, read_reasons
from leadpolicy.testing.contract.references.harnesses import REFERENCES, MemoryHarness
from leadpolicy.testing.contract.report import badge, to_dict, to_markdown
from leadpolicy.testing.contract.sandbox import Sandbox

SLUGS = [behaviour.slug for behaviour in behaviours()]
CHEAP = ["an-empty-batch-makes-no-call", "a-key-has-one-outcome", "texts-are-never-cut"]
MEMORY = "leadpolicy.testing.contract.references.harnesses:MemoryHarness"


# ---------------------------------------------------------------------------------- catalogue
def test_every_behaviour_has_a_number_a_slug_and_a_sentence_of_its_own() -> None:
    found = behaviours()
    assert len({b.label for b in found}) == len({b.slug for b in found}) == len(found)
    assert len({b.statement for b in found}) == len(found)
    assert all(b.statement.endswith(".") and b.statement[0].isupper() for b in found)
    assert {b.group for b in found} == set(Group)


def test_there_are_no_gaps_in_the_numbers() -> None:
    numbers = sorted(b.number for b in behaviours() if b.group is not Group.STORE)
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_higher_tier_has_the_behaviours_of_the_lower_ones() -> None:
    for lower, higher in zip(list(Tier), list(Tier)[1:], strict=False):
        assert set(behaviours(lower)) <= set(behaviours(higher))
    assert not behaviours(Tier.NONE)


def test_an_unknown_slug_is_answered_with_the_nearest_one() -> None:
    with pytest.raises(KeyError, match="a-batch-is-one-call"):
        behaviour_named("a-batch-is-one-cal")


def test_the_base_sandbox_has_every_optional_member() -> None:
    required = {"open", "seed", "held"}
    members = {name for name in dir(Sandbox) if not name.startswith("_")}
    assert {name for name in members if not hasattr(BaseSandbox, name)} <= required


def test_what_a_sandbox_leaves_out_names_itself() -> None:
    with pytest.raises(NotOfferedError, match="`merge`"):
        BaseSandbox().merge("a", "b")


# ------------------------------------------------------------------------------------ results
def made(check_: object, tier: Tier = Tier.BRONZE) -> Behaviour:
    return replace(behaviours()[0], check=check_, tier=tier)  # type: ignore[arg-type]


def violates(_bench: Bench) -> None:
    expect(False, "two | three")


def breaks(_bench: Bench) -> None:
    raise ZeroDivisionError("oh")


def lacks(bench: Bench) -> None:
    bench.scene(deployed=False).crm.merge("a", "b")


def holds(_bench: Bench) -> None:
    expect(True, "never")


@pytest.mark.parametrize(
    ("check_", "mark", "reason"),
    [
        (holds, Mark.PASSED, ""),
        (violates, Mark.FAILED, "two | three"),
        (breaks, Mark.FAILED, "ZeroDivisionError: oh"),
        (
            lacks,
            Mark.FAILED,
            "the sandbox does not offer `merge`, and `connector.toml` gives no reason",
        ),
    ],
)
def test_a_result_says_why(check_: object, mark: Mark, reason: str) -> None:
    result = check(made(check_), MemoryHarness())
    assert (result.mark, result.reason) == (mark, reason)


def test_a_written_reason_takes_a_behaviour_out() -> None:
    behaviour = made(violates)
    result = check(behaviour, MemoryHarness(), {behaviour.slug: "there is nothing to see here"})
    assert (result.mark, result.reason) == (Mark.EXEMPT, "there is nothing to see here")


def test_capabilities_take_a_behaviour_out_with_a_sentence() -> None:
    result = check(behaviour_named("a-job-answers-like-a-call"), MemoryHarness())
    assert (result.mark, result.reason) == (Mark.NOT_APPLICABLE, "the connector has no jobs")


@given(st.lists(st.tuples(st.sampled_from(list(Tier)[1:]), st.booleans())))
def test_the_tier_is_the_highest_that_was_shown_without_a_failure_in_it_or_below(
    results: list[tuple[Tier, bool]],
) -> None:
    report = reported([(tier, Mark.PASSED if passed else Mark.FAILED) for tier, passed in results])
    assert all(passed for tier, passed in results if tier <= report.tier)
    assert report.tier is Tier.NONE or (report.tier, True) in results
    for tier in {tier for tier, passed in results if passed and tier > report.tier}:
        assert any(not passed for other, passed in results if other <= tier)


def reported(results: list[tuple[Tier, Mark]]) -> Report:
    rows = tuple(Result(made(holds, tier), mark, "a | b") for tier, mark in results)
    return Report("acme", "1.2", Capabilities(), rows)


def test_a_report_is_data_a_page_and_a_badge() -> None:
    chosen = [behaviour_named(slug) for slug in CHEAP]
    report = run(MemoryHarness(), chosen, {CHEAP[0]: "nothing was ever sent here"})
    data = json.loads(json.dumps(to_dict(report)))
    assert data["counts"] == {"passed": 2, "failed": 0, "exempt": 1, "not applicable": 0}
    assert [row["slug"] for row in data["behaviours"]] == CHEAP
    assert all(row["statement"] in to_markdown(report) for row in data["behaviours"])
    picture = ElementTree.fromstring(badge(report))
    assert picture.attrib["aria-label"] == "leadpolicy contract: bronze (1 exempt)"


def test_bars_in_a_reason_do_not_break_the_table() -> None:
    page = to_markdown(reported([(Tier.SILVER, Mark.PASSED), (Tier.GOLD, Mark.FAILED)]))
    assert "a \\| b" in page
    assert page.startswith("# `acme` 1.2: silver\n")


# ------------------------------------------------------------------------------------ reasons
def reasons_in(folder: Path, text: str) -> Path:
    path = folder / "connector.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_reasons_are_read_by_slug(tmp_path: Path) -> None:
    path = reasons_in(tmp_path, '[exempt]\ncalls-run-at-once = "the CRM takes one call at a time"')
    assert read_reasons(path, SLUGS) == {"calls-run-at-once": "the CRM takes one call at a time"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[exempt]\ncalls-run-at-one = "one call at a time here"', "calls-run-at-once"),
        ('[exempt]\ncalls-run-at-once = "n/a"', "has to be a sentence"),
        ("[exempt]\ncalls-run-at-once = true", "has to be a sentence"),
        ("exempt = 1", "is no table"),
        ("[exempt", "cannot be read"),
    ],
)
def test_reasons_that_say_nothing_are_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ReasonsError, match=said):
        read_reasons(reasons_in(tmp_path, text), SLUGS)


# ------------------------------------------------------------------------------- command line
def test_the_command_line_writes_a_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    only = ["--only", "an-empty-batch-makes-no-call", "--only", "texts-are-never-cut"]
    assert main([MEMORY, *only, "--out", str(tmp_path / "out")]) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("memory ")
    assert "09  an-empty-batch-makes-no-call  passed" in shown.err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "badge.svg",
        "report.json",
        "report.md",
    ]


def test_the_command_line_fails_with_a_behaviour(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([MEMORY, "--only", "secrets-are-masked", "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["tier"] == "none"
    assert "gives no reason" in report["behaviours"][0]["reason"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "names no harness"),
        (["nowhere.at_all:Harness"], "cannot be loaded"),
        ([MEMORY, "--only", "texts-are-ever-cut"], "texts-are-never-cut"),
        ([MEMORY, "--reasons", "missing.toml"], "cannot be read"),
    ],
)
def test_the_command_line_says_what_is_wrong(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert said in capsys.readouterr().err


def test_the_behaviours_can_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list", "--tier", "bronze"]) == 0
    listed = capsys.readouterr().out
    assert "a-kill-loses-nothing" in listed
    assert "calls-run-at-once" not in listed


SUITE = f"""
from leadpolicy.testing.contract import contract_tests
from {MEMORY.partition(":")[0]} import MemoryHarness

test_contract = contract_tests(MemoryHarness(), "connector.toml")
"""


def test_the_kit_runs_in_a_test_suite(tmp_path: Path) -> None:
    reasons_in(tmp_path, '[exempt]\nsecrets-are-masked = "the CRM is opened without a login"')
    (tmp_path / "test_it.py").write_text(SUITE, encoding="utf-8")
    chosen = "secrets or empty-batch or one-outcome or job-answers"
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-k", chosen, "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "2 passed, 2 skipped" in done.stdout
    assert "exempt: the CRM is opened without a login" in done.stdout
    assert "not applicable: the connector has no jobs" in done.stdout


def test_references_are_named_like_their_connectors() -> None:
    for name, harness in REFERENCES.items():
        assert harness.name == name


def test_a_violation_is_an_assertion() -> None:
    with pytest.raises(AssertionError, match="no"):
        raise ViolationError("no")

"""Policies are found by path or by name, and written in Python they compile the same."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

import leadpolicy
from leadpolicy.documents.read import read
from leadpolicy.engine.loading import find_policy, read_policy, shipped_packs
from leadpolicy.policy.policy import Policy

ROOT = Path(__file__).parents[2]
MACHINES = ROOT / "tests" / "conformance" / "machines.yaml"
CHILD = 'policy: child\nversion: "1"\nextends: b2b-de\n'


def test_a_folder_a_file_and_a_name_lead_to_the_same_policy() -> None:
    places = (
        "b2b-de",
        ROOT / "policies" / "b2b-de",
        str(ROOT / "policies" / "b2b-de" / "policy.yaml"),
    )
    assert len({leadpolicy.load(place).content_hash for place in places}) == 1
    assert "b2b-de" in shipped_packs()


def test_what_stands_in_the_file_system_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "policies" / "b2b-de", "b2b-de")
    assert find_policy("b2b-de") == Path("b2b-de")


def test_a_name_that_is_not_shipped_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(leadpolicy.PolicyError, match="did you mean `b2b-de`") as caught:
        leadpolicy.load("b2b-ed")
    assert [item.code for item in caught.value.diagnostics] == ["LP110"]


def test_shipped_packs_can_be_extended_from_anywhere(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text(CHILD, encoding="utf-8")
    policy = leadpolicy.load(tmp_path)
    assert (policy.name, policy.version) == ("child", "1")
    assert "sql" in {state.name for state in policy.checked.states}


def test_packs_that_are_given_come_before_neighbours_and_those_before_shipped_ones(
    tmp_path: Path,
) -> None:
    child = tmp_path / "here" / "child" / "policy.yaml"
    child.parent.mkdir(parents=True)
    child.write_text(CHILD, encoding="utf-8")
    for place, version in ((tmp_path / "here", "near"), (tmp_path / "given", "given")):
        pack = place / "b2b-de" / "policy.yaml"
        pack.parent.mkdir(parents=True)
        text = MACHINES.read_text(encoding="utf-8").replace("title: Kontakt", f"title: {version}")
        pack.write_text(text, encoding="utf-8")
    found = [leadpolicy.load(child), leadpolicy.load(child, packs=[tmp_path / "given"])]
    titles = [item.checked.policy.record.title for item in found]
    assert [title.de for title in titles if title is not None] == ["near", "given"]


def test_every_problem_is_raised_with_its_place(tmp_path: Path) -> None:
    text = MACHINES.read_text(encoding="utf-8").replace("employees >=", "emploees >=")
    (tmp_path / "policy.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(leadpolicy.PolicyError) as caught:
        leadpolicy.load(tmp_path)
    assert len(caught.value.diagnostics) == 3
    assert all(item.span is not None for item in caught.value.diagnostics)
    assert "policy.yaml:96:7: error[LP201]" in str(caught.value)


def test_a_review_is_held_against_a_day_only_when_asked() -> None:
    codes = [
        {item.code for item in read_policy(MACHINES, today=day).diagnostics}
        for day in (None, datetime(2030, 1, 1, tzinfo=UTC).date())
    ]
    assert ["LP405" in found for found in codes] == [False, True]


def test_the_clock_gives_the_instant_where_none_is_named() -> None:
    instant = datetime(2026, 11, 2, 9, tzinfo=UTC)
    policy = leadpolicy.load(MACHINES, clock=lambda: instant)
    assert policy.decide({}).at == instant
    before = datetime.now(UTC)
    assert before <= leadpolicy.load(MACHINES).decide({}).at <= datetime.now(UTC)


def policy_with_list(file: str) -> Policy:
    data = dict(read(MACHINES).tree.data)
    data["lists"] = {"freemail": {"title": "Freemail", "file": file}}
    return Policy.model_validate(data)


def test_policies_in_python_compile(tmp_path: Path) -> None:
    (tmp_path / "domains.txt").write_text("gmx.de # a provider\n", encoding="utf-8")
    policy = leadpolicy.compile(policy_with_list("domains.txt"), folder=tmp_path)
    assert policy.checked.lists["freemail"] == {"gmx.de"}


def test_files_of_lists_are_never_left_out_in_silence(tmp_path: Path) -> None:
    with pytest.raises(leadpolicy.PolicyError, match="no folder is given"):
        leadpolicy.compile(policy_with_list("domains.txt"))
    with pytest.raises(leadpolicy.PolicyError, match="not found"):
        leadpolicy.compile(policy_with_list("domains.txt"), folder=tmp_path)

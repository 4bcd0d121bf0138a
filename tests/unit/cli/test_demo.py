"""`demo`: the whole way once, the same every time, in a folder of its own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]


@pytest.mark.parametrize("lang", ["en", "de"])
def test_the_demo_goes_the_whole_way(folder: Path, run: Run, lang: str) -> None:
    result = run("demo", "--out", "demo", "--leads", "80", "--lang", lang)
    assert result.exit_code == 0
    expected = {
        "en": ("second sync: 0 written, 80 unchanged", "What is missing for", " cases passed"),
        "de": ("zweitens: 0 geschrieben, 80 unverändert", "Was fehlt für", " Fällen bestanden"),
    }[lang]
    for part in (*expected, "34 to add", "LP408", "LP409", "LP410", "MQL"):
        assert part in result.stdout
    assert result.stderr == ""
    files = {path.name for path in Path("demo").iterdir()}
    assert {"crm.db", "decisions.jsonl", "glossary_de.html", "lifecycle.svg", "plan.txt"} <= files
    lines = Path("demo/decisions.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 80
    assert {"policy", "lines", "criteria"} <= set(json.loads(lines[0])["decision"])


def test_the_demo_is_the_same_every_time_and_starts_afresh(folder: Path, run: Run) -> None:
    first = run("demo", "--out", "demo", "--leads", "40").stdout
    kept = Path("demo/decisions.jsonl").read_bytes()
    Path("demo/mine.txt").touch()
    assert run("demo", "--out", "demo", "--leads", "40").stdout == first
    assert Path("demo/decisions.jsonl").read_bytes() == kept
    assert not Path("demo/mine.txt").exists()
    assert run("demo", "--out", "demo", "--leads", "40", "--seed", "1").stdout != first


def test_what_the_demo_prints_to_do_next_works(folder: Path, run: Run) -> None:
    shown = run("demo", "--out", "demo", "--leads", "40").stdout
    command = shown.splitlines()[-1].split()
    assert shutil.which(command[0]) is not None
    assert Path(command[0]).name == "leadpolicy"
    again = run(*command[1:])
    assert again.exit_code == 0
    assert "nothing to write, 40 unchanged" in again.stderr


def test_other_folders_are_never_emptied(folder: Path, run: Run) -> None:
    result = run("demo", "--out", ".")
    assert result.exit_code == 2
    assert "is not a folder that a demo made" in result.stderr
    assert Path("crm.db").exists()
    Path("file").touch()
    assert run("demo", "--out", "file").exit_code in {1, 2}
    Path("empty").mkdir()
    assert run("demo", "--out", "empty", "--leads", "1").exit_code == 0
    assert run("demo", "--leads", "0").exit_code == 2

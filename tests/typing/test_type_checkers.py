"""Type checkers accept what is right and reject exactly the lines that are marked as wrong.

They run as authors have them: mypy --strict without any plug-in, and pyright.

Every `passes_*.py` and `fails_*.py` beside this file is checked. A wrong line ends in
`# expect: error`, or in `# expect: error[pyright]` where only one of the checkers can see it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FILES = sorted([*HERE.glob("passes_*.py"), *HERE.glob("fails_*.py")])
MARK = re.compile(r"#\s*expect: error(?:\[(?P<only>\w+)\])?\s*$")

Found = dict[str, dict[int, str]]
"""File name → line, counted from 1 → what the checker says there."""


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )


@cache
def mypy_errors() -> Found:
    plain = ("--config-file=", "--cache-dir=.mypy_cache/authors")
    result = run("mypy", *plain, "--strict", "--output=json", *map(str, FILES))
    assert result.returncode in {0, 1}, result.stdout + result.stderr
    found: Found = {}
    for line in result.stdout.splitlines():
        item = json.loads(line)
        if item["severity"] == "error":
            found.setdefault(Path(item["file"]).name, {})[item["line"]] = item["message"]
    return found


@cache
def pyright_errors() -> Found:
    if run("pyright", "--version").returncode:
        pytest.skip(
            "pyright cannot run here: install it with its own node by "
            "`pip install 'pyright[nodejs]'`, or install node from https://nodejs.org"
        )
    result = run("pyright", "--pythonpath", sys.executable, "--outputjson", *map(str, FILES))
    assert result.returncode in {0, 1}, result.stdout + result.stderr
    found: Found = {}
    for item in json.loads(result.stdout)["generalDiagnostics"]:
        if item["severity"] == "error":
            line = item["range"]["start"]["line"] + 1
            found.setdefault(Path(item["file"]).name, {})[line] = item["message"]
    return found


CHECKERS: dict[str, Callable[[], Found]] = {"mypy": mypy_errors, "pyright": pyright_errors}


def marked_lines(file: Path, checker: str) -> set[int]:
    """Return the lines at which a checker must report an error."""
    marks = {
        number: MARK.search(line)
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
    }
    return {number for number, mark in marks.items() if mark and mark["only"] in {None, checker}}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
@pytest.mark.parametrize("checker", CHECKERS)
def test_exactly_the_marked_lines_are_reported(checker: str, file: Path) -> None:
    reported = CHECKERS[checker]().get(file.name, {})
    marked = marked_lines(file, checker)
    missed = sorted(marked - reported.keys())
    surprising = {line: text for line, text in reported.items() if line not in marked}
    assert (missed, surprising) == ([], {})


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_only_failing_files_have_marks(file: Path) -> None:
    marked = [marked_lines(file, checker) for checker in CHECKERS]
    assert all(bool(lines) is file.stem.startswith("fails_") for lines in marked)

"""The README shows what the demo prints, and the picture that the pack draws."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from leadpolicy.engine.loading import load
from leadpolicy.report.svg import svg

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def demo_in_the_readme() -> list[str]:
    start = README.index("Decide and sync, as of")
    return [line for line in README[start : README.index("```", start)].splitlines() if line]


def test_the_demo_prints_what_the_readme_shows(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "leadpolicy", "demo", "--out", str(tmp_path / "demo")]
    environment = {**os.environ, "COLUMNS": "200"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    printed = {line.rstrip() for line in done.stdout.splitlines()}
    shown = demo_in_the_readme()
    assert len(shown) > 30
    assert [line for line in shown if line.rstrip() not in printed] == []


def test_the_picture_is_what_the_pack_draws() -> None:
    picture = (ROOT / "docs" / "images" / "b2b-de.svg").read_text(encoding="utf-8")
    assert picture == svg(load(ROOT / "policies" / "b2b-de").checked.policy, "en")

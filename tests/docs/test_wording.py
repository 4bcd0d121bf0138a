"""What no text of the repository says: legal promises, paths of a machine, package indexes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pages import ROOT

FOLDERS = ("docs", "policies", "src", "connectors", "requirements")
SUFFIXES = {".md", ".py", ".yaml", ".toml", ".txt", ".in", ".html", ".svg"}

PROMISES = re.compile(
    r"\bcomplian(?:t|ce)\b|rechts(?:sicher|konform)|gesetzeskonform|abmahnsicher"
    r"|\b(?:DSGVO|GDPR|UWG|TDDDG)[- ](?:konform|compliant|proof|safe|ready)"
    r"|\blegally (?:safe|sound|secure|binding)\b",
    re.IGNORECASE,
)
MACHINE = re.compile(r"(?<![\w.:/$)}-])/(?:home|Users|root|tmp|var|opt|mnt|work|srv)/\w")
INDEX = re.compile(r"pypi\.|python" r"hosted|(?m:^--(?:extra-)?index-url)|/simple\b")


def texts() -> Iterator[Path]:
    yield from (path for path in ROOT.iterdir() if path.is_file() and path.suffix in SUFFIXES)
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and path.suffix in SUFFIXES:
                yield path


@pytest.mark.parametrize("pattern", [PROMISES, MACHINE, INDEX], ids=["promises", "paths", "index"])
def test_no_text_holds(pattern: re.Pattern[str]) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in texts()
        for match in pattern.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not found


def test_the_patterns_find_what_they_are_for() -> None:
    assert PROMISES.search("This policy is GDPR-compliant.")
    assert PROMISES.search("rechtssicher")
    assert MACHINE.search("see /home/jana/policy.yaml")
    assert not MACHINE.search("docs/home/page")
    assert INDEX.search("https://pypi.example/simple")

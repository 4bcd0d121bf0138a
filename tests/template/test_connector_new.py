"""What `leadpolicy connector new` writes installs, registers, type-checks and passes the kit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest
from typer.testing import CliRunner

from leadpolicy.cli.app import app

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Package:
    """A generated package, and the folder into which it is installed."""

    folder: Path
    site: Path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a module of Python in the package's folder, where it is installed."""
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )

    def environment(self) -> Mapping[str, str]:
        """Return the environment in which the package is found."""
        return {**os.environ, "PYTHONPATH": str(self.site), "MYPYPATH": str(self.site)}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """Write a package and install it, as its author would."""
    home = tmp_path_factory.mktemp("author")
    folder, site = home / "leadpolicy-our-crm", home / "site"
    made = CliRunner().invoke(app, ["connector", "new", "our-crm", "--out", str(folder), "--json"])
    assert made.exit_code == 0, made.output
    files = json.loads(made.stdout)["files"]
    assert {"pyproject.toml", "connector.toml", ".github/workflows/ci.yml"} <= {*files}
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run(
        [*pip, "--no-deps", "--no-build-isolation", "--target", str(site), str(folder)], check=True
    )
    return Package(folder, site)


def test_the_new_name_stands_everywhere(package: Package) -> None:
    texts = [path.read_text() for path in package.folder.rglob("*") if path.suffix in KINDS]
    assert len(texts) > 8
    assert not [text for text in texts if "acmecrm" in text.lower()]
    assert (package.folder / "src" / "leadpolicy_our_crm" / "py.typed").exists()


KINDS = {".py", ".toml", ".md", ".yml"}


def test_it_registers_under_its_name(package: Package) -> None:
    found = package.run("leadpolicy", "plugins", "--json")
    brought = {item["name"]: item["brings"] for item in json.loads(found.stdout)["plugins"]}
    assert brought["our-crm"] == {"connector": ["our-crm"]}


def test_its_own_tests_and_the_contract_pass(package: Package) -> None:
    done = package.run("pytest", "-q", "-p", "no:cacheprovider", "--show-capture=no")
    assert done.returncode == 0, done.stdout[-3000:]


def test_the_kit_says_at_least_bronze(package: Package) -> None:
    harness = "tests.harness:OurCrmHarness"
    asked = ["connector", "test", harness, "--tier", "bronze", "--reasons", "connector.toml"]
    done = package.run("leadpolicy", *asked, "--json", "--out", "report")
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout)["tier"] == "bronze"
    assert {path.name for path in (package.folder / "report").iterdir()} == {
        "report.json",
        "report.md",
        "badge.svg",
    }


def test_it_is_typed_and_in_style(package: Package) -> None:
    typed = package.run("mypy", "src", "tests")
    assert typed.returncode == 0, typed.stdout
    for arguments in (("check", "."), ("format", "--check", ".")):
        styled = package.run("ruff", *arguments)
        assert styled.returncode == 0, styled.stdout


@pytest.mark.parametrize("name", ["Our CRM", "2crm", "our--crm", "", "crm_"])
def test_a_name_that_cannot_be_one_is_refused(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    made = CliRunner().invoke(app, ["connector", "new", name, "--out", str(folder)])
    assert made.exit_code == 2
    assert "is no name for a connector" in made.stderr
    assert not folder.exists()


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    made = CliRunner().invoke(app, ["connector", "new", "our-crm", "--out", str(tmp_path)])
    assert made.exit_code == 2
    assert "is there already" in made.stderr
    assert not list(tmp_path.iterdir())


def test_the_template_lies_whole_in_the_wheel(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"]
    options = ["--no-deps", "--no-build-isolation", "--wheel-dir", str(tmp_path)]
    subprocess.run([*pip, *options, str(ROOT)], check=True)
    (wheel,) = tmp_path.glob("leadpolicy-*.whl")
    inside = {name for name in ZipFile(wheel).namelist() if "/_template/" in name}
    template = ROOT / "connectors" / "template"
    beside = subprocess.run(
        ["git", "ls-files"], cwd=template, capture_output=True, text=True, check=True
    )
    assert {f"leadpolicy/_template/{name}" for name in beside.stdout.split()} <= inside

"""The command line with a small CRM and its files, in a folder of its own."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from leadpolicy.cli.app import app
from leadpolicy.testing import World, generate_world

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def world() -> World:
    """A small world."""
    return generate_world(seed=7, leads=60)


@pytest.fixture
def folder(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: a CRM, its tables as CSV, its binding, and a policy."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LEADPOLICY_DEBUG", raising=False)
    world.write_csv(tmp_path)
    world.write_sqlite(tmp_path / "crm.db")
    binding = files("leadpolicy.testing") / "world_binding.yaml"
    Path("binding.yaml").write_text(binding.read_text(encoding="utf-8"), encoding="utf-8")
    machines = ROOT / "tests" / "conformance" / "machines.yaml"
    Path("policy.yaml").write_text(machines.read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path


@pytest.fixture
def run() -> Callable[..., Result]:
    """Run a command and return what it printed and its exit code."""

    def call(*arguments: object) -> Result:
        result = CliRunner().invoke(app, [str(item) for item in arguments])
        assert "Traceback" not in result.output
        assert "something went wrong" not in result.output
        return result

    return call

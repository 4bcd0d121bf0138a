"""The guide works: its commands are run against a practice org, in their order."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from typer.testing import CliRunner, Result

from leadpolicy.cli.app import app
from leadpolicy_sandbox.salesforce.running import PracticeSalesforce, start

ROOT: Final = Path(__file__).parents[3]
GUIDE: Final = (ROOT / "docs" / "how-to" / "salesforce.md").read_text("utf-8")
ADDRESS: Final = "http://127.0.0.1:8125"
SECRET: Final = "sandbox-consumer-secret"


@pytest.fixture
def practice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[PracticeSalesforce]:
    """Return a practice org whose credentials are in the environment."""
    opened = start(port=0, leads=40, seed=1)
    for name, value in opened.sandbox.credentials.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    yield opened
    opened.close()


def run(command: str, practice: PracticeSalesforce) -> Result:
    words = shlex.split(command.replace(ADDRESS, practice.url))
    assert words[0] == "leadpolicy"
    return CliRunner().invoke(app, words[1:])


def commands() -> list[str]:
    blocks = re.findall(r"```text\n(.*?)```", GUIDE, re.S)
    lines = [line[2:] for block in blocks for line in block.splitlines() if line[:2] == "$ "]
    return [line for line in lines if ADDRESS in line]


def calls_of_two_syncs(sync: str, practice: PracticeSalesforce) -> list[int]:
    """Return what each of two further syncs costs; the first still sees what was written last."""
    costs = []
    for _ in range(2):
        before = practice.sandbox.calls
        assert run(sync, practice).exit_code in {0, 3}
        costs.append(practice.sandbox.calls - before)
    return costs


def test_the_guide_leads_from_the_plan_to_a_sync_that_has_nothing_to_do(
    practice: PracticeSalesforce,
) -> None:
    first, *more = commands()
    planned = run(first, practice)
    assert planned.exit_code == 2, planned.output
    assert "+ rule lead.lp_transitions" in planned.output
    outputs = [planned.output]
    for command in more:
        done = run(command, practice)
        assert done.exit_code in {0, 3}, done.output
        outputs.append(done.output)
    assert [line.split()[1] for line in commands()] == ["plan", "apply", "sync", "sync", "plan"]
    assert "leads written" in outputs[2]
    assert "nothing to write" in outputs[3]
    assert "nothing to do" in outputs[4]
    assert SECRET not in "".join(outputs)
    assert calls_of_two_syncs(more[1], practice)[1] <= 3
    leads = list(practice.sandbox.org.rows(None, "Lead"))
    assert all(lead.get("lp_state__c") or lead.get("IsConverted") for lead in leads)


def test_the_hints_of_the_practice_org_are_the_commands_of_the_guide(
    practice: PracticeSalesforce,
) -> None:
    hints = practice.hints("b2b-de")
    exported = [hint for hint in hints if hint.startswith("export ")]
    names = {line.partition("=")[0].split()[1] for line in exported}
    assert names == set(practice.sandbox.credentials)
    shown = [hint for hint in hints if hint not in exported]
    wanted = [command.replace(ADDRESS, practice.url) for command in commands()[:3]]
    pairs = zip(shown, wanted, strict=True)
    assert all(set(command.split()) <= set(hint.split()) for hint, command in pairs)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (("--crm http://127.0.0.1:8125", "--crm http://127.0.0.1:1"), "127.0.0.1:1"),
        (("--crm http://127.0.0.1:8125", "--crm http://acme.example"), "https"),
        (("--bind salesforce", "--bind salesforse"), "salesforse"),
        (("--connector salesforce", "--connector salesfource"), "did you mean `salesforce`"),
    ],
)
def test_wrong_input_is_answered_with_what_is_wrong(
    practice: PracticeSalesforce, changed: tuple[str, str], said: str
) -> None:
    done = run(commands()[0].replace(*changed), practice)
    assert done.exit_code in {1, 2}
    assert said in " ".join(done.output.split())
    assert SECRET not in done.output


def test_a_wrong_secret_is_refused_and_never_shown(
    practice: PracticeSalesforce, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADPOLICY_SALESFORCE_CONSUMER_SECRET", "none-of-yours-88")
    done = run(commands()[0], practice)
    assert done.exit_code == 1, done.output
    assert "none-of-yours-88" not in done.output
    assert "refused" in done.output or "invalid" in done.output


def test_a_taken_port_is_named(practice: PracticeSalesforce) -> None:
    port = practice.url.rpartition(":")[2]
    done = run(f"leadpolicy sandbox salesforce --port {port} --leads 1", practice)
    assert done.exit_code == 1
    assert port in done.output
    assert "--port" in done.output

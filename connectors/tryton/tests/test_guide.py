"""The binding in the guide works: plan, apply, plan, sync and sync with the reference policy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from connectors.tryton.tests.crm import OPPORTUNITY, PASSWORD, Crm
from typer.testing import CliRunner, Result

from leadpolicy.cli.app import app

ROOT = Path(__file__).parents[3]
GUIDE = ROOT / "docs" / "how-to" / "tryton.md"


class Guide:
    """The guide's binding in a folder, with the groups of one company."""

    def __init__(self, crm: Crm, folder: Path) -> None:
        text = re.search(r"```yaml file=tryton.yaml\n(.*?)```", GUIDE.read_text("utf-8"), re.S)
        assert text is not None
        binding = text[1].replace("Marketing,", f"{crm.group('Marketing')},")
        self.path = folder / "tryton.yaml"
        self.path.write_text(binding.replace("Sales Team", crm.group("Sales Team")), "utf-8")
        self.crm = crm
        self.store = folder / "store.db"

    def run(self, command: str, *more: str) -> Result:
        url = f"http://{self.crm.admin.login}@127.0.0.1:{self.crm.server.port}/crm"
        where = ["--policy", str(ROOT / "policies" / "b2b-de"), "--crm", url]
        where += ["--connector", "tryton", "--bind", str(self.path), "--store", str(self.store)]
        return CliRunner().invoke(app, [command, *where, *more])


@pytest.fixture
def guide(crm: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guide]:
    monkeypatch.setenv("LEADPOLICY_TRYTON_PASSWORD", PASSWORD)
    monkeypatch.chdir(tmp_path)
    yield Guide(crm, tmp_path)
    crm.tidy()


def test_the_guide_leads_from_the_plan_to_decisions_and_back(guide: Guide, crm: Crm) -> None:
    key = crm.add_lead("Ada GmbH")
    planned = guide.run("plan")
    assert planned.exit_code == 2, planned.output
    for line in (
        "+ permission marketing:lead.rejection_reason  may read only",
        '+ row lp_reasons[no_need]  "kein Bedarf" / "no need"',
        "delivery: exactly once, a lost answer is looked up before it is sent again",
    ):
        assert line in planned.output
    applied = guide.run("apply")
    assert applied.exit_code == 0, applied.output
    assert guide.run("plan").exit_code == 0

    synced = guide.run("sync", "--at", "2026-11-01T00:00:00Z")
    assert synced.exit_code == 0, synced.output
    (note,) = crm.notes(key)
    assert re.search(r"^state: \w+$", note, re.M)
    again = guide.run("sync", "--at", "2026-11-01T00:00:00Z")
    assert again.exit_code == 0, again.output
    assert crm.notes(key) == [note]

    crm.admin(f"{OPPORTUNITY}.write", [int(key)], {"lost_reason": "kein Bedarf"})
    crm.admin(f"{OPPORTUNITY}.lost", [int(key)])
    judged = guide.run("sync", "--at", "2026-11-02T00:00:00Z")
    assert judged.exit_code == 0, judged.output
    assert PASSWORD not in "".join(r.output for r in (planned, applied, synced, again, judged))


def test_a_plan_without_columns_says_what_to_bind_them_to(guide: Guide) -> None:
    text = guide.path.read_text("utf-8")
    columns = re.search(r"  columns:\n(    .*\n)+", text)
    assert columns is not None
    guide.path.write_text(text.replace(columns[0], ""), "utf-8")
    said = " ".join(guide.run("plan").output.split())
    assert "the CRM cannot create fields; bind `lp_fit`" in said
    assert "to a field that Tryton has, or to a line of the decision's note like" in said

"""`check`, `show`, `fmt`, `schema`, `glossary`, `graph`, `plugins`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator
from typer.testing import Result

import leadpolicy
from leadpolicy.cli.registry import installed

Run = Callable[..., Result]


def test_check_takes_the_policy_of_the_folder(folder: Path, run: Run) -> None:
    result = run("check", "--today", "2026-11-01")
    assert result.exit_code == 0
    assert "policy.yaml:192:12: warning[LP408]" in result.stdout
    assert "hint: " in result.stdout
    assert result.stderr == "machines 1.2: 0 errors, 2 warnings\n"


def test_check_fails_on_errors_and_shows_all_of_them(folder: Path, run: Run) -> None:
    text = Path("policy.yaml").read_text(encoding="utf-8")
    Path("policy.yaml").write_text(
        text.replace("employees >= 10", "emploees >= 10").replace("to: mql,", "to: mqll,"), "utf-8"
    )
    result = run("check")
    assert result.exit_code == 1
    assert "error[LP201]: unknown name `emploees`" in result.stdout
    assert "did you mean `employees`?" in result.stdout
    assert "error[LP301]: `mqll` is not a state" in result.stdout
    assert "policy.yaml: 2 errors, 2 warnings" in result.stderr or "2 errors" in result.stderr


def test_check_prints_data_for_programs(folder: Path, run: Run) -> None:
    result = run("check", "--json", "--today", "2030-01-01")
    data = json.loads(result.stdout)
    assert (data["ok"], data["errors"], data["warnings"]) == (True, 0, 3)
    assert {item["code"] for item in data["diagnostics"]} == {"LP405", "LP408", "LP410"}
    assert data["content_hash"] == leadpolicy.load("policy.yaml").content_hash
    assert result.stderr == ""


def test_warnings_can_fail(folder: Path, run: Run) -> None:
    assert run("check", "--warnings-as-errors").exit_code == 1


def test_check_holds_the_data_against_the_schema(folder: Path, run: Run) -> None:
    with Path("policy.yaml").open("a", encoding="utf-8") as file:
        file.write("include: []\n")
    assert run("check").exit_code == 0


CASES = """
at: 2026-11-01T09:00:00Z
cases:
  - name: small
    lead: {employees: 5}
    expect: {state: lead}
  - name: wrong
    lead: {employees: 60}
    expect: {state: sql, scores: {fit: 40}}
"""


def test_check_runs_the_cases_beside_the_policy(folder: Path, run: Run) -> None:
    Path("cases.yaml").write_text(CASES, encoding="utf-8")
    result = run("check")
    assert result.exit_code == 1
    assert "cases.yaml:7: failed: wrong" in result.stdout
    assert "state: expected `sql`, found `lead`" in result.stdout
    assert "1 of 2 cases passed" in result.stderr
    data = json.loads(run("check", "--json").stdout)
    assert data["cases"]["passed"] == 1
    assert data["cases"]["failed"][0]["name"] == "wrong"


def test_check_tells_what_is_wrong_with_the_cases(folder: Path, run: Run) -> None:
    Path("cases.yaml").write_text("at: soon\ncases: []\n", encoding="utf-8")
    result = run("check")
    assert result.exit_code == 1
    assert "cases.yaml:1:5: error" in result.stdout


def test_check_takes_the_name_of_a_pack(folder: Path, run: Run) -> None:
    result = run("check", "b2b-de", "--today", "2026-11-01")
    assert result.exit_code == 0
    assert "0 errors, 3 warnings" in result.stderr
    assert run("check", "b2b-ed").exit_code == 1


def test_show_says_what_every_part_means_and_where_it_is_written(folder: Path, run: Run) -> None:
    child = 'policy: child\nversion: "1"\nextends: b2b-de\nscores: {fit: {ceiling: 90}}\n'
    Path("child").mkdir()
    Path("child/policy.yaml").write_text(child, encoding="utf-8")
    result = run("show", "child", "--origin", "--lang", "de")
    assert result.exit_code == 0
    lines = [line for line in result.stdout.splitlines() if "scores.fit.ceiling" in line]
    assert "child/policy.yaml:4" in lines[0]
    assert "scores.yaml" in lines[0]
    rows = json.loads(run("show", "child", "--json").stdout)
    assert {"part", "says", "origin", "overrides"} == set(rows[0])


def test_fmt_writes_one_document_that_means_the_same(folder: Path, run: Run) -> None:
    Path("again.yaml").write_text(run("fmt", "b2b-de").stdout, encoding="utf-8")
    again, original = leadpolicy.load("again.yaml"), leadpolicy.load("b2b-de")
    assert again.content_hash == original.content_hash
    assert run("fmt", "again.yaml").stdout == Path("again.yaml").read_text(encoding="utf-8")


def test_the_schema_fits_the_documents(folder: Path, run: Run) -> None:
    result = run("schema", "--out", "new/schema.json")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "wrote new/schema.json\n")
    schema = json.loads(Path("new/schema.json").read_text(encoding="utf-8"))
    data = yaml.safe_load(
        Path("policy.yaml").read_text(encoding="utf-8").replace("2027-03-31", "'2027-03-31'")
    )
    assert list(Draft202012Validator(schema).iter_errors(data)) == []
    assert json.loads(run("schema").stdout) == schema


@pytest.mark.parametrize("lang", ["de", "en"])
def test_glossary_and_graph_are_drawn_in_both_languages(folder: Path, run: Run, lang: str) -> None:
    title = {"de": "# Maschinen", "en": "# Machines"}[lang]
    assert run("glossary", "--lang", lang).stdout.startswith(title)
    page = run("glossary", "--lang", lang, "--format", "html").stdout
    assert page.lower().startswith("<!doctype html>")
    assert run("graph", "--lang", lang).stdout.startswith("stateDiagram-v2")
    run("graph", "--lang", lang, "--format", "svg", "--out", "way.svg")
    assert Path("way.svg").read_text(encoding="utf-8").startswith("<svg")


def test_plugins_are_listed(folder: Path, run: Run) -> None:
    assert "generic" in run("plugins").stdout
    data = json.loads(run("plugins", "--json").stdout)
    found = {item["name"]: item for item in data["plugins"]}["generic"]
    assert found["origin"] == "leadpolicy-generic"
    assert found["brings"] == {"connector": ["generic"]}
    assert data["capabilities"]["generic"]["idempotency"] == "native_key"


def test_what_connectors_can_do_is_shown_side_by_side(folder: Path, run: Run) -> None:
    head, *rows = run("plugins", "--matrix").stdout.strip().splitlines()
    assert head.split() == ["capability", "generic", "memory", "salesforce", "tryton"]
    cells = {row.split()[0]: row.split()[1:] for row in rows if len(row.split()) > 1}
    assert cells["idempotency"] == ["native_key", "native_key", "native_key", "verify_read"]
    assert cells["state_table"] == ["yes", "no", "yes", "no"]


@pytest.fixture
def fussy(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install a plug-in with a check that breaks and a connector that does not say what it can."""
    (folder / "fussy.py").write_text(FUSSY)
    info = folder / "fussy-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: fussy\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[leadpolicy]\nfussy = fussy\n")
    monkeypatch.syspath_prepend(folder)
    installed.cache_clear()
    yield
    installed.cache_clear()


@pytest.mark.usefixtures("fussy")
def test_a_check_of_a_plugin_that_breaks_is_named_and_stops_nothing(run: Run) -> None:
    data = json.loads(run("check", "b2b-de-agency", "--json").stdout)
    said = {item["code"]: item["message"] for item in data["diagnostics"]}
    assert said["HOUSE1"] == "`b2b-de-agency` is untidy"
    assert "`broken` of a plug-in failed: ZeroDivisionError" in said["LP112"]
    assert data["ok"]


@pytest.mark.usefixtures("fussy")
@pytest.mark.parametrize("option", ["--json", "--matrix"])
def test_a_connector_that_does_not_say_what_it_can_spoils_no_list(run: Run, option: str) -> None:
    shown = run("plugins", option)
    assert shown.exit_code == 0
    assert "native_key" in shown.stdout
    assert "connector mute: what it can do is not known" in shown.stderr


FUSSY = """
from leadpolicy.diagnostics import Diagnostic, Severity
from leadpolicy.plugins.hookspecs import hookimpl

LEADPOLICY_API = (1, 0)

def untidy(checked):
    yield Diagnostic("HOUSE1", f"`{checked.name}` is untidy", Severity.WARNING)

class Mute:
    def open(self, url, binding, options):
        raise NotImplementedError

@hookimpl
def leadpolicy_connectors():
    return {"mute": Mute()}

@hookimpl
def leadpolicy_checks():
    return {"tidy": untidy, "broken": lambda checked: 1 / 0}
"""


@pytest.mark.parametrize(
    "command", ["check", "show", "fmt", "glossary", "graph"], ids=lambda name: name
)
@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("missing.yaml", None, "not found"),
        ("empty.yaml", b"", "the document is empty"),
        ("binary.yaml", bytes(range(256)), "not YAML"),
        ("latin.yaml", "title: Müller".encode("latin-1"), "not UTF-8"),
        ("list.yaml", b"- 1\n", "a list, not a mapping"),
        ("broken.yaml", b"a: [1\n", "closing bracket is missing"),
        ("object.yaml", b"a: !!python/object/apply:os.system [ls]\n", "tag"),
        ("short.yaml", b"policy: x\n", "needs the key"),
    ],
)
def test_what_is_no_policy_is_told(
    folder: Path, run: Run, command: str, name: str, content: bytes | None, said: str
) -> None:
    if content is not None:
        Path(name).write_bytes(content)
    result = run(command, name)
    assert result.exit_code == 1
    shown = result.stdout if command == "check" else result.stderr
    assert said in shown
    assert f"{name}:" in shown
    assert command == "check" or result.stdout == ""

"""`decide` and `explain`: files in, decisions and rejected rows out."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]
AT = ("--at", "2026-11-01T00:00:00Z")
LEADS = ("--policy", "b2b-de", "--bind", "binding.yaml", "--leads", "leads.csv")
ALL = (*LEADS, "--signals", "signals.csv", "--consents", "consents.csv", *AT)


def test_every_lead_is_decided(folder: Path, run: Run) -> None:
    result = run("decide", *ALL, "--out", "out.csv")
    assert result.exit_code == 0
    assert "nurture" in result.stdout
    assert "decided 60 of 60 leads: out.csv" in result.stderr
    assert "columns `campaign`, `created_at`, `first_name`, `last_name` not read" in result.stderr
    with Path("out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 60
    assert {"key", "state", "rating", "score_fit", "grade_fit_grade", "criterion_mql"} <= {*rows[0]}
    assert not Path("out.csv.rejects.jsonl").exists()


def test_the_same_run_gives_the_same_bytes(folder: Path, run: Run) -> None:
    for name in ("one.jsonl", "two.jsonl"):
        assert run("decide", *ALL, "--out", name).exit_code == 0
    assert Path("one.jsonl").read_bytes() == Path("two.jsonl").read_bytes()


def test_rejected_rows_are_counted_shown_and_kept(folder: Path, run: Run) -> None:
    with Path("leads.csv").open("a", encoding="utf-8") as file:
        file.write("L-9,,,,,,viele,,,,,,,,,0,,,,\n")
    result = run("decide", *ALL, "--out", "out.jsonl")
    assert result.exit_code == 3
    assert "leads row 62 (lead L-9): column `employees`: `viele` is not a whole" in result.stderr
    assert "rejected rows: 1 of leads; all of them stand in out.jsonl.rejects.jsonl" in (
        result.stderr
    )
    (line,) = Path("out.jsonl.rejects.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["row"] == 62


def test_results_for_programs(folder: Path, run: Run) -> None:
    result = run("decide", *ALL, "--out", "out.parquet", "--rejects", "no.jsonl", "--json")
    data = json.loads(result.stdout)
    assert (data["leads"], data["decided"], sum(data["states"].values())) == (60, 60, 60)
    assert data["rejected"] == {"leads": 0, "signals": 0, "consents": 0}
    assert (data["out"], data["rejects"]) == ("out.parquet", None)


def test_files_that_are_there_are_kept_unless_forced(folder: Path, run: Run) -> None:
    Path("out.csv").write_text("mine", encoding="utf-8")
    result = run("decide", *ALL, "--out", "out.csv")
    assert (result.exit_code, Path("out.csv").read_text("utf-8")) == (2, "mine")
    assert "add --force" in result.stderr
    assert run("decide", *ALL, "--out", "out.csv", "--force").exit_code == 0
    assert Path("out.csv").read_text("utf-8") != "mine"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--out", "leads.csv", "--force"), "`leads.csv` is named twice"),
        (("--out", "out.csv", "--rejects", "./out.csv"), "named twice"),
        (("--out", ".", "--force"), "is a folder"),
        (("--out", "out.csv", "--at", "2026-11-01"), "is not a moment"),
        (("--out", "out.csv", "--at", "2026-11-01T00:00:00"), "is not a moment"),
        (("--out", "out.csv", "--at", "soon"), "is not a moment"),
        (("--out", "out.csv", "--nothing"), "No such option"),
        ((), "Missing option"),
    ],
)
def test_wrong_usage_has_an_exit_code_of_its_own(
    folder: Path, run: Run, more: tuple[str, ...], said: str
) -> None:
    result = run("decide", *LEADS, *more)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    assert result.stdout == ""
    assert not Path("out.csv").exists()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("missing.csv", None, "there is no file"),
        ("empty.csv", b"", "no column names"),
        ("binary.csv", bytes(range(256)) * 10, "not CSV in UTF-8"),
        ("utf16.csv", "id;email\n1;a".encode("utf-16"), "not CSV in UTF-8"),
        ("other.csv", b"nr,mail\n1,a\n", "has no columns"),
        ("leads.xlsx", b"PK", "format is not known"),
        ("leads", b"id\n1", "format is not known"),
        ("broken.parquet", b"PAR1", "cannot be read as Parquet"),
    ],
)
def test_files_that_cannot_be_used_are_told(
    folder: Path, run: Run, name: str, content: bytes | None, said: str
) -> None:
    if content is not None:
        Path(name).write_bytes(content)
    for option in ("--leads", "--signals", "--consents"):
        files = dict(zip(ALL[::2], ALL[1::2], strict=True)) | {option: name}
        flat = [item for pair in files.items() for item in pair]
        result = run("decide", *flat, "--out", "out.csv")
        assert result.exit_code == 1
        assert said in result.stderr
        assert not Path("out.csv").exists()


def test_rows_that_cannot_be_used_never_stop_the_others(folder: Path, run: Run) -> None:
    head = Path("leads.csv").read_text(encoding="utf-8").splitlines()[0]
    count = head.count(",")
    rows = ["ok" + "," * count, "short", "x" * 10_000_000 + "," * count, "ok" + "," * count]
    text = "\n".join([head, *rows, '"open' + "," * count])
    Path("leads.csv").write_bytes(text.encode() + "\nü,".encode("latin-1"))
    result = run("decide", *ALL[:6], *AT, "--out", "out.csv")
    assert result.exit_code == 3
    with Path("out.csv").open(encoding="utf-8", newline="") as file:
        keys = [row["key"] for row in csv.DictReader(file)]
    assert "ok" in keys
    assert keys.count("ok") == 1


def test_lines_of_json_that_cannot_be_used_never_stop_the_others(folder: Path, run: Run) -> None:
    lines = [
        '{"id": 1, "employees": 120}',
        '{"id": 2, "employees": NaN}',
        '{"id": 3, "employees": 1e400}',
        '{"id": 4, "employees": 99999999999999999999}',
        '{"id": 5, "employees": "12\\u0000"}',
        '{"id": 6, "employees": {"a": 1}}',
        '{"id": 7, "employees": -1.5}',
        '{"id": 8, "last_contact": "2026-13-01"}',
        '{"id": 9, "sales_feedback": "maybe"}',
        '{"id": 10, "email": "\\ud800"}',
        "[" * 5000,
        "",
        "null",
    ]
    Path("leads.jsonl").write_text("\n".join(lines), encoding="utf-8")
    result = run("decide", "--leads", "leads.jsonl", *AT, "--out", "out.csv")
    assert result.exit_code == 3
    assert "decided 2 of 12 leads" in result.stderr
    assert "leads row 2: the line is not JSON" in result.stderr


def test_one_lead_is_explained(folder: Path, run: Run) -> None:
    result = run("explain", *ALL, "--key", "L-00003", "--why-not", "sql", "--lang", "de")
    assert result.exit_code == 0
    for part in ("Entschieden am 01.11.2026", "Warum „", "Warum nicht „SQL“", "Was fehlt für"):
        assert part in result.stdout
    data = json.loads(run("explain", *ALL, "--key", "L-00003", "--json").stdout)
    assert data["key"] == "L-00003"
    assert {"key", "decision", "why", "missing"} == set(data)


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (("--key", "L-99999"), 1, "has no lead `L-99999`"),
        (("--key", "L-00003", "--why-not", "slq"), 2, "did you mean `sql`?"),
        (("--key", "L-00003", "--why", "nothing"), 2, "is not a state or output"),
        (("--key", "L-00003", "--missing", "x" * 500), 2, "is not a state or output"),
        ((), 2, "Missing option '--key'"),
    ],
)
def test_questions_that_cannot_be_answered_are_told(
    folder: Path, run: Run, more: tuple[str, ...], code: int, said: str
) -> None:
    result = run("explain", *ALL, *more)
    assert result.exit_code == code
    assert said in result.stderr
    assert result.stdout == ""


def test_a_lead_that_cannot_be_decided_is_told(folder: Path, run: Run) -> None:
    with Path("consents.csv").open("a", encoding="utf-8") as file:
        file.write("C-9,L-00003,newsletter,email,perhaps,2026-01-01T00:00:00Z,form\n")
    result = run("explain", *ALL, "--key", "L-00003")
    assert result.exit_code == 3
    assert "not used: consents row" in result.stderr
    assert "might be a withdrawal" in result.stderr

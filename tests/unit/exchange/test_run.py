"""Files in, files out: every row ends in the output or among the rejects, exactly once."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import leadpolicy
from leadpolicy.exchange.binding import Binding, default_binding
from leadpolicy.exchange.run import Inputs, Report, decide_files
from leadpolicy.exchange.tables import FileError, read_rows

Rows = Sequence[Mapping[str, object]]
AT = datetime(2026, 11, 2, 9, tzinfo=UTC)


def put_csv(path: Path, rows: Rows) -> Path:
    """Write rows as CSV; the columns are those of the first row."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


class Desk:
    """A folder with the files of one run."""

    def __init__(self, folder: Path, policy: leadpolicy.LeadPolicy, binding: Binding) -> None:
        self.folder, self.policy, self.binding = folder, policy, binding
        self.out, self.rejected = folder / "out.jsonl", folder / "rejects.jsonl"

    def run(
        self, leads: Rows, signals: Rows = (), consents: Rows = (), **more: Any
    ) -> tuple[Report, dict[str, Any], list[dict[str, Any]]]:
        """Decide these rows; returns the report, the results by key and the rejects."""
        given_files = {"leads": leads, "signals": signals, "consents": consents}
        paths = {
            name: put_csv(self.folder / f"{name}.csv", rows)
            for name, rows in given_files.items()
            if rows
        }
        return self.run_files(Inputs(**paths), **more)

    def run_files(
        self, inputs: Inputs, **more: Any
    ) -> tuple[Report, dict[str, Any], list[dict[str, Any]]]:
        report = decide_files(
            self.policy, inputs, self.binding, self.out, self.rejected, at=AT, **more
        )
        rows = self.rejected.read_text("utf-8").splitlines() if self.rejected.exists() else []
        results = [row.values for row in read_rows(self.out)]
        assert len({row["key"] for row in results}) == len(results)
        return report, {str(row["key"]): row for row in results}, [json.loads(x) for x in rows]


@pytest.fixture
def desk(tmp_path: Path, policy: leadpolicy.LeadPolicy, binding: Binding) -> Desk:
    return Desk(tmp_path, policy, binding)


def signal(key: str, **more: object) -> dict[str, object]:
    row = {"Nr": key, "Id": "", "Art": "Download", "Zeit": "2026-10-30T08:00:00Z"}
    return {**row, "Inhalt": "Whitepaper", "Seiten": "", **more}


def consent(key: str, **more: object) -> dict[str, object]:
    row = {"Nr": key, "Zweck": "newsletter", "Kanal": "email", "Stand": "bestätigt"}
    return {**row, "Zeit": "2026-01-01T00:00:00Z", **more}


def lead(base: Mapping[str, object], key: str, **more: object) -> dict[str, object]:
    return {**base, "Nr": key, **more}


def test_leads_are_decided_with_their_signals_and_consents(
    desk: Desk, german_lead: dict[str, Any]
) -> None:
    report, results, rejects = desk.run(
        [lead(german_lead, "K1"), lead(german_lead, "K2")],
        [signal("K1"), signal("K1"), signal("K1"), signal("K2")],
        [consent("K1"), consent("K2")],
    )
    assert (report.decided, report.leads, rejects) == (2, 2, [])
    assert (results["K1"]["state"], results["K2"]["state"]) == ("mql", "lead")
    assert results["K1"]["score_engagement"] == 20
    assert results["K1"]["criterion_mql"] == "met"
    assert results["K1"]["criterion_sql"] == "not_met"
    assert results["K1"]["eligible"] == ["lead", "mql"]
    assert "engagement.whitepapers" in results["K1"]["fired"]
    assert results["K1"]["decision"]["state"] == "mql"
    assert results["K1"]["content_hash"] == desk.policy.content_hash
    assert not desk.rejected.exists()
    assert report.states == {"mql": 1, "lead": 1}


def test_results_are_those_of_deciding_one_by_one(desk: Desk, german_lead: dict[str, Any]) -> None:
    _, results, _ = desk.run([lead(german_lead, "K1")], [signal("K1")], [consent("K1")])
    decision = desk.policy.decide(
        {
            "email": "jana@maschinen.example",
            "employees": 120,
            "revenue": Decimal("1500000.5"),
            "industry": "machinery",
            "budget_confirmed": True,
            "last_contact": date(2026, 10, 1),
        },
        signals=[
            leadpolicy.Signal(
                "content_download",
                datetime(2026, 10, 30, 8, tzinfo=UTC),
                {"asset": "Whitepaper"},
            )
        ],
        consents={("newsletter", "email"): "confirmed"},
        at=AT,
    )
    assert results["K1"]["inputs_digest"] == decision.inputs_digest
    assert results["K1"]["decision"] == json.loads(json.dumps(decision.to_dict()))


def test_broken_leads_are_rejected_and_the_others_go_through(
    desk: Desk, german_lead: dict[str, Any]
) -> None:
    report, results, rejects = desk.run(
        [
            lead(german_lead, "K1"),
            lead(german_lead, "K2", Mitarbeiter="viele", Umsatz="1,5"),
            lead(german_lead, "", Mitarbeiter="1"),
            lead(german_lead, "K3", Branche="Banane"),
            lead(german_lead, "K1", Mitarbeiter="5"),
        ]
    )
    assert set(results) == {"K1"}
    assert report.rejected == {"leads": 4}
    found = [(x["source"], x["row"], x["key"], [p["code"] for p in x["problems"]]) for x in rejects]
    assert found == [
        ("leads", 3, "K2", ["LP522", "LP522"]),
        ("leads", 4, None, ["LP524"]),
        ("leads", 5, "K3", ["LP505"]),
        ("leads", 6, "K1", ["LP526"]),
    ]
    assert rejects[0]["problems"][0] == {
        "code": "LP522",
        "column": "Mitarbeiter",
        "message": "`viele` is not a whole number",
        "hint": "write digits only, such as 1200",
    }
    assert rejects[0]["values"]["Umsatz"] == "1,5"
    assert rejects[3]["problems"][0]["message"] == "the lead stands already in row 2"


def test_a_lead_is_decided_without_a_signal_that_cannot_be_read(
    desk: Desk, german_lead: dict[str, Any]
) -> None:
    report, results, rejects = desk.run(
        [lead(german_lead, "K1")],
        [
            signal("K1"),
            signal("K1", Zeit="bald"),
            signal("K1", Art="Banane"),
            signal("K9"),
            signal(""),
            signal("K1", Art="Intern"),
        ],
    )
    assert results["K1"]["score_engagement"] == 10
    found = [(x["source"], x["row"], x["key"], x["problems"][0]["code"]) for x in rejects]
    assert found == [
        ("signals", 3, "K1", "LP522"),
        ("signals", 4, "K1", "LP507"),
        ("signals", 5, "K9", "LP527"),
        ("signals", 6, None, "LP524"),
    ]
    assert "1 rows of signals left out, as the binding says" in report.notes


def test_a_lead_is_not_decided_without_a_consent_event_that_cannot_be_read(
    desk: Desk, german_lead: dict[str, Any]
) -> None:
    report, results, rejects = desk.run(
        [lead(german_lead, "K1"), lead(german_lead, "K2")],
        consents=[consent("K1"), consent("K2"), consent("K1", Stand="wohl nicht"), consent("K9")],
    )
    assert set(results) == {"K2"}
    found = [(x["source"], x["row"], x["key"], x["problems"][0]["code"]) for x in rejects]
    assert found == [
        ("consents", 4, "K1", "LP509"),
        ("consents", 5, "K9", "LP527"),
        ("leads", 2, "K1", "LP528"),
    ]
    assert report.rejected == {"leads": 1, "consents": 2}


def test_one_signal_id_with_two_contents_is_told(desk: Desk, german_lead: dict[str, Any]) -> None:
    _, results, rejects = desk.run(
        [lead(german_lead, "K1")],
        [signal("K1", Id="7"), signal("K1", Id="7"), signal("K1", Id="7", Seiten="5")],
    )
    assert results["K1"]["score_engagement"] == 10
    assert [(x["row"], x["problems"][0]["code"]) for x in rejects] == [(4, "LP508")]
    assert len(results["K1"]["decision"]["ignored"]) == 1


def test_ragged_rows_and_other_encodings_are_rejected(desk: Desk) -> None:
    head = "Nr,E-Mail,Mitarbeiter,Umsatz,Branche,Budget,Kontakt\n"
    text = head + "K1,a@b.de,50,,,,\nK2,a@b.de\nK3,Jürgen@b.de,50,,,,\nK4,a@b.de,50,,,,\n"
    leads = desk.folder / "leads.csv"
    leads.write_bytes(text.encode("latin-1"))
    report, results, rejects = desk.run_files(Inputs(leads))
    assert set(results) == {"K1", "K4"}
    assert [(x["row"], x["key"], x["problems"][0]["code"]) for x in rejects] == [
        (3, "K2", "LP525"),
        (4, "K3", "LP525"),
    ]
    assert report.leads == 4


def test_very_long_values_do_not_flood_the_rejects(desk: Desk, german_lead: dict[str, Any]) -> None:
    _, results, rejects = desk.run([lead(german_lead, "K1", **{"E-Mail": "x" * 10_000_000})])
    assert (results, rejects[0]["problems"][0]["code"]) == ({}, "LP506")
    assert rejects[0]["values"]["E-Mail"].endswith("… (10,000,000 characters)")
    assert desk.rejected.stat().st_size < 10_000


def test_lacking_columns_are_an_error_and_unread_ones_a_note(
    desk: Desk, german_lead: dict[str, Any]
) -> None:
    report, _, _ = desk.run([lead(german_lead, "K1")])
    assert report.notes == ["leads.csv: column `Notiz` not read"]
    short = {name: value for name, value in german_lead.items() if name != "Mitarbeiter"}
    with pytest.raises(FileError, match="has no column `Mitarbeiter`"):
        desk.run([short | {"Mitarbeitr": "5"}])
    with pytest.raises(FileError, match=r"has no columns `Art`, `Id`.*did you mean `Ort`"):
        desk.run([lead(german_lead, "K1")], [{"Nr": "K1", "Ort": "x", "Zeit": "y"}])


def test_without_a_binding_lacking_columns_are_unknown_and_told(
    tmp_path: Path, policy: leadpolicy.LeadPolicy
) -> None:
    desk = Desk(tmp_path, policy, default_binding())
    report, results, _ = desk.run([{"id": "1", "employees": "120"}])
    assert results["1"]["state"] == "lead"
    assert "no columns `budget_confirmed`, `customer`, `email`" in report.notes[0]
    with pytest.raises(FileError, match="has none of the columns"):
        desk.run([{"id": "1", "Mitarbeiter": "120"}])
    with pytest.raises(FileError, match="has no column `id`"):
        desk.run([{"employees": "120"}])


def test_json_lines_may_leave_out_what_is_unknown(
    tmp_path: Path, policy: leadpolicy.LeadPolicy
) -> None:
    desk = Desk(tmp_path, policy, default_binding())
    leads = tmp_path / "leads.jsonl"
    leads.write_text('{"id": 1, "employees": 120}\n{"id": 2, "customer": true}\n', "utf-8")
    report, results, rejects = desk.run_files(Inputs(leads))
    assert (results["1"]["state"], results["2"]["state"], rejects) == ("lead", "customer", [])
    assert "leads.jsonl: no columns" in report.notes[0]
    leads.write_text('{"key": 1, "size": 120}\n', "utf-8")
    with pytest.raises(FileError, match="none of the columns"):
        desk.run_files(Inputs(leads))
    leads.write_text("", "utf-8")
    assert desk.run_files(Inputs(leads))[0].leads == 0


def test_rejects_of_an_earlier_run_do_not_stay(desk: Desk, german_lead: dict[str, Any]) -> None:
    desk.run([lead(german_lead, "")])
    assert desk.rejected.exists()
    desk.run([lead(german_lead, "K1")])
    assert not desk.rejected.exists()


def test_progress_counts_every_row(desk: Desk, german_lead: dict[str, Any]) -> None:
    seen: list[tuple[str, int, int | None]] = []
    desk.run(
        [lead(german_lead, f"K{n}") for n in range(250)],
        [signal("K1")],
        progress=lambda *step: seen.append(step),
    )
    assert ("leads", 200, 250) in seen
    assert seen[-1] == ("leads", 250, 250)
    assert ("signals", 1, 1) in seen


def test_all_formats_give_the_same_results(
    tmp_path: Path, policy: leadpolicy.LeadPolicy, binding: Binding, german_lead: dict[str, Any]
) -> None:
    arrow: Any = pytest.importorskip("pyarrow", reason="pip install 'leadpolicy[parquet]'")
    from pyarrow import parquet

    rows = [lead(german_lead, f"K{n}", Mitarbeiter=str(n * 40)) for n in range(5)]
    texts = [{name: str(value) for name, value in row.items()} for row in rows]
    put_csv(tmp_path / "a.csv", rows)
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, texts)), encoding="utf-8")
    parquet.write_table(arrow.Table.from_pylist(texts), tmp_path / "a.parquet")
    found = []
    for kind in ("csv", "jsonl", "parquet"):
        desk = Desk(tmp_path, policy, binding)
        found.append(desk.run_files(Inputs(tmp_path / f"a.{kind}"))[1])
        for ending in ("csv", "parquet"):
            out = tmp_path / f"out.{ending}"
            decide_files(policy, Inputs(tmp_path / f"a.{kind}"), binding, out, desk.rejected, at=AT)
            keys = [row.values["key"] for row in read_rows(out)]
            assert keys == [f"K{n}" for n in range(5)]
    assert found[0] == found[1] == found[2]


WORDS = st.sampled_from(
    ["", " ", "Ja", "Nein", "120", "-5", "1,5", "k.A.", "Maschinenbau", "ü\u0308"]
)
KEYS = st.sampled_from(["", " ", "K1", "K2", "K3", "K1 "])
LEADS = st.lists(
    st.fixed_dictionaries(
        {"Nr": KEYS, "Mitarbeiter": WORDS, "Branche": WORDS, "Budget": WORDS, "Kontakt": WORDS}
    )
)
SIGNALS = st.lists(
    st.fixed_dictionaries(
        {
            "Nr": KEYS,
            "Id": st.sampled_from(["", "1", "2"]),
            "Art": st.sampled_from(["Download", "Demo", "Intern", "Banane", ""]),
            "Zeit": st.sampled_from(["2026-10-30T08:00:00Z", "2027-01-01T00:00:00Z", "bald", ""]),
            "Seiten": WORDS,
        }
    )
)
CONSENTS = st.lists(
    st.fixed_dictionaries(
        {
            "Nr": KEYS,
            "Zweck": st.sampled_from(["newsletter", "newsleter"]),
            "Kanal": st.sampled_from(["email", "phone"]),
            "Stand": st.sampled_from(["bestätigt", "widerrufen", "", "ja"]),
            "Zeit": st.sampled_from(["2026-10-30T08:00:00Z", "2026-10-30", ""]),
        }
    )
)
COLUMNS = {
    "leads": ("Nr", "E-Mail", "Mitarbeiter", "Umsatz", "Branche", "Budget", "Kontakt"),
    "signals": ("Nr", "Id", "Art", "Zeit", "Inhalt", "Seiten"),
    "consents": ("Nr", "Zweck", "Kanal", "Stand", "Zeit"),
}


def file_of(folder: Path, name: str, rows: Rows) -> Path:
    blank = dict.fromkeys(COLUMNS[name], "")
    path = put_csv(folder / f"{name}.csv", [blank, *({**blank, **row} for row in rows)])
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([lines[0], *lines[2:]]), encoding="utf-8")
    return path


@given(leads=LEADS, signals=SIGNALS, consents=CONSENTS, ragged=st.sets(st.integers(0, 5)))
def test_every_row_ends_in_the_output_or_among_the_rejects_exactly_once(
    policy: leadpolicy.LeadPolicy,
    binding: Binding,
    tmp_path_factory: pytest.TempPathFactory,
    leads: Rows,
    signals: Rows,
    consents: Rows,
    ragged: set[int],
) -> None:
    folder = tmp_path_factory.mktemp("run")
    desk = Desk(folder, policy, binding)
    paths = {
        name: file_of(folder, name, rows)
        for name, rows in (("leads", leads), ("signals", signals), ("consents", consents))
    }
    lines = paths["leads"].read_text(encoding="utf-8").splitlines(keepends=True)
    broken = [
        f"{line.rstrip()},more\n" if n - 1 in ragged else line for n, line in enumerate(lines)
    ]
    paths["leads"].write_text("".join(lines[:1] + broken[1:]), encoding="utf-8")

    report, results, rejects = desk.run_files(Inputs(**paths))

    rejected = [item["row"] for item in rejects if item["source"] == "leads"]
    assert len(rejected) == len(set(rejected))
    assert len(results) + len(rejected) == len(leads) == report.leads
    assert set(rejected) <= {n + 2 for n in range(len(leads))}
    assert sum(report.rejected.values()) == len(rejects)
    assert all(item["problems"] for item in rejects)
    undecidable = {
        item["key"] for item in rejects if item["source"] == "consents" and item["key"] is not None
    }
    assert not undecidable & results.keys()
    for name, given_rows in (("signals", signals), ("consents", consents)):
        numbers = [item["row"] for item in rejects if item["source"] == name]
        assert len(numbers) == len(set(numbers))
        assert set(numbers) <= {n + 2 for n in range(len(given_rows))}

"""Output files are whole or not there, and hold what was written."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadpolicy.exchange.tables import FileError, read_rows
from leadpolicy.exchange.writing import Holds, OutColumn, defused, writing

COLUMNS = (
    OutColumn("key", Holds.TEXT),
    OutColumn("points", Holds.WHOLE),
    OutColumn("exact", Holds.NUMBER, 2),
    OutColumn("names", Holds.TEXTS),
    OutColumn("at", Holds.MOMENT),
    OutColumn("more", Holds.DATA),
)
ROWS: list[dict[str, object]] = [
    {
        "key": "K1",
        "points": -5,
        "exact": Decimal("12.50"),
        "names": ["a", "b"],
        "at": datetime(2026, 11, 1, 9, tzinfo=UTC),
        "more": {"x": [1, Decimal("0.5")]},
    },
    {"key": "=1+1", "points": None, "exact": 3, "names": [], "at": None},
]


def write(path: Path, rows: Sequence[dict[str, object]] = ROWS) -> None:
    with writing(path, COLUMNS) as put:
        for row in rows:
            put(row)


def test_csv_is_for_spreadsheets(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "out.csv"
    write(path)
    with path.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            ["key", "points", "exact", "names", "at"],
            ["K1", "-5", "12.5", "a;b", "2026-11-01T09:00:00Z"],
            ["'=1+1", "", "3", "", ""],
        ]


def test_json_lines_are_exact(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    write(path)
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert lines[0] == {
        "key": "K1",
        "points": -5,
        "exact": 12.5,
        "names": ["a", "b"],
        "at": "2026-11-01T09:00:00Z",
        "more": {"x": [1, 0.5]},
    }
    assert lines[1]["key"] == "=1+1"


def test_parquet_has_types_even_without_rows(tmp_path: Path) -> None:
    arrow: Any = pytest.importorskip("pyarrow", reason="pip install 'leadpolicy[parquet]'")
    from pyarrow import parquet

    for rows in ([], ROWS, ROWS * 1500):
        path = tmp_path / "out.parquet"
        write(path, rows)
        table = parquet.read_table(path)
        assert table.num_rows == len(rows)
        assert table.schema.field("points").type == arrow.int64()
        assert table.schema.field("exact").type == arrow.decimal128(28, 2)
        assert table.schema.field("at").type == arrow.timestamp("us", tz="UTC")
    assert table.to_pylist()[0]["exact"] == Decimal("12.50")
    assert table.to_pylist()[1] == {
        "key": "=1+1",
        "points": None,
        "exact": Decimal(3),
        "names": [],
        "at": None,
    }


@pytest.mark.parametrize("name", ["out.csv", "out.jsonl", "out.parquet"])
def test_a_file_that_is_not_finished_never_takes_its_place(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(b"earlier")
    with pytest.raises(RuntimeError), writing(path, COLUMNS) as put:
        put(ROWS[0])
        raise RuntimeError
    assert path.read_bytes() == b"earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FileError, match="cannot be written"):
        write(tmp_path / "file" / "out.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(FileError, match="cannot be written"):
        write(tmp_path / "folder.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.csv"]


def test_files_can_be_read_by_others_as_the_umask_says(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    write(tmp_path / "out.csv")
    assert (tmp_path / "out.csv").stat().st_mode == (tmp_path / "other").stat().st_mode


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-1+1", "@SUM(A1)", "\t=1", "\r=1"])
def test_formulas_are_defused(text: str) -> None:
    assert defused(text) == "'" + text


@pytest.mark.parametrize("text", ["", "K-1", "-5", "+5", "-12.5", "-12,5", "a=b", "ü"])
def test_numbers_and_names_stay_as_they_are(text: str) -> None:
    assert defused(text) == text


def test_days_are_written_as_days(tmp_path: Path) -> None:
    with writing(tmp_path / "a.csv", [OutColumn("day", Holds.TEXT)]) as put:
        put({"day": date(2026, 1, 31)})
    assert (tmp_path / "a.csv").read_text(encoding="utf-8").splitlines() == ["day", "2026-01-31"]


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "key": st.text(st.characters(codec="utf-8"), min_size=1),
                "names": st.lists(st.text(st.characters(codec="utf-8"))),
                "points": st.integers(-(2**53), 2**53),
            }
        )
    )
)
def test_json_lines_read_back_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, object]]
) -> None:
    path = tmp_path_factory.mktemp("json") / "out.jsonl"
    write(path, rows)
    found = [row.values for row in read_rows(path)]
    assert [{name: row[name] for name in ("key", "names", "points")} for row in found] == rows

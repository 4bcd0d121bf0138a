"""Files of rows are read as they are, and broken rows hold up nothing else."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from leadpolicy.exchange.tables import FileError, RawRow, columns_of, read_rows


def read(folder: Path, name: str, content: bytes | str) -> list[RawRow]:
    """Return the rows of a file with this content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_rows(path))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_delimiters_and_byte_order_marks_are_recognised(
    delimiter: str, mark: str, tmp_path: Path
) -> None:
    text = mark + "Nr|Größe\nK1|12\nK2|".replace("|", delimiter) + "\n"
    assert read(tmp_path, "a.csv", text) == [
        RawRow(2, {"Nr": "K1", "Größe": "12"}),
        RawRow(3, {"Nr": "K2", "Größe": ""}),
    ]


def test_quotes_may_hold_delimiters_and_line_ends(tmp_path: Path) -> None:
    text = '"Nr, quoted; twice",b\r\nK1,"x\ny, ""z"""\r\n\r\nK2,q\r\n'
    assert read(tmp_path, "a.csv", text) == [
        RawRow(2, {"Nr, quoted; twice": "K1", "b": 'x\ny, "z"'}),
        RawRow(5, {"Nr, quoted; twice": "K2", "b": "q"}),
    ]


def test_ragged_rows_are_told_with_their_line(tmp_path: Path) -> None:
    rows = read(tmp_path, "a.csv", "a,b\n1\n1,2\n1,2,3\n")
    assert [(row.number, row.problem) for row in rows] == [
        (2, "the row has 1 values and the header 2 names"),
        (3, None),
        (4, "the row has 3 values and the header 2 names"),
    ]


def test_other_encodings_are_told_by_row_and_column(tmp_path: Path) -> None:
    content = "Nr,Name\nK1,Müller\nK2,Maier\n".encode("latin-1")
    rows = read(tmp_path, "a.csv", content)
    assert [(row.number, row.problem) for row in rows] == [
        (2, "column `Name` is not UTF-8"),
        (3, None),
    ]


def test_broken_quotes_are_told_and_the_rest_is_read(tmp_path: Path) -> None:
    rows = read(tmp_path, "a.csv", 'a,b\n1,"x"y\n3,4\n5,"open\n')
    assert [(row.number, bool(row.problem)) for row in rows] == [(2, True), (3, False), (4, True)]


def test_a_field_of_10_mb_is_read(tmp_path: Path) -> None:
    (row,) = read(tmp_path, "a.csv", f"a,b\n1,{'x' * 10_000_000}\n")
    assert len(str(row.values["b"])) == 10_000_000


def test_a_header_alone_has_no_rows(tmp_path: Path) -> None:
    assert read(tmp_path, "a.csv", "a,b") == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no column names"),
        (b"\n", "no column names"),
        (b" , \n1,2", "no column names"),
        (b"a,b,a\n1,2,3", "two columns `a`"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "is not CSV in UTF-8"),
        ("a,b\n1,2".encode("utf-16"), "is not CSV in UTF-8"),
        ("Größe,b\n1,2".encode("latin-1"), "is not CSV in UTF-8"),
        (b'"a,b\n1,2', "is not CSV"),
    ],
)
def test_files_that_are_no_table_are_refused(content: bytes, said: str, tmp_path: Path) -> None:
    with pytest.raises(FileError, match=said):
        read(tmp_path, "a.csv", content)


def test_json_lines_keep_types_and_decimals_exact(tmp_path: Path) -> None:
    text = '\ufeff{"a": 1, "b": 0.1, "c": null}\n\n{"a": "ä", "b": [true], "c": {"d": 1}}'
    assert read(tmp_path, "a.jsonl", text) == [
        RawRow(1, {"a": 1, "b": Decimal("0.1"), "c": None}),
        RawRow(3, {"a": "ä", "b": [True], "c": {"d": 1}}),
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "not JSON"),
        ("{'a': 1}", "not JSON"),
        ('{"a": NaN}', "not JSON"),
        ("[1, 2]", "not a JSON object"),
        ("5", "not a JSON object"),
        ("[" * 100_000, "not JSON"),
        ('{"a": 1e99999999999}', None),
    ],
)
def test_lines_that_are_no_object_are_told(line: str, said: str | None, tmp_path: Path) -> None:
    first, second = read(tmp_path, "a.jsonl", f'{line}\n{{"a": 1}}\n')
    assert second == RawRow(2, {"a": 1})
    if said is not None:
        assert first.problem is not None
        assert said in first.problem


def test_parquet_is_read_batch_by_batch(tmp_path: Path) -> None:
    arrow: Any = pytest.importorskip("pyarrow", reason="pip install 'leadpolicy[parquet]'")
    from pyarrow import parquet

    path = tmp_path / "a.parquet"
    parquet.write_table(arrow.table({"a": list(range(5000)), "b": ["x", None] * 2500}), path)
    rows = list(read_rows(path))
    assert (len(rows), rows[0], rows[-1].number) == (5000, RawRow(1, {"a": 0, "b": "x"}), 5000)
    assert columns_of(path) == ("a", "b")


def test_what_is_no_parquet_is_told(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="pip install 'leadpolicy[parquet]'")
    for content in (b"", b"PAR1", b"a,b\n1,2"):
        with pytest.raises(FileError, match="cannot be read as Parquet"):
            read(tmp_path, "a.parquet", content)


def test_parquet_without_its_library_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(FileError, match=r"pip install 'leadpolicy\[parquet\]'"):
        read(tmp_path, "a.parquet", b"")


@pytest.mark.parametrize("name", ["leads.xlsx", "leads", "leads.cvs"])
def test_unknown_endings_are_told_with_those_that_are_known(name: str, tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"format is not known; .*`\.csv`"):
        read(tmp_path, name, "a\n1")


def test_missing_files_and_folders_are_told(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").touch()
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(FileError, match=r"no file .*lead\.csv.*did you mean `leads\.csv`"):
        list(read_rows(tmp_path / "lead.csv"))
    with pytest.raises(FileError, match="is a folder"):
        list(read_rows(tmp_path / "folder.csv"))


def test_columns_are_known_before_rows(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(" a ;b\n1;2", encoding="utf-8")
    (tmp_path / "a.ndjson").write_text('{"a": 1}', encoding="utf-8")
    assert columns_of(tmp_path / "a.csv") == ("a", "b")
    assert columns_of(tmp_path / "a.ndjson") is None

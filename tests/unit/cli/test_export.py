"""`export` and `sandbox` with plug-ins of a test: what is written, kept, removed and refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from leadpolicy.cli.boundary import UsageError
from leadpolicy.cli.exporting import LIST, write_tree

FILES: Mapping[str, bytes] = {"a/x.xml": b"<x/>", "b.txt": b"b"}


def test_the_same_files_are_written_once(tmp_path: Path) -> None:
    first = write_tree(tmp_path, FILES, overwrite=False)
    again = write_tree(tmp_path, FILES, overwrite=False)
    assert sorted(first.new) == ["a/x.xml", "b.txt"]
    assert (again.new, sorted(again.same), again.removed) == ((), ["a/x.xml", "b.txt"], ())
    assert json.loads((tmp_path / LIST).read_text()) == {"files": ["a/x.xml", "b.txt"]}


def test_what_is_no_longer_needed_is_removed_and_nothing_else(tmp_path: Path) -> None:
    write_tree(tmp_path, FILES, overwrite=False)
    (tmp_path / "ours.txt").write_text("ours")
    done = write_tree(tmp_path, {"b.txt": b"b2"}, overwrite=False)
    assert (done.new, done.removed) == (("b.txt",), ("a/x.xml",))
    assert (tmp_path / "ours.txt").read_text() == "ours"
    assert (tmp_path / "b.txt").read_bytes() == b"b2"


def test_a_file_of_somebody_else_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("theirs")
    with pytest.raises(UsageError, match=r"b\.txt` stands already"):
        write_tree(tmp_path, FILES, overwrite=False)
    assert [path.name for path in tmp_path.iterdir()] == ["b.txt"]
    write_tree(tmp_path, FILES, overwrite=True)
    assert (tmp_path / "b.txt").read_bytes() == b"b"


@pytest.mark.parametrize("name", ["../evil.txt", "/etc/evil.txt", "a/../../evil.txt"])
def test_a_forged_list_removes_nothing_outside_the_folder(tmp_path: Path, name: str) -> None:
    outside = tmp_path / "evil.txt"
    outside.write_text("stays")
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / LIST).write_text(json.dumps({"files": [name]}))
    assert write_tree(folder, FILES, overwrite=False).removed == ()
    assert outside.exists()


def test_a_broken_list_is_named(tmp_path: Path) -> None:
    (tmp_path / LIST).write_text("[")
    with pytest.raises(UsageError, match=LIST):
        write_tree(tmp_path, FILES, overwrite=False)

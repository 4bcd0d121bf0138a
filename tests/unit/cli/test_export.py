"""What an export writes, keeps, removes and refuses, and who is asked what the CRM computes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from leadpolicy.cli.boundary import UsageError
from leadpolicy.cli.deployment import computed
from leadpolicy.cli.exporting import LIST, write_tree
from leadpolicy.diagnostics import PolicyError
from leadpolicy.engine.loading import load
from leadpolicy.exchange.binding import Binding
from leadpolicy.exchange.fitting import binding_for

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


def test_a_binding_comes_with_its_pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    policy = load("b2b-de").checked
    assert binding_for("salesforce", policy).options.native == "both"
    (tmp_path / "salesforce").write_text("leads: {key: Id}\n")
    assert binding_for("salesforce", policy).options.native is False
    with pytest.raises(PolicyError, match="salesfource"):
        binding_for("salesfource", policy)


@pytest.mark.parametrize(
    ("said", "native", "both", "expected"),
    [
        (False, False, False, False),
        ("synced", False, False, False),
        (True, False, False, True),
        ("native", False, False, True),
        ("both", False, False, "both"),
        ("both", True, False, True),
        (False, False, True, "both"),
    ],
)
def test_the_command_line_is_asked_before_the_binding(
    said: object, native: bool, both: bool, expected: object
) -> None:
    binding = Binding.model_validate({"options": {"native": said}})
    assert computed(binding, native=native, both=both) == expected


def test_native_and_both_exclude_each_other() -> None:
    with pytest.raises(UsageError, match="exclude each other"):
        computed(Binding(), native=True, both=True)

"""Structure problems say what is wrong, where, and what would be right."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from leadpolicy.diagnostics import Diagnostic, PolicyError, render_text
from leadpolicy.documents.read import read, read_policy_text
from leadpolicy.documents.schema import against_schema
from leadpolicy.documents.structure import CODES
from leadpolicy.documents.write import write
from medium import FOLDER, document

TEXT = (FOLDER / "policy.yaml").read_text(encoding="utf-8")


def problems(old: str, new: str) -> list[Diagnostic]:
    assert old in TEXT
    found = read_policy_text(TEXT.replace(old, new, 1))
    return [item for item in found.diagnostics if item.severity == "error"]


@pytest.mark.parametrize(
    ("old", "new", "code", "at", "hint"),
    [
        ("owner: management", "ownr: management", "LP151", "ownr", "did you mean `owner`?"),
        ("from: [lead], to: mql", "from_: [lead], to: mql", "LP151", "from_", "`from`"),
        ("weight: exploratory", "weigth: exploratory", "LP151", "weigth", "`weight`"),
        ("points: 40, when", "pionts: 40, when", "LP151", "pionts", "`points`"),
        ("evidence: validated", "evidence: valdated", "LP154", "valdated", "`validated`"),
        ("type: whole", "type: wole", "LP154", "wole", "`whole`"),
        ("by: [sales]", "by: [sels]", "LP154", "sels", "`sales`"),
        ("points: 40", "points: forty", "LP153", "forty", None),
        ("points: 40", "points: true", "LP153", "true", None),
        ("within: 24 hours", "within: 24h", "LP153", "24h", None),
        ("review_by: 2027-01-31", "review_by: soon", "LP153", "soon", None),
        ("at_least: 1", "at_least: 0", "LP153", "0", None),
        ("from: [lead], to: mql", "from: lead, to: mql", "LP153", "lead", None),
        ("  target_segment:", "  Target Segment:", "LP155", "Target Segment", "small letter"),
        ("bands: {A: {from: 60}", "bands: {A: {}", "LP156", "A", None),
    ],
)
def test_a_mistake_is_reported_at_its_place(
    old: str, new: str, code: str, at: str, hint: str | None
) -> None:
    item = next(x for x in problems(old, new) if x.code == code)
    assert item.span is not None
    line = TEXT.replace(old, new, 1).splitlines()[item.span.line - 1]
    assert line[item.span.column - 1 :].startswith(at)
    assert hint is None or hint in (item.hint or "")


def test_a_missing_key_is_reported_at_the_part_that_needs_it() -> None:
    item = next(x for x in problems("    origin: form\n", "") if x.code == "LP152")
    assert "`content_download` needs the key `origin`" in item.message
    assert item.path == "$.signals.content_download"


def test_all_problems_are_reported_at_once_in_source_order() -> None:
    broken = TEXT.replace("weight: binding", "weight: bindig").replace("stage: sales", "stage: x")
    found = read_policy_text(broken).diagnostics
    assert [item.code for item in found] == ["LP154", "LP154"]
    assert [item.span.line for item in found if item.span] == sorted(
        item.span.line for item in found if item.span
    )


def test_the_text_shows_the_line_with_a_caret_below_the_word() -> None:
    found = read_policy_text(TEXT.replace("employees >= 50 and", "emploees >= 50 and", 1))
    rows = render_text(found.diagnostics, found.tree.sources).splitlines()
    assert "error[LP201]" in rows[0]
    start = rows[1].index("emploees")
    assert rows[2][start : start + 8] == "^" * 8
    assert rows[3] == "    hint: did you mean `employees`?"


def test_require_raises_with_everything_that_is_wrong() -> None:
    found = read_policy_text(TEXT.replace("employees >= 50", "emploees >= 50"))
    with pytest.raises(PolicyError) as caught:
        found.require()
    assert len(caught.value.diagnostics) == 2
    assert "emploees" in str(caught.value)


def test_reading_then_writing_then_reading_is_stable() -> None:
    first = document()
    assert first.policy is not None and first.checked is not None
    text = write(first.policy)
    second = read_policy_text(text)
    assert second.checked is not None and second.policy is not None
    assert second.checked.content_hash == first.checked.content_hash
    assert write(second.policy) == text


def test_the_merged_data_is_what_the_schema_says() -> None:
    assert list(against_schema(document().tree)) == []


def test_the_schema_finds_what_the_classes_find() -> None:
    tree = read_policy_text(TEXT.replace("weight: binding", "weight: bindig")).tree
    assert [item.code for item in against_schema(tree)] == ["LP150"]


def test_a_list_file_is_read_beside_the_policy(tmp_path: Path) -> None:
    (tmp_path / "rivals.txt").write_text("# ours\nRival.Example\n\n", encoding="utf-8")
    text = TEXT.replace("entries: [rival.example]", "file: rivals.txt")
    (tmp_path / "policy.yaml").write_text(text, encoding="utf-8")
    assert read(tmp_path).require().lists["competitors"] == {"rival.example"}


@pytest.mark.parametrize(
    ("name", "code"), [("../secret.txt", "LP108"), ("/etc/passwd", "LP108"), ("no.txt", "LP107")]
)
def test_a_list_file_outside_the_folder_is_refused(tmp_path: Path, name: str, code: str) -> None:
    text = TEXT.replace("entries: [rival.example]", f"file: {name}")
    (tmp_path / "policy.yaml").write_text(text, encoding="utf-8")
    item = next(x for x in read(tmp_path).diagnostics if x.code == code)
    assert item.span is not None and item.span.source.endswith("policy.yaml")


def test_a_child_overrides_named_parts_and_deletes_others(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "policy.yaml").write_text(TEXT, encoding="utf-8")
    (tmp_path / "child").mkdir()
    child = dedent(
        """
        extends: base
        policy: child
        scores:
          fit:
            rules:
              mid-size: {points: 45}
              freemail: null
        """
    )
    (tmp_path / "child" / "policy.yaml").write_text(child, encoding="utf-8")
    policy = read(tmp_path / "child").require()
    points = {line.id: line.points for line in policy.scores["fit"].lines}
    assert points == {"mid-size": 45, "segment": 30, "boss": 20}
    assert policy.name == "child"


def test_every_structure_code_has_a_title() -> None:
    assert sorted(CODES) == ["LP150", "LP151", "LP152", "LP153", "LP154", "LP155", "LP156"]

"""Every part of a policy is listed, with the place it comes from and what it replaces."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadpolicy.diagnostics import PolicyError
from leadpolicy.documents.read import Document, read
from leadpolicy.policy.fields import Lang
from leadpolicy.report.show import PartRow, parts, show
from pages import ROOT
from talk import FOLDER, LANGS, policy

OWN = """\
extends: b2b-de
policy: own
version: "7"
criteria:
  mql:
    title: {de: Unser MQL}
    when: employees >= 20 and newsletter_consent
  vip: {title: VIP, when: employees >= 1000}
scores:
  fit:
    rules:
      decides: {points: 35}
"""


@pytest.fixture
def own(tmp_path: Path) -> Document:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "policy.yaml").write_text(OWN, encoding="utf-8")
    return read(folder, packs=[ROOT / "policies"])


def short(row: PartRow) -> tuple[str | None, str | None]:
    """Return the places with the names of the files alone."""
    return tuple(place and Path(place).name for place in (row.origin, row.overrides))  # type: ignore[return-value]


def test_a_part_of_a_pack_comes_from_its_file(own: Document) -> None:
    rows = {row.part: row for row in show(own, "de")}
    lines = (ROOT / "policies/b2b-de/criteria.yaml").read_text(encoding="utf-8").splitlines()
    line = lines.index("  target_industry:") + 1
    assert short(rows["criteria.target_industry"]) == (f"criteria.yaml:{line}", None)
    assert "Maschinenbau" in rows["criteria.target_industry"].says


def test_an_own_part_comes_from_the_own_file(own: Document) -> None:
    rows = {row.part: row for row in show(own, "de")}
    assert (
        rows["criteria.vip"].says == "„VIP“ ist erfüllt, wenn gilt: Mitarbeitende mindestens 1.000."
    )
    assert short(rows["criteria.vip"]) == ("policy.yaml:8", None)


def test_what_replaces_a_value_of_a_pack_is_shown_beside_its_part(own: Document) -> None:
    rows = show(own, "de")
    names = [row.part for row in rows]
    start = names.index("criteria.mql")
    assert names[start : start + 3] == [
        "criteria.mql",
        "criteria.mql.title.de",
        "criteria.mql.when",
    ]
    when = rows[start + 2]
    assert when.says == "employees >= 20 and newsletter_consent"
    origin, overrides = short(when)
    assert origin == "policy.yaml:7"
    assert overrides is not None and overrides.startswith("criteria.yaml:")
    assert names[:2] == ["policy", "version"]
    points = next(row for row in rows if row.part == "scores.fit.rules.decides.points")
    assert (points.says, short(points)[0]) == ("35", "policy.yaml:12")


def test_what_was_not_replaced_has_no_second_place(own: Document) -> None:
    replaced = {row.part for row in show(own, "en") if row.overrides}
    assert replaced == {
        "policy",
        "version",
        "criteria.mql",
        "criteria.mql.title.de",
        "criteria.mql.when",
        "scores.fit",
        "scores.fit.rules.decides",
        "scores.fit.rules.decides.points",
    }


@pytest.mark.parametrize("lang", LANGS)
def test_the_listing_names_every_part_with_its_meaning(lang: Lang) -> None:
    rows = parts(policy(), lang)
    assert {row.origin for row in rows} == {None}
    assert all(row.says and "\n" not in row.says for row in rows)
    names = [row.part for row in rows]
    assert len(set(names)) == len(names)
    wanted = {".".join(map(str, path)) for path, _, _ in policy().policy.parts()}
    assert wanted <= set(names)
    assert {"governance", "record", "rating", "feedback", "record.attributes.employees"} <= set(
        names
    )
    assert {"scores.fit.rules.size", "scores.fit.groups.firm"} <= set(names)
    assert {"readiness.ready.dimensions.need", "grades.fit_grade.bands.A"} <= set(names)


def test_with_and_without_files_the_same_is_said() -> None:
    placed = show(read(FOLDER), "de")
    assert [(row.part, row.says) for row in placed] == [
        (row.part, row.says) for row in parts(policy(), "de")
    ]
    assert all(row.origin and row.overrides is None for row in placed)


def test_rows_are_ready_for_json() -> None:
    row = PartRow("criteria.x", "says", "policy.yaml:3")
    assert row.to_dict() == {
        "part": "criteria.x",
        "says": "says",
        "origin": "policy.yaml:3",
        "overrides": None,
    }


def test_a_document_with_errors_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text("policy: broken\n", encoding="utf-8")
    with pytest.raises(PolicyError):
        show(read(tmp_path), "de")

"""The picture of the lifecycle: well-formed, complete, and no text covers another one."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from re import DOTALL, search
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from leadpolicy.documents.read import read
from leadpolicy.policy.fields import Lang
from leadpolicy.policy.policy import Policy
from leadpolicy.report.edges import edges, lanes
from leadpolicy.report.svg import svg
from medium import data
from pages import ROOT
from snapshot import assert_same_as_kept
from talk import FOLDER, LANGS

SVG = "{http://www.w3.org/2000/svg}"
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)


def packed(folder: Path = ROOT / "policies" / "b2b-de") -> Policy:
    return read(folder).require().policy


def odd(**changes: Any) -> Policy:
    """A lifecycle with long names, a loop, and one transition that leads on and back."""
    again = {
        "title": "Wiedervorlage nach einer langen Wartezeit",
        "from": ["sql", "rejected", "mql"],
    }
    found = data(**changes)
    found["states"]["sql"]["title"] = "Donaudampfschifffahrtsgesellschaft"
    found["states"]["rejected"]["terminal"] = True
    found["transitions"]["again"] = {**again, "to": "sql", "by": ["sales", "management"]}
    found["transitions"]["loop"] = {
        "title": "Bleibt",
        "from": ["mql"],
        "to": "mql",
        "by": ["sales"],
    }
    return Policy.model_validate(found)


POLICIES = [pytest.param(packed, id="pack"), pytest.param(odd, id="odd")]


def rows(picture: ET.Element) -> Iterator[tuple[str, str, str]]:
    for group in picture.iter(f"{SVG}g"):
        if "data-to" in group.attrib:
            for source in group.attrib["data-from"].split():
                yield source, group.attrib["data-to"], group.attrib["data-kind"]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("make", POLICIES)
def test_every_state_and_every_edge_is_drawn(make: Any, lang: Lang) -> None:
    policy = make()
    picture = ET.fromstring(svg(policy, lang))
    drawn = [
        group.attrib["data-state"]
        for group in picture.iter(f"{SVG}g")
        if "data-state" in group.attrib
    ]
    assert drawn == list(policy.states)
    expected = {(edge.source, edge.target, edge.kind.value) for edge in edges(policy, lang)}
    assert set(rows(picture)) == expected
    texts = {"".join(text.itertext()) for text in picture.iter(f"{SVG}text")}
    assert all(any(edge.label in text for text in texts) for edge in edges(policy, lang))


def test_ways_back_are_below_the_states_and_point_to_the_left() -> None:
    policy = packed()
    picture = ET.fromstring(svg(policy, "de"))
    boxes = [rect for rect in picture.iter(f"{SVG}rect") if rect.attrib.get("rx") == "9"]
    top = int(boxes[0].attrib["y"])
    rank = list(policy.states).index
    for group in picture.iter(f"{SVG}g"):
        if "data-to" not in group.attrib:
            continue
        path = next(group.iter(f"{SVG}path")).attrib
        _, x, y, _, end = path["d"].split()
        back = rank(group.attrib["data-to"]) <= rank(group.attrib["data-from"].split()[0])
        assert (int(y) > top, int(end) < int(x)) == (back, back)
        assert path["marker-end"] == ("url(#back)" if back else "url(#on)")


def test_one_transition_that_leads_on_and_back_has_two_rows() -> None:
    again = [
        lane for lane in lanes(odd(), "de") if lane.edge.label.startswith("Wiedervorlage nach")
    ]
    assert [(lane.sources, lane.edge.back) for lane in again] == [
        (("sql", "rejected"), True),
        (("mql",), False),
    ]


@pytest.mark.parametrize("lang", LANGS)
def test_a_small_lifecycle_is_drawn_as_kept(lang: Lang) -> None:
    assert_same_as_kept(f"report/lifecycle.{lang}.svg", svg(packed(FOLDER), lang))


@settings(max_examples=examples(25))
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_any_title_gives_a_well_formed_picture(title: str) -> None:
    found = data(states__mql__title=title, states__mql__definition=title, title=title)
    found["transitions"]["again"] = {"title": title, "from": ["mql"], "to": "sql"}
    picture = ET.fromstring(svg(Policy.model_validate(found), "en"))
    assert len(list(rows(picture))) == len(edges(Policy.model_validate(found), "en"))


# ------------------------------------------------------------------------------ in a real browser
OVERLAPS = """
const boxes = [...document.querySelectorAll('svg text')].map(t => [t.textContent, t.getBBox()]);
const states = [...document.querySelectorAll('g[data-state]')].map(
  g => [g, g.querySelector('rect').getBBox(),
        [...g.querySelectorAll('text')].map(t => t.getBBox())]);
const size = document.querySelector('svg').viewBox.baseVal, found = [];
const meet = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width
  && a.y < b.y + b.height && b.y < a.y + a.height;
boxes.forEach(([text, box], i) => {
  if (box.x < 0 || box.y < 0 || box.x + box.width > size.width || box.y + box.height > size.height)
    found.push('outside: ' + text);
  boxes.slice(i + 1).forEach(([other, b]) => {
    if (meet(box, b)) found.push(text + ' | ' + other); });
});
states.forEach(([g, box, texts]) => texts.forEach(t => {
  if (t.x < box.x || t.x + t.width > box.x + box.width) found.push('wider: ' + g.textContent); }));
document.body.innerHTML = '<pre id="found"></pre>';
document.getElementById('found').textContent = JSON.stringify([boxes.length, found]);
"""


@pytest.mark.skipif(CHROMIUM is None, reason="no browser: apt-get install chromium")
@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("make", POLICIES)
def test_no_text_covers_another_one_in_a_browser(make: Any, lang: Lang, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    body = f"<body>{svg(make(), lang)}<script>{OVERLAPS}</script>"
    page.write_text(f'<!doctype html><meta charset="utf-8">{body}', encoding="utf-8")
    flags = (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={tmp_path / 'profile'}",
    )
    command = [str(CHROMIUM), *flags, "--dump-dom", page.as_uri()]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    match = search(r'<pre id="found">(.*?)</pre>', shown, DOTALL)
    assert match is not None, shown
    count, found = json.loads(unescape(match[1]))
    assert count > 10
    assert found == []

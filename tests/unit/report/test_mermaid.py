"""The Mermaid text has one line for every state and edge, whatever the titles are."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from leadpolicy.documents.read import read
from leadpolicy.policy.fields import Lang
from leadpolicy.policy.policy import Policy
from leadpolicy.report.edges import edges
from leadpolicy.report.mermaid import label, mermaid
from medium import data
from pages import ROOT
from snapshot import assert_same_as_kept
from talk import LANGS, policy

STATE = re.compile(r'    state "[^"]*" as s\d+_\w+')
EDGE = re.compile(r"    (?:s\d+_\w+|\[\*\]) --> (?:s\d+_\w+|\[\*\])(?: : \S.*)?")


@pytest.mark.parametrize("lang", LANGS)
def test_a_lifecycle_is_written_as_kept(lang: Lang) -> None:
    assert_same_as_kept(f"report/lifecycle.{lang}.mmd", mermaid(policy().policy, lang))


def test_every_state_and_every_edge_of_the_pack_has_a_line() -> None:
    pack = read(ROOT / "policies" / "b2b-de").require().policy
    head, direction, *lines = mermaid(pack, "en").splitlines()
    assert (head, direction) == ("stateDiagram-v2", "    direction LR")
    states = [line for line in lines if STATE.fullmatch(line)]
    steps = [line for line in lines if EDGE.fullmatch(line)]
    assert len(states) + len(steps) == len(lines)
    assert len(states) == len(pack.states)
    ends = sum(state.terminal for state in pack.states.values())
    assert len(steps) == len(edges(pack, "en")) + 1 + ends
    assert sum("↩" in line for line in steps) == sum(edge.back for edge in edges(pack, "en")) > 5


def test_states_whose_names_look_alike_stay_apart() -> None:
    found = data()
    state = {"title": "X", "definition": "x", "responsible": {"sales": "decides"}}
    found["states"] |= {"a-b": state, "a_b": state}
    lines = mermaid(Policy.model_validate(found)).splitlines()
    ids = [line.rsplit(" ", 1)[1] for line in lines if STATE.fullmatch(line)]
    assert len(set(ids)) == len(found["states"])


@settings(max_examples=examples(60))
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_any_title_keeps_the_shape_of_the_lines(title: str) -> None:
    found = data(states__mql__title=title)
    found["transitions"]["again"] = {"title": f"x{title}", "from": ["mql"], "to": "sql"}
    _, _, *lines = mermaid(Policy.model_validate(found)).splitlines()
    assert [line for line in lines if not (STATE.fullmatch(line) or EDGE.fullmatch(line))] == []


@pytest.mark.parametrize(
    ("title", "written"),
    [
        ("a: b; c", "a#58; b#59; c"),
        ("%%{init: {}}%%", "#37;#37;#123;init#58; #123;#125;#125;#37;#37;"),
        ("<b>", "#60;b#62;"),
        ('say "no"', "say #34;no#34;"),
        ("direction TB", "direction#32;TB"),
        ("in direction LR", "in direction#32;LR"),
        ("1. first", "1#46; first"),
        ("- first", "#45; first"),
        ("A#35; & _b_", "A#35;35#59; #38; #95;b#95;"),
        ("two\nlines", "two lines"),
    ],
)
def test_what_mermaid_would_read_as_its_own_is_coded(title: str, written: str) -> None:
    assert label(title) == written

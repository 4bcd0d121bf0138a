"""The checker finds each way in which a history can be wrong, and nothing in a right one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from leadpolicy.testing.lab import Entry
from leadpolicy.testing.lab.checker import Findings, Told, check

A, B, C = {"lp_fit": 1}, {"lp_fit": 2}, {"lp_fit": 3}


def history(*values: dict[str, Any], via: str = "upsert", kind: str = "effect") -> list[Entry]:
    return [
        Entry(seq, seq, float(seq), kind, "L-1", value, via)
        for seq, value in enumerate(values, start=1)
    ]


def found(
    decided: Sequence[dict[str, Any]], entries: list[Entry], **more: Any
) -> dict[str, tuple[str, ...]]:
    dead = more.pop("dead", None)
    findings = check(entries, Told({"L-1": decided}, **more), dead)
    return {name: keys for name, keys in findings.wrong().items() if keys}


def test_a_decision_that_arrives_once_is_right() -> None:
    assert found([A], history(A, via="append")) == {}


def test_a_decision_that_was_superseded_may_be_missing() -> None:
    assert found([A, B, C], history(A, C)) == {}


def test_a_decision_that_comes_back_may_be_written_again() -> None:
    assert found([A, B, A], history(A, B, A, via="append")) == {}


@pytest.mark.parametrize(
    ("decided", "entries", "wrong"),
    [
        ([A], [], "lost"),
        ([A, B], history(A), "lost"),
        ([A], history(A, A, via="append"), "doubled"),
        ([A], history(A, A, via="append-late"), "doubled"),
        ([A, B], history(A, B, A, B), "overtaken"),
        ([A], history(B, A), "strange"),
    ],
)
def test_what_went_wrong_is_named(
    decided: list[dict[str, Any]], entries: list[Entry], wrong: str
) -> None:
    assert found(decided, entries) == {wrong: ("L-1",)}


def test_an_identical_write_at_a_key_is_a_rewrite_only() -> None:
    findings = check(history(A, A, A), Told({"L-1": [A]}))
    assert findings == Findings(rewrites=2)
    assert findings.clean


def test_a_dead_letter_is_false_when_it_stands_or_was_never_refused() -> None:
    refusal = history({"code": "bad"}, kind="refusal")
    assert found([A], refusal, refused={"L-1"}, dead={"L-1": A}) == {}
    assert found([A], [], refused={"L-1"}, dead={"L-1": A}) == {"false_dead": ("L-1",)}
    assert found([A], [*refusal, *history(A)], refused={"L-1"}, dead={"L-1": A}) == {
        "false_dead": ("L-1",)
    }


def test_what_arrives_after_a_denial_is_known_is_named() -> None:
    assert found([A, B], history(A, B), denied={"L-1": 2}) == {}
    assert found([A, B], history(A, B), denied={"L-1": 1}) == {"after_denial": ("L-1",)}


def test_leads_that_are_gone_or_denied_are_not_lost() -> None:
    assert found([A], [], gone={"L-1"}) == {}
    assert found([A], [], denied={"L-1": 0}) == {}


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(st.integers(0, 3), min_size=1), st.data())
def test_every_part_of_the_decisions_that_ends_with_the_last_is_right(
    numbers: list[int], data: st.DataObject
) -> None:
    decided = [{"lp_fit": number} for number in numbers]
    kept = [d for d in decided[:-1] if data.draw(st.booleans())]
    assert found(decided, history(*kept, decided[-1], via="append")) == {}


@settings(max_examples=examples(100), deadline=None)
@given(st.integers(1, 8), st.data())
def test_every_repetition_of_an_appended_decision_is_seen(count: int, data: st.DataObject) -> None:
    decided = [{"lp_fit": number} for number in range(count)]
    place = data.draw(st.integers(0, count - 1))
    doubled = [*decided[: place + 1], decided[place], *decided[place + 1 :]]
    assert found(decided, history(*doubled, via="append")) == {"doubled": ("L-1",)}

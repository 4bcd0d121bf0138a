"""One lead of a file is found by its key and decided with what belongs to it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

import leadpolicy
from leadpolicy.exchange.binding import default_binding
from leadpolicy.exchange.rejects import Reject
from leadpolicy.exchange.run import Inputs
from leadpolicy.exchange.single import decide_one
from leadpolicy.exchange.tables import FileError

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    rows: dict[str, list[dict[str, object]]] = {
        "leads": [{"id": 1, "employees": 120}, {"id": 2, "employees": "x"}, {"id": 1}],
        "signals": [
            {"lead_id": 1, "type": "demo_request", "occurred_at": "2026-11-01T00:00:00Z"},
            {"lead_id": 1, "type": "demo", "occurred_at": "2026-11-01T00:00:00Z"},
            {"lead_id": 2, "type": "demo", "occurred_at": "2026-11-01T00:00:00Z"},
        ],
    }
    for name, items in rows.items():
        text = "\n".join(map(json.dumps, items))
        (tmp_path / f"{name}.jsonl").write_text(text, encoding="utf-8")
    return Inputs(tmp_path / "leads.jsonl", tmp_path / "signals.jsonl")


def test_the_lead_is_decided_with_its_signals(
    policy: leadpolicy.LeadPolicy, inputs: Inputs
) -> None:
    decided, unused = decide_one(policy, inputs, default_binding(), "1", at=AT)
    assert not isinstance(decided, Reject)
    assert decided.scores["engagement"] == 50
    assert [(item.row, item.problems[0].code) for item in unused] == [(2, "LP507")]


def test_a_lead_that_cannot_be_decided_says_why(
    policy: leadpolicy.LeadPolicy, inputs: Inputs
) -> None:
    decided, _ = decide_one(policy, inputs, default_binding(), "2", at=AT)
    assert isinstance(decided, Reject)
    assert str(decided).startswith("leads row 2 (lead 2): column `employees`: `x` is not a whole")


def test_an_unknown_key_is_told(policy: leadpolicy.LeadPolicy, inputs: Inputs) -> None:
    with pytest.raises(FileError, match="has no lead `3`; known: `1`, `2`"):
        decide_one(policy, inputs, default_binding(), "3", at=AT)

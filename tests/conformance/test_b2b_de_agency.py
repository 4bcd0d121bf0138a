"""The second pack: re-use of the first, with parts replaced, added and taken out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from leadpolicy.documents.read import Document, read
from leadpolicy.engine.lead_policy import LeadPolicy
from leadpolicy.testing.cases import Case, load_cases, run_cases

PACK = Path(__file__).parents[2] / "policies" / "b2b-de-agency"


@pytest.fixture(scope="module")
def document() -> Document:
    return read(PACK, today=date(2026, 11, 21))


@pytest.mark.parametrize("case", load_cases(PACK / "cases.yaml"), ids=str)
def test_the_pack_decides_the_case(document: Document, case: Case) -> None:
    (result,) = run_cases(LeadPolicy(document.require()), [case])
    assert result.passed, result.text()


def test_it_closes_the_three_holes(document: Document) -> None:
    assert document.diagnostics == ()


def test_a_part_replaced_by_null_is_gone(document: Document) -> None:
    rules = document.require().policy.scores["engagement"].rules
    assert "newsletter_subscriber" not in rules
    assert "downloads" in rules


def test_a_replaced_part_knows_what_it_replaces(document: Document) -> None:
    path = ("criteria", "target_industry", "when")
    here, before = document.tree.spans[path], document.tree.overrides[path]
    assert Path(here.source).parts[-2:] == ("b2b-de-agency", "policy.yaml")
    assert Path(before.source).parts[-2:] == ("b2b-de", "criteria.yaml")


def test_what_is_not_written_comes_from_the_other_pack(document: Document) -> None:
    span = document.tree.span_at(("criteria", "target_country", "when"))
    assert span is not None
    assert Path(span.source).parts[-2:] == ("b2b-de", "criteria.yaml")
    assert document.tree.extends == ("b2b-de",)
    assert document.require().name == "b2b-de-agency"

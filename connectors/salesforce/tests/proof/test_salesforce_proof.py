"""Formulas decide as the reference evaluator does, whatever the policy and the leads."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judges.bridge import JUDGES, Bridge, JudgeName, require_judges
from judges.proof import INTERPRETER, Ledger, Panel, prove
from judges.trust import trust
from judges.truth_table import require_contract_data
from judges.trying import PACKS, pack, policy_and_leads, thoroughly
from leadpolicy.expr.facts import Facts
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy.testing.policies import leads

ASKED: dict[JudgeName, int] = {"sformula": 6, "formulon": 1}


@pytest.fixture(scope="module")
def panel() -> Iterator[Panel]:
    """Return the judges that others wrote, with what they are trusted with."""
    require_judges()
    require_contract_data()
    with Bridge() as bridge:
        yield Panel(bridge, {name: trust(name) for name in JUDGES}, ASKED)


@thoroughly(15)
@given(policy_and_leads)
def test_every_output_equals_the_reference_evaluator(
    drawn: tuple[CheckedPolicy, list[Facts]],
) -> None:
    ledger = Ledger()
    prove(*drawn, ledger, closely=True)
    assert ledger.differences == []


@pytest.mark.parametrize("name", PACKS)
def test_every_pack_is_decided_alike_on_random_leads(name: str) -> None:
    checked, ledger = pack(name), Ledger()

    @thoroughly(3)
    @given(st.lists(leads(checked), min_size=2, max_size=5))
    def try_leads(known: list[Facts]) -> None:
        prove(checked, known, ledger, closely=True)
        assert ledger.differences == []

    try_leads()
    assert ledger.compiled > 0


def test_judges_written_by_others_agree(panel: Panel) -> None:
    ledger = Ledger()

    @thoroughly(8)
    @given(policy_and_leads)
    def try_policies(drawn: tuple[CheckedPolicy, list[Facts]]) -> None:
        prove(*drawn, ledger, panel)
        assert ledger.differences == []

    try_policies()
    assert ledger.verdicts["sformula"] > ledger.verdicts[INTERPRETER] / 4
    assert ledger.verdicts["formulon"] > 0


# ------------------------------------------------------------------------------------- trust
NEEDED = {
    "AND(boolean)",
    "OR(boolean)",
    "=(boolean)",
    "IF(boolean)",
    "IF(number)",
    "IF(text)",
    "ISBLANK(text)",
    "ISBLANK(text) over blank",
    "ISBLANK(number)",
    "ISBLANK(number) over blank",
    "ISBLANK(date)",
    "ISBLANK(date) over blank",
    "ISBLANK(datetime)",
    "ISBLANK(datetime) over blank",
    "=(text)",
    "<>(text)",
    "CONTAINS(text)",
    "BEGINS(text)",
    "TRIM(text)",
    "LOWER(text)",
    "SUBSTITUTE(text)",
    "<(number)",
    ">=(number)",
    "=(number)",
    "+(number)",
    "MIN(number)",
    "MAX(number)",
    "DATE(number)",
    "DATETIMEVALUE(text)",
    "<(date)",
    ">=(date)",
    "<=(datetime)",
    ">(datetime)",
    "CASE(text, number)",
}
"""What formulas are made of, in words that the recorded table has."""
BEYOND = {
    "sformula": {
        "-(date, number)",
        "<>(date)",
        "a text with a quote",
        "a text with a backslash",
        "=(text) beyond ASCII",
        "CONTAINS(text) beyond ASCII",
    },
    "formulon": {"*(number)", "ROUND(number)", "=(text) over blank", "RIGHT(text, number)"},
}
"""Some of what the table does not have or a judge gets wrong: the interpreter judges that alone."""


@pytest.mark.parametrize("name", JUDGES)
def test_a_judge_is_trusted_with_what_it_is_right_about(panel: Panel, name: JudgeName) -> None:
    found = panel.trusts[name]
    assert found.constructs >= NEEDED
    assert not found.constructs & (found.refuted | BEYOND[name])
    assert found.agreed > 3_000


def test_no_judge_is_trusted_with_what_it_takes_blanks_for(panel: Panel) -> None:
    assert "CONTAINS(text) over blank" in panel.trusts["formulon"].refuted
    assert "<(number) over blank" in panel.trusts["formulon"].refuted
    assert "MOD(number) over long numbers" in panel.trusts["sformula"].refuted

"""The contract kit holds the connector to its behaviours, on a real server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from connectors.tryton.tests.harness import FieldsHarness, NotesHarness, TrytonHarness
from connectors.tryton.tests.office import Office
from connectors.tryton.tests.tryton_server import TrytonServer

from leadpolicy.testing.contract import (
    Behaviour,
    Mark,
    behaviour_named,
    behaviours,
    check,
)
from leadpolicy.testing.contract.behaviour import Group
from leadpolicy.testing.contract.reasons import read_reasons

BEHAVIOURS = behaviours()
EXEMPT = read_reasons(Path(__file__).parents[1] / "connector.toml", [b.slug for b in BEHAVIOURS])
SLOW = {"a-timeout-or-gateway-error-is-in-doubt", "a-slow-answer-ends"}
"""What is checked by answers that never come, and takes as long as the connector waits."""
IN_FIELDS = (
    "an-unchanged-lead-is-not-written",
    "a-newer-decision-stands",
    "a-refused-batch-is-halved",
    "passing-and-lasting-refusals-differ",
    "a-locked-lead-waits",
    "none-clears-and-absent-leaves",
    "a-lost-answer-doubles-nothing",
    "texts-come-back-as-they-were",
    "texts-are-never-cut",
    "nothing-in-a-text-is-carried-out",
    "numbers-come-back-exactly",
)
"""What is different where decisions go into fields and not into notes."""


@pytest.fixture(scope="module")
def office(server: TrytonServer) -> Iterator[Office]:
    opened = Office(server)
    yield opened
    opened.truth.close()


def expect_shown(behaviour: Behaviour, harness: TrytonHarness, exempt: Mapping[str, str]) -> None:
    result = check(behaviour, harness, exempt)
    if result.mark is Mark.FAILED:
        pytest.fail(f"{behaviour.statement}\n{result.reason}", pytrace=False)
    if result.mark is not Mark.PASSED:
        pytest.skip(f"{result.mark.value}: {result.reason}")


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda behaviour: behaviour.slug)
def test_contract(behaviour: Behaviour, office: Office) -> None:
    """Reasons and rights are deployed where that is what is checked, for it costs time."""
    kind = TrytonHarness if behaviour.group in {Group.DEPLOY, Group.PACKAGE} else NotesHarness
    harness = kind(office) if behaviour.slug in SLOW else kind(office, timeout=60)
    expect_shown(behaviour, harness, EXEMPT)


@pytest.mark.parametrize("slug", IN_FIELDS)
def test_contract_with_decisions_in_fields(slug: str, office: Office) -> None:
    expect_shown(behaviour_named(slug), FieldsHarness(office, timeout=60), {})

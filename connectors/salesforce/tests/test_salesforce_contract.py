"""The contract kit holds the connector to its behaviours, on the practice Salesforce."""

from __future__ import annotations

from typing import Final

import pytest
from connectors.salesforce.tests.harness import SalesforceHarness

from leadpolicy.testing.contract import Behaviour, Mark, behaviours, check

BEHAVIOURS: Final = behaviours()
SLOW: Final = {"a-timeout-or-gateway-error-is-in-doubt", "a-slow-answer-ends"}
"""What is checked by answers that never come, and takes as long as the connector waits."""


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda behaviour: behaviour.slug)
def test_salesforce_contract(behaviour: Behaviour) -> None:
    harness = SalesforceHarness(2.5) if behaviour.slug in SLOW else SalesforceHarness()
    result = check(behaviour, harness, {})
    if result.mark is Mark.FAILED:
        pytest.fail(f"{behaviour.statement}\n{result.reason}", pytrace=False)
    if result.mark is not Mark.PASSED:
        pytest.skip(f"{result.mark.value}: {result.reason}")

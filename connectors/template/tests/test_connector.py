"""What is special about this connector."""

from pathlib import Path

import pytest
from harness import AcmecrmHarness, AcmecrmSandbox
from leadpolicy.crm.connector import Column, ConnectorError, DecisionRow, Status
from leadpolicy.crm.state import Action, Change, FieldKind

from leadpolicy_acmecrm.connector import AcmecrmConnector

STATE = Column("lp_state", FieldKind.CHOICE, codes=("lead", "mql"))


@pytest.fixture
def crm(tmp_path: Path) -> AcmecrmSandbox:
    """Return a practice CRM with one lead."""
    made = AcmecrmHarness().sandbox(tmp_path)
    made.seed(["L-1"])
    return made


def test_a_decision_arrives(crm: AcmecrmSandbox) -> None:
    connector = crm.open()
    connector.apply(Change(Action.ADD, STATE))
    outcomes = connector.write([DecisionRow("L-1", {"lp_state": "mql"})], [STATE])
    assert [(outcome.key, outcome.status) for outcome in outcomes] == [("L-1", Status.WRITTEN)]
    assert crm.held(["L-1"], [STATE]) == {"L-1": {"lp_state": "mql"}}


def test_an_unknown_option_is_met_with_a_suggestion() -> None:
    with pytest.raises(ConnectorError, match="did you mean `timeout`"):
        AcmecrmConnector("http://127.0.0.1:9", {"timeot": 3})

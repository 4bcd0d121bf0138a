"""What leadpolicy asks of every connector, as tests of this one."""

from pathlib import Path

from harness import AcmecrmHarness
from leadpolicy.testing.contract import contract_tests

test_contract = contract_tests(AcmecrmHarness(), Path(__file__).parents[1] / "connector.toml")

"""Everything that questions about decisions look up in a policy, worked out once on first use."""

from __future__ import annotations

from functools import cached_property

from leadpolicy.engine.asking import Asking
from leadpolicy.engine.cells.of_policy import record_partition
from leadpolicy.engine.cells.partition import Partition
from leadpolicy.engine.cones import Cones
from leadpolicy.engine.goals import Goals
from leadpolicy.engine.targets import Targets
from leadpolicy.policy.checked import CheckedPolicy


class Handbook:
    """Lookups that depend on the policy alone."""

    def __init__(self, checked: CheckedPolicy) -> None:
        self.checked = checked

    @cached_property
    def goals(self) -> Goals:
        """What must hold for each condition, as people wrote it."""
        return Goals(self.checked)

    @cached_property
    def graded_goals(self) -> Goals:
        """What must hold for each condition, grades taken apart into scores."""
        return Goals(self.checked, graded=True)

    @cached_property
    def asking(self) -> Asking:
        """Which facts each condition asks for."""
        return Asking(self.checked)

    @cached_property
    def cones(self) -> Cones:
        """Which facts each output depends on."""
        return Cones(self.checked)

    @cached_property
    def targets(self) -> Targets:
        """States and outputs by name."""
        return Targets(self.checked)

    @cached_property
    def partition(self) -> Partition:
        """Which values of each fact the policy can tell apart."""
        return record_partition(self.checked)

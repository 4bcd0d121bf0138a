"""What a check sees: the policy, its lowered outputs and the place to report to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, TypeAlias

from leadpolicy.expr.nodes import Node, Output
from leadpolicy.expr.traverse import rewrite
from leadpolicy.policy.checked import NamedOutput
from leadpolicy.policy.lowering import Lowering

if TYPE_CHECKING:
    from leadpolicy.policy.policy import Policy


@dataclass(frozen=True, slots=True)
class Draft:
    """A policy without errors so far; `outputs` stand in dependency order."""

    policy: Policy
    into: Lowering
    outputs: tuple[NamedOutput, ...]
    today: date | None

    def output(self, name: str) -> NamedOutput | None:
        """Return an output by name, or None."""
        return next((item for item in self.outputs if item.name == name), None)

    def inlined(self, node: Node) -> Node:
        """Return the expression with every output but scores replaced by its definition."""
        by_name = {item.name: item.node for item in self.outputs}

        def expand(item: Node) -> Node:
            if isinstance(item, Output) and item.name not in self.into.scores:
                found = by_name.get(item.name)
                return item if found is None else rewrite(found, expand)
            return item

        return rewrite(node, expand)


Check: TypeAlias = Callable[[Draft], None]

"""What every backend has in common: it says what it supports, and compiles checked policies."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from leadpolicy.expr.nodes import Node
from leadpolicy.expr.traverse import NODE_KINDS, walk
from leadpolicy.policy.checked import CheckedPolicy, NamedOutput

Out = TypeVar("Out")


def _no_objection(_node: Node) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Which expressions a target can carry out.

    `objection` looks at one node of a supported kind and says in a sentence why the target cannot
    carry it out all the same, for example a needle that is not ASCII; None where it can.
    """

    target: str
    kinds: frozenset[type[Node]] = NODE_KINDS
    objection: Callable[[Node], str | None] = _no_objection

    def refusal(self, node: Node) -> str | None:
        """Return why one node cannot be carried out, or None."""
        if type(node) not in self.kinds:
            return f"`{self.target}` has no `{type(node).__name__}`"
        return self.objection(node)


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A part of an output that a target cannot carry out, and why."""

    output: NamedOutput
    node: Node
    reason: str


class Backend(ABC, Generic[Out]):
    """Turns checked policies into something that decides leads."""

    capabilities: Capabilities

    @abstractmethod
    def compile(self, checked: CheckedPolicy) -> Out:
        """Return what decides leads by the policy."""

    def unsupported(self, checked: CheckedPolicy) -> Iterator[Unsupported]:
        """Yield everything in the policy's outputs that this backend cannot carry out."""
        for output in checked.outputs:
            for node in walk(output.node, into_where=True):
                reason = self.capabilities.refusal(node)
                if reason is not None:
                    yield Unsupported(output, node, reason)

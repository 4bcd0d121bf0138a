"""What a behaviour is: a numbered sentence about connectors, with the check that proves it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, TypeAlias

from leadpolicy.crm.capabilities import Capabilities

if TYPE_CHECKING:
    from leadpolicy.testing.contract.bench import Bench

Check: TypeAlias = Callable[["Bench"], None]
Need: TypeAlias = Callable[[Capabilities], str]


class Tier(IntEnum):
    """How far a connector is proven; every tier contains the ones below it."""

    NONE = 0
    BRONZE = 1
    SILVER = 2
    GOLD = 3
    PLATINUM = 4

    @property
    def label(self) -> str:
        """The tier's name as reports show it."""
        return self.name.lower()


class Group(StrEnum):
    """What a behaviour is about."""

    PACKAGE = "package"
    PUSH = "push"
    FAULTS = "faults"
    PULL = "pull"
    DEPLOY = "deploy"
    DATA = "data"
    STORE = "store"


class ViolationError(AssertionError):
    """The connector does not behave as the sentence says."""


class NotOfferedError(Exception):
    """The harness cannot do what a check needs; the author writes down why."""


class NotApplicableError(Exception):
    """The sentence means nothing for this connector, and why."""


def expect(holds: object, message: str) -> None:
    """Raise `ViolationError` unless something holds."""
    if not holds:
        raise ViolationError(message)


def always(_capabilities: Capabilities) -> str:
    """Select a behaviour for every connector."""
    return ""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One behaviour: what is promised, to whom it applies, and how it is checked.

    `need` returns why the behaviour does not apply to a connector, or nothing when it does.
    """

    number: int
    slug: str
    tier: Tier
    group: Group
    statement: str
    check: Check
    need: Need = always

    @property
    def label(self) -> str:
        """The number as reports show it; behaviours of a store have numbers of their own.

        >>> Behaviour(7, "x", Tier.BRONZE, Group.PUSH, "", print).label
        '07'
        """
        prefix = "S" if self.group is Group.STORE else ""
        return f"{prefix}{self.number:02}"


def behaviours_of(group: Group) -> Callable[..., Callable[[Check], Behaviour]]:
    """Return the decorator that makes behaviours of a group out of their checks.

    The slug is the check's name; the statement is the first paragraph of its docstring.
    """

    def numbered(number: int, tier: Tier, need: Need = always) -> Callable[[Check], Behaviour]:
        def made(check: Check) -> Behaviour:
            slug = check.__name__.replace("_", "-")
            return Behaviour(number, slug, tier, group, _statement(check), check, need)

        return made

    return numbered


def _statement(check: Check) -> str:
    text = (check.__doc__ or "").partition("\n\n")[0].strip()
    if not text:
        raise ValueError(f"the check `{check.__name__}` has no sentence")
    return re.sub(r"\s+", " ", text)

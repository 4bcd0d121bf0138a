"""Who may write which column: nobody what the policy writes, no team what the other one owns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from leadpolicy.crm.state import LEAD, Column, Owner, Permission, Team
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy.policy.fields import Role

TEAMS: Final[tuple[Team, ...]] = ("marketing", "sales")
_OWNERS: Final[dict[Role, Owner]] = {Role.MARKETING: "marketing", Role.SALES: "sales"}


def rights(
    policy: CheckedPolicy,
    columns: Iterable[Column],
    teams: Collection[Team],
    attributes: Collection[str],
) -> Iterator[Permission]:
    """Yield for each team and column whether it may write there, column by column.

    Of the policy's columns a team writes only what it owns. From the CRM's own `attributes` a team
    is kept where the record expressly gives them to the other one. What the CRM computes nobody
    can write anyway.
    """
    named = set()
    for column in columns:
        named.add(column.name)
        if column.object == LEAD and column.formula is None:
            for team in _in_order(teams):
                yield Permission(team, column.name, write=column.owner == team)
    for name, spec in policy.policy.record.attributes.items():
        owner = _OWNERS.get(spec.owner)
        is_said = owner is not None and "owner" in spec.model_fields_set
        if not is_said or name in named or name not in attributes:
            continue
        yield from (Permission(t, name, write=False) for t in _in_order(teams) if t != owner)


def _in_order(teams: Collection[Team]) -> tuple[Team, ...]:
    return tuple(team for team in TEAMS if team in teams)

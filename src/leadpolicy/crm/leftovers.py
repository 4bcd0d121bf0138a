"""How the parts of ours were left, so that foreign edits can be told later."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from leadpolicy.crm.ownership import Kept, Ours, owned
from leadpolicy.crm.parts import Found, Properties, looked_after, wanted_parts
from leadpolicy.crm.state import Column, DesiredState, Part, address
from leadpolicy.crm.store.contract import Owned


def is_the_crms_own(part: Part) -> bool:
    """Tell whether a part belongs to the CRM, whoever made it: it was bound by name."""
    return isinstance(part, Column) and part.bound


def parts_left(
    mine: Ours, standing: Mapping[str, Found], desired: DesiredState, changed: Collection[str]
) -> Iterator[tuple[str, Owned | None]]:
    """Yield what has to be remembered of parts of ours; None where one is gone.

    What others edited is not taken over, unless it stands as the policy wants it.
    """
    wanted = {address(part): part for part in wanted_parts(desired)}
    for name in sorted({*mine.parts, *mine.begun}):
        kept = mine.parts.get(name)
        after = _left(name, wanted.get(name), kept, standing, looked_at=name in changed)
        if kept != after or name in mine.begun:
            yield name, None if after is None else owned(after)


def _left(
    name: str,
    wanted: Part | None,
    kept: Kept | None,
    standing: Mapping[str, Found],
    *,
    looked_at: bool,
) -> Kept | None:
    part = wanted or (None if kept is None else kept.part)
    found = standing.get(name)
    if part is None or found is None or is_the_crms_own(part):
        return None
    if kept is None or kept.left is None or looked_at:
        imported = kept is not None and kept.imported
        return Kept(part, found.properties, imported, taken=True)
    return replace(kept, part=part, left=_settled(kept.left, found.properties, wanted))


def _settled(left: Properties, standing: Properties, wanted: Part | None) -> Properties:
    """Return how a part was left, with what others have since made as it is wanted."""
    goal = {} if wanted is None else looked_after(wanted)
    settled = {key: value for key, value in goal.items() if standing.get(key) == value}
    return {**left, **settled}

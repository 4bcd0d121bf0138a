"""What others changed on parts of ours since they were left; what is not ours is none of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from leadpolicy.crm.connector import Connector
from leadpolicy.crm.errors import CrmError
from leadpolicy.crm.ownership import Ours, ours
from leadpolicy.crm.parts import Found, scope, standing_parts
from leadpolicy.crm.render import printable, properties
from leadpolicy.crm.situation import foreign_edits
from leadpolicy.crm.state import DesiredState, Part, PropertyChange, ReasonRow, Table, address
from leadpolicy.crm.store.contract import Deployments


class NothingAppliedError(CrmError):
    """Nothing in this CRM is ours."""


class DriftKind(StrEnum):
    """What happened to a part of ours."""

    EDITED = "edited"
    MISSING = "missing"
    EXTRA = "extra"


@dataclass(frozen=True, slots=True)
class Drifted:
    """A part that others edited, removed, or put among ours; how it was left and how it stands."""

    address: str
    kind: DriftKind
    properties: tuple[PropertyChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Drift:
    """Everything that drifted, and how many parts of ours stand as they were left."""

    items: tuple[Drifted, ...]
    standing: int

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing drifted."""
        return not self.items

    def to_dict(self) -> dict[str, Any]:
        """Return the drift as JSON-ready data."""
        return {"standing": self.standing, "items": [_as_data(item) for item in self.items]}


def _as_data(item: Drifted) -> dict[str, Any]:
    return {
        "address": item.address,
        "kind": item.kind.value,
        "properties": [asdict(change) for change in item.properties],
    }


def drift(connector: Connector, store: Deployments) -> Drift:
    """Compare the parts of ours as they were left with what stands now; nothing is written.

    Raises `NothingAppliedError` where nothing is ours, and `ConnectorError`.
    """
    mine = ours(store.deployment(connector.target))
    if not mine.parts:
        message = f"nothing was applied to `{connector.target}` from here yet"
        raise NothingAppliedError(message, "run `leadpolicy apply` first, or name its store")
    asked = scope(DesiredState("", "", ""), (kept.part for kept in mine.parts.values()))
    standing = standing_parts(connector.observe(asked))
    items = (*_of_ours(mine, standing), *_among_ours(mine, standing))
    drifted = {item.address for item in items}
    return Drift(items, sum(name in standing and name not in drifted for name in mine.parts))


def _of_ours(mine: Ours, standing: Mapping[str, Found]) -> Iterator[Drifted]:
    for part in _gone(mine, standing):
        table = address(Table(part.table)) if isinstance(part, ReasonRow) else None
        if table is None or table in standing:
            yield Drifted(address(part), DriftKind.MISSING)
    for name in mine.parts:
        found, left = standing.get(name), mine.left(name)
        if found and left is not None and (edits := foreign_edits(left, found.properties)):
            yield Drifted(name, DriftKind.EDITED, edits)


def _gone(mine: Ours, standing: Mapping[str, Found]) -> list[Part]:
    """Return the parts of ours that do not stand, apart from what a run left half-made."""
    names = mine.parts.keys() - standing.keys() - mine.begun
    return [mine.parts[name].part for name in sorted(names)]


def _among_ours(mine: Ours, standing: Mapping[str, Found]) -> Iterator[Drifted]:
    for name, found in standing.items():
        row = found.part
        if isinstance(row, ReasonRow) and name not in mine and address(Table(row.table)) in mine:
            yield Drifted(name, DriftKind.EXTRA)


_SIGNS: Final = {DriftKind.EDITED: "~", DriftKind.MISSING: "-", DriftKind.EXTRA: "+"}
_WORDS: Final = {
    DriftKind.EDITED: "was changed by hand",
    DriftKind.MISSING: "was removed by hand",
    DriftKind.EXTRA: "was added by hand",
}


def render_drift(found: Drift) -> str:
    """Return a drift as text: ~ edited, - missing, + extra, with how each was left and stands."""
    lines = []
    for item in found.items:
        lines.append(f"  {_SIGNS[item.kind]} {printable(item.address)} {_WORDS[item.kind]}")
        lines.extend(properties(item.properties))
    count = len(found.items)
    lines.append(f"{count} drifted, {found.standing} stand as they were left")
    return "\n".join(lines)

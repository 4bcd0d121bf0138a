"""Take over what stands in a CRM and fits, so that it is ours from then on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final

from leadpolicy.crm.compare import misfit
from leadpolicy.crm.connector import Connector
from leadpolicy.crm.leftovers import is_the_crms_own
from leadpolicy.crm.locking import Run, Unattended, locked
from leadpolicy.crm.ownership import Kept, Ours, ours, owned
from leadpolicy.crm.parts import Found, scope, standing_parts, wanted_parts
from leadpolicy.crm.plan import PlanError
from leadpolicy.crm.state import DesiredState, Part, ReasonRow, Table, address
from leadpolicy.crm.store.contract import Owned, Store
from leadpolicy.diagnostics import did_you_mean

_UNATTENDED: Final = Unattended()


@dataclass(frozen=True, slots=True)
class AdoptReport:
    """What became of the parts, by address.

    `adopted` are ours from now on, `accepted` were ours and are kept as others left them,
    `forgotten` were ours and are gone, and `unfit` says why a part cannot be taken over.
    """

    adopted: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    forgotten: tuple[str, ...] = ()
    unfit: tuple[tuple[str, str], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON-ready data."""
        return {**asdict(self), "unfit": dict(self.unfit)}


def adopt(
    connector: Connector,
    desired: DesiredState,
    store: Store,
    *,
    parts: Collection[str] | None,
    at: datetime,
    settings: Run = _UNATTENDED,
) -> AdoptReport:
    """Take over the named parts that stand and fit, or all of them; the CRM is not changed.

    A part is named by its address, with or without its kind and object: `column lead.lp_fit`,
    `lp_fit`; a table stands for its reasons as well. What others edited on parts of ours counts as
    left so. Raises `PlanError` for a name that nothing has, `LockedError`, and `ConnectorError`.
    """
    with locked(store, connector.target, "deploy", at, settings) as lock:
        mine = ours(store.deployment(connector.target))
        asked = scope(desired, (kept.part for kept in mine.parts.values()))
        standing = standing_parts(connector.observe(asked))
        known = _known(desired, mine, standing)
        names = known if parts is None else _chosen(parts, known)
        found = [_adopt(name, known[name], mine, standing.get(name)) for name in names]
        for item in found:
            if item.changes:
                store.note(lock, item.name, item.after)
        return _report(found)


@dataclass(frozen=True, slots=True)
class _Adoption:
    """What becomes of one part: one of the lists of the report, empty for none of them."""

    name: str
    list: str = ""
    after: Owned | None = None
    why: str = ""

    @property
    def changes(self) -> bool:
        """Tell whether there is something to remember."""
        return self.list in {"adopted", "accepted", "forgotten"}


def _known(desired: DesiredState, mine: Ours, standing: Mapping[str, Found]) -> dict[str, Part]:
    """Return the parts that can be taken over: wanted ones, ours, and reasons in such tables."""
    found = {name: kept.part for name, kept in mine.parts.items()}
    rows = [item.part for item in standing.values() if isinstance(item.part, ReasonRow)]
    wanted = [part for part in wanted_parts(desired) if not is_the_crms_own(part)]
    return {**found, **{address(part): part for part in (*rows, *wanted)}}


def _chosen(parts: Collection[str], known: Mapping[str, Part]) -> list[str]:
    chosen: dict[str, None] = {}
    for part in parts:
        matches = [name for name, item in known.items() if part in _spellings(name, item)]
        if not matches:
            spellings = {name.partition(" ")[2] for name in known}
            raise PlanError(f"there is no part `{part:.80}`", did_you_mean(part, spellings))
        chosen |= dict.fromkeys(matches)
    return list(chosen)


def _spellings(name: str, part: Part) -> Iterator[str]:
    short = name.partition(" ")[2]
    yield from (name, short, short.rpartition(".")[2])
    if isinstance(part, ReasonRow):
        yield from (part.table, address(Table(part.table)))


def _adopt(name: str, part: Part, mine: Ours, found: Found | None) -> _Adoption:
    kept = mine.parts.get(name)
    if found is None:
        return _Adoption(name, "forgotten") if kept else _Adoption(name)
    why = misfit(part, found)
    if why is not None:
        return _Adoption(name, "unfit", why=why.message)
    if kept is None:
        return _Adoption(name, "adopted", owned(Kept(part, found.properties, imported=True)))
    if kept.left == found.properties:
        return _Adoption(name)
    accepted = replace(kept, part=part, left=found.properties, taken=False)
    return _Adoption(name, "accepted", owned(accepted))


def _report(found: Collection[_Adoption]) -> AdoptReport:
    def names(list_: str) -> tuple[str, ...]:
        return tuple(item.name for item in found if item.list == list_)

    unfit = tuple((item.name, item.why) for item in found if item.list == "unfit")
    return AdoptReport(names("adopted"), names("accepted"), names("forgotten"), unfit)

"""What a plan is made from, and the steps that it can come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from leadpolicy.crm.capabilities import Capabilities, PartKind
from leadpolicy.crm.ownership import Ours
from leadpolicy.crm.parts import Found, Properties, looked_after
from leadpolicy.crm.state import Change, DesiredState, Part, PropertyChange, address

EVERYTHING: Final = Capabilities(
    creates=frozenset(PartKind), changes=frozenset(PartKind), destroys=frozenset(PartKind)
)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A part that cannot be made as the policy needs it; `hint` says what a person can do.

    With `drifted` somebody else changed what is ours: `properties` has how it was left, and how
    it stands now.
    """

    part: Part
    message: str
    hint: str
    properties: tuple[PropertyChange, ...] = ()
    drifted: bool = False


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a part that asks for no change and should be known."""

    address: str
    message: str


Step: TypeAlias = Change | Conflict | Remark | None


@dataclass(frozen=True, slots=True)
class Situation:
    """What is wanted, what stands, what can be done here, what is ours, and what is allowed.

    Without `mine` nobody asks whose the standing parts are. The texts of `trusted` changes were
    given to the CRM a moment ago; it may show them in words of its own.
    """

    desired: DesiredState
    standing: Mapping[str, Found]
    able: Capabilities = EVERYTHING
    mine: Ours | None = None
    allow_destroy: bool = False
    overwrite_drift: bool = False
    trusted: Mapping[str, Change] = field(default_factory=dict)

    def found(self, part: Part) -> Found | None:
        """Return what stands under the address of a part."""
        return self.standing.get(address(part))

    def is_ours(self, part: Part) -> bool:
        """Tell whether a standing part may be changed without asking."""
        return self.mine is None or address(part) in self.mine

    def left(self, part: Part) -> Properties | None:
        """Return how a part of ours was left; None where nobody knows, or may undo it."""
        if self.mine is None or self.overwrite_drift:
            return None
        return self.mine.left(address(part))

    def differences(self, part: Part, standing: Properties) -> tuple[PropertyChange, ...]:
        """Return the properties that stand otherwise than the part wants them.

        A property that this CRM does not keep is never compared, and one that stands as the CRM
        took it from us is no difference.
        """
        wanted = looked_after(part)
        return tuple(
            PropertyChange(key, standing[key], value)
            for key, value in wanted.items()
            if standing[key] != value
            and (standing[key] is not None or key == "formula")
            and not self._is_as_left(part, standing, key)
            and not self._is_reworded(part, standing, key)
        )

    def _is_as_left(self, part: Part, standing: Properties, key: str) -> bool:
        return self.mine is not None and self.mine.is_as_left(part, standing, key)

    def _is_reworded(self, part: Part, standing: Properties, key: str) -> bool:
        """Tell whether the CRM shows a text that was just given to it in its own way, or not."""
        change = self.trusted.get(address(part))
        if change is None or key not in {"body", "formula", "message"}:
            return False
        before = {item.name: item.before for item in change.properties}
        is_shown = bool(standing[key])
        return before.get(key) != standing[key] if is_shown else key == "message"


def foreign_edits(left: Properties, standing: Properties) -> tuple[PropertyChange, ...]:
    """Return how a part was left and how it stands, where that differs.

    A property that is kept now and was not then, or the other way round, is not compared.
    """
    return tuple(
        PropertyChange(key, before, standing[key])
        for key, before in left.items()
        if key in standing
        and before != standing[key]
        and (key == "formula" or (before is not None and standing[key] is not None))
    )

"""What is ours in a CRM: the parts that an apply made or a person imported, as they were left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from leadpolicy.crm.errors import CrmError
from leadpolicy.crm.parts import Properties, from_data, looked_after, to_data
from leadpolicy.crm.state import Part, Property, address
from leadpolicy.crm.store.contract import Deployment, Owned


@dataclass(frozen=True, slots=True)
class Kept:
    """A part of ours; `left` is how it stood when we left it, or None where nobody looked.

    With `taken`, that is how the CRM took the part from us, in its own spelling; otherwise it is
    how it stood when a person imported it.
    """

    part: Part
    left: Properties | None = None
    imported: bool = False
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Ours:
    """Everything that is ours by address; `begun` has what a run left half-made."""

    parts: Mapping[str, Kept] = field(default_factory=dict)
    begun: frozenset[str] = frozenset()

    def __contains__(self, name: object) -> bool:
        return name in self.parts or name in self.begun

    def left(self, name: str) -> Properties | None:
        """Return how a part was left; None for what is not ours, or half-made."""
        if name in self.begun or name not in self.parts:
            return None
        return self.parts[name].left

    def is_as_left(self, part: Part, standing: Properties, key: str) -> bool:
        """Tell whether a text is wanted as it was wanted, and stands as it was left.

        Then it stands in the CRM's own spelling of it.
        """
        left = self.left(address(part))
        if left is None or not self.parts[address(part)].taken:
            return False
        if isinstance(left.get(key), bool) or left.get(key) != standing.get(key):
            return False
        before = looked_after(self.parts[address(part)].part)
        return before.get(key) == looked_after(part).get(key)


def ours(deployment: Deployment) -> Ours:
    """Return what is ours; raises `CrmError` where what was remembered cannot be read."""
    parts = {item.address: _kept(item) for item in (*deployment.begun, *deployment.owned)}
    return Ours(parts, frozenset(deployment.intents))


def _kept(item: Owned) -> Kept:
    try:
        left = item.part["left"]
        frozen = None if left is None else {name: _frozen(value) for name, value in left.items()}
        return Kept(from_data(item.part["wanted"]), frozen, item.imported, bool(item.part["taken"]))
    except (KeyError, ValueError, TypeError, AttributeError):
        message = f"what is remembered of `{item.address}` cannot be read"
        raise CrmError(message, "restore the store from a backup") from None


def _frozen(value: object) -> Property:
    if isinstance(value, list):
        return tuple(value)
    if value is None or isinstance(value, str | int | bool | tuple):
        return value
    raise TypeError(f"{type(value).__name__} is no property")


def owned(kept: Kept) -> Owned:
    """Return a part as it is remembered."""
    left = None if kept.left is None else dict(kept.left)
    data = {"wanted": to_data(kept.part), "left": left, "taken": kept.taken}
    return Owned(address(kept.part), data, kept.imported)

"""Which purposes the policy knows, on which channels, and what they are called in the org."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from leadpolicy_salesforce.binding import Source


@dataclass(frozen=True, slots=True)
class Purposes:
    """The purposes of a policy with their channels; the org calls each by its code.

    Where `channels` is None, the policy is not known, and every purpose of the org is taken.
    """

    channels: Mapping[str, frozenset[str]] | None = None

    def code(self, name: str, source: Source | None) -> str | None:
        """Return the purpose that a name in the org stands for, None for one of no concern.

        The binding may say so, in the codes of `consents.purpose`.
        """
        bound = None if source is None else source.roles.get("purpose")
        if bound is not None and name in bound.codes:
            found = bound.codes[name]
            return str(found) if found else None
        return name if self.channels is None or name in self.channels else None

    def knows(self, code: str, channel: str) -> bool:
        """Tell whether the policy uses a purpose on a channel."""
        return self.channels is None or channel in self.channels.get(code, frozenset())

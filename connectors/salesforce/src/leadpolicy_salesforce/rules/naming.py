"""Names of validation rules, and messages in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from leadpolicy_salesforce.metadata.names import NAME_MAX, shortened

LONGEST_MESSAGE: Final = 255
_OTHER: Final = re.compile(r"[^A-Za-z0-9]+")


@dataclass(slots=True)
class Names:
    """Gives rules names that Salesforce takes, each once; `prefix` is that of the policy."""

    prefix: str
    taken: set[str] = field(default_factory=set)

    def of(self, *words: str) -> str:
        """Return a name of at most 40 letters, digits and single underscores.

        >>> names = Names("lp_")
        >>> names.of("demands", "a-b"), names.of("demands", "a_b")
        ('lp_demands_a_b', 'lp_demands_a_b_2')
        """
        whole = _OTHER.sub("_", "_".join((self.prefix, *words))).strip("_")
        whole = whole if whole[:1].isalpha() else f"lp_{whole}"
        name, number = whole[:NAME_MAX].rstrip("_"), 1
        while name.lower() in self.taken:
            number += 1
            end = f"_{number}"
            name = whole[: NAME_MAX - len(end)].rstrip("_") + end
        self.taken.add(name.lower())
        return name


def message(german: str, english: str) -> str:
    """Return what a person reads whose change is refused, in both languages.

    >>> message("geht nicht", "is not possible")
    'leadpolicy: geht nicht (is not possible)'
    """
    whole = f"leadpolicy: {german} ({english})"
    if len(whole) <= LONGEST_MESSAGE:
        return whole
    room = (LONGEST_MESSAGE - len("leadpolicy:  ()")) // 2
    return f"leadpolicy: {shortened(german, room)} ({shortened(english, room)})"


def listed(words: Iterable[str]) -> str:
    """Return words one after another."""
    return ", ".join(words)

"""What is missing: the smallest sets of facts that would lead a lead to a target."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from leadpolicy.engine.jsonready import plain
from leadpolicy.engine.missing.knobs import FactKind
from leadpolicy.engine.why import Tell
from leadpolicy.expr.nodes import Node
from leadpolicy.expr.types import Value
from leadpolicy.policy.fields import Lang

BUDGET: Final = 20_000
"""How many changed leads are looked at before a search gives up."""

MOST_FACTS: Final = 12
"""Sets of more facts are not looked for."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact that would have to be different.

    `subject` is an attribute, a consent, or a type of signal; `needed` says what it must become
    and `witness` is a value that would do (for signals: how many more). `owner` is the role to
    ask, None where only the person can give it. `condition` is `needed` as an expression about
    `leaf`; both are None for signals.
    """

    kind: FactKind
    subject: str
    now: Value | None
    needed: str
    witness: Value
    owner: str | None
    condition: Node | None = field(repr=False)
    leaf: Node | None = field(repr=False)

    @property
    def fills_unknown(self) -> bool:
        """Whether nothing that is known would have to change."""
        return self.now is None or self.kind is FactKind.SIGNAL

    def to_dict(self) -> dict[str, object]:
        """Return the fact as JSON-ready data."""
        return {
            "kind": self.kind.value,
            "subject": self.subject,
            "now": plain(self.now),
            "needed": self.needed,
            "witness": plain(self.witness),
            "owner": self.owner,
        }


@dataclass(frozen=True, slots=True)
class MissingSet:
    """Facts that together reach the target, none of which can be left out.

    With them the lead would be in `state`; `complete` is False where that is not the target
    because a later state would still win.
    """

    facts: tuple[Fact, ...]
    state: str
    complete: bool

    def to_dict(self) -> dict[str, object]:
        """Return the set as JSON-ready data."""
        facts = [fact.to_dict() for fact in self.facts]
        return {"facts": facts, "state": self.state, "complete": self.complete}


@dataclass(frozen=True, slots=True)
class Missing:
    """What a lead lacks for a target: the smallest sets first, those that only fill unknowns first.

    `target` is None where no further state has an entry. `met` says that nothing is missing. Where
    `exhaustive` is False, the search ended early or met facts of endlessly many values, and there
    may be sets that are smaller or other than those found.
    """

    target: str | None
    met: bool
    sets: tuple[MissingSet, ...]
    exhaustive: bool
    looks: int
    tell: Tell = field(repr=False, compare=False)

    def text(self, lang: Lang = "en") -> str:
        """Return the answer as lines to read."""
        return self.tell(self, lang)

    def __str__(self) -> str:
        return self.text()

    def to_dict(self) -> dict[str, object]:
        """Return the answer as JSON-ready data."""
        return {
            "target": self.target,
            "met": self.met,
            "sets": [item.to_dict() for item in self.sets],
            "exhaustive": self.exhaustive,
        }

"""Named criteria: conditions with a written definition and an owner, used by name."""

from __future__ import annotations

from leadpolicy.policy.checked import OutputKind
from leadpolicy.policy.fields import (
    NOTHING,
    ConditionField,
    Lang,
    MaybeWordingField,
    Part,
    Path,
    Role,
    WordingField,
)
from leadpolicy.policy.lowering import CONDITION, Lowering, OutputTypes


class Criterion(Part):
    """A condition that both teams use by its name; met only when it is true."""

    title: WordingField
    definition: MaybeWordingField = NOTHING
    when: ConditionField
    owner: Role | None = None
    source: MaybeWordingField = NOTHING

    def output_types(self, name: str) -> OutputTypes:
        """Return what the part adds to the vocabulary."""
        return {name: CONDITION}

    def lower(self, name: str, into: Lowering, path: Path) -> None:
        """Add the condition under the criterion's name."""
        into.condition(name, self.when, (*path, "when"), OutputKind.CRITERION)

    def describe(self, lang: Lang) -> str:
        """Return the definition, or the title where there is none."""
        return (self.definition or self.title).text(lang)

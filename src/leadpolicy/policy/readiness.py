"""Decision readiness: several dimensions, and behaviour together with stated intent."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from leadpolicy.expr.nodes import And, AtLeast, Output
from leadpolicy.policy.checked import OutputKind
from leadpolicy.policy.fields import (
    NOTHING,
    ConditionField,
    Lang,
    MaybeWordingField,
    Name,
    Part,
    Path,
    Role,
    Whole,
    WordingField,
)
from leadpolicy.policy.lowering import CONDITION, Lowering, OutputTypes


class Dimension(Part):
    """One side of a decision, for example clarity of need, with the evidence for it."""

    title: WordingField
    when: ConditionField


class Readiness(Part):
    """Ready only where enough dimensions are met and both kinds of evidence come together."""

    title: WordingField
    definition: MaybeWordingField = NOTHING
    dimensions: Mapping[Name, Dimension] = Field(min_length=1)
    at_least: Whole = Field(ge=1, description="how many dimensions must be met")
    behavioural: ConditionField
    declarative: ConditionField
    owner: Role | None = None
    source: MaybeWordingField = NOTHING

    def output_types(self, name: str) -> OutputTypes:
        """Return what the part adds to the vocabulary."""
        return {name: CONDITION}

    def lower(self, name: str, into: Lowering, path: Path) -> None:
        """Add each dimension, both kinds of evidence and their conjunction."""
        inner = [f"{name}.{key}" for key in self.dimensions]
        for key, dimension in self.dimensions.items():
            place = (*path, "dimensions", key, "when")
            into.condition(f"{name}.{key}", dimension.when, place, OutputKind.DIMENSION)
        for kind in ("behavioural", "declarative"):
            source = getattr(self, kind)
            into.condition(f"{name}.{kind}", source, (*path, kind), OutputKind.DIMENSION)
        enough = AtLeast(self.at_least, tuple(Output(item) for item in inner))
        evidence = (Output(f"{name}.behavioural"), Output(f"{name}.declarative"))
        into.add(name, And((enough, *evidence)), OutputKind.READINESS, path)

    def describe(self, lang: Lang) -> str:
        """Return the definition, or the title where there is none."""
        return (self.definition or self.title).text(lang)

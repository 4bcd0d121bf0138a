"""Signal types: what can happen, as which evidence it counts and where it legally comes from."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from leadpolicy.expr.types import ValueType
from leadpolicy.policy.fields import Name, Part, WordingField
from leadpolicy.policy.record import Evidence, Properties, no_properties


class Weight(StrEnum):
    """Whether a signal may carry a sales qualification (binding) or only hint at one."""

    BINDING = "binding"
    EXPLORATORY = "exploratory"


class Origin(StrEnum):
    """How a signal was obtained; reading terminal equipment needs its own gate (TDDDG § 25)."""

    TERMINAL_TRACKING = "terminal_tracking"
    FORM = "form"
    CONVERSATION = "conversation"
    IMPORT = "import"


class SignalType(Part):
    """One kind of signal; with a `gate`, signals without that permission are not usable."""

    title: WordingField
    evidence: Evidence
    weight: Weight
    origin: Origin
    gate: Name | None = Field(
        default=None, description="the gate that must be open to use the signal"
    )
    properties: Properties = Field(default_factory=no_properties)

    def value_types(self) -> dict[str, ValueType]:
        """Return the type of every property."""
        return {name: spec.value_type() for name, spec in self.properties.items()}

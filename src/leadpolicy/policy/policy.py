"""The policy: all parts of a company's agreement on leads in one object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Protocol, runtime_checkable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, Field, StringConstraints, field_validator

from leadpolicy.policy.attributes import Record
from leadpolicy.policy.consent import Gate, Purpose
from leadpolicy.policy.criteria import Criterion
from leadpolicy.policy.fields import (
    NOTHING,
    Accepts,
    Key,
    Lang,
    MaybeWordingField,
    Name,
    Part,
    Path,
    WordingField,
)
from leadpolicy.policy.governance import Governance
from leadpolicy.policy.grades import Grade, Rating
from leadpolicy.policy.lifecycle import State, Transition
from leadpolicy.policy.lists import ListSpec
from leadpolicy.policy.lowering import Lowering, OutputTypes
from leadpolicy.policy.readiness import Readiness
from leadpolicy.policy.record import RecordSpec
from leadpolicy.policy.scores import Score
from leadpolicy.policy.signals import SignalType
from leadpolicy.policy.sla import Feedback, Sla


@runtime_checkable
class Declares(Protocol):
    """A part that adds names to the vocabulary."""

    def output_types(self, name: str) -> OutputTypes:
        """Return the names it adds, with their types."""


@runtime_checkable
class Lowers(Protocol):
    """A part that turns itself into named outputs."""

    def lower(self, name: str, into: Lowering, path: Path) -> None:
        """Add its outputs."""


@runtime_checkable
class Describes(Protocol):
    """A part that reads as a sentence."""

    def describe(self, lang: Lang) -> str:
        """Return the sentence in one language."""


def _record(value: object) -> object:
    spec = getattr(value, "__leadpolicy_record__", None)
    return value if spec is None else spec


class Policy(Part):
    """A lead policy; a subclass with another mapping of parts adds a kind of rule.

    Every field that maps names to parts is a section: what its parts declare, lower and describe
    is picked up by checking, deciding, documents, schema and glossary without further wiring.
    """

    policy: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=64)]
    version: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    title: WordingField
    description: MaybeWordingField = NOTHING
    timezone: str = "Europe/Berlin"
    governance: Governance
    record: Accepts[Annotated[RecordSpec, BeforeValidator(_record)], RecordSpec | type[Record]]
    signals: Mapping[Name, SignalType] = Field(default_factory=dict)
    purposes: Mapping[Name, Purpose] = Field(default_factory=dict)
    gates: Mapping[Name, Gate] = Field(default_factory=dict)
    lists: Mapping[Name, ListSpec] = Field(default_factory=dict)
    criteria: Mapping[Name, Criterion] = Field(default_factory=dict)
    scores: Mapping[Name, Score] = Field(default_factory=dict)
    grades: Mapping[Name, Grade] = Field(default_factory=dict)
    rating: Rating | None = None
    readiness: Mapping[Name, Readiness] = Field(default_factory=dict)
    initial: Key
    states: Mapping[Key, State] = Field(min_length=1)
    transitions: Mapping[Key, Transition] = Field(default_factory=dict)
    sla: Mapping[Key, Sla] = Field(default_factory=dict)
    feedback: Feedback | None = None

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"`{value[:64]}` is not an IANA time zone") from error
        return value

    def sections(self) -> Iterator[tuple[str, Mapping[str, Part]]]:
        """Yield every section: the name of the field and its parts by name."""
        for field in type(self).model_fields:
            value = getattr(self, field)
            if isinstance(value, Mapping):
                yield field, value

    def parts(self) -> Iterator[tuple[Path, str, Part]]:
        """Yield every named part with its path and name, in the order of the sections."""
        for section, parts in self.sections():
            for name, part in parts.items():
                yield (section, name), name, part

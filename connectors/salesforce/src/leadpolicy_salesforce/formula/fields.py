"""The fields of a lead as formulas read them: kinds, labels, and markers for *not answered*."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

FieldKind: TypeAlias = Literal[
    "text",
    "picklist",
    "multipicklist",
    "number",
    "percent",
    "checkbox",
    "date",
    "datetime",
    "id",
]

_FLAGS: Final[Mapping[bool, tuple[str, ...]]] = {
    True: ("true", "True", "TRUE", "1"),
    False: ("false", "False", "FALSE", "0"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the lead.

    `codes` maps codes of the policy to values of the picklist that are called differently.
    `labels` are the binding's: what stands in the field, with the code or value that it means, or
    None where it means nothing. `missing` are markers for *not answered*. `values` are those of a
    picklist, where they are known: they tell how it spells true and false. An `is_email` field
    holds addresses that the CRM has checked, `length` counts the characters that a text may have.
    """

    api: str
    kind: FieldKind
    codes: Mapping[str, str] = field(default_factory=dict)
    nillable: bool = True
    length: int | None = None
    labels: Mapping[str, object] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    values: tuple[str, ...] | None = None
    is_email: bool = False

    @property
    def is_listed(self) -> bool:
        """Whether people choose one value from a list."""
        return self.kind == "picklist"

    def written(self, code: str) -> tuple[str, ...]:
        """Return every value of the field that means a code.

        >>> Field("Industry", "picklist", labels={"Maschinenbau": "machinery"}).written("machinery")
        ('Maschinenbau', 'machinery')
        """
        own = self.codes.get(code, code)
        labelled = [label for label, meant in self.labels.items() if _is_text(meant, code)]
        plain = [own] if own and own not in self.labels else []
        return tuple(self._answered([*labelled, *plain]))

    def flags(self, wanted: bool) -> tuple[str, ...]:
        """Return every value of a field with texts that means true or false."""
        labelled = [label for label, meant in self.labels.items() if _flag(meant) is wanted]
        words = (word for word in _FLAGS[wanted] if word not in self.labels)
        plain = [word for word in words if self.values is None or word in self.values]
        return tuple(self._answered([*labelled, *plain]))

    def ticked(self, value: bool) -> bool | None:
        """Return what a checkbox means that is ticked or not; None for nothing."""
        return _flag(self.labels.get(str(value), value))

    @property
    def unanswered(self) -> tuple[str, ...]:
        """Values that mean nothing; a blank field means nothing anyway."""
        ignored = (label for label, meant in self.labels.items() if meant is None)
        return tuple(sorted({*self.missing, *ignored} - {""}))

    def _answered(self, found: list[str]) -> Iterator[str]:
        """Yield the values that are no markers, each once."""
        return (value for value in dict.fromkeys(found) if value not in self.missing)


Fields: TypeAlias = Mapping[str, Field | str]
"""The field of each attribute, or the sentence that says why it cannot be read."""


def _is_text(meant: object, code: str) -> bool:
    return meant is not None and not isinstance(meant, bool) and str(meant) == code


def _flag(meant: object) -> bool | None:
    if isinstance(meant, bool):
        return meant
    word = str(meant)
    return next((value for value, words in _FLAGS.items() if word in words), None)

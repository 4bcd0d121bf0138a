"""The border to a source of values from outside: what it is asked, what it owes, what it gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class EnrichmentError(ValueError):
    """Leads cannot be enriched; `hint` says what to do about it."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        self.message, self.hint = message, hint
        super().__init__(message if hint is None else f"{message}; {hint}")


@dataclass(frozen=True, slots=True)
class Duties:
    """What comes with values from a source.

    `source` is named to the person (Art. 14(2)(f) and 15(1)(g) GDPR). `credit_check` marks a query
    about creditworthiness, which is refused without a gate. `personal` says that the values are
    about a person and not about a company alone.
    """

    source: str
    personal: bool = True
    credit_check: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """One lead that is asked about: its key and the attributes that the enricher needs."""

    key: str
    values: Mapping[str, object]


class Enricher(Protocol):
    """A source of attributes: a register, an enrichment service, a score of somebody else."""

    @property
    def needs(self) -> tuple[str, ...]:
        """The attributes that it is shown; nothing else leaves the house."""

    @property
    def provides(self) -> tuple[str, ...]:
        """The attributes that it fills."""

    @property
    def duties(self) -> Duties:
        """What comes with its values."""

    @property
    def batch_max(self) -> int:
        """How many leads it can be asked about at once."""

    def enrich(self, asked: Sequence[Asked]) -> Mapping[str, Mapping[str, object]]:
        """Return attributes by key of lead; leads it knows nothing about are left out.

        Raises `EnrichmentError` when the source cannot be reached or refuses.
        """


class EnricherFactory(Protocol):
    """Opens enrichers of one kind; making the factory itself costs nothing."""

    def open(self, options: Mapping[str, object], folder: Path) -> Enricher:
        """Return an enricher; paths in its options are relative to `folder`.

        Raises `EnrichmentError` for options that cannot be used.
        """

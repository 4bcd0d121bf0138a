"""The file that says which enrichers are asked, in which order and behind which gates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from leadpolicy.diagnostics import PolicyError, has_errors
from leadpolicy.documents.source import read_file
from leadpolicy.documents.structure import validate
from leadpolicy.engine.lead_policy import LeadPolicy
from leadpolicy.exchange.enricher import EnricherFactory
from leadpolicy.exchange.enrichment import Enrichment, Step


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StepSpec(_Document):
    """One enricher by its installed name; without a gate it is asked about every lead."""

    enricher: str = Field(min_length=1)
    gate: str | None = None
    options: Mapping[str, Any] = Field(default_factory=dict)


class EnrichmentFile(_Document):
    """Enrichers in the order in which they are asked."""

    enrich: tuple[StepSpec, ...] = Field(min_length=1)


def read_enrichment(
    path: str | PathLike[str], policy: LeadPolicy, named: Callable[[str], EnricherFactory]
) -> Enrichment:
    """Read an enrichment file and open its enrichers; `named` finds a factory by name.

    Raises `PolicyError` with every problem of the file and its place, and `EnrichmentError` where
    an enricher cannot be used.
    """
    tree = read_file(path)
    if has_errors(tree.diagnostics):
        raise PolicyError(tree.diagnostics, tree.sources)
    document, problems = validate(tree, EnrichmentFile)
    if document is None:
        raise PolicyError(problems, tree.sources)
    folder = Path(path).parent
    steps = [
        Step(spec.enricher, named(spec.enricher).open(spec.options, folder), spec.gate)
        for spec in document.enrich
    ]
    return Enrichment(policy, steps)

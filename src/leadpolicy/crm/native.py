"""What a CRM computes or enforces itself, and what it leaves to a sync, with reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from leadpolicy.crm.state import Column, Rule

NATIVE_SUFFIX: Final = "_native"
"""How the name of a column ends that the CRM computes beside one that a sync writes."""
CHECK_SUFFIX: Final = "_differs"
"""How the name of a flag ends that tells whether the two differ."""
VERDICTS: Final = ("met", "not_met", "undecided")
"""What a column holds that a sync writes for a condition which the CRM cannot compute."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A part of the policy that the CRM cannot carry out itself, and why, in one sentence.

    `part` is spelled like `Rule.part`: `score fit`, `grade fit_grade`, `state`, `transition
    reject`, `demands rejected`.
    """

    part: str
    reason: str


@dataclass(frozen=True, slots=True)
class Native:
    """What a connector compiled a policy to, and the parts that it could not.

    `formulas` maps the policy's columns that the CRM can compute to text in the CRM's language, and
    `checks` maps them to flags that tell whether what it computes (`NATIVE_SUFFIX`) differs from
    what a sync wrote. `helpers` are further columns: those with formulas, and conditions that a
    sync writes as one of `VERDICTS`, named like the output behind the prefix.
    """

    formulas: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    helpers: tuple[Column, ...] = ()
    checks: Mapping[str, str] = field(default_factory=dict)

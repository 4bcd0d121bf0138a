"""What a CRM computes or enforces itself, and what it leaves to a sync, with reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from leadpolicy.crm.state import Rule


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

    `formulas` maps the policy's columns that the CRM can compute to text in the CRM's language.
    """

    formulas: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    refusals: tuple[Refusal, ...] = ()

"""Three verdicts, and the one about a criterion with the values that were seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from leadpolicy.engine.jsonready import plain
from leadpolicy.expr.types import Value


class Verdict(StrEnum):
    """Whether a condition is met; undecided counts as not met and names what to ask for."""

    MET = "met"
    NOT_MET = "not_met"
    UNDECIDED = "undecided"

    @classmethod
    def of(cls, truth: Value | None) -> Verdict:
        """Return the verdict that a truth value stands for.

        >>> Verdict.of(None)
        <Verdict.UNDECIDED: 'undecided'>
        """
        return cls.UNDECIDED if truth is None else cls.MET if truth is True else cls.NOT_MET


@dataclass(frozen=True, slots=True)
class CriterionResult:
    """A verdict; `seen` has the value of every fact asked for, `missing` the unknown ones."""

    name: str
    verdict: Verdict
    seen: Mapping[str, Value | None]
    missing: tuple[str, ...]

    def to_dict(self) -> dict[str, object]:
        """Return the result as JSON-ready data."""
        return {
            "verdict": self.verdict.value,
            "seen": {name: plain(value) for name, value in self.seen.items()},
            "missing": list(self.missing),
        }

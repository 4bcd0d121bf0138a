"""What `leadpolicy check` finds out: problems of the documents and the policy, and its cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from leadpolicy.cli.registry import installed
from leadpolicy.diagnostics import (
    Diagnostic,
    PolicyError,
    Severity,
    has_errors,
    in_source_order,
)
from leadpolicy.documents.read import Document
from leadpolicy.documents.schema import against_schema
from leadpolicy.engine.lead_policy import LeadPolicy
from leadpolicy.engine.loading import read_policy
from leadpolicy.policy.checked import CheckedPolicy

if TYPE_CHECKING:
    from leadpolicy.testing.cases import CaseResult

CASES = "cases.yaml"


@dataclass(frozen=True, slots=True)
class Examination:
    """A policy with everything that was found; `checked` is None where it has errors."""

    path: str
    checked: CheckedPolicy | None
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, str]
    cases: tuple[CaseResult, ...]

    @property
    def errors(self) -> int:
        """How many errors there are."""
        return sum(item.severity is Severity.ERROR for item in self.diagnostics)

    @property
    def warnings(self) -> int:
        """How many warnings there are."""
        return sum(item.severity is Severity.WARNING for item in self.diagnostics)

    @property
    def failed(self) -> bool:
        """Tell whether the policy has an error, or a case came out otherwise."""
        return bool(self.errors) or any(not case.passed for case in self.cases)

    @property
    def case_lines(self) -> Iterator[str]:
        """Yield the text of every case that came out otherwise."""
        return (case.text() for case in self.cases if not case.passed)

    @property
    def summary(self) -> str:
        """Return what was found in one line."""
        name = f"{self.checked.name} {self.checked.version}" if self.checked else self.path
        passed = sum(case.passed for case in self.cases)
        counts = [_count(self.errors, "error"), _count(self.warnings, "warning")]
        if self.cases:
            counts.append(f"{passed} of {_count(len(self.cases), 'case')} passed")
        return f"{name}: {', '.join(counts)}"

    def to_dict(self) -> dict[str, object]:
        """Return everything as JSON-ready data."""
        checked = self.checked
        return {
            "ok": not self.failed,
            "policy": checked.name if checked else None,
            "version": checked.version if checked else None,
            "content_hash": checked.content_hash if checked else None,
            "errors": self.errors,
            "warnings": self.warnings,
            "diagnostics": [item.to_dict() for item in self.diagnostics],
            "cases": {
                "passed": sum(case.passed for case in self.cases),
                "failed": [
                    {"name": case.case.name.en, "differences": list(case.failures)}
                    for case in self.cases
                    if not case.passed
                ],
            },
        }


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def examine(path: str, today: date) -> Examination:
    """Check a policy and run the cases beside it; raises `PolicyError` for an unknown pack."""
    document = read_policy(path, today=today)
    found, sources = list(document.diagnostics), dict(document.tree.sources)
    if document.checked is None:
        return Examination(path, None, in_source_order(found), sources, ())
    found += against_schema(document.tree)
    found += _plugin_checks(document.checked)
    cases: tuple[CaseResult, ...] = ()
    try:
        cases = _run_cases(document, document.checked)
    except PolicyError as error:
        found += error.diagnostics
        sources |= error.sources
    checked = None if has_errors(found) else document.checked
    return Examination(path, checked, in_source_order(found), sources, cases)


def _run_cases(document: Document, checked: CheckedPolicy) -> tuple[CaseResult, ...]:
    from leadpolicy.testing.cases import load_cases, run_cases

    place = _root(document).parent / CASES
    return run_cases(LeadPolicy(checked), load_cases(place)) if place.is_file() else ()


def _plugin_checks(checked: CheckedPolicy) -> Iterator[Diagnostic]:
    """Yield what the checks of plug-ins find; one that fails is named and stops nothing."""
    for name, check in installed().checks.items():
        try:
            yield from [*check(checked)]
        except Exception as error:
            message = f"the check `{name}` of a plug-in failed: {type(error).__name__}: {error}"
            yield Diagnostic("LP112", message, Severity.WARNING, hint="tell its author")


def _root(document: Document) -> Path:
    return document.tree.files[0]

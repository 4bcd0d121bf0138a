"""The policy of middle size that many tests start from, as data and as text."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

from leadpolicy.diagnostics import Diagnostic
from leadpolicy.documents.read import Document, read
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy.policy.pipeline import diagnose
from leadpolicy.policy.policy import Policy

FOLDER = Path(__file__).parent / "data" / "medium"
_DATA: dict[str, Any] = {}


def document() -> Document:
    """Read the policy from its file."""
    return read(FOLDER)


def data(**changes: Any) -> dict[str, Any]:
    """Return the policy as data, with values set at paths such as `states__mql__entry`.

    A value of None takes the key out.
    """
    if not _DATA:
        _DATA.update(document().tree.data)
    found = deepcopy(_DATA)
    for path, value in changes.items():
        _set(found, path.split("__"), value)
    return found


def _set(target: Any, steps: list[str], value: object) -> None:
    for step in steps[:-1]:
        target = target.setdefault(step, {})
    if value is None:
        del target[steps[-1]]
    else:
        target[steps[-1]] = value


def found(today: date | None = None, **changes: Any) -> tuple[Diagnostic, ...]:
    """Return what the checks say about the changed policy."""
    return diagnose(Policy.model_validate(data(**changes)), today=today)[1]


def codes(today: date | None = None, **changes: Any) -> list[str]:
    """Return the codes of what the checks say about the changed policy."""
    return [item.code for item in found(today, **changes)]


def checked(**changes: Any) -> CheckedPolicy:
    """Return the changed policy, checked."""
    policy, problems = diagnose(Policy.model_validate(data(**changes)))
    assert policy is not None, problems
    return policy

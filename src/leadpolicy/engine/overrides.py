"""Overrides: a person's word, recorded beside the computed value and never in place of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from leadpolicy.diagnostics import did_you_mean
from leadpolicy.engine.gates import closed_gates
from leadpolicy.engine.instants import required
from leadpolicy.engine.jsonready import instant, plain
from leadpolicy.engine.situation import Reading
from leadpolicy.expr.types import NUMERIC, Kind, Value
from leadpolicy.policy.checked import CheckedPolicy, OutputKind
from leadpolicy.policy.fields import Role

STATE = "state"
"""What an override of the state is `of`."""

_ALLOWED = frozenset(
    {
        OutputKind.SCORE,
        OutputKind.GRADE,
        OutputKind.RATING,
        OutputKind.CRITERION,
        OutputKind.READINESS,
    }
)


@dataclass(frozen=True, slots=True)
class Override:
    """Someone's word on the `state` or an output: by which role, why, and until when.

    Without `until` it has no end; at `until` (an aware instant) it is over. Raises ValueError for
    an empty reason, an unknown role or an instant without time zone.
    """

    of: str
    value: Value
    by: str
    reason: str
    until: datetime | None = None

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ValueError(f"an override of `{self.of}` needs a reason")
        if self.by not in set(Role):
            hint = did_you_mean(self.by, Role)
            raise ValueError(f"`{self.by}` is not a role" + (f": {hint}" if hint else ""))
        if self.until is not None:
            required(self.until, "until")

    def is_expired(self, at: datetime) -> bool:
        """Tell whether the override is over at an instant."""
        return self.until is not None and at >= self.until


class Standing(StrEnum):
    """What an override is worth at the instant of a decision."""

    IN_FORCE = "in_force"
    EXPIRED = "expired"
    REPLACED = "replaced"
    FALLEN_BACK = "fallen_back"


@dataclass(frozen=True, slots=True)
class OverrideResult:
    """An override beside the computed value; `blocked_by` names the conditions against it."""

    override: Override
    standing: Standing
    computed: Value | None
    blocked_by: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return the override and its standing as JSON-ready data."""
        said = self.override
        return {
            "of": said.of,
            "value": plain(said.value),
            "by": str(said.by),
            "reason": said.reason,
            "until": instant(said.until) if said.until else None,
            "standing": self.standing.value,
            "computed": plain(self.computed),
            "blocked_by": list(self.blocked_by),
        }


def check_overrides(overrides: Iterable[Override], checked: CheckedPolicy) -> tuple[Override, ...]:
    """Return overrides that the policy allows; raises ValueError for the first that it does not."""
    found = tuple(overrides)
    for override in found:
        _check_role(override, checked)
        _check_value(override, checked)
    return found


def _check_role(override: Override, checked: CheckedPolicy) -> None:
    allowed = checked.policy.governance.sales_ready_decided_by
    if override.by not in allowed:
        roles = ", ".join(f"`{role}`" for role in allowed)
        raise ValueError(f"`{override.by}` may not override `{override.of}`: {roles} may")


def _check_value(override: Override, checked: CheckedPolicy) -> None:
    if override.of == STATE:
        return _one_of(override, [state.name for state in checked.states])
    outputs = {item.name: item for item in checked.outputs if item.kind in _ALLOWED}
    if override.of not in outputs:
        hint = did_you_mean(override.of, (STATE, *outputs))
        message = f"`{override.of[:80]}` cannot be overridden"
        raise ValueError(f"{message}: {hint}" if hint else message)
    type_ = outputs[override.of].type
    if type_.kind is Kind.CHOICE:
        return _one_of(override, type_.codes)
    number = isinstance(override.value, int | Decimal) and not isinstance(override.value, bool)
    if not (number if type_.kind in NUMERIC else isinstance(override.value, bool)):
        raise ValueError(f"an override of `{override.of}` needs a {type_.kind.value}")
    return None


def _one_of(override: Override, values: Iterable[str]) -> None:
    known = tuple(values)
    if override.value not in known:
        hint = did_you_mean(str(override.value), known)
        message = f"`{override.value}` is not a value of `{override.of}`"
        raise ValueError(f"{message}: {hint}" if hint else message)


def standings(
    overrides: tuple[Override, ...],
    computed: Mapping[str, Value | None],
    reading: Reading,
    checked: CheckedPolicy,
) -> tuple[OverrideResult, ...]:
    """Return what each override is worth; of several on one output the last in force counts."""
    results: list[OverrideResult] = []
    taken: set[str] = set()
    for override in reversed(overrides):
        blocked_by = _objections(override, reading, checked)
        standing = _standing(override, override.of in taken, reading.situation.at, blocked_by)
        if standing is Standing.IN_FORCE:
            taken.add(override.of)
        results.append(OverrideResult(override, standing, computed[override.of], blocked_by))
    return tuple(reversed(results))


def _standing(
    override: Override, is_taken: bool, at: datetime, blocked_by: tuple[str, ...]
) -> Standing:
    if override.is_expired(at):
        return Standing.EXPIRED
    if blocked_by:
        return Standing.FALLEN_BACK
    return Standing.REPLACED if is_taken else Standing.IN_FORCE


def _objections(override: Override, reading: Reading, checked: CheckedPolicy) -> tuple[str, ...]:
    """Return what keeps a lead out of an overridden state, whatever anyone says."""
    if override.of != STATE:
        return ()
    state = next(item for item in checked.states if item.name == override.value)
    stays = state.stay is None or reading.outputs[state.stay] is True
    left = () if stays or state.stay is None else (state.stay,)
    return (*left, *closed_gates(state, reading, checked))

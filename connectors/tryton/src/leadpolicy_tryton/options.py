"""The options of the connector, each with its default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from leadpolicy.crm.connector import ConnectorError
from leadpolicy.crm.state import Team
from leadpolicy.diagnostics import did_you_mean

_COUNTS: Final = {"batch_rows": 100}
_SECONDS: Final = {"timeout_seconds": 60.0, "overlap_seconds": 120.0, "late_effect_seconds": 5.0}
_NAMES: Final = (*_COUNTS, *_SECONDS, "reasons", "roles", "lang", "native")
_TEAMS: Final[tuple[Team, ...]] = ("marketing", "sales")


@dataclass(frozen=True, slots=True)
class Options:
    """How the connector works; `reasons` is the field that the policy's reasons rule over."""

    batch_rows: int
    timeout_seconds: float
    overlap_seconds: float
    late_effect_seconds: float
    reasons: str | None = None
    roles: Mapping[Team, str] = field(default_factory=dict)


def read_options(options: Mapping[str, object]) -> Options:
    """Return the options; raises `ConnectorError` naming the one that is wrong."""
    for name in options:
        if name not in _NAMES:
            raise ConnectorError(
                f"the connector `tryton` has no option `{name}`", did_you_mean(name, _NAMES)
            )
    reasons = options.get("reasons")
    if reasons is not None and (not isinstance(reasons, str) or not reasons.isidentifier()):
        raise ConnectorError("the option `reasons` has to name a field", "write `lost_reason`")
    return Options(
        _count(options, "batch_rows"),
        _seconds(options, "timeout_seconds"),
        _seconds(options, "overlap_seconds"),
        _seconds(options, "late_effect_seconds"),
        reasons,
        _roles(options.get("roles", {})),
    )


def _count(options: Mapping[str, object], name: str) -> int:
    value = options.get(name, _COUNTS[name])
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ConnectorError(f"the option `{name}` has to be a whole number above 0")
    return value


def _seconds(options: Mapping[str, object], name: str) -> float:
    value = options.get(name, _SECONDS[name])
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        raise ConnectorError(f"the option `{name}` has to be a number of seconds")
    return float(value)


def _roles(value: object) -> Mapping[Team, str]:
    """Return the group of Tryton for each team."""
    if not isinstance(value, Mapping) or not {*value} <= {*_TEAMS}:
        raise ConnectorError(
            "the option `roles` has to map `marketing` and `sales` to groups of Tryton"
        )
    return {team: str(value[team]) for team in _TEAMS if team in value}

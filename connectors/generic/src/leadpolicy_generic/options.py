"""What can be set for this connector, checked before a database is opened."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, get_args

from leadpolicy.crm.connector import ConnectorError
from leadpolicy.crm.state import Team
from leadpolicy.diagnostics import did_you_mean

_NAMES: Final = ("batch_rows", "busy_seconds", "lang", "native", "overlap_seconds", "roles")
_TEAMS: Final[tuple[Team, ...]] = get_args(Team)
_MOST_ROWS: Final = 10_000
_ROLE: Final = re.compile(r"[^\x00-\x1f`\"']{1,63}")


@dataclass(frozen=True, slots=True)
class Options:
    """How a database is worked with.

    `batch_rows` are the rows of one transaction and `busy_seconds` the wait for a lock of SQLite.
    A row that was changed within `overlap` may be committed late, so that it is read again.
    `roles` names the database's role of each team. The option `native` is for whoever plans.
    """

    batch_rows: int = 500
    busy_seconds: float = 5.0
    overlap: timedelta = timedelta(minutes=5)
    roles: Mapping[Team, str] = field(default_factory=dict)


def read_options(options: Mapping[str, object]) -> Options:
    """Return the options; raises `ConnectorError` naming the one that is wrong.

    >>> read_options({"batch_rows": 50}).batch_rows
    50
    """
    for name in options:
        if name not in _NAMES:
            raise ConnectorError(
                f"the connector `generic` has no option `{name}`", did_you_mean(name, _NAMES)
            )
    if not isinstance(options.get("native", False), bool):
        raise ConnectorError("the option `native` has to be true or false")
    return Options(
        _batch_rows(options.get("batch_rows", 500)),
        _seconds(options, "busy_seconds", 5.0),
        timedelta(seconds=_seconds(options, "overlap_seconds", 300.0)),
        _roles(options.get("roles") or {}),
    )


def _batch_rows(rows: object) -> int:
    if isinstance(rows, bool) or not isinstance(rows, int) or rows < 1:
        raise ConnectorError("the option `batch_rows` has to be a whole number above 0")
    if rows > _MOST_ROWS:
        raise ConnectorError(f"the option `batch_rows` is at most {_MOST_ROWS}")
    return rows


def _seconds(options: Mapping[str, object], name: str, default: float) -> float:
    seconds = options.get(name, default)
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if not is_number or not 0 < float(str(seconds)) < 10**6:
        raise ConnectorError(f"the option `{name}` has to be a number above 0")
    return float(str(seconds))


def _roles(roles: object) -> dict[Team, str]:
    if not isinstance(roles, Mapping):
        raise ConnectorError("the option `roles` has to name the role of each team")
    for team, role in roles.items():
        if team not in _TEAMS:
            hint = did_you_mean(str(team), _TEAMS) or "teams are `marketing` and `sales`"
            raise ConnectorError(f"the option `roles` names `{team}`, which is no team", hint)
        if not isinstance(role, str) or not _ROLE.fullmatch(role):
            raise ConnectorError(f"the option `roles.{team}` has to name a role of the database")
    return {team: roles[team] for team in _TEAMS if team in roles}

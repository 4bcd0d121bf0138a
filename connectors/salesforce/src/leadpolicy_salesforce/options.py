"""The options of the connector, each with its default, checked before anything is opened."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, Literal, TypeAlias, get_args

from leadpolicy.crm.connector import ConnectorError
from leadpolicy.crm.state import Team
from leadpolicy.diagnostics import did_you_mean

NativeMode: TypeAlias = Literal["synced", "native", "both"]
Flow: TypeAlias = Literal["jwt", "client_credentials", "session", "password"]
Lang: TypeAlias = Literal["de", "en"]

_TEAMS: Final[tuple[Team, ...]] = get_args(Team)
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")
_VERSION: Final = re.compile(r"[1-9][0-9]\.0")
_OLDEST: Final = 55
COMPILED_MAX: Final = 5_000
LATE_EFFECT_SECONDS: Final = 10.0
BULK_MIN: Final = 2000
BULK_MAX: Final = 50_000


@dataclass(frozen=True, slots=True)
class Options:
    """How an org is worked with.

    - `native`: who computes what Salesforce can compute: a sync, Salesforce, or both side by side.
    - `roles`: the permission set of each team; `integration_set` is that of the connector itself.
    - `status_field`: the field in which people move leads, and `converted` the states that stand
      for a conversion. `opportunity_stages` says which state a stage of an opportunity means.
    - `contacts`: decisions of converted leads are written to their contacts.
    - `history`: changes of the status and of feedback are tracked, so that they can be pulled.
    - `criteria`: the conditions that get a column of their own, by name; `all` stands for all.
    - `user_days`: formulas may reckon days in the time zone of whoever looks at a lead.
    - `compiled_max`: characters that the org allows for a compiled formula, up to 15,000.
    - `login`: how to log in; None takes the way for which secrets are given.
    - `environments`: addresses by name. `lang` is the language of labels.
    - `timeout`: seconds for a call as a whole; `late_effect_seconds`: how long afterwards a call
      may still take effect. Batches of `bulk_min` rows or more go into jobs of `bulk_max` rows.
    """

    native: NativeMode = "synced"
    roles: Mapping[Team, str] = field(default_factory=dict)
    integration_set: str = "lp_integration"
    status_field: str = "Status"
    converted: tuple[str, ...] = ()
    opportunity_stages: Mapping[str, str] = field(default_factory=dict)
    contacts: bool = False
    history: bool = True
    criteria: tuple[str, ...] | Literal["default"] = "default"
    user_days: bool = False
    compiled_max: int = COMPILED_MAX
    login: Flow | None = None
    environments: Mapping[str, str] = field(default_factory=dict)
    lang: Lang = "de"
    api_version: str = "63.0"
    timeout: float = 60.0
    late_effect_seconds: float = LATE_EFFECT_SECONDS
    bulk_min: int = BULK_MIN
    bulk_max: int = BULK_MAX


OPTION_NAMES: Final = tuple(each.name for each in fields(Options))


def read_options(options: Mapping[str, object]) -> Options:
    """Return the options; raises `ConnectorError` naming the one that is wrong.

    >>> read_options({"bulk_min": 500}).bulk_min
    500
    """
    for name in options:
        if name not in OPTION_NAMES:
            raise ConnectorError(
                f"the connector `salesforce` has no option `{name}`",
                did_you_mean(name, OPTION_NAMES),
            )
    read = Options(**{name: _READERS[name](value, name) for name, value in options.items()})
    if read.bulk_max < read.bulk_min:
        raise ConnectorError("the option `bulk_max` is less than `bulk_min`")
    return read


def _refuse(name: str, what: str) -> ConnectorError:
    return ConnectorError(f"the option `{name}` has to be {what}")


def _flag(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise _refuse(name, "true or false")
    return value


def _count(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= 10**6:
        raise _refuse(name, "a whole number above 0")
    return value


def _seconds(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 10**6:
        raise _refuse(name, "a number of seconds above 0")
    return float(value)


def _native(value: object, name: str) -> str:
    """Return the mode; true is what Salesforce computes, false what a sync writes."""
    if isinstance(value, bool):
        return "native" if value else "synced"
    return str(_one_of(NativeMode)(value, name))


def _one_of(words: Any) -> Any:
    known: tuple[str, ...] = get_args(words)

    def read(value: object, name: str) -> str:
        if not isinstance(value, str) or value not in known:
            choice = ", ".join(f"`{word}`" for word in known)
            hint = did_you_mean(str(value), known)
            raise ConnectorError(f"the option `{name}` has to be one of {choice}", hint)
        return value

    return read


def _login(value: object, name: str) -> str | None:
    return None if value is None else str(_one_of(Flow)(value, name))


def _api_name(value: object, name: str) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise _refuse(name, "an API name of Salesforce")
    return value


def _version(value: object, name: str) -> str:
    text = str(value)
    text = text if "." in text else f"{text}.0"
    if isinstance(value, bool) or not _VERSION.fullmatch(text) or float(text) < _OLDEST:
        raise _refuse(name, f"a version of the API such as `63.0`, from {_OLDEST}.0 on")
    return text


def _texts(value: object, name: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise _refuse(name, "a list of names")
    return tuple(value)


def _criteria(value: object, name: str) -> tuple[str, ...] | str:
    return "default" if value == "default" else _texts(value, name)


def _pairs(value: object, name: str) -> Mapping[str, str]:
    if not isinstance(value, Mapping) or not all(
        isinstance(each, str) and each for pair in value.items() for each in pair
    ):
        raise _refuse(name, "a mapping of names")
    return dict(value)


def _roles(value: object, name: str) -> Mapping[Team, str]:
    roles = _pairs(value, name)
    for team, role in roles.items():
        if team not in _TEAMS:
            hint = did_you_mean(team, _TEAMS) or "teams are `marketing` and `sales`"
            raise ConnectorError(f"the option `roles` names `{team}`, which is no team", hint)
        _api_name(role, f"roles.{team}")
    return {team: roles[team] for team in _TEAMS if team in roles}


_READERS: Final[Mapping[str, Any]] = {
    "native": _native,
    "roles": _roles,
    "integration_set": _api_name,
    "status_field": _api_name,
    "converted": _texts,
    "opportunity_stages": _pairs,
    "contacts": _flag,
    "history": _flag,
    "criteria": _criteria,
    "user_days": _flag,
    "compiled_max": _count,
    "login": _login,
    "environments": _pairs,
    "lang": _one_of(Lang),
    "api_version": _version,
    "timeout": _seconds,
    "late_effect_seconds": _seconds,
    "bulk_min": _count,
    "bulk_max": _count,
}

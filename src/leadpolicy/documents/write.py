"""From a policy to canonical YAML that reads back as the same policy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

import yaml

from leadpolicy.policy.policy import Policy


def write(policy: Policy) -> str:
    """Return the policy as YAML: defaults left out, keys in the order of the model.

    Expressions are written as they were given, those built in Python in canonical text.
    """
    data = _plain(policy.model_dump(by_alias=True, exclude_defaults=True))
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value


class _Dumper(yaml.SafeDumper):
    """Writes no aliases, indents lists, and keeps decimals exact."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _decimal(dumper: yaml.SafeDumper, value: Decimal) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:float", format(value, "f"))


_Dumper.add_representer(Decimal, _decimal)

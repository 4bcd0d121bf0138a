"""What components are called in Salesforce, and which names it takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Protocol

from leadpolicy.crm.connector import UnsupportedError
from leadpolicy.crm.state import LEAD, Column, FieldKind, Part, Permission, Rule, address

OBJECTS: Final[Mapping[str, str]] = {LEAD: "Lead", "contact": "Contact"}
NAME_MAX: Final = 40
_NAME: Final = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*")


class Spelling(Protocol):
    """The part of a binding that says what columns are called."""

    def api(self, column: str) -> str:
        """Return the API name of a column of the policy."""


def object_of(part: Column | Rule) -> str:
    """Return the API name of the object that a part belongs to; raises `UnsupportedError`."""
    found = OBJECTS.get(part.object)
    if found is None:
        raise UnsupportedError(f"`{address(part)}`: only leads and contacts are known here")
    return found


def field_of(spelling: Spelling, column: Column) -> str:
    """Return the full name of a column's field, such as `Lead.lp_fit__c`."""
    return f"{object_of(column)}.{spelling.api(column.name)}"


def regulated(spelling: Spelling, right: Permission) -> str:
    """Return the full name of the field that a right is about."""
    return field_of(spelling, Column(right.column, FieldKind.TEXT, object=right.object))


def is_own(api: str) -> bool:
    """Tell whether a field can be made and changed by us: custom, and of the record itself.

    >>> [is_own(name) for name in ("lp_fit__c", "Status", "Owner.lp_fit__c")]
    [True, False, False]
    """
    return api.endswith("__c") and "." not in api


def problem_with(spelling: Spelling, part: Part) -> str | None:
    """Return why Salesforce would not take the name of a part, or None.

    >>> from leadpolicy.crm.state import FieldKind
    >>> class Names:
    ...     def api(self, column): return column + "__c"
    >>> problem_with(Names(), Column("lp__fit", FieldKind.WHOLE))
    'Salesforce takes no name with two `_` in a row or one at the end: `lp__fit`'
    """
    match part:
        case Column() if not is_own(spelling.api(part.name)):
            return f"`{spelling.api(part.name)}` is no custom field of the record itself"
        case Column():
            return _problem(spelling.api(part.name).removesuffix("__c"))
        case Rule():
            return _problem(part.name)
        case _:
            return None


def _problem(name: str) -> str | None:
    if len(name) > NAME_MAX:
        return f"Salesforce takes names of {NAME_MAX} characters at most: `{name}`"
    if not _NAME.fullmatch(name):
        return f"Salesforce takes no name with two `_` in a row or one at the end: `{name}`"
    return None


def shortened(words: str, limit: int) -> str:
    """Return a text that fits, with a sign where something was cut.

    >>> shortened("abcdef", 4)
    'abc…'
    """
    return words if len(words) <= limit else f"{words[: limit - 1].rstrip()}…"

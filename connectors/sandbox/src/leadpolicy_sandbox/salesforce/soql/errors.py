"""What is wrong with a query, shown at its place in the text."""

from __future__ import annotations

from typing import Final

from leadpolicy_sandbox.salesforce.org.results import OrgError

_HINT: Final = (
    "be sure to append the '__c' after the {} name. Please reference your WSDL or the describe "
    "call for the appropriate names."
)
_REACH: Final = 35


def refused(text: str, at: int, code: str, message: str) -> OrgError:
    """Return a refusal that shows the place, as Salesforce does.

    >>> print(refused("SELECT Id FORM Lead", 10, "MALFORMED_QUERY", "unexpected token: 'FORM'"))
    <BLANKLINE>
    SELECT Id FORM Lead
              ^
    ERROR at Row:1:Column:11
    unexpected token: 'FORM'
    """
    before = text[:at]
    row, column = before.count("\n") + 1, at - (before.rfind("\n") + 1)
    line = text.split("\n")[row - 1]
    start = _start(line, column)
    shown = line[start : column + _REACH]
    caret = " " * (column - start)
    place = f"ERROR at Row:{row}:Column:{column + 1}"
    return OrgError(400, code, f"\n{shown}\n{caret}^\n{place}\n{message}")


def _start(line: str, column: int) -> int:
    """Return where the part of a line begins that is shown: at a word, not too far before."""
    if column <= _REACH:
        return 0
    blank = line.find(" ", column - _REACH, column)
    return column - _REACH if blank < 0 else blank + 1


def no_column(text: str, at: int, column: str, entity: str) -> OrgError:
    """Return the refusal of a field that does not exist or that the user may not see."""
    hint = _HINT.format("custom field")
    message = (
        f"No such column '{column}' on entity '{entity}'. If you are attempting to use a custom "
        f"field, {hint}"
    )
    return refused(text, at, "INVALID_FIELD", message)


def no_type(text: str, at: int, name: str) -> OrgError:
    """Return the refusal of an object that does not exist."""
    hint = _HINT.format("entity")
    message = (
        f"sObject type '{name}' is not supported. If you are attempting to use a custom object, "
        f"{hint}"
    )
    return refused(text, at, "INVALID_TYPE", message)


def no_relation(text: str, at: int, name: str, entity: str) -> OrgError:
    """Return the refusal of a relationship that does not exist."""
    hint = _HINT.format("custom relationship").replace("'__c'", "'__r'")
    message = (
        f"Didn't understand relationship '{name}' in field path. If you are attempting to use a "
        f"custom relationship, {hint}"
    )
    if not entity:
        return refused(text, at, "INVALID_FIELD", message)
    message = message.replace("in field path.", f"in FROM part of query call on '{entity}'.")
    return refused(text, at, "INVALID_TYPE", message)

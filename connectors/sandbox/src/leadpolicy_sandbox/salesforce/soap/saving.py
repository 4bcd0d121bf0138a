"""Saving single components: the calls that take up to ten, each with its own outcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lxml import etree

from leadpolicy_sandbox.salesforce.org import Org
from leadpolicy_sandbox.salesforce.org.results import SetupError
from leadpolicy_sandbox.salesforce.org.schema import User
from leadpolicy_sandbox.salesforce.soap.components import KINDS, kind_of
from leadpolicy_sandbox.salesforce.soap.envelope import XSI, Content, SoapError, child_text
from leadpolicy_sandbox.salesforce.soap.reading import (
    ComponentError,
    ParseError,
    Values,
    read_strictly,
)
from leadpolicy_sandbox.salesforce.soap.shapes import SHAPES

Saver = Callable[[Org, User, "Item"], bool]
"""Saves one item and tells whether it was created; raises SetupError or ComponentError."""


@dataclass(frozen=True)
class Item:
    """One component of a call."""

    type: str
    name: str
    values: Values

    @classmethod
    def of(cls, element: etree._Element) -> Item:
        """An item from an element that names its type; raises SoapError when it cannot be read."""
        prefix, _, type_name = element.get(f"{{{XSI}}}type", "").rpartition(":")
        if not type_name or (prefix and prefix not in element.nsmap):
            raise SoapError(
                "soapenv:Client",
                f"Must specify a {{{XSI}}}type attribute value for the metadata element",
            )
        kind = kind_of(type_name)
        name = child_text(element, "fullName") or ""
        try:
            return cls(kind.type, name, read_strictly(element, SHAPES[kind.type]))
        except ParseError as problem:
            raise SoapError("soapenv:Client", problem.message) from None


@dataclass(frozen=True)
class Outcome:
    """What became of one item; `code` and `problem` are set where it was refused."""

    name: str
    created: bool = False
    code: str | None = None
    problem: str = ""
    fields: tuple[str, ...] = ()

    def content(self, *, upsert: bool) -> Content:
        """The SaveResult, UpsertResult or DeleteResult of the item."""
        parts: dict[str, Content] = {"created": self.created} if upsert else {}
        if self.code is not None:
            error: dict[str, Content] = {"fields": list(self.fields)}
            parts["errors"] = [error | {"message": self.problem, "statusCode": self.code}]
        return parts | {"fullName": self.name, "success": self.code is None}


def save_all(
    org: Org, user: User, items: Sequence[Item], saver: Saver, *, together: bool
) -> list[Outcome]:
    """Save each item; with `together` none is saved unless all are."""
    with org.all_or_none() as savepoint:
        outcomes = [_save(org, user, item, saver) for item in items]
        if not together or all(outcome.code is None for outcome in outcomes):
            return outcomes
        savepoint.rollback()
    problem = (
        "Record rolled back because not all records were valid and the request was using "
        "AllOrNone header"
    )
    return [
        outcome
        if outcome.code is not None
        else Outcome(outcome.name, code="ALL_OR_NONE_OPERATION_ROLLED_BACK", problem=problem)
        for outcome in outcomes
    ]


def _save(org: Org, user: User, item: Item, saver: Saver) -> Outcome:
    try:
        with org.all_or_none():
            return Outcome(item.name, created=saver(org, user, item))
    except SetupError as refused:
        return Outcome(item.name, code=refused.code, problem=refused.problem)
    except ComponentError as refused:
        return Outcome(item.name, code=refused.code, problem=refused.message, fields=refused.fields)


def create(org: Org, user: User, item: Item) -> bool:
    """Create a component that must not be there yet."""
    kind = KINDS[item.type]
    if kind.read(org, item.name) is not None:
        problem = f"There is already a {item.type} named {item.name}."
        raise ComponentError(problem, "DUPLICATE_DEVELOPER_NAME")
    kind.save(org, user, item.name, item.values)
    return True


def update(org: Org, user: User, item: Item) -> bool:
    """Change a component that must be there."""
    kind = KINDS[item.type]
    if kind.read(org, item.name) is None:
        raise _absent(item)
    kind.save(org, user, item.name, item.values)
    return False


def upsert(org: Org, user: User, item: Item) -> bool:
    """Create a component or change it."""
    return KINDS[item.type].save(org, user, item.name, item.values) == "created"


def delete(org: Org, user: User, item: Item) -> bool:
    """Delete a component that must be there."""
    if not KINDS[item.type].delete(org, user, item.name):
        raise _absent(item)
    return False


def _absent(item: Item) -> ComponentError:
    problem = f"In field: fullName - no {item.type} named {item.name} found"
    return ComponentError(problem, "INVALID_CROSS_REFERENCE_KEY")

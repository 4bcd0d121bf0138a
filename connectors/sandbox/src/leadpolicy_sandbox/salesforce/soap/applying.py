"""Carrying a package into an org: in an order that lets components refer to each other."""

from __future__ import annotations

from dataclasses import dataclass, replace

from leadpolicy_sandbox.salesforce.org import Org
from leadpolicy_sandbox.salesforce.org.results import SetupError
from leadpolicy_sandbox.salesforce.org.schema import User
from leadpolicy_sandbox.salesforce.soap.components import KINDS
from leadpolicy_sandbox.salesforce.soap.custom_fields import purge
from leadpolicy_sandbox.salesforce.soap.package import (
    Component,
    Deletion,
    Package,
    PackageError,
    read_package,
)
from leadpolicy_sandbox.salesforce.soap.reading import NOWHERE, ComponentError, Spot

RANKS = {
    name: rank
    for rank, name in enumerate(
        (
            *("GlobalValueSet", "CustomPermission", "CustomObject", "StandardValueSet"),
            *("CustomField", "ValidationRule", "PermissionSet"),
        )
    )
}


@dataclass(frozen=True)
class Options:
    """DeployOptions, as far as they change what a deployment does here."""

    check_only: bool = False
    rollback_on_error: bool = True
    single_package: bool = True
    purge_on_delete: bool = False
    ignore_warnings: bool = False
    allow_missing_files: bool = False
    test_level: str = ""


@dataclass(frozen=True)
class Message:
    """What became of one component; `warning` says that its problem is only that."""

    type: str
    name: str
    file: str
    success: bool = True
    changed: bool = False
    created: bool = False
    deleted: bool = False
    problem: str | None = None
    warning: bool = False
    spot: Spot = NOWHERE


def apply(org: Org, user: User, data: bytes, options: Options) -> list[Message]:
    """Apply a zip and tell what became of each component; a refused whole leaves no trace."""
    try:
        package = read_package(data, single=options.single_package)
    except PackageError as problem:
        return [Message("", problem.name, problem.file, success=False, problem=problem.problem)]
    with org.all_or_none() as savepoint:
        messages = _all(org, user, package, options)
        failed = any(not message.success for message in messages)
        if options.check_only or (failed and options.rollback_on_error):
            savepoint.rollback()
    return messages


def _all(org: Org, user: User, package: Package, options: Options) -> list[Message]:
    messages = _missing(package, options)
    messages += [
        _delete(org, user, each, options) for each in package.deletions if each.moment == "before"
    ]
    waiting = sorted(package.components, key=lambda each: RANKS.get(each.type, -1))
    messages += _save_all(org, user, waiting)
    messages += [
        _delete(org, user, each, options) for each in package.deletions if each.moment == "after"
    ]
    if not options.ignore_warnings:
        messages = [replace(each, success=each.success and not each.warning) for each in messages]
    return [*messages, Message("", "package.xml", "package.xml", changed=not options.check_only)]


def _missing(package: Package, options: Options) -> list[Message]:
    if options.allow_missing_files:
        return []
    return [
        Message(
            "",
            name,
            "package.xml",
            success=False,
            problem=f"An object '{name}' of type {type_name} was named in package.xml, "
            "but was not found in zipped directory",
        )
        for type_name, name in package.missing
    ]


def _save_all(org: Org, user: User, waiting: list[Component]) -> list[Message]:
    """Save components, those again that were refused as long as others of their type succeed.

    A formula may use a field that the same package brings, wherever in the package that stands.
    """
    messages: dict[int, Message] = {}
    while True:
        saved = 0
        for place, component in enumerate(waiting):
            before = messages.get(place)
            if before is None or not before.success:
                messages[place] = _save(org, user, component)
                saved += messages[place].success
        if not saved or all(message.success for message in messages.values()):
            return list(messages.values())


def _save(org: Org, user: User, component: Component) -> Message:
    message = Message(component.type, component.name, component.file, spot=component.spot)
    if component.problem is not None:
        return replace(message, success=False, problem=component.problem)
    try:
        with org.all_or_none():
            edit = KINDS[component.type].save(org, user, component.name, component.values)
    except SetupError as problem:
        return replace(message, success=False, problem=problem.problem)
    except ComponentError as problem:
        return replace(message, success=False, problem=problem.message)
    return replace(message, changed=edit != "unchanged", created=edit == "created")


def _delete(org: Org, user: User, deletion: Deletion, options: Options) -> Message:
    message = Message(deletion.type, deletion.name, deletion.file)
    kind = KINDS.get(deletion.type)
    if kind is None:
        problem = f"this practice org keeps no components of type {deletion.type}"
        return replace(message, success=False, problem=problem)
    try:
        found = kind.delete(org, user, deletion.name)
    except (SetupError, ComponentError) as refused:
        problem = refused.problem if isinstance(refused, SetupError) else refused.message
        return replace(message, success=False, problem=problem)
    if not found:
        problem = f"No {deletion.type} named: {deletion.name} found"
        return replace(message, problem=problem, warning=True)
    if options.purge_on_delete and deletion.type == "CustomField":
        purge(org, deletion.name)
    return replace(message, changed=True, deleted=True)

"""What a zip brings: its manifest, its component files, and what it wants deleted."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from leadpolicy_sandbox.salesforce.soap.components import KINDS
from leadpolicy_sandbox.salesforce.soap.envelope import child_text, children
from leadpolicy_sandbox.salesforce.soap.reading import (
    NOWHERE,
    ParseError,
    Spot,
    Value,
    Values,
    groups,
    read_file,
    spot,
)
from leadpolicy_sandbox.salesforce.soap.shapes import PACKAGE, SHAPES
from leadpolicy_sandbox.salesforce.soap.wsdl import knows_type

Moment = Literal["before", "with", "after"]
DELETIONS: dict[str, Moment] = {
    "destructiveChangesPre.xml": "before",
    "destructiveChanges.xml": "before",
    "destructiveChangesPost.xml": "after",
}
NESTED = {"fields": "CustomField", "validationRules": "ValidationRule"}
"""Parts of an object's file that are components of their own."""

FOLDERS = {kind.folder: (kind.suffix, kind.type) for kind in KINDS.values() if kind.suffix}
MOST_FILES = 10_000
MOST_BYTES = 600 * 1024 * 1024
"""How much a zip may hold, files and bytes that are not compressed."""


class PackageError(Exception):
    """A zip that cannot be taken as a package; `problem` is what the deploy result shows."""

    def __init__(self, problem: str, file: str = "package.xml", name: str = "package.xml") -> None:
        super().__init__(problem)
        self.problem = problem
        self.file = file
        self.name = name


@dataclass(frozen=True)
class Component:
    """One component of a file; `problem` says why its file could not be read."""

    type: str
    name: str
    file: str
    values: Values = field(default_factory=dict)
    spot: Spot = NOWHERE
    problem: str | None = None


@dataclass(frozen=True)
class Deletion:
    """One component to delete, before the others are saved or after them."""

    type: str
    name: str
    file: str
    moment: Moment


@dataclass
class Package:
    """The content of a zip, and the version of the API that its manifest names."""

    version: str = ""
    components: list[Component] = field(default_factory=list)
    deletions: list[Deletion] = field(default_factory=list)
    missing: list[tuple[str, str]] = field(default_factory=list)


def read_package(data: bytes, *, single: bool) -> Package:
    """The package in a zip; raises PackageError where the zip itself is not one."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_size(archive)
            files = {name: archive.read(name) for name in archive.namelist() if name[-1:] != "/"}
    except zipfile.BadZipFile:
        raise PackageError("zip file is not valid", "", "") from None
    root = _root(files, single=single)
    files = {name[len(root) :]: data for name, data in files.items() if name.startswith(root)}
    if "package.xml" not in files:
        raise PackageError("No package.xml found")
    return _package(files)


def _check_size(archive: zipfile.ZipFile) -> None:
    size = sum(info.file_size for info in archive.infolist())
    if len(archive.infolist()) > MOST_FILES or size > MOST_BYTES:
        raise PackageError("LIMIT_EXCEEDED: the zip holds more than one deployment may", "", "")


def _root(files: dict[str, bytes], *, single: bool) -> str:
    """The folder that holds the manifest; a package in a folder of its own is taken as well."""
    if "package.xml" in files:
        return ""
    if single:
        tops = {name.split("/")[0] for name in files}
        top = next(iter(tops)) if len(tops) == 1 else ""
        return f"{top}/" if f"{top}/package.xml" in files else ""
    found = [name for name in files if name.count("/") == 1 and name.endswith("/package.xml")]
    return found[0][: -len("package.xml")] if found else ""


def _package(files: dict[str, bytes]) -> Package:
    manifest = _manifest(files["package.xml"], "package.xml")
    version = manifest.get("version")
    package = Package(version if isinstance(version, str) else "")
    named = members(manifest)
    _refuse_unknown(named)
    for file, data in files.items():
        if file in DELETIONS:
            listed = members(_manifest(data, file))
            package.deletions += [
                Deletion(type_name, name, file, DELETIONS[file]) for type_name, name in listed
            ]
        elif file != "package.xml":
            package.components += list(_components(file, data, named))
    have = {(found.type, found.name) for found in package.components}
    package.missing = [entry for entry in named if entry[1] != "*" and entry not in have]
    return package


def _refuse_unknown(named: list[tuple[str, str]]) -> None:
    for type_name, _ in named:
        if type_name not in SHAPES and not knows_type(type_name):
            raise PackageError(f"Unknown type name '{type_name}' specified in package.xml")


def _manifest(data: bytes, file: str) -> Values:
    try:
        _, values = read_file(data, PACKAGE)
    except ParseError as problem:
        raise PackageError(problem.message, file, file) from None
    return values


def members(manifest: Values) -> list[tuple[str, str]]:
    """The components that a manifest names, each as its type and its full name."""
    return [
        (str(group["name"]), str(name))
        for group in groups(manifest, "types")
        for name in _list(group.get("members"))
    ]


def _list(value: Value | None) -> list[Value]:
    return value if isinstance(value, list) else []


def _components(file: str, data: bytes, named: list[tuple[str, str]]) -> Iterator[Component]:
    folder, _, base = file.rpartition("/")
    suffix, type_name = FOLDERS.get(folder, ("", ""))
    stem, _, ending = base.partition(".")
    if not type_name or ending != suffix:
        yield Component("", stem, file, problem=f"this practice org knows no file `{file}`")
        return
    try:
        root, values = read_file(data, SHAPES[type_name])
    except ParseError as problem:
        yield Component(type_name, stem, file, spot=problem.spot, problem=problem.message)
        return
    parts = {name: groups(values, name) for name in NESTED}
    values = {name: value for name, value in values.items() if name not in NESTED}
    whole = Component(type_name, stem, file, values, spot(root))
    if _is_named(whole, named) or not any(parts.values()):
        yield _checked(whole, named)
    for part, nested in parts.items():
        for element, value in zip(children(root, part), nested, strict=True):
            name = f"{stem}.{child_text(element, 'fullName') or ''}"
            yield _checked(Component(NESTED[part], name, file, value, spot(element)), named)


def _is_named(component: Component, named: list[tuple[str, str]]) -> bool:
    """Whether the manifest names a component, itself, its object or by `*`."""
    parent = component.name.partition(".")[0]
    allowed = [(component.type, component.name), (component.type, "*")]
    if component.type in NESTED.values():
        allowed += [("CustomObject", parent), ("CustomObject", "*")]
    return any(entry in named for entry in allowed)


def _checked(component: Component, named: list[tuple[str, str]]) -> Component:
    if _is_named(component, named):
        return component
    return replace(component, values={}, problem="Not in package.xml")

"""Components together in the files of one package."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from leadpolicy_salesforce.metadata.schema import api_version
from leadpolicy_salesforce.metadata.xml import build, data, renamed

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_FOLDERS: Final = {
    "PermissionSet": ("permissionsets", "permissionset"),
    "StandardValueSet": ("standardValueSets", "standardValueSet"),
}
_NESTED: Final = {"CustomField": "fields", "ValidationRule": "validationRules"}


@dataclass(frozen=True, slots=True)
class Component:
    """One component: its type, its full name such as `Lead.lp_fit__c`, and what it is.

    `addresses` are the parts of the policy that it comes from.
    """

    type: str
    name: str
    element: etree._Element
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Removal:
    """A component that goes after the others are made; with `first`, before that."""

    type: str
    name: str
    addresses: tuple[str, ...] = ()
    first: bool = False


@dataclass(frozen=True, slots=True)
class Package:
    """Everything that one deploy makes and removes."""

    components: tuple[Component, ...] = ()
    removals: tuple[Removal, ...] = ()
    history: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to deploy."""
        return not (self.components or self.removals or self.history)

    def addresses(self, type_: str, name: str) -> tuple[str, ...]:
        """Return the parts of the policy that a component comes from, by what Salesforce calls it.

        Some components are told of by their bare name or by the name of their object.
        """
        told = [(item.type, item.name, item.addresses) for item in self.components]
        told += [(item.type, item.name, item.addresses) for item in self.removals]
        for kind, full, addresses in told:
            if name in {full, full.rpartition(".")[2]} and type_ in {kind, ""}:
                return addresses
        return ()


def files(package: Package) -> dict[str, bytes]:
    """Return the files of a package by path, in order of path; the same in, the same out."""
    found = {"package.xml": manifest(members(package))}
    for name in _objects(package):
        found[f"objects/{name}.object"] = data(_object(package, name))
    for item in package.components:
        if item.type in _FOLDERS:
            folder, suffix = _FOLDERS[item.type]
            found[f"{folder}/{item.name}.{suffix}"] = data(item.element)
    for first, name in ((True, "destructiveChangesPre.xml"), (False, "destructiveChangesPost.xml")):
        going = [(item.type, item.name) for item in package.removals if item.first is first]
        if going:
            found[name] = manifest(going)
    return dict(sorted(found.items()))


def members(package: Package) -> list[tuple[str, str]]:
    """Return type and full name of everything that a package makes."""
    objects = [("CustomObject", name) for name in package.history]
    return [*objects, *((item.type, item.name) for item in package.components)]


def _objects(package: Package) -> list[str]:
    nested = (item.name.partition(".")[0] for item in package.components if item.type in _NESTED)
    return sorted({*nested, *package.history})


def _object(package: Package, name: str) -> etree._Element:
    """Return the fields and rules of an object together, as its file has them."""
    mine = [item for item in package.components if item.name.partition(".")[0] == name]
    parts: dict[str, list[etree._Element]] = {}
    for item in sorted(mine, key=lambda item: item.name):
        if item.type in _NESTED:
            parts.setdefault(_NESTED[item.type], []).append(renamed(item.element, item.type))
    return build("CustomObject", enableHistory=name in package.history or None, **parts)


def manifest(named: Iterable[tuple[str, str]]) -> bytes:
    """Return a manifest that names components by type and full name, each once."""
    by_type: dict[str, set[str]] = {}
    for type_, name in named:
        by_type.setdefault(type_, set()).add(name)
    types = [
        build("types", members=sorted(names), name=type_)
        for type_, names in sorted(by_type.items())
    ]
    return data(build("Package", types=types, version=api_version()))


def zipped(contents: Mapping[str, bytes]) -> bytes:
    """Return files as one archive; the same in, the same out."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()

"""A package as a source tree, in the layout that Salesforce's own tools work with."""

from __future__ import annotations

from typing import Final

from leadpolicy_salesforce.metadata.package import Component, Package, manifest, members
from leadpolicy_salesforce.metadata.xml import build, data, renamed

ROOT: Final = "force-app/main/default"
_OF_OBJECTS: Final = {
    "CustomField": ("fields", "field"),
    "ValidationRule": ("validationRules", "validationRule"),
}
_OF_THEIR_OWN: Final = {
    "PermissionSet": ("permissionsets", "permissionset"),
    "StandardValueSet": ("standardValueSets", "standardValueSet"),
}


def source_files(package: Package) -> dict[str, bytes]:
    """Return a file for every component of a package, and the manifest, in order of path."""
    found = {"manifest/package.xml": manifest(members(package))}
    for name in package.history:
        found[f"{ROOT}/objects/{name}/{name}.object-meta.xml"] = data(
            build("CustomObject", enableHistory=True)
        )
    for item in package.components:
        found[path_of(item)] = data(renamed(item.element, item.type))
    return dict(sorted(found.items()))


def path_of(component: Component) -> str:
    """Return where the file of a component stands in a source tree."""
    if component.type in _OF_THEIR_OWN:
        folder, suffix = _OF_THEIR_OWN[component.type]
        return f"{ROOT}/{folder}/{component.name}.{suffix}-meta.xml"
    folder, suffix = _OF_OBJECTS[component.type]
    object_, _, name = component.name.partition(".")
    return f"{ROOT}/objects/{object_}/{folder}/{name}.{suffix}-meta.xml"

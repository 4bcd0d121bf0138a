"""Rights as permission sets, of which others may own the rest."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree

from leadpolicy_salesforce.metadata.names import shortened
from leadpolicy_salesforce.metadata.xml import build, parts_of, put, renamed, value_of

_LABEL_MAX: Final = 80


@dataclass(frozen=True, slots=True)
class Right:
    """What a permission set allows on a field; who may write may read too."""

    write: bool


def permission_set(
    standing: etree._Element | None,
    label: str,
    rights: Mapping[str, Right],
    dropped: Collection[str] = (),
) -> etree._Element:
    """Return a permission set with rights on fields by full name; the rest stays as it stands.

    A set that does not stand is made under a label. Rights on `dropped` fields are left out.
    """
    made = _new(label) if standing is None else renamed(standing, "PermissionSet")
    put(made, "fullName", None)
    kept = {value_of(part, "field") or "": part for part in parts_of(made, "fieldPermissions")}
    kept |= {field: _entry(field, right) for field, right in rights.items()}
    names = sorted(name for name in kept if name not in dropped)
    put(made, "fieldPermissions", [kept[name] for name in names])
    return made


def _new(label: str) -> etree._Element:
    return build(
        "PermissionSet",
        description="Made by leadpolicy, which sets the rights on its own fields.",
        hasActivationRequired=False,
        label=shortened(label, _LABEL_MAX),
    )


def _entry(field: str, right: Right) -> etree._Element:
    return build("fieldPermissions", editable=right.write, field=field, readable=True)

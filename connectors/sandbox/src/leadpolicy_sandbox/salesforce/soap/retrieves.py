"""Retrievals: the components that a manifest names, as files in a zip."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from lxml import etree

from leadpolicy_sandbox.salesforce.org import Org
from leadpolicy_sandbox.salesforce.org.ids import make
from leadpolicy_sandbox.salesforce.org.schema import User
from leadpolicy_sandbox.salesforce.soap.components import KINDS
from leadpolicy_sandbox.salesforce.soap.envelope import SoapError
from leadpolicy_sandbox.salesforce.soap.kinds import Kind
from leadpolicy_sandbox.salesforce.soap.package import NESTED
from leadpolicy_sandbox.salesforce.soap.reading import Values, build, groups, in_order
from leadpolicy_sandbox.salesforce.soap.shapes import SHAPES

_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Retrieve:
    """A retrieval with its zip; `missing` are the problems with names that are not there."""

    id: str
    user: User
    when: datetime
    data: bytes
    found: tuple[tuple[str, str], ...]
    missing: tuple[str, ...] = field(default=())


class Retrieves:
    """The retrievals of one org; each is done as soon as it has started."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._all: dict[str, Retrieve] = {}

    def start(self, user: User, named: Iterable[tuple[str, str]], version: str) -> Retrieve:
        """Put what a manifest names into a zip; names may be `*` for all of a type."""
        found, missing = _resolve(self._org, named)
        data = _zip(_files(self._org, found) | {"package.xml": _manifest(found, version)})
        number, now = len(self._all) + 1, self._org.state.clock.second()
        done = Retrieve(make("09S", number), user, now, data, tuple(found), tuple(missing))
        self._all[done.id] = done
        return done

    def find(self, id: str) -> Retrieve:
        """The retrieval of that id; raises SoapError."""
        for known, done in self._all.items():
            if id in (known, known[:15]):
                return done
        raise SoapError("INVALID_CROSS_REFERENCE_KEY", f"invalid cross reference id: {id}")


def _resolve(org: Org, named: Iterable[tuple[str, str]]) -> tuple[list[tuple[str, str]], list[str]]:
    found: dict[tuple[str, str], None] = {}
    missing: list[str] = []
    for type_name, name in named:
        kind = KINDS.get(type_name)
        if kind is None:
            missing.append(f"Entity type: '{type_name}' is unknown")
        elif name == "*":
            found |= {(type_name, each): None for each in kind.names(org)}
        elif kind.read(org, name) is None:
            missing.append(f"Entity of type '{type_name}' named '{name}' cannot be found")
        else:
            found[type_name, name] = None
    return list(found), missing


def _files(org: Org, found: Iterable[tuple[str, str]]) -> dict[str, bytes]:
    contents: dict[str, tuple[str, Values]] = {}
    for type_name, name in sorted(found, key=lambda entry: entry[0] != "CustomObject"):
        kind = KINDS[type_name]
        values = dict(kind.read(org, name) or {})
        if type_name in NESTED.values():
            _nest(contents, kind, name, values)
        else:
            values.pop("fullName", None)
            contents[kind.file(name)] = (type_name, values)
    return {path: _file(type_name, values) for path, (type_name, values) in contents.items()}


def _nest(contents: dict[str, tuple[str, Values]], kind: Kind, name: str, values: Values) -> None:
    part = next(key for key, type_name in NESTED.items() if type_name == kind.type)
    _, whole = contents.setdefault(kind.file(name), ("CustomObject", {}))
    nested, short = groups(whole, part), name.partition(".")[2]
    if not any(each.get("fullName") == short for each in nested):
        whole[part] = [*nested, {**values, "fullName": short}]


def _file(type_name: str, values: Values) -> bytes:
    element = build(type_name, in_order(values, SHAPES[type_name]))
    etree.cleanup_namespaces(element)
    etree.indent(element, "    ")
    return etree.tostring(element, xml_declaration=True, encoding="UTF-8") + b"\n"


def _manifest(found: Iterable[tuple[str, str]], version: str) -> bytes:
    types: dict[str, list[str]] = {}
    for type_name, name in sorted(found):
        types.setdefault(type_name, []).append(name)
    listed: Values = {
        "types": [{"members": list(names), "name": name} for name, names in types.items()],
        "version": version,
    }
    return _file("Package", listed)


def _zip(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            archive.writestr(zipfile.ZipInfo(f"unpackaged/{path}", _EPOCH), data)
    return buffer.getvalue()

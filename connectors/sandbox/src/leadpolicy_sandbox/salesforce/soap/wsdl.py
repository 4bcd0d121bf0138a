"""The schema in the metadata WSDL that the package `simple-salesforce` carries, where installed.

The WSDL is Salesforce's own and not ours to hand out, so it is read from where it lies. Without it
component files are held to the shapes of this package alone.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from lxml import etree

from leadpolicy_sandbox.salesforce.soap.envelope import METADATA, parser

_XSD = "http://www.w3.org/2001/XMLSchema"


@lru_cache(maxsize=1)
def wsdl_path() -> Path | None:
    """Where the metadata WSDL lies; None when it is not installed."""
    spec = find_spec("simple_salesforce")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(place) / "metadata.wsdl"
        if path.is_file():
            return path
    return None


@lru_cache(maxsize=1)
def _schema_source() -> etree._Element | None:
    path = wsdl_path()
    if path is None:
        return None
    found = etree.fromstring(path.read_bytes(), parser()).find(f".//{{{_XSD}}}schema")
    return None if found is None else etree.fromstring(etree.tostring(found), parser())


@lru_cache(maxsize=1)
def _schema() -> etree.XMLSchema | None:
    root = _schema_source()
    if root is None:
        return None
    have = {part.get("name") for part in root.findall(f"{{{_XSD}}}element")}
    spaces = {"metadata": METADATA}
    for declared in root.findall(f"{{{_XSD}}}complexType"):
        name = declared.get("name")
        if name not in have:
            attributes = {"name": str(name), "type": f"metadata:{name}"}
            etree.SubElement(root, f"{{{_XSD}}}element", attributes, nsmap=spaces)
    return etree.XMLSchema(etree.fromstring(etree.tostring(root), parser()))


def schema_problem(element: etree._Element) -> str | None:
    """What the schema has against a component; None when there is no schema to ask."""
    schema = _schema()
    try:
        if schema is not None:
            schema.assertValid(etree.fromstring(etree.tostring(element), parser()))
    except etree.DocumentInvalid as problem:
        return str(problem)
    return None


@lru_cache(maxsize=512)
def knows_element(type_name: str, element: str) -> bool:
    """Whether the schema has an element in a type; False when there is no schema to ask."""
    return element in _elements(type_name)


def knows_type(type_name: str) -> bool:
    """Whether the schema has such a type of component; False when there is no schema to ask."""
    root = _schema_source()
    path = f"{{{_XSD}}}complexType[@name='{type_name}']//{{{_XSD}}}extension"
    found = None if root is None else root.find(path)
    return found is not None and str(found.get("base")).endswith(":Metadata")


@lru_cache(maxsize=64)
def _elements(type_name: str) -> frozenset[str]:
    root = _schema_source()
    if root is None:
        return frozenset()
    path = f"{{{_XSD}}}complexType[@name='{type_name}']//{{{_XSD}}}element"
    return frozenset(str(part.get("name")) for part in root.findall(path))

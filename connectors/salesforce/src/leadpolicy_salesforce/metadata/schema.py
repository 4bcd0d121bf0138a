"""The schema of the Metadata API, made from the WSDL that comes with simple-salesforce."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from lxml import etree

from leadpolicy.crm.connector import ConnectorError
from leadpolicy_salesforce.metadata.xml import read

_XSD: Final = "{http://www.w3.org/2001/XMLSchema}"
_ADDRESS: Final = ".//{http://schemas.xmlsoap.org/wsdl/soap/}address"


@cache
def _wsdl() -> etree._Element:
    found = find_spec("simple_salesforce")
    if found is None or found.origin is None:
        raise ConnectorError("the package `simple-salesforce` is not installed")
    return read((Path(found.origin).parent / "metadata.wsdl").read_bytes())


@cache
def api_version() -> str:
    """Return the version of the Metadata API that the schema belongs to, such as `63.0`."""
    place = _wsdl().find(_ADDRESS)
    return "" if place is None else str(place.get("location")).rpartition("/")[2]


@cache
def _schema() -> etree.XMLSchema:
    """Return the schema with an element for every type, so that files can be checked against it."""
    root = etree.fromstring(etree.tostring(next(_wsdl().iter(f"{_XSD}schema"))))
    known = {element.get("name") for element in root.findall(f"{_XSD}element")}
    for declared in root.findall(f"{_XSD}complexType"):
        name = str(declared.get("name"))
        if name not in known:
            etree.SubElement(root, f"{_XSD}element", name=name, type=f"tns:{name}")
    return etree.XMLSchema(root)


def problems(source: bytes) -> tuple[str, ...]:
    """Return what is wrong with a file by the schema; nothing where it is right.

    >>> problems(b'<Package xmlns="http://soap.sforce.com/2006/04/metadata"/>') == ()
    False
    """
    try:
        document = read(source)
    except ValueError as error:
        return (str(error),)
    schema = _schema()
    if schema.validate(document):
        return ()
    log: Any = schema.error_log
    return tuple(f"line {entry.line}: {entry.message}" for entry in log)

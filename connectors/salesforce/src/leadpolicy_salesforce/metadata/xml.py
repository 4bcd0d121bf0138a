"""Elements of the Metadata API: built, put into the order of its schema, and written as text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, TypeAlias

from lxml import etree

NAMESPACE: Final = "http://soap.sforce.com/2006/04/metadata"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"

Content: TypeAlias = (
    "str | bool | int | etree._Element | Iterable[etree._Element] | Iterable[str] | None"
)
SPACES: Final[dict[Any, str]] = {None: NAMESPACE}
_FIRST: Final = {"fullName": 0}
_OF_EVERY_VALUE: Final = ("color", "default", "description", "isActive", "label")
"""What a value of a standard picklist has in common with all others; it comes first."""


def build(name: str, /, **parts: Content) -> etree._Element:
    """Return an element with parts in the order of the schema; None leaves a part out.

    >>> text(build("CustomValue", label="A", default=False)).count("<")
    7
    """
    made = etree.Element(f"{{{NAMESPACE}}}{name}", nsmap=SPACES)
    for part, content in parts.items():
        put(made, part, content)
    return made


def request(name: str, /, **parts: Content) -> etree._Element:
    """Return a request, whose parts stand in the order given: that of the operation."""
    made = etree.Element(f"{{{NAMESPACE}}}{name}", nsmap=SPACES)
    for part, content in parts.items():
        _append(made, part, content)
    return made


def put(parent: etree._Element, name: str, content: Content) -> None:
    """Replace every part of a name by new content; None removes it."""
    for old in parts_of(parent, name):
        parent.remove(old)
    _append(parent, name, content)
    _sort(parent)


def _append(parent: etree._Element, name: str, content: Content) -> None:
    for item in _items(content):
        if isinstance(item, etree._Element):
            item.tag = f"{{{NAMESPACE}}}{name}"
            parent.append(item)
        else:
            made = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
            made.text = _plain(item)


def _items(content: Content) -> list[str | bool | int | etree._Element]:
    if content is None:
        return []
    if isinstance(content, str | bool | int | etree._Element):
        return [content]
    return list(content)


def _plain(value: str | bool | int) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _sort(parent: etree._Element) -> None:
    """Put the parts into the order of the schema: the name first, the rest by the alphabet."""
    is_value = local(parent) == "standardValue"

    def rank(part: etree._Element) -> tuple[int, str]:
        name = local(part)
        late = 2 if is_value and name not in _OF_EVERY_VALUE else 1
        return _FIRST.get(name, late), name

    parent[:] = sorted(parent, key=rank)


def local(element: etree._Element) -> str:
    """Return the name of an element without its namespace."""
    return etree.QName(element).localname


def parts_of(parent: etree._Element, name: str) -> list[etree._Element]:
    """Return the parts of a name, in their order."""
    return parent.findall(f"{{{NAMESPACE}}}{name}")


def value_of(parent: etree._Element, name: str) -> str | None:
    """Return the text of a part, or None where there is none."""
    found = parent.find(f"{{{NAMESPACE}}}{name}")
    if found is None or found.get(f"{{{XSI}}}nil") == "true":
        return None
    return found.text or ""


def is_true(parent: etree._Element, name: str) -> bool:
    """Tell whether a flag is there and set."""
    return value_of(parent, name) in {"true", "1"}


def renamed(element: etree._Element, name: str) -> etree._Element:
    """Return a copy of an element under a name of its own, without a type or empty parts."""
    copy = etree.Element(f"{{{NAMESPACE}}}{name}", nsmap=SPACES)
    copy.text = element.text if not len(element) else None
    for part in element:
        if part.get(f"{{{XSI}}}nil") != "true":
            copy.append(renamed(part, local(part)))
    return copy


def text(element: etree._Element) -> str:
    """Return an element as a document, always in the same bytes."""
    copy = renamed(element, local(element))
    etree.indent(copy, space="    ")
    body = etree.tostring(copy, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def data(element: etree._Element) -> bytes:
    """Return an element as the bytes of a file."""
    return text(element).encode("utf-8")


def read(source: bytes) -> etree._Element:
    """Return the element of a document; nothing outside it is read. Raises ValueError."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        remove_blank_text=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(source, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(f"is no XML: {error}") from None

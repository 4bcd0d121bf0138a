"""SOAP envelopes: what a client asks, and the answers and faults in the form it expects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
METADATA = "http://soap.sforce.com/2006/04/metadata"
PARTNER = "urn:partner.soap.sforce.com"
PARTNER_FAULT = "urn:fault.partner.soap.sforce.com"

Content = str | bool | int | float | None | Mapping[str, "Content"] | Sequence["Content"]
"""What an element may hold: text, parts by name (a sequence repeats its element), or None = nil."""


class SoapError(Exception):
    """A request that is refused as a whole; `code` is an exceptionCode without its prefix.

    `kind` names the fault's detail element, where the API documents one.
    """

    def __init__(self, code: str, message: str, kind: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.kind = kind


@dataclass(frozen=True)
class Envelope:
    """One request: its operation, the elements it brings, its session and its headers."""

    namespace: str
    operation: str
    body: etree._Element
    session: str | None
    headers: Mapping[str, etree._Element]

    def text(self, name: str) -> str | None:
        """The text of the first part called `name`; None where there is no such part."""
        return child_text(self.body, name)

    def texts(self, name: str) -> list[str]:
        """The texts of all parts called `name`."""
        return [(part.text or "").strip() for part in children(self.body, name)]

    def header_flag(self, header: str, name: str) -> bool:
        """Whether a header carries a flag that is set."""
        return header in self.headers and is_true(child_text(self.headers[header], name))


def parser() -> etree.XMLParser:
    """A parser that reads no entity and nothing from outside the document."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        remove_comments=True,
    )


def read_envelope(data: bytes) -> Envelope:
    """The request in an envelope; raises SoapError where there is none."""
    try:
        root = etree.fromstring(data, parser())
    except etree.XMLSyntaxError as problem:
        raise SoapError("soapenv:Client", str(problem)) from None
    body = root.find(f"{{{SOAP}}}Body")
    asked = None if body is None else next(iter(body.iterchildren("*")), None)
    if root.tag != f"{{{SOAP}}}Envelope" or asked is None:
        raise SoapError("soapenv:Client", "No operation available for request")
    header = root.find(f"{{{SOAP}}}Header")
    headers = {} if header is None else {local(part): part for part in header.iterchildren("*")}
    session = (
        child_text(headers["SessionHeader"], "sessionId") if "SessionHeader" in headers else None
    )
    return Envelope(etree.QName(asked).namespace or "", local(asked), asked, session, headers)


def local(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return etree.QName(element).localname


def children(parent: etree._Element, name: str | None = None) -> list[etree._Element]:
    """The parts of an element, all or those called `name`, in whichever namespace."""
    return [part for part in parent.iterchildren("*") if name is None or local(part) == name]


def child(parent: etree._Element, name: str) -> etree._Element | None:
    """The first part called `name`."""
    return next(iter(children(parent, name)), None)


def child_text(parent: etree._Element, name: str) -> str | None:
    """The text of the first part called `name`; None for nil and for a part that is not there."""
    found = child(parent, name)
    if found is None or found.get(f"{{{XSI}}}nil") in ("true", "1"):
        return None
    return (found.text or "").strip()


def is_true(text: str | None) -> bool:
    """Whether a flag is set; case does not matter, as clients that write `True` are served too."""
    return text is not None and text.lower() in ("true", "1")


def write(
    parent: etree._Element, name: str, content: Content, namespace: str | None = None
) -> None:
    """Appends `content` as one element, or as one element per item of a sequence."""
    if isinstance(content, Sequence) and not isinstance(content, str):
        for item in content:
            write(parent, name, item, namespace)
        return
    space = namespace if namespace is not None else etree.QName(parent).namespace
    element = etree.SubElement(parent, f"{{{space}}}{name}" if space else name)
    if content is None:
        element.set(f"{{{XSI}}}nil", "true")
    elif isinstance(content, Mapping):
        fill(element, content)
    else:
        element.text = text_of(content)


def fill(element: etree._Element, parts: Mapping[str, Content]) -> None:
    """Appends parts in their order; one whose name is `xsi:type` becomes the element's type."""
    for name, part in parts.items():
        if name == "xsi:type":
            element.set(f"{{{XSI}}}type", str(part))
        else:
            write(element, name, part)


def text_of(content: str | bool | int | float) -> str:
    """A plain value as the text of an element."""
    if isinstance(content, bool):
        return "true" if content else "false"
    return str(content)


def answer(namespace: str, operation: str, result: Content, headers: Content = None) -> bytes:
    """The envelope of an answer; a sequence gives one `<result>` for each of its items."""
    root, body = _envelope({None: namespace})
    if isinstance(headers, Mapping):
        header = etree.Element(f"{{{SOAP}}}Header")
        root.insert(0, header)
        for name, content in headers.items():
            write(header, name, content, namespace)
    response = etree.SubElement(body, f"{{{namespace}}}{operation}Response")
    write(response, "result", result)
    return _bytes(root)


def fault(problem: SoapError, namespace: str) -> bytes:
    """The envelope of a fault; its code has the prefix `sf:` unless it belongs to SOAP itself."""
    root, body = _envelope({"sf": _faults(namespace)})
    place = etree.SubElement(body, f"{{{SOAP}}}Fault")
    code = problem.code if ":" in problem.code else f"sf:{problem.code}"
    etree.SubElement(place, "faultcode").text = code
    text = problem.message if ":" in problem.code else f"{problem.code}: {problem.message}"
    etree.SubElement(place, "faultstring").text = text
    if problem.kind is not None:
        detail = etree.SubElement(
            etree.SubElement(place, "detail"), f"{{{_faults(namespace)}}}{problem.kind}"
        )
        detail.set(f"{{{XSI}}}type", f"sf:{problem.kind}")
        fill(detail, {"exceptionCode": problem.code, "exceptionMessage": problem.message})
    return _bytes(root)


def _faults(namespace: str) -> str:
    return PARTNER_FAULT if namespace == PARTNER else namespace


def _envelope(used: dict[Any, str]) -> tuple[etree._Element, etree._Element]:
    spaces = {"soapenv": SOAP, "xsi": XSI, **used}
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap=spaces)
    return root, etree.SubElement(root, f"{{{SOAP}}}Body")


def _bytes(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")

"""Component files and elements into plain values, with the errors a deploy reports for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from leadpolicy_sandbox.salesforce.soap.envelope import (
    METADATA,
    XSI,
    Content,
    children,
    local,
    parser,
    write,
)
from leadpolicy_sandbox.salesforce.soap.shapes import Enum, Part, Shape
from leadpolicy_sandbox.salesforce.soap.wsdl import knows_element, schema_problem

Value = str | bool | int | dict[str, "Value"] | list["Value"]
Values = dict[str, Value]


@dataclass(frozen=True)
class Spot:
    """A place in a file, both counted from 1; 0 where the parser knows no place."""

    line: int = 0
    column: int = 0


NOWHERE = Spot()
"""The place of what has none."""


class ComponentError(Exception):
    """A component cannot be saved; `code` is the StatusCode of the calls that save single ones."""

    def __init__(
        self, message: str, code: str = "FIELD_INTEGRITY_EXCEPTION", fields: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.fields = fields


class ParseError(ComponentError):
    """A file or element is not of its type's form."""

    def __init__(self, message: str, spot: Spot = NOWHERE) -> None:
        super().__init__(message)
        self.spot = spot


def parse_file(data: bytes) -> etree._Element:
    """The root element of a file; raises ParseError when it is not well-formed XML."""
    try:
        return etree.fromstring(data, parser())
    except etree.XMLSyntaxError as problem:
        line, column = problem.position
        raise ParseError(f"Error parsing file: {problem.msg}", Spot(line, column)) from None


def read_file(data: bytes, shape: Shape) -> tuple[etree._Element, Values]:
    """A component file as its element and its values; raises ParseError."""
    root = parse_file(data)
    expected = f"{{{METADATA}}}{shape.name}"
    if root.tag != expected:
        raise ParseError(
            f"Error parsing file: Element {root.tag} found, expected {expected}", spot(root)
        )
    try:
        return root, read_strictly(root, shape)
    except ParseError as problem:
        raise ParseError(f"Error parsing file: {problem.message}", problem.spot) from None


def read_strictly(element: etree._Element, shape: Shape) -> Values:
    """The values of an element that the WSDL's schema accepts, in whatever order its parts are."""
    values = read(element, shape)
    problem = schema_problem(build(shape.name, in_order(values, shape)))
    if problem is not None:
        raise ParseError(problem, spot(element))
    return values


def read(element: etree._Element, shape: Shape) -> Values:
    """The values of an element by the names of its parts; raises ParseError."""
    values: Values = {}
    last = ""
    for part in children(element):
        name = local(part)
        known = shape.by_name.get(name)
        if known is None or part.tag != f"{{{METADATA}}}{name}":
            raise _unknown(part, shape)
        if name in values and (not known.many or name != last):
            raise ParseError(
                f"Element {part.tag} is duplicated at this location in type {shape.name}",
                spot(part),
            )
        last = name
        _take(values, known, part)
    for known in shape.parts:
        if known.needed and known.name not in values:
            raise ParseError(f"Required field is missing: {known.name}", spot(element))
    return values


def _unknown(part: etree._Element, shape: Shape) -> ParseError:
    if knows_element(shape.name, local(part)):
        return ParseError(
            f"this practice org does not keep `{local(part)}` of a {shape.name}", spot(part)
        )
    return ParseError(
        f"Element {part.tag} invalid at this location in type {shape.name}", spot(part)
    )


def _take(values: Values, known: Part, part: etree._Element) -> None:
    if part.get(f"{{{XSI}}}nil") in ("true", "1"):
        return
    value = _value(known, part)
    if not known.many:
        values[known.name] = value
        return
    before = values.get(known.name)
    values[known.name] = [*(before if isinstance(before, list) else []), value]


def _value(known: Part, part: etree._Element) -> Value:
    if isinstance(known.kind, Shape):
        return read(part, known.kind)
    text = part.text or ""
    if isinstance(known.kind, Enum):
        if text.strip() not in known.kind.words:
            problem = f"'{text.strip()}' is not a valid value for the enum '{known.kind.name}'"
            raise ParseError(problem, spot(part))
        return text.strip()
    if known.kind == "string":
        return text
    return _typed(known.kind, text.strip(), part)


def _typed(kind: str, text: str, part: etree._Element) -> Value:
    if kind == "boolean":
        if text not in ("true", "false", "1", "0"):
            raise ParseError(f"'{text}' is not a valid value for the type xsd:boolean", spot(part))
        return text in ("true", "1")
    try:
        return int(text)
    except ValueError:
        raise ParseError(
            f"'{text}' is not a valid value for the type xsd:int", spot(part)
        ) from None


def spot(element: etree._Element) -> Spot:
    """The line in which an element starts; the parser keeps no columns of elements."""
    line = element.sourceline
    return Spot(line if isinstance(line, int) else 0)


def groups(values: Mapping[str, Value], name: str) -> list[Values]:
    """The parts of a repeating element that have parts of their own."""
    given = values.get(name)
    return [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []


def in_order(values: Mapping[str, Value], shape: Shape) -> Values:
    """Values with their parts in the order of the API."""
    ordered: Values = {}
    for part in shape.parts:
        if part.name in values:
            ordered[part.name] = _ordered(values[part.name], part)
    return ordered


def _ordered(value: Value, part: Part) -> Value:
    if not isinstance(part.kind, Shape):
        return value
    if isinstance(value, list):
        return [in_order(item, part.kind) if isinstance(item, dict) else item for item in value]
    return in_order(value, part.kind) if isinstance(value, dict) else value


def build(name: str, values: Mapping[str, Content]) -> etree._Element:
    """An element of the metadata namespace that holds values in the order given."""
    spaces: dict[Any, str] = {None: METADATA, "xsi": XSI}
    element = etree.Element(f"{{{METADATA}}}{name}", nsmap=spaces)
    for part, value in values.items():
        write(element, part, value)
    return element

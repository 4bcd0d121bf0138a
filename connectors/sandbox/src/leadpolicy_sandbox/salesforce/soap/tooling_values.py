"""Metadata of the Tooling API: components as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leadpolicy_sandbox.salesforce.org import Org, OrgError
from leadpolicy_sandbox.salesforce.soap.components import KINDS
from leadpolicy_sandbox.salesforce.soap.reading import (
    ParseError,
    Value,
    Values,
    build,
    in_order,
    read_strictly,
)
from leadpolicy_sandbox.salesforce.soap.shapes import CUSTOM_VALUE, SHAPES, Part, Shape


def metadata_json(org: Org, type_name: str, name: str) -> dict[str, Any]:
    """The metadata of a component, with null for every part that it does not have."""
    values = KINDS[type_name].read(org, name) or {}
    return _shown(values, SHAPES[type_name], top=True)


def _shown(values: Values, shape: Shape, *, top: bool = False) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for part in shape.parts:
        if not (top and part.name == "fullName"):
            shown[_json_name(part, shape)] = _part_shown(values.get(part.name), part)
    return shown


def _part_shown(value: Value | None, part: Part) -> Any:
    if isinstance(part.kind, Shape):
        kind = part.kind
        if isinstance(value, list):
            return [_shown(each, kind) for each in value if isinstance(each, dict)]
        return _shown(value, kind) if isinstance(value, dict) else None
    return value


def _json_name(part: Part, shape: Shape) -> str:
    return "valueName" if shape is CUSTOM_VALUE and part.name == "fullName" else part.name


def values_of(type_name: str, given: Mapping[str, Any]) -> Values:
    """The values in metadata that came as JSON; raises OrgError for what it cannot have."""
    values = _taken(given, SHAPES[type_name])
    try:
        return read_strictly(
            build(type_name, in_order(values, SHAPES[type_name])), SHAPES[type_name]
        )
    except ParseError as problem:
        raise OrgError(400, "JSON_PARSER_ERROR", problem.message) from None


def _taken(given: Mapping[str, Any], shape: Shape) -> Values:
    names = {_json_name(part, shape): part for part in shape.parts} | shape.by_name
    values: Values = {}
    for name, value in given.items():
        part = names.get(name)
        if part is None:
            message = f"No such column '{name}' on sobject of type {shape.name}"
            raise OrgError(400, "INVALID_FIELD", message)
        if value is not None:
            values[part.name] = _part_taken(value, part)
    return values


def _part_taken(value: Any, part: Part) -> Value:
    if not isinstance(part.kind, Shape):
        return value if isinstance(value, bool | int) else str(value)
    if part.many:
        items = value if isinstance(value, list) else [value]
        return [_taken(each, part.kind) for each in items if isinstance(each, Mapping)]
    return _taken(value, part.kind) if isinstance(value, Mapping) else {}

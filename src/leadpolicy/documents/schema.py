"""The JSON Schema for editors, generated from the same classes that validate documents."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from jsonschema import Draft202012Validator

from leadpolicy.diagnostics import Diagnostic, path_text
from leadpolicy.documents.source import Tree
from leadpolicy.policy.policy import Policy

_PACK = {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]*$"}
_DOCUMENT_KEYS = {
    "include": {
        "type": "array",
        "items": {"type": "string"},
        "description": "files of this folder that belong to the same policy",
    },
    "extends": {
        "anyOf": [_PACK, {"type": "array", "items": _PACK}],
        "description": "packs whose parts this policy takes over and may override by name",
    },
}


def schema(kind: type[Policy] = Policy, *, whole: bool = False) -> dict[str, Any]:
    """Return the JSON Schema of a policy document.

    A policy may be split over files and extend a pack, so no single file needs every key; with
    `whole` the schema asks for a complete policy, as it is after merging.
    """
    found = kind.model_json_schema(by_alias=True)
    found["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    found["title"] = "leadpolicy policy"
    if not whole:
        found["properties"] = {**_DOCUMENT_KEYS, **found["properties"]}
        _allow_parts(found)
    return found


def _allow_parts(found: dict[str, Any]) -> None:
    """Let a file override a few keys of a part, or delete a part with null."""
    found.pop("required", None)
    for definition in found.get("$defs", {}).values():
        definition.pop("required", None)
    for node in _objects(found):
        extra = node.get("additionalProperties")
        if isinstance(extra, dict):
            node["additionalProperties"] = {"anyOf": [extra, {"type": "null"}]}
        for key, pattern in list(node.get("patternProperties", {}).items()):
            node["patternProperties"][key] = {"anyOf": [pattern, {"type": "null"}]}


def _objects(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for value in list(node.values()):
            yield from _objects(value)
    elif isinstance(node, list):
        for value in node:
            yield from _objects(value)


def against_schema(tree: Tree, kind: type[Policy] = Policy) -> Iterator[Diagnostic]:
    """Yield LP150 for everything in which merged data departs from the schema."""
    validator = Draft202012Validator(schema(kind, whole=True))
    for error in validator.iter_errors(_floats(tree.data)):
        path = tuple(error.absolute_path)
        message = f"not as the schema says: {error.message[:200]}"
        yield Diagnostic("LP150", message, span=tree.span_at(path), path=path_text(path))


def _floats(value: Any) -> Any:
    """Return the data with decimals as JSON numbers, which is all that a schema knows."""
    if isinstance(value, dict):
        return {key: _floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_floats(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value

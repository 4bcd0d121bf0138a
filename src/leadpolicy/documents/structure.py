"""What a document must look like: the validation of its data, in the words of diagnostics."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from leadpolicy.diagnostics import Diagnostic, Span, did_you_mean, path_text
from leadpolicy.documents.source import Tree, TreePath

M = TypeVar("M", bound=BaseModel)

CODES: Final[dict[str, str]] = {
    "LP150": "data that departs from the schema",
    "LP151": "unknown key",
    "LP152": "missing key",
    "LP153": "value of the wrong type",
    "LP154": "unknown word where a closed set of words is expected",
    "LP155": "a name that cannot be used",
    "LP156": "keys that do not go together",
}

_QUOTED: Final = re.compile(r"'([^']*)'")
_KIND: Final = {
    dict: "a mapping",
    list: "a list",
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    type(None): "nothing",
}


def validate(tree: Tree, kind: type[M]) -> tuple[M | None, list[Diagnostic]]:
    """Turn the data of a document into its model, or say everything that is wrong with it."""
    try:
        # In documents keys have one spelling; `from_` is how Python has to write `from`.
        return kind.model_validate(tree.data, by_alias=True, by_name=False), []
    except ValidationError as error:
        found = [_diagnostic(item, tree, kind) for item in error.errors(include_url=False)]
    return None, found


def _diagnostic(item: ErrorDetails, tree: Tree, kind: type[BaseModel]) -> Diagnostic:
    path, rest = _path_in(tree, item["loc"])
    owner = _model_at(kind, path)
    code, message, hint = _explained(item, path, rest, owner)
    return Diagnostic(code, message, span=_place(tree, path, code), path=path_text(path), hint=hint)


def _place(tree: Tree, path: TreePath, code: str) -> Span | None:
    if code in {"LP151", "LP152", "LP155", "LP156"} and path in tree.key_spans:
        return tree.key_spans[path]
    return tree.span_at(path)


def _path_in(tree: Tree, loc: tuple[int | str, ...]) -> tuple[TreePath, tuple[int | str, ...]]:
    """Return the part of a location that the document has, and what is left over.

    The library adds steps of its own, such as the members of a union; they are passed over.
    """
    data: Any = tree.data
    path: list[int | str] = []
    rest: list[int | str] = []
    for step in loc:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            rest.append(step)
        else:
            path.append(step)
            rest.clear()
    return tuple(path), tuple(rest)


def _explained(
    item: ErrorDetails, path: TreePath, rest: tuple[int | str, ...], owner: type[BaseModel] | None
) -> tuple[str, str, str | None]:
    kind, name = item["type"], str(path[-1]) if path else "the document"
    if kind == "extra_forbidden":
        hint = did_you_mean(name, _keys(owner)) if owner else None
        return "LP151", f"`{_short(name)}` is not a key here", hint
    if kind == "missing":
        missing = str(rest[-1]) if rest else "?"
        where = f"`{name}`" if path else "the document"
        return "LP152", f"{where} needs the key `{missing}`", None
    if kind in {"enum", "literal_error"}:
        words = _QUOTED.findall(str(item.get("ctx", {}).get("expected", "")))
        found = _short(item["input"])
        return "LP154", f"`{name}` cannot be `{found}`", did_you_mean(str(item["input"]), words)
    if kind.startswith("string_") and rest and rest[-1] == "[key]":
        return "LP155", f"`{_short(name)}` cannot be used as a name", _NAME_HINT
    if kind in {"value_error", "assertion_error"}:
        message = str(item.get("ctx", {}).get("error", item["msg"]))
        return ("LP156" if isinstance(item["input"], Mapping) else "LP153"), message, None
    return "LP153", f"`{name}`: {_wanted(item)}, found {_found(item['input'])}", None


_NAME_HINT: Final = "a name starts with a small letter; small letters, digits and `_` follow"


def _wanted(item: ErrorDetails) -> str:
    text = item["msg"].removeprefix("Input should be ").removeprefix("a valid ")
    text = text.partition(" or instance of ")[0]
    words = {
        "dictionary": "a mapping",
        "string": "a text",
        "boolean": "true or false",
        "integer": "a whole number",
        "decimal": "a number",
        "tuple": "a list",
    }
    return "expected " + words.get(text, text[:1].lower() + text[1:])


def _found(value: object) -> str:
    if isinstance(value, str):
        return f"the text `{_short(value)}`"
    if isinstance(value, dict | list) or value is None:
        return _KIND[type(value)]
    return f"`{_short(value)}`"


def _short(value: object, limit: int = 60) -> str:
    text = str(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _keys(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield field.alias or name


def _model_at(kind: type[BaseModel], path: TreePath) -> type[BaseModel] | None:
    """Return the model whose key the last step of a path is."""
    current: Any = kind
    for step in path[:-1]:
        current = _inside(current, step)
    return _as_model(current)


def _inside(annotation: Any, step: str | int) -> Any:
    model = _as_model(annotation)
    if model is not None:
        for name, field in model.model_fields.items():
            if step in {name, field.alias}:
                return field.annotation
        return None
    for option in _options(annotation):
        arguments = get_args(option)
        if arguments and get_origin(option) is not None:
            return arguments[1] if len(arguments) > 1 and isinstance(step, str) else arguments[0]
    return None


def _options(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is Annotated:
        return _options(get_args(annotation)[0])
    if get_origin(annotation) in {Union, types.UnionType}:
        return tuple(x for option in get_args(annotation) for x in _options(option))
    return (annotation,)


def _as_model(annotation: Any) -> type[BaseModel] | None:
    for option in _options(annotation):
        if isinstance(option, type) and issubclass(option, BaseModel):
            return option
    return None

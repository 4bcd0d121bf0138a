"""The small field types that all policy objects share: names, wordings, expressions, durations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, TypeAlias, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    StrictBool,
    StrictInt,
    StringConstraints,
    WithJsonSchema,
    model_serializer,
    model_validator,
)

from leadpolicy.expr.nodes import Node
from leadpolicy.expr.parse import format_duration, parse_duration
from leadpolicy.expr.unparse import unparse
from leadpolicy.expr.values import Condition, NumberValue

Lang: TypeAlias = Literal["de", "en"]
Path: TypeAlias = tuple[str | int, ...]

if TYPE_CHECKING:
    Kept = TypeVar("Kept")
    Given = TypeVar("Given")

    class Accepts(Generic[Kept, Given]):
        """A field that holds `Kept` and is built from `Given`, as type checkers see it."""

        def __get__(self, instance: object, owner: object) -> Kept: ...
        def __set__(self, instance: object, value: Given) -> None: ...
else:

    class Accepts:
        """A field that holds its first type; the second one is for type checkers alone."""

        def __class_getitem__(cls, item):
            return item[0]


NOTHING: Any = None
"""The default of an optional `Accepts` field."""


class Role(StrEnum):
    """Who may act, decide, own or be owed something."""

    MARKETING = "marketing"
    SALES = "sales"
    MANAGEMENT = "management"
    DATA_PROTECTION = "data_protection"
    SYSTEM = "system"


def _key(name: str) -> str:
    """Return the key of a field in documents: `from_` is written `from`."""
    return name.removesuffix("_")


class Part(BaseModel):
    """The base of every policy object: frozen, with no unknown keys."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        arbitrary_types_allowed=True,
        alias_generator=_key,
        populate_by_name=True,
    )


class Wording(Part):
    """A text in German and English; a plain text stands for both."""

    de: str = Field(min_length=1, description="the German text")
    en: str = Field(min_length=1, description="the English text")

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: Any) -> Any:
        return {"de": data, "en": data} if isinstance(data, str) else data

    @model_serializer(mode="plain")
    def _to_data(self) -> str | dict[str, str]:
        return self.de if self.de == self.en else {"de": self.de, "en": self.en}

    def text(self, lang: Lang) -> str:
        """Return the text in one language."""
        return self.de if lang == "de" else self.en

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> dict[str, Any]:
        texts = {
            "type": "object",
            "properties": {lang: {"type": "string", "minLength": 1} for lang in ("de", "en")},
            "required": ["de", "en"],
            "additionalProperties": False,
        }
        return {"anyOf": [{"type": "string", "minLength": 1}, texts], "title": "Wording"}


WordingField: TypeAlias = Accepts[Wording, Wording | str]
MaybeWordingField: TypeAlias = Accepts[Wording | None, Wording | str | None]


def wording(de: str, en: str | None = None) -> Wording:
    """Write a text in German and English; without `en` it stands for both."""
    return Wording(de=de, en=de if en is None else en)


@dataclass(frozen=True, slots=True)
class Built:
    """An expression built in Python; unlike the value it comes from it compares as usual."""

    node: Node


def _condition(value: object) -> object:
    if isinstance(value, Condition):
        return Built(value.node)
    if isinstance(value, Built) or (isinstance(value, str) and value.strip()):
        return value
    if isinstance(value, bool):
        return str(value)
    raise ValueError("a condition is written as text, or built from attributes")


def _number(value: object) -> object:
    if isinstance(value, NumberValue):
        return Built(value.node)
    if isinstance(value, Built) or (isinstance(value, str) and value.strip()):
        return value
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    raise ValueError("a number is written as text or digits, or built from attributes")


def expression_text(value: object) -> str:
    """Return the text form of an expression field; texts are kept as they were written."""
    node = getattr(value, "node", None)
    return unparse(node) if isinstance(node, Node) else str(value)


_AS_TEXT = PlainSerializer(expression_text, return_type=str)
ConditionField = Annotated[
    Condition | str,
    PlainValidator(_condition),
    _AS_TEXT,
    WithJsonSchema(
        {
            "anyOf": [{"type": "string", "minLength": 1}, {"type": "boolean"}],
            "description": "a condition, for example: employees >= 50 and budget_confirmed",
        }
    ),
]
NumberField = Annotated[
    NumberValue | str,
    PlainValidator(_number),
    _AS_TEXT,
    WithJsonSchema(
        {
            "anyOf": [{"type": "string", "minLength": 1}, {"type": "number"}],
            "description": "a number, for example: count('content_download', within=days(90))",
        }
    ),
]


def _duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        if value <= timedelta(0):
            raise ValueError("a duration is longer than nothing")
        return value
    found = parse_duration(value) if isinstance(value, str) else None
    if found is None or found <= timedelta(0):
        raise ValueError("a duration is written like `24 hours`, `90 days` or `2 weeks`")
    return found


Duration = Annotated[
    timedelta,
    PlainValidator(_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\s*[0-9]+ (minute|hour|day|week)s?\s*$"}),
]


def _exact(value: object) -> object:
    if isinstance(value, str):
        raise ValueError(f"a number is written without quotes, found the text `{value[:60]}`")
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError("a number is finite")
        return int(value) if value == value.to_integral_value() else value
    return value


Points = Annotated[
    StrictInt | Decimal,
    BeforeValidator(_exact),
    PlainSerializer(
        lambda value: value if isinstance(value, int) else str(value), when_used="json"
    ),
    WithJsonSchema({"type": "number"}),
]
"""A number of points, exact: whole, or a decimal."""


def _day(value: object) -> object:
    return date.fromisoformat(value) if isinstance(value, str) else value


Day = Annotated[
    date,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}),
]
Flag = StrictBool
Whole = StrictInt
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
"""A name that expressions can use."""
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$", max_length=64)]
"""A name that only other parts of the policy refer to."""
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=64)]
"""A code of a choice."""

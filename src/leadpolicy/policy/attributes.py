"""The typed way to declare a record in Python.

On the class an attribute is an expression, on an instance it is a value or None for unknown:

>>> class Lead(Record):
...     employees = whole("Mitarbeitende", unit="people")
...     budget_confirmed = flag("Budget bestätigt")
>>> (Lead.employees >= 50).node.op.value
'>='
>>> Lead(employees=120).employees
120
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Generic, Literal, Never, TypeVar, Unpack, overload

from typing_extensions import TypedDict

from leadpolicy.diagnostics import did_you_mean
from leadpolicy.expr.nodes import Attribute as AttributeNode
from leadpolicy.expr.nodes import Node
from leadpolicy.expr.types import Kind
from leadpolicy.expr.values import (
    ChoicesValue,
    ChoiceValue,
    DayValue,
    FlagValue,
    MomentValue,
    NumberValue,
    TextValue,
)
from leadpolicy.policy.fields import Role, Wording
from leadpolicy.policy.record import AttributeSpec, Evidence, PersonalData, RecordSpec

V = TypeVar("V")
T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


class About(TypedDict, total=False):
    """What may be said about any attribute."""

    en: str
    description: Wording | str
    evidence: Evidence
    owner: Role
    personal: PersonalData


class Declared(Generic[V, T]):
    """An attribute of a record: `V` is its expression, `T` the type of its values."""

    def __init__(self, spec: AttributeSpec) -> None:
        self.spec = spec
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> V: ...
    @overload
    def __get__(self, instance: Record, owner: type) -> T | None: ...
    def __get__(self, instance: Record | None, owner: type) -> V | T | None:
        if instance is None:
            return self._expression(AttributeNode(self._name))
        value: T | None = instance._values.get(self._name)
        return value

    def __set__(self, instance: Record, value: Never) -> None:
        raise AttributeError(f"`{self._name}` is fixed: records do not change")

    def _codes(self) -> Any:
        """Return the codes; the enumeration they come from is the attribute's static type."""
        return tuple(self.spec.codes)

    def _expression(self, node: Node) -> V:
        raise NotImplementedError


class _Flag(Declared[FlagValue, bool]):
    def _expression(self, node: Node) -> FlagValue:
        return FlagValue(node)


class _Whole(Declared[NumberValue, int]):
    def _expression(self, node: Node) -> NumberValue:
        return NumberValue(node)


class _Number(Declared[NumberValue, Decimal]):
    def _expression(self, node: Node) -> NumberValue:
        return NumberValue(node)


class _Text(Declared[TextValue, str]):
    def _expression(self, node: Node) -> TextValue:
        return TextValue(node)


class _Choice(Declared[ChoiceValue[E], E]):
    def _expression(self, node: Node) -> ChoiceValue[E]:
        return ChoiceValue(node, self._codes(), ordered=self.spec.ordered)


class _Choices(Declared[ChoicesValue[E], frozenset[E]]):
    def _expression(self, node: Node) -> ChoicesValue[E]:
        return ChoicesValue(node, self._codes())


class _Day(Declared[DayValue, date]):
    def _expression(self, node: Node) -> DayValue:
        return DayValue(node)


class _Moment(Declared[MomentValue, datetime]):
    def _expression(self, node: Node) -> MomentValue:
        return MomentValue(node)


def _spec(kind: Kind, de: str, about: About, **more: Any) -> AttributeSpec:
    rest = {key: value for key, value in about.items() if key != "en"}
    title = Wording(de=de, en=about.get("en", de))
    return AttributeSpec.model_validate({"type": kind, "title": title, **rest, **more})


def flag(
    de: str, *, missing: Literal["unknown", "false"] = "unknown", **about: Unpack[About]
) -> _Flag:
    """Declare a flag; `missing` says whether a missing value is unknown or false."""
    return _Flag(_spec(Kind.FLAG, de, about, missing=missing))


def whole(de: str, *, unit: str | None = None, **about: Unpack[About]) -> _Whole:
    """Declare a whole number in a unit."""
    return _Whole(_spec(Kind.WHOLE, de, about, unit=unit))


def number(
    de: str, *, unit: str | None = None, decimals: int = 2, **about: Unpack[About]
) -> _Number:
    """Declare a decimal number in a unit with so many decimal places."""
    return _Number(_spec(Kind.NUMBER, de, about, unit=unit, decimals=decimals))


def text(de: str, **about: Unpack[About]) -> _Text:
    """Declare a text; blank text is unknown."""
    return _Text(_spec(Kind.TEXT, de, about))


def choice(
    codes: type[E],
    de: str,
    *,
    titles: Mapping[E, Wording | str] | None = None,
    ordered: bool = False,
    **about: Unpack[About],
) -> _Choice[E]:
    """Declare a choice among the members of an enumeration."""
    return _Choice(_spec(Kind.CHOICE, de, about, codes=_codes(codes, titles), ordered=ordered))


def choices(
    codes: type[E],
    de: str,
    *,
    titles: Mapping[E, Wording | str] | None = None,
    **about: Unpack[About],
) -> _Choices[E]:
    """Declare a set of members of an enumeration."""
    return _Choices(_spec(Kind.CHOICES, de, about, codes=_codes(codes, titles)))


def day(de: str, **about: Unpack[About]) -> _Day:
    """Declare a calendar day in the policy's time zone."""
    return _Day(_spec(Kind.DAY, de, about))


def moment(de: str, **about: Unpack[About]) -> _Moment:
    """Declare an instant; values carry a time zone."""
    return _Moment(_spec(Kind.MOMENT, de, about))


def _codes(codes: type[E], titles: Mapping[E, Wording | str] | None) -> dict[str, Wording | str]:
    known = titles or {}
    return {member.value: known.get(member, member.value) for member in codes}


class Record:
    """The base of typed records; instances are fixed, missing values are None."""

    __leadpolicy_record__: ClassVar[RecordSpec]

    def __init_subclass__(cls, title: str | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        found: dict[str, AttributeSpec] = {}
        for base in reversed(cls.__mro__):
            found |= {k: v.spec for k, v in vars(base).items() if isinstance(v, Declared)}
        cls.__leadpolicy_record__ = RecordSpec.model_validate(
            {"name": cls.__name__.lower(), "title": title, "attributes": found}
        )

    def __init__(self, **values: object) -> None:
        known = type(self).__leadpolicy_record__.attributes
        for name in values:
            if name not in known:
                hint = did_you_mean(name, known) or ""
                raise TypeError(f"`{name}` is not an attribute of {type(self).__name__}; {hint}")
        self._values: dict[str, Any] = values

    def to_mapping(self) -> Mapping[str, object]:
        """Return the values by attribute; unknown ones are left out."""
        return {name: value for name, value in self._values.items() if value is not None}

    def __repr__(self) -> str:
        inner = ", ".join(f"{name}={value!r}" for name, value in self._values.items())
        return f"{type(self).__name__}({inner})"

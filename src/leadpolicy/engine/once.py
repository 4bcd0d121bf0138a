"""Attributes that are worked out on first use and then kept, for classes with slots."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class once(Generic[T]):  # noqa: N801 (used like `property`)
    """Like `functools.cached_property`; values are kept in the instance's `_memo`."""

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make
        self._name = make.__name__
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> once[T]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: Any, owner: type) -> once[T] | T:
        if instance is None:
            return self
        memo: dict[str, T] | None = instance._memo
        if memo is None:
            memo = instance._memo = {}
        if self._name not in memo:
            memo[self._name] = self._make(instance)
        return memo[self._name]

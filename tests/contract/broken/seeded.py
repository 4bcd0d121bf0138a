"""How a broken connector is written down: a class, and the slug of the behaviour that fails."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from leadpolicy.crm.connector import DecisionRow
from leadpolicy.crm.state import Column, FieldKind

T = TypeVar("T", bound=type)


@dataclass(frozen=True)
class Seeded:
    """One broken connector."""

    kind: type[Any]
    caught_by: str


SEEDED: list[Seeded] = []


def caught_by(slug: str) -> Callable[[T], T]:
    """Note a broken connector, which the behaviour `slug` has to notice."""

    def note(kind: T) -> T:
        SEEDED.append(Seeded(kind, slug))
        return kind

    return note


def mapped(
    rows: Iterable[DecisionRow], columns: Iterable[Column], kind: FieldKind, change: Any
) -> Iterator[DecisionRow]:
    """Yield the rows with every value of a kind of columns changed."""
    names = {column.name for column in columns if column.kind is kind}
    for row in rows:
        changed = {
            name: change(value) if name in names and value is not None else value
            for name, value in row.values.items()
        }
        yield replace(row, values=changed)

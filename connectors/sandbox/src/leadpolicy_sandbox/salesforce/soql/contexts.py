"""What the names and functions of a query mean, for single rows and for groups of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, TypeAlias

from leadpolicy_sandbox.salesforce.org.schema import FieldDef
from leadpolicy_sandbox.salesforce.org.tables import Row
from leadpolicy_sandbox.salesforce.soql.errors import refused
from leadpolicy_sandbox.salesforce.soql.functions import AGGREGATES, KNOWN, applied
from leadpolicy_sandbox.salesforce.soql.nodes import Function, Name, Operand, Query
from leadpolicy_sandbox.salesforce.soql.scope import Read, Scope
from leadpolicy_sandbox.salesforce.soql.values import key, rank

Answers: TypeAlias = Callable[[Query], frozenset[Any]]
Group: TypeAlias = Sequence[Row]
_NUMBER: Final = FieldDef("", "double", "")
_COUNT: Final = FieldDef("", "int", "")


class RowContext:
    """Reads operands from rows."""

    def __init__(self, scope: Scope, answers: Answers) -> None:
        self.scope = scope
        self.answers = answers

    @property
    def text(self) -> str:
        """The text of the query."""
        return self.scope.text

    def today(self) -> date:
        """Return the day on which the user is."""
        return self.scope.today()

    def midnight(self, day: date) -> datetime:
        """Return when a day begins where the user is."""
        return self.scope.midnight(day)

    def resolve(self, operand: Operand) -> tuple[FieldDef, Read, str]:
        """Return the type of an operand, how a row is read, and the operand's name."""
        if isinstance(operand, Name):
            column = self.scope.column(operand)
            return column.field, column.read, operand.path
        if operand.name not in KNOWN or len(operand.arguments) != 1:
            message = f"unexpected token: '{operand.name}'"
            raise refused(self.text, operand.at, "MALFORMED_QUERY", message)
        field, read, name = self.resolve(operand.arguments[0])
        return (*applied(operand.name, field, read, self.scope.zone), name)


class GroupContext(RowContext):
    """Reads operands from groups of rows: the fields they are grouped by, and aggregates."""

    def __init__(self, rows: RowContext, grouped: Sequence[Operand]) -> None:
        super().__init__(rows.scope, rows.answers)
        self._rows = rows
        self._grouped = {_spelled(operand) for operand in grouped}

    def resolve(self, operand: Operand) -> tuple[FieldDef, Read, str]:
        """Return the type of an operand, how a group is read, and the operand's name."""
        if isinstance(operand, Function) and operand.name in AGGREGATES:
            return self._aggregate(operand)
        field, read, name = self._rows.resolve(operand)
        if _spelled(operand) not in self._grouped:
            message = f"Field must be grouped or aggregated: {name}"
            raise refused(self.text, operand.at, "MALFORMED_QUERY", message)
        return field, lambda group: read(group[0]), name

    def _aggregate(self, function: Function) -> tuple[FieldDef, Read, str]:
        if not function.arguments and function.name == "COUNT":
            return _COUNT, lambda group: Decimal(len(group)), "COUNT"
        if len(function.arguments) != 1:
            message = f"unexpected token: '{function.name}'"
            raise refused(self.text, function.at, "MALFORMED_QUERY", message)
        field, read, name = self._rows.resolve(function.arguments[0])
        reduce, result = _reducer(function.name, field)

        def value(group: Any) -> Any:
            found = [one for row in group if (one := read(row)) is not None]
            return reduce(found)

        return result, value, name


def _spelled(operand: Operand) -> str:
    if isinstance(operand, Name):
        return operand.path.lower()
    return f"{operand.name}({','.join(map(_spelled, operand.arguments))})"


def _reducer(name: str, field: FieldDef) -> tuple[Callable[[list[Any]], Any], FieldDef]:
    same, place = key(field), rank(field)
    whole: Mapping[str, tuple[Callable[[list[Any]], Any], FieldDef]] = {
        "COUNT": (lambda found: Decimal(len(found)), _COUNT),
        "COUNT_DISTINCT": (lambda found: Decimal(len(set(map(same, found)))), _COUNT),
        "MIN": (lambda found: min(found, key=place, default=None), field),
        "MAX": (lambda found: max(found, key=place, default=None), field),
        "SUM": (lambda found: sum(found, Decimal(0)) if found else None, _NUMBER),
        "AVG": (lambda found: sum(found, Decimal(0)) / len(found) if found else None, _NUMBER),
    }
    return whole[name]


def is_aggregate(operand: object) -> bool:
    """Tell whether something that is selected is an aggregate."""
    return isinstance(operand, Function) and operand.name in AGGREGATES

"""How a column of the CRM reads as an attribute: its labels as codes, its markers as nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from leadpolicy.crm.state import FieldKind
from leadpolicy.expr.types import Kind
from leadpolicy_generic.binding import Binding
from leadpolicy_generic.databases.base import Database

_KINDS: Final[Mapping[Kind, FieldKind]] = {
    Kind.FLAG: FieldKind.FLAG,
    Kind.WHOLE: FieldKind.WHOLE,
    Kind.NUMBER: FieldKind.NUMBER,
    Kind.TEXT: FieldKind.TEXT,
    Kind.CHOICE: FieldKind.CHOICE,
    Kind.MOMENT: FieldKind.MOMENT,
}
_TEXTS: Final = frozenset({FieldKind.TEXT, FieldKind.CHOICE})
_FLAGS: Final = {"true": True, "1": True, "false": False, "0": False}


class UnreadableError(ValueError):
    """A column does not hold an attribute in a form that the database can read by itself."""


@dataclass(frozen=True, slots=True)
class Readings:
    """The columns of the leads; `kinds` says what each can hold that stands or will be made."""

    binding: Binding
    database: Database
    kinds: Mapping[str, frozenset[FieldKind]]

    def of(self, attribute: str, kind: Kind) -> str:
        """Return an attribute in the words of the database; raises `UnreadableError`."""
        column, wanted = self.binding.attributes.get(attribute), _KINDS.get(kind)
        if column is None:
            raise UnreadableError(f"no column is bound to `{attribute}`")
        if wanted is None:
            raise UnreadableError(f"a column cannot hold the kind of `{attribute}`")
        if column not in self.kinds:
            raise UnreadableError(f"there is no column `{column}`")
        labels, held = self.binding.labels.get(attribute, {}), self.kinds[column]
        written = self.database.quoted(column)
        if labels and wanted is FieldKind.FLAG and held & {*_TEXTS, FieldKind.WHOLE}:
            return self._cases(written, {**_FLAGS, **labels}, "NULL")
        if wanted not in held:
            raise UnreadableError(f"column `{column}` is not of the kind `{wanted.value}`")
        if labels and wanted not in _TEXTS:
            raise UnreadableError(f"the binding translates the labels of `{column}`")
        if labels or (self.binding.missing - {""} and held & _TEXTS):
            otherwise = self.database.trimmed(written) if wanted in _TEXTS else written
            return self._cases(written, labels, otherwise)
        return written

    def _cases(self, column: str, labels: Mapping[str, object], otherwise: str) -> str:
        tests = " ".join(self._branches(labels))
        return f"(CASE {self.database.exact(column)} {tests} ELSE {otherwise} END)"

    def _branches(self, labels: Mapping[str, object]) -> Iterator[str]:
        literal = self.database.literal
        for marker in sorted(self.binding.missing | {""}):
            yield f"WHEN {literal(marker)} THEN NULL"
        for label, code in labels.items():
            if label not in self.binding.missing:
                yield f"WHEN {literal(label)} THEN {self._code(code)}"

    def _code(self, code: object) -> str:
        if code is None:
            return "NULL"
        return str(code).upper() if isinstance(code, bool) else self.database.literal(str(code))

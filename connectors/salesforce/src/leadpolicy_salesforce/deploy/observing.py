"""From what an org shows to the parts of a policy that stand in it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from leadpolicy.crm.state import (
    Column,
    DesiredState,
    FieldKind,
    ObservedColumn,
    ObservedReason,
    ObservedTable,
    Permission,
    Reason,
    ReasonTable,
)
from leadpolicy_salesforce.binding import Binding
from leadpolicy_salesforce.deploy.records import observed_row
from leadpolicy_salesforce.deploy.seen import Record, Seen
from leadpolicy_salesforce.deploy.tables import (
    CONVERTED,
    UNSEEN,
    Kind,
    kind_of,
    label_of,
    reason_column,
)
from leadpolicy_salesforce.metadata.fields import describes, words
from leadpolicy_salesforce.metadata.names import object_of, regulated, shortened
from leadpolicy_salesforce.metadata.rules import as_wanted
from leadpolicy_salesforce.metadata.values import LABEL_MAX
from leadpolicy_salesforce.options import Options

_NOTHING: Final[frozenset[FieldKind]] = frozenset()
_HOLDS: Final = {
    "boolean": frozenset({FieldKind.FLAG}),
    "combobox": frozenset({FieldKind.CHOICE, FieldKind.TEXT}),
    "currency": frozenset({FieldKind.NUMBER, FieldKind.WHOLE}),
    "datetime": frozenset({FieldKind.MOMENT}),
    "double": frozenset({FieldKind.NUMBER, FieldKind.WHOLE}),
    "email": frozenset({FieldKind.TEXT}),
    "id": frozenset({FieldKind.TEXT}),
    "int": frozenset({FieldKind.NUMBER, FieldKind.WHOLE}),
    "long": frozenset({FieldKind.NUMBER, FieldKind.WHOLE}),
    "percent": frozenset({FieldKind.NUMBER, FieldKind.WHOLE}),
    "phone": frozenset({FieldKind.TEXT}),
    "picklist": frozenset({FieldKind.CHOICE}),
    "reference": frozenset({FieldKind.TEXT}),
    "string": frozenset({FieldKind.TEXT, FieldKind.CHOICE}),
    "textarea": frozenset({FieldKind.TEXT, FieldKind.CHOICE}),
    "url": frozenset({FieldKind.TEXT}),
}
_NUMBERS: Final = {"currency", "double", "percent", "int", "long"}
_BY_WORD: Final = {
    "Checkbox": "boolean",
    "Date/Time": "datetime",
    "Number": "double",
    "Picklist": "picklist",
    "Text": "string",
    "Long Text Area": "textarea",
}


@dataclass(frozen=True, slots=True)
class View:
    """What an org shows, and how the policy's parts are spelled there."""

    seen: Seen
    spelling: Binding
    options: Options

    # ------------------------------------------------------------------------------ columns
    def columns(self, desired: DesiredState) -> Iterator[ObservedColumn]:
        """Yield the desired columns that stand."""
        reasons = next((t for t in desired.tables if kind_of(t.name) is Kind.REASONS), None)
        listed = reason_column(desired.columns, reasons) if reasons else None
        for column in desired.columns:
            found = self._column(column)
            if found is not None:
                # What people choose as a reason is looked after as the rows of the table.
                yield replace(found, codes=None) if column == listed else found

    def _column(self, column: Column) -> ObservedColumn | None:
        name = self.spelling.api(column.name)
        if "." in name:
            holds = _NOTHING if column.owner == "policy" else frozenset(FieldKind)
            return ObservedColumn(column.name, holds, f"`{name}` of another record", column.object)
        described = self._described(column)
        defined = self.seen.definitions.get(object_of(column), {}).get(name.lower())
        if described is None:
            return None if defined is None else _unseen(column, defined)
        return _as_described(column, described, defined)

    # ------------------------------------------------------------------------------- tables
    def tables(self, desired: DesiredState) -> Iterator[ObservedTable]:
        """Yield the desired tables that stand, each with its rows.

        Of lists that belong to the org, such as the lead states, only what is asked for is shown.
        """
        for table in desired.tables:
            match kind_of(table.name):
                case Kind.REASONS:
                    yield from self._reasons(table, desired)
                case Kind.STATES:
                    yield from _unless_empty(table, self._states(table))
                case Kind.PURPOSES:
                    yield from self._records(table, self.seen.purposes)
                case Kind.BASES:
                    yield from self._records(table, self.seen.bases)

    def _reasons(self, table: ReasonTable, desired: DesiredState) -> Iterator[ObservedTable]:
        column = reason_column(desired.columns, table)
        described = self._bound_choice(table) if column is None else self._described(column)
        if described is None or described["type"] != "picklist":
            return
        rows = (self._row(table, v["value"], v["label"]) for v in _active(described))
        if column is None or column.bound:
            yield from _unless_empty(table, _asked(table, rows))
        else:
            yield ObservedTable(table.name, tuple(rows))

    def _described(self, column: Column) -> Record | None:
        name = self.spelling.api(column.name)
        return self.seen.fields.get(object_of(column), {}).get(name.lower())

    def _bound_choice(self, table: ReasonTable) -> Record | None:
        """Return the picklist of the org, among those bound, that has most of a table's rows."""
        names = {*self.spelling.names.values(), *(b.path for b in self.spelling.paths)}
        described = self.seen.fields.get("Lead", {})
        found = [described[name.lower()] for name in sorted(names) if name.lower() in described]
        codes = {row.code for row in table.rows}
        best = max(found, key=lambda field: _shared(field, codes), default=None)
        return best if best is not None and _shared(best, codes) else None

    def _states(self, table: ReasonTable) -> Iterator[ObservedReason]:
        for row in self.seen.statuses or ():
            found = self._row(table, row["ApiName"], row["MasterLabel"])
            marks = (CONVERTED,) if row["IsConverted"] else ()
            reason = replace(found.reason, marks=marks)
            yield from _asked(table, [ObservedReason(reason)])

    def _records(
        self, table: ReasonTable, rows: Sequence[Record] | None
    ) -> Iterator[ObservedTable]:
        by_code = {row["Name"]: row for row in reversed(rows or ())}
        found = [
            observed_row(by_code[reason.code], reason, self.options.lang)
            for reason in table.rows
            if reason.code in by_code
        ]
        yield from _unless_empty(table, found)

    def _row(self, table: ReasonTable, code: str, label: str) -> ObservedReason:
        """Return a value as a row; Salesforce keeps one label, which stands for both languages."""
        wanted = next((row for row in table.rows if row.code == code), None)
        said = "" if wanted is None else label_of(wanted, self.options.lang)
        if wanted is not None and label == shortened(said or code, LABEL_MAX):
            return ObservedReason(replace(wanted, marks=()))
        return ObservedReason(Reason(code, label, label))

    # ------------------------------------------------------------------------------- rights
    def permissions(self, desired: DesiredState) -> Iterator[Permission]:
        """Yield what the permission sets of the teams say of the desired rights."""
        for wanted in desired.permissions:
            rights = (self.seen.rights or {}).get(self.options.roles.get(wanted.team, ""), {})
            name = regulated(self.spelling, wanted)
            if name in rights:
                yield replace(wanted, write=rights[name])


def _shared(field: Record, codes: Collection[str]) -> int:
    return sum(value["value"] in codes for value in _active(field))


def _asked(table: ReasonTable, rows: Iterable[ObservedReason]) -> list[ObservedReason]:
    codes = {row.code for row in table.rows}
    return [row for row in rows if row.reason.code in codes]


def _unless_empty(table: ReasonTable, rows: Iterable[ObservedReason]) -> Iterator[ObservedTable]:
    found = tuple(rows)
    if found:
        yield ObservedTable(table.name, found)


def _active(described: Record) -> list[Record]:
    return [value for value in described["picklistValues"] if value["active"]]


def _as_described(column: Column, field: Record, defined: Record | None) -> ObservedColumn:
    kind, said = field["type"], words(column)
    is_choice = kind == "picklist"
    return ObservedColumn(
        column.name,
        _holds(column, field),
        f"{kind} `{field['name']}`",
        column.object,
        scale=field["scale"] if kind in _NUMBERS else None,
        length=None if kind in _NUMBERS or is_choice else field["length"] or None,
        codes=tuple(value["value"] for value in _active(field)) if is_choice else None,
        label=column.label if field["label"] == said.label else field["label"],
        description=_description(column, defined),
        formula=_formula(column, field),
    )


def _holds(column: Column, field: Record) -> frozenset[FieldKind]:
    """Return the kinds that fit; nobody can write what Salesforce keeps itself."""
    holds = _HOLDS.get(field["type"], _NOTHING)
    if field["type"] == "picklist" and not field["restrictedPicklist"]:
        holds |= {FieldKind.TEXT}
    is_ours = field["custom"] and not column.bound
    is_written = column.owner == "policy" and column.formula is None and not is_ours
    return _NOTHING if is_written and not field["updateable"] else holds


def _description(column: Column, defined: Record | None) -> str | None:
    if defined is None:
        return None
    standing = defined["Description"] or ""
    return column.description if describes(standing, column) else standing


def _formula(column: Column, field: Record) -> str | None:
    """Return the formula; one that the login may not read is taken to stand as it is wanted."""
    if not field["calculated"]:
        return None
    text = field["calculatedFormula"]
    return column.formula if text is None else as_wanted(text, column.formula)


def _unseen(column: Column, defined: Record) -> ObservedColumn:
    """Return a field that stands and that the login does not see; making it again shows it."""
    name = defined["DataType"].removeprefix("Formula (").partition("(")[0].rstrip(") ")
    kind = _BY_WORD.get(name, "")
    return ObservedColumn(
        column.name, _HOLDS.get(kind, _NOTHING), defined["DataType"], column.object, label=UNSEEN
    )

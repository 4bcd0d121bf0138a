# mypy: ignore-errors
"""Connectors that change values on their way, and that deploy wrongly or tell secrets."""

import logging
from dataclasses import replace
from datetime import UTC
from zoneinfo import ZoneInfo

from leadpolicy.crm.connector import AccessError, ColumnMismatchError, ColumnMissingError
from leadpolicy.crm.state import Action, Column, FieldKind, ReasonRow, Table
from leadpolicy.testing.contract.references.upsert import PASSWORD, UpsertConnector

from .seeded import caught_by, mapped

BERLIN = ZoneInfo("Europe/Berlin")
LONGEST = 40


class Changing(UpsertConnector):
    """Changes every value of one kind of columns."""

    of = FieldKind.TEXT

    def write(self, rows, columns):
        return super().write(list(mapped(rows, columns, self.of, self.change)), columns)

    def change(self, value):
        return value


@caught_by("texts-come-back-as-they-were")
class KnowsLatin1Only(Changing):
    def change(self, value):
        return value.encode("latin-1", "replace").decode("latin-1")


@caught_by("texts-come-back-as-they-were")
class StripsTexts(Changing):
    def change(self, value):
        return value.strip()


@caught_by("texts-are-never-cut")
class CutsTexts(Changing):
    def change(self, value):
        return value[:LONGEST]


@caught_by("texts-are-never-cut")
class CutsBytes(Changing):
    def change(self, value):
        return value.encode()[:LONGEST].decode(errors="ignore")


@caught_by("nothing-in-a-text-is-carried-out")
class EscapesFormulas(Changing):
    def change(self, value):
        return f"'{value}" if value[:1] in "=+-@" else value


@caught_by("nothing-in-a-text-is-carried-out")
class ChangesLineBreaks(Changing):
    def change(self, value):
        return value.replace("\r\n", "\n")


@caught_by("numbers-come-back-exactly")
class CountsInFloats(Changing):
    of = FieldKind.WHOLE

    def change(self, value):
        return int(float(value))


@caught_by("numbers-come-back-exactly")
class WrapsAt32Bits(Changing):
    of = FieldKind.WHOLE

    def change(self, value):
        return (value + 2**31) % 2**32 - 2**31


@caught_by("numbers-come-back-exactly")
class RoundsToWholes(Changing):
    of = FieldKind.NUMBER

    def change(self, value):
        return round(value)


@caught_by("moments-come-back-exactly")
class KeepsLocalTime(Changing):
    of = FieldKind.MOMENT

    def change(self, value):
        naive = value.astimezone(BERLIN).replace(tzinfo=None, fold=0)
        return naive.replace(tzinfo=BERLIN).astimezone(UTC)


@caught_by("moments-come-back-exactly")
class DropsSeconds(Changing):
    of = FieldKind.MOMENT

    def change(self, value):
        return value.replace(second=0)


@caught_by("a-missing-column-is-named-before-anything-is-sent")
class LeavesOutMissingColumns(UpsertConnector):
    def write(self, rows, columns):
        with self.login() as books:
            there = [c for c in columns if (c.object, c.name) in books.memory.columns]
        return super().write(rows, there)


@caught_by("a-missing-column-is-named-before-anything-is-sent")
class DoesNotNameWhatIsMissing(UpsertConnector):
    def write(self, rows, columns):
        try:
            return super().write(rows, columns)
        except ColumnMissingError:
            raise ColumnMismatchError("something is wrong") from None


# --------------------------------------------------------------------------------- deployment
@caught_by("an-applied-plan-leaves-nothing-to-do")
class ForgetsLabels(UpsertConnector):
    def apply(self, change):
        part = change.part
        plain = replace(part, label="") if isinstance(part, Column) else part
        super().apply(replace(change, part=plain))


@caught_by("an-applied-plan-leaves-nothing-to-do")
class TurnsCodesAround(UpsertConnector):
    def observe(self, desired):
        found = super().observe(desired)
        turned = tuple(replace(c, codes=c.codes and c.codes[::-1]) for c in found.columns)
        return replace(found, columns=turned)


@caught_by("an-applied-plan-leaves-nothing-to-do")
class ForgetsReasons(UpsertConnector):
    def apply(self, change):
        if not isinstance(change.part, ReasonRow):
            super().apply(change)


@caught_by("a-plan-changes-nothing")
class MakesWhatItLooksFor(UpsertConnector):
    def observe(self, desired):
        found = super().observe(desired)
        with self.login() as books:
            for table in desired.tables:
                books.memory.tables.setdefault(table.name, {})
        return found


@caught_by("an-interrupted-apply-converges")
class RefusesWhatStandsAlready(UpsertConnector):
    def apply(self, change):
        with self.login() as books:
            stands = isinstance(change.part, Table) and change.part.table in books.memory.tables
        if stands:
            raise ColumnMismatchError("there is such a table")
        super().apply(change)


@caught_by("an-interrupted-apply-converges")
class NumbersWhatStandsAlready(UpsertConnector):
    def apply(self, change):
        part = change.part
        with self.login() as books:
            columns = books.memory.columns
            if isinstance(part, Column) and (found := columns.get((part.object, part.name))):
                columns[part.object, part.name] = replace(found, label=f"{found.label} (2)")
                return
        super().apply(change)


@caught_by("drift-is-found")
class ShowsWhatIsAskedFor(UpsertConnector):
    def observe(self, desired):
        found = super().observe(desired)
        labels = {column.name: column.label for column in desired.columns}
        echoed = tuple(replace(c, label=labels[c.name]) for c in found.columns)
        return replace(found, columns=echoed)


@caught_by("a-foreign-edit-is-a-conflict")
class ClaimsTablesThatNobodyMade(UpsertConnector):
    def observe(self, desired):
        found = super().observe(desired)
        with self.login() as books:
            others = ("lead", "lp_kit_extra") in books.memory.columns
        return replace(found, columns=()) if others else found


@caught_by("a-rollback-restores-what-was")
class KeepsColumnsForEver(UpsertConnector):
    def apply(self, change):
        if change.action is not Action.DESTROY or isinstance(change.part, Table):
            super().apply(change)


@caught_by("a-missing-right-is-found-when-planning")
class KnowsNothingOfRights(UpsertConnector):
    def denied(self, changes):
        return {}


@caught_by("what-stands-can-be-imported")
class SeesOnlyItsOwnParts(UpsertConnector):
    def apply(self, change):
        super().apply(change)
        with self.login() as books:
            books.forbidden.add("seen")

    def observe(self, desired):
        found = super().observe(desired)
        return replace(found, tables=tuple(replace(t, lacks=("code",)) for t in found.tables))


# ------------------------------------------------------------------------------------ secrets
@caught_by("secrets-are-masked")
class ShowsThePasswordInItsRepr(UpsertConnector):
    def __repr__(self):
        return f"Connector(password={PASSWORD!r})"


@caught_by("secrets-are-masked")
class ShowsThePasswordInItsAddress(UpsertConnector):
    def __init__(self, *parts):
        super().__init__(*parts)
        self.target = f"https://user:{PASSWORD}@{self.ledger.path.name}"


@caught_by("secrets-are-masked")
class LogsThePassword(UpsertConnector):
    def write(self, rows, columns):
        logging.getLogger("acme").debug("POST with password %s", PASSWORD)
        return super().write(rows, columns)


@caught_by("secrets-are-masked")
class ShowsThePasswordInItsErrors(UpsertConnector):
    def observe(self, desired):
        try:
            return super().observe(desired)
        except AccessError:
            raise AccessError(f"the login with {self._password} is refused") from None


@caught_by("secrets-are-masked")
class ShowsThePasswordInTheCause(UpsertConnector):
    def observe(self, desired):
        try:
            return super().observe(desired)
        except AccessError as error:
            raise AccessError("the login is refused") from ValueError(f"{self._password} {error}")


@caught_by("secrets-are-masked")
class TakesAnyPassword(UpsertConnector):
    def __init__(self, ledger, _password=PASSWORD):
        super().__init__(ledger)

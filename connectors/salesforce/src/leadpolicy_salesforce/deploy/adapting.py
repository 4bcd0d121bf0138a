"""What Salesforce needs beside what every CRM needs: a key, marks on states, twins on contacts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from leadpolicy.crm.state import (
    Column,
    DesiredState,
    FieldKind,
    Permission,
    Reason,
    ReasonTable,
)
from leadpolicy_salesforce.binding import Binding
from leadpolicy_salesforce.deploy.tables import CONVERTED, Kind, kind_of
from leadpolicy_salesforce.metadata.names import is_own
from leadpolicy_salesforce.options import Lang, Options

CONTACT: Final = "contact"
_KEY_LENGTH: Final = 255
_KEY_LABEL: Final = {"de": "Schlüssel des Leads", "en": "Key of the lead"}


def adapted(desired: DesiredState, binding: Binding, options: Options) -> DesiredState:
    """Return a desired state with what Salesforce needs beside it.

    Permission sets add rights and take none away, so that rights on fields that are not ours are
    left out: whoever may write them by a profile would go on to.
    """
    keys = tuple(_key(desired, binding, options.lang))
    twins = tuple(_twins(desired)) if options.contacts else ()
    columns = (*desired.columns, *keys, *twins)
    kept = {(c.object, c.name) for c in columns if not c.bound and is_own(binding.api(c.name))}
    computed = tuple(column for column in desired.columns if column.formula is not None)
    rights = (*desired.permissions, *_read_only(desired, (*computed, *keys, *twins)))
    return replace(
        desired,
        columns=columns,
        tables=tuple(_marked(table, options) for table in desired.tables),
        permissions=tuple(right for right in rights if (right.object, right.column) in kept),
    )


def _key(desired: DesiredState, binding: Binding, lang: Lang) -> Iterator[Column]:
    """Yield the column that tells leads apart, where it is one that we make."""
    if not is_own(binding.key):
        return
    name = binding.key.removesuffix("__c")
    taken = {binding.api(column.name).lower() for column in desired.columns}
    if binding.key.lower() not in taken and binding.api(name) == binding.key:
        label = _KEY_LABEL[lang]
        yield Column(name, FieldKind.TEXT, length=_KEY_LENGTH, label=label, key=True)


def _twins(desired: DesiredState) -> Iterator[Column]:
    """Yield for each column that a sync writes its twin, for leads that were converted."""
    for column in desired.written:
        if not column.bound:
            yield replace(column, object=CONTACT)


def _read_only(desired: DesiredState, columns: tuple[Column, ...]) -> Iterator[Permission]:
    """Yield that both teams see fields, which in Salesforce nobody does by himself."""
    teams = dict.fromkeys(right.team for right in desired.permissions)
    for column in columns:
        for team in teams:
            yield Permission(team, column.name, write=False, object=column.object)


def _marked(table: ReasonTable, options: Options) -> ReasonTable:
    """Return the table of states with a mark on those that stand for a conversion."""
    if kind_of(table.name) is not Kind.STATES:
        return table
    return replace(table, rows=tuple(_with_mark(row, options) for row in table.rows))


def _with_mark(row: Reason, options: Options) -> Reason:
    others = tuple(mark for mark in row.marks if mark != CONVERTED)
    marks = (*others, CONVERTED) if row.code in options.converted else others
    return replace(row, marks=marks)

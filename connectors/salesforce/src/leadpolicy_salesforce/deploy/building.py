"""From changes to the package that makes them, on the ground of what stands."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from leadpolicy.crm.state import (
    Action,
    Change,
    Column,
    Permission,
    ReasonRow,
    Rule,
    Table,
    Team,
    address,
)
from leadpolicy_salesforce.deploy.history import STATUS, status_field, to_track
from leadpolicy_salesforce.deploy.tables import (
    STATUS_SET,
    UNSEEN,
    Kind,
    is_converted,
    kind_of,
    label_of,
)
from leadpolicy_salesforce.metadata.fields import (
    changed_field,
    custom_field,
    is_formula,
    with_values,
)
from leadpolicy_salesforce.metadata.names import Spelling, field_of, object_of, regulated
from leadpolicy_salesforce.metadata.package import Component, Package, Removal
from leadpolicy_salesforce.metadata.rights import Right, permission_set
from leadpolicy_salesforce.metadata.rules import validation_rule
from leadpolicy_salesforce.metadata.values import Edit, Wanted, status_set
from leadpolicy_salesforce.metadata.xml import build, put
from leadpolicy_salesforce.options import Options

_TITLES: Final[Mapping[Team, str]] = {
    "marketing": "Lead policy: marketing",
    "sales": "Lead policy: sales",
}
_INTEGRATION: Final = "Lead policy: integration"


@dataclass(frozen=True, slots=True)
class Ground:
    """What stands of components that are not only ours, by full name.

    `tracked` are the fields of an object whose history is kept, in small letters.
    """

    fields: Mapping[str, etree._Element] = field(default_factory=dict)
    sets: Mapping[str, etree._Element] = field(default_factory=dict)
    statuses: etree._Element | None = None
    tracked: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Site:
    """How the policy's parts are spelled, and where its reasons stand: the full name of a field."""

    spelling: Spelling
    options: Options
    reasons: str = ""


@dataclass(frozen=True, slots=True)
class Builder:
    """The package for some changes; they stand in the order of the plan."""

    site: Site
    changes: Sequence[Change]
    ground: Ground = field(default_factory=Ground)

    # ------------------------------------------------------------------------------- wanted
    @property
    def fields_needed(self) -> list[str]:
        """The full names of fields that have to be known, because they are changed and not made."""
        added = {self._field(column) for column in self._columns(Action.ADD)}
        changed = [self._field(column) for column in self._columns(Action.CHANGE)]
        if self._rows(Kind.REASONS):
            changed.append(self.site.reasons)
        return sorted({name for name in changed if name and name not in added})

    @property
    def sets_needed(self) -> list[str]:
        """The permission sets that have to be known, because others may own the rest of them."""
        return sorted({*self._rights, *([self.site.options.integration_set] * self.shows_fields)})

    @property
    def statuses_needed(self) -> bool:
        """Tell whether the lead states have to be known."""
        return bool(self._rows(Kind.STATES))

    @property
    def shows_fields(self) -> bool:
        """Tell whether there are new fields, which the connector's own login has to see."""
        return bool(self._shown)

    @property
    def _shown(self) -> list[Column]:
        """The columns whose fields are new, or stand unseen by the login."""
        unseen = {
            address(change.part)
            for change in self.changes
            if any(item.before == UNSEEN for item in change.properties)
        }
        changed = self._columns(Action.CHANGE)
        return [
            *self._columns(Action.ADD),
            *(c for c in changed if address(c) in unseen or self._is_replaced(c)),
        ]

    # ------------------------------------------------------------------------------ package
    def package(self) -> Package:
        """Return the package."""
        found = (*self._fields(), *self._rules(), *self._states(), *self._sets())
        objects = {name.partition(".")[0] for name in self._tracked}
        untracked = frozenset(name for name in objects if not self.ground.tracked.get(name))
        return Package(found, tuple(self._removals()), untracked)

    def _columns(self, *actions: Action) -> list[Column]:
        return [
            change.part
            for change in self.changes
            if isinstance(change.part, Column) and change.action in actions
        ]

    def _rows(self, kind: Kind) -> list[tuple[ReasonRow, Action]]:
        return [
            (change.part, change.action)
            for change in self.changes
            if isinstance(change.part, ReasonRow) and kind_of(change.part.table) is kind
        ]

    def _field(self, column: Column) -> str:
        return field_of(self.site.spelling, column)

    # ------------------------------------------------------------------------------- fields
    def _fields(self) -> Iterator[Component]:
        tracked = self._tracked
        made: dict[str, Component] = {}
        for column in self._columns(Action.ADD, Action.CHANGE):
            name = self._field(column)
            element = self._element(column, name, name in tracked)
            made[name] = Component("CustomField", name, element, (address(column),))
        yield from self._with_reasons(made).values()
        if STATUS in tracked:
            addresses = tuple(made[name].addresses[0] for name in tracked if name in made)
            yield Component("CustomField", STATUS, status_field(), addresses)

    @property
    def _tracked(self) -> frozenset[str]:
        """The fields whose history is to be kept from now on."""
        new = {self._field(column): column for column in self._columns(Action.ADD)}
        options = self.site.options
        return to_track(new, self.ground.tracked, options) if options.history else frozenset()

    def _element(self, column: Column, name: str, tracked: bool) -> etree._Element:
        standing = self.ground.fields.get(name)
        if standing is None or self._is_replaced(column):
            return custom_field(column, name.partition(".")[2], tracked=tracked)
        changes = {address(change.part): change.properties for change in self.changes}
        return changed_field(standing, column, {item.name for item in changes[address(column)]})

    def _is_replaced(self, column: Column) -> bool:
        """Tell whether a field has to go first: who computes it cannot be changed in place."""
        standing = self.ground.fields.get(self._field(column))
        return standing is not None and is_formula(standing) is (column.formula is None)

    def _with_reasons(self, made: dict[str, Component]) -> dict[str, Component]:
        """Return the fields with the rows of the table of reasons as the values of their field."""
        rows, name = self._rows(Kind.REASONS), self.site.reasons
        if not rows or not name:
            return made
        found = made.get(name)
        standing = self.ground.fields.get(name) if found is None else found.element
        if standing is None:
            return made
        addresses = (*(found.addresses if found else ()), *(address(row) for row, _ in rows))
        element = with_values(standing, self._edit(rows))
        return {**made, name: Component("CustomField", name, _bare(element, name), addresses)}

    def _edit(self, rows: Iterable[tuple[ReasonRow, Action]], *, states: bool = False) -> Edit:
        lang = self.site.options.lang
        kept = [row.reason for row, action in rows if action is not Action.DEACTIVATE]
        gone = {row.reason.code for row, action in rows if action is Action.DEACTIVATE}
        wanted = [
            Wanted(each.code, label_of(each, lang), is_converted(each) if states else None)
            for each in kept
        ]
        return Edit(wanted, frozenset(gone))

    # ------------------------------------------------------------------- rules, states, sets
    def _rules(self) -> Iterator[Component]:
        for change in self.changes:
            rule = change.part
            if isinstance(rule, Rule) and change.action is not Action.DESTROY:
                name = f"{object_of(rule)}.{rule.name}"
                yield Component("ValidationRule", name, validation_rule(rule), (address(rule),))

    def _states(self) -> Iterator[Component]:
        rows = self._rows(Kind.STATES)
        if not rows:
            return
        standing = self.ground.statuses
        if standing is None:
            standing = build("StandardValueSet", sorted=False)
        element = status_set(standing, self._edit(rows, states=True))
        addresses = tuple(address(row) for row, _ in rows)
        yield Component("StandardValueSet", STATUS_SET, element, addresses)

    @property
    def _rights(self) -> dict[str, list[tuple[Permission, Action]]]:
        """The changes of rights by permission set."""
        found: dict[str, list[tuple[Permission, Action]]] = {}
        for change in self.changes:
            if isinstance(change.part, Permission) and change.part.team in self.site.options.roles:
                name = self.site.options.roles[change.part.team]
                found.setdefault(name, []).append((change.part, change.action))
        return found

    def _sets(self) -> Iterator[Component]:
        gone = {self._field(column) for column in self._columns(Action.DESTROY)}
        for name, rights in sorted(self._rights.items()):
            fields = {
                regulated(self.site.spelling, right): Right(right.write) for right, _ in rights
            }
            left = {
                regulated(self.site.spelling, r) for r, action in rights if action is Action.DESTROY
            }
            addresses = tuple(address(right) for right, _ in rights)
            title = _TITLES[rights[0][0].team]
            yield self._set(name, title, fields, {*gone, *left}, addresses)
        if self.shows_fields:
            own = {self._field(c): Right(c.formula is None) for c in self._shown}
            addresses = tuple(address(column) for column in self._shown)
            integration = self.site.options.integration_set
            yield self._set(integration, _INTEGRATION, own, gone, addresses)

    def _set(
        self,
        name: str,
        title: str,
        rights: Mapping[str, Right],
        dropped: Collection[str],
        addresses: tuple[str, ...],
    ) -> Component:
        standing = self.ground.sets.get(name)
        return Component(
            "PermissionSet", name, permission_set(standing, title, rights, dropped), addresses
        )

    # ----------------------------------------------------------------------------- removals
    def _removals(self) -> Iterator[Removal]:
        for column in self._columns(Action.CHANGE):
            if self._is_replaced(column):
                name = self._field(column)
                yield Removal("CustomField", name, (address(column),), first=True)
        for change in self.changes:
            if change.action is not Action.DESTROY:
                continue
            match change.part:
                case Column() as column:
                    yield Removal("CustomField", self._field(column), (address(column),))
                case Rule() as rule:
                    name = f"{object_of(rule)}.{rule.name}"
                    yield Removal("ValidationRule", name, (address(rule),), first=True)
                case Table() | ReasonRow() | Permission():
                    pass


def _bare(element: etree._Element, name: str) -> etree._Element:
    put(element, "fullName", name.partition(".")[2])
    return element

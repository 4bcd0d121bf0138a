"""What a policy needs in the database, part by part: seen, made, changed and removed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from leadpolicy.crm.connector import ConnectorError
from leadpolicy.crm.state import (
    Action,
    Change,
    Column,
    DesiredState,
    ObservedReason,
    ObservedState,
    Permission,
    ReasonRow,
    Rule,
    RuleKind,
    Table,
    address,
)
from leadpolicy_generic.binding import Binding
from leadpolicy_generic.databases.base import FIRM, Database, Roles
from leadpolicy_generic.reasons import (
    add_table,
    observe_tables,
    put_reason,
    remove_reason,
    remove_table,
)
from leadpolicy_generic.rows import table_of
from leadpolicy_generic.schema import (
    described,
    find,
    observe_columns,
    put_column,
    remove_column,
)


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one database; every method runs on the caller's connection."""

    binding: Binding
    database: Database
    roles: Roles

    def observe(self, connection: sa.Connection, desired: DesiredState) -> ObservedState:
        """Return what stands of the desired parts."""
        columns = observe_columns(connection, self.binding, desired)
        tables = observe_tables(connection, self.binding, desired)
        names = self._names(connection)
        leads = self.binding.leads
        rules = (self.database.rule(connection, leads, rule, names) for rule in desired.rules)
        rights = (self._permission(connection, part, names) for part in desired.permissions)
        return ObservedState(
            columns,
            tables,
            tuple(rule for rule in rules if rule is not None),
            tuple(part for part in rights if part is not None),
        )

    def _names(self, connection: sa.Connection) -> list[str]:
        return list(described(connection, self.binding.leads))

    def _permission(
        self, connection: sa.Connection, wanted: Permission, names: Sequence[str]
    ) -> Permission | None:
        role = self.roles.get(wanted.team)
        column = find(self.binding.standing(wanted.column), names, connection)
        if role is None or column is None:
            return None
        return self.database.permission(connection, self.binding.leads, wanted, role, column)

    # ----------------------------------------------------------------------------- change
    def apply(self, connection: sa.Connection, change: Change) -> None:
        """Make one change; making it again changes nothing."""
        if change.action is Action.DESTROY:
            self._remove(connection, change)
            return
        match change.part:
            case Column() as column:
                put_column(connection, self.binding, column)
            case Table(name):
                add_table(connection, self.binding, name)
            case ReasonRow(name, reason):
                active = change.action is not Action.DEACTIVATE
                put_reason(connection, self.binding, name, ObservedReason(reason, active))
            case Rule() as rule:
                names = self._names(connection)
                self.database.add_rule(connection, self.binding.leads, rule, names)
            case Permission() as permission:
                role, name = self._grantee(permission), self.binding.standing(permission.column)
                self.database.permit(connection, self.binding.leads, permission, role, name)

    def _remove(self, connection: sa.Connection, change: Change) -> None:
        match change.part:
            case Column() as column:
                remove_column(connection, self.binding, column)
            case Table(name):
                remove_table(connection, self.binding, name)
            case ReasonRow(name, reason):
                remove_reason(connection, self.binding, name, reason.code)
            case Rule() as rule:
                self.database.drop_rule(connection, self.binding.leads, rule)
            case Permission() as permission:
                role, name = self._grantee(permission), self.binding.standing(permission.column)
                self.database.forget(connection, self.binding.leads, role, name)

    def _grantee(self, permission: Permission) -> str:
        role = self.roles.get(permission.team)
        if role is None:
            raise ConnectorError(
                f"no role is named for the team `{permission.team}`",
                f"name it in the binding under `options.roles.{permission.team}`",
            )
        return role

    # ----------------------------------------------------------------------------- rights
    def denied(self, connection: sa.Connection, changes: Sequence[Change]) -> Mapping[str, str]:
        """Return by address why a change cannot be made; nothing is written."""
        return dict(self._denied(connection, changes))

    def _denied(
        self, connection: sa.Connection, changes: Sequence[Change]
    ) -> Iterator[tuple[str, str]]:
        leads, database = self.binding.leads, self.database
        alter = database.may_alter(connection, leads)
        create = database.may_create(connection, leads)
        enforce = database.may_enforce(connection, leads)
        for change in changes:
            reason = alter
            match change.part:
                case Table() | ReasonRow():
                    reason = create
                case Rule() as rule:
                    reason = enforce or self._broken(connection, rule)
                case Permission() as permission:
                    role = self.roles.get(permission.team)
                    named = "no role is named for the team"
                    reason = database.may_permit(connection, leads, role) if role else named
            if reason is not None:
                yield address(change.part), reason

    def _broken(self, connection: sa.Connection, rule: Rule) -> str | None:
        """Return that leads break a rule of sales' columns already.

        A constraint is asked about a whole row whenever anything in it changes, so that no
        decision could be written for such a lead any more.
        """
        if rule.kind is not RuleKind.CHECK or rule.part != "feedback" or rule.body.startswith(FIRM):
            return None
        if not self.database.asks_whole_rows or not self._has_columns_of(connection, rule):
            return None
        leads = table_of(self.binding.leads, ())
        kept = sa.literal_column(f"({rule.body})", sa.Boolean())
        breaks = sa.select(sa.func.count()).select_from(leads).where(sa.not_(kept))
        count = connection.execute(breaks).scalar_one()
        return f"{count} leads hold another value already" if count else None

    def _has_columns_of(self, connection: sa.Connection, rule: Rule) -> bool:
        return bool(self.database.used(rule.body, self._names(connection)))

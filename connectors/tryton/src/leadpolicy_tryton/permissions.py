"""Who may write which column, as the server enforces it on groups of its users."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from leadpolicy.crm.connector import ConnectorError
from leadpolicy.crm.state import LEAD, Action, DesiredState, Permission, Team
from leadpolicy_tryton.binding import HISTORY, MODEL, NOTES, Binding
from leadpolicy_tryton.fields import Fields
from leadpolicy_tryton.guards import Buttons, FieldAccess, Guard
from leadpolicy_tryton.rpc import Server


class Permissions:
    """Reads and sets what the groups of the teams may write; `roles` names the groups."""

    def __init__(
        self, server: Server, binding: Binding, fields: Fields, roles: Mapping[Team, str]
    ) -> None:
        self._server: Final = server
        self._binding: Final = binding
        self._fields: Final = fields
        self._roles: Final = roles
        self._groups: Final[dict[str, int]] = {}

    def observe(self, desired: DesiredState) -> Iterator[Permission]:
        """Yield the desired permissions as they stand; what nothing guards is left out."""
        for permission in desired.permissions:
            if self._stands_anyway(permission):
                yield permission
                continue
            group = self._group(permission.team)
            found = {guard.allows(self._server, group) for guard in self._guards(permission)}
            write = found.pop() if len(found) == 1 else None
            if write is not None:
                yield Permission(permission.team, permission.column, write)

    def put(self, permission: Permission, action: Action) -> None:
        """Make or change a permission, or remove it."""
        group = self._group(permission.team)
        for guard in self._guards(permission):
            if action in {Action.ADD, Action.CHANGE}:
                guard.put(self._server, group, permission.write)
            else:
                guard.lift(self._server, group)

    def _stands_anyway(self, permission: Permission) -> bool:
        """Tell whether Tryton itself keeps everybody from writing: notes and the history."""
        standing = self._binding.standing(permission.column)
        return standing.partition(".")[0] in {NOTES, HISTORY}

    def _guards(self, permission: Permission) -> list[Guard]:
        """Return what enforces a permission, nothing where there is no field."""
        field = self._fields.find(self._binding.standing(permission.column))
        if field is None or permission.object != LEAD:
            return []
        guards: list[Guard] = [FieldAccess(field.model, field.name)]
        if (field.model, field.name) == (MODEL, "state"):
            guards.append(Buttons(owner=self._group("sales")))
        return guards

    def _group(self, team: Team) -> int:
        name = self._roles.get(team)
        if name is None:
            raise ConnectorError(
                f"the option `roles` names no group for `{team}`", "add it, or leave out `roles`"
            )
        if name not in self._groups:
            domain = [["name", "=", name]]
            found = self._server.call("model.res.group.search", domain, 0, 2, None)
            if len(found) != 1:
                what = "no group" if not found else "several groups"
                raise ConnectorError(f"Tryton has {what} `{name}`", "check the option `roles`")
            self._groups[name] = int(found[0])
        return self._groups[name]

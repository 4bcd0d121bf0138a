"""What keeps a group of Tryton's users from writing something, each enforced by the server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from leadpolicy_tryton.binding import MODEL
from leadpolicy_tryton.rpc import Server

_ACCESS: Final = "model.ir.model.field.access"
_BUTTON: Final = "model.ir.model.button"
_BUTTONS: Final = ("lead", "opportunity", "lost", "cancel")


class Guard(Protocol):
    """Something that a group may write or not."""

    def allows(self, server: Server, group: int) -> bool | None:
        """Tell whether the group may write; None when nothing is set."""

    def put(self, server: Server, group: int, allowed: bool) -> None:
        """Allow or forbid it; doing so again changes nothing."""

    def lift(self, server: Server, group: int) -> None:
        """Take back what was set."""


@dataclass(frozen=True, slots=True)
class FieldAccess:
    """The right of a group to write a field, beside the right to read it."""

    model: str
    field: str

    def allows(self, server: Server, group: int) -> bool | None:
        """Tell whether the group may write the field."""
        found = self._rights(server, group)
        return any(right["perm_write"] for right in found) if found else None

    def put(self, server: Server, group: int, allowed: bool) -> None:
        """Set the right of the group."""
        ids = [right["id"] for right in self._rights(server, group)]
        if ids:
            server.call(f"{_ACCESS}.write", ids, {"perm_write": allowed})
            return
        right = {"model": self.model, "field": self.field, "group": group}
        server.call(f"{_ACCESS}.create", [{**right, "perm_read": True, "perm_write": allowed}])

    def lift(self, server: Server, group: int) -> None:
        """Remove the right of the group, which may then do what others may."""
        ids = [right["id"] for right in self._rights(server, group)]
        if ids:
            server.call(f"{_ACCESS}.delete", ids)

    def _rights(self, server: Server, group: int) -> Sequence[dict[str, Any]]:
        wanted = {"model": self.model, "field": self.field, "group": group}
        domain = [[name, "=", value] for name, value in wanted.items()]
        return _all(server, _ACCESS, domain, ["id", "perm_write"])


@dataclass(frozen=True, slots=True)
class Buttons:
    """The buttons that take an opportunity to another state; they belong to the groups named.

    Pressing a button asks for no right to the field. The buttons are given to the `owner` so that
    others are kept from them.
    """

    owner: int

    def allows(self, server: Server, group: int) -> bool | None:
        """Tell whether the group may press all of the buttons, or none."""
        named = [button["groups"] for button in self._found(server)]
        may = {group in groups for groups in named}
        return may.pop() if all(named) and len(may) == 1 else None

    def put(self, server: Server, group: int, allowed: bool) -> None:
        """Give the buttons to the group, or take them from it and give them to their owner."""
        groups = {group} if allowed else {self.owner}
        for button in self._found(server):
            kept = {*button["groups"]} | groups
            kept -= set() if allowed else {group}
            self._give(server, button, kept)

    def lift(self, server: Server, group: int) -> None:
        """Take the buttons from the group; buttons of no group are everybody's."""
        for button in self._found(server):
            self._give(server, button, {*button["groups"]} - {group})

    def _give(self, server: Server, button: dict[str, Any], groups: set[int]) -> None:
        had = {*button["groups"]}
        changes = [["add", sorted(groups - had)], ["remove", sorted(had - groups)]]
        wanted = [change for change in changes if change[1]]
        if wanted:
            server.call(f"{_BUTTON}.write", [button["id"]], {"groups": wanted})

    def _found(self, server: Server) -> Sequence[dict[str, Any]]:
        domain = [["model", "=", MODEL], ["name", "in", list(_BUTTONS)]]
        return _all(server, _BUTTON, domain, ["id", "groups"])


def _all(
    server: Server, model: str, domain: object, fields: Sequence[str]
) -> Sequence[dict[str, Any]]:
    found: Sequence[dict[str, Any]] = server.call(
        f"{model}.search_read", domain, 0, None, [["id", "ASC"]], list(fields)
    )
    return found

"""The policy's reasons as a rule that the server enforces: no other reason for loss than these.

Tryton has no table for reasons, and the reason for loss is free text. A rule on records holds one
test for each reason: the field is empty, or the code or a label of one.

Tryton asks such a rule before a change as well as after it, so that a text which the rule no
longer knows could never be changed again. What was right when an opportunity was made therefore
stays right for it: any text before the rule stood, and the reasons and labels of its time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from leadpolicy.crm.connector import DesiredState, TableMissingError
from leadpolicy.crm.state import Action, ObservedReason, ObservedTable, Reason, ReasonRow
from leadpolicy_tryton.binding import MODEL
from leadpolicy_tryton.rpc import Server

_MADE: Final = "create_date"
_GROUP: Final = "model.ir.rule.group"
_ABOUT: Final = "the reason for loss has to be one of the list"


class Reasons:
    """Reads and sets the list of reasons on a text field of the opportunity."""

    def __init__(self, server: Server, field: str) -> None:
        self._server: Final = server
        self._field: Final = field

    def observe(self, desired: DesiredState) -> Iterator[ObservedTable]:
        """Yield the desired tables that stand and rule; one that is half made does not."""
        for table in desired.tables:
            group = self._group(table.name)
            if group is None or not (group["perm_write"] and group["perm_create"]):
                continue
            tests = [json.loads(rule["domain"]) for rule in self._rules(group["id"])]
            rows = tuple(row for test in tests if (row := self._row(test)) is not None)
            if self._empty in tests:
                yield ObservedTable(table.name, rows)

    def add_table(self, name: str) -> None:
        """Make the rule, at first for what has no reason and for what was made before it.

        It rules over nothing until both tests stand, for a rule without a test refuses everything.
        """
        found = self._group(name)
        group = self._made(name) if found is None else int(found["id"])
        standing = [json.loads(rule["domain"])[0][0] for rule in self._rules(group)]
        if "OR" not in standing:
            self._add(group, self._empty)
        if _MADE not in standing:
            self._add(group, [self._until_now(group)])
        self._server.call(f"{_GROUP}.write", [group], {"perm_write": True, "perm_create": True})

    def _made(self, name: str) -> int:
        about = {"name": f"{name}: {_ABOUT}", "model": MODEL, "global_p": True}
        rights = {f"perm_{mode}": False for mode in ("read", "write", "create", "delete")}
        return int(self._server.call(f"{_GROUP}.create", [{**about, **rights}])[0])

    def put(self, part: ReasonRow, action: Action) -> None:
        """Make or change a reason, set it inactive, or remove it."""
        found = self._group(part.table)
        if found is None:
            raise TableMissingError(f"the rule `{part.table}` is gone", "plan and apply again")
        group = int(found["id"])
        rules = [rule for rule in self._rules(group) if self._code(rule) == part.reason.code]
        test = [] if action is Action.DESTROY else self._test(part.reason)
        for rule in rules:
            self._keep(rule, group, test)
        if action is Action.DEACTIVATE:
            test = [*test, self._until_now(group)]
        self._replace([rule["id"] for rule in rules], group, test)

    def _keep(self, rule: dict[str, Any], group: int, test: list[object]) -> None:
        """Let the texts that a rule allowed stay right for the opportunities made so far."""
        had = json.loads(rule["domain"])
        if len(had) == 1 and had != test:
            self._add(group, [self._until_now(group), *had])

    def _replace(self, ids: Sequence[int], group: int, test: list[object]) -> None:
        if ids and test:
            self._server.call("model.ir.rule.write", ids, {"domain": _text(test)})
        elif ids:
            self._server.call("model.ir.rule.delete", ids)
        elif test:
            self._add(group, test)

    def _until_now(self, group: int) -> list[object]:
        return [_MADE, "<", _pyson(self._now(group))]

    def _add(self, group: int, test: list[object]) -> None:
        rule = {"rule_group": group, "domain": _text(test)}
        self._server.call("model.ir.rule.create", [rule])

    def remove_table(self, name: str) -> None:
        """Remove the rule with its tests."""
        group = self._group(name)
        if group is not None:
            self._server.call(f"{_GROUP}.delete", [group["id"]])

    @property
    def _empty(self) -> list[object]:
        return [["OR", [self._field, "=", None], [self._field, "=", ""]]]

    def _test(self, reason: Reason) -> list[object]:
        return [[self._field, "in", [reason.code, reason.label_de, reason.label_en]]]

    def _row(self, test: object) -> ObservedReason | None:
        """Return the reason that a test stands for; former labels stand for none."""
        match test:
            case [[self._field, "in", [str(code), str(de), str(en)]], *ended]:
                return ObservedReason(Reason(code, de, en), active=not ended)
            case _:
                return None

    def _code(self, rule: dict[str, Any]) -> str | None:
        row = self._row(json.loads(rule["domain"]))
        return None if row is None else row.reason.code

    def _group(self, name: str) -> dict[str, Any] | None:
        domain = [["name", "=", f"{name}: {_ABOUT}"], ["model", "=", MODEL]]
        fields = ["id", "perm_write", "perm_create"]
        order = [["id", "ASC"]]
        found = self._server.call(f"{_GROUP}.search_read", domain, 0, 1, order, fields)
        return dict(found[0]) if found else None

    def _rules(self, group: int) -> Sequence[dict[str, Any]]:
        domain = [["rule_group", "=", group]]
        fields = ["id", "domain"]
        found: Sequence[dict[str, Any]] = self._server.call(
            "model.ir.rule.search_read", domain, 0, None, [["id", "ASC"]], fields
        )
        return found

    def _now(self, group: int) -> datetime:
        """Return the server's own time, which it writes on a record that is touched."""
        model = "model.ir.rule.group"
        self._server.call(f"{model}.write", [group], {"global_p": True})
        found: datetime = self._server.call(f"{model}.read", [group], ["write_date"])[0][
            "write_date"
        ]
        return found


def _text(test: list[object]) -> str:
    return json.dumps(test, ensure_ascii=False)


def _pyson(at: datetime) -> dict[str, object]:
    now = {short: getattr(at, name) for short, name in _PARTS.items()}
    shift = {f"d{short}": 0 for short in _PARTS}
    return {"__class__": "DateTime", **now, **shift, "start": None}


_PARTS: Final = {
    "y": "year",
    "M": "month",
    "d": "day",
    "h": "hour",
    "m": "minute",
    "s": "second",
    "ms": "microsecond",
}

"""Where the contract kit gets a Tryton server from that it may do anything to.

One server and one company serve for the whole run; a new sandbox begins with the company swept
empty. What the server holds is read from its database, what people do is done by people.
"""

from __future__ import annotations

import atexit
import json
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from connectors.tryton.tests.crm import OPPORTUNITY, PASSWORD
from connectors.tryton.tests.office import RULE, Office
from connectors.tryton.tests.truth import typed
from connectors.tryton.tests.tryton_server import DATABASE, TrytonServer, running

from leadpolicy.crm.connector import Connector
from leadpolicy.crm.state import (
    Change,
    Column,
    DesiredState,
    FieldKind,
    Permission,
    Reason,
    ReasonTable,
    Value,
)
from leadpolicy.testing.contract import BaseHarness, Effect
from leadpolicy.testing.contract.proxied import ProxiedSandbox
from leadpolicy.testing.contract.samples import SAMPLE, value_for
from leadpolicy.testing.lab import Operation
from leadpolicy.testing.lab.proxy import Asked
from leadpolicy_tryton.connector import TrytonConnector

VERDICT, REMARK = "kit_verdict", "kit_remark"
REASON = Reason("no_need", "kein Bedarf", "no need")
SALES = (
    Column(VERDICT, FieldKind.CHOICE, "sales", codes=("lost", "cancelled"), bound=True),
    Column(REMARK, FieldKind.TEXT, "sales", bound=True),
)
OURS = tuple(replace(column, bound=True) for column in SAMPLE.written)
TOPIC = Column("lp_topic", FieldKind.TEXT, length=40, bound=True)
CHANCE = Column("lp_chance", FieldKind.NUMBER, scale=4, bound=True)
NOTES: Mapping[str, str] = {
    **{column.name: f"notes.{column.name.removeprefix('lp_')}" for column in OURS},
    VERDICT: "state",
    REMARK: "lost_reason",
}
_BUTTONS = {"lost": "lost", "cancelled": "cancel"}
_WRITES = frozenset({"create", "write", "delete"})


class TrytonSandbox(ProxiedSandbox):
    """The company, swept empty, behind a proxy that can spoil calls."""

    outlives = True

    def __init__(
        self, office: Office, names: Mapping[str, str], options: Mapping[str, Any]
    ) -> None:
        self._office, self._names, self._options = office, names, options
        self._crm, self._truth = office.crm, office.truth
        self._notes = any(place.startswith("notes.") for place in names.values())
        self._asked: Counter[str] = Counter()
        self._locks: Counter[int] = Counter()
        self._granted = True
        office.tidy()
        super().__init__(office.server.address, self._purpose, _items)

    def _purpose(self, asked: Asked) -> Operation | None:
        """Count a request, and say what it is for."""
        call = json.loads(asked.body)
        method = call["method"]
        self._asked[method] += 1
        if method == f"{OPPORTUNITY}.write":
            self._disturb(call["params"])
        verb = method.rpartition(".")[2]
        if verb in _WRITES:
            return Operation.WRITE
        return Operation.LOOKUP if verb.startswith("search") else None

    def _disturb(self, parameters: Sequence[Any]) -> None:
        """Let a person save a locked lead in the moment before it is written."""
        ids = {number for part in parameters if isinstance(part, list) for number in part}
        for number in ids & (+self._locks).keys():
            self._locks[number] -= 1
            self._crm.admin(f"{OPPORTUNITY}.write", [number], {"comment": f"{self._asked}"})

    def open(self, url: str | None = None) -> Connector:
        """Return a new connector, behind the proxy where no other address is given."""
        return self._opened(url or self.proxy.url, PASSWORD)

    def open_with_wrong_password(self) -> Connector:
        """Return a connector with a password that is none."""
        return self._opened(self.proxy.url, PASSWORD[::-1])

    def _opened(self, url: str, password: str) -> Connector:
        login = f"{self._office.robot.login}:{quote(password, safe='')}"
        address = f"http://{login}@{urlsplit(url).netloc}/{DATABASE}"
        theirs = {column.name for column in SALES}
        names = self._names.items()
        leads = {
            "key": "reference",
            "columns": {name: place for name, place in names if name not in theirs},
            "attributes": {name: place for name, place in names if name in theirs},
        }
        return TrytonConnector(address, {"leads": leads}, self._options)

    def seed(self, keys: Sequence[str]) -> None:
        """Put opportunities with these references into the company."""
        self._office.seed(keys)

    def held(
        self, keys: Sequence[str], columns: Sequence[Column]
    ) -> Mapping[str, Mapping[str, object]]:
        """Return what the database holds."""
        return self._truth.held(keys, columns, self._names)

    def history(self) -> Sequence[Effect]:
        """Return the decisions that were added, oldest first; fields have no memory of them."""
        if not self._notes:
            return super().history()
        lines = {name: place.partition(".")[2] for name, place in self._names.items()}
        return [
            Effect(key, {c.name: typed(note.get(lines[c.name], ""), c) for c in OURS})
            for key, note in self._truth.notes()
        ]

    def records(self, key: str) -> int:
        """Return how many decisions stand on a lead."""
        return sum(effect.key == key for effect in self.history())

    def calls(self) -> int:
        """Return how many requests came to the proxy."""
        return self._asked.total()

    def writes(self) -> int:
        """Return how many requests to change something came to the proxy."""
        return sum(n for method, n in self._asked.items() if method.rpartition(".")[2] in _WRITES)

    def logins(self) -> int:
        """Return how many logins were tried."""
        return self._asked["common.db.login"]

    def expire_token(self) -> None:
        """End the sessions of the connector's login."""
        self._truth.run("DELETE FROM ir_session WHERE create_uid = ?", self._office.user)

    def edit(self, key: str, values: Mapping[str, object], by: str) -> None:
        """Let somebody in sales press a button, or write the reason for loss."""
        number = self._truth.id(key)
        if REMARK in values:
            self._office.sales(f"{OPPORTUNITY}.write", [number], {"lost_reason": values[REMARK]})
        if VERDICT in values:
            self._press(number, str(values[VERDICT]))

    def _press(self, number: int, state: str) -> None:
        now = self._crm.read(str(number), "state")[0]
        if now not in {"lead", state}:
            self._office.sales(f"{OPPORTUNITY}.lead", [number])
        if now != state:
            self._office.sales(f"{OPPORTUNITY}.{_BUTTONS[state]}", [number])

    def remove(self, key: str) -> None:
        """Let a person cancel a lead and delete it."""
        number = self._truth.id(key)
        self._press(number, "cancelled")
        self._crm.admin(f"{OPPORTUNITY}.delete", [number])

    def restore(self, key: str) -> None:
        """Let a person enter a lead again under its reference."""
        self.seed([key])

    def refuse(self, key: str) -> None:
        """Let a rule on records keep everybody from deciding about the lead."""
        number = self._truth.id(key)
        self._forbid("sale.opportunity", ["id", "!=", number])
        self._forbid("ir.note", ["resource", "!=", f"sale.opportunity,{number}"])

    def _forbid(self, model: str, test: list[object]) -> None:
        modes = {"perm_read": False, "perm_create": True, "perm_write": True, "perm_delete": False}
        rules = [["create", [{"domain": json.dumps([test])}]]]
        about = {"name": f"{RULE} of {model}", "model": model, "global_p": True}
        self._crm.admin("model.ir.rule.group.create", [{**about, **modes, "rules": rules}])

    def lock(self, key: str, times: int) -> None:
        """Let a person save the lead just before each of the next writes to its fields."""
        if self._notes:
            super().lock(key, times)
        self._locks[self._truth.id(key)] = times

    def revoke(self) -> None:
        """Take the connector's login out of the groups that work with opportunities."""
        self._granted = False
        self._office.grant(work=False, administer=False)

    def regrant(self) -> None:
        """Take the login in again."""
        self._office.grant()

    def forbid(self, change: Change) -> None:
        """Take from the connector's login the right to set rules and rights."""
        self._granted = False
        self._office.grant(administer=False)

    def skew(self, seconds: float) -> None:
        """Set the server's clock."""
        self._office.server.set_clock(f"{seconds}")

    def same_instant(self) -> None:
        """Stop the server's clock."""
        self._office.server.set_clock("stopped")

    def close(self) -> None:
        """Set clock and rights right, and sweep up."""
        if not self._granted:
            self._office.grant()
        self._office.tidy()
        super().close()


def _items(answer: Any) -> list[Any] | None:
    found = answer.get("result") if isinstance(answer, dict) else None
    return found if isinstance(found, list) else None


class TrytonHarness(BaseHarness):
    """Brings decisions into notes, and the list of reasons and the rights of teams to the server.

    Without an office it starts a server, which ends with the process. `timeout` is in seconds.
    """

    name = "tryton"
    plugin = "leadpolicy_tryton.plugin"
    http = True
    secrets = (PASSWORD, PASSWORD[::-1], quote(PASSWORD, safe=""), quote(PASSWORD[::-1], safe=""))
    desired = DesiredState(
        "contract-kit",
        "1",
        "0" * 64,
        columns=(*OURS, *SALES),
        tables=(ReasonTable("lp_reasons", (REASON,)),),
        permissions=(Permission("marketing", REMARK, write=False),),
    )
    names = NOTES

    def __init__(self, office: Office | None = None, timeout: float = 3) -> None:
        self._given = office
        self._timeout = timeout

    @cached_property
    def office(self) -> Office:
        """The company in which everything happens."""
        return self._given or Office(_started())

    @property
    def options(self) -> Mapping[str, Any]:
        """The options of every connector; the overlap bears clocks that are set back."""
        reasons, roles = {"reasons": "lost_reason"}, {"roles": self.office.roles}
        made = {**reasons, **roles} if self.desired.tables else {}
        return {"timeout_seconds": self._timeout, "overlap_seconds": 1200, **made}

    def value(self, column: Column, number: int) -> Value:
        """Return a way to write the reason for the remark, a chance, or any value for the rest."""
        if column.name == REMARK:
            return (REASON.code, REASON.label_de)[number % 2]
        if column.name == CHANCE.name:
            return Decimal(number).scaleb(-CHANCE.scale)
        return value_for(column, number)

    def sandbox(self, folder: Path) -> TrytonSandbox:
        """Return the company, swept empty."""
        return TrytonSandbox(self.office, self.names, self.options)


class NotesHarness(TrytonHarness):
    """Brings decisions into notes, and deploys nothing."""

    desired = replace(TrytonHarness.desired, tables=(), permissions=())


class FieldsHarness(NotesHarness):
    """Brings decisions into fields of the opportunity."""

    desired = replace(NotesHarness.desired, columns=(TOPIC, CHANCE))
    names: Mapping[str, str] = {TOPIC.name: "description", CHANCE.name: "conversion_probability"}


def _started() -> TrytonServer:
    ending = ExitStack()
    atexit.register(ending.close)
    return ending.enter_context(running(Path(tempfile.gettempdir()) / "leadpolicy-tryton"))

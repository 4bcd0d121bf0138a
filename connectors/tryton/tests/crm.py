"""One company in a Tryton server, with people of its own, as a test sees it."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from urllib.parse import quote

import httpx
from connectors.tryton.tests.tryton_server import DATABASE, TrytonServer

from leadpolicy.crm.connector import DecisionRow
from leadpolicy.crm.state import (
    Column,
    DesiredState,
    FieldKind,
    Permission,
    Reason,
    ReasonTable,
)
from leadpolicy_tryton.connector import TrytonConnector
from leadpolicy_tryton.wire import dumps, loads

PASSWORD = "a/long:pass@word é"
OPPORTUNITY = "model.sale.opportunity"
_NUMBERS = itertools.count(1)


class Person:
    """Somebody who works in Tryton, by the same calls that Tryton's own client makes."""

    def __init__(self, server: str, login: str, password: str) -> None:
        self.client = httpx.Client(base_url=server, timeout=60, verify=False)
        self.login = login
        self.password = password
        self.context: Mapping[str, Any] = {}
        self.log_in()
        self.refresh()

    def log_in(self) -> None:
        """Begin a session."""
        self.client.headers.pop("Authorization", None)
        secret = {"password": self.password}
        user, session = self._post("common.db.login", [self.login, secret, "en"])[:2]
        token = base64.b64encode(f"{self.login}:{user}:{session}".encode()).decode()
        self.client.headers["Authorization"] = f"Session {token}"

    def refresh(self) -> None:
        """Take the companies in which the person works."""
        self.context = self("model.res.user.get_preferences", True)

    def __call__(self, method: str, *arguments: object) -> Any:
        """Return the result of a method, or fail with what the server says."""
        return self._post(method, [*arguments, self.context])

    def refused(self, method: str, *arguments: object) -> str:
        """Return the words with which the server refuses a method."""
        try:
            self(method, *arguments)
        except PermissionError as error:
            return str(error)
        raise AssertionError(f"{method} was not refused")

    def _post(self, method: str, parameters: list[object]) -> Any:
        body = dumps({"id": 1, "method": method, "params": parameters})
        headers = {"Content-Type": "application/json"}
        answer = self.client.post(f"/{DATABASE}/rpc/", content=body, headers=headers)
        assert answer.status_code == 200, f"{method}: {answer.status_code} {answer.text[:300]}"
        data = loads(answer.content)
        if "error" in data:
            raise PermissionError(f"{method}: {data['error']}")
        return data["result"]


@dataclass
class Crm:
    """A company of its own; what belongs to another test is not visible from it."""

    server: TrytonServer
    admin: Person
    name: str
    company: int
    currency: int
    opened: list[TrytonConnector] = field(default_factory=list)

    @classmethod
    def founded(cls, server: TrytonServer, root: Person) -> Crm:
        """Return a new company with an administrator of its own."""
        name = f"company{next(_NUMBERS)}"
        found = root("model.currency.currency.search", [["code", "=", "EUR"]], 0, 1, None)
        if not found:
            euro = {"name": "Euro", "code": "EUR", "symbol": "€"}
            found = root("model.currency.currency.create", [euro])
        party = root("model.party.party.create", [{"name": name}])[0]
        made = root("model.company.company.create", [{"party": party, "currency": found[0]}])[0]
        admin = _hired(root, server, made, f"admin-{name}", {"administrator": True})
        return cls(server, admin, name, made, found[0])

    def group(self, name: str) -> str:
        """Return the name of a new group."""
        full = f"{name} of {self.name}"
        self.admin("model.res.group.create", [{"name": full}])
        return full

    def hire(self, name: str, *groups: str) -> Person:
        """Return somebody who may work with opportunities, and belongs to further groups."""
        names = ["Sales", "Sale Opportunity", *groups]
        ids = self.find("res.group", ["name", "in", names])
        login = f"{name}-{self.name}"
        return _hired(self.admin, self.server, self.company, login, {"groups": [["add", ids]]})

    def find(self, model: str, *tests: object) -> list[int]:
        """Return the ids of the records that pass some tests."""
        found: list[int] = self.admin(f"model.{model}.search", list(tests), 0, None, None)
        return found

    def change_password(self, person: Person, password: str) -> None:
        """Set a password, which ends every session of the person."""
        ids = self.find("res.user", ["login", "=", person.login])
        self.admin("model.res.user.write", ids, {"password": password})

    def add_lead(self, name: str = "", **values: object) -> str:
        """Return the key of a new lead; without a name it shares its party with others."""
        party = self._party(name) if name else self._shared_party
        lead = {"party": party, "company": self.company, "currency": self.currency}
        return str(self.admin(f"{OPPORTUNITY}.create", [{**lead, **values}])[0])

    @cached_property
    def _shared_party(self) -> int:
        return self._party("Muster GmbH")

    def _party(self, name: str) -> int:
        party: int = self.admin("model.party.party.create", [{"name": name}])[0]
        mail = {"party": party, "type": "email", "value": f"info@{party}.example"}
        self.admin("model.party.contact_mechanism.create", [mail])
        return party

    def read(self, key: str, *names: str) -> list[Any]:
        record = self.admin(f"{OPPORTUNITY}.read", [int(key)], list(names))[0]
        return [record[name] for name in names]

    def notes(self, key: str) -> list[str]:
        """Return the notes on a lead, oldest first."""
        domain = [["resource", "=", resource(key)]]
        found = self.admin(
            "model.ir.note.search_read", domain, 0, None, [["id", "ASC"]], ["message"]
        )
        return [note["message"] for note in found]

    def url(self, login: str, password: str = PASSWORD) -> str:
        secret = quote(password, safe="")
        return f"http://{login}:{secret}@127.0.0.1:{self.server.port}/{DATABASE}"

    def open(
        self,
        binding: Mapping[str, object] | None = None,
        *,
        person: Person | None = None,
        **options: Any,
    ) -> TrytonConnector:
        """Return a connector that is closed with the test; the administrator's by default."""
        url = self.url((person or self.admin).login)
        settings = {"late_effect_seconds": 0, **options}
        connector = TrytonConnector(url, BINDING if binding is None else binding, settings)
        self.opened.append(connector)
        return connector

    def tidy(self) -> None:
        """Take back rules and rights, which hold for every company."""
        groups = self.find("res.group", ["name", "like", f"%of {self.name}"])
        rights = self.find("ir.model.field.access", ["group", "in", groups])
        self.admin("model.ir.model.field.access.delete", rights)
        for button in self.find("ir.model.button", ["groups", "in", groups]):
            self.admin("model.ir.model.button.write", [button], {"groups": [["remove", groups]]})
        rules = self.find("ir.rule.group", ["name", "like", "lp_reasons%"])
        self.admin("model.ir.rule.group.delete", rules)

    def close(self) -> None:
        for connector in self.opened:
            connector.close()


def _hired(
    by: Person, server: TrytonServer, company: int, login: str, values: Mapping[str, object]
) -> Person:
    work = {"companies": [["add", [company]]], "company": company}
    user = {"name": login, "login": login, "password": PASSWORD, **work, **values}
    by("model.res.user.create", [user])
    return Person(server.address, login, PASSWORD)


BINDING: Mapping[str, Any] = {
    "leads": {
        "table": "sale.opportunity",
        "key": "id",
        "attributes": {
            "company": {"column": "party.name"},
            "email": {"column": "party.email"},
            "topic": {"column": "description"},
            "sales_feedback": {"column": "state"},
            "rejection_reason": {"column": "lost_reason"},
        },
        "columns": {
            "lp_state": "notes.state",
            "lp_fit": "notes.fit",
            "lp_decided_at": "notes.decided at",
            "sales_feedback_at": "history.at",
            "sales_feedback_by": "history.by",
        },
    },
}
WRITTEN = (
    Column("lp_state", FieldKind.CHOICE, codes=("inquiry", "mql", "sql"), bound=True),
    Column("lp_fit", FieldKind.WHOLE, bound=True),
    Column("lp_decided_at", FieldKind.MOMENT, compared=False, bound=True),
)
FEEDBACK = (
    Column("sales_feedback", FieldKind.CHOICE, "sales", bound=True),
    Column("rejection_reason", FieldKind.CHOICE, "sales", bound=True),
    Column("sales_feedback_at", FieldKind.MOMENT, "sales", bound=True),
    Column("sales_feedback_by", FieldKind.TEXT, "sales", bound=True),
)
REASONS = (
    Reason("no_need", "kein Bedarf", "no need"),
    Reason("no_budget", "kein Budget", "no budget"),
)
DESIRED = DesiredState("b2b", "1.0.0", "a" * 64, columns=(*WRITTEN, *FEEDBACK))
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def decision(key: str, state: str = "mql", fit: int | None = 40) -> DecisionRow:
    """Return a decision about a lead."""
    return DecisionRow(key, {"lp_state": state, "lp_fit": fit, "lp_decided_at": NOON})


def resource(key: str) -> str:
    """Return a lead as Tryton's notes name it."""
    return f"sale.opportunity,{key}"


def with_reasons(name: str, *reasons: Reason) -> DesiredState:
    """Return the desired state with a table of reasons."""
    return replace(DESIRED, tables=(ReasonTable(name, reasons),))


def with_permissions(*permissions: Permission) -> DesiredState:
    """Return the desired state with permissions."""
    return replace(DESIRED, permissions=permissions)

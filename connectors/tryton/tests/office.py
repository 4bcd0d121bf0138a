"""A company that the contract kit may do anything to, again and again."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.tryton.tests.crm import Crm, Person
from connectors.tryton.tests.truth import Truth
from connectors.tryton.tests.tryton_server import ADMIN_PASSWORD, DATABASE, TrytonServer

RULE = "a rule of the kit"
"""How the names of rules begin that refuse a lead."""


class Office:
    """A company in a server, with the people who work there and a login for the connector."""

    def __init__(self, server: TrytonServer) -> None:
        self.server = server
        root = Person(server.address, "admin", ADMIN_PASSWORD)
        self.crm = Crm.founded(server, root)
        self.roles = {"marketing": self.crm.group("Marketing"), "sales": self.crm.group("Closing")}
        self.sales = self.crm.hire("sales", self.roles["sales"])
        self.robot = self.crm.hire("robot")
        (self.user,) = self.crm.find("res.user", ["login", "=", self.robot.login])
        self.grant()
        self.truth = Truth(server.folder / f"{DATABASE}.sqlite", self.crm.company)
        self.crm.add_lead(reference="pattern")
        self._pattern = self.truth.leads()["pattern"]

    def seed(self, keys: Sequence[str]) -> None:
        """Put leads into the company."""
        self.truth.copy(self._pattern, keys)

    def grant(self, *, work: bool = True, administer: bool = True) -> None:
        """Let the connector's login work with opportunities, and set rules and rights, or not."""
        groups = self.crm.find("res.group", ["name", "in", ["Sales", "Sale Opportunity"]])
        change = ["add" if work else "remove", groups]
        values = {"administrator": administer, "groups": [change]}
        self.crm.admin("model.res.user.write", [self.user], values)

    def tidy(self) -> None:
        """Sweep the company empty, and take back the rules and rights of the last sandbox."""
        self.server.set_clock("0")
        self.truth.sweep()
        if self.truth.has_rules("lp_reasons%"):
            self.crm.tidy()
        if self.truth.has_rules(f"{RULE}%"):
            ids = self.crm.find("ir.rule.group", ["name", "like", f"{RULE}%"])
            self.crm.admin("model.ir.rule.group.delete", ids)

"""Deployments: one zip each, applied as a whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from leadpolicy_sandbox.salesforce.org import Org
from leadpolicy_sandbox.salesforce.org.ids import make
from leadpolicy_sandbox.salesforce.org.schema import User
from leadpolicy_sandbox.salesforce.soap.applying import Message, Options, apply
from leadpolicy_sandbox.salesforce.soap.envelope import SoapError

DONE = frozenset({"Succeeded", "SucceededPartial", "Failed", "Canceled"})


@dataclass
class Deploy:
    """One deployment from its start to its result; moments are in UTC."""

    id: str
    user: User
    data: bytes
    options: Options
    created: datetime
    polls: int
    status: str = "Pending"
    completed: datetime | None = None
    messages: list[Message] = field(default_factory=list)
    canceled_by: User | None = None

    @property
    def done(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status in DONE

    @property
    def failures(self) -> list[Message]:
        """The components that were refused."""
        return [message for message in self.messages if not message.success]

    @property
    def successes(self) -> list[Message]:
        """The components that were saved, or would be."""
        return [message for message in self.messages if message.success]


class Deploys:
    """The deployments of one org, carried out one after the other.

    `polls` is how many checks find a deployment unfinished; with 0 it is done as soon as it has
    started. It is carried out when the last of these checks is over, or when `finish` is called.
    """

    def __init__(self, org: Org, *, polls: int = 1) -> None:
        self._org = org
        self._all: dict[str, Deploy] = {}
        self.polls = polls

    def start(self, user: User, data: bytes, options: Options) -> Deploy:
        """Take a zip in; it waits until the deployments before it are done."""
        number = len(self._all) + 1
        now = self._org.state.clock.second()
        deploy = Deploy(make("0Af", number), user, data, options, now, self.polls)
        self._all[deploy.id] = deploy
        if not self.polls:
            self.finish(deploy.id)
        return deploy

    def find(self, id: str) -> Deploy:
        """The deployment of that id; raises SoapError."""
        for known, deploy in self._all.items():
            if id in (known, known[:15]):
                return deploy
        raise SoapError("INVALID_CROSS_REFERENCE_KEY", f"invalid cross reference id: {id}")

    def check(self, id: str) -> Deploy:
        """The state of a deployment, which moves on with every check."""
        deploy = self.find(id)
        if deploy.done:
            return deploy
        if deploy.polls:
            seen = replace(deploy)
            deploy.polls -= 1
            deploy.status = "InProgress"
            return seen
        self.finish(deploy.id)
        return deploy

    def cancel(self, id: str, user: User) -> Deploy:
        """Stop a deployment that has not been carried out; raises SoapError when it is done."""
        deploy = self.find(id)
        if deploy.done:
            raise SoapError("INVALID_ID_FIELD", "Deployment already completed")
        deploy.status, deploy.canceled_by = "Canceled", user
        deploy.completed = self._org.state.clock.second()
        return deploy

    def finish(self, id: str) -> None:
        """Carry out what waits, up to and including that deployment."""
        for deploy in self._all.values():
            if not deploy.done:
                self._carry_out(deploy)
            if deploy.id == id:
                return

    def _carry_out(self, deploy: Deploy) -> None:
        deploy.messages = apply(self._org, deploy.user, deploy.data, deploy.options)
        deploy.completed = self._org.state.clock.second()
        deploy.status = _outcome(deploy)
        deploy.data = b""


def _outcome(deploy: Deploy) -> str:
    if not deploy.failures:
        return "Succeeded"
    partly = not deploy.options.rollback_on_error and any(
        message.type for message in deploy.successes
    )
    return "SucceededPartial" if partly else "Failed"

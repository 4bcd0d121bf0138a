"""What follows a deploy and is no metadata: the login's permission set, and records of consent.

The deploy and these records are two transactions, the deploy first. Where something breaks between
them, the next plan finds what is left, and makes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from simple_salesforce.format import format_soql

from leadpolicy.crm.connector import AccessError, ConnectorError
from leadpolicy.crm.state import Change
from leadpolicy_salesforce.client.wire import Answer, Part
from leadpolicy_salesforce.deploy.records import (
    Standing,
    bases_step,
    has_records,
    purposes_step,
    standing,
)
from leadpolicy_salesforce.deploy.seen import BASES, PURPOSES, Record, body, query, records
from leadpolicy_salesforce.options import Options

_SET: Final = "SELECT Id FROM PermissionSet WHERE Name = {}"
_ASSIGNED: Final = (
    "SELECT Id FROM PermissionSetAssignment WHERE AssigneeId = {} AND PermissionSet.Name = {}"
)


class Login(Protocol):
    """The part of the connector's wire that reads and writes, and knows who is logged in."""

    @property
    def user_id(self) -> str:
        """The Id of the user that is logged in."""

    def composite(self, parts: Sequence[Part]) -> list[Answer]:
        """Make several calls in one."""

    def next_page(self, url: str) -> dict[str, Any]:
        """Return the page that another page names as its next."""


@dataclass(frozen=True, slots=True)
class Following:
    """What is to be done after a deploy; `shows_fields` says that it brought new fields."""

    login: Login
    options: Options
    changes: Sequence[Change]
    shows_fields: bool

    def run(self) -> None:
        """Do it in at most three calls; doing it again changes nothing.

        What stands is looked up by name. Raises `ConnectorError`.
        """
        found = self._found()
        stands = standing(found.get(BASES, ()), found.get(PURPOSES, ()))
        assignment = self._assignment(found)
        bases = bases_step(self.changes, stands, self.options.lang)
        parts = [*assignment, *bases.parts]
        answers = self.login.composite(parts) if parts else []
        self._refuse_unassigned(answers[: len(assignment)])
        made = bases.made(answers[len(assignment) :])
        purposes = purposes_step(self.changes, Standing({**stands.ids, **made}), self.options.lang)
        if purposes.parts:
            purposes.made(self.login.composite(purposes.parts))

    def _found(self) -> dict[str, list[Record]]:
        """Return what stands, by the query that asks for it."""
        asked = [BASES, PURPOSES] if has_records(self.changes) else []
        asked += [self._set, self._assigned] if self.shows_fields else []
        answers = self.login.composite([query(soql) for soql in asked]) if asked else []
        return {
            soql: records(self.login, answer) for soql, answer in zip(asked, answers, strict=True)
        }

    @property
    def _set(self) -> str:
        return str(format_soql(_SET, self.options.integration_set))

    @property
    def _assigned(self) -> str:
        return str(format_soql(_ASSIGNED, self.login.user_id, self.options.integration_set))

    def _assignment(self, found: dict[str, list[Record]]) -> list[Part]:
        """Return the call that gives the login its permission set, unless it has it."""
        if not self.shows_fields or found[self._assigned] or not found[self._set]:
            return []
        given = {"AssigneeId": self.login.user_id, "PermissionSetId": found[self._set][0]["Id"]}
        return [Part("POST", "sobjects/PermissionSetAssignment", given)]

    def _refuse_unassigned(self, answers: Sequence[Answer]) -> None:
        try:
            for answer in answers:
                body(answer)
        except ConnectorError as error:
            if error.retryable:
                raise
            name = self.options.integration_set
            raise AccessError(
                f"the login may not give itself the permission set `{name}`: {error.message}",
                "assign it in Setup, so that the login sees the new fields, and plan again",
            ) from None

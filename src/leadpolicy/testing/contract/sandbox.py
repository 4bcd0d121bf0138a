"""One CRM that tests may do anything to, seen without the connector.

Derive from `BaseSandbox` and leave out what your CRM cannot do; each behaviour that needs it then
asks for a reason in `connector.toml`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NoReturn, Protocol

from leadpolicy.crm.capabilities import Stream
from leadpolicy.crm.clock import Clock
from leadpolicy.crm.connector import Connector
from leadpolicy.crm.state import Change, Column
from leadpolicy.testing.contract.behaviour import NotOfferedError
from leadpolicy.testing.contract.clock import QuickClock
from leadpolicy.testing.lab.faults import Scripted


@dataclass(frozen=True, slots=True)
class Effect:
    """One write that took effect in the CRM, as the CRM itself remembers it."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)


class Sandbox(Protocol):
    """One CRM that tests may do anything to, seen without the connector."""

    @property
    def outlives(self) -> bool:
        """Whether the CRM goes on when the process of a connector ends."""

    def open(self, url: str | None = None) -> Connector:
        """Return a new connector to this CRM, by way of `url` where one is given."""

    def seed(self, keys: Sequence[str]) -> None:
        """Put leads without any values into the CRM."""

    def held(
        self, keys: Sequence[str], columns: Sequence[Column]
    ) -> Mapping[str, Mapping[str, object]]:
        """Return what the CRM holds in some columns of those leads that it has."""

    def clock(self) -> Clock:
        """Return the clock that the engine runs with; a quick one wherever nothing needs time."""

    def strike(self, *faults: Scripted) -> None:
        """Let calls over HTTP go wrong, in place of the faults scripted before."""

    def history(self) -> Sequence[Effect]:
        """Return every write that took effect, in the order of their arrival."""

    def records(self, key: str) -> int:
        """Return how many records the CRM holds for a lead."""

    def calls(self) -> int:
        """Return how many calls have reached the CRM."""

    def writes(self) -> int:
        """Return how many calls that change something have reached the CRM."""

    def edit(self, key: str, values: Mapping[str, object], by: str) -> None:
        """Let a person write columns of a lead."""

    def stage(self, key: str, before: str, after: str, by: str) -> None:
        """Let a person move a lead from one state to another."""

    def remove(self, key: str) -> None:
        """Let a person delete a lead."""

    def restore(self, key: str) -> None:
        """Let a person bring a deleted lead back."""

    def merge(self, loser: str, winner: str) -> None:
        """Let a person merge one lead into another."""

    def erase(self, key: str) -> None:
        """Let a person erase everything about a lead, as privacy law knows it."""

    def consent(self, key: str, purpose: str, channel: str, status: str, at: datetime) -> None:
        """Let a lead give, deny or withdraw a consent at a moment of the CRM's time."""

    def consents(self, key: str) -> Mapping[tuple[str, str], str]:
        """Return the consents of a lead by purpose and channel."""

    def refuse(self, key: str) -> None:
        """Let the CRM refuse every write to a lead for good, as a validation rule does."""

    def lock(self, key: str, times: int) -> None:
        """Let the CRM refuse the next writes to a lead for a passing reason, as a lock does."""

    def revoke(self) -> None:
        """End the rights of the connector's login."""

    def regrant(self) -> None:
        """Give the login its rights back."""

    def forbid(self, change: Change) -> None:
        """Take away the right to make one change."""

    def exhaust(self, left: int) -> None:
        """Leave so many calls in the day's quota."""

    def refill(self) -> None:
        """Begin a new day's quota."""

    def expire_cursors(self, stream: Stream) -> None:
        """Let the CRM forget every cursor of a stream given so far."""

    def skew(self, seconds: float) -> None:
        """Set the CRM's clock apart from ours."""

    def same_instant(self) -> None:
        """Stop the CRM's clock, so that what happens next has equal timestamps."""

    def expire_token(self) -> None:
        """Let the token that the connector has now be good no longer."""

    def logins(self) -> int:
        """Return how many tokens the CRM has given."""

    def lose_job(self, ticket: str) -> None:
        """Let the CRM abort a job with none of its rows done."""

    def open_with_wrong_password(self) -> Connector:
        """Return a connector whose login the CRM does not know."""

    def close(self) -> None:
        """Do away with the CRM."""


class BaseSandbox:
    """What a sandbox may leave out: each method says that it is not offered."""

    outlives: bool = False

    def clock(self) -> Clock:
        """Return a clock on which waiting takes almost no time."""
        return QuickClock()

    def strike(self, *faults: Scripted) -> None:
        """Say that calls cannot be made to go wrong on their way."""
        _refuse("strike")

    def history(self) -> Sequence[Effect]:
        """Say that the CRM keeps no history."""
        _refuse("history")

    def records(self, key: str) -> int:
        """Say that records are not counted."""
        _refuse("records")

    def calls(self) -> int:
        """Say that calls are not counted."""
        _refuse("calls")

    def writes(self) -> int:
        """Say that calls are not counted."""
        _refuse("writes")

    def edit(self, key: str, values: Mapping[str, object], by: str) -> None:
        """Say that nobody else can write here."""
        _refuse("edit")

    def stage(self, key: str, before: str, after: str, by: str) -> None:
        """Say that nobody else can move leads here."""
        _refuse("stage")

    def remove(self, key: str) -> None:
        """Say that leads cannot be deleted here."""
        _refuse("remove")

    def restore(self, key: str) -> None:
        """Say that leads cannot be brought back here."""
        _refuse("restore")

    def merge(self, loser: str, winner: str) -> None:
        """Say that leads cannot be merged here."""
        _refuse("merge")

    def erase(self, key: str) -> None:
        """Say that leads cannot be erased here."""
        _refuse("erase")

    def consent(self, key: str, purpose: str, channel: str, status: str, at: datetime) -> None:
        """Say that consents cannot be given here."""
        _refuse("consent")

    def consents(self, key: str) -> Mapping[tuple[str, str], str]:
        """Say that consents cannot be seen here."""
        _refuse("consents")

    def refuse(self, key: str) -> None:
        """Say that the CRM cannot be made to refuse a lead."""
        _refuse("refuse")

    def lock(self, key: str, times: int) -> None:
        """Say that leads cannot be locked here."""
        _refuse("lock")

    def revoke(self) -> None:
        """Say that rights cannot be ended here."""
        _refuse("revoke")

    def regrant(self) -> None:
        """Say that rights cannot be given here."""
        _refuse("regrant")

    def forbid(self, change: Change) -> None:
        """Say that single rights cannot be taken here."""
        _refuse("forbid")

    def exhaust(self, left: int) -> None:
        """Say that there is no quota to use up."""
        _refuse("exhaust")

    def refill(self) -> None:
        """Say that there is no quota to fill."""
        _refuse("refill")

    def expire_cursors(self, stream: Stream) -> None:
        """Say that cursors cannot be made to expire here."""
        _refuse("expire_cursors")

    def skew(self, seconds: float) -> None:
        """Say that the CRM's clock cannot be set."""
        _refuse("skew")

    def same_instant(self) -> None:
        """Say that the CRM's clock cannot be stopped."""
        _refuse("same_instant")

    def expire_token(self) -> None:
        """Say that there is no token that could expire."""
        _refuse("expire_token")

    def logins(self) -> int:
        """Say that logins are not counted."""
        _refuse("logins")

    def lose_job(self, ticket: str) -> None:
        """Say that jobs cannot be aborted here."""
        _refuse("lose_job")

    def open_with_wrong_password(self) -> Connector:
        """Say that there is no login to get wrong."""
        _refuse("open_with_wrong_password")

    def close(self) -> None:
        """Do nothing."""


def _refuse(what: str) -> NoReturn:
    raise NotOfferedError(f"the sandbox does not offer `{what}`")

"""What an org is made of, what time it is there, and who is logged in."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

from leadpolicy_sandbox.salesforce.org import access, derived, described, ids
from leadpolicy_sandbox.salesforce.org.results import OrgError
from leadpolicy_sandbox.salesforce.org.schema import (
    FieldDef,
    Limits,
    ObjectDef,
    PermissionSet,
    User,
)
from leadpolicy_sandbox.salesforce.org.state import Savepoint, State

_PEOPLE = (
    ("admin@practice.example", "Alex Admin", True),
    ("integration@practice.example", "Lead Policy", False),
    ("marketing@practice.example", "Mara Marketing", False),
    ("sales@practice.example", "Sven Sales", False),
)
_AGE = timedelta(days=400)


class Core:
    """What an org is made of, its time, its users and their sessions."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] | None = None,
        seed: int = 0,
        limits: Limits | None = None,
    ) -> None:
        self.state = State(clock, limits or Limits())
        self.state.settings[derived.BIRTH] = self.state.clock.second() - _AGE
        self.seed = seed
        self.logins = 0
        self._sessions: dict[str, User] = {}
        for username, name, admin in _PEOPLE:
            self.add_user(username, name, admin=admin)

    # What the org is made of

    @property
    def objects(self) -> dict[str, ObjectDef]:
        """The objects by API name."""
        return self.state.objects

    @property
    def permission_sets(self) -> dict[str, PermissionSet]:
        """The permission sets by API name."""
        return self.state.permission_sets

    @property
    def users(self) -> dict[str, User]:
        """The users by user name."""
        return self.state.users

    @property
    def id(self) -> str:
        """The id of the org itself."""
        return self.state.derived_id("Organization", "")

    def object(self, name: str) -> ObjectDef:
        """Return an object by its API name in any case; raises OrgError with 404 NOT_FOUND."""
        return self.state.object(name)

    def known(self, name: str) -> ObjectDef | None:
        """Return an object by its API name in any case, or None."""
        return self.state.known(name)

    def fields(self, user: User | None, object: str) -> dict[str, FieldDef]:
        """Return the fields of an object that a user sees, by name."""
        with self.state.lock:
            return access.fields(self.state, user, self.object(object))

    def describe(
        self, user: User | None, object: str, *, version: str = described.VERSION
    ) -> dict[str, Any]:
        """Return what `sobjects/{object}/describe` answers."""
        with self.state.lock:
            return described.describe(self.state, user, self.object(object), version)

    def describe_global(
        self, user: User | None, *, version: str = described.VERSION
    ) -> dict[str, Any]:
        """Return what `sobjects` answers."""
        return described.describe_global(self.state, user, version)

    def children(self, object: str) -> dict[str, tuple[str, str]]:
        """Return the ways back to an object: name of the way, then child object and reference."""
        ways = described.children(self.state, self.object(object))
        return {way: (child, field.name) for way, child, field in ways}

    # Time

    def now(self) -> datetime:
        """Return the org's moment in UTC."""
        return self.state.clock.now()

    def freeze(self, moment: datetime | None) -> None:
        """Stop the org's clock at a moment with a time zone; None lets it run again."""
        self.state.clock.freeze(moment)

    @property
    def skew(self) -> timedelta:
        """How far the org's clock is ahead of its source."""
        return self.state.clock.skew

    @skew.setter
    def skew(self, ahead: timedelta) -> None:
        self.state.clock.skew = ahead

    @property
    def settings(self) -> dict[str, Any]:
        """The org's switches, by name.

        RequireValidationForConversion and AutoSelectIndividualOnMerge are off; ReplicationLag says
        how far the moment covered by `updated` and `deleted` stays behind.
        """
        return self.state.settings

    # Users and sessions

    def add_user(self, username: str, name: str, *, admin: bool = False) -> User:
        """Add somebody who can log in."""
        with self.state.lock:
            id = self.state.new_id(self.objects["User"])
            user = self.users[username] = User(id, username, name, admin)
            return user

    def user(self, id: str) -> User | None:
        """Return a user by id of 15 or 18 characters, or None."""
        return self.state.user(ids.full(id))

    def login(self, username: str) -> str:
        """Log a user in and return the session's token; raises OrgError for nobody known."""
        with self.state.lock:
            user = self.users.get(username)
            if user is None or not user.active:
                raise OrgError(400, "INVALID_LOGIN", "Invalid username, password, security token")
            self.logins += 1
            token = f"{self.id[:15]}!{secrets.token_urlsafe(48)}"
            self._sessions[token] = user
            return token

    def user_of(self, token: str) -> User | None:
        """Return whose session a token is, or None when it has ended or never was."""
        user = self._sessions.get(token)
        return user if user is not None and user.active else None

    def expire(self, token: str | None = None) -> None:
        """End a session, or all of them."""
        with self.state.lock:
            if token is None:
                self._sessions.clear()
            else:
                self._sessions.pop(token, None)

    def savepoint(self) -> AbstractContextManager[Savepoint]:
        """Hold the org and yield a point to go back to, for records and setup alike.

        An exception goes back by itself; `rollback()` of what is yielded goes back on demand.
        """
        return self.state.savepoint()

    all_or_none = savepoint

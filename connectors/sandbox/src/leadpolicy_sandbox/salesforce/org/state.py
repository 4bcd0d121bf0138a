"""Everything an org holds, and the few ways in which all else reads and changes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from threading import RLock
from typing import Any
from zoneinfo import ZoneInfo

from leadpolicy_sandbox.salesforce.org import ids
from leadpolicy_sandbox.salesforce.org.clock import Clock
from leadpolicy_sandbox.salesforce.org.results import OrgError
from leadpolicy_sandbox.salesforce.org.schema import (
    FieldDef,
    Limits,
    ObjectDef,
    PermissionSet,
    User,
)
from leadpolicy_sandbox.salesforce.org.standard.consent import CONSENT
from leadpolicy_sandbox.salesforce.org.standard.people import PEOPLE
from leadpolicy_sandbox.salesforce.org.standard.sales import SALES
from leadpolicy_sandbox.salesforce.org.standard.setup import SETUP
from leadpolicy_sandbox.salesforce.org.tables import Journal, Row, Table


class Savepoint:
    """A point to go back to; `rollback` takes back records and setup alike."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._mark = state.journal.open()
        self._edits = state.edits

    def rollback(self) -> None:
        """Take back everything since this point; what follows counts from here again."""
        self._state.journal.rollback(self._mark)
        if self._state.edits != self._edits:
            self._edits = self._state.edits
            self._state.forget()


def _fresh(standard: ObjectDef) -> ObjectDef:
    """Return a standard object as a new org has it, which may be changed."""
    fields = {
        name: replace(field, values=[replace(value) for value in field.values])
        for name, field in standard.fields.items()
    }
    return replace(standard, fields=fields, rules={})


class State:
    """Objects, rows, users, permission sets and time of one org, behind one lock."""

    def __init__(self, clock: Callable[[], datetime] | None, limits: Limits) -> None:
        self.lock = RLock()
        self.clock = Clock(clock)
        self.limits = limits
        self.zone = ZoneInfo("Europe/Berlin")
        self.journal = Journal()
        self.objects: dict[str, ObjectDef] = {
            one.name: _fresh(one) for one in (*PEOPLE, *SALES, *CONSENT, *SETUP)
        }
        self.tables = {name: Table(self.journal) for name in self.objects}
        self.permission_sets: dict[str, PermissionSet] = {}
        self.users: dict[str, User] = {}
        self.settings: dict[str, Any] = {
            "RequireValidationForConversion": False,
            "AutoSelectIndividualOnMerge": False,
            "ReplicationLag": timedelta(),
        }
        self.purged: dict[str, dict[str, datetime]] = {}
        self.erased: dict[str, tuple[FieldDef, dict[str, Any]]] = {}
        self.edits = 0
        self.compiled: dict[object, Any] = {}
        self._derived_ids: dict[tuple[str, str], str] = {}
        self._counts: dict[str, int] = {}

    def object(self, name: str) -> ObjectDef:
        """Return an object by its API name in any case; raises OrgError with 404."""
        found = self.known(name)
        if found is None:
            raise OrgError(404, "NOT_FOUND", "The requested resource does not exist")
        return found

    def known(self, name: str) -> ObjectDef | None:
        """Return an object by its API name in any case, or None."""
        found = self.objects.get(name)
        if found is None:
            low = name.lower()
            found = next((one for key, one in self.objects.items() if key.lower() == low), None)
        return found

    def new_id(self, definition: ObjectDef) -> str:
        """Return the next id of an object."""
        count = self._counts.get(definition.prefix, 0) + 1
        self._counts[definition.prefix] = count
        return ids.make(definition.prefix, count)

    def derived_id(self, object: str, key: str) -> str:
        """Return the id under which something of the setup appears as a record."""
        known = self._derived_ids.get((object, key))
        if known is None:
            known = self._derived_ids[object, key] = self.new_id(self.objects[object])
        return known

    def object_of(self, id: str) -> ObjectDef | None:
        """Return the object that an id's key prefix belongs to, or None."""
        return next((one for one in self.objects.values() if id.startswith(one.prefix)), None)

    def row(self, id: str) -> tuple[ObjectDef, Row] | None:
        """Return a stored record of whatever object by its id of 18 characters, or None."""
        for definition in self.objects.values():
            if id.startswith(definition.prefix):
                row = self.tables[definition.name].get(id)
                if row is not None:
                    return definition, row
        return None

    def user(self, id: str | None) -> User | None:
        """Return a user by id, or None."""
        return next((user for user in self.users.values() if user.id == id), None)

    def audit(self, user: User | None, action: str, display: str, section: str = "") -> None:
        """Append a line to the setup audit trail."""
        definition = self.objects["SetupAuditTrail"]
        self.tables["SetupAuditTrail"].put(
            {
                "Id": self.new_id(definition),
                "Action": action,
                "Section": section or None,
                "Display": display[:1000],
                "CreatedDate": self.clock.second(),
                "CreatedById": user.id if user else None,
            }
        )

    def edited(self) -> None:
        """Note that definitions have changed."""
        self.edits += 1
        self.forget()

    def forget(self) -> None:
        """Drop what was worked out from definitions, for they have changed."""
        self.compiled.clear()
        for table in self.tables.values():
            table.forget_indexes()

    @contextmanager
    def savepoint(self) -> Iterator[Savepoint]:
        """Hold the org and yield a point to go back to; an exception goes back by itself."""
        with self.lock:
            point = Savepoint(self)
            try:
                yield point
            except BaseException:
                point.rollback()
                raise
            finally:
                self.journal.close()

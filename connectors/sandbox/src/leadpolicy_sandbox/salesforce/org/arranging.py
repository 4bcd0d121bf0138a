"""What is done with the setup of an org: fields, picklists, rules and permission sets."""

from __future__ import annotations

from collections.abc import Sequence

from leadpolicy_sandbox.salesforce.org import records, setup_fields, setup_rules
from leadpolicy_sandbox.salesforce.org.core import Core
from leadpolicy_sandbox.salesforce.org.results import Edit, SaveResult
from leadpolicy_sandbox.salesforce.org.schema import (
    FieldDef,
    PermissionSet,
    PicklistValue,
    User,
    ValidationRule,
)


class Arranging(Core):
    """An org of which the setup is changed."""

    def upsert_field(self, user: User | None, object: str, field: FieldDef) -> Edit:
        """Add or change a field; raises SetupError with what a deployment shows."""
        with self.state.lock:
            return setup_fields.upsert(self.state, user, self.object(object), field)

    def delete_field(self, user: User | None, object: str, name: str) -> None:
        """Delete a custom field that no rule or formula reads; raises SetupError."""
        with self.state.lock:
            setup_fields.delete(self.state, user, self.object(object), name)

    def restore_field(self, user: User | None, object: str, name: str) -> None:
        """Bring a deleted field back with its values; raises SetupError."""
        with self.state.lock:
            setup_fields.restore(self.state, user, self.object(object), name)

    def standard_values(self, name: str) -> list[PicklistValue]:
        """Return the values of a standard value set such as `LeadStatus`; raises SetupError."""
        return setup_fields.standard_values(self.state, name)

    def set_standard_values(
        self, user: User | None, name: str, values: Sequence[PicklistValue]
    ) -> Edit:
        """Set the values of a standard value set; raises SetupError.

        Values that are left out become inactive. LeadStatus needs a converted and an open value.
        """
        with self.state.lock:
            return setup_fields.set_standard_values(self.state, user, name, values)

    def upsert_rule(self, user: User | None, object: str, rule: ValidationRule) -> Edit:
        """Add or change a validation rule; raises SetupError with what a deployment shows."""
        with self.state.lock:
            return setup_rules.upsert(self.state, user, self.object(object), rule)

    def delete_rule(self, user: User | None, object: str, name: str) -> None:
        """Delete a validation rule; raises SetupError."""
        with self.state.lock:
            setup_rules.delete(self.state, user, self.object(object), name)

    def upsert_permission_set(self, user: User | None, wanted: PermissionSet) -> Edit:
        """Add a permission set, or set what is named in it; raises SetupError."""
        with self.state.lock:
            return setup_rules.upsert_set(self.state, user, wanted)

    def delete_permission_set(self, user: User | None, name: str) -> None:
        """Delete a permission set that nobody holds; raises SetupError."""
        with self.state.lock:
            setup_rules.delete_set(self.state, user, name)

    def assign(self, user: User | None, permission_set: str, username: str) -> SaveResult:
        """Assign a permission set to a user, both by name."""
        with self.state.lock:
            given = {
                "PermissionSetId": self.state.derived_id("PermissionSet", permission_set),
                "AssigneeId": self.users[username].id,
            }
            definition = self.object("PermissionSetAssignment")
            return records.create(self.state, user, definition, given, "json")

    def set_history(self, user: User | None, object: str, on: bool) -> Edit:
        """Turn the history of an object's tracked fields on or off."""
        with self.state.lock:
            return setup_rules.set_history(self.state, user, self.object(object), on)

    def changed_setup(self, user: User | None, action: str, display: str) -> None:
        """Append a line to the setup audit trail."""
        with self.state.lock:
            self.state.audit(user, action, display)

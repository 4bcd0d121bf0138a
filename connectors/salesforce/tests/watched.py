"""A practice org that remembers what a login has written to leads, and what people did there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from connectors.salesforce.tests.practice import prepared

from leadpolicy_sandbox.salesforce.org.coercion import Given, Source
from leadpolicy_sandbox.salesforce.org.org import Org
from leadpolicy_sandbox.salesforce.org.results import Edit, SaveResult, SetupError
from leadpolicy_sandbox.salesforce.org.schema import FieldDef, User, ValidationRule

KEY: Final = "lp_key__c"
_REFUSAL: Final = "Kit_Refusal"
_CHANNELS: Final = {"email": "Email", "phone": "Phone", "post": "MailingAddress", "web": "Web"}
_STATUSES: Final = {"granted": "OptIn", "confirmed": "OptIn", "withdrawn": "OptOut"}
_STEP: Final = timedelta(seconds=1)


class WatchedOrg(Org):
    """An org in which every act of a person happens in a second of its own."""

    def __init__(self) -> None:
        self.effects: list[tuple[str, dict[str, Any]]] = []
        self.watched = ""
        self.forbidden: set[str] = set()
        super().__init__()
        prepared(self, ())
        self.create(None, "DataUsePurpose", {"Name": "newsletter"})

    def update(
        self,
        user: User | None,
        object: str,
        id: str,
        given: Given,
        *,
        source: Source = "json",
    ) -> SaveResult:
        """Change a record, and remember it where the watched login did so on a lead."""
        result = super().update(user, object, id, given, source=source)
        if result.success and object == "Lead" and user is not None and user.id == self.watched:
            self.effects.append((self.key_of(id), dict(given)))
        return result

    def upsert_field(self, user: User | None, object: str, field: FieldDef) -> Edit:
        """Make or change a field, unless nobody may."""
        if field.name in self.forbidden:
            raise SetupError("insufficient access rights", "INSUFFICIENT_ACCESS_OR_READONLY")
        return super().upsert_field(user, object, field)

    # ------------------------------------------------------------------------------- leads
    def enter(self, keys: Sequence[str]) -> None:
        """Make leads."""
        for key in keys:
            given = {"LastName": "Lovelace", "Company": "Engines Ltd", KEY: key}
            assert self.create(None, "Lead", given).success

    def id_of(self, key: str) -> str:
        """Return the Id of a lead, also of one in the bin."""
        found = self.find("Lead", KEY, key)
        binned = (row for row in self.rows(None, "Lead", deleted=True) if row.get(KEY) == key)
        return found[0] if found else str(next(binned)["Id"])

    def key_of(self, id: str) -> str:
        """Return the key of a lead."""
        row = self.get(None, "Lead", id, deleted=True)
        return "" if row is None else str(row.get(KEY))

    def person(self, name: str) -> User:
        """Return somebody who sees every field, and let the clock go on to a second of theirs."""
        self.skew = self.skew + _STEP
        username = f"{name}@people.test"
        user = self.users.get(username) or self.add_user(username, name, admin=True)
        user.sets[:] = list(self.permission_sets)
        return user

    def refuse(self, key: str) -> None:
        """Let a validation rule refuse every write to a lead."""
        formula = f'{KEY} = "{key}"'
        rule = ValidationRule(_REFUSAL, True, formula, "this lead is closed")
        self.upsert_rule(None, "Lead", rule)

    # ---------------------------------------------------------------------------- consents
    def consent(self, key: str, purpose: str, channel: str, status: str, at: datetime) -> None:
        """Let a person say yes or no."""
        by = self.person("reception")
        stamp = at.astimezone(UTC).isoformat()
        given: Mapping[str, Any] = {
            "Name": f"{purpose} {channel}",
            "PartyId": self._individual(by, key),
            "DataUsePurposeId": self._purpose(by, purpose),
            "ContactPointType": _CHANNELS[channel],
            "PrivacyConsentStatus": _STATUSES[status],
            "CaptureDate": stamp,
            "CaptureContactPointType": "Web",
            "CaptureSource": "form",
            "EffectiveFrom": stamp,
            **({"DoubleConsentCaptureDate": stamp} if status == "confirmed" else {}),
        }
        result = self.create(by, "ContactPointTypeConsent", given)
        assert result.success, result.errors

    def _individual(self, by: User, key: str) -> str:
        row = self.get(None, "Lead", self.id_of(key)) or {}
        if row.get("IndividualId"):
            return str(row["IndividualId"])
        made = self.create(by, "Individual", {"LastName": "Lovelace"})
        assert self.update(by, "Lead", self.id_of(key), {"IndividualId": made.id}).success
        return str(made.id)

    def _purpose(self, by: User, name: str) -> str:
        known = {str(row["Name"]): row["Id"] for row in self.rows(None, "DataUsePurpose")}
        return str(known.get(name) or self.create(by, "DataUsePurpose", {"Name": name}).id)

    def consents(self, key: str) -> dict[tuple[str, str], str]:
        """Return what stands of the consents of a lead."""
        party = (self.get(None, "Lead", self.id_of(key)) or {}).get("IndividualId")
        channels = {value: name for name, value in _CHANNELS.items()}
        purposes = {row["Id"]: str(row["Name"]) for row in self.rows(None, "DataUsePurpose")}
        return {
            (purposes[row["DataUsePurposeId"]], channels[row["ContactPointType"]]): _status(row)
            for row in self.rows(None, "ContactPointTypeConsent")
            if party and row.get("PartyId") == party
        }


def _status(row: Mapping[str, Any]) -> str:
    if row["PrivacyConsentStatus"] == "OptOut":
        return "withdrawn"
    return "confirmed" if row.get("DoubleConsentCaptureDate") else "granted"

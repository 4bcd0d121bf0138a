"""A practice org with fields, leads and a login, for every test of this connector."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from leadpolicy.crm.connector import Column, DecisionRow
from leadpolicy.crm.state import FieldKind
from leadpolicy.crm.values import normalise
from leadpolicy_salesforce.secrets import Secrets
from leadpolicy_sandbox.salesforce.org.org import Org
from leadpolicy_sandbox.salesforce.org.schema import FieldDef, FieldPermission, PermissionSet
from leadpolicy_sandbox.salesforce.service.access import CONSUMER_KEY, CONSUMER_SECRET

SET: Final = "lp_integration"
LOGIN: Final = Secrets(
    "client_credentials", {"CONSUMER_KEY": CONSUMER_KEY, "CONSUMER_SECRET": CONSUMER_SECRET}
)
KEYED: Final[Mapping[str, object]] = {
    "leads": {"key": "lp_key", "attributes": {"company": "Company", "size": "NumberOfEmployees"}}
}
COLUMNS: Final = (
    Column("lp_score", FieldKind.WHOLE),
    Column("lp_value", FieldKind.NUMBER, scale=2),
    Column("lp_note", FieldKind.TEXT, length=40),
    Column("lp_hot", FieldKind.FLAG),
    Column("lp_until", FieldKind.MOMENT),
)
_FIELDS: Final[Mapping[FieldKind, tuple[str, Mapping[str, Any]]]] = {
    FieldKind.WHOLE: ("double", {"precision": 18}),
    FieldKind.NUMBER: ("double", {"precision": 18, "scale": 2}),
    FieldKind.TEXT: ("string", {"length": 255}),
    FieldKind.CHOICE: ("string", {"length": 255}),
    FieldKind.FLAG: ("boolean", {"default": False}),
    FieldKind.MOMENT: ("datetime", {}),
}
KEY: Final = FieldDef(
    "lp_key__c", "string", "Key", True, 255, external_id=True, unique=True, case_sensitive=True
)


def prepared(
    org: Org, columns: Iterable[Column] = COLUMNS, objects: Iterable[str] = ("Lead",)
) -> Org:
    """Give an org the fields of columns, a field for keys, and a login that sees them."""
    rights = PermissionSet(SET, SET)
    for name in objects:
        for field in (KEY, *map(_field, columns)):
            org.object(name).fields[field.name] = field
            full = f"{name}.{field.name}"
            rights.fields[full] = FieldPermission(full, True, True)
    org.permission_sets[SET] = rights
    for user in org.users.values():
        user.sets.append(SET)
    return org


def _field(column: Column) -> FieldDef:
    type_, more = _FIELDS[column.kind]
    return FieldDef(f"{column.name}__c", type_, column.name, True, **more)


def seeded(org: Org, keys: Iterable[str], **values: object) -> dict[str, str]:
    """Make leads without decisions and return their Ids by key."""
    given = {"LastName": "Lovelace", "Company": "Engines Ltd", **values}
    admin = org.users["admin@sandbox.test"]
    made = {key: org.create(admin, "Lead", {**given, "lp_key__c": key}) for key in keys}
    assert all(result.success for result in made.values()), made
    return {key: str(result.id) for key, result in made.items()}


def decisions(keys: Iterable[str], **values: object) -> list[DecisionRow]:
    """Return decisions that differ by lead, in every column."""
    columns = {column.name: column for column in COLUMNS}
    return [
        DecisionRow(
            key,
            {
                name: normalise(values.get(name, _value(column, number)), column)
                for name, column in columns.items()
            },
        )
        for number, key in enumerate(keys)
    ]


def _value(column: Column, number: int) -> object:
    match column.kind:
        case FieldKind.FLAG:
            return number % 2 == 1
        case FieldKind.MOMENT:
            return f"2026-03-02T08:{number % 60:02}:00+00:00"
        case FieldKind.TEXT:
            return f"no. {number}"
    return number

"""Rows that are read from the setup: users, permission sets, definitions, values of picklists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from leadpolicy_sandbox.salesforce.org import access
from leadpolicy_sandbox.salesforce.org.results import OrgError
from leadpolicy_sandbox.salesforce.org.schema import FieldDef, ObjectDef, User
from leadpolicy_sandbox.salesforce.org.state import State
from leadpolicy_sandbox.salesforce.org.tables import Row

BIRTH: Final = "birth"
_TYPES: Final[Mapping[str, str]] = {
    "boolean": "Checkbox",
    "datetime": "Date/Time",
    "date": "Date",
    "picklist": "Picklist",
    "multipicklist": "Picklist (Multi-Select)",
    "email": "Email",
    "phone": "Phone",
    "url": "URL",
    "address": "Address",
    "id": "Text(18)",
}


def rows(state: State, user: User | None, definition: ObjectDef) -> Iterator[Row]:
    """Yield the rows of an object, stored or read from the setup; they must not be changed."""
    source = _SOURCES.get(definition.name)
    if source is not None:
        return source(state, user)
    stored = iter(state.tables[definition.name])
    return access.seen(state, user, definition, stored)


def is_read(definition: ObjectDef) -> bool:
    """Whether the rows of an object are read from the setup and stored nowhere."""
    return definition.name in _SOURCES


def get(state: State, user: User | None, definition: ObjectDef, id: str) -> Row | None:
    """Return a row by its id of 18 characters, or None."""
    if not is_read(definition):
        return state.tables[definition.name].get(id)
    return next((row for row in rows(state, user, definition) if row["Id"] == id), None)


def related(state: State, definition: ObjectDef, id: str) -> Row | None:
    """Return the row that a reference to an object leads to, or None."""
    if definition.name == "User":
        user = state.user(id)
        return None if user is None else _user(state, user)
    row = get(state, None, definition, id)
    return None if row is None or row.get("IsDeleted") else row


def _stamps(state: State) -> Row:
    birth = state.settings[BIRTH]
    admin = next(iter(state.users.values())).id if state.users else None
    return {
        "CreatedDate": birth,
        "LastModifiedDate": birth,
        "SystemModstamp": birth,
        "CreatedById": admin,
        "LastModifiedById": admin,
    }


def _user(state: State, user: User) -> Row:
    first, _, last = user.name.rpartition(" ")
    return {
        "Id": user.id,
        "Username": user.username,
        "FirstName": first or None,
        "LastName": last,
        "Name": user.name,
        "Email": user.username,
        "Alias": last[:8].lower(),
        "IsActive": user.active,
        "TimeZoneSidKey": str(state.zone),
        "LocaleSidKey": "de_DE",
        "LanguageLocaleKey": "de",
        "ProfileId": state.derived_id("Profile", _profile(user)),
        "UserType": "Standard",
        **_stamps(state),
    }


def _profile(user: User) -> str:
    return "System Administrator" if user.admin else "Standard User"


def _users(state: State, _user_: User | None) -> Iterator[Row]:
    return (_user(state, user) for user in state.users.values())


def _profiles(state: State, _user_: User | None) -> Iterator[Row]:
    for name in ("System Administrator", "Standard User"):
        id = state.derived_id("Profile", name)
        yield {"Id": id, "Name": name, "UserType": "Standard", **_stamps(state)}


def _organization(state: State, _user_: User | None) -> Iterator[Row]:
    yield {
        "Id": state.derived_id("Organization", ""),
        "Name": "Practice org",
        "Country": "DE",
        "DefaultLocaleSidKey": "de_DE",
        "TimeZoneSidKey": str(state.zone),
        "LanguageLocaleKey": "de",
        "OrganizationType": "Developer Edition",
        "InstanceName": "LP1",
        "IsSandbox": True,
        "IsReadOnly": False,
        "FiscalYearStartMonth": Decimal(1),
        "PreferencesConsentManagementEnabled": True,
        **_stamps(state),
    }


def _permission_sets(state: State, _user_: User | None) -> Iterator[Row]:
    for one in state.permission_sets.values():
        yield {
            "Id": state.derived_id("PermissionSet", one.name),
            "Name": one.name,
            "Label": one.label,
            "Description": one.description or None,
            "IsOwnedByProfile": False,
            "IsCustom": True,
            "HasActivationRequired": one.activation,
            **_stamps(state),
        }


def _assignments(state: State, _user_: User | None) -> Iterator[Row]:
    for user in state.users.values():
        for name in user.sets:
            yield {
                "Id": state.derived_id("PermissionSetAssignment", f"{user.id} {name}"),
                "PermissionSetId": state.derived_id("PermissionSet", name),
                "AssigneeId": user.id,
                "SystemModstamp": state.settings[BIRTH],
            }


def _field_permissions(state: State, _user_: User | None) -> Iterator[Row]:
    for one in state.permission_sets.values():
        for granted in one.fields.values():
            key = f"{one.name} {granted.field}"
            yield {
                "Id": state.derived_id("FieldPermissions", key),
                "ParentId": state.derived_id("PermissionSet", one.name),
                "SobjectType": granted.field.partition(".")[0],
                "Field": granted.field,
                "PermissionsEdit": granted.editable,
                "PermissionsRead": granted.readable,
                "SystemModstamp": state.settings[BIRTH],
            }


def _entities(state: State, _user_: User | None) -> Iterator[Row]:
    for one in state.objects.values():
        yield {
            "Id": state.derived_id("EntityDefinition", one.name),
            "DurableId": one.name,
            "QualifiedApiName": one.name,
            "DeveloperName": one.name.removesuffix("__c"),
            "Label": one.label,
            "PluralLabel": one.plural,
            "KeyPrefix": one.prefix,
            "IsCustomizable": not one.derived,
            "IsQueryable": True,
        }


def _field_definitions(state: State, user: User | None) -> Iterator[Row]:
    for one in state.objects.values():
        for field in access.fields(state, user, one).values():
            yield _field_definition(state, one, field)


def _field_definition(state: State, definition: ObjectDef, field: FieldDef) -> Row:
    name = f"{definition.name}.{field.name}"
    return {
        "Id": state.derived_id("FieldDefinition", name),
        "DurableId": name,
        "EntityDefinitionId": state.derived_id("EntityDefinition", definition.name),
        "QualifiedApiName": field.name,
        "DeveloperName": field.name.removesuffix("__c"),
        "Label": field.label,
        "DataType": data_type(field),
        "Length": Decimal(field.length),
        "Precision": Decimal(field.precision),
        "Scale": Decimal(field.scale),
        "Description": field.description or None,
        "IsNillable": not field.required and field.type != "boolean",
        "IsIndexed": field.external_id or field.unique or field.type in {"id", "reference"},
        "IsCalculated": field.formula is not None,
        "IsFieldHistoryTracked": field.track_history and definition.history,
    }


def data_type(field: FieldDef) -> str:
    """Return the words in which setup pages name a field's type, such as `Number(18, 0)`."""
    if field.type in {"double", "currency", "percent", "int"}:
        word = {"currency": "Currency", "percent": "Percent"}.get(field.type, "Number")
        digits = field.precision - field.scale if field.precision else field.digits
        text = f"{word}({digits}, {field.scale})"
    elif field.type == "reference":
        text = f"Lookup({','.join(field.reference_to)})"
    elif field.type in {"string", "textarea"} and field.formula is None:
        text = f"{'Text' if field.type == 'string' else 'Text Area'}({field.length})"
    else:
        text = _TYPES.get(field.type, "Text")
    return f"Formula ({text.partition('(')[0]})" if field.formula is not None else text


def _lead_status(state: State, _user_: User | None) -> Iterator[Row]:
    values = [one for one in state.objects["Lead"].fields["Status"].values if one.active]
    for place, value in enumerate(values, 1):
        yield {
            "Id": state.derived_id("LeadStatus", value.name),
            "MasterLabel": value.label,
            "ApiName": value.name,
            "SortOrder": Decimal(place),
            "IsDefault": value.default,
            "IsConverted": value.converted,
            **_stamps(state),
        }


def _stages(state: State, _user_: User | None) -> Iterator[Row]:
    for place, value in enumerate(state.objects["Opportunity"].fields["StageName"].values, 1):
        yield {
            "Id": state.derived_id("OpportunityStage", value.name),
            "MasterLabel": value.label,
            "ApiName": value.name,
            "IsActive": value.active,
            "SortOrder": Decimal(place),
            "IsClosed": value.closed,
            "IsWon": value.won,
            "ForecastCategoryName": value.forecast or None,
            "DefaultProbability": Decimal(value.probability),
            **_stamps(state),
        }


_SOURCES: Final[Mapping[str, Callable[[State, User | None], Iterator[dict[str, Any]]]]] = {
    "User": _users,
    "Profile": _profiles,
    "Organization": _organization,
    "PermissionSet": _permission_sets,
    "PermissionSetAssignment": _assignments,
    "FieldPermissions": _field_permissions,
    "EntityDefinition": _entities,
    "FieldDefinition": _field_definitions,
    "LeadStatus": _lead_status,
    "OpportunityStage": _stages,
}


def assign(state: State, user: User | None, set_id: str, assignee: str, *, given: bool) -> str:
    """Give or take a permission set by record ids and return the id of the assignment.

    Raises OrgError when either is unknown or the set is held already.
    """
    owner = state.user(assignee)
    name = next(
        (one for one in state.permission_sets if state.derived_id("PermissionSet", one) == set_id),
        None,
    )
    if owner is None or name is None:
        raise OrgError(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    id = state.derived_id("PermissionSetAssignment", f"{owner.id} {name}")
    if given and name in owner.sets:
        message = f"duplicate value found: unknown duplicates value on record with id: {id}"
        raise OrgError(400, "DUPLICATE_VALUE", message)
    held = [*owner.sets, name] if given else [one for one in owner.sets if one != name]
    state.journal.assign(owner, "sets", held)
    action = "PermSetAssign" if given else "PermSetUnassign"
    word = "assigned to" if given else "unassigned from"
    state.audit(user, action, f"Permission set {name}: {word} user {owner.name}", "Manage Users")
    return id

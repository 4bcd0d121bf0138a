"""What an org tells about its objects and fields, in the shape of the REST API."""

from __future__ import annotations

from typing import Any, Final

from leadpolicy_sandbox.salesforce.org import access
from leadpolicy_sandbox.salesforce.org.schema import FieldDef, ObjectDef, PicklistValue, User
from leadpolicy_sandbox.salesforce.org.state import State

VERSION: Final = "63.0"
_SOAP: Final = {
    "id": "tns:ID", "reference": "tns:ID", "boolean": "xsd:boolean", "int": "xsd:int",
    "double": "xsd:double", "currency": "xsd:double", "percent": "xsd:double",
    "date": "xsd:date", "datetime": "xsd:dateTime", "address": "urn:address",
    "anyType": "xsd:anyType",
}  # fmt: skip
_UNGROUPED: Final = frozenset({"double", "currency", "percent", "datetime", "address"})
_BYTES: Final = 3
_LONG: Final = 255
_MERGED: Final = frozenset({"Lead", "Contact", "Account"})


def describe(
    state: State, user: User | None, definition: ObjectDef, version: str = VERSION
) -> dict[str, Any]:
    """Return the body that describes an object, with the fields that a user sees."""
    base = f"/services/data/v{version}/sobjects/{definition.name}"
    fields = access.fields(state, user, definition).values()
    return {
        "actionOverrides": [],
        **_summary(definition, version),
        "childRelationships": _children(state, definition),
        "compactLayoutable": not definition.derived,
        "defaultImplementation": None,
        "extendedBy": None,
        "extendsInterfaces": None,
        "fields": [_field(one) for one in fields],
        "implementedBy": None,
        "implementsInterfaces": None,
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": [_record_type(base)],
        "searchLayoutable": not definition.derived,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [{"label": f"All {definition.plural.lower()}", "name": "everything"},
                            {"label": f"My {definition.plural.lower()}", "name": "mine"}],
        "urls": {part: _url(part, base) for part in _URLS},
    }  # fmt: skip


_URLS: Final = ("compactLayouts", "rowTemplate", "approvalLayouts", "uiDetailTemplate",
                "uiEditTemplate", "listviews", "describe", "uiNewRecord", "quickActions",
                "layouts", "sobject")  # fmt: skip


def _url(part: str, base: str) -> str:
    match part:
        case "sobject":
            return base
        case "rowTemplate":
            return f"{base}/{{ID}}"
        case "uiDetailTemplate":
            return "/{ID}"
        case "uiEditTemplate":
            return "/{ID}/e"
        case "uiNewRecord":
            return "/new"
        case "listviews" | "quickActions":
            return f"{base}/{part}"
        case "describe":
            return f"{base}/describe"
        case _:
            return f"{base}/describe/{part}"


def _summary(definition: ObjectDef, version: str) -> dict[str, Any]:
    own = not definition.derived
    base = f"/services/data/v{version}/sobjects/{definition.name}"
    return {
        "activateable": False,
        "associateEntityType": None,
        "associateParentEntity": None,
        "createable": own or definition.name == "PermissionSetAssignment",
        "custom": definition.custom,
        "customSetting": False,
        "deepCloneable": False,
        "deletable": own or definition.name == "PermissionSetAssignment",
        "deprecatedAndHidden": False,
        "feedEnabled": own,
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": definition.prefix,
        "label": definition.label,
        "labelPlural": definition.plural,
        "layoutable": own,
        "mergeable": definition.name in _MERGED,
        "mruEnabled": own,
        "name": definition.name,
        "queryable": True,
        "replicateable": True,
        "retrieveable": True,
        "searchable": own,
        "triggerable": own,
        "undeletable": own and definition.undeletable,
        "updateable": own,
        "urls": {
            "sobject": base,
            "describe": f"{base}/describe",
            "rowTemplate": f"{base}/{{ID}}",
        },
    }


def describe_global(state: State, user: User | None, version: str = VERSION) -> dict[str, Any]:
    """Return the body that lists all objects."""
    del user
    objects = sorted(state.objects.values(), key=lambda one: one.name)
    return {
        "encoding": "UTF-8",
        "maxBatchSize": 200,
        "sobjects": [_summary(one, version) for one in objects],
    }


def _children(state: State, definition: ObjectDef) -> list[dict[str, Any]]:
    return [
        {
            "cascadeDelete": name.endswith("History") or name == "CampaignMember",
            "childSObject": name,
            "deprecatedAndHidden": False,
            "field": field.name,
            "junctionIdListNames": [],
            "junctionReferenceTo": [],
            "relationshipName": relationship,
            "restrictedDelete": False,
        }
        for relationship, name, field in children(state, definition)
    ]


def children(state: State, definition: ObjectDef) -> list[tuple[str, str, FieldDef]]:
    """Return the ways back to an object: name of the way, child object, its reference."""
    return sorted(
        (
            (field.children, other.name, field)
            for other in state.objects.values()
            for field in other.fields.values()
            if field.children and definition.name in field.reference_to
        ),
        key=lambda way: (way[1], way[2].name),
    )


def _record_type(base: str) -> dict[str, Any]:
    return {
        "active": True,
        "available": True,
        "defaultRecordTypeMapping": True,
        "developerName": "Master",
        "master": True,
        "name": "Master",
        "recordTypeId": "012000000000000AAA",
        "urls": {"layout": f"{base}/describe/layouts/012000000000000AAA"},
    }


def _field(field: FieldDef) -> dict[str, Any]:
    long_text = field.type == "textarea" and field.length > _LONG
    plain = field.type != "address" and not long_text
    soap = _SOAP.get(field.type, "xsd:string")
    return {
        "aggregatable": plain and field.type != "boolean",
        "aiPredictionField": False,
        "autoNumber": False,
        "byteLength": field.length * (_BYTES if soap == "xsd:string" else 1),
        "calculated": field.formula is not None,
        "calculatedFormula": field.formula,
        "cascadeDelete": False,
        "caseSensitive": field.case_sensitive,
        "compoundFieldName": field.compound,
        "controllerName": None,
        "createable": field.createable and field.formula is None,
        "custom": field.custom,
        "defaultValue": _default(field),
        "defaultValueFormula": None,
        "defaultedOnCreate": "defaulted" in field.traits or field.type == "boolean",
        "dependentPicklist": False,
        "deprecatedAndHidden": False,
        "digits": field.digits,
        "displayLocationInDecimal": False,
        "encrypted": False,
        "externalId": field.external_id,
        "extraTypeInfo": field.extra,
        "filterable": not long_text,
        "filteredLookupInfo": None,
        "formulaTreatNullNumberAsZero": field.blanks_as_zero,
        "groupable": plain and field.type not in _UNGROUPED and field.formula is None,
        "highScaleNumber": False,
        "htmlFormatted": False,
        "idLookup": "lookup" in field.traits or field.external_id,
        "inlineHelpText": field.help_text or None,
        "label": field.label,
        "length": field.length,
        "mask": None,
        "maskType": None,
        "name": field.name,
        "nameField": "name" in field.traits,
        "namePointing": "pointing" in field.traits,
        "nillable": not field.required and field.type != "boolean",
        "permissionable": (field.fls and not field.required)
        or (field.type == "boolean" and field.fls),
        "picklistValues": [_value(one) for one in field.values],
        "polymorphicForeignKey": "polymorphic" in field.traits,
        "precision": field.precision,
        "queryByDistance": field.type == "address",
        "referenceTargetField": None,
        "referenceTo": list(field.reference_to),
        "relationshipName": field.relationship,
        "relationshipOrder": None,
        "restrictedDelete": False,
        "restrictedPicklist": field.restricted,
        "scale": field.scale,
        "searchPrefilterable": "prefilter" in field.traits,
        "soapType": soap,
        "sortable": plain,
        "type": field.type,
        "unique": field.unique,
        "updateable": field.updateable and field.formula is None,
        "writeRequiresMasterRead": False,
    }


def _default(field: FieldDef) -> Any:
    if field.type == "boolean":
        return False if field.formula is None else None
    return next((one.name for one in field.values if one.default), None)


def _value(value: PicklistValue) -> dict[str, Any]:
    return {
        "active": value.active,
        "defaultValue": value.default,
        "label": value.label,
        "validFor": None,
        "value": value.name,
    }

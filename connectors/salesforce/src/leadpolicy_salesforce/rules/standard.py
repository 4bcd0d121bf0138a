"""Standard fields of a lead, for formulas that are written without looking into an org."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from leadpolicy.expr.types import Kind
from leadpolicy_salesforce.formula.fields import Field, FieldKind

_KINDS: Final[Mapping[str, FieldKind]] = {
    "Id": "id",
    "OwnerId": "id",
    "AnnualRevenue": "number",
    "City": "text",
    "Company": "text",
    "Country": "text",
    "CreatedDate": "datetime",
    "DoNotCall": "checkbox",
    "Email": "text",
    "EmailBouncedDate": "datetime",
    "Fax": "text",
    "FirstName": "text",
    "HasOptedOutOfEmail": "checkbox",
    "HasOptedOutOfFax": "checkbox",
    "Industry": "picklist",
    "IsConverted": "checkbox",
    "IsUnreadByOwner": "checkbox",
    "LastActivityDate": "date",
    "LastName": "text",
    "LeadSource": "picklist",
    "MobilePhone": "text",
    "Name": "text",
    "NumberOfEmployees": "number",
    "Phone": "text",
    "PostalCode": "text",
    "Rating": "picklist",
    "Salutation": "picklist",
    "State": "text",
    "Status": "picklist",
    "Street": "text",
    "Title": "text",
    "Website": "text",
}
_OWN: Final[Mapping[Kind, FieldKind]] = {
    Kind.FLAG: "checkbox",
    Kind.WHOLE: "number",
    Kind.NUMBER: "number",
    Kind.TEXT: "text",
    Kind.CHOICE: "picklist",
    Kind.CHOICES: "multipicklist",
    Kind.DAY: "date",
    Kind.MOMENT: "datetime",
}


def assumed(api: str, kind: Kind) -> Field:
    """Return a field as every org has it; a custom one as it fits an attribute of a kind.

    >>> assumed("NumberOfEmployees", Kind.WHOLE).kind, assumed("Size__c", Kind.CHOICE).kind
    ('number', 'picklist')
    """
    return Field(api, _KINDS.get(api, _OWN[kind]), is_email=api == "Email")

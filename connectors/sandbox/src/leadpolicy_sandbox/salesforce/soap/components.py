"""The types of components that a practice org keeps, each with its way in and out of the setup."""

from __future__ import annotations

from leadpolicy_sandbox.salesforce.soap.custom_fields import CUSTOM_FIELD
from leadpolicy_sandbox.salesforce.soap.envelope import SoapError
from leadpolicy_sandbox.salesforce.soap.kinds import Kind
from leadpolicy_sandbox.salesforce.soap.objects import CUSTOM_OBJECT, VALIDATION_RULE
from leadpolicy_sandbox.salesforce.soap.rights import CUSTOM_PERMISSION, PERMISSION_SET
from leadpolicy_sandbox.salesforce.soap.sets import GLOBAL_VALUE_SET, STANDARD_VALUE_SET

KINDS = {
    kind.type: kind
    for kind in (
        CUSTOM_OBJECT,
        CUSTOM_FIELD,
        VALIDATION_RULE,
        PERMISSION_SET,
        STANDARD_VALUE_SET,
        GLOBAL_VALUE_SET,
        CUSTOM_PERMISSION,
    )
}


def kind_of(type_name: str) -> Kind:
    """The kind of that name; raises SoapError when the org keeps no such components."""
    kind = KINDS.get(type_name)
    if kind is None:
        raise SoapError("INVALID_TYPE", f"Unknown type:{type_name}")
    return kind

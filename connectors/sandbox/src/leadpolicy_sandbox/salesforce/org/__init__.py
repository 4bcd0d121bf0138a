"""What an org holds and how it behaves, apart from any wire."""

from __future__ import annotations

from leadpolicy_sandbox.salesforce.org.org import Org
from leadpolicy_sandbox.salesforce.org.results import (
    ConvertResult,
    LeadConvert,
    MergeResult,
    OrgError,
    SaveError,
    SaveResult,
    SetupError,
    SeveralMatchError,
)
from leadpolicy_sandbox.salesforce.org.samples import load_samples
from leadpolicy_sandbox.salesforce.org.schema import (
    FieldDef,
    FieldPermission,
    Limits,
    ObjectDef,
    PermissionSet,
    PicklistValue,
    User,
    ValidationRule,
)

__all__ = [
    "ConvertResult",
    "FieldDef",
    "FieldPermission",
    "LeadConvert",
    "Limits",
    "MergeResult",
    "ObjectDef",
    "Org",
    "OrgError",
    "PermissionSet",
    "PicklistValue",
    "SaveError",
    "SaveResult",
    "SetupError",
    "SeveralMatchError",
    "User",
    "ValidationRule",
    "load_samples",
]

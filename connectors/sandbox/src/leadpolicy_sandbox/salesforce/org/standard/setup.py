"""What an org says about itself: users, permission sets, definitions, histories."""

from __future__ import annotations

from typing import Final

from leadpolicy_sandbox.salesforce.org.schema import ObjectDef
from leadpolicy_sandbox.salesforce.org.standard.reading import AUDIT, CREATED, DELETED, ID, make

_ID = f"{ID}\n"

_USER = (
    _ID
    + """
Username! string(80) cu Username ; lookup
LastName! string(80) cu Last Name
FirstName string(40) cu First Name
Name! string(121) - Full Name ; name
Email! email(128) cu Email
Alias! string(8) cu Alias
IsActive! boolean cu Active
TimeZoneSidKey picklist(40) cu Time Zone
LocaleSidKey picklist(40) cu Locale
LanguageLocaleKey picklist(40) cu Language
ProfileId! reference cu Profile ID ; to=Profile
UserRoleId reference cu Role ID ; to=UserRole
UserType picklist(40) - User Type
Title string(80) cu Title
Department string(80) cu Department
"""
    + AUDIT
)
_ORGANIZATION = (
    _ID
    + """
Name! string(80) u Name ; name
Country string(80) u Country
DefaultLocaleSidKey picklist(40) u Locale
TimeZoneSidKey picklist(40) u Time Zone
LanguageLocaleKey picklist(40) u Language
OrganizationType picklist(40) - Edition
InstanceName string(5) - Instance Name
IsSandbox! boolean - Is Sandbox
IsReadOnly! boolean - Is Read Only
NamespacePrefix string(15) - Namespace Prefix
TrialExpirationDate datetime - Trial Expiration Date
FiscalYearStartMonth int u Fiscal Year Starts In ; digits=9
PreferencesConsentManagementEnabled! boolean - ConsentManagementEnabled
"""
    + AUDIT
)
_PERMISSION_SET = (
    _ID
    + """
Name! string(80) cu API Name ; name
Label! string(80) cu Label
Description string(255) cu Description
IsOwnedByProfile! boolean - Is Owned By Profile
IsCustom! boolean - Is Custom
HasActivationRequired! boolean cu Has Activation Required
LicenseId string(18) - License ID
ProfileId reference - Profile ID ; to=Profile
"""
    + AUDIT
)
_ASSIGNMENT = (
    _ID
    + """
PermissionSetId! reference c PermissionSet ID ; to=PermissionSet child=Assignments
AssigneeId! reference c Assignee ID ; to=User child=PermissionSetAssignments
SystemModstamp! datetime - Date Assigned ; defaulted
"""
)
_FIELD_PERMISSIONS = (
    _ID
    + """
ParentId! reference c Parent ID ; to=PermissionSet child=FieldPerms
SobjectType! picklist(40) c Sobject Type Name
Field! picklist(255) c Field Name
PermissionsEdit! boolean cu Edit Field
PermissionsRead! boolean cu Read Field
SystemModstamp! datetime - System Modstamp ; defaulted
"""
)
_ENTITY = """
Id! id - Entity Definition ID ; lookup
DurableId string(40) - Durable ID
QualifiedApiName! string(70) - Qualified API Name ; name
DeveloperName string(80) - Developer Name
Label string(80) - Label
PluralLabel string(80) - Plural Label
KeyPrefix string(3) - Key Prefix
IsCustomizable! boolean - Is Customizable
IsQueryable! boolean - Is Queryable
"""
_FIELD = """
Id! id - Field Definition ID ; lookup
DurableId string(80) - Durable ID
EntityDefinitionId reference - Entity Definition ID ; to=EntityDefinition child=Fields
QualifiedApiName! string(70) - Qualified API Name ; name
DeveloperName string(80) - Developer Name
Label string(80) - Label
DataType string(80) - Data Type
Length int - Length ; digits=9
Precision int - Precision ; digits=9
Scale int - Scale ; digits=9
Description textarea(1000) - Description
IsNillable! boolean - Is Nillable
IsIndexed! boolean - Is Indexed
IsCalculated! boolean - Is Calculated
IsFieldHistoryTracked! boolean - Is Field History Tracked
"""
_STATUS = (
    _ID
    + """
MasterLabel string(255) - Master Label ; name
ApiName string(255) - API Name
SortOrder int - Sort Order ; digits=9
IsDefault! boolean - Is Default
IsConverted! boolean - Is Converted
"""
    + AUDIT
)
_STAGE = (
    _ID
    + """
MasterLabel string(255) - Master Label ; name
ApiName string(255) - API Name
IsActive! boolean - Is Active
SortOrder int - Sort Order ; digits=9
IsClosed! boolean - Is Closed
IsWon! boolean - Is Won
ForecastCategoryName picklist(255) - Forecast Category Name
DefaultProbability percent(3,0) - Default Probability
"""
    + AUDIT
)
_AUDIT_TRAIL = (
    _ID
    + """
Action string(80) - Action
Section string(80) - Section
"""
    + CREATED
    + """
Display string(1000) - Display
DelegateUser string(80) - Delegate User
"""
)
_STAGE_HISTORY = (
    _ID
    + """
OpportunityId reference - Opportunity ID ; to=Opportunity child=OpportunityHistories
"""
    + CREATED
    + """
StageName picklist(255) - Stage Name
Amount currency(18,2) - Amount
ExpectedRevenue currency(18,2) - Expected Revenue
CloseDate date - Close Date
Probability percent(3,0) - Probability
ForecastCategory picklist(40) - To ForecastCategory
SystemModstamp! datetime - System Modstamp ; defaulted
IsDeleted! boolean - Deleted
"""
)
_PROFILE = _ID + "Name! string(255) - Name ; name\nUserType picklist(40) - User Type\n" + AUDIT


def _history(name: str, parent: str, prefix: str, child: str) -> ObjectDef:
    label = f"{parent} Field History"
    lines = (
        f"{ID}\n{DELETED}\n{parent}Id! reference - {parent} ID ; to={parent} child={child}\n"
        + CREATED
        + """
Field! picklist(255) - Changed Field
DataType picklist(40) - Datatype
OldValue anyType(255) - Old Value
NewValue anyType(255) - New Value
"""
    )
    return make(name, label, label, prefix, lines, derived=True)


HISTORY_OF: Final[dict[str, str]] = {
    "Lead": "LeadHistory",
    "Contact": "ContactHistory",
    "Opportunity": "OpportunityFieldHistory",
}

SETUP: tuple[ObjectDef, ...] = (
    make("User", "User", "Users", "005", _USER, derived=True),
    make("Profile", "Profile", "Profiles", "00e", _PROFILE, derived=True),
    make("Organization", "Organization", "Organizations", "00D", _ORGANIZATION, derived=True),
    make("PermissionSet", "Permission Set", "Permission Sets", "0PS", _PERMISSION_SET,
         derived=True),
    make("PermissionSetAssignment", "Permission Set Assignment", "Permission Set Assignments",
         "0Pa", _ASSIGNMENT, derived=True),
    make("FieldPermissions", "Field Permissions", "Field Permissions", "01k",
         _FIELD_PERMISSIONS, derived=True),
    make("EntityDefinition", "Entity Definition", "Entity Definitions", "4ie", _ENTITY,
         derived=True),
    make("FieldDefinition", "Field Definition", "Field Definitions", "4if", _FIELD, derived=True),
    make("LeadStatus", "Lead Status Value", "Lead Status Values", "01J", _STATUS, derived=True),
    make("OpportunityStage", "Opportunity Stage", "Opportunity Stages", "01J", _STAGE,
         derived=True),
    make("SetupAuditTrail", "Setup Audit Trail Entry", "Setup Audit Trail Entries", "0Ym",
         _AUDIT_TRAIL, derived=True),
    make("OpportunityHistory", "Opportunity: Stage History", "Opportunity: Stage Histories", "008",
         _STAGE_HISTORY, derived=True),
    _history("LeadHistory", "Lead", "017", "Histories"),
    _history("ContactHistory", "Contact", "017", "Histories"),
    _history("OpportunityFieldHistory", "Opportunity", "017", "Histories"),
)  # fmt: skip

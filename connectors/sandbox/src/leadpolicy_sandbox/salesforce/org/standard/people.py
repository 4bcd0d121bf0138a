"""Leads, contacts and the individuals behind them."""

from __future__ import annotations

from leadpolicy_sandbox.salesforce.org.schema import ObjectDef
from leadpolicy_sandbox.salesforce.org.standard.reading import (
    AUDIT,
    DELETED,
    ID,
    VIEWED,
    address,
    make,
)

_PERSON = """
LastName! string(80) cu Last Name ; extra=personname compound=Name
FirstName string(40) cu First Name ; extra=personname compound=Name
Salutation picklist(40) cu Salutation ; extra=personname compound=Name values=Salutation
Name! string(121) - Full Name ; name extra=personname
"""
_CLEAN = """
Jigsaw string(20) cu Data.com Key
JigsawContactId string(20) - Jigsaw Contact ID ; rel=JigsawContact
CleanStatus picklist(40) cu Clean Status ; values=CleanStatus restricted
"""
_BOUNCE = """
EmailBouncedReason string(255) u Email Bounced Reason
EmailBouncedDate datetime u Email Bounced Date
"""

_LEAD = (
    f"{ID}\n{DELETED}\n"
    + "MasterRecordId reference - Master Record ID ; to=Lead\n"
    + _PERSON
    + """
Title string(128) cu Title
Company! string(255) cu Company
"""
    + address()
    + """
Phone phone(40) cu Phone
MobilePhone phone(40) cu Mobile Phone
Fax phone(40) cu Fax
Email email(80) cu Email ; lookup
Website url(255) cu Website
PhotoUrl url(255) - Photo URL ; extra=imageurl
Description textarea(32000) cu Description ; extra=plaintextarea
LeadSource picklist(255) cu Lead Source ; values=LeadSource
Status! picklist(255) cu Status ; values=LeadStatus
Industry picklist(255) cu Industry ; values=Industry
Rating picklist(255) cu Rating ; values=Rating
AnnualRevenue currency(18,0) cu Annual Revenue
NumberOfEmployees int cu Employees ; digits=8
OwnerId! reference cu Owner ID ; to=Group,User defaulted
HasOptedOutOfEmail! boolean cu Email Opt Out ; fls
IsConverted! boolean c Converted
ConvertedDate date - Converted Date
ConvertedAccountId reference - Converted Account ID ; to=Account prefilter
ConvertedContactId reference - Converted Contact ID ; to=Contact prefilter
ConvertedOpportunityId reference - Converted Opportunity ID ; to=Opportunity prefilter
IsUnreadByOwner! boolean cu Unread By Owner
"""
    + AUDIT
    + "LastActivityDate date - Last Activity\n"
    + VIEWED
    + "HasOptedOutOfFax! boolean cu Fax Opt Out ; fls\nDoNotCall! boolean cu Do Not Call ; fls\n"
    + _CLEAN
    + """
CompanyDunsNumber string(9) cu Company D-U-N-S Number
DandbCompanyId reference cu D&B Company ID ; to=DandBCompany prefilter
"""
    + _BOUNCE
    + "IndividualId reference cu Individual ID ; to=Individual prefilter nofls child=Leads\n"
)

_CONTACT = (
    f"{ID}\n{DELETED}\n"
    + """
MasterRecordId reference - Master Record ID ; to=Contact
AccountId reference cu Account ID ; to=Account prefilter child=Contacts
"""
    + _PERSON
    + address("Other", "Other")
    + address("Mailing", "Mailing")
    + """
Phone phone(40) cu Business Phone
Fax phone(40) cu Business Fax
MobilePhone phone(40) cu Mobile Phone
HomePhone phone(40) cu Home Phone
ReportsToId reference cu Reports To ID ; to=Contact prefilter
Email email(80) cu Email ; lookup
Title string(128) cu Title
Department string(80) cu Department
LeadSource picklist(255) cu Lead Source ; values=LeadSource
Birthdate date cu Birthdate
Description textarea(32000) cu Contact Description ; extra=plaintextarea
OwnerId! reference cu Owner ID ; to=User defaulted
HasOptedOutOfEmail! boolean cu Email Opt Out ; fls
HasOptedOutOfFax! boolean cu Fax Opt Out ; fls
DoNotCall! boolean cu Do Not Call ; fls
"""
    + AUDIT
    + "LastActivityDate date - Last Activity\n"
    + VIEWED
    + _BOUNCE
    + """
IsEmailBounced! boolean - Is Email Bounced
PhotoUrl url(255) - Photo URL ; extra=imageurl
"""
    + _CLEAN
    + "IndividualId reference cu Individual ID ; to=Individual prefilter nofls child=Contacts\n"
)

_INDIVIDUAL = (
    f"{ID}\n{DELETED}\n"
    + "OwnerId! reference cu Owner ID ; to=User defaulted\n"
    + _PERSON
    + """
HasOptedOutTracking! boolean cu Don't Track ; fls
HasOptedOutProfiling! boolean cu Don't Profile ; fls
HasOptedOutProcessing! boolean cu Don't Process ; fls
HasOptedOutSolicit! boolean cu Don't Market ; fls
ShouldForget! boolean cu Forget this Individual ; fls
SendIndividualData! boolean cu Export Individual's Data ; fls
CanStorePiiElsewhere! boolean cu OK to Store PII Data Elsewhere ; fls
HasOptedOutGeoTracking! boolean cu Block Geolocation Tracking ; fls
BirthDate date cu Birth Date
DeathDate date cu Death Date
MasterRecordId reference - Master Record ID ; to=Individual
"""
    + AUDIT
    + VIEWED
)

PEOPLE: tuple[ObjectDef, ...] = (
    make("Lead", "Lead", "Leads", "00Q", _LEAD),
    make("Contact", "Contact", "Contacts", "003", _CONTACT),
    make("Individual", "Individual", "Individuals", "0PK", _INDIVIDUAL),
)

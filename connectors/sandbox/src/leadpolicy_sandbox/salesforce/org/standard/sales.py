"""Accounts, opportunities, campaigns and tasks."""

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

_HEAD = f"{ID}\n{DELETED}\n"
_OWNER = "OwnerId! reference cu Owner ID ; to=User defaulted\n"

_ACCOUNT = (
    _HEAD
    + """
MasterRecordId reference - Master Record ID ; to=Account
Name! string(255) cu Account Name ; name
Type picklist(255) cu Account Type ; values=AccountType
ParentId reference cu Parent Account ID ; to=Account prefilter child=ChildAccounts
"""
    + address("Billing", "Billing")
    + address("Shipping", "Shipping")
    + """
Phone phone(40) cu Account Phone
Fax phone(40) cu Account Fax
AccountNumber string(40) cu Account Number
Website url(255) cu Website
PhotoUrl url(255) - Photo URL ; extra=imageurl
Sic string(20) cu SIC Code
Industry picklist(255) cu Industry ; values=Industry
AnnualRevenue currency(18,0) cu Annual Revenue
NumberOfEmployees int cu Employees ; digits=8
Ownership picklist(255) cu Ownership ; values=Ownership
Description textarea(32000) cu Account Description ; extra=plaintextarea
Rating picklist(255) cu Account Rating ; values=Rating
Site string(80) cu Account Site
"""
    + _OWNER
    + AUDIT
    + "LastActivityDate date - Last Activity\n"
    + VIEWED
    + "AccountSource picklist(255) cu Account Source ; values=LeadSource\n"
)

_OPPORTUNITY = (
    _HEAD
    + """
AccountId reference cu Account ID ; to=Account prefilter child=Opportunities
Name! string(120) cu Name ; name
Description textarea(32000) cu Description ; extra=plaintextarea
StageName! picklist(255) cu Stage ; values=OpportunityStage
Amount currency(18,2) cu Amount
Probability percent(3,0) cu Probability (%)
ExpectedRevenue currency(18,2) - Expected Amount
CloseDate! date cu Close Date
Type picklist(255) cu Opportunity Type ; values=OpportunityType
NextStep string(255) cu Next Step
LeadSource picklist(255) cu Lead Source ; values=LeadSource
IsClosed! boolean - Closed
IsWon! boolean - Won
ForecastCategory picklist(40) - Forecast Category ; values=ForecastCategory restricted
ForecastCategoryName picklist(255) cu Forecast Category ; values=ForecastCategoryName
CampaignId reference cu Campaign ID ; to=Campaign prefilter child=Opportunities
"""
    + _OWNER
    + AUDIT
    + """
LastActivityDate date - Last Activity
LastStageChangeDate datetime - Last Stage Change Date
FiscalQuarter int - Fiscal Quarter ; digits=9
FiscalYear int - Fiscal Year ; digits=9
ContactId reference c Contact ID ; to=Contact child=Opportunities
"""
    + VIEWED
)

_CAMPAIGN = (
    _HEAD
    + """
Name! string(80) cu Name ; name
ParentId reference cu Parent Campaign ID ; to=Campaign prefilter child=ChildCampaigns
Type picklist(255) cu Type ; values=CampaignType
Status picklist(255) cu Status ; values=CampaignStatus
StartDate date cu Start Date
EndDate date cu End Date
IsActive! boolean cu Active ; fls
Description textarea(32000) cu Description ; extra=plaintextarea
"""
    + _OWNER
    + AUDIT
)

_MEMBER = (
    _HEAD
    + """
CampaignId! reference c Campaign ID ; to=Campaign prefilter child=CampaignMembers
LeadId reference c Lead ID ; to=Lead prefilter child=CampaignMembers
ContactId reference c Contact ID ; to=Contact prefilter child=CampaignMembers
Status picklist(40) cu Status ; values=CampaignMemberStatus
HasResponded! boolean - Responded
FirstRespondedDate date - First Responded Date
"""
    + AUDIT
)

_TASK = (
    _HEAD
    + """
WhoId reference cu Name ID ; to=Contact,Lead child=Tasks
WhatId reference cu Related To ID ; to=Account,Campaign,Opportunity child=Tasks
Subject string(255) cu Subject
ActivityDate date cu Due Date Only
Status! picklist(255) cu Status ; values=TaskStatus
Priority! picklist(255) cu Priority ; values=TaskPriority
OwnerId! reference cu Assigned To ID ; to=Group,User defaulted
Description textarea(32000) cu Description ; extra=plaintextarea
IsClosed! boolean - Closed
CompletedDateTime datetime - Completed Date
"""
    + AUDIT
)

SALES: tuple[ObjectDef, ...] = (
    make("Account", "Account", "Accounts", "001", _ACCOUNT),
    make("Opportunity", "Opportunity", "Opportunities", "006", _OPPORTUNITY),
    make("Campaign", "Campaign", "Campaigns", "701", _CAMPAIGN),
    make("CampaignMember", "Campaign Member", "Campaign Members", "00v", _MEMBER,
         undeletable=False),
    make("Task", "Task", "Tasks", "00T", _TASK),
)  # fmt: skip

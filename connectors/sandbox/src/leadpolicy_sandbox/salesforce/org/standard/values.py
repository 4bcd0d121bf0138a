"""The values that standard picklists have in a new org; marks follow a bar."""

from __future__ import annotations

from typing import Final

VALUES: Final[dict[str, tuple[str, ...]]] = {
    "Salutation": ("Mr.", "Ms.", "Mrs.", "Dr.", "Prof.", "Mx."),
    "LeadStatus": (
        "Open - Not Contacted|default",
        "Working - Contacted",
        "Closed - Converted|converted",
        "Closed - Not Converted",
    ),
    "LeadSource": ("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other"),
    "Rating": ("Hot", "Warm", "Cold"),
    "Industry": (
        "Agriculture", "Apparel", "Banking", "Biotechnology", "Chemicals", "Communications",
        "Construction", "Consulting", "Education", "Electronics", "Energy", "Engineering",
        "Entertainment", "Environmental", "Finance", "Food & Beverage", "Government",
        "Healthcare", "Hospitality", "Insurance", "Machinery", "Manufacturing", "Media",
        "Not For Profit", "Recreation", "Retail", "Shipping", "Technology",
        "Telecommunications", "Transportation", "Utilities", "Other",
    ),
    "Geocode": (
        "Address", "NearAddress", "Block", "Street", "ExtendedZip", "Zip", "Neighborhood",
        "City", "County", "State", "Unknown",
    ),
    "CleanStatus": (
        "Matched=In Sync", "Different", "Acknowledged=Reviewed", "NotFound=Not Found", "Inactive",
        "Pending=Not Compared", "SelectMatch=Select Match", "Skipped",
    ),
    "AccountType": (
        "Prospect", "Customer - Direct", "Customer - Channel",
        "Channel Partner / Reseller", "Installation Partner", "Technology Partner", "Other",
    ),
    "Ownership": ("Public", "Private", "Subsidiary", "Other"),
    "OpportunityType": (
        "Existing Customer - Upgrade", "Existing Customer - Replacement",
        "Existing Customer - Downgrade", "New Customer",
    ),
    "OpportunityStage": (
        "Prospecting|p=10 f=Pipeline", "Qualification|p=10 f=Pipeline",
        "Needs Analysis|p=20 f=Pipeline", "Value Proposition|p=50 f=Pipeline",
        "Id. Decision Makers|p=60 f=Pipeline", "Perception Analysis|p=70 f=Pipeline",
        "Proposal/Price Quote|p=75 f=Pipeline", "Negotiation/Review|p=90 f=Pipeline",
        "Closed Won|p=100 f=Closed won", "Closed Lost|p=0 f=Omitted closed",
    ),
    "ForecastCategory": ("Omitted", "Pipeline", "BestCase=Best Case", "Forecast=Commit", "Closed"),
    "ForecastCategoryName": ("Omitted", "Pipeline", "Best Case", "Commit", "Closed"),
    "CampaignType": (
        "Conference", "Webinar", "Trade Show", "Public Relations", "Partners",
        "Referral Program", "Advertisement", "Banner Ads", "Direct Mail", "Email",
        "Telemarketing", "Other",
    ),
    "CampaignStatus": ("Planned|default", "In Progress", "Completed", "Aborted"),
    "CampaignMemberStatus": ("Sent|default", "Responded"),
    "TaskStatus": (
        "Not Started|default", "In Progress", "Completed|closed", "Waiting on someone else",
        "Deferred",
    ),
    "TaskPriority": ("High", "Normal|default", "Low"),
    "PrivacyConsentStatus": ("NotSeen|default", "Seen", "OptIn", "OptOut"),
    "ContactPointType": ("Email", "Phone", "MailingAddress", "Social", "Web"),
}  # fmt: skip

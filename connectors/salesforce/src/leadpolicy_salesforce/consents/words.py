"""What Salesforce calls consents, and what a policy calls them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

TYPE_CONSENT: Final = "ContactPointTypeConsent"
PURPOSE: Final = "DataUsePurpose"
LEAD_FLAG: Final = "HasOptedOutOfEmail"
PERSON: Final = ("IndividualId", "ConvertedContact.IndividualId")
"""The paths from a lead to its person: its own, and that of the contact it became."""
FORGET: Final = "ShouldForget"
REFUSALS: Final = ("HasOptedOutSolicit", "HasOptedOutProcessing")
"""Flags of a person, each of which refuses e-mail."""
FLAGS: Final = (*REFUSALS, FORGET)
CONSENT_FIELDS: Final = (
    "PartyId",
    "ContactPointType",
    "PrivacyConsentStatus",
    "DataUsePurposeId",
    "DataUsePurpose.Name",
    "CaptureDate",
    "CaptureSource",
    "EffectiveFrom",
    "EffectiveTo",
    "DoubleConsentCaptureDate",
    "CreatedDate",
)
CHANNELS: Final[Mapping[str, str]] = {
    "Email": "email",
    "Phone": "phone",
    "MailingAddress": "post",
    "Web": "web",
}
TYPES: Final[Mapping[str, str]] = {channel: name for name, channel in CHANNELS.items()}
OPT_IN: Final = "OptIn"
OPT_OUT: Final = "OptOut"

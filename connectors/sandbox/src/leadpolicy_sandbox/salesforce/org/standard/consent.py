"""What an org keeps about consent: purposes, lawful bases and consents by kind of contact point."""

from __future__ import annotations

from leadpolicy_sandbox.salesforce.org.schema import ObjectDef
from leadpolicy_sandbox.salesforce.org.standard.reading import AUDIT, DELETED, ID, VIEWED, make

_HEAD = f"{ID}\n{DELETED}\nOwnerId! reference cu Owner ID ; to=Group,User defaulted\n"
_NAME = "Name! string(255) cu Name ; name lookup\n"

_CONSENT = (
    _HEAD
    + _NAME
    + AUDIT
    + VIEWED
    + """
PartyId! reference cu Individual ID ; \
to=Individual rel=Party prefilter child=ContactPointTypeConsents
DataUsePurposeId reference cu Data Use Purpose ID ; \
to=DataUsePurpose prefilter child=ContactPointTypeConsents
ContactPointType! picklist(255) cu Contact Point Type ; \
values=ContactPointType restricted
PrivacyConsentStatus! picklist(255) cu Privacy Consent Status ; \
values=PrivacyConsentStatus restricted
EffectiveFrom datetime cu Effective From
EffectiveTo datetime cu Effective To
CaptureDate! datetime cu Consent Captured Date
CaptureContactPointType! picklist(255) cu Consent Captured Contact Point Type ; \
values=ContactPointType restricted
CaptureSource! string(255) cu Consent Captured Source
DoubleConsentCaptureDate datetime cu Double Consent Capture Date
"""
)
_PURPOSE = (
    _HEAD
    + _NAME
    + AUDIT
    + VIEWED
    + """
LegalBasisId reference cu Data Use Legal Basis ID ; \
to=DataUseLegalBasis prefilter child=DataUsePurposes
Description string(255) cu Description
CanDataSubjectOptOut! boolean cu Can Data Subject Opt Out ; fls
"""
)
_BASIS = (
    _HEAD
    + _NAME
    + AUDIT
    + VIEWED
    + """
Source string(255) cu Source
Description string(255) cu Description
"""
)

CONSENT: tuple[ObjectDef, ...] = (
    make("ContactPointTypeConsent", "Contact Point Type Consent", "Contact Point Type Consents",
         "0ZY", _CONSENT),
    make("DataUsePurpose", "Data Use Purpose", "Data Use Purposes", "0ZW", _PURPOSE),
    make("DataUseLegalBasis", "Data Use Legal Basis", "Data Use Legal Bases", "0ZT", _BASIS),
)  # fmt: skip

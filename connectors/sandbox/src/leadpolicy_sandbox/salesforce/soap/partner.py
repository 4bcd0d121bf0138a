"""The operations of the Partner API without a twin in REST: login, conversion, merge, bin."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lxml import etree

from leadpolicy_sandbox.salesforce.org import Org
from leadpolicy_sandbox.salesforce.org.results import (
    ConvertResult,
    LeadConvert,
    MergeResult,
    OrgError,
    SaveError,
    SaveResult,
)
from leadpolicy_sandbox.salesforce.org.schema import User
from leadpolicy_sandbox.salesforce.soap.envelope import (
    Content,
    Envelope,
    SoapError,
    child,
    child_text,
    children,
    is_true,
    local,
)

LAST_LOGIN_VERSION = 64.0
"""The last version of the API that has `login`."""

MOST = 200
"""Merges and records that one call takes; `convertLead` takes 100."""

MOST_CONVERSIONS = 100

Operation = Callable[[Org, User, Envelope], Content]


def call(org: Org, user: User, asked: Envelope) -> Content:
    """Answer an operation of somebody logged in; raises SoapError."""
    operation = OPERATIONS.get(asked.operation)
    if operation is None:
        raise SoapError("soapenv:Client", f"No operation available for request {asked.body.tag}")
    try:
        return operation(org, user, asked)
    except OrgError as refused:
        raise SoapError(refused.code, refused.message, "UnexpectedErrorFault") from None


def login_result(org: Org, user: User, session: str, host: str, version: str) -> Content:
    """The LoginResult of a session that began at a version of the API."""
    return {
        "metadataServerUrl": f"{host}/services/Soap/m/{version}/{_organization(org)}",
        "passwordExpired": False,
        "sandbox": False,
        "serverUrl": f"{host}/services/Soap/u/{version}/{_organization(org)}",
        "sessionId": session,
        "userId": user.id,
        "userInfo": user_info(org, user),
    }


def refuse_version(version: str) -> None:
    """Refuse a login by a version of the API that has none; raises SoapError."""
    if float(version) > LAST_LOGIN_VERSION:
        raise SoapError(
            "UNSUPPORTED_API_VERSION",
            "SOAP API login() is not available in API version 65.0 and later",
            "UnexpectedErrorFault",
        )


def user_info(org: Org, user: User) -> Content:
    """The GetUserInfoResult of a user."""
    return {
        "accessibilityMode": False,
        "chatterExternal": False,
        "currencySymbol": "€",
        "orgAttachmentFileSizeLimit": 5242880,
        "orgDefaultCurrencyIsoCode": "EUR",
        "orgDefaultCurrencyLocale": "de_DE",
        "orgDisallowHtmlAttachments": False,
        "orgHasPersonAccounts": False,
        "organizationId": _organization(org),
        "organizationMultiCurrency": False,
        "organizationName": "Practice org",
        "profileId": org.state.derived_id("Profile", _profile(user)),
        "roleId": None,
        "sessionSecondsValid": 7200,
        "userDefaultCurrencyIsoCode": None,
        "userEmail": user.username,
        "userFullName": user.name,
        "userId": user.id,
        "userLanguage": "de",
        "userLocale": "de_DE",
        "userName": user.username,
        "userTimeZone": str(org.state.zone),
        "userType": "Standard",
        "userUiSkin": "Theme3",
    }


def _profile(user: User) -> str:
    return "System Administrator" if user.admin else "Standard User"


def _organization(org: Org) -> str:
    return org.state.derived_id("Organization", "")


def _user_info(org: Org, user: User, asked: Envelope) -> Content:
    return user_info(org, user)


def _convert(org: Org, user: User, asked: Envelope) -> Content:
    given = children(asked.body, "leadConverts")
    _at_most(MOST_CONVERSIONS, len(given))
    return [_converted(org.convert(user, _lead_convert(each))) for each in given]


def _lead_convert(given: etree._Element) -> LeadConvert:
    def text(name: str) -> str | None:
        return child_text(given, name) or None

    return LeadConvert(
        lead_id=text("leadId") or "",
        converted_status=text("convertedStatus") or "",
        account_id=text("accountId"),
        contact_id=text("contactId"),
        opportunity_id=text("opportunityId"),
        owner_id=text("ownerId"),
        opportunity_name=text("opportunityName"),
        do_not_create_opportunity=is_true(text("doNotCreateOpportunity")),
        overwrite_lead_source=is_true(text("overwriteLeadSource")),
    )


def _converted(result: ConvertResult) -> Content:
    return {
        "accountId": result.account_id,
        "contactId": result.contact_id,
        "errors": _errors(result.errors),
        "leadId": result.lead_id,
        "opportunityId": result.opportunity_id,
        "relatedPersonAccountId": None,
        "success": result.success,
    }


def _errors(errors: Iterable[SaveError]) -> list[Content]:
    return [
        {"fields": list(error.fields), "message": error.message, "statusCode": error.code}
        for error in errors
    ]


def _merge(org: Org, user: User, asked: Envelope) -> Content:
    requests = children(asked.body, "request")
    _at_most(MOST, len(requests))
    return [_merge_one(org, user, request) for request in requests]


def _merge_one(org: Org, user: User, request: etree._Element) -> Content:
    master = child(request, "masterRecord")
    if master is None:
        raise SoapError("soapenv:Client", "Required field is missing: masterRecord")
    losers = [(each.text or "").strip() for each in children(request, "recordToMergeIds")]
    values: dict[str, object] = {
        local(part): part.text for part in children(master) if local(part) not in ("type", "Id")
    }
    object_name, id = child_text(master, "type") or "", child_text(master, "Id") or ""
    return _merged(org.merge(user, object_name, id, losers, values))


def _merged(result: MergeResult) -> Content:
    return {
        "errors": _errors(result.errors),
        "id": result.id,
        "mergedRecordIds": list(result.merged),
        "success": result.success,
        "updatedRelatedIds": list(result.updated_related),
    }


def _undelete(org: Org, user: User, asked: Envelope) -> Content:
    ids = asked.texts("ids")
    _at_most(MOST, len(ids))
    return [_saved(org.undelete(user, id)) for id in ids]


def _empty_bin(org: Org, user: User, asked: Envelope) -> Content:
    ids = asked.texts("ids")
    _at_most(MOST, len(ids))
    return [_saved(result) for result in org.empty_bin(user, ids)]


def _saved(result: SaveResult) -> Content:
    return {"errors": _errors(result.errors), "id": result.id, "success": result.success}


def _at_most(limit: int, count: int) -> None:
    if count > limit:
        problem = f"record limit reached. cannot submit more than {limit} records into this call"
        raise SoapError("EXCEEDED_ID_LIMIT", problem, "InvalidIdFault")


OPERATIONS: dict[str, Operation] = {
    "getUserInfo": _user_info,
    "convertLead": _convert,
    "merge": _merge,
    "undelete": _undelete,
    "emptyRecycleBin": _empty_bin,
}

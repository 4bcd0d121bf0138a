"""Where the SOAP APIs are found, and what every request of theirs has in common."""

from __future__ import annotations

from collections.abc import Callable

from werkzeug import Request, Response

from leadpolicy_sandbox.salesforce.org import Org
from leadpolicy_sandbox.salesforce.org.results import OrgError
from leadpolicy_sandbox.salesforce.org.schema import User
from leadpolicy_sandbox.salesforce.site import Route, Site
from leadpolicy_sandbox.salesforce.soap import partner
from leadpolicy_sandbox.salesforce.soap.deploys import Deploys
from leadpolicy_sandbox.salesforce.soap.envelope import (
    METADATA,
    PARTNER,
    Content,
    Envelope,
    SoapError,
    answer,
    fault,
    read_envelope,
)
from leadpolicy_sandbox.salesforce.soap.metadata import MetadataApi

XML = "text/xml;charset=UTF-8"
OLDEST = 31.0
"""The oldest version of the API that is served; older ones were retired in Summer '25."""

_PLACE = "metadata api"


def metadata_of(org: Org) -> MetadataApi:
    """The Metadata API of an org; `metadata_of(org).deploys.polls` sets how long deploys take."""
    found = org.state.settings.get(_PLACE)
    api = found if isinstance(found, MetadataApi) else MetadataApi(org, Deploys(org))
    org.state.settings[_PLACE] = api
    return api


def metadata(site: Site, request: Request, user: User | None, args: dict[str, str]) -> Response:
    """Answer a request to the Metadata API."""

    def work(asked: Envelope) -> Content:
        return metadata_of(site.org).call(_caller(site, asked), asked)

    return _answered(site, request, args["version"], METADATA, work)


def partners(site: Site, request: Request, user: User | None, args: dict[str, str]) -> Response:
    """Answer a request to the Partner API."""

    def work(asked: Envelope) -> Content:
        if asked.operation == "login":
            return _login(site, request, args["version"], asked)
        return partner.call(site.org, _caller(site, asked), asked)

    return _answered(site, request, args["version"], PARTNER, work)


def _answered(
    site: Site,
    request: Request,
    version: str,
    namespace: str,
    work: Callable[[Envelope], Content],
) -> Response:
    try:
        asked = read_envelope(request.get_data())
        _check_version(version)
        result = work(asked)
    except SoapError as problem:
        return Response(fault(problem, namespace), 500, content_type=XML)
    counted = namespace == PARTNER and asked.operation != "login"
    headers = {"LimitInfoHeader": _limits(site)} if counted else None
    return Response(answer(namespace, asked.operation, result, headers), 200, content_type=XML)


def _check_version(version: str) -> None:
    try:
        served = float(version) >= OLDEST
    except ValueError:
        served = False
    if not served:
        raise SoapError("UNSUPPORTED_API_VERSION", "Invalid Api version specified on URL")


def _caller(site: Site, asked: Envelope) -> User:
    """Who asks; the call counts against the daily limit like one of the REST API."""
    known = bool(asked.session) and site.trouble.denied != "login"
    user = site.org.user_of(asked.session or "") if known else None
    if user is None:
        raise SoapError(
            "INVALID_SESSION_ID",
            "Invalid Session ID found in SessionHeader: Illegal Session. Session not found",
            "UnexpectedErrorFault" if asked.namespace == PARTNER else None,
        )
    if site.trouble.denied == "access":
        raise SoapError(
            "API_DISABLED_FOR_ORG", "API is not enabled for this Organization or Partner"
        )
    if not site.usage.take():
        raise SoapError("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
    return user


def _login(site: Site, request: Request, version: str, asked: Envelope) -> Content:
    partner.refuse_version(version)
    refused = SoapError(
        "INVALID_LOGIN",
        "Invalid username, password, security token; or user locked out.",
        "LoginFault",
    )
    if site.trouble.denied or not site.access.fits(asked.text("password") or ""):
        raise refused
    try:
        session = site.org.login(asked.text("username") or "")
    except OrgError:
        raise refused from None
    user = site.org.users[asked.text("username") or ""]
    return partner.login_result(site.org, user, session, request.host_url.rstrip("/"), version)


def _limits(site: Site) -> Content:
    current, limit = site.usage.used, site.usage.limit
    return {"limitInfo": {"current": current, "limit": limit, "type": "API REQUESTS"}}


ROUTES: tuple[Route, ...] = tuple(
    Route(("POST",), pattern, endpoint, auth="none", metered=False)
    for api, endpoint in (("m", metadata), ("u", partners))
    for pattern in (
        f"/services/Soap/{api}/<version>",
        f"/services/Soap/{api}/<version>/",
        f"/services/Soap/{api}/<version>/<path:rest>",
    )
)

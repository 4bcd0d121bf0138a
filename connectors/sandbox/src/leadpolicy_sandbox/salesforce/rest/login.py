"""Log-in by OAuth, and who is logged in."""

from __future__ import annotations

import base64
import time

from werkzeug import Request, Response

from leadpolicy_sandbox.salesforce.org.schema import User
from leadpolicy_sandbox.salesforce.rest.answers import answered
from leadpolicy_sandbox.salesforce.service.access import LoginError
from leadpolicy_sandbox.salesforce.site import Route, Site, signed_in


def token(site: Site, request: Request, _user: User | None, _given: dict[str, str]) -> Response:
    """Hand out a session, or say why not."""
    try:
        if site.trouble.denied == "login":
            raise LoginError("invalid_grant", "inactive user")
        authorization = request.headers.get("Authorization", "")
        username = site.access.username(request.form, authorization)
        is_password = request.form.get("grant_type") == "password"
        session = _session(site, username, is_password=is_password)
    except LoginError as error:
        return answered({"error": error.code, "error_description": error.description}, 400)
    found = site.org.users[username]
    place = request.host_url.rstrip("/")
    return answered(
        {
            "access_token": session,
            "signature": base64.b64encode(found.id.encode()).decode(),
            "scope": "api",
            "instance_url": place,
            "id": f"{place}/id/{site.org.id}/{found.id}",
            "token_type": "Bearer",
            "issued_at": str(int(time.time() * 1000)),
        }
    )


def _session(site: Site, username: str, *, is_password: bool) -> str:
    user = site.org.users.get(username)
    if user is None:
        unknown = "authentication failure" if is_password else "user hasn't approved this consumer"
        raise LoginError("invalid_grant", unknown)
    if not user.active:
        raise LoginError("invalid_grant", "inactive user")
    return site.org.login(username)


def userinfo(site: Site, request: Request, user: User | None, _given: dict[str, str]) -> Response:
    """Say who is logged in."""
    user = signed_in(user)
    place = request.host_url.rstrip("/")
    return answered(
        {
            "sub": f"{place}/id/{site.org.id}/{user.id}",
            "user_id": user.id,
            "organization_id": site.org.id,
            "preferred_username": user.username,
            "name": user.name,
            "email": user.username,
            "active": user.active,
        }
    )


ROUTES = (
    Route(("POST",), "/services/oauth2/token", token, auth="none", metered=False),
    Route(("GET",), "/services/oauth2/userinfo", userinfo, metered=False),
    Route(("GET",), "/id/<org>/<id>", userinfo, metered=False),
)

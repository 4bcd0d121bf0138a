"""From a request to its answer: the route, the session, the daily limit, and the log."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Final, cast

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule

from leadpolicy.testing.lab.faults import Operation
from leadpolicy_sandbox.salesforce.org.results import OrgError
from leadpolicy_sandbox.salesforce.org.schema import User
from leadpolicy_sandbox.salesforce.rest.answers import refusal
from leadpolicy_sandbox.salesforce.rest.describing import LAST, is_served
from leadpolicy_sandbox.salesforce.rest.purposes import composite_reads, operation
from leadpolicy_sandbox.salesforce.rest.routes import ROUTES
from leadpolicy_sandbox.salesforce.site import Call, Route, Site
from leadpolicy_sandbox.salesforce.soap.purposes import looks_only

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LONGEST: Final = 16_384
"""The most bytes of an address, and of an address and its headers."""

_WRITES: Final = frozenset({Operation.WRITE, Operation.DEPLOY})
_EXPIRED: Final = OrgError(401, "INVALID_SESSION_ID", "Session expired or invalid")
_SPENT: Final = OrgError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
_SHUT: Final = OrgError(
    403, "API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization."
)
_NOWHERE: Final = OrgError(404, "NOT_FOUND", "The requested resource does not exist")


class App:
    """Answers requests to one site, by the routes of the REST API and those that are added."""

    def __init__(self, site: Site, more: tuple[Route, ...] = ()) -> None:
        self.site = site
        site.inner = self.inner
        self._map = _map((*ROUTES, *more))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request of WSGI."""
        request = Request(environ)
        response = self.handle(request)
        return response(environ, start_response)

    def handle(self, request: Request) -> Response:
        """Answer a request and note it in the log."""
        method, body = request.method, request.get_data()
        kind = operation(method, request.full_path, dict(request.headers), body)
        writes = kind in _WRITES and not looks_only(method, request.path, body)
        writes = writes and not composite_reads(request.path, body)
        with self.site.lock:
            response = self._answer(request)
            self.site.log.append(
                Call(method, request.path, response.status_code, kind or "", writes)
            )
        return response

    def _answer(self, request: Request) -> Response:
        too_long = _refuse_length(request)
        if too_long is not None:
            return too_long
        try:
            route, given = self._route(request)
            user = self._admitted(request, route)
            response = route.endpoint(self.site, request, user, given)
        except OrgError as error:
            response = refusal(error)
        else:
            if not route.metered:
                return response
        response.headers["Sforce-Limit-Info"] = self.site.usage.header
        return response

    def inner(self, request: Request, user: User) -> Response:
        """Answer a request that stands within another, whose session and bill it shares."""
        try:
            route, given = self._route(request)
            return route.endpoint(self.site, request, user, given)
        except OrgError as error:
            return refusal(error)

    def _route(self, request: Request) -> tuple[Route, dict[str, str]]:
        adapter = self._map.bind_to_environ(request.environ)
        try:
            route, given = adapter.match()
        except MethodNotAllowed:
            method = request.method
            message = f"HTTP Method '{method}' not allowed. Allowed are {_allowed(adapter)}"
            raise OrgError(405, "METHOD_NOT_ALLOWED", message) from None
        except NotFound:
            raise _NOWHERE from None
        except HTTPException as error:
            raise OrgError(error.code or 400, "NOT_FOUND", str(error)) from None
        is_rest = request.path.startswith("/services/data/")
        if is_rest and not is_served(given.get("version", f"{LAST}.0")):
            raise _NOWHERE
        return cast(Route, route), dict(given)

    def _admitted(self, request: Request, route: Route) -> User | None:
        """Return who asks; raises `OrgError` for a session that has ended and for a spent day."""
        user = None
        if route.auth == "bearer":
            user = self._user(request)
            if self.site.trouble.denied == "access":
                raise _SHUT
        if route.metered and not self.site.usage.take():
            raise _SPENT
        return user

    def _user(self, request: Request) -> User:
        scheme, _, session = request.headers.get("Authorization", "").partition(" ")
        known = scheme.lower() in {"bearer", "oauth"} and self.site.trouble.denied != "login"
        user = self.site.org.user_of(session.strip()) if known else None
        if user is None:
            raise _EXPIRED
        return user


@cache
def _map(routes: tuple[Route, ...]) -> Map:
    rules = [Rule(one.pattern, methods=one.methods, endpoint=one) for one in routes]
    return Map(rules, strict_slashes=False, merge_slashes=False)


def _allowed(adapter: object) -> str:
    methods = getattr(adapter, "allowed_methods", lambda: ())()
    return ",".join(sorted(methods))


def _refuse_length(request: Request) -> Response | None:
    """Return the refusal of an address that is too long, by itself or with its headers."""
    address = str(request.environ.get("REQUEST_URI") or request.full_path)
    if len(address) > LONGEST:
        return Response("URI Too Long", 414, content_type="text/html")
    headers = sum(len(name) + len(value) + 4 for name, value in request.headers.items())
    if len(address) + headers > LONGEST:
        return Response("Request Header Fields Too Large", 431, content_type="text/html")
    return None

"""Log-in by OAuth: which apps and users there are, and who gets a session for what."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import jwt

if TYPE_CHECKING:
    from jwt.types import Options

BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
CONSUMER_KEY: Final = "sandbox-consumer-key"
CONSUMER_SECRET: Final = "sandbox-consumer-secret"  # noqa: S105
PASSWORD: Final = "sandbox-password"  # noqa: S105
_LONGEST: Final = 300


class LoginError(Exception):
    """A login is refused; `code` is the `error` of OAuth."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code
        self.description = description


@dataclass(slots=True)
class Access:
    """What lets somebody in.

    `apps` has the secret of each consumer key, `run_as` the user of the client credentials flow.
    With a `public_key` assertions must be signed with the private key that belongs to it; without
    one every well-formed assertion is believed. All users share a `password`, which a security
    token may follow.
    """

    apps: dict[str, str] = field(default_factory=lambda: {CONSUMER_KEY: CONSUMER_SECRET})
    run_as: str = "leadpolicy@sandbox.test"
    public_key: str | bytes | None = None
    password: str = PASSWORD

    def username(self, form: Mapping[str, str], authorization: str) -> str:
        """Return who a token is asked for; raises `LoginError`."""
        match form.get("grant_type"):
            case "client_credentials":
                self._check_app(*_client(form, authorization))
                return self.run_as
            case "password":
                self._check_app(*_client(form, authorization))
                return self._by_password(form)
            case grant if grant == BEARER:
                return self._by_assertion(form.get("assertion", ""))
        raise LoginError("unsupported_grant_type", "grant type not supported")

    def fits(self, password: str) -> bool:
        """Tell whether a password is right, with a security token behind it or without."""
        return bool(self.password) and password.startswith(self.password)

    def _check_app(self, key: str, secret: str) -> None:
        if key not in self.apps:
            raise LoginError("invalid_client_id", "client identifier invalid")
        if self.apps[key] != secret:
            raise LoginError("invalid_client", "invalid client credentials")

    def _by_password(self, form: Mapping[str, str]) -> str:
        if not self.fits(form.get("password", "")):
            raise LoginError("invalid_grant", "authentication failure")
        return form.get("username", "")

    def _by_assertion(self, assertion: str) -> str:
        claims = self._claims(assertion)
        if not isinstance(claims.get("iss"), str) or claims["iss"] not in self.apps:
            raise LoginError("invalid_client_id", "client identifier invalid")
        try:
            left = float(claims["exp"]) - time.time()
        except (KeyError, TypeError, ValueError):
            raise LoginError("invalid_grant", "invalid assertion") from None
        if not 0 < left <= _LONGEST:
            raise LoginError("invalid_grant", "expired authorization code")
        return str(claims.get("sub", ""))

    def _claims(self, assertion: str) -> dict[str, Any]:
        """Return what an assertion says; times in it may be text, as some clients write them."""
        options: Options = {
            "verify_exp": False,
            "verify_aud": False,
            "verify_iat": False,
            "verify_sub": False,
            "verify_signature": self.public_key is not None,
        }
        try:
            claims = jwt.decode(
                assertion,
                self.public_key or "",
                algorithms=["RS256"],
                options=options,
            )
        except jwt.InvalidTokenError:
            raise LoginError("invalid_grant", "invalid assertion") from None
        return claims


def _client(form: Mapping[str, str], authorization: str) -> tuple[str, str]:
    """Return the key and the secret of the app, from the header or the form."""
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        key, _, secret = base64.b64decode(given, validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return key, secret

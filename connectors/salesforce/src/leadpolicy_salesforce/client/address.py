"""From what a person types as an address to the one host that every call goes to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from leadpolicy.crm.connector import AddressError
from leadpolicy.diagnostics import did_you_mean

_FORM: Final = "write `https://mydomain.my.salesforce.com`"
_NAME: Final = re.compile(r"[\w-]+", re.ASCII)
_SALESFORCE: Final = ".salesforce.com"


@dataclass(frozen=True, slots=True)
class Address:
    """The host of an org, with its port where it has one; `environment` is the name it goes by."""

    host: str
    plain: bool = False
    environment: str = ""

    @property
    def url(self) -> str:
        """The address that calls go to."""
        return f"{'http' if self.plain else 'https'}://{self.host}"

    @property
    def domain(self) -> str:
        """The host without `.salesforce.com`, as the client of Salesforce wants it for a login.

        What it makes of this is only looked at for its path; calls go to `url` anyway.

        >>> Address("acme.my.salesforce.com").domain
        'acme.my'
        """
        own = self.host.removesuffix(_SALESFORCE)
        return own if own != self.host else "elsewhere.my"

    @property
    def audience(self) -> str:
        """Who a signed login is for: `login`, or `test` for the sandboxes of Salesforce."""
        is_test = ".sandbox." in self.host or self.host.startswith("test.")
        return "test" if is_test else "login"


def read_address(text: str, environments: Mapping[str, str]) -> Address:
    """Return the address of a URL, or of the environment that is called so; raises `AddressError`.

    Plain HTTP is for this machine alone, where a practice CRM runs.

    >>> read_address("dev", {"dev": "https://acme--dev.sandbox.my.salesforce.com"}).audience
    'test'
    """
    if "://" in text:
        return _address(text, "")
    if text in environments:
        return _address(environments[text], text)
    if _NAME.fullmatch(text):
        known = did_you_mean(text, environments) or "name it in `options.environments`"
        raise AddressError(f"the binding has no environment `{text}`", known)
    return _address(f"https://{text}", "")


def _address(url: str, environment: str) -> Address:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise AddressError("the address of the org cannot be read", _FORM) from None
    if parts.scheme not in {"http", "https"} or not host:
        raise AddressError("the address of the org is not complete", _FORM)
    if parts.username or parts.password:
        raise AddressError("the address of the org holds a login", f"leave it out: {_FORM}")
    if parts.path.strip("/") or parts.query:
        raise AddressError("the address of the org has a path", _FORM)
    if host.endswith(".lightning.force.com"):
        own = host.removesuffix(".lightning.force.com")
        raise AddressError("this address has no API", f"write `https://{own}.my.salesforce.com`")
    if parts.scheme == "http" and not _is_loopback(host):
        raise AddressError(f"`{host}` is not on this machine, so it needs https", _FORM)
    shown = f"[{host}]" if ":" in host else host
    return Address(f"{shown}:{port}" if port else shown, parts.scheme == "http", environment)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False

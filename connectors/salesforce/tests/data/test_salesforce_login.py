"""Every way to log in, sessions that end, and secrets that show nowhere."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest
from connectors.salesforce.tests.practice import KEYED, LOGIN
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from leadpolicy.crm.connector import AccessError, AddressError, QuotaError
from leadpolicy_salesforce.client.address import read_address
from leadpolicy_salesforce.client.login import LegacyLoginWarning
from leadpolicy_salesforce.client.wire import Wire
from leadpolicy_salesforce.connector import SalesforceConnector
from leadpolicy_salesforce.options import Options
from leadpolicy_salesforce.secrets import Secrets
from leadpolicy_sandbox.salesforce.server import SalesforceSandbox
from leadpolicy_sandbox.salesforce.service.access import CONSUMER_KEY, CONSUMER_SECRET, PASSWORD

USER = "integration@practice.example"
WRONG = "a-wrong-secret"


@cache
def key_pair() -> tuple[str, bytes]:
    """Return a private key and what checks its signatures."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    written = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return written.decode(), public


def reached(sandbox: SalesforceSandbox, secrets: Secrets) -> str:
    """Log in, make a call, and return who the org takes us for."""
    wire = Wire(read_address(sandbox.url, {}), lambda: secrets, Options(timeout=5.0))
    try:
        assert wire.get("sobjects/Lead/describe")["name"] == "Lead"
        return wire.user_id
    finally:
        wire.close()


def jwt_secrets(**key: str) -> Secrets:
    return Secrets("jwt", {"CONSUMER_KEY": CONSUMER_KEY, "USERNAME": USER, **key})


class TestFlows:
    def test_a_signed_assertion(self, sandbox: SalesforceSandbox, tmp_path: Path) -> None:
        private, sandbox.site.access.public_key = key_pair()
        user = sandbox.org.users[USER].id
        assert reached(sandbox, jwt_secrets(PRIVATE_KEY=private)) == user
        file = tmp_path / "key.pem"
        file.write_text(private)
        assert reached(sandbox, jwt_secrets(PRIVATE_KEY_FILE=str(file))) == user

    def test_client_credentials(self, sandbox: SalesforceSandbox) -> None:
        assert reached(sandbox, LOGIN) == sandbox.org.users[sandbox.site.access.run_as].id

    def test_a_session_that_is_there(self, sandbox: SalesforceSandbox) -> None:
        session = sandbox.org.login(USER)
        user = reached(sandbox, Secrets("session", {"SESSION_ID": session}))
        assert user == sandbox.org.users[USER].id

    def test_a_password_is_taken_with_a_warning(self, sandbox: SalesforceSandbox) -> None:
        over_oauth = {"CONSUMER_KEY": CONSUMER_KEY, "CONSUMER_SECRET": CONSUMER_SECRET}
        for app in (over_oauth, {}):
            values = {"USERNAME": USER, "PASSWORD": PASSWORD, "SECURITY_TOKEN": "token", **app}
            with pytest.warns(LegacyLoginWarning):
                user = reached(sandbox, Secrets("password", values))
            assert user == sandbox.org.users[USER].id


class TestRefusals:
    @pytest.mark.parametrize(
        "secrets",
        [
            Secrets("client_credentials", {**LOGIN.values, "CONSUMER_SECRET": WRONG}),
            Secrets("session", {"SESSION_ID": WRONG}),
            jwt_secrets(PRIVATE_KEY=WRONG),
            jwt_secrets(PRIVATE_KEY_FILE="/nowhere"),
        ],
        ids=lambda secrets: secrets.flow,
    )
    def test_a_wrong_secret_is_tried_once_and_shown_nowhere(
        self, sandbox: SalesforceSandbox, secrets: Secrets, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        connector = SalesforceConnector(sandbox.url, KEYED, {"timeout": 5.0}, lambda: secrets)
        shown = [repr(connector), connector.actor]
        asked = len(sandbox.log)
        for _ in range(3):
            with pytest.raises(AccessError) as refused:
                connector.lookup(["x"], ())
            shown += [repr(refused.value), str(refused.value), repr(refused.value.__context__)]
        connector.close()
        assert len(sandbox.log) == asked
        assert WRONG not in "".join([*shown, caplog.text])

    def test_nothing_at_the_address_is_told_before_a_login(self) -> None:
        connector = SalesforceConnector("http://127.0.0.1:1", KEYED, {}, lambda: LOGIN)
        with pytest.raises(AddressError, match="cannot be reached"):
            connector.lookup(["x"], ())
        connector.close()


class TestSessions:
    def test_one_that_ended_is_renewed_once_for_all_threads(
        self, sandbox: SalesforceSandbox, wire: Wire
    ) -> None:
        wire.get("sobjects/Lead/describe")
        before = sandbox.org.logins
        sandbox.org.expire()
        with ThreadPoolExecutor(4) as pool:
            told = list(pool.map(lambda _: wire.get("limits"), range(8)))
        assert len(told) == 8
        assert sandbox.org.logins == before + 1

    def test_one_that_cannot_be_renewed_ends_the_run(self, sandbox: SalesforceSandbox) -> None:
        session = Secrets("session", {"SESSION_ID": sandbox.org.login(USER)})
        connector = SalesforceConnector(sandbox.url, KEYED, {}, lambda: session)
        connector.lookup(["x"], ())
        sandbox.org.expire()
        with pytest.raises(AccessError, match="ended"):
            connector.lookup(["x"], ())
        connector.close()

    def test_the_quota_falls_with_every_call_and_ends_it(
        self, sandbox: SalesforceSandbox, connector: SalesforceConnector
    ) -> None:
        before = connector.quota()
        connector.lookup(["x"], ())
        after = connector.quota()
        assert before is not None
        assert after is not None
        assert after.left < before.left
        sandbox.site.usage.leave(0)
        with pytest.raises(QuotaError):
            connector.lookup(["x"], ())

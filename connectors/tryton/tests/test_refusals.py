"""What can go wrong is named, in the class that says what to do, and never with a secret."""

from __future__ import annotations

import json
import logging
import threading
import traceback
from urllib.parse import quote

import pytest
from connectors.tryton.tests.crm import BINDING, OPPORTUNITY, PASSWORD, WRITTEN, Crm, decision
from connectors.tryton.tests.strange_server import Answer, logged_in, strange_server
from connectors.tryton.tests.tryton_server import DATABASE, TrytonServer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from effort import examples
from leadpolicy.crm.connector import (
    AccessError,
    AddressError,
    AnswerLostError,
    BatchRefusedError,
    BusyError,
    ConnectorError,
    QuotaError,
    ThrottledError,
)
from leadpolicy_tryton.address import read_address
from leadpolicy_tryton.connector import TrytonConnector

WRITE = "model.ir.note.create"


def opened(url: str, **options: object) -> TrytonConnector:
    return TrytonConnector(url, BINDING, options)


# ------------------------------------------------------------------------------ the real server
def test_a_wrong_password_is_refused_without_being_told(crm: Crm) -> None:
    with pytest.raises(AccessError, match=r"login is refused.*check user and password") as caught:
        opened(crm.url("admin", "not the password"))
    assert "not the password" not in str(caught.value)


def test_a_database_that_is_not_there_is_named(crm: Crm) -> None:
    url = crm.url(crm.admin.login).replace(f"/{DATABASE}", "/nothing")
    with pytest.raises(AddressError, match="/nothing: the server has no such database"):
        opened(url)


def test_a_port_where_nothing_listens_is_named() -> None:
    with pytest.raises(AddressError, match=r"cannot be reached.*check host and port"):
        opened("http://ada:secret@127.0.0.1:9/crm")


def test_a_session_that_ended_is_renewed_once(crm: Crm) -> None:
    key = crm.add_lead()
    person = crm.hire("sync")
    connector = crm.open(person=person)
    crm.change_password(person, PASSWORD)
    (lead,) = connector.read_leads()
    assert lead.key == key


def test_a_login_that_was_closed_ends_the_run(crm: Crm) -> None:
    person = crm.hire("leaver")
    connector = crm.open(person=person)
    crm.change_password(person, f"{PASSWORD} changed")
    with pytest.raises(AccessError, match="login is refused"):
        list(connector.read_leads())


def test_a_login_that_may_not_see_opportunities_is_refused(crm: Crm) -> None:
    crm.add_lead()
    stranger = crm.hire("stranger")
    ids = crm.find("res.user", ["login", "=", stranger.login])
    crm.admin("model.res.user.write", ids, {"groups": [["remove", crm.find("res.group")]]})
    connector = crm.open(person=stranger)
    with pytest.raises(AccessError, match="not allowed to access"):
        list(connector.read_leads())


def test_opportunities_of_another_company_are_unknown(crm: Crm, server: TrytonServer) -> None:
    other = Crm.founded(server, crm.admin)
    key = other.add_lead()
    (outcome,) = crm.open(person=crm.hire("sync")).write([decision(key)], WRITTEN)
    assert outcome.code == "unknown_lead"
    assert other.notes(key) == []


def test_a_server_that_is_gone_is_busy_and_one_that_is_back_goes_on(
    crm: Crm, server: TrytonServer
) -> None:
    key = crm.add_lead()
    connector = crm.open()
    server.stop()
    try:
        with pytest.raises(BusyError, match="cannot be reached"):
            connector.write([decision(key)], WRITTEN)
    finally:
        server.start()
    (outcome,) = connector.write([decision(key)], WRITTEN)
    assert outcome.status.value == "written"


# -------------------------------------------------------------------------- everything in between
ERROR = json.dumps({"id": 0, "error": ["UserError", ["A value is required", "", None]]})
CUT = ERROR[: len(ERROR) // 2]


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        ((200, ERROR), BatchRefusedError, "A value is required"),
        ((200, json.dumps({"id": 0, "error": ["'nofield'", ""]})), BatchRefusedError, "nofield"),
        (
            (200, json.dumps({"id": 0, "error": ["UserWarning", ["w1", "Are you sure?", ""]]})),
            BatchRefusedError,
            "Are you sure",
        ),
        (
            (200, json.dumps({"id": 0, "error": ["LoginException", ["sms", "Code", "char"]]})),
            AccessError,
            "more than a password",
        ),
        ((200, "<html>maintenance</html>"), AnswerLostError, "no JSON"),
        ((200, CUT), AnswerLostError, "cut"),
        ((200, "{}"), AnswerLostError, "cut"),
        ((200, '{"id":0,"result":{"__class__":"Decimal"}}'), AnswerLostError, "no JSON"),
        ((200, "x", {"Content-Length": "50"}), AnswerLostError, "answer is lost"),
        (None, AnswerLostError, "answer is lost"),
        ((500, "boom"), AnswerLostError, "HTTP 500"),
        ((502, "bad gateway"), AnswerLostError, "HTTP 502"),
        ((504, "timeout"), AnswerLostError, "HTTP 504"),
        ((503, "down", {"Retry-After": "7"}), BusyError, "cannot serve now"),
        ((429, "slow", {"Retry-After": "7"}), ThrottledError, "too many calls"),
        ((413, "large"), BatchRefusedError, "too large"),
        ((403, "no"), AccessError, "forbids"),
        ((401, ""), AccessError, "session is refused"),
        ((404, "?"), AddressError, "no such database"),
        ((301, "", {"Location": "https://x"}), AddressError, "sends elsewhere"),
        ((418, "?"), ConnectorError, "HTTP 418"),
    ],
)
def test_each_answer_has_its_class(answer: Answer, error: type[ConnectorError], words: str) -> None:
    with strange_server(logged_in(lambda _method, _before: answer)) as address:
        connector = opened(f"{address.replace('//', '//ada:pass-word@')}/crm")
        with pytest.raises(error, match=words) as caught:
            connector.write([decision("1"), decision("2")], WRITTEN)
        connector.close()
    assert type(caught.value) is error
    assert "pass-word" not in str(caught.value)
    assert "session-token" not in str(caught.value)
    assert getattr(caught.value, "retry_after", 7.0) == 7.0
    assert not isinstance(caught.value, QuotaError)


def test_an_answer_that_takes_too_long_is_lost() -> None:
    ending = threading.Event()

    def slow(method: str, _before: int) -> Answer:
        ending.wait(5)
        return None

    with strange_server(logged_in(slow)) as address:
        connector = opened(f"{address.replace('//', '//ada:x@')}/crm", timeout_seconds=0.2)
        with pytest.raises(AnswerLostError, match="ReadTimeout"):
            connector.write([decision("1")], WRITTEN)
        ending.set()
        connector.close()


@pytest.mark.parametrize("body", ["<html>", "[]", '{"result": 1}', '{"result": null}'])
def test_a_server_that_is_no_tryton_is_named(body: str) -> None:
    with (
        strange_server(lambda _method, _before: (200, body)) as address,
        pytest.raises(AddressError, match="no Tryton server"),
    ):
        opened(f"{address.replace('//', '//ada:x@')}/crm")


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("crm.db", AddressError),
        ("postgresql://ada:hush-hush@host/crm", AddressError),
        ("http://host:8000/crm", AddressError),
        ("http://ada:hush-hush@host:8000", AddressError),
        ("http://ada:hush-hush@host:8000/crm/rpc", AddressError),
        ("http://ada:hush-hush@host:port/crm", AddressError),
        ("http://ada:hush-hush@[::1/crm", AddressError),
        ("http://ada@host:8000/crm", AccessError),
    ],
)
def test_an_address_that_is_not_complete_is_refused(
    url: str, error: type[ConnectorError], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LEADPOLICY_TRYTON_PASSWORD", raising=False)
    with pytest.raises(error) as caught:
        opened(url)
    assert caught.value.hint
    assert "hush-hush" not in str(caught.value)


def test_the_password_can_come_from_the_environment(
    crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADPOLICY_TRYTON_PASSWORD", PASSWORD)
    url = f"http://{crm.admin.login}@127.0.0.1:{crm.server.port}/{DATABASE}"
    connector = opened(url)
    assert connector.target == f"http://127.0.0.1:{crm.server.port}/crm#company {crm.company}"
    connector.close()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"batch_row": 1}, "did you mean `batch_rows`"),
        ({"batch_rows": 0}, "whole number above 0"),
        ({"batch_rows": True}, "whole number above 0"),
        ({"timeout_seconds": "1"}, "number of seconds"),
        ({"overlap_seconds": -1}, "number of seconds"),
        ({"reasons": "a b"}, "has to name a field"),
        ({"roles": {"management": "x"}}, "`marketing` and `sales`"),
        ({"roles": "x"}, "`marketing` and `sales`"),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, object], words: str) -> None:
    with pytest.raises(ConnectorError, match=words):
        opened("http://ada:x@127.0.0.1:9/crm", **options)


# ---------------------------------------------------------------------------------------- secrets
def test_nothing_secret_is_shown_or_logged(crm: Crm, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    key = crm.add_lead()
    connector = crm.open()
    list(connector.read_leads())
    connector.write([decision(key)], WRITTEN)
    shown = [caplog.text, repr(connector), connector.target, connector.name, connector.actor]
    for secret in (PASSWORD, quote(PASSWORD, safe=""), "Session "):
        assert not any(secret in text for text in shown)


@settings(
    max_examples=examples(20),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    secret=st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=4),
    answer=st.sampled_from([(401, ""), (500, "x"), (200, "x"), (429, "x"), None]),
)
def test_no_error_tells_the_password(secret: str, answer: Answer) -> None:
    hidden = f"{secret}#{len(secret)}#"
    with strange_server(lambda _method, _before: answer) as address:
        login = f"//ada:{quote(hidden, safe='')}@"
        url = f"{address.replace('//', login)}/crm"
        assert read_address(url).password == hidden
        assert hidden not in repr(read_address(url))
        with pytest.raises(ConnectorError) as caught:
            opened(url)
    told = "".join(traceback.format_exception(caught.value))
    assert hidden not in told
    assert quote(hidden, safe="") not in told


def test_people_work_on_while_we_look(crm: Crm) -> None:
    keys = [crm.add_lead() for _ in range(3)]
    connector = crm.open(batch_rows=1)
    leads = connector.read_leads()
    first = next(leads)
    crm.admin(f"{OPPORTUNITY}.cancel", [int(keys[1])])
    crm.admin(f"{OPPORTUNITY}.delete", [int(keys[1])])
    new = crm.add_lead()
    assert [first.key, *(lead.key for lead in leads)] == [keys[0], keys[2], new]

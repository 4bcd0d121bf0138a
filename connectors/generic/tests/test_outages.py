"""Servers that go away, full disks and secrets: what is said, and what may have happened."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
import sqlalchemy as sa
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
    DecisionRow,
    Status,
)
from leadpolicy.crm.state import Action, Change, Column, FieldKind
from leadpolicy_generic.connector import GenericConnector

if TYPE_CHECKING:
    from connectors.generic.tests.conftest import Crm

AT = datetime(2026, 3, 1, tzinfo=UTC)
SCORE = Column("lp_score", FieldKind.WHOLE)
LEADS = {"leads": {"table": "leads", "key": "id"}}
SERVERS = ["postgresql_crm", "mariadb_crm"]


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> Crm:
    """Return a CRM on a server, with one lead and one column of ours."""
    crm: Crm = request.getfixturevalue(request.param)
    crm.add_leads("1")
    crm.open().apply(Change(Action.ADD, SCORE))
    return crm


class Line:
    """A line to a server that can be cut: at once, before a word, or before its answer."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._ear = socket.create_server(("127.0.0.1", 0))
        self._ends: list[socket.socket] = []
        self.port: int = self._ear.getsockname()[1]
        self._is_mute = False
        self.cut_after: bytes | None = None
        self.cut_before: bytes | None = None
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._ear.accept()
                far = socket.create_connection(self._server)
                self._ends += [near, far]
                for source, target, speaks in ((near, far, True), (far, near, False)):
                    carry = (source, target, speaks)
                    threading.Thread(target=self._carry, args=carry, daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, speaks: bool) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                if not speaks and self._is_mute:
                    break
                if speaks and self.cut_before is not None and self.cut_before in piece:
                    break
                if speaks and self.cut_after is not None and self.cut_after in piece:
                    self._is_mute = True
                target.sendall(piece)
        _shut(source, target)
        self._is_mute = False

    def cut(self) -> None:
        """Cut every connection that stands."""
        _shut(*self._ends)

    def close(self) -> None:
        """Answer nobody any more."""
        _shut(self._ear)
        self._ear.close()
        self.cut()


def _shut(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextmanager
def line(crm: Crm) -> Iterator[tuple[Line, GenericConnector]]:
    """Yield a line to a server and a connector at its near end."""
    url = sa.make_url(crm.url)
    found = Line(url.host or "127.0.0.1", url.port or 0)
    own = url.set(host="127.0.0.1", port=found.port, query={})
    if crm.is_postgresql:
        own = own.set(query={"sslmode": "disable", "gssencmode": "disable"})
    address = own.render_as_string(hide_password=False)
    connector = crm.keep(GenericConnector(address, crm.binding))
    connector.lookup(["1"], [SCORE])
    yield found, connector
    found.close()


def score(crm: Crm) -> object:
    ((found,),) = crm.rows("SELECT lp_score FROM {schema}leads")
    return found


ROW = DecisionRow("1", {"lp_score": 7})


def test_a_write_whose_commit_got_no_answer_may_have_taken_effect(server: Crm) -> None:
    with line(server) as (wire, connector):
        wire.cut_after = b"COMMIT"
        with pytest.raises(
            AnswerLostError, match="looked up before anything is sent twice"
        ) as lost:
            connector.write([ROW], [SCORE])
        assert lost.value.in_doubt
        wire.cut_after = None
        assert connector.lookup(["1"], [SCORE])["1"].values == {"lp_score": score(server)}
    assert score(server) == 7


def test_a_write_whose_commit_was_never_sent_is_in_doubt_all_the_same(server: Crm) -> None:
    with line(server) as (wire, connector):
        wire.cut_before = b"COMMIT"
        with pytest.raises(AnswerLostError):
            connector.write([ROW], [SCORE])
        assert score(server) is None


def test_a_write_that_broke_before_its_commit_did_nothing(server: Crm) -> None:
    with line(server) as (wire, connector):
        wire.cut_after = b"UPDATE"
        with pytest.raises(BusyError, match="run it again when the server is back") as broken:
            connector.write([ROW], [SCORE])
        assert not broken.value.in_doubt
        assert score(server) is None
        wire.cut_after = None
        assert [outcome.status for outcome in connector.write([ROW], [SCORE])] == [Status.WRITTEN]


def test_a_line_that_was_cut_between_two_calls_is_made_again(server: Crm) -> None:
    with line(server) as (wire, connector):
        wire.cut()
        assert [outcome.status for outcome in connector.write([ROW], [SCORE])] == [Status.WRITTEN]


def test_a_server_that_went_away_can_be_tried_again(server: Crm) -> None:
    with line(server) as (wire, connector):
        wire.close()
        with pytest.raises(BusyError, match=r"127\.0\.0\.1:\d+/.*run it again") as gone:
            connector.write([ROW], [SCORE])
        assert gone.value.retryable


def test_a_full_disk_asks_for_room_and_keeps_what_was_there(sqlite_crm: Crm) -> None:
    sqlite_crm.add_leads("1")
    sqlite_crm.run("ALTER TABLE leads ADD COLUMN lp_note TEXT")
    connector = sqlite_crm.open()
    note = Column("lp_note", FieldKind.TEXT)
    with connector._engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 10")
    large = DecisionRow("1", {"lp_note": "x" * 200_000})
    with pytest.raises(BusyError, match="disk is full; free some space"):
        connector.write([large], [note])
    assert sqlite_crm.rows("SELECT lp_note FROM leads") == [(None,)]


def test_an_unknown_database_and_a_wrong_password_are_told_apart(mariadb_crm: Crm) -> None:
    url = sa.make_url(mariadb_crm.url)
    wrong = url.set(password="falsch-geheim").render_as_string(hide_password=False)
    with pytest.raises(AccessError, match=r"Access denied for user .*; check user and password"):
        GenericConnector(wrong, LEADS)
    nowhere = url.set(database="nowhere").render_as_string(hide_password=False)
    with pytest.raises(AddressError, match=r"Unknown database 'nowhere'; check the name"):
        GenericConnector(nowhere, LEADS)


def test_mariadb_refuses_what_does_not_fit_instead_of_cutting_it(mariadb_crm: Crm) -> None:
    mariadb_crm.run("ALTER TABLE leads ADD COLUMN lp_note VARCHAR(3)")
    mariadb_crm.add_leads("1")
    note = Column("lp_note", FieldKind.TEXT)
    connector = mariadb_crm.open()
    with pytest.raises(BatchRefusedError, match="Data too long for column 'lp_note'"):
        connector.write([DecisionRow("1", {"lp_note": "länger"})], [note])


def test_keys_in_other_letters_are_other_leads(mariadb_crm: Crm) -> None:
    mariadb_crm.add_leads("Ab")
    connector = mariadb_crm.open()
    connector.apply(Change(Action.ADD, SCORE))
    outcomes = connector.write(
        [DecisionRow("AB", {"lp_score": 1}), DecisionRow("Ab", {"lp_score": 2})], [SCORE]
    )
    assert [(o.key, o.status) for o in outcomes] == [("AB", Status.FAILED), ("Ab", Status.WRITTEN)]
    assert score(mariadb_crm) == 2
    assert [lead.key for lead in connector.read_leads(keys=["AB", "ab"])] == []


secrets = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=6)


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    secret=secrets,
    encoded=st.booleans(),
    form=st.sampled_from(
        [
            "postgresql://lead:{}@127.0.0.1:1/db?connect_timeout=2",
            "postgresql://lead:{}@127.0.0.1:x/db",
            "postgresql://127.0.0.1:1/db?user=lead&password={}",
            "mariadb://lead:{}@127.0.0.1:1/db",
            "mysql://lead:{}@127.0.0.1:1/db?ssl_key={}",
            "nosuch://lead:{}@host/db",
            "lead:{}@host/db",
            "sqlite://lead:{}@host/db",
        ]
    ),
)
def test_no_message_ever_has_the_password_in_it(secret: str, encoded: bool, form: str) -> None:
    written = quote(secret, safe="") if encoded else secret
    if written in form:
        return
    with pytest.raises(ConnectorError) as caught:
        GenericConnector(form.replace("{}", written), LEADS)
    for text in (str(caught.value), repr(caught.value), caught.value.message):
        assert secret not in text
        assert written not in text


def test_a_connector_shows_no_password(server: Crm) -> None:
    password = sa.make_url(server.url).password
    connector = server.open()
    shown = f"{connector!r} {connector.target} {connector.__dict__!r}"
    assert f":{password}@" not in shown
    assert Path(connector.target).name.startswith(server.engine.url.database or "")

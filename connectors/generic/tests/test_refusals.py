from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from leadpolicy.crm.connector import (
    AccessError,
    AddressError,
    BindingError,
    BusyError,
    ColumnMissingError,
    ConnectorError,
    DecisionRow,
    TableMissingError,
)
from leadpolicy.crm.state import Action, Change, Column, DesiredState, FieldKind
from leadpolicy.plugins.registry import Registry
from leadpolicy_generic.connector import GenericConnector

if TYPE_CHECKING:
    from connectors.generic.tests.conftest import Crm, Look

AT = datetime(2026, 3, 1, tzinfo=UTC)
LEADS = {"leads": {"table": "leads", "key": "id"}}
DESIRED = DesiredState("b2b", "1.0", "abc", (Column("lp_score", FieldKind.WHOLE),))


def test_the_connector_is_found_by_its_entry_point(sqlite_crm: Crm) -> None:
    registry = Registry()
    assert [p.origin for p in registry.plugins if p.name == "generic"] == ["leadpolicy-generic"]
    connector = registry.connector("generic").open(sqlite_crm.url, sqlite_crm.binding, {})
    assert connector.name == "generic"
    assert list(connector.read_leads()) == []
    connector.close()
    connector.close()


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("postgresql://lead:geheim@host:port/db", "cannot be read; write `crm.db`"),
        ("://geheim", "cannot be read"),
        ("postgras://lead:geheim@host/db", "`postgras` is no database that is known"),
        ("oracle+nothing://lead:geheim@host/db", "`oracle` is no database that is known"),
        ("mssql://lead:geheim@host/db", "the driver `pyodbc` for mssql is not installed"),
        ("lead:geheim@host/db", "cannot be read; write `crm.db`"),
        ("postgresql://lead:gehe@im@host/db", "cannot be read; .* as %40"),
        ("sqlite://lead:geheim@host/db", "cannot be read"),
        ("missing.db", r"there is no database file `.*missing\.db`; check the path"),
        ("sqlite:///no/such/crm.db", r"there is no database file `.*/no/such/crm\.db`"),
        (".", "there is no database file"),
    ],
)
def test_a_wrong_address_is_refused_without_its_secrets(
    address: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AddressError, match=message) as caught:
        GenericConnector(address, LEADS)
    assert "geheim" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_does_not_answer_is_named_without_its_secrets() -> None:
    pytest.importorskip("psycopg", reason="pip install 'leadpolicy-generic[postgres]'")
    address = "postgresql://lead:geheim@127.0.0.1:1/db?connect_timeout=2&application_name=geheim"
    with pytest.raises(AddressError, match=r"postgresql://127\.0\.0\.1:1/db: .*refused") as caught:
        GenericConnector(address, LEADS)
    assert "geheim" not in str(caught.value)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text("id,name\n" * 200)
    with pytest.raises(AddressError, match=r"leads\.csv: file is not a database; name a SQLite"):
        GenericConnector(str(path), LEADS)


def test_a_missing_table_is_met_with_a_suggestion(crm: Crm, look: Look) -> None:
    binding = crm.binding
    binding["leads"]["table"] = f"{crm.schema}lead"
    with pytest.raises(TableMissingError, match=r"no table `.*lead`; did you mean `leads`"):
        look(crm.open(binding), DESIRED)
    binding = crm.binding
    binding["signals"]["table"] = f"{crm.schema}signal"
    with pytest.raises(TableMissingError, match=r"no table `.*signal`; did you mean `signals`"):
        list(crm.open(binding).read_leads())


def test_a_missing_column_is_met_with_a_suggestion(crm: Crm, look: Look) -> None:
    binding = crm.binding
    binding["leads"]["key"] = "idd"
    message = r"no column `idd`, bound to the key of the lead; did you mean `id`"
    with pytest.raises(ColumnMissingError, match=message):
        look(crm.open(binding), DESIRED)
    with pytest.raises(ColumnMissingError, match=message):
        list(crm.open(binding).read_feedback(DESIRED.columns))
    binding = crm.binding
    binding["leads"]["attributes"]["note"] = "notes"
    message = r"no column `notes`, bound to `leads\.attributes\.note`; did you mean `note`"
    with pytest.raises(ColumnMissingError, match=message):
        look(crm.open(binding), DESIRED)
    binding = crm.binding
    binding["signals"]["properties"]["asset"] = {"column": "assets"}
    message = r"no column `assets`, bound to `signals\.properties\.asset`; did you mean `asset`"
    with pytest.raises(ColumnMissingError, match=message):
        list(crm.open(binding).read_leads())


def test_a_column_that_was_never_applied_says_what_to_do(crm: Crm) -> None:
    with pytest.raises(ColumnMissingError, match="run `leadpolicy apply`"):
        crm.open().lookup(["1"], DESIRED.columns)


@pytest.mark.parametrize(
    ("binding", "message"),
    [
        ({}, "the binding has no `leads`"),
        ({"lead": {}}, "the binding has no `leads`; did you mean `lead`"),
        ({"leads": []}, "`leads` in the binding is not a mapping"),
        ({"leads": {"key": "id"}}, r"`leads\.table` in the binding has to name a table"),
        ({"leads": {"table": "leads"}}, r"`leads\.key` in the binding has to name a column"),
        ({"leads": {"table": 5, "key": "id"}}, r"`leads\.table` in the binding has to name"),
        (
            {"leads": {**LEADS["leads"], "attributes": {"note": {"codes": {}}}}},
            r"`leads\.attributes\.note` in the binding has to name a column",
        ),
        (
            {"leads": {**LEADS["leads"], "attributes": "note"}},
            r"`leads\.attributes` in the binding is not a mapping",
        ),
        (
            {**LEADS, "signals": {"table": "signals"}},
            r"`signals\.lead` in the binding has to name a column",
        ),
        (
            {**LEADS, "consents": {"table": "consents", "lead": "lead_id", "at": ["at"]}},
            r"`consents\.at` in the binding has to name a column",
        ),
    ],
)
def test_a_binding_that_says_too_little_is_refused(
    binding: dict[str, object], message: str, sqlite_crm: Crm
) -> None:
    with pytest.raises(BindingError, match=message):
        GenericConnector(sqlite_crm.url, binding)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_row": 5}, "no option `batch_row`; did you mean `batch_rows`"),
        ({"batch_rows": 0}, "`batch_rows` has to be a whole number above 0"),
        ({"batch_rows": 0.5}, "`batch_rows` has to be a whole number above 0"),
        ({"busy_seconds": "5"}, "`busy_seconds` has to be a number above 0"),
        ({"busy_seconds": float("nan")}, "`busy_seconds` has to be a number above 0"),
    ],
)
def test_options_are_checked(options: dict[str, object], message: str, sqlite_crm: Crm) -> None:
    with pytest.raises(ConnectorError, match=message):
        GenericConnector(sqlite_crm.url, LEADS, options)


def test_a_locked_database_can_be_tried_again(sqlite_crm: Crm, look: Look) -> None:
    connector = sqlite_crm.open(busy_seconds=0.01)
    with sqlite3.connect(sqlite_crm.url, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(BusyError, match=r"database is locked; end what holds it") as caught:
            look(connector, DESIRED)
        assert caught.value.retryable
        other.execute("ROLLBACK")
    other.close()
    assert len(look(connector, DESIRED).changes) == 1


def test_a_database_that_may_not_be_written_says_so_before_anything_is_tried(
    sqlite_crm: Crm, look: Look
) -> None:
    address = f"sqlite:///file:{sqlite_crm.url}?mode=ro&uri=true"
    connector = sqlite_crm.keep(GenericConnector(address, LEADS))
    (conflict,) = look(connector, DESIRED).conflicts
    assert conflict.message == "may not be changed: the file or its folder may not be written"
    with pytest.raises(AccessError, match="attempt to write a readonly database; make the file"):
        connector.apply(Change(Action.ADD, DESIRED.columns[0]))


def test_the_target_names_the_database_and_the_table_alone(
    sqlite_crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(sqlite_crm.url)
    monkeypatch.chdir(path.parent)
    for address in ("crm.db", "sqlite:///crm.db", str(path), f"sqlite:///{path}"):
        connector = GenericConnector(address, LEADS)
        assert connector.target == f"sqlite:///{path.as_posix()}#leads"
        connector.close()


@pytest.fixture
def reader(postgresql_crm: Crm) -> Iterator[str]:
    """Return the address of a role that may read and not write."""
    crm, name = postgresql_crm, f"{postgresql_crm.schema[:-1]}_reader"
    crm.run(f"CREATE ROLE {name} LOGIN PASSWORD 'geheim'")
    crm.run(f"GRANT USAGE ON SCHEMA {crm.schema[:-1]} TO {name}")
    crm.run(f"GRANT SELECT ON ALL TABLES IN SCHEMA {crm.schema[:-1]} TO {name}")
    url = sa.make_url(crm.url).set(username=name, password="geheim")
    yield url.render_as_string(hide_password=False)
    crm.run(f"DROP OWNED BY {name}")
    crm.run(f"DROP ROLE {name}")


def test_a_role_without_rights_is_told_so_when_it_plans(
    postgresql_crm: Crm, reader: str, look: Look
) -> None:
    connector = postgresql_crm.keep(GenericConnector(reader, postgresql_crm.binding))
    assert list(connector.read_leads()) == []
    (conflict,) = look(connector, DESIRED).conflicts
    leads = f"`{postgresql_crm.schema}leads`"
    assert conflict.message == f"may not be changed: table {leads} belongs to the role `postgres`"
    with pytest.raises(AccessError, match="must be owner of table leads; ask for the right"):
        connector.apply(Change(Action.ADD, DESIRED.columns[0]))
    postgresql_crm.run("ALTER TABLE {schema}leads ADD COLUMN lp_score BIGINT")
    postgresql_crm.add_leads("1")
    with pytest.raises(AccessError, match="permission denied for table leads"):
        connector.write([DecisionRow("1", {"lp_score": 1})], DESIRED.columns)


def test_a_wrong_password_and_a_wrong_database_are_told_apart(
    postgresql_crm: Crm, reader: str
) -> None:
    wrong = reader.replace(":geheim@", ":falsch@")
    with pytest.raises(AccessError, match="password authentication failed") as caught:
        GenericConnector(wrong, LEADS)
    assert "falsch" not in str(caught.value)
    url = sa.make_url(reader).set(database="nowhere").render_as_string(hide_password=False)
    with pytest.raises(AddressError, match="does not exist; check the name of the database"):
        GenericConnector(url, LEADS)


def test_rights_that_mariadb_did_not_grant_are_named_when_it_is_planned(
    mariadb_crm: Crm, look: Look
) -> None:
    url = sa.make_url(mariadb_crm.url)
    name = f"{url.database}_r"
    mariadb_crm.run(f"CREATE USER {name}@'%' IDENTIFIED BY 'geheim'")
    try:
        mariadb_crm.run(f"GRANT SELECT, UPDATE ON {url.database}.* TO {name}@'%'")
        own = url.set(username=name, password="geheim").render_as_string(hide_password=False)
        connector = mariadb_crm.keep(GenericConnector(own, mariadb_crm.binding))
        (conflict,) = look(connector, DESIRED).conflicts
        assert conflict.message == "may not be changed: the login has no right to ALTER here"
        with pytest.raises(AccessError, match=r"ALTER command denied .*; ask for the right"):
            connector.apply(Change(Action.ADD, DESIRED.columns[0]))
        mariadb_crm.run(f"GRANT ALTER ON leads TO {name}@'%'")
        again = mariadb_crm.keep(GenericConnector(own, mariadb_crm.binding))
        assert look(again, DESIRED).conflicts == ()
        again.apply(Change(Action.ADD, DESIRED.columns[0]))
    finally:
        mariadb_crm.run(f"DROP USER {name}@'%'")

"""Two real roles log in to PostgreSQL: each team writes its own columns and reads the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

import pytest
import sqlalchemy as sa
from connectors.generic.tests.agreement import ATTRIBUTES, agreement

from leadpolicy.crm.apply import apply
from leadpolicy.crm.connector import PartKind
from leadpolicy.crm.desired import desired_for
from leadpolicy.crm.drift import drift
from leadpolicy.crm.plan import propose
from leadpolicy.crm.state import Action, Change, Permission
from leadpolicy.crm.store import Store
from leadpolicy_generic.connector import GenericConnector

if TYPE_CHECKING:
    from connectors.generic.tests.conftest import Crm

Do: TypeAlias = Callable[[str, str], None]

AT = datetime(2026, 3, 1, tzinfo=UTC)
LEADS = """
CREATE TABLE {schema}people (
    id {key} PRIMARY KEY, employees BIGINT, revenue NUMERIC(12, 2), industry VARCHAR(40),
    budget_confirmed BOOLEAN, customer BOOLEAN);
INSERT INTO {schema}people (id) VALUES ('a')
"""


@pytest.fixture
def teams(postgresql_crm: Crm) -> Iterator[dict[str, str]]:
    """Return the roles of both teams, which may read and write the whole table of leads."""
    crm = postgresql_crm
    crm.run(LEADS)
    place = crm.schema.removesuffix(".")
    roles = {team: f"{place}_{team}" for team in ("marketing", "sales")}
    for role in roles.values():
        crm.run(f"CREATE ROLE {role} LOGIN PASSWORD 'geheim'")
        crm.run(f"GRANT USAGE ON SCHEMA {place} TO {role}")
        crm.run(f"GRANT SELECT, INSERT, UPDATE ON {{schema}}people TO {role}")
    yield roles
    for role in roles.values():
        crm.run(f"DROP OWNED BY {role}")
        crm.run(f"DROP ROLE {role}")


@pytest.fixture
def do(postgresql_crm: Crm, teams: dict[str, str]) -> Iterator[Do]:
    """Return a function that logs in as a team and runs a statement."""
    url = sa.make_url(postgresql_crm.url)
    engines = {
        team: sa.create_engine(url.set(username=role, password="geheim"))
        for team, role in teams.items()
    }

    def run(team: str, statement: str) -> None:
        with engines[team].begin() as connection:
            connection.execute(sa.text(postgresql_crm.words(statement)))

    yield run
    for engine in engines.values():
        engine.dispose()


def connected(crm: Crm, roles: dict[str, str]) -> GenericConnector:
    own = {name: name for name in ATTRIBUTES}
    binding = {"leads": {"table": f"{crm.schema}people", "key": "id", "attributes": own}}
    return crm.open(binding, roles=roles)


def deploy(connector: GenericConnector, store: Store) -> None:
    bound = ("budget_confirmed",)
    desired = desired_for(connector, agreement(), permissions=True, bound=bound)
    apply(propose(connector, desired, store), connector, store, at=AT)
    assert propose(connector, desired, store).is_empty


def test_marketing_reads_and_cannot_write_what_sales_owns(
    postgresql_crm: Crm, teams: dict[str, str], do: Do, store: Store
) -> None:
    deploy(connected(postgresql_crm, teams), store)
    denied = pytest.raises(sa.exc.ProgrammingError, match="permission denied for table people")
    do("marketing", "SELECT sales_feedback, rejection_reason, lp_state FROM {schema}people")
    do("marketing", "UPDATE {schema}people SET employees = 50")
    do("sales", "UPDATE {schema}people SET sales_feedback = 'accepted', budget_confirmed = true")
    do("sales", "SELECT lp_fit, lp_state FROM {schema}people")
    for column in ("sales_feedback = 'rejected'", "rejection_reason = 'x'"):
        with denied:
            do("marketing", f"UPDATE {{schema}}people SET {column}")
    with denied:
        do("marketing", "UPDATE {schema}people SET budget_confirmed = false")
    with denied:
        do("marketing", "INSERT INTO {schema}people (id, sales_feedback) VALUES ('b', 'accepted')")
    do("marketing", "INSERT INTO {schema}people (id, employees) VALUES ('b', 5)")
    for team in teams:
        with denied:
            do(team, "UPDATE {schema}people SET lp_state = 'customer'")


def test_a_right_that_somebody_gave_by_hand_shows_and_is_taken_back(
    postgresql_crm: Crm, teams: dict[str, str], do: Do, store: Store
) -> None:
    connector = connected(postgresql_crm, teams)
    deploy(connector, store)
    assert drift(connector, store).is_empty
    postgresql_crm.run(f"GRANT UPDATE ON {{schema}}people TO {teams['marketing']}")
    assert "permission marketing:lead.sales_feedback" in {
        item.address for item in drift(connector, store).items
    }
    desired = desired_for(connector, agreement(), permissions=True, bound=("budget_confirmed",))
    plan = propose(connector, desired, store, overwrite_drift=True)
    apply(plan, connector, store, at=AT)
    assert drift(connector, store).is_empty
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        do("marketing", "UPDATE {schema}people SET sales_feedback = 'accepted'")
    do("marketing", "UPDATE {schema}people SET employees = 50")


def test_a_right_goes_with_its_part(
    postgresql_crm: Crm, teams: dict[str, str], do: Do, store: Store
) -> None:
    connector = connected(postgresql_crm, teams)
    deploy(connector, store)
    do("sales", "UPDATE {schema}people SET sales_feedback = 'accepted'")
    plain = desired_for(connector, agreement(), bound=("budget_confirmed",))
    apply(propose(connector, plain, store), connector, store, at=AT)
    connector.apply(Change(Action.DESTROY, Permission("sales", "sales_feedback", write=True)))
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        do("sales", "UPDATE {schema}people SET sales_feedback = 'rejected'")
    do("sales", "UPDATE {schema}people SET employees = 5")


def test_roles_that_nothing_binds_are_named_when_it_is_planned(
    postgresql_crm: Crm, teams: dict[str, str], store: Store
) -> None:
    connector = connected(postgresql_crm, {"marketing": "nobody_here", "sales": "postgres"})
    desired = desired_for(connector, agreement(), permissions=True)
    messages = {conflict.message for conflict in propose(connector, desired, store).conflicts}
    assert "may not be changed: the server has no role `nobody_here`" in messages
    bound = "the role `postgres` owns the table or all databases; nothing binds it"
    assert f"may not be changed: {bound}" in messages


def test_a_privilege_of_everybody_is_found_out(
    postgresql_crm: Crm, teams: dict[str, str], store: Store
) -> None:
    connector = connected(postgresql_crm, teams)
    postgresql_crm.run("GRANT UPDATE ON {schema}people TO PUBLIC")
    desired = desired_for(connector, agreement(), permissions=True, bound=("budget_confirmed",))
    conflicts = propose(connector, desired, store).conflicts
    assert {conflict.message for conflict in conflicts} == {
        f"may not be changed: the role `{role}` may write the table through PUBLIC"
        for role in teams.values()
    }


def test_sqlite_has_no_teams_and_says_so(sqlite_crm: Crm) -> None:
    assert PartKind.PERMISSION not in sqlite_crm.open().capabilities.creates
    found = desired_for(sqlite_crm.open(), agreement(), permissions=True)
    (place,) = [place for place in found.placements if place.part == "permissions"]
    assert place.reason.startswith("the CRM cannot set rights")

"""Plans that are made in one step, setups that are not looked at twice, and computed twins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from leadpolicy.crm.apply import apply
from leadpolicy.crm.connector import AccessError, BaseConnector, Native, Page, Stream
from leadpolicy.crm.desired import UndeployableError, decision_row, desired_state
from leadpolicy.crm.memory import MemoryConnector
from leadpolicy.crm.native import VERDICTS, Refusal
from leadpolicy.crm.plan import propose
from leadpolicy.crm.state import Change, Column, DesiredState, FieldKind, ObservedState
from leadpolicy.crm.store import SqliteStore
from leadpolicy.crm.sync import sync
from leadpolicy.engine.loading import load

AT = datetime(2026, 11, 1, 9, tzinfo=UTC)
DESIRED = DesiredState(
    "p", "1", "0" * 64, columns=(Column("lp_a", FieldKind.WHOLE), Column("lp_b", FieldKind.TEXT))
)


@dataclass(slots=True)
class InOneStep(MemoryConnector):
    """A CRM that makes all changes at once; it tells when its setup has changed."""

    together: list[int] = field(default_factory=list)
    looks: int = 0
    expected: list[Mapping[Stream, str | None]] = field(default_factory=list)
    refused: bool = False

    def __post_init__(self) -> None:
        able = replace(self.capabilities, together=True, feeds=frozenset({Stream.SETUP}))
        self.capabilities = able

    def apply(self, change: Change) -> None:
        raise AssertionError("changes are made together here")

    def apply_together(self, changes: Sequence[Change]) -> None:
        if self.refused:
            raise AccessError("no")
        self.together.append(len(changes))
        for change in changes:
            MemoryConnector.apply(self, change)

    def observe(self, desired: DesiredState) -> ObservedState:
        self.looks += 1
        return MemoryConnector.observe(self, desired)

    def expect(self, cursors: Mapping[Stream, str | None]) -> None:
        self.expected.append(dict(cursors))

    def pull(self, stream: Stream, cursor: str | None, limit: int) -> Page:
        return Page(stream, (), f"setup {len(self.together)}")


def test_all_changes_of_a_plan_are_made_in_one_step() -> None:
    crm, store = InOneStep(), SqliteStore(":memory:")
    report = apply(propose(crm, DESIRED, store), crm, store, at=AT)
    assert (report.changed, crm.together) == (2, [2])
    assert propose(crm, DESIRED, store).is_empty


def test_a_step_that_was_refused_leaves_nothing_and_can_be_made_later() -> None:
    crm, store = InOneStep(refused=True), SqliteStore(":memory:")
    with pytest.raises(AccessError):
        apply(propose(crm, DESIRED, store), crm, store, at=AT)
    crm.refused = False
    assert apply(propose(crm, DESIRED, store), crm, store, at=AT).changed == 2


def test_a_setup_that_has_not_changed_is_not_looked_at_again() -> None:
    crm, store = InOneStep(), SqliteStore(":memory:")
    apply(propose(crm, DESIRED, store), crm, store, at=AT)
    looks = crm.looks
    for run in range(3):
        sync(crm, DESIRED, lambda leads: [], store, at=AT)
        assert crm.looks == looks + 1, f"run {run}"
    assert [*map(dict, crm.expected)] == [
        {Stream.SETUP: None},
        {Stream.SETUP: "setup 1"},
        {Stream.SETUP: "setup 1"},
    ]


def test_another_policy_is_looked_at_though_the_setup_has_not_changed() -> None:
    crm, store = InOneStep(), SqliteStore(":memory:")
    apply(propose(crm, DESIRED, store), crm, store, at=AT)
    sync(crm, DESIRED, lambda leads: [], store, at=AT)
    looks = crm.looks
    sync(crm, replace(DESIRED, columns=DESIRED.columns[:1]), lambda leads: [], store, at=AT)
    assert crm.looks == looks + 1


def test_a_changed_setup_is_looked_at_again() -> None:
    crm, store = InOneStep(), SqliteStore(":memory:")
    apply(propose(crm, DESIRED, store), crm, store, at=AT)
    sync(crm, DESIRED, lambda leads: [], store, at=AT)
    looks = crm.looks
    crm.together.append(0)
    sync(crm, DESIRED, lambda leads: [], store, at=AT)
    assert crm.looks == looks + 1


FIT = "1 + 1"
COMPUTED = Native(
    formulas={"lp_fit": FIT},
    helpers=(Column("lp_newsletter_consent", FieldKind.CHOICE, codes=VERDICTS),),
    checks={"lp_fit": "lp_fit <> lp_fit_native"},
)


def test_what_the_crm_computes_stands_beside_what_a_sync_writes() -> None:
    desired = desired_state(load("b2b-de").checked, native=COMPUTED, both=True)
    columns = {column.name: column for column in desired.columns}
    assert columns["lp_fit"].formula is None
    assert columns["lp_fit_native"].formula == FIT
    assert columns["lp_fit_differs"].formula == "lp_fit <> lp_fit_native"
    assert columns["lp_fit_differs"].kind is FieldKind.FLAG
    written = {column.name for column in desired.written}
    assert "lp_fit" in written
    assert not {"lp_fit_native", "lp_fit_differs"} & written


def test_a_crm_that_cannot_compare_is_not_asked_to_compute_beside_a_sync() -> None:
    with pytest.raises(UndeployableError, match="`lp_fit` differs"):
        desired_state(load("b2b-de").checked, native=replace(COMPUTED, checks={}), both=True)


def test_a_sync_writes_the_verdicts_that_the_crm_cannot_compute() -> None:
    policy = load("b2b-de")
    desired = desired_state(policy.checked, native=COMPUTED)
    column = "lp_newsletter_consent"

    def written(*consents: Mapping[str, object]) -> object:
        decision = policy.decide({}, consents=consents, at=AT)
        return decision_row("1", decision, desired=desired).values[column]

    given = {"purpose": "newsletter", "channel": "email", "at": AT}
    assert written() == "undecided"
    assert written({**given, "status": "granted"}) == "met"
    assert written({**given, "status": "withdrawn"}) == "not_met"


def test_purposes_stand_in_tables_with_their_lawful_bases() -> None:
    able = replace(MemoryConnector().capabilities, consent_tables=True)
    desired = desired_state(load("b2b-de").checked, capabilities=able)
    tables = {table.name: table.rows for table in desired.tables}
    assert [row.code for row in tables["lp_bases"]] == ["consent"]
    marks = {row.code: row.marks for row in tables["lp_purposes"]}
    assert marks["newsletter"] == ("basis consent",)
    assert len(marks) == 3


def test_a_connector_without_steps_refuses_them() -> None:
    with pytest.raises(Exception, match="2 changes in one step"):
        BaseConnector().apply_together([None, None])  # type: ignore[list-item]


def test_a_condition_that_the_crm_cannot_compute_is_listed_with_its_reason() -> None:
    refused = Refusal("condition sql", "no field is bound to `budget_confirmed`")
    native = replace(COMPUTED, refusals=(refused,))
    able = MemoryConnector().capabilities
    desired = desired_state(load("b2b-de").checked, native=native, capabilities=able)
    placed = {item.part: (item.where.value, item.reason) for item in desired.placements}
    assert placed["condition sql"][0] == "synced"
    assert refused.reason in placed["condition sql"][1]
    assert placed["condition newsletter_consent"][0] == "synced"

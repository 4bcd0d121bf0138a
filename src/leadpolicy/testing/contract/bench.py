"""Where a behaviour is checked: fresh CRMs, connectors, stores and a clock, all done away with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from leadpolicy.crm.apply import ApplyReport, apply
from leadpolicy.crm.clock import Clock
from leadpolicy.crm.connector import Connector, DecisionRow, LeadRow, Outcome, Status
from leadpolicy.crm.errors import ConnectorError
from leadpolicy.crm.locking import Unattended
from leadpolicy.crm.plan import Plan, propose
from leadpolicy.crm.state import Column, DesiredState
from leadpolicy.crm.store.contract import Store
from leadpolicy.crm.values import held, normalise
from leadpolicy.testing.contract.behaviour import NotOfferedError, ViolationError, expect
from leadpolicy.testing.contract.faulty import Fault, FaultyConnector
from leadpolicy.testing.contract.harness import Harness
from leadpolicy.testing.contract.samples import keys, sample_for
from leadpolicy.testing.contract.sandbox import Effect, Sandbox

BATCH: Final = 4
"""How many rows the kit lets into one batch when it counts batches."""
_POLLS: Final = 200
_RUNS: Final = 20


class Bench:
    """Makes scenes in an empty folder, and clears them away at the end."""

    def __init__(self, harness: Harness, folder: Path) -> None:
        self.harness: Final = harness
        self._folder: Final = folder
        self._stack: Final = ExitStack()
        self._made = 0

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def folder(self) -> Path:
        """Return a new empty folder."""
        self._made += 1
        folder = self._folder / str(self._made)
        folder.mkdir(parents=True)
        return folder

    def scene(self, leads: int = 0, *, deployed: bool = True) -> Scene:
        """Return a fresh CRM with so many leads, on which the columns stand."""
        folder = self.folder()
        crm = self.harness.sandbox(folder)
        self._stack.callback(crm.close)
        scene = Scene(self.harness, crm, folder, self._stack, keys(leads))
        if leads:
            crm.seed(scene.keys)
        if deployed:
            scene.deploy()
        return scene


@dataclass(slots=True)
class Scene:
    """One fresh CRM with a connector, a store and a clock of its own."""

    harness: Harness
    crm: Sandbox
    folder: Path
    stack: ExitStack
    keys: list[str]
    clock: Clock = field(init=False)
    connector: Connector = field(init=False)
    store: Store = field(init=False)
    desired: DesiredState = field(init=False)

    def __post_init__(self) -> None:
        self.clock = self.crm.clock()
        self.reopen()
        self.desired = self.harness.desired or sample_for(self.connector.capabilities)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that a sync writes."""
        return self.desired.written

    def connect(self) -> Connector:
        """Return another connector to the same CRM."""
        connector = self.crm.open()
        self.stack.callback(connector.close)
        return connector

    def reopen(self) -> None:
        """Open the connector and the store anew, as a new process does."""
        self.connector = self.connect()
        self.store = self.open_store()

    def open_store(self) -> Store:
        """Return the store, opened anew."""
        store = self.harness.store(self.folder)
        self.stack.callback(store.close)
        return store

    def faulty(self, *faults: Fault, batch_max: int | None = BATCH) -> FaultyConnector:
        """Return the connector with faults in between, and narrow batches."""
        return FaultyConnector(self.connector, self.clock, faults, batch_max)

    # ------------------------------------------------------------------------------- rows
    def rows(self, version: int = 0, names: Sequence[str] | None = None) -> list[DecisionRow]:
        """Return one decision a lead; another version differs in every column with room for it."""
        return [
            DecisionRow(key, {c.name: self._value(c, index + version * 7) for c in self.columns})
            for index, key in enumerate(self.keys if names is None else names)
        ]

    def _value(self, column: Column, number: int) -> Any:
        return normalise(self.harness.value(column, number), column)

    def write(
        self, rows: Sequence[DecisionRow], connector: Connector | None = None
    ) -> dict[str, Outcome]:
        """Send one batch and return its outcomes by key, those of jobs too."""
        writer = connector or self.connector
        outcomes = writer.write(rows, self.columns)
        settled = {outcome.key: outcome for outcome in outcomes}
        tickets = {o.ticket: None for o in outcomes if o.status is Status.ACCEPTED}
        for ticket in tickets:
            settled |= {outcome.key: outcome for outcome in self.results(ticket, writer)}
        return settled

    def results(self, ticket: str, connector: Connector | None = None) -> list[Outcome]:
        """Wait for a job and return its outcomes."""
        for _ in range(_POLLS):
            outcomes = (connector or self.connector).results(ticket)
            if outcomes is not None:
                return outcomes
            self.clock.sleep(1)
        raise ViolationError(f"the job `{ticket}` has not ended after {_POLLS} questions")

    # ------------------------------------------------------------------------------ engine
    def settings(self, **changes: Any) -> Any:
        """Return the engine's settings on the scene's clock."""
        from leadpolicy.crm.sync import Settings

        return Settings(**{"clock": self.clock, **changes})

    def deploy(self, connector: Connector | None = None, **settings: Any) -> None:
        """Bring the CRM to the desired state."""
        self.apply(self.plan(connector), connector, **settings)

    def plan(self, connector: Connector | None = None, **options: Any) -> Plan:
        """Return the plan towards the desired state."""
        return propose(connector or self.connector, self.desired, self.store, **options)

    def apply(self, plan: Plan, connector: Connector | None = None, **settings: Any) -> ApplyReport:
        """Let the engine apply a plan."""
        run = Unattended(clock=self.clock, **settings)
        through = connector or self.connector
        return apply(plan, through, self.store, at=self.clock.now(), settings=run)

    def push(
        self,
        rows: Iterable[DecisionRow],
        connector: Connector | None = None,
        **settings: Any,
    ) -> Any:
        """Let the engine push decisions."""
        from leadpolicy.crm.sync import push

        through = connector or self.connector
        chosen = self.settings(**settings)
        return push(through, self.desired, rows, self.store, at=self.clock.now(), settings=chosen)

    def pull(self, connector: Connector | None = None, **settings: Any) -> Any:
        """Let the engine pull."""
        from leadpolicy.crm.sync import pull

        through = connector or self.connector
        chosen = self.settings(**settings)
        return pull(through, self.desired, self.store, at=self.clock.now(), settings=chosen)

    def sync(
        self,
        rows: Iterable[DecisionRow],
        connector: Connector | None = None,
        **settings: Any,
    ) -> Any:
        """Let the engine sync, with decisions that are made already."""
        from leadpolicy.crm.sync import sync

        decided = {row.key: row for row in rows}

        def decide(leads: Iterable[LeadRow]) -> Iterable[DecisionRow]:
            return (decided[lead.key] for lead in leads if lead.key in decided)

        through = connector or self.connector
        chosen = self.settings(**settings)
        return sync(through, self.desired, decide, self.store, at=self.clock.now(), settings=chosen)

    def arrive(
        self,
        rows: Iterable[DecisionRow] = (),
        connector: Connector | None = None,
        **settings: Any,
    ) -> None:
        """Push decisions, and push again until nothing waits.

        What a run raises ends that run alone, and the next one is given the decisions again; after
        a run that came to its end only what waits is sent.
        """
        left = list(rows)
        for _ in range(_RUNS):
            with suppress(ConnectorError):
                self.push(left, connector, **settings)
                left = []
            backlog = self.store.backlog(self.connector.target, self.clock.now())
            if not (left or backlog.pending or backlog.later or backlog.in_doubt):
                return
            if backlog.next_at is not None:
                self.clock.sleep((backlog.next_at - self.clock.now()).total_seconds())
        raise ViolationError(f"after {_RUNS} runs there is still {backlog}")

    # ------------------------------------------------------------------------------- truth
    def held(self, names: Sequence[str] | None = None) -> dict[str, dict[str, object]]:
        """Return what the CRM holds by key, each value in its one form."""
        found = self.crm.held(self.keys if names is None else names, self.columns)
        return {
            key: {c.name: held(values.get(c.name), c) for c in self.columns}
            for key, values in found.items()
        }

    def stands(self, row: DecisionRow) -> bool:
        """Tell whether a decision stands in the CRM, in the columns that are compared."""
        found = self.held([row.key]).get(row.key)
        return found is not None and not self._different(row.values, found)

    def expect_standing(self, rows: Iterable[DecisionRow]) -> None:
        """Raise `ViolationError` where a decision does not stand in the CRM."""
        wanted = list(rows)
        found = self.held([row.key for row in wanted])
        for row in wanted:
            expect(row.key in found, f"the CRM has no lead `{row.key}`")
            odd = self._different(row.values, found[row.key])
            expect(not odd, f"lead `{row.key}` does not hold what was written: {odd}")

    def _different(self, wanted: Mapping[str, object], found: Mapping[str, object]) -> str:
        return ", ".join(
            f"`{c.name}` is {found[c.name]!r} and not {wanted[c.name]!r}"
            for c in self.columns
            if c.compared and found[c.name] != wanted[c.name]
        )

    def expect_once(self, rows: Iterable[DecisionRow]) -> None:
        """Raise `ViolationError` where a decision is lost, or took effect more often than once."""
        wanted = list(rows)
        self.expect_standing(wanted)
        for row in wanted:
            times = self.times(row.key)
            expect(times <= 1, f"the decision for lead `{row.key}` took effect {times} times")

    def times(self, key: str) -> int:
        """Return how many records the CRM holds for a lead.

        Where records are not counted, writing the same values at the same key is taken to leave
        one record, and each write of a connector that appends to make another.
        """
        with suppress(NotOfferedError):
            return self.crm.records(key)
        if self.connector.capabilities.idempotency in {"native_key", "unique_upsert"}:
            return len(self.crm.held([key], self.columns))
        return len(self.effects(key))

    def effects(self, key: str) -> list[Effect]:
        """Return every write to a lead that took effect."""
        return [effect for effect in self.crm.history() if effect.key == key]

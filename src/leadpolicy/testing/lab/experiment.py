"""One experiment: a CRM, a store, decisions, and runs that fail, die and are started again."""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Final, TypeAlias

from leadpolicy.crm.apply import apply
from leadpolicy.crm.connector import DecisionRow, LeadRow
from leadpolicy.crm.plan import propose
from leadpolicy.crm.points import Probe, unprobed
from leadpolicy.crm.store import Store, open_store
from leadpolicy.crm.store.contract import Backlog
from leadpolicy.crm.sync import Settings, StoreConsents, pull, push, sync
from leadpolicy.crm.sync.payload import values_of
from leadpolicy.crm.sync.telemetry import span
from leadpolicy.testing.lab.checker import Findings, Told, check
from leadpolicy.testing.lab.child import At, Child, Ended, How, Task
from leadpolicy.testing.lab.connectors import DIALECTS, LabConnector
from leadpolicy.testing.lab.lab import Lab
from leadpolicy.testing.lab.subject import DESIRED, as_kept, decisions, keys
from leadpolicy.testing.lab.wire import TIMEOUT
from leadpolicy.testing.lab.world import Json, Options

Connect: TypeAlias = Callable[[str, float], LabConnector]
Work: TypeAlias = Callable[[LabConnector, Store, Settings], object]
_MOST_RUNS: Final = 40
_SHORT_BREAK: Final = 120.0
_PASSING: Final = frozenset({"BusyError", "ThrottledError", "MaintenanceError", "AnswerLostError"})
_MEMORY: Final = Path("/dev/shm")  # noqa: S108


class ExperimentError(AssertionError):
    """A run ended in a way in which no run may end."""


@dataclass(frozen=True, slots=True)
class Left:
    """What a run that came to its end left behind."""

    report: object
    backlog: Backlog


class Experiment:
    """A CRM of one dialect with leads, and everything that was decided for them.

    `connect` opens another connector than the dialect's own, and `place` is where the store is kept
    if not in a file of its own. Runs believe in a wall clock that is
    wrong by `skew` seconds, and give up calls after `timeout` seconds of real time. With a
    `purpose`, leads that have withdrawn their consent for it are not sent. `refused`, `gone` and
    `denied` say what must not stand in the end, as in `Told`.
    """

    def __init__(
        self,
        lab: Lab,
        dialect: str,
        *,
        leads: int = 12,
        options: Options | None = None,
        connect: Connect | None = None,
        place: str | None = None,
    ) -> None:
        _warm_up()
        self.connect = connect or DIALECTS[dialect]
        self.crm = lab.crm(options)
        self.keys = keys(leads)
        self.crm.put_leads({key: {"country": "DE"} for key in self.keys})
        room = str(_MEMORY) if _MEMORY.is_dir() else None
        self.folder = Path(tempfile.mkdtemp(prefix="leadpolicy-experiment-", dir=room))
        self.place = place or str(self.folder / "store.db")
        self.decided: dict[str, list[Json]] = defaultdict(list)
        self.refused: set[str] = set()
        self.gone: set[str] = set()
        self.denied: dict[str, int] = {}
        self.revision = 0
        self.skew = 0.0
        self.timeout = TIMEOUT
        self.purpose: str | None = None

    def deployed(self) -> Experiment:
        """Bring everything that the policy needs into the CRM, with nothing in the way."""
        self.deploy()(unprobed)
        self.crm.script()
        return self

    # -------------------------------------------------------------------------- decisions
    def decide(self, names: Iterable[str] | None = None) -> list[DecisionRow]:
        """Decide leads anew, all of them if none are named."""
        self.revision += 1
        rows = decisions(self.keys if names is None else names, self.revision)
        self.tell(rows)
        return rows

    def tell(self, rows: Iterable[DecisionRow]) -> None:
        """Note decisions that are made elsewhere."""
        for row in rows:
            self.decided[row.key].append(as_kept(row))

    # ------------------------------------------------------------------------------- work
    def push(self, rows: Sequence[DecisionRow], *, take_over: bool = False) -> Task:
        """Return the task to write decisions."""
        return self.task(
            lambda c, s, settings: push(
                c, DESIRED, rows, s, at=settings.clock.now(), settings=settings
            ),
            take_over=take_over,
        )

    def pull(self) -> Task:
        """Return the task to read every stream."""
        return self.task(
            lambda c, s, settings: pull(c, DESIRED, s, at=settings.clock.now(), settings=settings)
        )

    def sync(self, decide: Callable[[Iterable[LeadRow]], Iterable[DecisionRow]]) -> Task:
        """Return the task to do all of it."""
        return self.task(
            lambda c, s, settings: sync(
                c, DESIRED, decide, s, at=settings.clock.now(), settings=settings
            )
        )

    def deploy(self) -> Task:
        """Return the task to plan and apply."""

        def work(connector: LabConnector, store: Store, settings: Settings) -> object:
            plan = propose(connector, DESIRED, store)
            at = settings.clock.now()
            return apply(plan, connector, store, at=at, settings=settings)

        return self.task(work)

    def task(self, work: Work, *, take_over: bool = False) -> Task:
        """Return a task that opens its own connector and store, as a new process does."""

        def run(probe: Probe) -> Left:
            connector = self.connect(self.crm.url, self.timeout)
            with self.store(probe) as store:
                settings = self._settings(store, probe, take_over)
                try:
                    report = work(connector, store, settings)
                finally:
                    connector.close()
                return Left(report, store.backlog(connector.target, settings.clock.now()))

        return run

    def _settings(self, store: Store, probe: Probe, take_over: bool) -> Settings:
        permit = None
        if self.purpose is not None:
            permit = StoreConsents(store, self.crm.url, self.purpose, required=False)
        return Settings(
            clock=self.crm.clock(self.skew),
            probe=probe,
            take_over=take_over,
            page=4,
            permit=permit,
            chance=_middle,
        )

    # -------------------------------------------------------------------------------- runs
    def run(self, task: Task, kill: At | None = None) -> Ended:
        """Do a task in a process of its own, which may be killed on its way."""
        child = Child(task, kill)
        ended = child.wait()
        if ended.how is How.KILLED:
            self.crm.bury(child.pid)
        return ended

    def until_done(
        self, task: Task, kills: Sequence[At | None] = (), *, emptied: bool = True
    ) -> list[Ended]:
        """Do a task again and again, as a scheduler does, until nothing is left to do.

        The first runs die at `kills`. Unless the outbox has to be `emptied`, a run that comes to
        its end is enough. Raises `ExperimentError` for an end that no run may have.
        """
        ends: list[Ended] = []
        for kill in [*kills, *[None] * _MOST_RUNS]:
            ended = self.run(task, kill)
            ends.append(ended)
            if self.after(ended) or (ended.how is How.DONE and not emptied):
                return ends
        raise ExperimentError(f"not done after {len(ends)} runs; the last one: {ends[-1]}")

    def after(self, ended: Ended) -> bool:
        """Tell whether a run left nothing to do; otherwise do what a person would, or wait.

        Raises `ExperimentError` for an end that no run may have.
        """
        match ended.how, ended.error:
            case How.DONE, _:
                return self._nothing_left(ended.value.backlog)
            case How.FAILED, "AccessError":
                self.crm.heal()
            case How.FAILED, "QuotaError":
                self._sleep_until_tomorrow()
            case How.FAILED, error if error in _PASSING:
                self.crm.clock().sleep(_SHORT_BREAK)
            case How.FAILED, _:
                raise ExperimentError(f"a run may not end like this:\n{ended.trace}")
        return False

    def _nothing_left(self, backlog: Backlog) -> bool:
        if backlog.pending or backlog.in_doubt or backlog.later:
            self.crm.clock().sleep(_SHORT_BREAK)
            return False
        return True

    def _sleep_until_tomorrow(self) -> None:
        clock = self.crm.clock()
        now = clock.now()
        midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        clock.sleep((midnight - now).total_seconds())

    # ---------------------------------------------------------------------------- judgement
    @contextmanager
    def store(self, probe: Probe = unprobed) -> Iterator[Store]:
        """Open the store that the runs share."""
        store = open_store(self.place, probe=probe)
        try:
            yield store
        finally:
            store.close()

    def findings(self) -> Findings:
        """Return what went wrong with decisions so far, dead letters among them."""
        told = Told(self.decided, self.refused, self.denied, self.gone)
        return check(self.crm.history(), told, self.dead())

    def dead(self) -> dict[str, Json]:
        """Return the dead letters of the store, as the CRM would keep them, by key."""
        with self.store() as store:
            letters = list(store.dead_letters(self.crm.url))
        written = DESIRED.written
        return {
            letter.key: as_kept(DecisionRow(letter.key, values_of(letter.payload, written)))
            for letter in letters
        }

    def close(self) -> None:
        """Forget the CRM and the store."""
        self.crm.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Experiment:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


@cache
def _warm_up() -> None:
    """Import what runs import on first use, so that no child has to."""
    import_module("msgspec.json")
    import_module("tenacity")
    with span("leadpolicy.lab", ""):
        pass


def _middle() -> float:
    """Stand in for chance."""
    return 0.5

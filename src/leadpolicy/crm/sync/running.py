"""Push, pull and sync: each one run under the lock of its CRM, remembered however it ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Final

from leadpolicy.crm.connector import Connector, CrmError
from leadpolicy.crm.locking import locked
from leadpolicy.crm.plan import PlanError, propose
from leadpolicy.crm.render import summary
from leadpolicy.crm.rows import DecisionRow
from leadpolicy.crm.situation import Conflict
from leadpolicy.crm.state import DesiredState
from leadpolicy.crm.store.contract import Run, Store
from leadpolicy.crm.sync.calls import Calls
from leadpolicy.crm.sync.delivery import deliver, recover
from leadpolicy.crm.sync.intake import Intake
from leadpolicy.crm.sync.leads import decide_leads
from leadpolicy.crm.sync.pulling import expect_all, pull_all
from leadpolicy.crm.sync.report import SyncReport
from leadpolicy.crm.sync.session import Session
from leadpolicy.crm.sync.settings import Decider, Settings
from leadpolicy.crm.sync.setup import setup_mark

_DEFAULTS = Settings()


def push(
    connector: Connector,
    desired: DesiredState,
    rows: Iterable[DecisionRow],
    store: Store,
    *,
    at: datetime,
    settings: Settings = _DEFAULTS,
) -> SyncReport:
    """Bring decisions into a CRM, and whatever an earlier run has left; only what differs is sent.

    The latest decision of a lead counts. Raises `LockedError` while another run works on the CRM
    and `PlanError` when the CRM does not stand as the policy needs it. A `ConnectorError` ends the
    run: what arrived stays, the run is remembered with the error, and the next run goes on with
    what is left. Rows that the CRM refuses are reported and hold up nothing else.
    """
    with _session(connector, desired, store, at, settings) as session:
        _refuse_unapplied(session)
        recover(session)
        Intake(session).take(rows, {})
        deliver(session)
        return session.report()


def pull(
    connector: Connector,
    desired: DesiredState,
    store: Store,
    *,
    at: datetime,
    settings: Settings = _DEFAULTS,
) -> SyncReport:
    """Take in what happened in a CRM, each event once; raises like `push`."""
    with _session(connector, desired, store, at, settings) as session:
        expect_all(session)
        pull_all(session)
        return session.report()


def sync(
    connector: Connector,
    desired: DesiredState,
    decide: Decider,
    store: Store,
    *,
    at: datetime,
    settings: Settings = _DEFAULTS,
) -> SyncReport:
    """Take in what happened in a CRM, decide the leads concerned, and bring the decisions there.

    All leads are decided when the policy, its columns or `settings.basis` changed since, and when
    the connector cannot tell which leads changed. Raises like `push`.
    """
    with _session(connector, desired, store, at, settings) as session:
        expect_all(session)
        _refuse_unapplied(session)
        recover(session)
        pull_all(session)
        decide_leads(session, decide)
        deliver(session)
        return session.report()


@contextmanager
def _session(
    connector: Connector, desired: DesiredState, store: Store, at: datetime, settings: Settings
) -> Iterator[Session]:
    """Hold the lock, and remember the run however it ends."""
    with locked(store, connector.target, "sync", settings.clock.now(), settings) as lock:
        calls = Calls(connector, settings)
        session = Session(connector, desired, store, lock, at, settings, calls)
        try:
            yield session
        except BaseException as error:
            with suppress(CrmError):
                _remember(session, str(error) or type(error).__name__)
                error.add_note(_so_far(session.report()))
            raise
        _remember(session, "")


def _so_far(report: SyncReport) -> str:
    waiting = report.pending + report.later + report.in_doubt
    return f"{report.written} leads were written until then, {waiting} wait for the next sync"


def _remember(session: Session, error: str) -> None:
    desired = session.desired
    identity = (desired.policy, desired.version, desired.content_hash)
    counts = session.report().counts()
    session.store.record_run(session.target, Run(*identity, session.at, counts, error))


def _refuse_unapplied(session: Session) -> None:
    """Refuse a CRM that does not stand as needed; one is not looked at that has not changed."""
    mark = setup_mark(session)
    if mark is not None and mark.holds:
        return
    connector, desired = session.connector, session.desired
    plan = session.calls.read("observe", lambda: propose(connector, desired, session.store))
    in_the_way = [conflict for conflict in plan.conflicts if not _is_wording(conflict)]
    if plan.changes or in_the_way:
        raise PlanError(
            f"the CRM does not stand as the policy needs it ({summary(plan)})",
            "look at `leadpolicy plan`" if in_the_way else "run `leadpolicy apply` first",
        )
    if mark is not None:
        mark.keep(session)


_WORDING: Final = frozenset({"label", "label_de", "label_en", "description"})


def _is_wording(conflict: Conflict) -> bool:
    """Tell whether somebody changed nothing but texts, which no sync reads or writes."""
    names = {item.name for item in conflict.properties}
    return conflict.drifted and bool(names) and names <= _WORDING

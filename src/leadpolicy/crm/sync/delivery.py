"""The outbox is emptied: claim, send, look up what is in doubt, ask for jobs."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from concurrent.futures import Future
from contextlib import closing
from itertools import count
from typing import Final

from leadpolicy.crm.points import Point
from leadpolicy.crm.store.contract import Batch, FencedError, StoreError
from leadpolicy.crm.sync.doubts import doubt
from leadpolicy.crm.sync.errands import Errand
from leadpolicy.crm.sync.jobs import poll
from leadpolicy.crm.sync.lanes import Lanes
from leadpolicy.crm.sync.sending import sends
from leadpolicy.crm.sync.session import Session


def recover(session: Session) -> None:
    """Find out what became of the messages that an earlier run was about to send."""
    batches = list(session.store.in_doubt(session.lock))
    _Delivery(session, claiming=False).run(batches)


def deliver(session: Session) -> None:
    """Send whatever waits and whose time has come."""
    _Delivery(session, claiming=True).run(())


class _Delivery:
    """One thread keeps everything and waits; lanes make nothing but calls."""

    def __init__(self, session: Session, *, claiming: bool) -> None:
        self._session = session
        self._claiming = claiming
        self._numbers = count()
        self._queue: list[tuple[float, int, Errand]] = []
        able = session.connector.capabilities
        width = min(session.settings.threads or able.max_concurrency, able.max_concurrency)
        self._lanes: Final = Lanes[Errand](width)
        backlog = session.store.backlog(session.target, session.now()) if claiming else None
        self._total = self._waiting = backlog.pending if backlog else 0

    def run(self, batches: Iterable[Batch]) -> None:
        """Go on until nothing is left whose time comes in this run."""
        with closing(self._lanes):
            try:
                for batch in batches:
                    self._put(self._resume(batch))
                while self._session.ending is None and self._step():
                    pass
            except (FencedError, StoreError):
                raise
            except BaseException:
                self._wind_up()
                raise
            self._wind_up()
        if self._session.silence is not None and not self._session.answered:
            self._session.end(self._session.silence)
        if self._session.ending is not None:
            raise self._session.ending

    def _resume(self, batch: Batch) -> Iterable[Errand]:
        if batch.ticket:
            return (poll(self._session, batch.intent, batch.ticket, batch.rows),)
        return doubt(self._session, batch.intent, batch.rows)

    def _step(self) -> bool:
        """Begin one call, or wait; False when there is nothing left."""
        errand = None if self._lanes.full else self._next()
        if errand is None:
            return self._idle()
        delay = self._session.calls.limits.delay()
        if delay > 0:
            self._put((errand,))
            self._wait(delay)
        elif errand.prepare(self._session):
            self._session.calls.begin(write=errand.writes)
            self._lanes.start(errand, lambda: errand.call(self._session))
        return True

    def _next(self) -> Errand | None:
        """Return what may be called now: what was put off before, then what waits in the outbox."""
        if not self._ready():
            self._put(self._claimed())
        return heapq.heappop(self._queue)[2] if self._ready() else None

    def _ready(self) -> bool:
        return bool(self._queue) and self._queue[0][0] <= self._session.monotonic()

    def _claimed(self) -> Iterable[Errand]:
        if not self._claiming or self._session.dry:
            return ()
        size = self._size()
        batch = self._session.store.claim(self._session.lock, size, self._session.now())
        if batch is None:
            self._session.dry = True
            return ()
        self._session.settings.probe(Point.CLAIMED)
        self._waiting -= len(batch.rows)
        self._session.settings.progress("sent", max(0, self._total - self._waiting), self._total)
        return sends(self._session, batch, size)

    def _size(self) -> int:
        """Return how many messages go into the next batch: fewer while answers get lost."""
        able = self._session.connector.capabilities
        many = able.bulk_min is not None and self._waiting >= able.bulk_min
        size = able.bulk_max if many and able.bulk_max is not None else able.batch_max
        return max(1, size >> max(0, self._session.lost - 1))

    def _idle(self) -> bool:
        """Wait for an answer or for the next call's time; False when neither will come."""
        if not self._queue and not self._lanes.busy:
            return False
        until = self._queue[0][0] - self._session.monotonic() if self._queue else None
        self._wait(None if self._lanes.full else until)
        return True

    def _wait(self, seconds: float | None) -> None:
        if self._lanes.busy:
            self._collect(None if seconds is None else max(0.0, seconds))
        elif seconds is not None:
            self._session.settings.clock.sleep(seconds)

    def _collect(self, timeout: float | None = None) -> None:
        for errand, answer in self._lanes.collect(timeout):
            self._put(self._answered(errand, answer))

    def _answered(self, errand: Errand, answer: Future[object]) -> Iterable[Errand]:
        self._session.settings.probe(Point.ANSWERED)
        error = answer.exception()
        if error is None:
            return errand.done(self._session, answer.result())
        if not isinstance(error, Exception):
            raise error
        return errand.failed(self._session, error)

    def _put(self, errands: Iterable[Errand]) -> None:
        for errand in errands:
            heapq.heappush(self._queue, (errand.ready_at, next(self._numbers), errand))

    def _wind_up(self) -> None:
        """Keep the answers that still come, and leave the rest to the next run."""
        while self._lanes.busy:
            self._collect()
        while self._queue:
            heapq.heappop(self._queue)[2].give_back(self._session)

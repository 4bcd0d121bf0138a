"""The runs of a sync."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from leadpolicy.crm.store.contract import Run
from leadpolicy.crm.store.driver import CHUNK, Row, paged, to_micros, to_moment
from leadpolicy.crm.store.schema import crm_id
from leadpolicy.crm.store.shelf import CRM, Shelf

_PAGE: Final = (
    "SELECT seq, policy, version, content_hash, moment, counts, error FROM runs"
    f" WHERE crm = {CRM} AND seq > ? ORDER BY seq LIMIT {CHUNK}"
)


class SqlRuns(Shelf):
    """See `Runs`."""

    def record_run(self, target: str, run: Run) -> None:
        """Remember a run."""
        what = (run.policy, run.version, run.content_hash, to_micros(run.at))
        with self.db.transaction():
            self.db.run(
                "INSERT INTO runs (crm, policy, version, content_hash, moment, counts, error)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (crm_id(self.db, target), *what, json.dumps(dict(run.counts)), run.error),
            )

    def runs(self, target: str) -> Iterator[Run]:
        """Yield the runs, oldest first."""
        for row in paged(lambda last: self.db.rows(_PAGE, (target, last)), 0):
            yield self.decoded(_run, row)


def _run(row: Row) -> Run:
    _, policy, version, digest, moment, counts, error = row
    return Run(policy, version, digest, to_moment(moment), json.loads(counts), error)

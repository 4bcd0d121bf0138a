"""The store over an SQL database, put together from its parts."""

from __future__ import annotations

from leadpolicy.crm.points import Probe, unprobed
from leadpolicy.crm.store.dead_letters import SqlDeadLetters
from leadpolicy.crm.store.deployments import SqlDeployments
from leadpolicy.crm.store.driver import Driver
from leadpolicy.crm.store.inbox import SqlInbox
from leadpolicy.crm.store.locks import SqlLocks
from leadpolicy.crm.store.outbox import SqlOutbox
from leadpolicy.crm.store.runs import SqlRuns
from leadpolicy.crm.store.upgrade import prepare


class SqlStore(SqlLocks, SqlOutbox, SqlDeadLetters, SqlInbox, SqlDeployments, SqlRuns):
    """Everything that is remembered, in one database; its tables are made on first use.

    `probe` is called right before the commits that keep what came from a CRM. Threads may share a
    store. Every method raises `StoreError` where the database cannot be used.
    """

    def __init__(self, db: Driver, probe: Probe = unprobed) -> None:
        super().__init__(db, probe)
        try:
            prepare(db)
        except BaseException:
            db.close()
            raise

    def close(self) -> None:
        """Let go of the database; closing twice is harmless."""
        self.db.close()

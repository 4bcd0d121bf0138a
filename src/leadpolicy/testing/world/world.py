"""The world: four tables of rows, and ways to write them down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from os import PathLike

from leadpolicy.testing.world import files, sqlite
from leadpolicy.testing.world.rows import ConsentRow, CrmLead, FeedbackRow, SignalRow, Tables
from leadpolicy.testing.world.sqlite import FeedbackColumns


@dataclass(frozen=True, slots=True)
class World:
    """A German B2B world between two instants (UTC); the same for the same seed."""

    seed: int
    since: datetime
    until: datetime
    leads: tuple[CrmLead, ...]
    signals: tuple[SignalRow, ...]
    consents: tuple[ConsentRow, ...]
    feedback: tuple[FeedbackRow, ...]

    def tables(self) -> Tables:
        """Return the rows by the name of their table in the CRM."""
        return {"leads": self.leads, "signals": self.signals, "consents": self.consents}

    def write_sqlite(self, path: str | PathLike[str]) -> None:
        """Create an SQLite CRM with the tables leads, signals and consents.

        A file that exists already raises `FileExistsError`.
        """
        sqlite.write(path, self.tables())

    def write_csv(self, folder: str | PathLike[str]) -> None:
        """Write leads.csv, signals.csv and consents.csv (UTF-8, unknown left empty)."""
        files.write_csv(folder, self.tables())

    def write_jsonl(self, folder: str | PathLike[str]) -> None:
        """Write leads.jsonl, signals.jsonl and consents.jsonl, one object a line."""
        files.write_jsonl(folder, self.tables())

    def write_parquet(self, folder: str | PathLike[str]) -> None:
        """Write leads.parquet, signals.parquet and consents.parquet, instants as UTC timestamps.

        Without pyarrow raises `ModuleNotFoundError` that says what to install.
        """
        files.write_parquet(folder, self.tables())

    def enter_feedback(
        self,
        path: str | PathLike[str],
        *,
        verdict: str = "sales_feedback",
        reason: str = "rejection_reason",
        at: str | None = None,
        by: str | None = None,
        table: str = "leads",
        key: str = "id",
    ) -> int:
        """Play the sales team: fill the deployed feedback columns, return how many leads changed.

        Names of columns are arguments; `at` and `by` are written only where a column is named.
        A missing file raises `FileNotFoundError`, columns that nobody deployed `LookupError`.
        """
        columns = FeedbackColumns(verdict, reason, at, by)
        return sqlite.enter_feedback(path, self.feedback, columns, table=table, key=key)

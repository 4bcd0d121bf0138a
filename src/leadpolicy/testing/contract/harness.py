"""What the author of a connector provides: a harness, which makes fresh CRMs for the kit.

The kit judges by what a sandbox tells of the CRM, never by what the connector says of itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from leadpolicy.crm.state import Column, DesiredState, Value
from leadpolicy.crm.store.contract import Store
from leadpolicy.testing.contract.samples import value_for
from leadpolicy.testing.contract.sandbox import Sandbox


class Harness(Protocol):
    """Makes CRMs for the kit, and says what it needs to know of the connector's package."""

    @property
    def name(self) -> str:
        """The name under which the connector is registered."""

    @property
    def plugin(self) -> str:
        """The module that answers the hooks, as the entry point names it."""

    @property
    def http(self) -> bool:
        """Whether the connector reaches the CRM over HTTP; only then are answers garbled."""

    @property
    def secrets(self) -> Sequence[str]:
        """What no message, repr, log or plan may show: the sandbox's passwords and tokens."""

    @property
    def desired(self) -> DesiredState | None:
        """What is deployed and written; None lets the kit choose columns of every kind."""

    def value(self, column: Column, number: int) -> Value:
        """Return a value of a column that tells one number from the next."""

    def sandbox(self, folder: Path) -> Sandbox:
        """Return a new CRM without leads; it may use an empty folder."""

    def store(self, folder: Path) -> Store:
        """Return the state store to run with; opening the same folder again continues it."""


class BaseHarness:
    """What a harness may leave out."""

    name: str = "unnamed"
    plugin: str = ""
    http: bool = False
    secrets: Sequence[str] = ()
    desired: DesiredState | None = None

    def value(self, column: Column, number: int) -> Value:
        """Return a value that any column of this kind takes."""
        return value_for(column, number)

    def store(self, folder: Path) -> Store:
        """Return the library's own store in a file."""
        from leadpolicy.crm.store import SqliteStore

        return SqliteStore(folder / "store.db")

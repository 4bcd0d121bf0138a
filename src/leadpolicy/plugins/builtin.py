"""What the library itself ships, through the same hooks as everybody else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadpolicy.crm.memory import MemoryFactory
from leadpolicy.exchange.enricher import Enricher, EnricherFactory
from leadpolicy.plugins.hookspecs import (
    API,
    BackendFactory,
    ConnectorFactory,
    StoreFactory,
    hookimpl,
)

if TYPE_CHECKING:
    from leadpolicy.backends.base import Backend
    from leadpolicy.backends.relational.dialects import DialectName
    from leadpolicy.crm.store import Store

LEADPOLICY_API = API


class _TableFactory:
    def open(self, options: Mapping[str, object], folder: Path) -> Enricher:
        from leadpolicy.exchange.table_enricher import TableEnricher

        return TableEnricher(options, folder)


def _python(_options: Mapping[str, object]) -> Backend[Any]:
    from leadpolicy.backends.python import PythonBackend

    return PythonBackend()


def _relational(dialect: DialectName) -> BackendFactory:
    """Return what opens the back-end of a dialect; its options are the fields of `Layout`."""

    def opened(options: Mapping[str, object]) -> Backend[Any]:
        import msgspec

        from leadpolicy.backends.relational import Layout, RelationalBackend

        return RelationalBackend(dialect, msgspec.convert(dict(options), Layout))

    return opened


def _store(url: str) -> Store:
    from leadpolicy.crm.store import open_store

    return open_store(url)


@hookimpl
def leadpolicy_connectors() -> Mapping[str, ConnectorFactory]:
    """Return the connectors that come with the library."""
    return {"memory": MemoryFactory()}


@hookimpl
def leadpolicy_backends() -> Mapping[str, BackendFactory]:
    """Return the back-ends that come with the library."""
    names: tuple[DialectName, ...] = ("sqlite", "postgres", "duckdb", "mysql")
    return {"python": _python, **{name: _relational(name) for name in names}}


@hookimpl
def leadpolicy_enrichers() -> Mapping[str, EnricherFactory]:
    """Return the enrichers that come with the library."""
    return {"table": _TableFactory()}


@hookimpl
def leadpolicy_stores() -> Mapping[str, StoreFactory]:
    """Return the stores that come with the library, by scheme."""
    return {"sqlite": _store, "postgresql": _store}

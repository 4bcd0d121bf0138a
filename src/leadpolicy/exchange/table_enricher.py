"""The enricher that ships with the library: a file of values, looked up by one attribute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from leadpolicy.diagnostics import did_you_mean
from leadpolicy.exchange.enricher import Asked, Duties, EnrichmentError
from leadpolicy.exchange.tables import FileError, read_rows
from leadpolicy.expr.folding import fold

_OPTIONS: Final = ("file", "match", "values", "source", "personal", "credit_check")


class TableEnricher:
    """Looks leads up in a CSV, JSON Lines or Parquet file.

    Options: `file`; `match` maps an attribute to the column that holds the same; `values` maps
    attributes to the columns they are taken from; `source`, `personal` and `credit_check` are its
    duties. Texts match whatever their case. Raises `EnrichmentError`.
    """

    batch_max: Final = 1000

    def __init__(self, options: Mapping[str, object], folder: Path) -> None:
        for name in options:
            if name not in _OPTIONS:
                hint = did_you_mean(name, _OPTIONS)
                raise EnrichmentError(f"the enricher `table` has no option `{name}`", hint)
        path = folder / _text(options, "file")
        match, values = _names(options, "match"), _names(options, "values")
        if len(match) != 1:
            raise EnrichmentError("`match` has to name exactly one attribute with its column")
        ((self._attribute, column),) = match.items()
        self.needs: Final = (self._attribute,)
        self.provides: Final = tuple(values)
        self.duties: Final = Duties(
            str(options.get("source") or path.name),
            personal=bool(options.get("personal", True)),
            credit_check=bool(options.get("credit_check", False)),
        )
        self._found: Final = _read(path, column, values)

    def enrich(self, asked: Sequence[Asked]) -> Mapping[str, Mapping[str, object]]:
        """Return what the file has of the leads."""
        keys = {item.key: _key(item.values.get(self._attribute)) for item in asked}
        return {lead: self._found[key] for lead, key in keys.items() if key in self._found}


def _read(path: Path, column: str, values: Mapping[str, str]) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    try:
        for row in read_rows(path):
            for name in (column, *values.values()):
                if name not in row.values:
                    hint = did_you_mean(name, row.values)
                    raise EnrichmentError(f"`{path}` row {row.number} has no `{name}`", hint)
            key = _key(row.values[column])
            cells = {name: row.values[source] for name, source in values.items()}
            known = {name: cell for name, cell in cells.items() if _key(cell)}
            if key and found.setdefault(key, known) != known:
                raise EnrichmentError(
                    f"`{path}` row {row.number} says something else about the same `{column}`",
                    "keep one row for each",
                )
    except FileError as error:
        raise EnrichmentError(error.message, error.hint) from error
    return found


def _key(value: object) -> str:
    return "" if value is None else fold(str(value))


def _text(options: Mapping[str, object], name: str) -> str:
    value = options.get(name)
    if not isinstance(value, str) or not value:
        raise EnrichmentError(f"the enricher `table` needs the option `{name}`")
    return value


def _names(options: Mapping[str, object], name: str) -> dict[str, str]:
    value = options.get(name)
    if not isinstance(value, Mapping) or not value:
        raise EnrichmentError(f"`{name}` has to map attributes to columns of the file")
    return {str(attribute): str(column) for attribute, column in value.items()}

"""The demo world as files: CSV, JSON Lines and Parquet."""

from __future__ import annotations

import csv
import json
from datetime import datetime
from importlib import import_module
from operator import attrgetter
from os import PathLike
from pathlib import Path
from types import ModuleType
from typing import Any

from leadpolicy.testing.world.rows import MOMENT_COLUMNS, WHOLE_COLUMNS, Tables, columns_of


def write_csv(folder: str | PathLike[str], tables: Tables) -> None:
    """Write one CSV file a table: UTF-8, comma, a header, unknown as an empty cell."""
    for table, rows in tables.items():
        columns = columns_of(table)
        with _place(folder, f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(map(attrgetter(*columns), rows))


def write_jsonl(folder: str | PathLike[str], tables: Tables) -> None:
    """Write one JSON Lines file a table: UTF-8, one object a line, unknown as null."""
    for table, rows in tables.items():
        columns = columns_of(table)
        values = attrgetter(*columns)
        with _place(folder, f"{table}.jsonl").open("w", encoding="utf-8", newline="\n") as file:
            for row in rows:
                fields = dict(zip(columns, values(row), strict=True))
                file.write(json.dumps(fields, ensure_ascii=False) + "\n")


def write_parquet(folder: str | PathLike[str], tables: Tables) -> None:
    """Write one Parquet file a table, instants as UTC timestamps; needs pyarrow."""
    arrow, parquet = _pyarrow()
    for table, rows in tables.items():
        columns = {
            name: arrow.array(
                [_typed(name, getattr(row, name)) for row in rows], _type(arrow, name)
            )
            for name in columns_of(table)
        }
        parquet.write_table(arrow.table(columns), _place(folder, f"{table}.parquet"))


def _pyarrow() -> tuple[ModuleType, ModuleType]:
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ModuleNotFoundError as missing:
        raise ModuleNotFoundError(
            "writing Parquet needs pyarrow; install it with `pip install leadpolicy[parquet]`"
        ) from missing


def _typed(column: str, value: Any) -> Any:
    if column in MOMENT_COLUMNS and isinstance(value, str):
        return datetime.fromisoformat(value)
    return value


def _type(arrow: ModuleType, column: str) -> Any:
    if column in MOMENT_COLUMNS:
        return arrow.timestamp("us", tz="UTC")
    return arrow.int64() if column in WHOLE_COLUMNS else arrow.string()


def _place(folder: str | PathLike[str], name: str) -> Path:
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    return place / name

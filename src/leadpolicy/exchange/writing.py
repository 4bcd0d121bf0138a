"""Tables as files: CSV, JSON Lines and Parquet, written row by row, whole or not at all."""

from __future__ import annotations

import csv
import io
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, Final, TypeAlias

from leadpolicy.engine.jsonready import decimal_text, instant
from leadpolicy.exchange.tables import FileError, file_kind, import_parquet

Row: TypeAlias = Mapping[str, object]
Write: TypeAlias = Callable[[Row], None]

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_PLAIN_NUMBER: Final = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?")
_BATCH: Final = 1000


class Holds(StrEnum):
    """What a column of an output holds; `data` is nested data, and for JSON Lines alone."""

    TEXT = "text"
    TEXTS = "texts"
    WHOLE = "whole"
    NUMBER = "number"
    MOMENT = "moment"
    DATA = "data"


@dataclass(frozen=True, slots=True)
class OutColumn:
    """A column of an output file; `decimals` are those of a number."""

    name: str
    holds: Holds
    decimals: int = 0


@contextmanager
def writing(path: Path, columns: Sequence[OutColumn]) -> Iterator[Write]:
    """Give a function that writes a row; the file takes its place when all went well.

    An earlier file of that name stays until then. Raises `FileError`.
    """
    kind = file_kind(path)
    with _replacing(path) as file, _WRITERS[kind](file, columns) as write:
        yield write


@contextmanager
def _csv(file: IO[bytes], columns: Sequence[OutColumn]) -> Iterator[Write]:
    kept = [column for column in columns if column.holds is not Holds.DATA]
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow([column.name for column in kept])
    yield lambda row: writer.writerow([_cell(row.get(column.name)) for column in kept])
    text.detach()


def _cell(value: object) -> object:
    """Return a value for CSV; a text that a spreadsheet would run as a formula is defused."""
    match value:
        case list() | tuple():
            return defused(";".join(map(str, value)))
        case datetime():
            return instant(value)
        case date():
            return value.isoformat()
        case Decimal():
            return decimal_text(value)
        case str():
            return defused(value)
    return value


def defused(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula; numbers stay as they are.

    >>> defused("=1+1"), defused("-5"), defused("L-1")
    ("'=1+1", '-5', 'L-1')
    """
    runs = text.startswith(_FORMULA) and not _PLAIN_NUMBER.fullmatch(text)
    return f"'{text}" if runs else text


@contextmanager
def _jsonl(file: IO[bytes], columns: Sequence[OutColumn]) -> Iterator[Write]:
    import msgspec

    encoder = msgspec.json.Encoder(decimal_format="number")
    names = [column.name for column in columns]

    def write(row: Row) -> None:
        file.write(encoder.encode({name: row.get(name) for name in names}) + b"\n")

    yield write


@contextmanager
def _parquet(file: IO[bytes], columns: Sequence[OutColumn]) -> Iterator[Write]:
    parquet = import_parquet()
    import pyarrow

    schema = pyarrow.schema([(c.name, _arrow(pyarrow, c)) for c in columns if _is_flat(c)])
    waiting: list[Row] = []

    def flush() -> None:
        names = schema.names
        rows = [{name: _exact(row.get(name)) for name in names} for row in waiting]
        writer.write_table(pyarrow.Table.from_pylist(rows, schema=schema))
        waiting.clear()

    def write(row: Row) -> None:
        waiting.append(row)
        if len(waiting) >= _BATCH:
            flush()

    with parquet.ParquetWriter(file, schema) as writer:
        yield write
        flush()


def _is_flat(column: OutColumn) -> bool:
    return column.holds is not Holds.DATA


def _exact(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _arrow(pyarrow: Any, column: OutColumn) -> Any:
    match column.holds:
        case Holds.WHOLE:
            return pyarrow.int64()
        case Holds.NUMBER:
            return pyarrow.decimal128(28, column.decimals)
        case Holds.MOMENT:
            return pyarrow.timestamp("us", tz="UTC")
        case Holds.TEXTS:
            return pyarrow.list_(pyarrow.string())
        case _:
            return pyarrow.string()


_WRITERS: Final[
    Mapping[str, Callable[[IO[bytes], Sequence[OutColumn]], AbstractContextManager[Write]]]
] = {"csv": _csv, "jsonl": _jsonl, "parquet": _parquet}


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a file beside its final place, and move it there at the end if nothing went wrong."""
    name: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            yield file
        Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(path)
    except OSError as error:
        raise FileError(f"`{path}` cannot be written: {error.strerror or error}") from error
    finally:
        if name is not None:
            Path(name).unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

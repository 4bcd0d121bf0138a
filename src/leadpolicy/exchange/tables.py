"""Files of rows, read one after the other: CSV, JSON Lines and Parquet."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from leadpolicy.diagnostics import did_you_mean

if TYPE_CHECKING:
    import msgspec

FIELD_LIMIT: Final = 64 * 1024 * 1024
"""The longest value of a CSV file, in characters."""

KINDS: Final = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}


class FileError(ValueError):
    """A file cannot be used at all; `hint` says what to do about it."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        self.message, self.hint = message, hint
        super().__init__(message if hint is None else f"{message}; {hint}")


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row as it stands in a file; `problem` says why it cannot even be split into values.

    `number` is what an editor shows: the line in text files, the count from 1 in Parquet.
    """

    number: int
    values: Mapping[str, object]
    problem: str | None = None


Reader: TypeAlias = Callable[[Path], Iterator[RawRow]]


def read_rows(path: Path) -> Iterator[RawRow]:
    """Yield the rows of a file; raises `FileError` where it cannot be read at all."""
    kind = file_kind(path)
    _require_file(path)
    with _as_file_error(path):
        yield from _READERS[kind](path)


def columns_of(path: Path) -> tuple[str, ...] | None:
    """Return the columns that a file declares; None for JSON Lines, where each row has its own."""
    kind = file_kind(path)
    _require_file(path)
    if kind == "jsonl":
        return None
    with _as_file_error(path):
        if kind == "parquet":
            with _parquet_file(path) as file:
                return tuple(file.schema_arrow.names)
        with _open_csv(path) as (_, names):
            return tuple(names)


def file_kind(path: Path) -> str:
    """Return csv, jsonl or parquet by the file's ending; raises `FileError` for others."""
    suffix = path.suffix.lower()
    if suffix not in KINDS:
        ending = f"has the ending `{suffix}`" if suffix else "has no ending"
        message = f"`{path}` {ending}, so its format is not known"
        raise FileError(message, did_you_mean(suffix, KINDS))
    return KINDS[suffix]


@contextmanager
def _as_file_error(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FileError(f"`{path}` cannot be read: {error.strerror or error}") from error


def _require_file(path: Path) -> None:
    if path.is_dir():
        raise FileError(f"`{path}` is a folder, not a file")
    if not path.is_file():
        names = (
            [x.name for x in path.parent.iterdir() if x.name[:1] != "."]
            if path.parent.is_dir()
            else []
        )
        raise FileError(f"there is no file `{path}`", did_you_mean(path.name, names[:1000]))


def _read_csv(path: Path) -> Iterator[RawRow]:
    with _open_csv(path) as (reader, names):
        yield from _csv_rows(reader, names)


@contextmanager
def _open_csv(path: Path) -> Iterator[tuple[Any, list[str]]]:
    """Open a file with a header; bytes that are not UTF-8 become surrogates, not errors."""
    csv.field_size_limit(FIELD_LIMIT)
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        head = file.readline(FIELD_LIMIT)
        file.seek(0)
        reader = csv.reader(file, delimiter=_delimiter(head), strict=True)
        try:
            header = next(reader, None)
        except csv.Error as error:
            raise FileError(f"`{path}` is not CSV: {error}") from None
        yield reader, _names(path, header)


def _names(path: Path, header: list[str] | None) -> list[str]:
    if not header or not any(name.strip() for name in header):
        raise FileError(f"`{path}` has no column names in its first line")
    names = [name.strip() for name in header]
    if any("\0" in name or _not_utf8(name) for name in names):
        raise FileError(f"`{path}` is not CSV in UTF-8", "save it as CSV UTF-8")
    twice = next((name for name in names if name and names.count(name) > 1), None)
    if twice is not None:
        raise FileError(f"`{path}` has two columns `{twice}`", "rename one of them")
    return names


def _delimiter(head: str) -> str:
    """Return the delimiter that is most frequent in the header, outside of quotes."""
    plain = "".join(head.split('"')[::2])
    return max((",", ";", "\t", "|"), key=plain.count)


def _csv_rows(reader: Any, names: list[str]) -> Iterator[RawRow]:
    while True:
        line = reader.line_num + 1
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield RawRow(line, {}, f"the line is not CSV: {error}")
            continue
        if values:
            yield _csv_row(line, values, names)


def _csv_row(line: int, values: list[str], names: list[str]) -> RawRow:
    row: dict[str, object] = dict(zip(names, values, strict=False))
    if len(values) != len(names):
        wrong = f"the row has {len(values)} values and the header {len(names)} names"
        return RawRow(line, row, wrong)
    broken = next((name for name, text in zip(names, values, strict=True) if _not_utf8(text)), None)
    return RawRow(line, row, None if broken is None else f"column `{broken}` is not UTF-8")


def _not_utf8(text: str) -> bool:
    return not text.isascii() and any("\udc80" <= char <= "\udcff" for char in text)


def _read_jsonl(path: Path) -> Iterator[RawRow]:
    import msgspec

    decoder = msgspec.json.Decoder(float_hook=Decimal)
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
            if text.strip():
                yield _json_row(number, text, decoder)


def _json_row(number: int, line: bytes, decoder: msgspec.json.Decoder[Any]) -> RawRow:
    try:
        data = decoder.decode(line)
    except (ValueError, RecursionError, ArithmeticError) as error:
        return RawRow(number, {}, f"the line is not JSON: {error}")
    if not isinstance(data, dict):
        return RawRow(number, {}, "the line is not a JSON object")
    return RawRow(number, data)


def _read_parquet(path: Path) -> Iterator[RawRow]:
    number = 0
    with _parquet_file(path) as file:
        for batch in file.iter_batches(batch_size=4096):
            for values in batch.to_pylist():
                number += 1
                yield RawRow(number, values)


@contextmanager
def _parquet_file(path: Path) -> Iterator[Any]:
    parquet = import_parquet()
    from pyarrow import ArrowException

    try:
        with parquet.ParquetFile(path) as file:
            yield file
    except (ArrowException, ValueError) as error:
        text = str(error).splitlines()[0]
        raise FileError(f"`{path}` cannot be read as Parquet: {text}") from error


def import_parquet() -> Any:
    """Return the Parquet library; raises `FileError` that says how to get it."""
    try:
        import pyarrow.parquet
    except ImportError:
        hint = "run `pip install 'leadpolicy[parquet]'`"
        raise FileError("Parquet files need pyarrow", hint) from None
    return pyarrow.parquet


_READERS: Final[Mapping[str, Reader]] = {
    "csv": _read_csv,
    "jsonl": _read_jsonl,
    "parquet": _read_parquet,
}

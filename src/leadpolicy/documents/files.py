"""Reading files that documents name: bounded in size, and only inside a folder."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from itertools import islice
from os import PathLike
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Final

from leadpolicy.diagnostics import Diagnostic, Span, did_you_mean
from leadpolicy.documents.builder import StopReadingError
from leadpolicy.documents.scalars import SourceText, first_refused, quoted

MAX_LIST_BYTES: Final = 5 * 1024 * 1024
MAX_NAMES: Final = 1000

_COMMENT: Final = re.compile(r"(?:^|[ \t])#.*")
_LINE: Final = re.compile(r"\r\n|\r|\n")


def read_source(path: Path, shown: str, *, limit: int, blame: Span | None = None) -> SourceText:
    """Read a file of at most `limit` bytes as UTF-8; bytes that are not UTF-8 become surrogates.

    Raises `StopReadingError` at `blame` (the file's first character when it is None) for a file
    that is missing, not readable, not a regular file, or too large.
    """
    span = blame or Span(shown, 1, 1, 1, 1)
    try:
        content = _read_bytes(path, limit)
    except FileNotFoundError:
        hint = did_you_mean(path.name, names_in(path.parent))
        raise StopReadingError("LP107", f"file {quoted(shown)} not found", span, hint) from None
    except (OSError, ValueError) as error:
        reason = str(getattr(error, "strerror", None) or error).lower()
        message = f"file {quoted(shown)} cannot be read: {reason}"
        raise StopReadingError("LP107", message, span) from None
    if len(content) > limit:
        message = f"file {quoted(shown)} has more than {limit:,} bytes"
        raise StopReadingError("LP105", message, span, "split it into several files")
    return SourceText(shown, content.decode("utf-8-sig", "surrogateescape"))


def _read_bytes(path: Path, limit: int) -> bytes:
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise OSError("it is not a regular file")
    if found.st_size > limit:
        return bytes(limit + 1)
    with path.open("rb") as file:
        return file.read(limit + 1)


def names_in(folder: Path) -> list[str]:
    """Return the names of the first entries of a folder; nothing when it cannot be listed."""
    try:
        return sorted(entry.name for entry in islice(folder.iterdir(), MAX_NAMES))
    except OSError:
        return []


def inside(folder: Path, name: str) -> Path | None:
    """Return the path of a named file; None unless it lies inside the folder, links followed."""
    pure = PurePosixPath(name)
    if pure.is_absolute() or ".." in pure.parts or "\\" in name or PureWindowsPath(name).drive:
        return None
    path = folder / name
    return path if real_path(path).is_relative_to(real_path(folder)) else None


def real_path(path: Path) -> Path:
    """Return the absolute path, links followed; as written where links run in a circle."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        return path.absolute()


def is_folder(path: Path) -> bool:
    """Tell whether the path is a folder that can be looked at."""
    try:
        return path.is_dir()
    except OSError:
        return False


def is_file(path: Path) -> bool:
    """Tell whether the path is a file that can be looked at."""
    try:
        return path.is_file()
    except OSError:
        return False


def outside(name: str, span: Span, hint: str | None = None) -> Diagnostic:
    """Return the problem of a file name that leads out of the folder."""
    message = f"the file {quoted(name)} is not inside the folder of the document"
    return Diagnostic("LP108", message, span=span, hint=hint)


def read_list_file(
    folder: str | PathLike[str], name: str
) -> tuple[tuple[str, ...], tuple[Diagnostic, ...]]:
    """Read a UTF-8 file with one entry per line; `#` starts a comment, empty lines are skipped.

    The file lies inside `folder` and has at most 5 MiB; otherwise there are no entries, and the
    problems (LP101, LP105, LP107, LP108) say why. Never raises for what the file holds.
    """
    shown = (Path(folder) / name).as_posix()
    path = inside(Path(folder), name)
    if path is None:
        return (), (outside(name, Span(shown, 1, 1, 1, 1)),)
    try:
        source = read_source(path, shown, limit=MAX_LIST_BYTES)
    except StopReadingError as stop:
        return (), (stop.diagnostic,)
    if refused := first_refused(source.text):
        at, what = refused
        span = source.span(at, at + 1)
        return (), (Diagnostic("LP101", f"not a list of lines: {what}", span=span),)
    return tuple(_entries(source.text)), ()


def _entries(text: str) -> Iterator[str]:
    for line in _LINE.split(text):
        entry = _COMMENT.sub("", line).strip()
        if entry:
            yield entry

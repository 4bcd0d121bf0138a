"""What is logged while a block runs."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


class _Keeper(logging.Handler):
    def __init__(self, level: int, kept: list[str]) -> None:
        super().__init__(level)
        self._kept = kept

    def emit(self, record: logging.LogRecord) -> None:
        self._kept.append(record.getMessage())


@contextmanager
def captured_logs(level: int) -> Iterator[list[str]]:
    """Yield the messages that anybody logs at a level and above, as they come."""
    root, kept = logging.getLogger(), list[str]()
    keeper, former = _Keeper(level, kept), root.level
    root.addHandler(keeper)
    root.setLevel(level)
    try:
        yield kept
    finally:
        root.setLevel(former)
        root.removeHandler(keeper)

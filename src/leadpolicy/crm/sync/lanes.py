"""Calls side by side, as many at once as the connector takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from typing import Generic, TypeVar

T = TypeVar("T")


class Lanes(Generic[T]):
    """Runs calls in as many threads as there are lanes; with one lane, right where it stands.

    What a call was made for comes back with its future.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._threads: Executor | None = None
        self._out: dict[Future[object], T] = {}

    @property
    def busy(self) -> bool:
        """Tell whether any call is out, or answered and not collected."""
        return bool(self._out)

    @property
    def full(self) -> bool:
        """Tell whether no further call may begin."""
        return len(self._out) >= self._width

    def start(self, what: T, call: Callable[[], object]) -> None:
        """Make a call."""
        if self._width > 1:
            self._threads = self._threads or ThreadPoolExecutor(self._width, "leadpolicy-sync")
            self._out[self._threads.submit(call)] = what
            return
        future: Future[object] = Future()
        try:
            future.set_result(call())
        except Exception as error:
            future.set_exception(error)
        self._out[future] = what

    def collect(self, timeout: float | None = None) -> Iterator[tuple[T, Future[object]]]:
        """Wait for an answer, and yield all that have come."""
        done, _ = wait(self._out, timeout, FIRST_COMPLETED)
        for future in [future for future in self._out if future in done]:
            yield self._out.pop(future), future

    def close(self) -> None:
        """Wait until every call has ended."""
        if self._threads is not None:
            self._threads.shutdown(wait=True)

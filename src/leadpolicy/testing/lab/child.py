"""Running a task in a process of its own that can be ended, or held, at any point of a run.

A child is forked from the warm parent, so it starts in milliseconds and ends as a real process
does: with SIGKILL, nothing of it can tidy up. Whatever the task needs, such as a connector or a
store, it opens itself. A POSIX system is needed.
"""

from __future__ import annotations

import os
import pickle
import select
import signal
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, NoReturn, TypeAlias

from leadpolicy.crm.points import Point, Probe

Task: TypeAlias = Callable[[Probe], object]
_PATIENCE: Final = 120.0
_HELD: Final = b"H"


@dataclass(frozen=True, slots=True)
class At:
    """The `passage`-th time, from 1, that a run comes to a point."""

    point: Point
    passage: int = 1


class How(StrEnum):
    """How a child ended."""

    DONE = "done"
    FAILED = "failed"
    KILLED = "killed"


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a child: what its task returned or raised, and how often it came to each point.

    A killed child tells nothing, not even its passages.
    """

    how: How
    value: Any = None
    error: str = ""
    message: str = ""
    trace: str = ""
    passages: Mapping[Point, int] = field(default_factory=dict)


class Child:
    """A task on its way in another process."""

    def __init__(self, task: Task, kill: At | None = None, hold: At | None = None) -> None:
        self._answers, answers = os.pipe()
        nods, self._nods = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            _live(task, _Walk(kill, hold, answers, nods))
        os.close(answers)
        os.close(nods)
        self._told = b""
        self._reaped = False

    def wait_until_held(self) -> bool:
        """Wait for the point at which the child holds; False when it ended before."""
        first = self._read(1)
        if first != _HELD:
            self._told = first
        return first == _HELD

    def go_on(self) -> None:
        """Let a child that holds go on; one that has ended is left alone."""
        with suppress(BrokenPipeError):
            os.write(self._nods, b"G")

    def kill(self) -> None:
        """End the child where it stands."""
        os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> Ended:
        """Wait for the end."""
        while chunk := self._read(65_536):
            self._told += chunk
        self._reap()
        told = self._told.removeprefix(_HELD)
        return pickle.loads(told) if told else Ended(How.KILLED)  # noqa: S301

    def _read(self, size: int) -> bytes:
        if not select.select([self._answers], [], [], _PATIENCE)[0]:
            self.kill()
            self._reap()
            raise TimeoutError(f"the child has not moved for {_PATIENCE:.0f} seconds")
        return os.read(self._answers, size)

    def _reap(self) -> None:
        if not self._reaped:
            self._reaped = True
            os.waitpid(self.pid, 0)
            os.close(self._answers)
            os.close(self._nods)


def in_child(task: Task, kill: At | None = None) -> Ended:
    """Run a task in a child, end it at a point if one is given, and wait."""
    return Child(task, kill).wait()


class _Walk:
    """The probe of a child: counts points, and dies or waits where it should."""

    def __init__(self, kill: At | None, hold: At | None, answers: int, nods: int) -> None:
        self.passages: Counter[Point] = Counter()
        self._kill, self._hold = kill, hold
        self.answers, self._nods = answers, nods

    def __call__(self, point: Point) -> None:
        self.passages[point] += 1
        here = At(point, self.passages[point])
        if here == self._kill:
            os.kill(os.getpid(), signal.SIGKILL)
        if here == self._hold:
            os.write(self.answers, _HELD)
            os.read(self._nods, 1)


def _live(task: Task, walk: _Walk) -> NoReturn:
    """Run the task in the child and tell the parent; nothing of the parent is ever unwound."""
    try:
        ended = _run(task, walk)
        with os.fdopen(walk.answers, "wb") as answers:
            pickle.dump(ended, answers)
    finally:
        os._exit(0)


def _run(task: Task, walk: _Walk) -> Ended:
    try:
        value = task(walk)
    except BaseException as error:
        text = traceback.format_exc()
        name, message = type(error).__name__, str(error)
        return Ended(How.FAILED, None, name, message, text, dict(walk.passages))
    return Ended(How.DONE, value, passages=dict(walk.passages))

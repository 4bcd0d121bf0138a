"""Runs that end in the middle: a forked process that kills itself at a point of its run."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from leadpolicy.crm.points import Point
from leadpolicy.testing.contract.behaviour import NotApplicableError, ViolationError
from leadpolicy.testing.contract.bench import Scene

Work: TypeAlias = Callable[..., object]
_FAILED: Final = 3


def refuse_unkillable(scene: Scene) -> None:
    """Raise `NotApplicableError` where nothing can be learned from a kill."""
    if not hasattr(os, "fork"):
        raise NotApplicableError("this system cannot fork a process")
    if not scene.crm.outlives:
        raise NotApplicableError("the CRM ends together with the process of the connector")


def killed_at(scene: Scene, point: Point, passage: int, work: Work) -> bool:
    """Run `work(probe=…)` in a process that kills itself at a passage of a point.

    Returns False when the run came to its end before. The scene's connector and store are closed
    for it and opened again.
    """
    scene.connector.close()
    scene.store.close()
    child = os.fork()
    if child == 0:
        _run_and_exit(scene, point, passage, work)
    _, status = os.waitpid(child, 0)
    scene.reopen()
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    if os.waitstatus_to_exitcode(status):
        raise ViolationError("a run that was to be killed ended with an error before")
    return False


def _run_and_exit(scene: Scene, point: Point, passage: int, work: Work) -> None:
    passed: Counter[Point] = Counter()

    def probe(at: Point) -> None:
        passed[at] += 1
        if at is point and passed[at] == passage:
            os.kill(os.getpid(), signal.SIGKILL)

    code = _FAILED
    try:
        scene.reopen()
        store: Any = scene.store
        if hasattr(store, "probe"):
            store.probe = probe
        work(probe=probe)
        code = 0
    finally:
        os._exit(code)

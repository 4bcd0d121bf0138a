"""Calls that may be made again: waiting while a CRM is busy or its answer was lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from leadpolicy.crm.clock import Clock
from leadpolicy.crm.errors import BusyError, ConnectorError

if TYPE_CHECKING:
    from tenacity import RetryCallState

T = TypeVar("T")

ATTEMPTS: Final = 5
LONGEST_WAIT: Final = 60.0


def patiently(call: Callable[[], T], clock: Clock, attempts: int = ATTEMPTS) -> T:
    """Return what a harmless call returns, making it again after errors that may pass.

    Waits as long as the CRM asks, at most a minute, or else longer each time. Raises the last
    `ConnectorError`.
    """
    from tenacity import Retrying, retry_if_exception, stop_after_attempt

    retrying = Retrying(
        retry=retry_if_exception(_may_pass),
        wait=_wait,
        stop=stop_after_attempt(attempts),
        sleep=clock.sleep,
        reraise=True,
    )
    return retrying(call)


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, ConnectorError) and error.retryable


def _wait(state: RetryCallState) -> float:
    from tenacity import wait_random_exponential

    error = None if state.outcome is None else state.outcome.exception()
    asked = error.retry_after if isinstance(error, BusyError) else None
    if asked is not None:
        return min(max(asked, 0.0), LONGEST_WAIT)
    return wait_random_exponential(multiplier=0.2, max=LONGEST_WAIT)(state)

"""Calls to a connector: within its limits, counted, and made again where that is harmless."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeVar

from leadpolicy.crm.clock import Clock
from leadpolicy.crm.connector import (
    BusyError,
    Column,
    Connector,
    ConnectorError,
    LeadRow,
    QuotaError,
    ThrottledError,
)
from leadpolicy.crm.sync.limits import Limits, wait_seconds
from leadpolicy.crm.sync.settings import Settings
from leadpolicy.crm.sync.telemetry import span

if TYPE_CHECKING:
    from tenacity import RetryCallState

T = TypeVar("T")

_MOST_THROTTLES: Final = 20


@dataclass(slots=True)
class Patience:
    """How often one call has been put off; being throttled is nobody's fault and counts apart."""

    limit: int
    setbacks: int = 0
    throttles: int = 0

    def ends_with(self, error: BaseException) -> bool:
        """Note an error and tell whether it is the one too many."""
        if isinstance(error, ThrottledError):
            self.throttles += 1
            return self.throttles >= _MOST_THROTTLES
        self.setbacks += 1
        return self.setbacks >= self.limit


class Calls:
    """The way to one connector."""

    def __init__(self, connector: Connector, settings: Settings) -> None:
        self.connector: Final = connector
        self.clock: Final[Clock] = settings.clock
        self.limits: Final = Limits(connector.capabilities.rates, settings.clock)
        self.reads = 0
        self.writes = 0
        self._patience = settings.patience
        self._chance = settings.chance
        self._longest = settings.longest_wait
        self._left: int | None = None

    def begin(self, *, write: bool = False) -> None:
        """Count a call that goes out now; raises `QuotaError` when none is left for today."""
        if self.connector.capabilities.live_quota:
            self._spend()
        self.limits.log()
        if write:
            self.writes += 1
        else:
            self.reads += 1

    def _spend(self) -> None:
        if not self._left:
            quota = self.connector.quota()
            if quota is None:
                return
            if not quota.left:
                message = f"all {quota.limit} calls that the CRM allows are used up"
                raise QuotaError(message, "run it again later", resets_at=quota.resets_at)
            self._left = quota.left
        self._left -= 1

    def put_off(self, error: BaseException, patience: Patience) -> None:
        """Hold back every call after an error that passes, as long as the CRM asks for."""
        asked = error.retry_after if isinstance(error, BusyError) else None
        tries = patience.throttles if isinstance(error, ThrottledError) else patience.setbacks
        self.limits.close(wait_seconds(asked, tries, self._chance, self._longest))

    def read(self, name: str, call: Callable[[], T]) -> T:
        """Make a call that changes nothing, and again while the CRM cannot answer it."""
        return self.again(name, call, write=False)

    def again(self, name: str, call: Callable[[], T], *, write: bool = True) -> T:
        """Make a call that may be made twice without harm, until it is answered."""
        from tenacity import Retrying, retry_if_exception

        patience = Patience(self._patience)

        def stop(state: RetryCallState) -> bool:
            return patience.ends_with(_error(state))

        def hold_back(state: RetryCallState) -> None:
            self.put_off(_error(state), patience)

        retrying = Retrying(
            retry=retry_if_exception(_is_passing),
            stop=stop,
            before_sleep=hold_back,
            sleep=lambda _none: None,
            reraise=True,
        )
        answer: T = retrying(self._once, name, call, write)
        return answer

    def _once(self, name: str, call: Callable[[], T], write: bool) -> T:
        self.limits.wait()
        self.begin(write=write)
        with span(f"leadpolicy.crm.{name}", self.connector.target):
            return call()

    def leads(self, columns: Sequence[Column], keys: Sequence[str] | None) -> Iterator[LeadRow]:
        """Yield leads; when reading breaks off, it begins anew and goes on behind the last one."""
        patience, last = Patience(self._patience), None
        while True:
            try:
                for lead in self._behind(last, columns, keys):
                    last = lead.key
                    yield lead
            except ConnectorError as error:
                if not _is_passing(error) or patience.ends_with(error):
                    raise
                self.put_off(error, patience)
            else:
                return

    def _behind(
        self, last: str | None, columns: Sequence[Column], keys: Sequence[str] | None
    ) -> Iterator[LeadRow]:
        rows = iter(self.connector.read_leads(columns, keys))
        found = last is None
        size = self.connector.capabilities.batch_max
        page: list[LeadRow] | None = None
        while page is None or len(page) == size:
            self.limits.wait()
            self.begin()
            page = list(islice(rows, size))
            for row in page:
                if found:
                    yield row
                found = found or row.key == last
        if not found:
            message = f"lead `{last}` was gone when reading began anew"
            raise ConnectorError(message, "run it again")


def _is_passing(error: BaseException) -> bool:
    return isinstance(error, ConnectorError) and error.retryable


def _error(state: RetryCallState) -> BaseException:
    error = state.outcome.exception() if state.outcome else None
    if error is None:
        raise AssertionError("a call that went well is not made again")
    return error

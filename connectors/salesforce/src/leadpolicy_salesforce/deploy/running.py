"""One deploy from its beginning to its end: started, looked after, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from leadpolicy.crm.clock import Clock
from leadpolicy.crm.connector import AnswerLostError, BusyError, ConnectorError
from leadpolicy_salesforce.deploy.soap import Line, deploy_status, send_deploy
from leadpolicy_salesforce.metadata.xml import is_true, parts_of, value_of

FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 10.0
_GROWTH: Final = 2.0


@dataclass(frozen=True, slots=True)
class Failure:
    """A component that Salesforce refuses, and why."""

    type: str
    name: str
    file: str
    problem: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a deploy; `problem` is what it says of itself as a whole."""

    success: bool
    failures: tuple[Failure, ...] = field(default=())
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Deploys:
    """Deploys to one org; `patience` is how many seconds one may take."""

    line: Line
    clock: Clock
    patience: float

    def run(self, archive: bytes, *, check_only: bool) -> Outcome:
        """Deploy an archive and return what came of it; with `check_only` nothing is changed.

        Raises `BusyError` or `AnswerLostError` when it takes too long, and `ConnectorError`.
        """
        deploy = send_deploy(self.line, archive, check_only=check_only)
        for pause in self._pauses():
            self.clock.sleep(pause)
            status = self._status(deploy, check_only)
            if is_true(status, "done"):
                return _outcome(status)
        raise self._too_long(deploy, check_only)

    def _pauses(self) -> Iterator[float]:
        """Yield growing pauses until patience ends."""
        ends, pause = self.clock.monotonic() + self.patience, FIRST_PAUSE
        while self.clock.monotonic() < ends:
            yield pause
            pause = min(pause * _GROWTH, LONGEST_PAUSE)

    def _status(self, deploy: str, check_only: bool) -> etree._Element:
        try:
            return deploy_status(self.line, deploy)
        except (BusyError, AnswerLostError) as error:
            if check_only:
                raise
            raise AnswerLostError(
                f"the deploy `{deploy}` runs, and what comes of it is not known: {error.message}"
            ) from None

    def _too_long(self, deploy: str, check_only: bool) -> ConnectorError:
        message = f"the deploy `{deploy}` has not ended after {self.patience:.0f} seconds"
        hint = "look at Setup, Deployment Status"
        return BusyError(message, hint) if check_only else AnswerLostError(message, hint)


def _outcome(status: etree._Element) -> Outcome:
    failures = tuple(_failures(status))
    code, message = value_of(status, "errorStatusCode"), value_of(status, "errorMessage")
    state = value_of(status, "status") or ""
    problem = message or code or ("" if failures else f"the deploy ended as {state}")
    success = is_true(status, "success") and not failures
    return Outcome(success, failures, "" if success else problem)


def _failures(status: etree._Element) -> Iterator[Failure]:
    for details in parts_of(status, "details"):
        for item in parts_of(details, "componentFailures"):
            if not is_true(item, "success"):
                names = ("componentType", "fullName", "fileName", "problem")
                yield Failure(*(value_of(item, name) or "" for name in names))

"""Check behaviours on a connector, and say of each what came out and why."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from leadpolicy.crm.capabilities import Capabilities
from leadpolicy.testing.contract.behaviour import (
    Behaviour,
    NotApplicableError,
    NotOfferedError,
    Tier,
    ViolationError,
)
from leadpolicy.testing.contract.bench import Bench
from leadpolicy.testing.contract.harness import Harness

_LONGEST: Final = 600
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder in memory, used through `tempfile`


class Mark(StrEnum):
    """What came out: an exempt behaviour was taken out by the author, with a reason.

    A behaviour that is not applicable was taken out by the connector's capabilities.
    """

    PASSED = "passed"
    FAILED = "failed"
    EXEMPT = "exempt"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Result:
    """What came out for one behaviour; `reason` says why it failed or was not checked."""

    behaviour: Behaviour
    mark: Mark
    reason: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Report:
    """What came out for a connector."""

    connector: str
    version: str
    capabilities: Capabilities
    results: tuple[Result, ...]

    @property
    def failures(self) -> tuple[Result, ...]:
        """The behaviours that the connector does not show."""
        return tuple(result for result in self.results if result.mark is Mark.FAILED)

    @property
    def tier(self) -> Tier:
        """The highest tier in which something passed, and nothing failed in it or below."""
        passed = {r.behaviour.tier for r in self.results if r.mark is Mark.PASSED}
        failed = min((r.behaviour.tier for r in self.failures), default=Tier.PLATINUM + 1)
        return max((tier for tier in passed if tier < failed), default=Tier.NONE)

    def count(self, mark: Mark) -> int:
        """Return how many behaviours came out so."""
        return sum(result.mark is mark for result in self.results)


def run(
    harness: Harness,
    behaviours: Iterable[Behaviour],
    reasons: Mapping[str, str] | None = None,
    done: Callable[[Result], object] = lambda _result: None,
) -> Report:
    """Check behaviours one after the other; `done` is told of each result.

    `reasons` maps slugs to why they are taken out.
    """
    name, version, able = _introduce(harness)
    results = []
    for behaviour in behaviours:
        results.append(_check(behaviour, harness, reasons or {}, able))
        done(results[-1])
    return Report(name, version, able, tuple(results))


def check(
    behaviour: Behaviour, harness: Harness, reasons: Mapping[str, str] | None = None
) -> Result:
    """Check one behaviour."""
    return _check(behaviour, harness, reasons or {}, _introduce(harness)[2])


def _introduce(harness: Harness) -> tuple[str, str, Capabilities]:
    with _folder() as folder:
        crm = harness.sandbox(folder)
        connector = crm.open()
        try:
            return connector.name, connector.version, connector.capabilities
        finally:
            connector.close()
            crm.close()


@contextmanager
def _folder() -> Iterator[Path]:
    """Yield an empty folder, in memory where the system has a place for that."""
    room = str(_MEMORY) if _MEMORY.is_dir() else None
    with TemporaryDirectory(prefix="leadpolicy-contract-", dir=room) as folder:
        yield Path(folder)


def _check(
    behaviour: Behaviour, harness: Harness, reasons: Mapping[str, str], able: Capabilities
) -> Result:
    if reason := reasons.get(behaviour.slug, ""):
        return Result(behaviour, Mark.EXEMPT, reason)
    if reason := behaviour.need(able):
        return Result(behaviour, Mark.NOT_APPLICABLE, reason)
    started = time.perf_counter()
    with _folder() as folder:
        mark, reason = _come_out(behaviour, harness, folder)
    return Result(behaviour, mark, reason, time.perf_counter() - started)


def _come_out(behaviour: Behaviour, harness: Harness, folder: Path) -> tuple[Mark, str]:
    """Run a check; whatever a connector raises is its own fault."""
    try:
        with Bench(harness, folder) as bench:
            behaviour.check(bench)
    except ViolationError as error:
        return Mark.FAILED, str(error)
    except NotApplicableError as error:
        return Mark.NOT_APPLICABLE, str(error)
    except NotOfferedError as error:
        return Mark.FAILED, f"{error}, and `connector.toml` gives no reason"
    except Exception as error:
        return Mark.FAILED, f"{type(error).__name__}: {error}"[:_LONGEST]
    return Mark.PASSED, ""

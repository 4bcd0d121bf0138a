"""A CRM over HTTP that has no faults of its own gets them from a proxy, with the same results."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from leadpolicy.crm.connector import Connector
from leadpolicy.testing.contract import Mark, NotOfferedError, behaviour_named, check
from leadpolicy.testing.contract.proxied import ProxiedSandbox
from leadpolicy.testing.contract.references.labs import TIMEOUT, LabHarness, LabSandbox
from leadpolicy.testing.lab import Fault, Lab, Operation, Scripted
from leadpolicy.testing.lab.connectors import LabConnector, UpsertConnector
from leadpolicy.testing.lab.proxy import Asked

from .broken.http import ReadsItemsByTheirPlace, TakesAnyAnswerForSuccess

PURPOSES = {"upsert": Operation.WRITE, "lookup": Operation.LOOKUP}
PROXIED = [
    "status-429-is-throttling",
    "an-unreadable-answer-is-in-doubt",
    "a-timeout-or-gateway-error-is-in-doubt",
    "garbled-items-are-read-by-key",
    "a-failed-lookup-is-told",
    "status-401-and-403-end-the-run",
    "an-unreachable-crm-is-not-in-doubt",
]


def purpose(asked: Asked) -> Operation | None:
    return PURPOSES.get(asked.path.rsplit("/", 1)[-1])


def items(data: Any) -> list[Any] | None:
    return data.get("items") if isinstance(data, dict) else None


class Behind(LabSandbox):
    """A CRM of the lab as if it could not fail by itself."""

    def __init__(self, lab: Lab, kind: type[LabConnector]) -> None:
        super().__init__(lab, kind)
        self.kind = kind
        self.front = ProxiedSandbox(self.crm.url, purpose, items)

    def open(self, url: str | None = None) -> Connector:
        return self.kind(url or self.front.proxy.url, TIMEOUT)

    def strike(self, *faults: Scripted) -> None:
        self.front.strike(*faults)

    def close(self) -> None:
        self.front.close()
        super().close()


class BehindHarness(LabHarness):
    """Makes CRMs behind a proxy."""

    def __init__(self, lab: Lab, kind: type[LabConnector] = UpsertConnector) -> None:
        super().__init__(lab, kind)
        self.parts = (lab, kind)

    def sandbox(self, folder: Path) -> LabSandbox:
        return Behind(*self.parts)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


@pytest.mark.parametrize("slug", PROXIED)
def test_a_right_connector_passes_behind_a_proxy(slug: str, lab: Lab) -> None:
    result = check(behaviour_named(slug), BehindHarness(lab))
    assert result.mark is Mark.PASSED, result.reason


@pytest.mark.parametrize(
    ("kind", "slug"),
    [
        (TakesAnyAnswerForSuccess, "an-unreadable-answer-is-in-doubt"),
        (ReadsItemsByTheirPlace, "garbled-items-are-read-by-key"),
    ],
)
def test_a_broken_connector_is_noticed_behind_a_proxy(
    kind: type[LabConnector], slug: str, lab: Lab
) -> None:
    assert check(behaviour_named(slug), BehindHarness(lab, kind)).mark is Mark.FAILED


def test_faults_that_a_proxy_cannot_make_are_not_offered(lab: Lab) -> None:
    sandbox = Behind(lab, UpsertConnector)
    with pytest.raises(NotOfferedError, match="quota-used-up"):
        sandbox.strike(Scripted(Fault.QUOTA_USED_UP, Operation.WRITE))
    sandbox.close()

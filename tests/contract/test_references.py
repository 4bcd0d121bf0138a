"""The kit passes for every connector that is right: no behaviour fails without a fault."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from effort import EFFORT
from leadpolicy.testing.contract import Mark, behaviours, check
from leadpolicy.testing.contract.behaviour import Behaviour, Group
from leadpolicy.testing.contract.reasons import read_reasons
from leadpolicy.testing.contract.references.harnesses import REFERENCES
from leadpolicy.testing.contract.references.labs import LabHarness
from leadpolicy.testing.lab import Lab
from leadpolicy.testing.lab.connectors import (
    AppendConnector,
    AtomicConnector,
    JobConnector,
    UpsertConnector,
)

HERE = Path(__file__).parent
SLUGS = [behaviour.slug for behaviour in behaviours()]
WRITTEN = {name: read_reasons(HERE / f"{name}.toml", SLUGS) for name in ("memory", "lab")}
DIALECTS = {
    kind.name: kind for kind in (UpsertConnector, AtomicConnector, AppendConnector, JobConnector)
}


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


def reasons(name: str) -> Mapping[str, str]:
    return WRITTEN["lab"] if name in DIALECTS else WRITTEN.get(name, {})


EVERYWHERE = {Group.PUSH, Group.FAULTS, Group.DATA}
"""What differs from one way of writing to the next; all else is the same code in all of them."""

WAITING = {"a-slow-answer-ends", "a-timeout-or-gateway-error-is-in-doubt"}
"""What takes as long as a connector waits, on a wire that all dialects of the lab share."""

CORE = {25, 26, 27, 28, 43, 44}
"""Faults that the core alone deals with."""


def cases() -> Iterator[tuple[str, Behaviour]]:
    for name in (*REFERENCES, *DIALECTS):
        whole = name in {"memory", "upsert", "lab-upsert"} or EFFORT >= 2
        for behaviour in behaviours():
            shared = behaviour.group not in EVERYWHERE or behaviour.number in CORE
            shared = shared or (behaviour.slug in WAITING and name in DIALECTS)
            if whole or not shared:
                yield name, behaviour


@pytest.mark.parametrize(
    ("name", "behaviour"), [*cases()], ids=lambda part: getattr(part, "slug", part)
)
def test_a_reference_shows(behaviour: Behaviour, name: str, request: pytest.FixtureRequest) -> None:
    harness = (
        LabHarness(request.getfixturevalue("lab"), DIALECTS[name])
        if name in DIALECTS
        else REFERENCES[name]
    )
    result = check(behaviour, harness, reasons(name))
    assert result.mark is not Mark.FAILED, result.reason

"""The kit is tested: each broken connector is noticed by the behaviour that is named for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from leadpolicy.testing.contract import Mark, behaviour_named, check
from leadpolicy.testing.contract.references.harnesses import LedgerHarness
from leadpolicy.testing.contract.references.labs import LabHarness
from leadpolicy.testing.contract.references.upsert import UpsertConnector
from leadpolicy.testing.lab import Lab
from leadpolicy.testing.lab.connectors import LabConnector

from .broken import enduring, http, reading, values, writing  # noqa: F401 - they note what is broken
from .broken.packaging import PLUGINS
from .broken.seeded import SEEDED, Seeded


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


@pytest.mark.parametrize("seeded", SEEDED, ids=lambda seeded: seeded.kind.__name__)
def test_a_broken_connector_is_noticed(seeded: Seeded, request: pytest.FixtureRequest) -> None:
    harness: LedgerHarness | LabHarness
    if issubclass(seeded.kind, LabConnector):
        harness = LabHarness(request.getfixturevalue("lab"), seeded.kind)
    else:
        harness = LedgerHarness(seeded.kind)
    result = check(behaviour_named(seeded.caught_by), harness)
    assert result.mark is Mark.FAILED, result
    assert "connector.toml" not in result.reason


@pytest.mark.parametrize("name", PLUGINS)
def test_a_broken_plug_in_is_noticed(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slug, source = PLUGINS[name]
    (tmp_path / f"acme_{name}.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    harness = LedgerHarness(UpsertConnector)
    harness.plugin = f"acme_{name}"
    result = check(behaviour_named(slug), harness)
    assert result.mark is Mark.FAILED, result


def test_there_are_enough_broken_connectors() -> None:
    assert len(SEEDED) + len(PLUGINS) >= 90

"""The fault matrix: a part of it in everyday runs, all of it with `LEADPOLICY_EFFORT=20`."""

from __future__ import annotations

from collections import defaultdict

import pytest

from effort import EFFORT
from leadpolicy.testing.lab import Fault, Lab, Operation
from leadpolicy.testing.lab.faults import KILLS
from leadpolicy.testing.lab.matrix import Atlas, Cell, cells, failures, sample

EVERYTHING = 20
CHOSEN = list(cells()) if EFFORT >= EVERYTHING else list(sample())


def by_operation() -> dict[Operation, list[Cell]]:
    found: dict[Operation, list[Cell]] = defaultdict(list)
    for cell in CHOSEN:
        found[cell.operation].append(cell)
    return found


@pytest.fixture(scope="module")
def atlas(lab: Lab) -> Atlas:
    return Atlas(lab)


@pytest.mark.parametrize("operation", Operation)
def test_no_fault_loses_or_doubles_anything(atlas: Atlas, operation: Operation) -> None:
    wrong = [f"{cell}: {why}" for cell, why in failures(atlas, by_operation()[operation])]
    assert wrong == []


def test_the_sample_has_every_fault_at_every_operation() -> None:
    everything = {(cell.fault, cell.operation) for cell in cells()}
    chosen = list(sample())
    assert {(cell.fault, cell.operation) for cell in chosen} == everything
    assert {cell.fault for cell in chosen} == set(Fault) - KILLS
    for name in ("dialect", "position", "killed"):
        assert {getattr(cell, name) for cell in chosen} == {getattr(cell, name) for cell in cells()}


def test_the_matrix_has_enough_cells() -> None:
    assert len({cell.fault for cell in cells()}) >= 22
    assert len({str(cell) for cell in cells()}) >= 2376

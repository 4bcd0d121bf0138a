"""Medians of the CPU time per input, with all subjects measured side by side.

In each round every subject meets a slice of inputs it has never seen, the same for all, in an order
of its own. A noisy neighbour or a change of clock speed then meets all subjects alike, and the
ratios of the medians stay put where single times do not. Right before its slice a subject is warmed
on other inputs: making a slice empties the processor's caches, and what they cost to fill again
says nothing about the subject. Slices of slow subjects are shorter.
"""

import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from statistics import median, quantiles
from time import process_time_ns
from typing import TypeVar

Input = TypeVar("Input")
Inputs = Callable[[int, int], Sequence[Input]]
"""Called with the number of a round and a count; returns inputs that share no object."""

SLICE_US = 1_000.0
LARGEST_SLICE = 200
WARM_UP_SLICES = 5
WARM_UP_ROUND = 0


@dataclass(frozen=True)
class Timing:
    """CPU time per input in microseconds: median and quartiles over the rounds."""

    median_us: float
    lower_quartile_us: float
    upper_quartile_us: float
    inputs: int


def side_by_side(
    subjects: Mapping[str, Callable[[Input], object]], inputs: Inputs[Input], rounds: int
) -> dict[str, Timing]:
    """Return the timing of every subject over `rounds` (at least 2) rounds."""
    warm_up = inputs(WARM_UP_ROUND, WARM_UP_SLICES * LARGEST_SLICE)
    sizes = {name: _slice_size(call, warm_up) for name, call in subjects.items()}
    times: dict[str, list[float]] = {name: [] for name in subjects}
    gc.collect()
    gc.freeze()
    for number in range(1, rounds + 1):
        for name in Random(number).sample(list(subjects), len(subjects)):
            fresh = inputs(number, sizes[name])
            _us_per_input(subjects[name], warm_up[: WARM_UP_SLICES * sizes[name]])
            times[name].append(_us_per_input(subjects[name], fresh))
    gc.unfreeze()
    return {name: _timing(seen, rounds * sizes[name]) for name, seen in times.items()}


def _slice_size(call: Callable[[Input], object], warm_up: Sequence[Input]) -> int:
    _us_per_input(call, warm_up[:5])
    fitting = round(SLICE_US / _us_per_input(call, warm_up[5:15]))
    return max(1, min(LARGEST_SLICE, fitting))


def _us_per_input(call: Callable[[Input], object], batch: Sequence[Input]) -> float:
    started = process_time_ns()
    for one in batch:
        call(one)
    return (process_time_ns() - started) / len(batch) / 1_000


def _timing(times: list[float], inputs: int) -> Timing:
    lower, _, upper = quantiles(times, n=4)
    return Timing(median(times), lower, upper, inputs)

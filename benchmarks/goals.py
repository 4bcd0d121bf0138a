"""The goals for leadpolicy's single-lead decision, each as a ratio within one run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchmarks.engines import Engine
from benchmarks.peers import PACKAGES

BEST_COMPLETE_PEER = "zen_graph_trace"


@dataclass(frozen=True)
class Goal:
    """A goal, what was measured against it, and whether it is met; `None` if not measured."""

    text: str
    measured: str
    met: bool | None


def goals(engines: list[Engine], medians_us: Mapping[str, float]) -> list[Goal]:
    """Return all goals for every subject; without a subject, each goal as not measured."""
    subjects = [engine.name for engine in engines if engine.role == "subject"] or ["leadpolicy"]
    peers = [name for name in PACKAGES if name != BEST_COMPLETE_PEER]
    return [goal for subject in subjects for goal in _goals_of(subject, peers, medians_us)]


def _goals_of(subject: str, peers: list[str], medians_us: Mapping[str, float]) -> Iterator[Goal]:
    own = medians_us.get(subject)
    yield _at_most(
        f"{subject}: at most 0.45 x the readable function", own, "oracle", 0.45, medians_us
    )
    yield _at_most(
        f"{subject}: at most 1.5 x the specialised one", own, "specialised", 1.5, medians_us
    )
    yield _faster(
        f"{subject}: at least 12 x faster than zen's graph with trace",
        own,
        [BEST_COMPLETE_PEER],
        12.0,
        medians_us,
    )
    yield _faster(f"{subject}: faster than every other peer", own, peers, 1.0, medians_us)


def _at_most(
    text: str, own: float | None, yardstick: str, limit: float, medians_us: Mapping[str, float]
) -> Goal:
    other = medians_us.get(yardstick)
    if own is None or other is None:
        return Goal(text, "not measured", None)
    return Goal(text, f"{own / other:.2f} x", own / other <= limit)


def _faster(
    text: str,
    own: float | None,
    others: list[str],
    least: float,
    medians_us: Mapping[str, float],
) -> Goal:
    missing = [name for name in others if name not in medians_us]
    if own is None:
        return Goal(text, "not measured", None)
    if missing:
        return Goal(text, f"without {missing[0]}, {len(missing)} of {len(others)} missing", None)
    nearest = min(others, key=lambda name: medians_us[name])
    factor = medians_us[nearest] / own
    return Goal(text, f"{factor:.1f} x faster than {nearest}", factor >= least)

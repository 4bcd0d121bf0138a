"""What was lost, doubled or overtaken, judged from the history of the CRM alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from leadpolicy.testing.lab.world import Entry, Json


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody decided to write for one lead, in order, oldest first."""

    decisions: Mapping[str, Sequence[Json]]
    refused: Collection[str] = ()
    """Leads that the CRM refuses for good; nothing can stand there."""
    denied: Mapping[str, int] = field(default_factory=dict)
    """Leads whose consent was denied, with the number of the last call before the run knew."""
    gone: Collection[str] = ()
    """Leads that were removed from the CRM."""


@dataclass(frozen=True, slots=True)
class Findings:
    """Leads by what went wrong; a `rewrite` is an identical write that counts once in the end."""

    lost: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    overtaken: tuple[str, ...] = ()
    strange: tuple[str, ...] = ()
    false_dead: tuple[str, ...] = ()
    after_denial: tuple[str, ...] = ()
    rewrites: int = 0

    @property
    def clean(self) -> bool:
        """Tell whether nothing went wrong."""
        return not any(self.wrong().values())

    def wrong(self) -> dict[str, tuple[str, ...]]:
        """Return what went wrong, by name."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "rewrites"}


def check(history: Iterable[Entry], told: Told, dead: Mapping[str, Json] | None = None) -> Findings:
    """Return what went wrong between what was decided and what happened in the CRM.

    - lost: the last decision does not stand at the end, and nothing forbids it;
    - doubled: one decision was appended twice; a write at a unique key counts as a rewrite;
    - overtaken: an older decision was written after a newer one;
    - strange: something was written that nobody decided;
    - false dead: one of the `dead` letters, payload by key, stands in the CRM or was never refused;
    - after denial: a call for a lead arrived after its denial was known.
    """
    entries = list(history)
    tracks = _tracks(entries)
    walks = {key: _walk(told.decisions.get(key, ()), track) for key, track in tracks.items()}
    excused = {*told.refused, *told.denied, *told.gone}
    decided = {key: steps[-1] for key, steps in told.decisions.items() if steps}
    return Findings(
        lost=_names(k for k in decided.keys() - excused if _last(tracks, k) != decided[k]),
        doubled=_names(key for key, walk in walks.items() if walk.doubled),
        overtaken=_names(key for key, walk in walks.items() if walk.overtaken),
        strange=_names(key for key, walk in walks.items() if walk.strange),
        false_dead=_names(_false_dead(entries, tracks, dead or {})),
        after_denial=_names(_after_denial(tracks, told.denied)),
        rewrites=sum(walk.rewrites for walk in walks.values()),
    )


def _names(keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(keys)))


def _tracks(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    tracks: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.kind == "effect":
            tracks[entry.key].append(entry)
    return tracks


def _last(tracks: Mapping[str, list[Entry]], key: str) -> Json | None:
    track = tracks.get(key)
    return track[-1].values if track else None


@dataclass(slots=True)
class _Walk:
    """One lead's effects, matched to its decisions in order."""

    doubled: int = 0
    overtaken: int = 0
    strange: int = 0
    rewrites: int = 0


def _walk(decisions: Sequence[Json], track: Sequence[Entry]) -> _Walk:
    walk, place = _Walk(), -1
    for entry in track:
        ahead = _find(decisions, entry.values, place + 1)
        if ahead is not None:
            place = ahead
        elif place >= 0 and decisions[place] == entry.values:
            walk.doubled += entry.via.startswith("append")
            walk.rewrites += not entry.via.startswith("append")
        elif entry.values in decisions:
            walk.overtaken += 1
        else:
            walk.strange += 1
    return walk


def _find(decisions: Sequence[Any], values: Json, start: int) -> int | None:
    return next((i for i in range(start, len(decisions)) if decisions[i] == values), None)


def _false_dead(
    entries: Iterable[Entry], tracks: Mapping[str, list[Entry]], dead: Mapping[str, Json]
) -> Iterable[str]:
    refused = {entry.key for entry in entries if entry.kind == "refusal"}
    for key, payload in dead.items():
        if key not in refused or _last(tracks, key) == payload:
            yield key


def _after_denial(tracks: Mapping[str, list[Entry]], denied: Mapping[str, int]) -> Iterable[str]:
    for key, known in denied.items():
        if any(entry.arrival > known for entry in tracks.get(key, ())):
            yield key

"""Scores from a pattern: a few lines at a time are looked up together, points and rules alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations
from typing import Any, Final, TypeAlias

from leadpolicy.backends.guarded import FALSE, Formula
from leadpolicy.backends.python.conditions import Conditions
from leadpolicy.backends.python.layout import Layout
from leadpolicy.backends.python.outputs import OutputFormulas
from leadpolicy.backends.python.pattern import Bit
from leadpolicy.backends.python.scores import ScoreText, WholeScore
from leadpolicy.policy.checked import Line

SEGMENT_BITS: Final = 6

Marked: TypeAlias = tuple[Line, int]
"""A line and the bit that says whether it fires."""


@dataclass(slots=True)
class Segment:
    """Neighbouring lines whose bits are in one word; or one line with a test of its own."""

    word: int | None = None
    lines: list[Marked] = field(default_factory=list)
    test: Formula = FALSE

    def bits(self) -> list[int]:
        """Return the different bits of the lines."""
        return list(dict.fromkeys(bit for _, bit in self.lines))

    def has_room(self, word: int, bit: int) -> bool:
        """Tell whether a line with this bit can join."""
        return self.word in (None, word) and len({bit, *self.bits()}) <= SEGMENT_BITS


def segments(item: OutputFormulas, layout: Layout) -> Iterator[Segment]:
    """Yield the lines of a score in their order, as many together as one table should hold."""
    current = Segment()
    for line, test in zip(item.lines, item.tests, strict=True):
        if isinstance(test, Bit):
            word, bit = layout.places[test]
            if not current.has_room(word, bit):
                yield current
                current = Segment()
            current.word = word
            current.lines.append((line, bit))
        elif test != FALSE:
            yield current
            yield Segment(None, [(line, 1)], test)
            current = Segment()
    yield current


class Segments:
    """Writes which lines of one score have fired and, with a score to add to, their points."""

    def __init__(self, into: Conditions, item: OutputFormulas, score: ScoreText | None) -> None:
        self._into = into
        self._item = item
        self._score = score
        self._rules: list[str] = []

    def write(self, layout: Layout) -> str:
        """Add the look-ups and return the text of a tuple with the names of fired lines."""
        for segment in segments(self._item, layout):
            if segment.lines:
                self._write(segment)
        if len(self._rules) <= 3:
            return " + ".join(self._rules) or "()"
        return "(" + "".join(f"*{rules}, " for rules in self._rules) + ")"

    def _write(self, segment: Segment) -> None:
        into, names = self._into, self._into.names
        targets = self._targets(segment.lines)
        table = {fired: self._entry(segment.lines, fired, targets) for fired in _subsets(segment)}
        if segment.word is None:
            on, off = (names.bind("k", table[fired]) for fired in (1, 0))
            found = into.body.assign(f"{on} if {into.condition(segment.test)} else {off}", "h")
        else:
            test = f"m{segment.word} & {sum(segment.bits())}"
            found = into.body.assign(f"{names.bind('k', table)}[{test}]", "h")
        self._rules.append(f"{found}[0]")
        for place, target in enumerate(targets, 1):
            into.body.add(f"{target} += {found}[{place}]")

    def _targets(self, lines: Iterable[Marked]) -> list[str]:
        if self._score is None:
            return []
        return list(dict.fromkeys(self._score.target(line) for line, _ in lines))

    def _entry(
        self, lines: Sequence[Marked], fired: int, targets: Sequence[str]
    ) -> tuple[Any, ...]:
        """Return the names of the fired lines, and what they add to each target."""
        met = [line for line, bit in lines if fired & bit]
        given: dict[str, list[Any]] = {target: [] for target in targets}
        for line in met:
            if self._score is not None:
                given[self._score.target(line)].append(line.points)
        whole = isinstance(self._score, WholeScore)
        sums = [sum(points) if whole else tuple(points) for points in given.values()]
        return (tuple(line.id for line in met), *sums)


def _subsets(segment: Segment) -> Iterator[int]:
    """Yield every combination of the bits of a segment."""
    bits = segment.bits()
    found = (combinations(bits, count) for count in range(len(bits) + 1))
    return (sum(some) for some in chain.from_iterable(found))

"""Grades and the rating: bands over a score, and two grades read together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from pydantic import Field, model_validator

from leadpolicy.expr.nodes import And, Case, Compare, Comparison, Literal, Node, Output
from leadpolicy.expr.types import Kind, ValueType
from leadpolicy.policy.checked import Number, OutputKind
from leadpolicy.policy.fields import (
    NOTHING,
    Code,
    Lang,
    MaybeWordingField,
    Name,
    Part,
    Path,
    Points,
    WordingField,
)
from leadpolicy.policy.lowering import Lowering, OutputTypes
from leadpolicy.policy.scores import number


class Band(Part):
    """A half-open band of points: from `from` (included) to `below` (not included)."""

    from_: Points | None = None
    below: Points | None = None
    title: MaybeWordingField = NOTHING

    @model_validator(mode="after")
    def _has_a_bound(self) -> Band:
        if self.from_ is None and self.below is None:
            raise ValueError("a band needs `from` or `below`")
        return self


class Grade(Part):
    """A grade over a score; the bands are written from best to worst."""

    title: WordingField
    of: Name = Field(description="the score that is graded")
    bands: Mapping[Code, Band] = Field(min_length=1)
    source: MaybeWordingField = NOTHING

    def output_types(self, name: str) -> OutputTypes:
        """Return what the part adds to the vocabulary; codes run from worst to best."""
        codes = tuple(reversed(tuple(self.bands)))
        return {name: ValueType(Kind.CHOICE, codes=codes, ordered=True, nullable=False)}

    def lower(self, name: str, into: Lowering, path: Path) -> None:
        """Check that the bands are complete and do not overlap, and add the grade."""
        known = into.expect("score", self.of, into.names.scores, (*path, "of"), "LP201")
        self._check_bands(into, path)
        if known:
            into.add(name, self._node(), OutputKind.GRADE, path)

    def _node(self) -> Node:
        ranked = self._ranked()
        score = Output(self.of)
        branches = tuple(
            (Compare(Comparison.GE, score, number(low)), Literal(Kind.TEXT, code))
            for low, code in ((band.from_, code) for code, band in reversed(ranked))
            if low is not None
        )
        return Case(branches, Literal(Kind.TEXT, ranked[0][0]))

    def _ranked(self) -> list[tuple[str, Band]]:
        def lowest(item: tuple[str, Band]) -> tuple[bool, Number]:
            low = item[1].from_
            return (low is not None, 0 if low is None else low)

        return sorted(self.bands.items(), key=lowest)

    def _check_bands(self, into: Lowering, path: Path) -> None:
        for code, message in self._faults():
            into.report("LP310", message, (*path, "bands", code), hint=_BANDS_HINT)

    def _faults(self) -> Iterator[tuple[str, str]]:
        ranked = self._ranked()
        if ranked[0][1].from_ is not None:
            yield ranked[0][0], f"no band covers scores below {ranked[0][1].from_}"
        if ranked[-1][1].below is not None:
            yield ranked[-1][0], f"no band covers scores from {ranked[-1][1].below}"
        for code, band in ranked:
            if band.from_ is not None and band.below is not None and band.from_ >= band.below:
                yield code, f"band `{code}` is empty: from {band.from_} to below {band.below}"
        for (low_code, low), (high_code, high) in pairwise(ranked):
            yield from _between(low_code, low.below, high_code, high.from_)

    def describe(self, lang: Lang) -> str:
        """Return the grade's title."""
        return self.title.text(lang)


_BANDS_HINT = "bands are half-open and meet: one ends `below` where the next begins `from`"


def _between(
    low_code: str, below: Number | None, high_code: str, start: Number | None
) -> Iterator[tuple[str, str]]:
    if below is None or start is None or below > start:
        yield high_code, f"bands `{high_code}` and `{low_code}` overlap"
    elif below < start:
        message = f"no band covers scores from {below} to below {start}"
        yield high_code, message


class Rating(Part):
    """The fit grade and the engagement grade read together, for example A1."""

    title: WordingField
    fit: Name = Field(description="the grade that gives the first part")
    engagement: Name = Field(description="the grade that gives the second part")

    def codes(self, grades: Mapping[str, Grade]) -> tuple[str, ...]:
        """Return every rating, best first; empty where a grade is not known."""
        if self.fit not in grades or self.engagement not in grades:
            return ()
        first, second = grades[self.fit].bands, grades[self.engagement].bands
        return tuple(f"{fit}{engagement}" for fit in first for engagement in second)

    def lower(self, grades: Mapping[str, Grade], into: Lowering, path: Path) -> None:
        """Add the rating as a case over both grades."""
        for side in ("fit", "engagement"):
            into.expect("grade", getattr(self, side), grades, (*path, side), "LP201")
        codes = self.codes(grades)
        if codes:
            into.add("rating", self._node(grades), OutputKind.RATING, path)

    def _node(self, grades: Mapping[str, Grade]) -> Node:
        pairs = [(a, b) for a in grades[self.fit].bands for b in grades[self.engagement].bands]
        branches = tuple(
            (And((_is(self.fit, a), _is(self.engagement, b))), Literal(Kind.TEXT, f"{a}{b}"))
            for a, b in pairs
        )
        return Case(branches[:-1], branches[-1][1])

    def describe(self, lang: Lang) -> str:
        """Return the rating's title."""
        return self.title.text(lang)


def _is(output: str, code: str) -> Node:
    return Compare(Comparison.EQ, Output(output), Literal(Kind.TEXT, code))

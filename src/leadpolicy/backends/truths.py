"""Conditions that may be unknown, as two conditions that never are: when one is true, when false.

What a back-end adds are leaves: tests in its own language, each of which can be turned round.
"""

from __future__ import annotations

from dataclasses import dataclass

from leadpolicy.backends.guarded import (
    TRUE,
    Always,
    Choice,
    Enough,
    Every,
    Formula,
    Some,
    choice,
    enough,
    every,
    some,
)


@dataclass(frozen=True, slots=True, eq=False)
class Leaf(Formula):
    """A test in the language of a target."""

    def turned(self) -> Formula:
        """Return the leaf that holds exactly where this one does not."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """A condition: when it is true and when it is false; where neither holds it is unknown."""

    holds: Formula
    fails: Formula
    known: Formula


def truth(holds: Formula, fails: Formula) -> Truth:
    """Return a condition that is known where it is true or false."""
    return Truth(holds, fails, some([holds, fails]))


def guarded(known: Formula, test: Formula) -> Truth:
    """Return a condition of the form *known and test*, or *known and opposite test*."""
    return Truth(every([known, test]), every([known, opposed(test)]), known)


def two_valued(holds: Formula) -> Truth:
    """Return a condition that is never unknown."""
    return Truth(holds, opposed(holds), TRUE)


def opposed(formula: Formula) -> Formula:
    """Return the formula that holds exactly where another one does not.

    >>> opposed(Some((Always(True), Always(False))))
    Always(value=False)
    """
    match formula:
        case Leaf():
            return formula.turned()
        case Always(value=value):
            return Always(not value)
        case Every(items=items):
            return some([opposed(item) for item in items])
        case Some(items=items):
            return every([opposed(item) for item in items])
        case Enough(count=count, items=items):
            return enough(len(items) - count + 1, [opposed(item) for item in items])
        case Choice(branches=branches, otherwise=otherwise):
            pairs = [(test, opposed(value)) for test, value in branches]
            return choice(pairs, opposed(otherwise))
        case _:
            raise TypeError(f"not a formula: `{type(formula).__name__}`")

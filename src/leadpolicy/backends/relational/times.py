"""Windows of time: a day or moment compared with a day or moment worked out beforehand."""

from __future__ import annotations

from datetime import timedelta

from leadpolicy.backends.guarded import FALSE, every
from leadpolicy.backends.relational.ast import Tree
from leadpolicy.backends.relational.dialects.base import Dialect
from leadpolicy.backends.relational.meaning import Term, Test, above, up_to
from leadpolicy.backends.relational.source import Clock, RefusedError
from leadpolicy.backends.truths import Truth, guarded
from leadpolicy.expr.evaluate import DAY, whole_days
from leadpolicy.expr.nodes import Node, OlderThan, Recent
from leadpolicy.expr.types import Kind


class Times:
    """Windows before one instant; without a clock they are refused."""

    def __init__(self, dialect: Dialect, clock: Clock | None) -> None:
        self._dialect = dialect
        self._clock = clock

    def recent(self, node: Recent, of: Term) -> Truth:
        """Return whether a day or moment lies in a window up to the instant."""
        after = self._before(node, of.kind, node.within)
        tests = [up_to(of.tree, self._end(node, of.kind))]
        if after is not None:
            tests.append(above(of.tree, after))
        return guarded(of.known, every(tests))

    def older(self, node: OlderThan, of: Term) -> Truth:
        """Return whether a day or moment lies so long before the instant, or longer."""
        limit = self._before(node, of.kind, node.age)
        if limit is None:
            return Truth(FALSE, of.known, of.known)
        return guarded(of.known, up_to(of.tree, limit))

    def since(self, node: Node, moment: Tree, within: timedelta | None) -> list[Test]:
        """Return the test that something happened in a window, if there is one."""
        after = None if within is None else self._before(node, Kind.MOMENT, within)
        return [] if after is None else [above(moment, after)]

    def _end(self, node: Node, kind: Kind) -> Tree:
        clock = self._known_clock(node)
        if kind is Kind.DAY:
            return self._dialect.day_literal(clock.today)
        return self._dialect.moment_literal(clock.at)

    def _before(self, node: Node, kind: Kind, length: timedelta) -> Tree | None:
        """Return the instant or day so long before, None where the calendar does not reach."""
        clock = self._known_clock(node)
        try:
            if kind is Kind.DAY:
                return self._dialect.day_literal(clock.today - DAY * whole_days(length))
            return self._dialect.moment_literal(clock.at - length)
        except OverflowError:
            return None

    def _known_clock(self, node: Node) -> Clock:
        if self._clock is None:
            raise RefusedError(node, "it depends on the instant of the decision")
        return self._clock

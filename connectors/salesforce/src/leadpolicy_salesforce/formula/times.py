"""Windows of time up to the instant at which a formula is evaluated."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from leadpolicy.backends.guarded import every
from leadpolicy.backends.truths import Truth, guarded
from leadpolicy.expr.evaluate import DAY, whole_days
from leadpolicy.expr.nodes import Comparison, Literal, Node, OlderThan, Recent
from leadpolicy.expr.types import Kind
from leadpolicy_salesforce.formula import trees
from leadpolicy_salesforce.formula.meaning import Term, compared
from leadpolicy_salesforce.formula.source import RefusedError
from leadpolicy_salesforce.formula.trees import Tree

_FIRST: Final = 1700
_LAST: Final = 4000
_MOST_DECIMALS: Final = 9
_USER: Final = "today depends on the time zone of whoever looks; allow it with `user_days: true`"


class Times:
    """Days and instants; windows over days are refused unless the user's calendar will do."""

    def __init__(self, user_days: bool) -> None:
        self._user_days = user_days

    def day(self, node: Literal, value: date) -> Term:
        """Return a calendar day of the policy."""
        _within_calendar(node, value)
        return Term(trees.day(value), Kind.DAY)

    def moment(self, node: Literal, value: datetime) -> Term:
        """Return an instant of the policy; fields hold whole seconds."""
        _within_calendar(node, value)
        if value.microsecond:
            raise RefusedError(node, "instants are kept in whole seconds", Kind.MOMENT)
        return Term(trees.moment(value), Kind.MOMENT)

    def recent(self, node: Recent, of: Term) -> Truth:
        """Return whether a day or instant lies in a window up to now."""
        now = self._now(node, of.kind)
        after = trees.infix(now, "-", _days(node, of.kind, node.within))
        tests = [
            compared(of.tree, Comparison.LE, now),
            compared(of.tree, Comparison.GT, after),
        ]
        return guarded(of.known, every(tests))

    def older(self, node: OlderThan, of: Term) -> Truth:
        """Return whether a day or instant lies so long ago, or longer."""
        limit = trees.infix(self._now(node, of.kind), "-", _days(node, of.kind, node.age))
        return guarded(of.known, compared(of.tree, Comparison.LE, limit))

    def _now(self, node: Node, kind: Kind) -> Tree:
        if kind is Kind.MOMENT:
            return trees.call("NOW")
        if not self._user_days:
            raise RefusedError(node, _USER)
        return trees.call("TODAY")


def _days(node: Node, kind: Kind, length: timedelta) -> Tree:
    """Return a length in days; raises `RefusedError` where a decimal number is not exact."""
    if kind is Kind.DAY:
        return trees.number(whole_days(length))
    days = Decimal(length // timedelta(minutes=1)) / Decimal(DAY // timedelta(minutes=1))
    if days != round(days, _MOST_DECIMALS):
        raise RefusedError(node, "the window is not an exact number of days in decimals")
    return trees.number(days)


def _within_calendar(node: Literal, value: date) -> None:
    if not _FIRST <= value.year < _LAST:
        raise RefusedError(node, f"days are kept from {_FIRST} to {_LAST - 1}", node.kind)

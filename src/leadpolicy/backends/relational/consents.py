"""Consent events as spans of time, in each of which one status holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final, TypeAlias

from sqlglot import exp

from leadpolicy.backends.guarded import every, some
from leadpolicy.backends.relational import ast
from leadpolicy.backends.relational.ast import Tree
from leadpolicy.backends.relational.dialects.base import Dialect
from leadpolicy.backends.relational.layout import ConsentTable
from leadpolicy.backends.relational.meaning import Given, above, up_to, written

Pair: TypeAlias = tuple[str, str]
"""A purpose and a channel."""

SPANS: Final = "lp_spans"
_STRICTNESS: Final = (
    "requested",
    "granted",
    "confirmed",
    "expired",
    "refused",
    "withdrawn",
    "objected",
)
"""Of events at one instant the later one here counts: the next step, and any restriction."""


class Consents:
    """The history of consents in one table."""

    def __init__(self, dialect: Dialect, table: ConsentTable) -> None:
        self._dialect = dialect
        self._table = table

    def spans(self) -> exp.Select:
        """Return the query for the spans: a status from an event until the next one."""
        table, dialect = self._table, self._dialect
        lead, status = ast.column(table.lead), dialect.text(ast.column(table.status))
        since = dialect.moment(ast.column(table.recorded_at))
        pair = [dialect.exact(dialect.text(ast.column(c))) for c in (table.purpose, table.channel)]
        order = [ast.ascending(since), ast.ascending(self._strictness(status))]
        columns = {
            "lead": lead,
            "purpose": pair[0],
            "channel": pair[1],
            "status": status,
            "since": since,
            "until": ast.next_of(since, [lead, *pair], order),
        }
        return ast.query(columns, ast.table(table.table))

    def _strictness(self, status: Tree) -> Tree:
        exact = self._dialect.exact(status)
        branches = [
            (ast.infix(exp.EQ, exact, ast.text(code)), ast.number(place))
            for place, code in enumerate(_STRICTNESS, 1)
        ]
        return ast.case(branches, ast.number(0))

    def statuses(self, pairs: Mapping[Pair, str], at: datetime) -> exp.Select:
        """Return the query for the status of each pair at an instant, under the names given."""
        lead, status = self._of_span("lead"), self._of_span("status")
        columns = {"lead": lead}
        for pair, name in pairs.items():
            here = ast.case([(ast.every(self._is_of(pair)), status)])
            columns[name] = ast.call("MAX", here)
        found = ast.query(columns, ast.table(SPANS))
        holds = self._holds_at(self._dialect.moment_literal(at))
        return found.where(holds, copy=False).group_by(lead, copy=False)

    def accepted(self, lead: Tree, moment: Tree, pair: Pair, statuses: Collection[str]) -> Tree:
        """Return that a lead had one of some statuses at an instant."""
        codes = [self._dialect.text_literal(status) for status in statuses]
        tests = [
            ast.infix(exp.EQ, self._of_span("lead"), lead),
            *self._is_of(pair),
            ast.one_of(self._dialect.exact(self._of_span("status")), codes),
            self._holds_at(moment),
        ]
        found = ast.query({"found": ast.number(1)}, ast.table(SPANS))
        return exp.Exists(this=found.where(ast.every(tests), copy=False))

    def _is_of(self, pair: Pair) -> list[Tree]:
        asked = zip(("purpose", "channel"), pair, strict=True)
        literal = self._dialect.text_literal
        return [ast.infix(exp.EQ, self._of_span(n), literal(value)) for n, value in asked]

    def _holds_at(self, moment: Tree) -> Tree:
        since, until = self._of_span("since"), self._of_span("until")
        lasts = some([Given(until, known=False), above(until, moment)])
        return written(every([up_to(since, moment), lasts]))

    def _of_span(self, written_name: str) -> Tree:
        return ast.column(written_name, ast.name(SPANS))

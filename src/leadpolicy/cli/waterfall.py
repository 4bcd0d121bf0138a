"""The points of a lead as a waterfall: line by line, to the last point."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from leadpolicy.backends.prose import Prose
from leadpolicy.engine.decision import Decision
from leadpolicy.expr.nodes import Output
from leadpolicy.policy.checked import Number

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

_WIDTH: Final = 30


def waterfall(decision: Decision, score: str, prose: Prose) -> Table:
    """Return the lines of a score as a table with bars that run from one total to the next."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    total = decision.scores[score]
    made = Table(
        title=prose.fact(Output(score), total),
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        show_header=False,
    )
    made.add_column(justify="right", no_wrap=True)
    made.add_column(width=_WIDTH, no_wrap=True)
    made.add_column(overflow="fold")
    steps = tuple(_steps(decision, score, prose))
    scale = _Scale([end for step in steps for end in step[:2]])
    for start, end, said in steps:
        points, _, because = said.partition(": ")
        made.add_row(Text(points), scale.bar(start, end), Text(because))
    made.add_row(Text(f"= {prose.values.number(total)}", "bold"), scale.bar(0, total, "="), Text())
    return made


def _steps(decision: Decision, score: str, prose: Prose) -> Iterator[tuple[Number, Number, str]]:
    """Yield the total before and after each line that gives points, with what it says."""
    reached: Number = 0
    for line in decision.lines:
        if line.score == score and line.points:
            before, reached = reached, reached + line.points
            yield before, reached, prose.point_line(score, line.line, line.kind, line.points)


class _Scale:
    """Draws bars of one scale."""

    def __init__(self, ends: list[Number]) -> None:
        low, high = min([0, *ends]), max([0, *ends])
        self._low = Decimal(low)
        self._step = max(Decimal(high) - self._low, Decimal(1)) / _WIDTH

    def bar(self, start: Number, end: Number, mark: str = "") -> Text:
        """Return a bar from one total to another, red where it goes down."""
        from rich.text import Text

        left, right = sorted((self._place(start), self._place(end)))
        size = max(right - left, 1 if start != end else 0)
        style = "bold" if mark else "green" if end > start else "red"
        return Text(" " * min(left, _WIDTH - size)).append((mark or "█") * size, style)

    def _place(self, value: Number) -> int:
        return round((Decimal(value) - self._low) / self._step)

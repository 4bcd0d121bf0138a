"""Which constructs a judge may judge: those on which it agrees with the recorded truth table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Final, cast
from zoneinfo import ZoneInfo

from judges.bridge import Bridge, JudgeName, NoAnswer
from judges.constructs import Traced
from judges.spelling import as_texts, respelled
from judges.truth_table import ERROR, Case, agrees, cases
from leadpolicy_sandbox.formula import (
    FieldKind,
    Formula,
    FormulaError,
    ResultType,
    Scope,
    check,
    parse,
)

NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Trust:
    """What a judge was found to be right about, and where it was wrong."""

    judge: JudgeName
    constructs: frozenset[str]
    refuted: frozenset[str]
    agreed: int
    differed: int
    unanswered: int

    def covers(self, used: frozenset[str]) -> bool:
        """Tell whether a judge is trusted with everything that a formula uses on a record."""
        return used <= self.constructs


@cache
def trust(judge: JudgeName) -> Trust:
    """Put a judge to the recorded truth table; blanks are blanks."""
    agreed, differed, unanswered = Counter[frozenset[str]](), list[frozenset[str]](), 0
    with Bridge(patience=2) as bridge:
        for used, right in _verdicts(bridge, judge):
            if right is None:
                unanswered += 1
            elif right:
                agreed[used] += 1
            else:
                differed.append(used)
    refuted = _refuted(agreed, differed)
    trusted = frozenset().union(*(used for used in agreed if not used & refuted))
    return Trust(judge, trusted, refuted, agreed.total(), len(differed), unanswered)


def _verdicts(bridge: Bridge, judge: JudgeName) -> Iterator[tuple[frozenset[str], bool | None]]:
    for case in cases():
        kinds = {item.name: cast(FieldKind, item.kind) for item in case.fields}
        formula = parse(_inlined(case))
        result = _result(formula, kinds)
        if result is None:
            continue
        text = respelled(formula, kinds)
        traced = Traced(parse(text), as_texts(kinds))
        rows = [record.values for record in case.records]
        for record, answer in zip(
            case.records, bridge.ask(judge, text, kinds, result, rows, NOW), strict=True
        ):
            scope = Scope(record.values, kinds, None, NOW, ZoneInfo("UTC"))
            expected = record.expected["formulaNullAsNull"]
            if isinstance(answer, NoAnswer):
                yield traced.constructs(scope), True if expected == ERROR else None
            else:
                yield traced.constructs(scope), agrees(case, expected, answer)


def _inlined(case: Case) -> str:
    """Return the formula of a case with the formulas of its fields in the place of these."""
    text = case.formula
    for field in case.fields:
        if field.formula is not None:
            text = re.sub(rf"\b{field.name}\b", f"({field.formula})".replace("\\", r"\\"), text)
    return text


def _result(formula: Formula, kinds: dict[str, FieldKind]) -> ResultType | None:
    try:
        return check(formula, kinds, where="field")
    except FormulaError:
        return None


def _refuted(agreed: Counter[frozenset[str]], differed: list[frozenset[str]]) -> frozenset[str]:
    """Return a small set of constructs without which no difference remains.

    The one that is in most differences, and of those the one in fewest agreements, goes first.
    """
    support = Counter[str]()
    for used, count in agreed.items():
        support.update(dict.fromkeys(used, count))
    found = set[str]()
    left = [used for used in differed if used]
    while left:
        seen = Counter(item for used in left for item in used)
        worst = max(seen, key=lambda item: (seen[item] / (seen[item] + support[item]), seen[item]))
        found.add(worst)
        left = [used for used in left if worst not in used]
    return frozenset(found)

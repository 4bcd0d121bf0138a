"""A report as JSON-ready data, as Markdown, and as a badge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final

from leadpolicy.testing.contract.behaviour import Group, Tier
from leadpolicy.testing.contract.running import Mark, Report, Result

_COLOURS: Final = {
    Tier.NONE: "#9f9f9f",
    Tier.BRONZE: "#a1662f",
    Tier.SILVER: "#6f7f8c",
    Tier.GOLD: "#9a7500",
    Tier.PLATINUM: "#3b6ea5",
}


def to_dict(report: Report) -> dict[str, Any]:
    """Return a report as JSON-ready data."""
    return {
        "connector": report.connector,
        "version": report.version,
        "tier": report.tier.label,
        "counts": {mark.value: report.count(mark) for mark in Mark},
        "capabilities": {k: _plain(v) for k, v in asdict(report.capabilities).items()},
        "behaviours": [_row(result) for result in report.results],
    }


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(map(str, value))
    return list(value) if isinstance(value, tuple) else value


def _row(result: Result) -> dict[str, Any]:
    behaviour = result.behaviour
    return {
        "number": behaviour.label,
        "slug": behaviour.slug,
        "tier": behaviour.tier.label,
        "group": behaviour.group.value,
        "statement": behaviour.statement,
        "result": result.mark.value,
        "reason": result.reason,
    }


def to_markdown(report: Report) -> str:
    """Return a report as a page, with a table for each group."""
    counts = ", ".join(f"{report.count(mark)} {mark.value}" for mark in Mark)
    lines = [
        f"# `{report.connector}` {report.version}: {report.tier.label}",
        "",
        f"Of {len(report.results)} behaviours: {counts}.",
    ]
    for group in Group:
        found = [result for result in report.results if result.behaviour.group is group]
        if found:
            lines += ["", f"## {group.value.capitalize()}", "", *_table(found)]
    return "\n".join(lines) + "\n"


def _table(results: list[Result]) -> Iterator[str]:
    yield "| | tier | behaviour | result | reason |"
    yield "|---|---|---|---|---|"
    for result in results:
        b = result.behaviour
        cells = (b.label, b.tier.label, b.statement, result.mark.value, _cell(result.reason))
        yield f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def badge(report: Report) -> str:
    """Return an SVG badge with the tier that was reached, and how many behaviours are exempt."""
    exempt = report.count(Mark.EXEMPT)
    value = report.tier.label + (f" ({exempt} exempt)" if exempt else "")
    name, left, right = "leadpolicy contract", 130, 20 + 7 * len(value)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img"'
        f' aria-label="{name}: {value}"><title>{name}: {value}</title>'
        f'<rect width="{left}" height="20" fill="#444"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{_COLOURS[report.tier]}"/>'
        '<g fill="#fff" font-family="Verdana,sans-serif" font-size="11" text-anchor="middle">'
        f'<text x="{left // 2}" y="14">{name}</text>'
        f'<text x="{left + right // 2}" y="14">{value}</text></g></svg>\n'
    )

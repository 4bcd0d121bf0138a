"""Tables in plain text that are also Markdown."""

from collections.abc import Collection, Sequence


def print_table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[int]
) -> None:
    """Print rows under heads; the columns numbered in `right` are flush right."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    _print_row(heads, widths, right)
    rule = ["-" * (width - 1) + (":" if i in right else "-") for i, width in enumerate(widths)]
    _print_row(rule, widths, right)
    for row in rows:
        _print_row(row, widths, right)


def _print_row(cells: Sequence[str], widths: Sequence[int], right: Collection[int]) -> None:
    padded = (
        cell.rjust(width) if place in right else cell.ljust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    print("| " + " | ".join(padded) + " |")

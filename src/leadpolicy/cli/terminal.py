"""What commands print: tables and text for people, JSON for programs, colours on terminals only."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from leadpolicy.diagnostics import Diagnostic, Severity, render_text

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

Progress: TypeAlias = Callable[[str, int, int | None], None]

_PIPE_WIDTH: Final = 10_000
_STYLES: Final = {
    Severity.ERROR: "bold red",
    Severity.WARNING: "yellow",
    Severity.NOTE: "cyan",
}


def console(*, errors: bool = False) -> Console:
    """Return the console for results, or for everything else."""
    from rich.console import Console

    stream = sys.stderr if errors else sys.stdout
    fixed = None if stream.isatty() else _PIPE_WIDTH
    return Console(stderr=errors, highlight=False, width=fixed)


def show(*parts: RenderableType) -> None:
    """Print results for people."""
    place = console()
    with place.capture() as captured:
        for part in parts:
            place.print(part, soft_wrap=isinstance(part, str), markup=False)
    lines = captured.get().splitlines()
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in lines))


def title(text: str) -> None:
    """Print a headline with a line of its own above it."""
    console().print(f"\n{text}", style="bold cyan", markup=False)


def show_json(data: object) -> None:
    """Print a result for programs."""
    sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2) + "\n")


def tell(text: str, style: str = "") -> None:
    """Print a remark to stderr."""
    console(errors=True).print(text, style=style, soft_wrap=True, markup=False)


def fail(message: str, hint: str | None = None) -> None:
    """Print why a command cannot go on to stderr."""
    from rich.text import Text

    place = console(errors=True)
    place.print(Text.assemble(("error: ", "bold red"), message), soft_wrap=True)
    if hint:
        place.print(Text(f"  hint: {hint}"), soft_wrap=True)


def show_diagnostics(
    found: Sequence[Diagnostic], sources: Mapping[str, str], *, errors: bool = False
) -> None:
    """Print problems, each with its place, the line in question and a hint."""
    from rich.text import Text

    place = console(errors=errors)
    for item in found:
        head, _, rest = render_text([item], sources).partition("\n")
        mark = f"{item.severity.value}[{item.code}]"
        text = Text(head)
        text.highlight_words([mark], _STYLES[item.severity])
        place.print(text, soft_wrap=True)
        if rest:
            place.print(Text(rest, style="dim"), soft_wrap=True)


def table(title: str | None, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Any:
    """Return a table; numbers stand to the right."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    made = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
    for index, name in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[index], int) for row in rows)
        made.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        cells = (cell if isinstance(cell, Text) else Text(_cell(cell)) for cell in row)
        made.add_row(*cells)
    return made


def _cell(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}".replace(",", " ")
    return "" if value is None else str(value)


@contextmanager
def progress(title: str) -> Iterator[Progress]:
    """Show a progress bar on stderr while something runs; nothing where stderr is no terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    place = console(errors=True)
    with Bar(
        *columns,
        TimeElapsedColumn(),
        console=place,
        transient=True,
        disable=not place.is_terminal,
    ) as bar:
        task = bar.add_task(title, total=None)

        def update(what: str, done: int, total: int | None) -> None:
            bar.update(task, description=f"{title}: {what}", completed=done, total=total)

        yield update


def put(text: str, out: Path | None) -> None:
    """Write a text to a file, or print it as it is where none is named."""
    if out is None:
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")
    tell(f"wrote {out}")

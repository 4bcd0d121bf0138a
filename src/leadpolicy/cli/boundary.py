"""Where errors end: people read a sentence and a hint, never a traceback."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import typer
from typer.core import TyperGroup

from leadpolicy.cli import codes
from leadpolicy.cli.terminal import fail, show_diagnostics


class UsageError(ValueError):
    """Something was asked for that cannot be; `hint` says what can."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        self.message, self.hint = message, hint
        super().__init__(message)


class Commands(TyperGroup):
    """The group of all commands, which turns errors into messages and exit codes."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command inside the boundary."""
        with boundary():
            return super().invoke(ctx)


@contextmanager
def boundary() -> Iterator[None]:
    """Turn errors into a message on stderr and an exit code."""
    try:
        yield
    except (typer.Abort, KeyboardInterrupt):
        raise typer.Exit(codes.INTERRUPTED) from None
    except Exception as error:
        if hasattr(error, "exit_code"):
            raise
        if os.environ.get("LEADPOLICY_DEBUG"):
            traceback.print_exception(error)
        raise typer.Exit(_tell(error)) from None


def _tell(error: Exception) -> int:
    """Print what went wrong and return the exit code."""
    diagnostics = getattr(error, "diagnostics", None)
    message, hint = getattr(error, "message", None), getattr(error, "hint", None)
    if diagnostics is not None:
        show_diagnostics(diagnostics, getattr(error, "sources", {}), errors=True)
    elif isinstance(message, str):
        fail(message, hint)
    elif isinstance(error, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    elif isinstance(error, OSError):
        fail(f"{error.strerror or error}" + (f": `{error.filename}`" if error.filename else ""))
    else:
        fail(f"something went wrong inside leadpolicy: {type(error).__name__}: {error}", _DEBUG)
    return codes.USAGE if isinstance(error, UsageError) else codes.PROBLEMS


_DEBUG: Final = "set LEADPOLICY_DEBUG=1 to see where, and report it with what you ran"

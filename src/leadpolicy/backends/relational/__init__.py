"""Policies as expressions and queries of relational databases; needs `leadpolicy[relational]`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from leadpolicy.backends.relational.backend import (
        Compiled,
        RelationalBackend,
        UnsupportedPolicyError,
    )
    from leadpolicy.backends.relational.layout import (
        ConsentTable,
        Layout,
        SignalTable,
        marked_words,
    )
    from leadpolicy.backends.relational.rows import Refusal, condition, expression

__all__ = [
    "Compiled",
    "ConsentTable",
    "Layout",
    "Refusal",
    "RelationalBackend",
    "SignalTable",
    "UnsupportedPolicyError",
    "condition",
    "expression",
    "marked_words",
]

_HOMES: Final = {
    "ConsentTable": "layout",
    "Layout": "layout",
    "SignalTable": "layout",
    "marked_words": "layout",
    "Compiled": "backend",
    "RelationalBackend": "backend",
    "UnsupportedPolicyError": "backend",
    "Refusal": "rows",
    "condition": "rows",
    "expression": "rows",
}


def __getattr__(name: str) -> object:
    """Load an exported name on first use; ImportError says what to install for it."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module `{__name__}` has no attribute `{name}`")
    try:
        return getattr(import_module(f"{__name__}.{home}"), name)
    except ModuleNotFoundError as error:
        if error.name != "sqlglot":
            raise
        message = (
            "the relational back-end needs sqlglot: run `pip install 'leadpolicy[relational]'`"
        )
        raise ImportError(message, name="sqlglot") from None


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

"""The text of generated functions and the constants it refers to.

No text of a policy becomes text of a program: what a policy says goes in as a constant with a
made-up name. Only whole numbers, flags and None are written out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_WRITTEN_OUT: Final = (int, bool, type(None))


class Names:
    """The namespace of one generated module: constants under made-up names, no builtins."""

    def __init__(self, **known: object) -> None:
        self.values: dict[str, Any] = {"__builtins__": {}, **known}
        self._interned: dict[tuple[type, object], str] = {}

    def constant(self, value: object) -> str:
        """Return the text for an immutable value."""
        if type(value) in _WRITTEN_OUT:
            return repr(value) if not _negative(value) else f"({value!r})"
        key = (type(value), value)
        if key not in self._interned:
            self._interned[key] = self.bind("k", value)
        return self._interned[key]

    def bind(self, prefix: str, value: object) -> str:
        """Put any object into the namespace and return its new name."""
        name = f"{prefix}{len(self.values)}"
        self.values[name] = value
        return name

    def define(self, source: str) -> Mapping[str, Any]:
        """Run generated definitions, and return the namespace that now holds them."""
        exec(compile(source, "<leadpolicy>", "exec"), self.values)  # noqa: S102
        return self.values


def _negative(value: object) -> bool:
    return isinstance(value, int) and value < 0


class Body:
    """The statements of one generated function; its locals have a letter and a number.

    `after` is the body behind which these statements could be put: their locals differ.
    """

    def __init__(self, indent: int = 1, after: Body | None = None) -> None:
        self.lines: list[str] = []
        self.indent = indent
        self._locals: int = after._locals if after else 0

    def fresh(self, prefix: str = "v") -> str:
        """Return the name of a new local."""
        self._locals += 1
        return f"{prefix}_{self._locals}"

    def add(self, text: str, deeper: int = 0) -> None:
        """Add one statement, or the head of a block."""
        self.lines.append(" " * (self.indent + deeper) + text)

    def assign(self, text: str, prefix: str = "v") -> str:
        """Add an assignment to a new local and return its name."""
        name = self.fresh(prefix)
        self.add(f"{name} = {text}")
        return name

    def function(self, name: str, parameters: str) -> str:
        """Return the definition of a function with these statements."""
        return f"def {name}({parameters}):\n" + "\n".join(self.lines or [" pass"]) + "\n"

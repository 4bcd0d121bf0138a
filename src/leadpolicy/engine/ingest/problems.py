"""Collects everything that is wrong with an input while it is read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from leadpolicy.diagnostics import Diagnostic, did_you_mean
from leadpolicy.engine.ingest.values import Reader, UnfitError, described, quoted, read_moment
from leadpolicy.engine.inputs import InputError
from leadpolicy.expr.types import Value


class Problems:
    """The problems of one input; each method reports what it cannot read and goes on."""

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []

    def __len__(self) -> int:
        return len(self.found)

    def add(self, code: str, message: str, path: str, hint: str | None = None) -> None:
        """Add one problem at a path of the input."""
        self.found.append(Diagnostic(code, message, path=path, hint=hint))

    def raise_any(self) -> None:
        """Raise `InputError` if there is a problem."""
        if self.found:
            raise InputError(self.found)

    def items(self, given: object, name: str, what: str) -> list[object]:
        """Return what several were given of; one thing instead of several is refused."""
        if isinstance(given, Iterable) and not isinstance(given, str | bytes | Mapping):
            return list(given)
        self.add("LP502", f"`{name}` needs a list of {what}s, not {described(given)}", f"$.{name}")
        return []

    def fields(
        self, item: object, kind: type, names: Collection[str], path: str, what: str
    ) -> Mapping[str, Any]:
        """Return the fields of an object or of a mapping in its place; none of anything else."""
        if isinstance(item, kind):
            return {name: getattr(item, name) for name in names}
        if not isinstance(item, Mapping):
            self.add("LP511", f"{described(item)} is not a {what}", path)
            return {}
        for name in item:
            if name not in names:
                self.unknown("LP501", f"field {{}} of a {what}", name, names, path)
        return item

    def unknown(self, code: str, what: str, name: object, known: Iterable[str], path: str) -> None:
        """Add that a name is not known, with the nearest one that is.

        `what` says what it should name, with `{}` where the name goes.
        """
        if isinstance(name, str):
            message, hint = what.format(quoted(name)), did_you_mean(name, known)
        else:
            message, hint = what.format(f"({described(name)})"), None
        self.add(code, f"unknown {message}", path, hint)

    def one_of(self, code: str, what: str, value: object, known: Collection[str], path: str) -> str:
        """Return a name if it is known; otherwise an empty one."""
        if isinstance(value, str) and value in known:
            return str.__str__(value)
        self.unknown(code, what, value, known, path)
        return ""

    def read(self, read: Reader, value: object, path: str, name: str) -> Value | None:
        """Return a value in its one form; None after a problem."""
        try:
            return read(value)
        except UnfitError as error:
            self.found.append(error.at(f"{path}.{name}", name))
            return None

    def moment(self, value: object, path: str, name: str) -> datetime | None:
        """Return an instant that must be there."""
        if value is None:
            self.add("LP502", f"`{name}` needs a moment, not nothing", f"{path}.{name}")
        found = self.read(read_moment, value, path, name)
        return found if isinstance(found, datetime) else None

    def text(self, value: object, path: str, name: str) -> str | None:
        """Return a text that may be missing."""
        if value is not None and not isinstance(value, str):
            self.add("LP502", f"`{name}` needs a text, not {described(value)}", f"{path}.{name}")
            return None
        return None if value is None else str.__str__(value)

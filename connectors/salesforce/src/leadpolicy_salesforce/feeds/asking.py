"""Answers that are asked for in advance, so that one call serves every stream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from leadpolicy.crm.connector import Stream
from leadpolicy_salesforce.client.wire import Wire
from leadpolicy_salesforce.questions import Told, ask

Paths: TypeAlias = Mapping[str, str]
"""What is asked, by the name under which the answer is looked for."""


class Asker:
    """Asks the org; what is expected is asked with the first question, and each answer given once.

    An answer fits where its path does; those named in `timeless` always fit.
    """

    def __init__(self, wire: Wire, timeless: frozenset[str] = frozenset()) -> None:
        self._wire: Final = wire
        self._timeless: Final = timeless
        self._expected: dict[Stream, Paths] = {}
        self._ready: dict[Stream, dict[str, Told]] = {}

    def expect(self, expected: Mapping[Stream, Paths]) -> None:
        """Note what will be asked next; what was expected before counts no longer."""
        self._expected = dict(expected)
        self._ready = {}

    def ask(self, stream: Stream, paths: Paths) -> dict[str, Told]:
        """Return the answers by name, in one call where not more than it takes is asked."""
        with self._wire.doing("pull"):
            if any(self._fits(n, p, paths) for n, p in self._expected.get(stream, {}).items()):
                self._fill()
            ready = self._ready.pop(stream, {})
            given = {n: told for n, told in ready.items() if self._fits(n, told.path, paths)}
            lacking = {name: path for name, path in paths.items() if name not in given}
            told = ask(self._wire, lacking.values())
        return given | {name: told[path] for name, path in lacking.items()}

    def _fits(self, name: str, path: str, paths: Paths) -> bool:
        return paths.get(name) == path or (name in self._timeless and name in paths)

    def _fill(self) -> None:
        told = ask(self._wire, (p for paths in self._expected.values() for p in paths.values()))
        self._ready = {
            stream: {name: told[path] for name, path in paths.items()}
            for stream, paths in self._expected.items()
        }
        self._expected = {}

"""What the hooks have answered, by kind and name, and what an answer has to look like."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing that plug-ins bring: its hook, and the test of one item."""

    name: str
    hook: str
    fits: Callable[[object], bool]
    shape: str


def _opens(item: object) -> bool:
    return callable(getattr(item, "open", None))


def _exports(item: object) -> bool:
    return callable(getattr(item, "files", None))


def _starts(item: object) -> bool:
    return callable(getattr(item, "start", None))


KINDS: Final = (
    Kind("connector", "leadpolicy_connectors", _opens, "method `open`"),
    Kind("backend", "leadpolicy_backends", callable, "way to be called"),
    Kind("check", "leadpolicy_checks", callable, "way to be called"),
    Kind("enricher", "leadpolicy_enrichers", _opens, "method `open`"),
    Kind("store", "leadpolicy_stores", callable, "way to be called"),
    Kind("exporter", "leadpolicy_exporters", _exports, "method `files`"),
    Kind("sandbox", "leadpolicy_sandboxes", _starts, "method `start`"),
)


def checked(kind: Kind, answer: object, taken: Mapping[str, object]) -> dict[str, Any]:
    """Return an answer as it is; raises `TypeError` or `ValueError` for one that cannot be used."""
    if not isinstance(answer, Mapping):
        raise TypeError(f"`{kind.hook}` returned {type(answer).__name__}, no mapping")
    for name, item in answer.items():
        if not isinstance(name, str) or not kind.fits(item):
            raise TypeError(f"{kind.name} {name!r} has no name or no {kind.shape}")
        if name in taken:
            raise ValueError(f"another plug-in brings a {kind.name} `{name}` already")
    return dict(answer)

"""A new connector from the template: its files copied under the name that its author gives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from leadpolicy.cli.boundary import UsageError

_PACKAGE: Final = Path(__file__).resolve().parents[1]
_NAME: Final = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
_PLACEHOLDER: Final = "acmecrm"
_LEFT_OUT: Final = frozenset({"__pycache__", ".pytest_cache", ".ruff_cache", ".mypy_cache"})


@dataclass(frozen=True, slots=True)
class Names:
    """The name of a new connector as it stands in files, packages and classes."""

    plain: str

    @property
    def distribution(self) -> str:
        """The name with hyphens, as it is registered."""
        return self.plain.replace("_", "-")

    @property
    def module(self) -> str:
        """The name with underscores."""
        return self.plain.replace("-", "_")

    @property
    def type(self) -> str:
        """The name as the beginning of a class."""
        return "".join(word.capitalize() for word in re.split("[-_]", self.plain))

    def put_in(self, text: str) -> str:
        """Return a text of the template with this name in it."""
        named = text.replace(f"leadpolicy_{_PLACEHOLDER}", f"leadpolicy_{self.module}")
        named = named.replace(_PLACEHOLDER.capitalize(), self.type)
        named = named.replace(_PLACEHOLDER.upper(), self.module.upper())
        return named.replace(_PLACEHOLDER, self.distribution)


def read_name(name: str) -> Names:
    """Return the names of a new connector; raises `UsageError` for what cannot be one."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"`{name}` is no name for a connector",
            "use lower-case letters and digits, with `-` between words: `our-crm`",
        )
    return Names(name)


def write_connector(names: Names, folder: Path) -> Iterator[Path]:
    """Write every file of a new connector into a folder that is not there yet, and yield it.

    Raises `UsageError` where something stands in the way.
    """
    if folder.exists():
        raise UsageError(f"`{folder}` is there already", "name another folder with --out")
    template = _template()
    for source in sorted(template.rglob("*")):
        place = source.relative_to(template)
        if source.is_file() and not _LEFT_OUT & {*place.parts}:
            target = folder / names.put_in(place.as_posix())
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(names.put_in(source.read_text(encoding="utf-8")), encoding="utf-8")
            yield target


def _template() -> Path:
    """Return where the template lies: inside an installed package, or in a checkout."""
    installed = _PACKAGE / "_template"
    return installed if installed.is_dir() else _PACKAGE.parent.parent / "connectors" / "template"

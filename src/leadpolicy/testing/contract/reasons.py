"""The reasons for which an author takes behaviours out: the file `connector.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from leadpolicy.diagnostics import did_you_mean

_SHORTEST: Final = 15


class ReasonsError(ValueError):
    """The file cannot be used."""


def read_reasons(path: Path, slugs: Collection[str]) -> Mapping[str, str]:
    """Return the reasons by slug from the table `exempt` of a TOML file.

    Raises `ReasonsError` for unknown slugs and for reasons that say nothing.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReasonsError(f"`{path.name}` cannot be read: {error}") from None
    reasons = content.get("exempt", {})
    if not isinstance(reasons, dict):
        raise ReasonsError(f"`exempt` in `{path.name}` is no table")
    for slug, reason in reasons.items():
        _check(slug, reason, slugs)
    return reasons


def _check(slug: str, reason: object, slugs: Collection[str]) -> None:
    if slug not in slugs:
        hint = did_you_mean(slug, slugs)
        raise ReasonsError(f"there is no behaviour `{slug}`" + (f"; {hint}" if hint else ""))
    if not isinstance(reason, str) or len(reason.split()) < 3 or len(reason) < _SHORTEST:
        raise ReasonsError(f"the reason for `{slug}` has to be a sentence")

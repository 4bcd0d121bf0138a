"""Proving a connector from the command line: find the harness, run the kit, write the report."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import cast

from leadpolicy.crm.errors import CrmError
from leadpolicy.testing.contract.behaviour import Behaviour, Tier
from leadpolicy.testing.contract.catalogue import behaviour_named, behaviours
from leadpolicy.testing.contract.harness import Harness
from leadpolicy.testing.contract.reasons import ReasonsError, read_reasons
from leadpolicy.testing.contract.report import badge, to_dict, to_markdown
from leadpolicy.testing.contract.running import Report, Result, run


class ProvingError(CrmError):
    """The kit cannot be run as it was asked."""


def harness_at(place: str) -> Harness:
    """Return the harness named like `package.module:Harness`, or an object of that name.

    The current folder is searched too. Raises `ProvingError`.
    """
    module, _, attribute = place.partition(":")
    if not (module and attribute):
        raise ProvingError(
            f"`{place}` names no harness", "name it like `tests.harness:AcmeHarness`"
        )
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ProvingError(f"the harness `{place}` cannot be loaded: {error}") from None
    return cast("Harness", found() if isinstance(found, type) else found)


def chosen(up_to: Tier = Tier.PLATINUM, only: Sequence[str] = ()) -> tuple[Behaviour, ...]:
    """Return the behaviours of a tier and below, or those of some slugs; raises `ProvingError`."""
    if not only:
        return behaviours(up_to)
    try:
        return tuple(behaviour_named(slug) for slug in only)
    except KeyError as error:
        raise ProvingError(str(error.args[0])) from None


def prove(
    harness: Harness,
    which: Sequence[Behaviour],
    *,
    reasons: Path | None = None,
    done: Callable[[Result], object] = lambda _result: None,
) -> Report:
    """Run behaviours with the reasons of a `connector.toml`; raises `ProvingError`."""
    return run(harness, which, _read(reasons), done)


def _read(path: Path | None) -> Mapping[str, str]:
    if path is None:
        return {}
    try:
        return read_reasons(path, [behaviour.slug for behaviour in behaviours()])
    except ReasonsError as error:
        raise ProvingError(str(error)) from None


def write_report(report: Report, folder: Path) -> None:
    """Write `report.json`, `report.md` and `badge.svg` into a folder, which is made if missing."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(to_dict(report), indent=2, ensure_ascii=False)
    (folder / "report.json").write_text(f"{text}\n", encoding="utf-8")
    (folder / "report.md").write_text(to_markdown(report), encoding="utf-8")
    (folder / "badge.svg").write_text(badge(report), encoding="utf-8")

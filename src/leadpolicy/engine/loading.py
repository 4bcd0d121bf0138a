"""From a path, a pack's name or a policy written in Python to something that decides."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from os import PathLike, fspath
from pathlib import Path
from typing import Final

from leadpolicy.diagnostics import Diagnostic, PolicyError, did_you_mean
from leadpolicy.documents.files import is_file, is_folder, names_in, read_list_file, real_path
from leadpolicy.documents.packs import POLICY_FILE, search_path
from leadpolicy.documents.read import Document, read
from leadpolicy.engine.lead_policy import LeadPolicy
from leadpolicy.policy.pipeline import check
from leadpolicy.policy.policy import Policy

_PACKAGE: Final = Path(__file__).resolve().parents[1]
_BINDINGS: Final = "bindings"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")

PolicyPath = str | PathLike[str]
Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Return the present instant in UTC."""
    return datetime.now(UTC)


def load(
    path: PolicyPath, *, packs: Iterable[PolicyPath] = (), clock: Clock = system_clock
) -> LeadPolicy:
    """Load a policy from a folder or file, or a shipped pack by its name.

    `packs` are folders in which packs named by `extends` are looked up first; `clock` gives the
    instant of a decision that names none. Raises `PolicyError` with every problem and its place.
    """
    return LeadPolicy(read_policy(path, packs=packs).require(), clock=clock)


def compile(
    policy: Policy, *, folder: PolicyPath | None = None, clock: Clock = system_clock
) -> LeadPolicy:
    """Compile a policy written in Python; `folder` holds the files that its lists name.

    Raises `PolicyError` with every problem.
    """
    return LeadPolicy(check(policy, list_files=_list_files(policy, folder)), clock=clock)


def _list_files(policy: Policy, folder: PolicyPath | None) -> dict[str, tuple[str, ...]]:
    entries: dict[str, tuple[str, ...]] = {}
    problems: list[Diagnostic] = []
    for name, spec in policy.lists.items():
        if spec.file is None:
            continue
        if folder is None:
            message = f"the list `{name}` names a file, and no folder is given to look in"
            hint = "write compile(policy, folder=…)"
            problems.append(Diagnostic("LP107", message, path=f"$.lists.{name}.file", hint=hint))
            continue
        entries[name], found = read_list_file(folder, spec.file)
        problems += found
    if problems:
        raise PolicyError(problems)
    return entries


def read_policy(
    path: PolicyPath, *, packs: Iterable[PolicyPath] = (), today: date | None = None
) -> Document:
    """Read and check a policy with all its problems; never raises for what the files hold.

    Raises `PolicyError` where neither a file or folder nor a shipped pack is so named.
    """
    place = find_policy(path)
    beside = search_path(place / POLICY_FILE if is_folder(place) else place, map(Path, packs))
    return read(place, packs=(*beside, *_shipped_folders()), today=today)


def find_policy(path: PolicyPath) -> Path:
    """Return the file or folder of a policy; what stands in the file system comes first.

    Raises `PolicyError` for the name of a pack that is not shipped.
    """
    place, name = Path(path), fspath(path)
    if not _NAME.fullmatch(name) or is_file(place) or is_folder(place):
        return place
    found = shipped_packs()
    if name in found:
        return found[name]
    message = f"`{name}` is neither a file or folder nor a pack that comes with leadpolicy"
    raise PolicyError([Diagnostic("LP110", message, hint=did_you_mean(name, found))])


def shipped_packs() -> dict[str, Path]:
    """Return the packs that come with the library, by name."""
    return {
        name: _from_here(folder / name)
        for folder in _shipped_folders()
        for name in names_in(folder)
        if is_file(folder / name / POLICY_FILE)
    }


def shipped_bindings(policy: str) -> dict[str, Path]:
    """Return the bindings that come with a pack, by name; none where the pack is not shipped."""
    folder = shipped_packs().get(policy)
    if folder is None or not is_folder(folder / _BINDINGS):
        return {}
    files = names_in(folder / _BINDINGS)
    return {Path(name).stem: folder / _BINDINGS / name for name in files}


def _from_here(path: Path) -> Path:
    """Return a path as seen from the current folder, where it lies inside, for short messages."""
    here = real_path(Path())
    return path.relative_to(here) if path.is_relative_to(here) else path


def _shipped_folders() -> Iterator[Path]:
    """Yield where packs lie: inside an installed package, or in a checkout of the source."""
    checkout = _PACKAGE.parent.parent
    if is_folder(_PACKAGE / "_packs"):
        yield _PACKAGE / "_packs"
    elif is_file(checkout / "pyproject.toml"):
        yield checkout / "policies"

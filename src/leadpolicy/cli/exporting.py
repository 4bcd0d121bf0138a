"""Files for teams that deploy with their own tools, written so that nothing of theirs is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, Literal

import msgspec

from leadpolicy.cli.boundary import UsageError
from leadpolicy.crm.capabilities import Capabilities
from leadpolicy.crm.desired import desired_for, feedback_columns
from leadpolicy.crm.native import Native
from leadpolicy.crm.state import Column, DesiredState
from leadpolicy.exchange.binding import Binding
from leadpolicy.plugins.hookspecs import Exporter
from leadpolicy.policy.checked import CheckedPolicy

LIST: Final = "leadpolicy-export.json"
"""The file that names what was written, so that the next export can take away what is no more."""


@dataclass(frozen=True, slots=True)
class _Offline:
    """An exporter as what says which parts a CRM needs."""

    exporter: Exporter
    binding: Mapping[str, object]
    options: Mapping[str, object]

    @property
    def capabilities(self) -> Capabilities:
        """What the CRM can do."""
        return self.exporter.capabilities

    def native(self, policy: CheckedPolicy, columns: Sequence[Column]) -> Native:
        """Return what the CRM can enforce or compute itself."""
        return self.exporter.native(policy, columns, self.binding, self.options)

    def adapt(self, policy: CheckedPolicy, desired: DesiredState) -> DesiredState:
        """Return the desired state with what the CRM needs beside it."""
        return self.exporter.adapt(policy, desired, self.binding, self.options)


def exported(
    exporter: Exporter,
    policy: CheckedPolicy,
    written: Binding,
    *,
    prefix: str,
    native: bool | Literal["both"],
) -> tuple[DesiredState, Mapping[str, bytes]]:
    """Return what a policy needs in a CRM, and the files that bring it there."""
    binding = written.with_attributes(feedback_columns(policy), policy)
    options = binding.options.model_dump(exclude_unset=True) | (
        {"native": native} if native else {}
    )
    offline = _Offline(exporter, binding.for_connector(policy), options)
    desired = desired_for(
        offline,
        policy,
        prefix=prefix,
        lang=binding.options.lang,
        bound=written.named(),
        native=native,
        permissions=tuple(binding.options.roles),
    )
    return desired, exporter.files(policy, desired, offline.binding, options)


@dataclass(frozen=True, slots=True)
class Written:
    """The files that were written, that stood so already, and that were taken away."""

    new: tuple[str, ...]
    same: tuple[str, ...]
    removed: tuple[str, ...]


def write_tree(folder: Path, files: Mapping[str, bytes], *, overwrite: bool) -> Written:
    """Write files into a folder and take away what an earlier export wrote and this one does not.

    Raises `UsageError` before anything is written where a file that was not exported would be
    replaced, unless `overwrite`.
    """
    before = _listed(folder)
    differing = [name for name, data in files.items() if _differs(folder / name, data)]
    foreign = [name for name in differing if (folder / name).exists() and name not in before]
    if foreign and not overwrite:
        message = f"`{folder / foreign[0]}` stands already and was not exported"
        raise UsageError(message, "name another folder, or allow it with `--overwrite`")
    for name in differing:
        _put(folder / name, files[name])
    removed = sorted(name for name in before - files.keys() if (folder / name).is_file())
    for name in removed:
        (folder / name).unlink()
    listed = msgspec.json.format(msgspec.json.encode({"files": sorted(files)}), indent=2)
    _put(folder / LIST, listed + b"\n")
    return Written(tuple(differing), tuple(files.keys() - set(differing)), tuple(removed))


def _listed(folder: Path) -> frozenset[str]:
    try:
        data = msgspec.json.decode((folder / LIST).read_bytes(), type=dict[str, list[str]])
    except FileNotFoundError:
        return frozenset()
    except (ValueError, OSError) as error:
        raise UsageError(f"`{folder / LIST}` cannot be read: {error}", "remove it") from None
    return frozenset(name for name in data.get("files", ()) if _is_inside(name))


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def _differs(path: Path, data: bytes) -> bool:
    return not path.is_file() or path.read_bytes() != data


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)

"""Where each part of a policy is carried out: by the CRM, by a sync, or not at all, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Where(StrEnum):
    """Who carries out a part of the policy."""

    NATIVE = "native"
    SYNCED = "synced"
    IMPOSSIBLE = "not possible here"


@dataclass(frozen=True, slots=True)
class Placement:
    """Where one part of the policy is carried out, and why there, in one sentence.

    `part` is spelled like `Rule.part`: `score fit`, `state`, `transition reject`, `consents`.
    """

    part: str
    where: Where
    reason: str

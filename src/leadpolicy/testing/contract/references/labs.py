"""The harness of the lab's connectors: a CRM over real HTTP, in which every fault can happen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from leadpolicy.crm.capabilities import Stream
from leadpolicy.crm.clock import Clock
from leadpolicy.crm.connector import Connector
from leadpolicy.crm.state import Column, FieldKind
from leadpolicy.testing.contract.harness import BaseHarness
from leadpolicy.testing.contract.samples import VERDICT
from leadpolicy.testing.contract.sandbox import BaseSandbox, Effect
from leadpolicy.testing.lab.connectors import LabConnector, UpsertConnector
from leadpolicy.testing.lab.faults import Fault, Operation, Scripted
from leadpolicy.testing.lab.lab import Lab
from leadpolicy.testing.lab.world import Options

TIMEOUT: Final = 1.0
"""Seconds of real time within which the lab answers, also on a machine that is busy."""

_FOR_EVER: Final = 1_000_000


class LabSandbox(BaseSandbox):
    """One CRM of the lab."""

    outlives = True

    def __init__(self, lab: Lab, kind: type[LabConnector]) -> None:
        self.crm: Final = lab.crm(Options(latency=0.0))
        self._lab: Final = lab
        self._kind: Final = kind
        self._clock: Final = self.crm.clock()
        self._earlier = 0

    def clock(self) -> Clock:
        """Return the clock of the lab, which the CRM shares."""
        return self._clock

    def open(self, url: str | None = None) -> Connector:
        """Return a new connector."""
        return self._kind(url or self.crm.url, TIMEOUT)

    def strike(self, *faults: Scripted) -> None:
        """Script faults, and count calls anew."""
        self._earlier += sum(self.crm.calls().values())
        self.crm.script(*faults)

    def seed(self, keys: Sequence[str]) -> None:
        """Put leads into the CRM."""
        self.crm.put_leads({key: {} for key in keys})

    def held(
        self, keys: Sequence[str], columns: Sequence[Column]
    ) -> Mapping[str, Mapping[str, object]]:
        """Return what the CRM holds of the leads that are present."""
        standing = self.crm.standing(keys)
        present = {key: item for key, item in standing.items() if item["presence"] == "present"}
        return {key: _read(item["values"], columns) for key, item in present.items()}

    def history(self) -> Sequence[Effect]:
        """Return every effect."""
        told = self.crm.history()
        return [Effect(entry.key, entry.values) for entry in told if entry.kind == "effect"]

    def records(self, key: str) -> int:
        """Return the records that were appended, or the one that is written over and over."""
        effects = [e for e in self.crm.history() if e.kind == "effect" and e.key == key]
        appended = sum(effect.via.startswith("append") for effect in effects)
        return appended or int(key in self.crm.standing([key]))

    def calls(self) -> int:
        """Return the calls of every operation."""
        return self.crm.arrival()

    def writes(self) -> int:
        """Return the calls that write leads, and the changes to parts."""
        parts = sum(entry.kind == "part" for entry in self.crm.history())
        return self.crm.calls()[Operation.WRITE] + parts

    def edit(self, key: str, values: Mapping[str, object], by: str) -> None:
        """Let a person write columns of a lead."""
        self._tell("feedback" if VERDICT in values else "changed", key, by, dict(values))

    def remove(self, key: str) -> None:
        """Delete a lead."""
        self._tell("deleted", key)

    def restore(self, key: str) -> None:
        """Bring a lead back."""
        self._tell("restored", key)

    def merge(self, loser: str, winner: str) -> None:
        """Merge one lead into another."""
        self._tell("merged", loser, values={"into": winner})

    def erase(self, key: str) -> None:
        """Erase a lead."""
        self._tell("erased", key)

    def consent(self, key: str, purpose: str, channel: str, status: str, at: datetime) -> None:
        """Let a lead give or withdraw a consent."""
        values = {"purpose": purpose, "channel": channel, "status": status}
        self._tell("consent", key, key, values, at=at.isoformat())

    def _tell(
        self,
        kind: str,
        key: str,
        by: str = "somebody",
        values: Mapping[str, object] | None = None,
        **more: str,
    ) -> None:
        event = {"kind": kind, "key": key, "by": by, "values": values or {}, **more}
        self._lab.control(self.crm.name, "tell", event)

    def refuse(self, key: str) -> None:
        """Let a rule of the CRM refuse a lead."""
        reason = {"code": "validation", "field": "lp_score", "message": "breaks a rule"}
        self.crm.refuse({key: reason})

    def lock(self, key: str, times: int) -> None:
        """Lock the first lead of the next writes; the lab chooses leads by their place."""
        self.strike(Scripted(Fault.ROW_LOCKED, Operation.WRITE, times=times))

    def revoke(self) -> None:
        """Refuse the login from the next write on."""
        self.strike(Scripted(Fault.ACCESS_DENIED, Operation.WRITE, times=_FOR_EVER))

    def regrant(self) -> None:
        """Take the login again."""
        self.strike()
        self.crm.heal()

    def exhaust(self, left: int) -> None:
        """Use up the day after some more writes."""
        self.strike(Scripted(Fault.QUOTA_USED_UP, Operation.WRITE, left + 1, _FOR_EVER))

    def refill(self) -> None:
        """Begin a new day."""
        self.regrant()

    def expire_cursors(self, stream: Stream) -> None:
        """Forget every cursor."""
        self.crm.expire_cursors()

    def skew(self, seconds: float) -> None:
        """Set the clocks apart; in the lab it is ours that is wrong."""
        self._clock.skew = -seconds

    def same_instant(self) -> None:
        """Do nothing: time stands still in the lab while nobody waits."""

    def expire_token(self) -> None:
        """End the token with the next lookup."""
        self.strike(Scripted(Fault.TOKEN_EXPIRED, Operation.LOOKUP))

    def logins(self) -> int:
        """Return how many calls were neither reading nor writing: those for a token."""
        return self.crm.arrival() - self._earlier - sum(self.crm.calls().values())

    def lose_job(self, ticket: str) -> None:
        """Abort the job that is asked for next."""
        self.strike(Scripted(Fault.JOB_ABORTED, Operation.POLL))

    def close(self) -> None:
        """Forget the CRM."""
        self.crm.close()


def _read(values: Mapping[str, object], columns: Sequence[Column]) -> dict[str, object]:
    kinds = {column.name: column.kind for column in columns}
    return {
        name: Decimal(value)
        if kinds.get(name) is FieldKind.NUMBER and isinstance(value, str)
        else value
        for name, value in values.items()
    }


class LabHarness(BaseHarness):
    """Makes CRMs in one lab."""

    http = True

    def __init__(self, lab: Lab, kind: type[LabConnector] = UpsertConnector) -> None:
        self.name = kind.name
        self._lab: Final = lab
        self._kind: Final = kind

    def sandbox(self, folder: Path) -> LabSandbox:
        """Return a new CRM."""
        return LabSandbox(self._lab, self._kind)

"""Starting the lab, and the hand of the experimenter in each of its CRMs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from leadpolicy.testing.lab.clock import LabClock, SharedTime
from leadpolicy.testing.lab.faults import Operation, Scripted
from leadpolicy.testing.lab.world import Entry, Json, Options

_TIMEOUT: Final = 60.0


class Lab:
    """A server of CRMs in a process of its own; ends it when closed.

    >>> with Lab() as lab:
    ...     crm = lab.crm()
    ...     crm.put_leads({"L-1": {"country": "DE"}})
    ...     crm.standing(["L-1"])["L-1"]["values"]
    {'country': 'DE'}
    """

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "leadpolicy.testing.lab", "serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.port = int(self._process.stdout.readline() if self._process.stdout else 0)
        self._wire = HTTPConnection("127.0.0.1", self.port, timeout=_TIMEOUT)
        self._numbers = count(1)

    def crm(self, options: Options | None = None) -> LabCrm:
        """Return a new CRM without leads."""
        name = f"crm{next(self._numbers)}"
        made = self.control(name, "make", asdict(options or Options()))
        return LabCrm(self, name, Path(made["clock"]))

    def control(self, name: str, action: str, body: object) -> Any:
        """Do something in a CRM that no connector can do."""
        self._wire.request("POST", f"/lab/{name}/{action}", json.dumps(body))
        answer = self._wire.getresponse()
        data = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"the lab answers {answer.status} to `{action}`")
        return json.loads(data)

    def close(self) -> None:
        """End the server; closing twice is harmless."""
        self._wire.close()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._process.wait(timeout=_TIMEOUT)

    def __enter__(self) -> Lab:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class LabCrm:
    """One CRM of the lab, as the experimenter sees it."""

    lab: Lab
    name: str
    clock_file: Path

    @property
    def url(self) -> str:
        """The address that a connector calls."""
        return f"http://127.0.0.1:{self.lab.port}/{self.name}"

    def clock(self, skew: float = 0.0) -> LabClock:
        """Return a clock over the CRM's time, with a wall clock that is wrong by `skew` seconds."""
        return LabClock(SharedTime(self.clock_file), skew)

    def put_leads(self, leads: Mapping[str, Mapping[str, object]]) -> None:
        """Let leads stand, as if they had always been there."""
        rows = [{"key": key, "values": dict(values)} for key, values in leads.items()]
        self._do("leads", rows=rows)

    def put_parts(self, parts: Mapping[str, Json], remove: Sequence[str] = ()) -> None:
        """Let parts stand or be gone, as if somebody had done it by hand."""
        self._do("parts", put=dict(parts), remove=list(remove))

    def parts(self) -> dict[str, Json]:
        """Return the parts that stand, by address."""
        return dict(self._do("parts"))

    def script(self, *faults: Scripted) -> None:
        """Script faults, in place of those scripted before, and count calls from 1 again."""
        self._do("script", faults=[fault.to_dict() for fault in faults])

    def heal(self) -> None:
        """Let everything work again: no faults, the login good, the quota fresh."""
        self._do("heal")

    def calls(self) -> dict[Operation, int]:
        """Return how many calls there were of each operation since the last script."""
        return {Operation(name): calls for name, calls in self._do("calls").items()}

    def refuse(self, rows: Mapping[str, Mapping[str, str]]) -> None:
        """Refuse writes of some leads for good, each with `code`, `field` and `message`."""
        self._do("bad", rows={key: dict(reason) for key, reason in rows.items()})

    def forgive(self) -> None:
        """Refuse no lead any more."""
        self._do("good")

    def tell(self, kind: str, key: str, by: str = "", **values: object) -> Json:
        """Let something happen to a lead, by the names of `EventKind`; returns the event."""
        return dict(self._do("tell", kind=kind, key=key, by=by, values=values))

    def expire_cursors(self) -> None:
        """Let every cursor of every stream be unknown."""
        self._do("expire")

    def bury(self, process: int) -> None:
        """Let nothing that an ended process has sent take effect any more."""
        self._do("bury", process=process)

    def expire_token(self) -> None:
        """Let the tokens that were handed out be good no longer."""
        self._do("stale")

    def land(self) -> None:
        """Let every late effect land, and every job come to its end."""
        self._do("land")

    def history(self) -> list[Entry]:
        """Return everything that happened so far."""
        return [Entry(**entry) for entry in self._do("history")]

    def standing(self, keys: Iterable[str]) -> dict[str, Json]:
        """Return what stands of some leads."""
        return {item["key"]: item for item in self._do("standing", keys=list(keys))}

    def arrival(self) -> int:
        """Return the number of the last call that arrived."""
        return int(self._do("arrival"))

    def impatient(self) -> int:
        """Return how many calls came before the time that a throttled caller was told."""
        return int(self._do("impatient"))

    def logins(self) -> int:
        """Return how many tokens were handed out."""
        return int(self._do("logins"))

    def strikes(self) -> int:
        """Return how many calls were struck by a scripted fault."""
        return int(self._do("strikes"))

    def close(self) -> None:
        """Forget the CRM."""
        self._do("drop")

    def _do(self, action: str, **body: object) -> Any:
        return self.lab.control(self.name, action, body)

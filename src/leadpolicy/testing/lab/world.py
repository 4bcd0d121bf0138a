"""One CRM of the lab: its leads, parts and streams, and the history of everything that happened.

The history is what a checker judges by. No connector can read it, and nothing is ever taken out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from leadpolicy.testing.lab.clock import SharedTime

Json: TypeAlias = dict[str, Any]
ACTOR: Final = "lab-api"
DAY: Final = 86_400.0


class Refused(Exception):  # noqa: N818
    """The CRM says no to a whole call."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        self.status = status
        self.headers = dict(headers or {})
        self.body: Json = {"error": code, "message": message}
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Options:
    """How a CRM of the lab behaves; times are seconds of the lab's own clock.

    - `latency`: how long each call takes. `late_seconds`: when a late effect lands.
    - `job_seconds`: how long a job runs. `rate_calls` within `rate_seconds`: the rate window.
    - `daily_calls`: calls of one day (UTC). `creates_leads`: a write may make a lead.
    - `password`: what a login has to give; nothing is asked for where it is empty.
    """

    latency: float = 0.02
    late_seconds: float = 2.0
    job_seconds: float = 3.0
    rate_calls: int | None = None
    rate_seconds: float = 10.0
    daily_calls: int | None = None
    creates_leads: bool = False
    password: str = ""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Options:
        """Return the options of JSON-ready data; unknown names are left out."""
        known = {f.name for f in fields(cls)}
        return cls(**{name: value for name, value in data.items() if name in known})


@dataclass(slots=True)
class Lead:
    """A lead as the CRM holds it."""

    values: Json = field(default_factory=dict)
    presence: str = "present"
    into: str = ""
    consents: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened: `arrival` numbers the call it came with, `seq` what happened.

    `kind` is `effect`, `refusal`, `part`, `consent` or `event`; `via` tells how an effect came
    about: `upsert`, `replace`, `append` or `job`, with `-late` behind it when it landed late.
    """

    seq: int
    arrival: int
    at: float
    kind: str
    key: str
    values: Json
    via: str = ""


Landing: TypeAlias = tuple[float, Callable[[], object]]


class World:
    """The state of one CRM; whoever calls it holds its lock."""

    def __init__(self, options: Options, time: SharedTime) -> None:
        self.options = options
        self.time = time
        self.leads: dict[str, Lead] = {}
        self.parts: dict[str, Json] = {}
        self.events: dict[str, list[Json]] = {}
        self.epoch = 0
        self.history: list[Entry] = []
        self.arrival = 0
        self.bad: dict[str, Json] = {}
        self.locked: set[str] = set()
        self._landings: list[Landing] = []

    # ------------------------------------------------------------------------------ leads
    def put_leads(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Let leads stand with some values, as if they had always been there."""
        for row in rows:
            self.leads.setdefault(str(row["key"]), Lead()).values.update(row["values"])

    def commit(self, rows: Sequence[Json], via: str, arrival: int) -> list[Json]:
        """Write rows one by one and return what became of each."""
        return [self._commit(row, via, arrival) for row in rows]

    def commit_all(self, rows: Sequence[Json], via: str, arrival: int) -> list[Json]:
        """Write all rows or none; raises `Refused` for a row that cannot be written."""
        self._refuse_unknown_columns(rows)
        errors = [item for item in map(self._objection, rows) if item is not None]
        if any(item["code"] == "locked" for item in errors):
            raise Refused(409, "locked", "a row of the batch is locked")
        for item in errors:
            self.note("refusal", item["key"], item, via, arrival)
        if errors:
            raise Refused(422, "refused", f"row {errors[0]['key']}: {errors[0]['message']}")
        return self.commit(rows, via, arrival)

    def _commit(self, row: Json, via: str, arrival: int) -> Json:
        self._refuse_unknown_columns([row])
        objection = self._objection(row)
        if objection is not None:
            if objection["code"] != "locked":
                self.note("refusal", row["key"], objection, via, arrival)
            return objection
        return {"key": row["key"], "status": self._write(row, via, arrival)}

    def _write(self, row: Json, via: str, arrival: int) -> str:
        key, values = row["key"], row["values"]
        known = key in self.leads
        lead = self.leads.setdefault(key, Lead())
        same = all(lead.values.get(name) == value for name, value in values.items())
        lead.values.update(values)
        self.note("effect", key, values, via, arrival)
        if not same:
            self.emit("changes", {"key": key, "kind": "changed", "by": ACTOR})
        return "unchanged" if same else "written" if known else "created"

    def _objection(self, row: Json) -> Json | None:
        key = row["key"]
        lead = self.leads.get(key)
        if key in self.locked:
            self.locked.discard(key)
            return _refusal(key, "locked", "somebody else is writing this lead")
        if key in self.bad:
            return _refusal(key, **self.bad[key])
        if lead is None and not self.options.creates_leads:
            return _refusal(key, "unknown_lead", "there is no such lead")
        if lead is not None and lead.presence != "present":
            return _refusal(key, lead.presence, f"the lead is {lead.presence}")
        return None

    def _refuse_unknown_columns(self, rows: Sequence[Json]) -> None:
        for name in sorted({name for row in rows for name in row["values"]}):
            if f"column lead.{name}" not in self.parts:
                raise Refused(400, "no_column", f"there is no column `{name}`")

    def lookup(self, keys: Sequence[str]) -> list[Json]:
        """Return what stands of each key, one item for every key."""
        return [self._standing(key) for key in keys]

    def _standing(self, key: str) -> Json:
        lead = self.leads.get(key)
        if lead is None:
            return {"key": key, "presence": "unknown", "into": "", "values": {}}
        return {"key": key, "presence": lead.presence, "into": lead.into, "values": lead.values}

    def page_of_leads(self, after: str, limit: int, keys: Sequence[str] | None) -> Json:
        """Return leads that stand, in order of key behind `after`."""
        names = self.leads if keys is None else [key for key in keys if key in self.leads]
        present = [key for key in sorted(names) if self.leads[key].presence == "present"]
        rest = [key for key in present if key > after]
        items = [self._lead(key) for key in rest[:limit]]
        return {"items": items, "count": len(items), "more": len(rest) > limit}

    def _lead(self, key: str) -> Json:
        lead = self.leads[key]
        return {"key": key, "values": lead.values, "consents": list(lead.consents.values())}

    # ---------------------------------------------------------------------------- streams
    def emit(self, stream: str, event: Json) -> Json:
        """Add an event to a stream and return it as it stands there."""
        log = self.events.setdefault(stream, [])
        full = {"by": "", "values": {}, **event}
        full.setdefault("at", datetime.fromtimestamp(self.time.seconds, UTC).isoformat())
        full["id"] = f"{stream}-{len(log) + 1}"
        log.append(full)
        return full

    def page_of_events(self, stream: str, cursor: str | None, limit: int) -> Json:
        """Return events behind a cursor; raises `Refused` for one that has expired."""
        epoch, _, start = (cursor or f"{self.epoch}:0").partition(":")
        if epoch != str(self.epoch):
            raise Refused(410, "cursor_expired", "the cursor has expired")
        log, first = self.events.get(stream, []), int(start)
        items = log[first : first + limit]
        end = first + len(items)
        complete = end >= len(log)
        body = {"items": items, "count": len(items), "cursor": f"{epoch}:{end}"}
        return {**body, "complete": complete}

    def tell(self, event: Json) -> Json:
        """Let something happen in the CRM: the lead changes, and an event says so."""
        lead = self.leads.setdefault(event["key"], Lead())
        stream = _HAPPENINGS[event["kind"]](lead, event)
        full = self.emit(stream, event)
        self.note("event", event["key"], full, stream)
        return full

    # ------------------------------------------------------------------------------ parts
    def put_part(self, address: str, part: Json, arrival: int) -> None:
        """Make a part, or change the one that stands."""
        action = "change" if address in self.parts else "add"
        if self.parts.get(address) != part:
            self.parts[address] = part
            self.note("part", address, {"action": action, "part": part}, "deploy", arrival)

    def remove_part(self, address: str, arrival: int) -> None:
        """Remove a part if it stands."""
        if self.parts.pop(address, None) is not None:
            self.note("part", address, {"action": "destroy"}, "deploy", arrival)

    # ---------------------------------------------------------------------------- history
    def note(self, kind: str, key: str, values: Json, via: str = "", arrival: int = 0) -> None:
        """Write something down."""
        place = arrival or self.arrival
        seq = len(self.history) + 1
        self.history.append(Entry(seq, place, self.time.seconds, kind, key, dict(values), via))

    def later(self, effect: Callable[[], object], seconds: float) -> None:
        """Let an effect land after some seconds."""
        self._landings.append((self.time.seconds + seconds, effect))

    def land(self, *, everything: bool = False) -> None:
        """Let the effects land whose time has come."""
        now = self.time.seconds
        due = [effect for at, effect in self._landings if everything or at <= now]
        self._landings = [] if everything else [x for x in self._landings if x[0] > now]
        for effect in due:
            effect()

    def told(self) -> list[Json]:
        """Return the whole history as JSON-ready data."""
        return [asdict(entry) for entry in self.history]


def _refusal(key: str, code: str, message: str, field: str = "") -> Json:
    return {"key": key, "status": "refused", "code": code, "field": field, "message": message}


def _gives_feedback(lead: Lead, event: Json) -> str:
    lead.values.update(event["values"])
    return "feedback"


def _changes(lead: Lead, event: Json) -> str:
    lead.values.update(event.get("values", {}))
    event["values"] = {}
    return "changes"


def _moves_stage(lead: Lead, event: Json) -> str:
    lead.values["stage"] = event["values"]["to"]
    return "stages"


def _consents(lead: Lead, event: Json) -> str:
    values = event["values"]
    lead.consents[f"{values['purpose']}/{values['channel']}"] = values
    return "consents"


def _goes(lead: Lead, event: Json) -> str:
    kind = str(event["kind"])
    lead.presence = {"restored": "present", "erased": "deleted"}.get(kind, kind)
    lead.into = event.get("values", {}).get("into", "")
    if kind == "erased":
        lead.values, lead.consents = {}, {}
    return "removals"


_HAPPENINGS: Final[Mapping[str, Callable[[Lead, Json], str]]] = {
    "feedback": _gives_feedback,
    "changed": _changes,
    "stage": _moves_stage,
    "consent": _consents,
    "deleted": _goes,
    "restored": _goes,
    "merged": _goes,
    "erased": _goes,
}

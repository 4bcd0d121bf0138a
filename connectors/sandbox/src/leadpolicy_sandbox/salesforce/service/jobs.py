"""Jobs of Bulk API 2.0: what was asked of each, how far it is, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any, Final, Literal

from leadpolicy_sandbox.salesforce.org import ids
from leadpolicy_sandbox.salesforce.org.results import OrgError
from leadpolicy_sandbox.salesforce.soql.values import moment

DELIMITERS: Final = {
    "BACKQUOTE": "`", "CARET": "^", "COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t",
}  # fmt: skip
ENDINGS: Final = {"LF": "\n", "CRLF": "\r\n"}
OPERATIONS: Final = {
    "ingest": ("insert", "update", "upsert", "delete", "hardDelete"),
    "query": ("query", "queryAll"),
}
_ENDED: Final = frozenset({"JobComplete", "Failed", "Aborted"})


@dataclass(slots=True)
class Job:
    """One job; `ready` is when it may be worked on, by the org's clock.

    `succeeded`, `failed` and `unprocessed` are lines of CSV without their heading.
    """

    id: str
    kind: Literal["ingest", "query"]
    operation: str
    object: str
    user: str
    version: str
    created: datetime
    key: str = ""
    query: str = ""
    delimiter: str = "COMMA"
    ending: str = "LF"
    state: str = "Open"
    text: str | None = None
    ready: datetime | None = None
    problem: str = ""
    processed: int = 0
    refused: int = 0
    header: list[str] = field(default_factory=list)
    succeeded: list[list[str]] = field(default_factory=list)
    failed: list[list[str]] = field(default_factory=list)
    unprocessed: list[list[str]] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in _ENDED

    def info(self) -> dict[str, Any]:
        """Return what the API tells of a job."""
        at = moment(self.created)
        told: dict[str, Any] = {
            "id": self.id,
            "operation": self.operation,
            "object": self.object,
            "createdById": self.user,
            "createdDate": at,
            "systemModstamp": at,
            "state": self.state,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": float(self.version),
            "lineEnding": self.ending,
            "columnDelimiter": self.delimiter,
        }
        if self.kind == "ingest":
            told["contentUrl"] = f"services/data/v{self.version}/jobs/ingest/{self.id}/batches"
        return {**told, "externalIdFieldName": self.key} if self.key else told

    def progress(self) -> dict[str, Any]:
        """Return what the API tells of a job and its work."""
        kinds = {"ingest": "V2Ingest", "query": "V2Query"}
        told = {
            **self.info(),
            "jobType": kinds[self.kind],
            "retries": 0,
            "totalProcessingTime": 0,
            "numberRecordsProcessed": self.processed,
        }
        if self.kind == "ingest":
            told |= {
                "numberRecordsFailed": self.refused,
                "apiActiveProcessingTime": 0,
                "apexProcessingTime": 0,
            }
        return {**told, "errorMessage": self.problem} if self.problem else told


@dataclass(slots=True)
class Jobs:
    """The jobs of an org; each begins `delay` seconds after it may, when somebody asks for it."""

    delay: float = 0.0
    made: int = 0
    all: dict[str, Job] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def new_id(self) -> str:
        """Return the id of another job."""
        self.made += 1
        return ids.make("750", next(self._numbers))

    def get(self, id: str, kind: str) -> Job:
        """Return a job by its id of 15 or 18 characters; raises `OrgError` for one not there."""
        job = self.all.get(ids.full(id) or "")
        if job is None or job.kind != kind:
            raise OrgError(404, "NOT_FOUND", "The requested resource does not exist")
        return job

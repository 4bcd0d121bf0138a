"""What both kinds of bulk jobs have in common: made, listed, looked at, ended and deleted."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, Literal

from werkzeug import Request, Response

from leadpolicy_sandbox.salesforce.org.results import OrgError
from leadpolicy_sandbox.salesforce.org.schema import User
from leadpolicy_sandbox.salesforce.rest.answers import answered, body, nothing
from leadpolicy_sandbox.salesforce.service.jobs import DELIMITERS, ENDINGS, OPERATIONS, Job
from leadpolicy_sandbox.salesforce.site import Endpoint, Route, Site

Kind = Literal["ingest", "query"]
Work = Callable[[Site, Job], None]
CSV: Final = "text/csv; charset=UTF-8"


def made(site: Site, user: User, given: Mapping[str, str], kind: Kind, data: Any) -> Job:
    """Return a new job; raises `OrgError` for options that there are not."""
    operation = str(data.get("operation", ""))
    if operation not in OPERATIONS[kind]:
        raise OrgError(400, "INVALIDJOB", f"Invalid operation: {operation}")
    delimiter = str(data.get("columnDelimiter", "COMMA"))
    ending = str(data.get("lineEnding", "LF"))
    if delimiter not in DELIMITERS or ending not in ENDINGS:
        raise OrgError(400, "INVALIDJOB", "Unknown columnDelimiter or lineEnding")
    return Job(
        id=site.jobs.new_id(),
        kind=kind,
        operation=operation,
        object="",
        user=user.id,
        version=given["version"],
        created=site.org.now(),
        delimiter=delimiter,
        ending=ending,
    )


def release(site: Site, job: Job) -> None:
    """Let a job be worked on, after the delay of the org."""
    job.state = "UploadComplete"
    job.ready = site.org.now() + timedelta(seconds=site.jobs.delay)


def advance(site: Site, job: Job, work: Work) -> None:
    """Bring a job as far as it should be by now."""
    if job.id in site.trouble.aborted and not job.ended:
        job.state = "Aborted"
    if job.state == "UploadComplete" and job.ready is not None and site.org.now() >= job.ready:
        job.state = "InProgress"
        work(site, job)


def found(site: Site, given: Mapping[str, str], kind: Kind, work: Work) -> Job:
    """Return a job, brought as far as it should be; raises `OrgError` for one not there."""
    job = site.jobs.get(given["job"], kind)
    if job.id in site.trouble.lost:
        raise OrgError(404, "NOT_FOUND", "The requested resource does not exist")
    advance(site, job, work)
    return job


def table(job: Job, header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return CSV in the manner of a job; every value is in quotes, as Salesforce has it."""
    out = io.StringIO()
    writer = csv.writer(
        out,
        delimiter=DELIMITERS[job.delimiter],
        lineterminator=ENDINGS[job.ending],
        quoting=csv.QUOTE_ALL,
    )
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def common_routes(kind: Kind, work: Work) -> tuple[Route, ...]:
    """Return the routes on which both kinds of jobs are looked at, ended and deleted."""
    base = f"/services/data/v<version>/jobs/{kind}"
    return (
        Route(("GET",), base, _listing(kind, work)),
        Route(("GET",), f"{base}/<job>", _looking(kind, work)),
        Route(("PATCH",), f"{base}/<job>", _ending(kind, work)),
        Route(("DELETE",), f"{base}/<job>", _deleting(kind, work)),
    )


def _listing(kind: Kind, work: Work) -> Endpoint:
    def listing(
        site: Site, _request: Request, _user: User | None, _given: dict[str, str]
    ) -> Response:
        jobs = [job for job in site.jobs.all.values() if job.kind == kind]
        for job in jobs:
            advance(site, job, work)
        return answered(
            {"done": True, "records": [job.info() for job in jobs], "nextRecordsUrl": None}
        )

    return listing


def _looking(kind: Kind, work: Work) -> Endpoint:
    def looking(
        site: Site, _request: Request, _user: User | None, given: dict[str, str]
    ) -> Response:
        return answered(found(site, given, kind, work).progress())

    return looking


def _ending(kind: Kind, work: Work) -> Endpoint:
    def ending(site: Site, request: Request, _user: User | None, given: dict[str, str]) -> Response:
        job = found(site, given, kind, work)
        state = body(request).get("state")
        if state not in {"Aborted", "UploadComplete"} or (kind == "query" and state != "Aborted"):
            raise OrgError(400, "INVALIDJOB", f"Invalid state: {state}")
        if job.ended or (state == "UploadComplete" and job.state != "Open"):
            message = f"Cannot change the state of a job that is {job.state}"
            raise OrgError(400, "INVALIDJOBSTATE", message)
        if state == "Aborted":
            job.state = "Aborted"
        else:
            release(site, job)
        return answered(job.info())

    return ending


def _deleting(kind: Kind, work: Work) -> Endpoint:
    def deleting(
        site: Site, _request: Request, _user: User | None, given: dict[str, str]
    ) -> Response:
        job = found(site, given, kind, work)
        if not job.ended and job.state != "Open":
            message = f"Cannot delete a job that is {job.state}"
            raise OrgError(400, "INVALIDJOBSTATE", message)
        del site.jobs.all[job.id]
        return nothing()

    return deleting

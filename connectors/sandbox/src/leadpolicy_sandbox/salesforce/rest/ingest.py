"""Bulk API 2.0 ingest: many records as CSV, saved when the job is worked on."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from werkzeug import Request, Response

from leadpolicy_sandbox.salesforce.org.results import OrgError, SaveResult
from leadpolicy_sandbox.salesforce.org.schema import User
from leadpolicy_sandbox.salesforce.rest.answers import answered, body
from leadpolicy_sandbox.salesforce.rest.bulk import CSV, common_routes, found, made, table
from leadpolicy_sandbox.salesforce.rest.collections import upserts
from leadpolicy_sandbox.salesforce.rest.saving import Saver
from leadpolicy_sandbox.salesforce.service.jobs import DELIMITERS, Job
from leadpolicy_sandbox.salesforce.site import Route, Site, signed_in

LARGEST: Final = 150_000_000
"""The most bytes that one job takes."""

CHUNK: Final = 200
NULL: Final = "#N/A"
"""What stands for no value; an empty value changes nothing."""

_BASE: Final = "/services/data/v<version>/jobs/ingest"


def create(site: Site, request: Request, user: User | None, given: dict[str, str]) -> Response:
    """Make a job."""
    user = signed_in(user)
    data = body(request)
    job = made(site, user, given, "ingest", data)
    definition = site.org.known(str(data.get("object", "")))
    if definition is None:
        message = f"Unable to find object: {data.get('object')}"
        raise OrgError(400, "INVALIDENTITY", message)
    job.object = definition.name
    if job.operation == "upsert":
        job.key = _key(site, job.object, str(data.get("externalIdFieldName", "")))
    site.jobs.all[job.id] = job
    return answered(job.info())


def _key(site: Site, name: str, key: str) -> str:
    field = site.org.object(name).field(key)
    if field is None or not (field.external_id or field.type == "id"):
        raise OrgError(400, "INVALIDJOB", f"Invalid externalIdFieldName: {key}")
    return field.name


def upload(site: Site, request: Request, _user: User | None, given: dict[str, str]) -> Response:
    """Take the records of a job."""
    job = site.jobs.get(given["job"], "ingest")
    data = request.get_data()
    if job.state != "Open" or job.text is not None:
        message = f"Found multiple contents for job: <{job.id}>, it takes one upload while open"
        raise OrgError(400, "INVALIDJOBSTATE", message)
    if len(data) > LARGEST:
        message = f"Total size in Bytes of content exceeds the limit of {LARGEST}"
        raise OrgError(400, "INVALIDJOB", message)
    job.text = data.decode("utf-8-sig", "replace")
    return Response(status=201)


def work(site: Site, job: Job) -> None:
    """Save the records of a job, and keep what became of each."""
    reader = csv.reader(io.StringIO(job.text or ""), delimiter=DELIMITERS[job.delimiter])
    lines = [line for line in reader if line]
    job.header, rows = (lines[0], lines[1:]) if lines else ([], [])
    problem = _unreadable(site, job)
    if problem:
        job.state, job.problem, job.unprocessed = "Failed", problem, rows
        return
    saver = Saver(site, signed_in(site.org.user(job.user)), "text")
    for start in range(0, len(rows), CHUNK):
        _save(job, rows[start : start + CHUNK], saver)
    job.state = "JobComplete"


def _unreadable(site: Site, job: Job) -> str:
    """Return why no record of a job can be read, or nothing."""
    if not job.header:
        return "InvalidBatch : Field name not found : the header is missing"
    user = site.org.user(job.user)
    seen = {name.lower() for name in site.org.fields(user, job.object)}
    unknown = [name for name in job.header if "." not in name and name.lower() not in seen]
    if unknown:
        return f"InvalidBatch : Field name not found : {unknown[0]}"
    return ""


def _save(job: Job, rows: Sequence[list[str]], saver: Saver) -> None:
    values = [_values(job.header, row) for row in rows]
    for row, step in zip(rows, _steps(job, values, saver), strict=True):
        _note(job, row, step())


def _values(header: Sequence[str], row: Sequence[str]) -> dict[str, Any]:
    """Return the fields of a line; empty ones are left alone."""
    pairs = zip(header, row, strict=False)
    return {name: None if text == NULL else text for name, text in pairs if text != ""}


def _steps(
    job: Job, values: Sequence[dict[str, Any]], saver: Saver
) -> list[Callable[[], SaveResult]]:
    match job.operation:
        case "insert":
            return [_insertion(saver, job.object, one) for one in values]
        case "upsert":
            return upserts(saver, job.object, job.key, values)
        case "update":
            return [_change(saver, job.object, one) for one in values]
    for_good = job.operation == "hardDelete"
    return [_removal(saver, job.object, one, for_good=for_good) for one in values]


def _insertion(saver: Saver, name: str, values: Mapping[str, Any]) -> Callable[[], SaveResult]:
    return lambda: saver.create(name, values)


def _change(saver: Saver, name: str, values: Mapping[str, Any]) -> Callable[[], SaveResult]:
    rest = {field: value for field, value in values.items() if field.lower() != "id"}
    return lambda: saver.update(name, _id(values), rest)


def _removal(
    saver: Saver, name: str, values: Mapping[str, Any], *, for_good: bool
) -> Callable[[], SaveResult]:
    def removal() -> SaveResult:
        result = saver.delete(name, _id(values))
        if for_good and result.success and result.id:
            saver.site.org.empty_bin(saver.user, [result.id])
        return result

    return removal


def _id(values: Mapping[str, Any]) -> str:
    return next((str(value) for name, value in values.items() if name.lower() == "id"), "")


def _note(job: Job, row: list[str], result: SaveResult) -> None:
    job.processed += 1
    if result.success:
        job.succeeded.append([result.id or "", str(result.created).lower(), *row])
        return
    job.refused += 1
    told = "; ".join(f"{one.code}:{one.message}:{','.join(one.fields)}--" for one in result.errors)
    job.failed.append([result.id or "", told, *row])


def successful(
    site: Site, _request: Request, _user: User | None, given: dict[str, str]
) -> Response:
    """Return the records that were saved."""
    job = found(site, given, "ingest", work)
    return _lines(job, ["sf__Id", "sf__Created", *job.header], job.succeeded)


def failed(site: Site, _request: Request, _user: User | None, given: dict[str, str]) -> Response:
    """Return the records that were refused, and why."""
    job = found(site, given, "ingest", work)
    return _lines(job, ["sf__Id", "sf__Error", *job.header], job.failed)


def unprocessed(
    site: Site, _request: Request, _user: User | None, given: dict[str, str]
) -> Response:
    """Return the records that nobody looked at."""
    job = found(site, given, "ingest", work)
    return _lines(job, job.header, job.unprocessed)


def _lines(job: Job, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Response:
    return Response(table(job, header, rows), content_type=CSV)


ROUTES = (
    Route(("POST",), _BASE, create),
    Route(("PUT",), f"{_BASE}/<job>/batches", upload),
    Route(("GET",), f"{_BASE}/<job>/successfulResults", successful),
    Route(("GET",), f"{_BASE}/<job>/failedResults", failed),
    Route(("GET",), f"{_BASE}/<job>/unprocessedrecords", unprocessed),
    Route(("GET",), f"{_BASE}/<job>/unprocessedRecords", unprocessed),
    *common_routes("ingest", work),
)

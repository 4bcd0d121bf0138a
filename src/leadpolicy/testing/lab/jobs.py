"""Jobs of the lab's CRM: made, filled, closed, and answered some time later."""

from __future__ import annotations

from dataclasses import dataclass, field

from leadpolicy.testing.lab.world import Json, Refused, World


@dataclass(slots=True)
class Job:
    """Rows that are written together after the job was closed."""

    rows: list[Json] = field(default_factory=list)
    state: str = "open"
    items: list[Json] = field(default_factory=list)


class Jobs:
    """The jobs of one CRM."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._jobs: dict[str, Job] = {}

    def make(self) -> Json:
        """Open a job and return its id."""
        name = f"job-{len(self._jobs) + 1}"
        self._jobs[name] = Job()
        return {"id": name}

    def fill(self, name: str, rows: list[Json]) -> Json:
        """Put rows into an open job, in place of those it had."""
        job = self._open(name)
        job.rows = rows
        return {"id": name, "count": len(rows)}

    def close(self, name: str, arrival: int) -> Json:
        """Start a job; its rows are written when `job_seconds` have passed."""
        job = self._open(name)
        job.state = "running"
        self._world.later(lambda: self._finish(job, arrival), self._world.options.job_seconds)
        return {"id": name, "state": job.state}

    def state(self, name: str) -> Json:
        """Return how far a job is."""
        return {"id": name, "state": self._find(name).state}

    def results(self, name: str) -> Json:
        """Return what became of each row of a job that has ended."""
        job = self._find(name)
        return {"items": job.items, "state": job.state}

    def lose(self, name: str) -> None:
        """Forget a job; if it has not ended, its rows are never written."""
        job = self._jobs.pop(name, None)
        if job is not None and job.state == "running":
            job.state = "lost"

    def abort(self, name: str) -> None:
        """End a running job half way."""
        job = self._jobs.get(name)
        if job is not None and job.state == "running":
            job.items = self._world.commit(job.rows[: len(job.rows) // 2], "job", 0)
            job.state = "aborted"

    def _finish(self, job: Job, arrival: int) -> None:
        if job.state == "running":
            job.items = self._world.commit(job.rows, "job", arrival)
            job.state = "done"

    def _find(self, name: str) -> Job:
        job = self._jobs.get(name)
        if job is None:
            raise Refused(404, "no_job", f"there is no job `{name}`")
        return job

    def _open(self, name: str) -> Job:
        job = self._find(name)
        if job.state != "open":
            raise Refused(409, "job_closed", f"the job `{name}` is {job.state}")
        return job

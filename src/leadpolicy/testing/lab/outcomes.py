"""What went wrong with a pull or a deployment, held against what the CRM itself tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from leadpolicy.crm.connector import EventKind
from leadpolicy.crm.plan import propose
from leadpolicy.testing.lab.experiment import Experiment
from leadpolicy.testing.lab.parts import parts_of
from leadpolicy.testing.lab.subject import DESIRED
from leadpolicy.testing.lab.world import Entry


def push_faults(experiment: Experiment) -> list[str]:
    """Return what went wrong with decisions, and dead letters that are not there."""
    experiment.crm.land()
    wrong = experiment.findings().wrong()
    missing = experiment.refused - experiment.dead().keys()
    return [
        *(f"{name}: {key}" for name, keys in wrong.items() for key in keys),
        *(f"lost: the dead letter of {key}" for key in sorted(missing)),
    ]


def deploy_faults(experiment: Experiment) -> list[str]:
    """Return what went wrong with a deployment: parts missing, made twice, or never settled."""
    experiment.crm.land()
    parts = experiment.crm.parts()
    wanted = parts_of(DESIRED)
    made = Counter(e.key for e in experiment.crm.history() if e.kind == "part")
    return [
        *(f"lost: {place}" for place in wanted if parts.get(place) != wanted[place]),
        *(f"strange: {place}" for place in parts if place not in wanted),
        *(f"doubled: {place}" for place, times in made.items() if times > 1),
        *_unsettled(experiment),
    ]


def _unsettled(experiment: Experiment) -> Iterator[str]:
    connector = experiment.connect(experiment.crm.url, experiment.timeout)
    with experiment.store() as store:
        if not propose(connector, DESIRED, store).is_empty:
            yield "unsettled: the plan after the last apply is not empty"
        deployment = store.deployment(connector.target)
        applied = len(list(store.history(connector.target)))
    connector.close()
    if deployment.intents:
        yield f"unsettled: intents are left: {', '.join(deployment.intents)}"
    if applied != 1:
        yield f"unsettled: {applied} versions were applied"


def pull_faults(experiment: Experiment) -> list[str]:
    """Return what went wrong with a pull: feedback or consents that differ from the CRM's own."""
    told = [entry for entry in experiment.crm.history() if entry.kind == "event"]
    with experiment.store() as store:
        target = experiment.crm.url
        feedback = {row.key: dict(row.values) for row in store.feedback(target)}
        rows = store.consents(target, experiment.keys)
        consents = {(row.key, row.purpose, row.channel): row.status for row in rows}
    return [
        *_differences("feedback", _last_feedback(told), feedback),
        *_differences("consent", _last_consents(told), consents),
    ]


def _last_feedback(told: list[Entry]) -> dict[str, object]:
    kept = (e for e in told if e.values["kind"] == EventKind.FEEDBACK.value)
    return {entry.key: entry.values["values"] for entry in kept}


def _last_consents(told: list[Entry]) -> dict[tuple[str, str, str], object]:
    kept = [e for e in told if e.values["kind"] == EventKind.CONSENT.value]
    values = [(e.key, e.values["values"]) for e in kept]
    return {(key, v["purpose"], v["channel"]): v["status"] for key, v in values}


def _differences(what: str, wanted: dict, found: dict) -> Iterator[str]:  # type: ignore[type-arg]
    for key in sorted(wanted.keys() | found.keys(), key=str):
        if wanted.get(key) != found.get(key):
            name = "lost" if key in wanted else "strange"
            yield f"{name}: {what} of {key} is {found.get(key)}, not {wanted.get(key)}"

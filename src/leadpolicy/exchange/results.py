"""Decisions as rows: the columns of an output file, and one decided lead as such a row."""

from __future__ import annotations

from leadpolicy.engine.decision import Decision
from leadpolicy.engine.verdict import Verdict
from leadpolicy.exchange.writing import Holds, OutColumn
from leadpolicy.policy.checked import CheckedPolicy, OutputKind

_CRITERIA = frozenset({OutputKind.CRITERION, OutputKind.READINESS})


def result_columns(policy: CheckedPolicy) -> tuple[OutColumn, ...]:
    """Return the columns of decided leads; names of the policy carry their kind in front."""
    return (
        OutColumn("key", Holds.TEXT),
        OutColumn("state", Holds.TEXT),
        OutColumn("eligible", Holds.TEXTS),
        OutColumn("rating", Holds.TEXT),
        *(_score(name, plan.decimals) for name, plan in policy.scores.items()),
        *(OutColumn(f"grade_{name}", Holds.TEXT) for name in policy.policy.grades),
        *(OutColumn(f"criterion_{name}", Holds.TEXT) for name in _criteria(policy)),
        OutColumn("fired", Holds.TEXTS),
        OutColumn("decided_at", Holds.MOMENT),
        OutColumn("valid_until", Holds.MOMENT),
        *(OutColumn(name, Holds.TEXT) for name in ("policy", "version", "content_hash")),
        OutColumn("inputs_digest", Holds.TEXT),
        OutColumn("decision", Holds.DATA),
    )


def _score(name: str, decimals: int) -> OutColumn:
    return OutColumn(f"score_{name}", Holds.NUMBER if decimals else Holds.WHOLE, decimals)


def _criteria(policy: CheckedPolicy) -> tuple[str, ...]:
    return tuple(item.name for item in policy.outputs if item.kind in _CRITERIA)


def result_row(
    key: str, decision: Decision, policy: CheckedPolicy, *, whole: bool = False
) -> dict[str, object]:
    """Return a decided lead as a row; with `whole` the whole decision stands under `decision`."""
    outputs = decision.reading.outputs
    return {
        "key": key,
        "state": decision.state,
        "eligible": list(decision.eligible),
        "rating": decision.rating,
        **{f"score_{name}": value for name, value in decision.scores.items()},
        **{f"grade_{name}": value for name, value in decision.grades.items()},
        **{f"criterion_{name}": Verdict.of(outputs[name]).value for name in _criteria(policy)},
        "fired": [f"{item.score}.{item.line}" for item in decision.fired],
        "decided_at": decision.at,
        "valid_until": decision.valid_until,
        "policy": decision.policy,
        "version": decision.version,
        "content_hash": decision.content_hash,
        "inputs_digest": decision.inputs_digest,
        "decision": decision.to_dict() if whole else None,
    }

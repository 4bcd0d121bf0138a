"""The decision as JSON-ready data: for logs, other programs and the columns of a CRM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadpolicy.engine.jsonready import instant, plain

if TYPE_CHECKING:
    from leadpolicy.engine.decision import Decision


def decision_data(decision: Decision) -> dict[str, object]:
    """Return a decision under fixed keys in fixed order.

    Decimals are texts, instants are ISO 8601 in UTC, verdicts are `met`, `not_met` or
    `undecided`, and unknown values are null.
    """
    until = decision.valid_until
    return {
        "policy": decision.policy,
        "version": decision.version,
        "content_hash": decision.content_hash,
        "inputs_digest": decision.inputs_digest,
        "at": instant(decision.at),
        "since": instant(decision.since),
        "valid_until": None if until is None else instant(until),
        "state": decision.state,
        "effective_state": decision.effective_state,
        "eligible": list(decision.eligible),
        "rating": decision.rating,
        "grades": dict(decision.grades),
        "scores": {name: plain(value) for name, value in decision.scores.items()},
        "possible": {
            name: {"low": plain(low), "high": plain(high)}
            for name, (low, high) in decision.possible.items()
        },
        "lines": [
            {
                "score": line.score,
                "line": line.line,
                "kind": line.kind.value,
                "points": plain(line.points),
            }
            for line in decision.lines
        ],
        "fired": [{"score": item.score, "line": item.line} for item in decision.fired],
        "undecided": [
            {"score": item.score, "line": item.line, "missing": list(item.missing)}
            for item in decision.undecided
        ],
        "criteria": {name: item.to_dict() for name, item in decision.criteria.items()},
        "gates": {name: verdict.value for name, verdict in decision.gates.items()},
        "obligations": [item.to_dict() for item in decision.obligations],
        "overrides": [item.to_dict() for item in decision.overrides],
        "ignored": [item.to_dict() for item in decision.ignored],
    }

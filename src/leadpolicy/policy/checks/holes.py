"""Holes between rules that are each right: sizes nobody serves, ratings nobody answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from leadpolicy.diagnostics import Severity
from leadpolicy.expr.evaluate import evaluate
from leadpolicy.expr.facts import Facts
from leadpolicy.expr.nodes import And, Attribute, Compare, Comparison, Literal, Node, Output
from leadpolicy.expr.traverse import walk
from leadpolicy.policy.checks.draft import Draft
from leadpolicy.policy.checks.possible import NOTHING
from leadpolicy.policy.lifecycle import Stage
from leadpolicy.policy.sla import Duty


def every_size_has_a_way_on(draft: Draft) -> None:
    """Report LP408 for values that a marketing stage admits and no sales stage ever does."""
    sales = list(_bounds(draft, Stage.SALES))
    for state, bounds in _bounds(draft, Stage.MARKETING):
        for name, low in bounds.items():
            needed = [other.get(name) for _, other in sales]
            lows = [item for item in needed if item is not None]
            if not lows or len(lows) < len(needed) or min(lows) <= low:
                continue
            target = next(key for key, other in sales if other.get(name) == min(lows))
            _report_gap(draft, state, target, name, low, min(lows))


def _report_gap(
    draft: Draft, state: str, target: str, name: str, low: Decimal, high: Decimal
) -> None:
    unit = draft.policy.record.attributes[name].unit
    draft.into.report(
        "LP408",
        f"leads with `{name}` from {low} to below {high}{f' {unit}' if unit else ''} "
        f"can become `{state}` but never `{target}`",
        ("states", target, "entry"),
        hint="say what happens to them: another way on, or an end in marketing",
        severity=Severity.WARNING,
    )


def _bounds(draft: Draft, stage: Stage) -> Iterator[tuple[str, dict[str, Decimal]]]:
    for name, state in draft.policy.states.items():
        entry = draft.output(f"state.{name}.entry")
        if state.stage is stage and entry is not None:
            yield name, _lower_bounds(draft.inlined(entry.node))


def _lower_bounds(node: Node) -> dict[str, Decimal]:
    """Return, for each attribute, the lowest value that the condition can be true with."""
    match node:
        case And(items=items):
            found: dict[str, Decimal] = {}
            for item in items:
                for name, low in _lower_bounds(item).items():
                    found[name] = max(low, found.get(name, low))
            return found
        case Compare(Comparison.GE | Comparison.GT, Attribute(name), Literal(_, value)) if (
            isinstance(value, int | Decimal)
        ):
            return {name: Decimal(value)}
        case _:
            return {}


def every_rating_is_answered(draft: Draft) -> None:
    """Report LP410 for ratings that no promise of a first response covers."""
    policy = draft.policy
    promises = {key: x for key, x in policy.sla.items() if x.duty is Duty.FIRST_RESPONSE}
    rating = draft.output("rating")
    if rating is None or not promises:
        return
    nodes = [draft.output(f"sla.{key}") for key in promises]
    if any(item is None or not _only_about_rating(item.node) for item in nodes):
        return
    covered = {
        code
        for code in rating.type.codes
        if any(_holds(item.node, code) for item in nodes if item is not None)
    }
    missing = [code for code in rating.type.codes if code not in covered]
    if missing:
        draft.into.report(
            "LP410",
            f"only {_listed(sorted(covered))} have a response time; nobody promises one for "
            f"{_listed(missing)}",
            ("sla",),
            hint="add a promise for the others, or say in its condition that they get none",
            severity=Severity.WARNING,
        )


def _only_about_rating(node: Node) -> bool:
    return all(
        item.name == "rating" if isinstance(item, Output) else not isinstance(item, Attribute)
        for item in walk(node)
    )


def _holds(node: Node, code: str) -> bool:
    return evaluate(node, Facts(at=NOTHING.at, outputs={"rating": code})) is True


def _listed(codes: list[str]) -> str:
    return ", ".join(f"`{code}`" for code in codes)


def review_is_not_overdue(draft: Draft) -> None:
    """Report LP405 where the review was due before today."""
    due, today = draft.policy.governance.review_by, draft.today
    if today is not None and due < today:
        draft.into.report(
            "LP405",
            f"the review was due on {due.isoformat()}, {_days(due, today)} ago",
            ("governance", "review_by"),
            hint="review the policy with both teams, then set the next date",
            severity=Severity.WARNING,
        )


def _days(due: date, today: date) -> str:
    count = (today - due).days
    return f"{count} day" if count == 1 else f"{count} days"


def feedback_can_be_given(draft: Draft) -> None:
    """Report LP302, LP301 or LP201 where the feedback refers to what is not there."""
    feedback, record = draft.policy.feedback, draft.policy.record.attributes
    if feedback is None:
        return
    draft.into.state_exists(feedback.state, ("feedback", "state"))
    names = (feedback.verdict, feedback.reason)
    for key, name in zip(("verdict", "reason"), names, strict=True):
        draft.into.expect(
            "choice attribute",
            name,
            [x for x, spec in record.items() if spec.codes],
            ("feedback", key),
            "LP201",
        )
    verdict = record.get(feedback.verdict)
    for key in ("accepted", "rejected"):
        if verdict is not None:
            code = getattr(feedback, key)
            draft.into.expect(
                f"code of `{feedback.verdict}`", code, verdict.codes, ("feedback", key), "LP206"
            )

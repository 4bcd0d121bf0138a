"""Rules about values: codes and limits of columns, known reasons, and no rejection without one."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from leadpolicy.crm.connector import Column, Refusal
from leadpolicy.crm.state import FieldKind, Rule, RuleKind
from leadpolicy_generic.ground import Ground
from leadpolicy_generic.readings import UnreadableError

_NO_REASON: Final = "leadpolicy: eine Ablehnung braucht einen Grund (a rejection needs a reason)"
_NO_CODE: Final = "leadpolicy: unbekannter Wert in {column} (no such value)"


def value_rules(ground: Ground, computed: frozenset[str]) -> Iterator[Rule]:
    """Yield that columns hold their codes and scores their limits; what is computed needs none.

    People may leave a column blank in a form, where it is not null. Where the binding translates
    labels, a column holds those.
    """
    for column in ground.columns:
        body = None if column.bound or column.name in computed else _body(ground, column)
        if body is not None:
            message = _NO_CODE.format(column=column.name)
            yield ground.rule(column.name, RuleKind.CHECK, body, _part(ground, column), message)


def _body(ground: Ground, column: Column) -> str | None:
    name, feedback = ground.written(column.name), ground.policy.policy.feedback
    if column.kind is FieldKind.CHOICE:
        is_reason = feedback is not None and column.name == feedback.reason
        if is_reason or column.name in ground.binding.labels:
            return None
        codes = column.codes if column.owner == "policy" else ("", *column.codes)
        return ground.database.one_of(name, [ground.database.literal(code) for code in codes])
    plan = ground.policy.scores.get(column.name.removeprefix(ground.prefix))
    if plan is None:
        return None
    return ground.database.within(name, _number(plan.floor), _number(plan.ceiling))


def _number(value: int | Decimal | None) -> str | None:
    return None if value is None else format(Decimal(value).normalize() + 0, "f")


def _part(ground: Ground, column: Column) -> str:
    name = column.name.removeprefix(ground.prefix)
    if column.owner != "policy":
        return "feedback"
    if name in ground.policy.scores:
        return f"score {name}"
    return f"grade {name}" if name in ground.policy.policy.grades else name


def reasons_rule(ground: Ground) -> Iterator[Rule]:
    """Yield that reasons are those of their table, where those that left the policy stay too."""
    feedback = ground.policy.policy.feedback
    column = None if feedback is None else ground.named(feedback.reason)
    if column is None or column.bound or column.name in ground.binding.labels:
        return
    schema, table = ground.binding.leads.schema, f"{ground.prefix}reasons"
    standing = ground.binding.standing(column.name)
    body = ground.database.refers(standing, schema, table, "code")
    message = _NO_CODE.format(column=column.name)
    yield ground.rule(column.name, RuleKind.CHECK, body, "reasons", message)


def rejection_rule(ground: Ground) -> Iterator[Rule | Refusal]:
    """Yield that a rejection has a reason."""
    feedback = ground.policy.policy.feedback
    if feedback is None:
        return
    try:
        verdict, reason = map(ground.reading, (feedback.verdict, feedback.reason))
    except UnreadableError as error:
        yield Refusal("feedback", str(error))
        return
    rejected = ground.database.literal(feedback.rejected)
    body = f"COALESCE({verdict}, '') <> {rejected} OR COALESCE({reason}, '') <> ''"
    yield ground.rule("rejection", RuleKind.DEMAND, body, "feedback", _NO_REASON)

"""What a database computes and refuses by itself: formulas of columns, and rules of the table.

A rule speaks of what changes from now on; rows that stand are left alone until somebody changes
them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from leadpolicy.backends.relational import Refusal as NoExpression
from leadpolicy.crm.connector import Column, Native, Refusal
from leadpolicy.crm.state import Rule
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy_generic.binding import Binding
from leadpolicy_generic.databases.base import Database
from leadpolicy_generic.ground import Ground, Kinds, prefix_of
from leadpolicy_generic.moves import transition_rule
from leadpolicy_generic.rules import reasons_rule, rejection_rule, value_rules


def compile_native(
    policy: CheckedPolicy,
    columns: Sequence[Column],
    binding: Binding,
    database: Database,
    kinds: Kinds,
) -> Native:
    """Return what one database can do of a policy, and what it cannot, with reasons."""
    dialect, own = database.relational, tuple(columns)
    if dialect is None:
        return Native()
    ground = Ground(policy, own, binding, database, dialect, kinds, prefix_of(own))
    formulas, refusals = {}, list[Refusal]()
    for column, found in _formulas(ground):
        if isinstance(found, Refusal):
            refusals.append(found)
        else:
            formulas[column] = found
    parts = [*_rules(ground, frozenset(formulas))]
    rules = tuple(part for part in parts if isinstance(part, Rule))
    refusals += [part for part in parts if isinstance(part, Refusal)]
    return Native(formulas, rules, tuple(refusals))


def _formulas(ground: Ground) -> Iterator[tuple[str, str | Refusal]]:
    """Yield each column that holds an output, with its formula or why there is none."""
    for part, output in _outputs(ground.policy):
        column = ground.own(output)
        if column is not None and not column.bound:
            found = ground.formula(output)
            is_refused = isinstance(found, NoExpression)
            yield column.name, Refusal(part, str(found)) if is_refused else str(found)
    reason = "where a lead stands depends on signals, consents and the time"
    yield "", Refusal("state", reason)


def _outputs(policy: CheckedPolicy) -> Iterator[tuple[str, str]]:
    yield from ((f"score {name}", name) for name in policy.scores)
    yield from ((f"grade {name}", name) for name in policy.policy.grades)
    if policy.policy.rating is not None:
        yield "rating", "rating"


def _rules(ground: Ground, computed: frozenset[str]) -> Iterator[Rule | Refusal]:
    yield from value_rules(ground, computed)
    yield from reasons_rule(ground)
    yield from rejection_rule(ground)
    yield from transition_rule(ground)

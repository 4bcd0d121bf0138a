"""What rules and formulas stand on: the policy, its columns, and what the columns really hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from leadpolicy.backends.relational import Layout, Refusal, condition, expression
from leadpolicy.crm.connector import Column
from leadpolicy.crm.state import FieldKind, Rule, RuleKind
from leadpolicy.expr.nodes import Attribute, Node, Output
from leadpolicy.expr.traverse import walk
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy_generic.binding import Binding
from leadpolicy_generic.databases.base import BEFORE, Database, Relational
from leadpolicy_generic.readings import Readings, UnreadableError

Kinds: TypeAlias = Mapping[str, frozenset[FieldKind]]
"""The kinds of values that each standing column of the leads can hold."""

_LONGEST: Final = 50
_PLACE: Final = "attribute "


@dataclass(frozen=True, slots=True)
class Ground:
    """A policy beside the table of leads in one database.

    `prefix` is what the names of the policy's columns begin with.
    """

    policy: CheckedPolicy
    columns: tuple[Column, ...]
    binding: Binding
    database: Database
    dialect: Relational
    kinds: Kinds
    prefix: str

    # ------------------------------------------------------------------------------ names
    def own(self, name: str) -> Column | None:
        """Return the column that the policy writes under a name of its own."""
        return self.named(self.prefix + name)

    def named(self, name: str) -> Column | None:
        """Return a column of the policy by its whole name."""
        return next((column for column in self.columns if column.name == name), None)

    def written(self, name: str) -> str:
        """Return a column as it is written in a body."""
        return self.database.quoted(self.binding.standing(name))

    def former(self, name: str) -> str:
        """Return how a body speaks of a column as it was before a change."""
        return self.database.quoted(BEFORE + self.binding.standing(name))

    def rule(self, name: str, kind: RuleKind, body: str, part: str, message: str) -> Rule:
        """Return a rule under a name that no other policy with another prefix uses."""
        start = name if name.startswith(self.prefix) else self.prefix + name
        return Rule(f"{start[:_LONGEST]}_{kind.value}", kind, body, part, message)

    # ------------------------------------------------------------------------ expressions
    def formula(self, output: str) -> str | Refusal:
        """Return an output as a formula over the columns of a lead, or why there is none."""
        node = Output(output)
        return self._filled_in(
            node, expression(self.policy, output, self.dialect, self._layout(node))
        )

    def test(self, node: Node) -> str | Refusal:
        """Return a condition over the columns of a lead, or why there is none."""
        return self._filled_in(node, condition(node, self.policy, self.dialect, self._layout(node)))

    def reading(self, attribute: str) -> str:
        """Return an attribute in the words of the database; raises `UnreadableError`."""
        made = {self.binding.standing(c.name): frozenset({c.kind}) for c in self.columns}
        kind = self.policy.vocabulary.attributes[attribute].kind
        return Readings(self.binding, self.database, {**made, **self.kinds}).of(attribute, kind)

    def _layout(self, node: Node) -> Layout:
        """Return a layout in which places stand for columns, to be filled in with readings."""
        leads = self.binding.leads
        places = {name: _PLACE + name for name in _attributes(self.policy, node, set())}
        return Layout(places, table=leads.name, key=leads.key)

    def _filled_in(self, node: Node, found: str | Refusal) -> str | Refusal:
        if isinstance(found, Refusal):
            return found
        for name in _attributes(self.policy, node, set()):
            try:
                reading = self.reading(name)
            except UnreadableError as error:
                return Refusal(str(error))
            found = found.replace(self.database.quoted(_PLACE + name), reading)
        return found


def prefix_of(columns: tuple[Column, ...]) -> str:
    """Return what the names of the policy's columns begin with."""
    names = (column.name for column in columns if column.owner == "policy")
    return next((name.removesuffix("state") for name in names if name.endswith("state")), "")


def _attributes(policy: CheckedPolicy, node: Node, seen: set[str]) -> Iterator[str]:
    """Yield every attribute that an expression rests on, through the outputs that it names."""
    for inner in walk(node, into_where=True):
        if isinstance(inner, Attribute):
            yield inner.name
        elif isinstance(inner, Output) and inner.name not in seen:
            seen.add(inner.name)
            yield from _attributes(policy, policy.output(inner.name).node, seen)

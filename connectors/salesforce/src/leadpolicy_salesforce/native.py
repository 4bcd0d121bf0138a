"""What Salesforce computes and refuses by itself: formula fields and validation rules.

A condition that no formula can compute, because it rests on consents or signals, can still be
part of one: a sync writes its verdict into a field of its own, and formulas read that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from leadpolicy.crm.connector import Column, ConnectorError, Native, Refusal
from leadpolicy.crm.state import FieldKind, Rule
from leadpolicy.diagnostics import did_you_mean
from leadpolicy.expr.nodes import Output
from leadpolicy.expr.traverse import walk
from leadpolicy.policy.checked import CheckedPolicy, NamedOutput, OutputKind
from leadpolicy_salesforce.binding import Binding
from leadpolicy_salesforce.formula import trees
from leadpolicy_salesforce.formula.compiler import Refusal as NoFormula
from leadpolicy_salesforce.formula.fields import Field
from leadpolicy_salesforce.options import Options
from leadpolicy_salesforce.rules.demands import Demands, rejection_rule
from leadpolicy_salesforce.rules.graph import Graph
from leadpolicy_salesforce.rules.ground import CONDITIONS, Ground
from leadpolicy_salesforce.rules.moves import Moves
from leadpolicy_salesforce.rules.naming import Names
from leadpolicy_salesforce.rules.transitions import Transitions
from leadpolicy_salesforce.rules.values import Values

ALL: Final = "all"
_LONG: Final = 1_200
"""A score with a longer formula is spread out where grades that name it get too long."""
_STATE: Final = "where a lead stands depends on signals, consents and the time"
_WORD: Final = re.compile(r"\w+", re.ASCII)
_NAMED: Final = frozenset({OutputKind.CRITERION, OutputKind.READINESS})


def compile_native(
    policy: CheckedPolicy,
    columns: Sequence[Column],
    binding: Binding,
    standing: Mapping[str, Field] | None,
    options: Options,
) -> Native:
    """Return what one org can do of a policy, and what it cannot, with reasons.

    `standing` are the fields of the lead by API name; without it, as for files that are written
    with no org at hand, standard fields are taken as every org has them, and the others as they
    fit the attributes.
    """
    work = _Work(Ground(policy, tuple(columns), binding, standing, options))
    work.values()
    work.conditions()
    work.rules()
    return work.native()


@dataclass(slots=True)
class _Work:
    """Collects what is native of one policy."""

    ground: Ground
    made: Values = field(init=False)
    helpers: list[Column] = field(default_factory=list)
    found_rules: list[Rule] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    def values(self) -> None:
        """Compile scores, grades and the rating, with longer scores spread out where it helps."""
        settings = self.ground.compiler().settings
        self.made = Values(self.ground, settings.most_source)
        if self.made.refusals:
            other = Values(self.ground, _LONG)
            self.made = other if len(other.formulas) > len(self.made.formulas) else self.made
        self.helpers += self.made.parts
        self.refusals += [*self.made.refusals, Refusal("state", _STATE)]

    # ------------------------------------------------------------------------- conditions
    def conditions(self) -> None:
        """Compile the conditions that get a checkbox of their own."""
        for output in self._wanted():
            column = Column(self.ground.prefix + output.name, FieldKind.FLAG)
            reason = self.ground.taken(column.name) or self.ground.fits(column)
            body = reason or self._body(output)
            if isinstance(body, NoFormula) or reason is not None:
                self.refusals.append(Refusal(f"condition {output.name}", str(body)))
            else:
                self.helpers.append(self._described(column, output, str(body)))

    def _body(self, output: NamedOutput) -> str | NoFormula:
        found = self.made.compiler.named(output.name)
        refusal = self.made.compiler.refused.get(output.name)
        if refusal is not None:
            return NoFormula(refusal.reason)
        return self.made.compiler.result(found)

    def _described(self, column: Column, output: NamedOutput, body: str | None) -> Column:
        lang, parts = self.ground.options.lang, self.ground.policy.policy
        part = parts.criteria.get(output.name) or parts.readiness.get(output.name)
        said = "" if part is None else part.describe(lang)
        label = self.ground.title(output.name)
        said = "" if said == label else said
        return replace(column, label=label, description=said, formula=body)

    def _wanted(self) -> list[NamedOutput]:
        known = {x.name: x for x in self.ground.policy.outputs if x.kind in _NAMED}
        asked = self.ground.options.criteria
        if asked == "default":
            return [output for name, output in known.items() if name in self._usual()]
        for name in asked:
            if name not in known and name != ALL:
                hint = did_you_mean(name, known)
                raise ConnectorError(f"the option `criteria` names `{name}`, no condition", hint)
        return [known[name] for name in known if name in asked or ALL in asked]

    def _usual(self) -> set[str]:
        """Return what entry conditions name, and whether a lead is ready."""
        found = {x.name for x in self.ground.policy.outputs if x.kind is OutputKind.READINESS}
        for state in self.ground.policy.states:
            if state.entry is not None:
                entry = self.ground.policy.output(state.entry).node
                found |= {node.name for node in walk(entry) if isinstance(node, Output)}
        return found

    # ------------------------------------------------------------------------------ rules
    def rules(self) -> None:
        """Compile what Salesforce refuses."""
        compiler, names = self.made.compiler, Names(self.ground.prefix)
        graph = Graph(self.ground.policy, compiler)
        found = [*self._about_states(graph, names), *rejection_rule(graph, names)]
        self.found_rules += [part for part in found if isinstance(part, Rule)]
        self.refusals += [part for part in found if isinstance(part, Refusal)]

    def _about_states(self, graph: Graph, names: Names) -> Iterator[Rule | Refusal]:
        status, api = self.ground.status, self.ground.options.status_field
        reason = "" if status is not None else f"the lead has no field `{api}` with the status"
        decided = self.ground.own("decided_at")
        if self.ground.is_synced_status and decided is None:
            reason = "no field tells a new decision from an edit by hand"
        if status is None or reason:
            for plan in graph.policy.transitions:
                yield Refusal(f"transition {plan.name}", reason)
            return
        is_written = self.ground.is_synced_status and decided is not None
        moves = Moves(status, self.ground.api(decided.name) if decided and is_written else None)
        yield from Transitions(graph, moves, names).rules()
        yield from Demands(graph, moves, names).rules()
        yield from graph.refusals

    # ----------------------------------------------------------------------------- result
    def native(self) -> Native:
        """Return everything, with columns for the verdicts that formulas and rules read."""
        formulas = {name: trees.written(tree) for name, tree in self.made.formulas.items()}
        checks = {name: check for name, check in self.made.checks.items() if name in formulas}
        helpers = (*self.helpers, *self._verdicts(formulas.values()))
        return Native(
            formulas, tuple(self.found_rules), tuple(self._once()), tuple(helpers), checks
        )

    def _once(self) -> list[Refusal]:
        """Return one refusal for each part and reason."""
        return list(dict.fromkeys(self.refusals))

    def _verdicts(self, formulas: Iterable[str]) -> Iterator[Column]:
        """Yield the columns that a sync writes verdicts into, if something reads them."""
        bodies = [*formulas, *(column.formula or "" for column in self.helpers)]
        bodies += [rule.body for rule in self.found_rules]
        read = set(_WORD.findall(" ".join(bodies)))
        for output in self.ground.policy.outputs:
            if output.kind in CONDITIONS and output.name in self.made.compiler.refused:
                column = self.ground.verdict_column(output)
                if self.ground.api(column.name) in read:
                    yield self._described(column, output, None)

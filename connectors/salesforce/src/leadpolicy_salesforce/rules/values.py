"""Formula fields for scores, grades and the rating, and flags that compare them with a sync."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from leadpolicy.backends.guarded import TRUE
from leadpolicy.backends.truths import Truth
from leadpolicy.crm.connector import Column, Refusal
from leadpolicy.crm.native import CHECK_SUFFIX, NATIVE_SUFFIX
from leadpolicy.crm.state import FieldKind
from leadpolicy.expr.nodes import Output
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy.policy.scores import line_node
from leadpolicy_salesforce.formula import trees
from leadpolicy_salesforce.formula.compiler import Compiler
from leadpolicy_salesforce.formula.compiler import Refusal as NoFormula
from leadpolicy_salesforce.formula.meaning import Meaning, Term
from leadpolicy_salesforce.formula.sizes import measured, source_size
from leadpolicy_salesforce.formula.source import RefusedError
from leadpolicy_salesforce.formula.splitting import Split
from leadpolicy_salesforce.formula.trees import Name, Tree
from leadpolicy_salesforce.rules.ground import Ground

_MOST_DECIMALS: Final = 9
"""Decimals that a column can have."""


@dataclass(slots=True)
class Values:
    """The formulas of scores, grades and the rating; a score over `long` bytes is spread out."""

    ground: Ground
    long: int
    formulas: dict[str, Tree] = field(default_factory=dict)
    checks: dict[str, str] = field(default_factory=dict)
    parts: list[Column] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    compiler: Compiler = field(init=False)

    def __post_init__(self) -> None:
        self.compiler = self.ground.compiler()
        for name in self.ground.policy.scores:
            self._score(name)
        for part, name in _graded(self.ground.policy):
            self._output(part, name, self.compiler.named(name))

    def _score(self, name: str) -> None:
        found, column, made = self.compiler.named(name), self.ground.own(name), list[Column]()
        is_made = column is not None and not column.bound
        if is_made and isinstance(found, Term) and source_size(found.tree) > self.long:
            found, made = self._spread(name, found)
        self._output(f"score {name}", name, found)
        if column is not None and column.name in self.formulas:
            self.parts += made

    def _spread(self, name: str, whole: Term) -> tuple[Meaning, list[Column]]:
        """Return a score over parts that have fields of their own, or whole where they cannot."""
        column = self.ground.own(name)
        if column is None or name in self.compiler.refused:
            return whole, []
        split = Split(
            self.compiler,
            self.ground.policy.scores[name],
            lambda place: self.ground.api(f"{column.name}_{place}"),
        )
        found = split.score()
        if any(part.scale > _MOST_DECIMALS for part in split.parts):
            return whole, []
        made = [_part_column(column, place, term) for place, term in enumerate(split.parts, 1)]
        if isinstance(found, RefusedError) or any(map(self._not_made, made)):
            return whole, []
        self.compiler.keep(name, found)
        return found, made

    def _not_made(self, column: Column) -> bool:
        return self.ground.fits(column) is not None

    def _output(self, part: str, name: str, found: Meaning | RefusedError) -> None:
        """Note the formula of an output's column, or why it has none."""
        column = self.ground.own(name)
        if column is None or column.bound:
            return
        refusal = self.compiler.refused.get(name)
        if refusal is not None or isinstance(found, RefusedError):
            reason = self._rules_refused(name) or str(refusal or found)
            self.refusals.append(Refusal(part, reason))
            return
        tree = self.compiler.shown(found)
        fault = self._fault(column, tree, found)
        if fault is None:
            self.formulas[column.name] = tree
            return
        self.refusals.append(Refusal(part, fault))
        self.compiler.refuse(name, RefusedError(Output(name), fault))

    def _rules_refused(self, name: str) -> str:
        """Return which rules of a score no formula can compute, and why the first one."""
        plan = self.ground.policy.scores.get(name)
        found = {
            line.id: refused.reason
            for line in (() if plan is None else plan.lines)
            if isinstance(refused := self.compiler.meaning(line_node(line)), RefusedError)
        }
        if not found:
            return ""
        first, *others = found
        more = f" and {len(others)} more" if others else ""
        return f"rule `{first}`{more}: {found[first]}"

    def _fault(self, column: Column, tree: Tree, found: Meaning) -> str | None:
        """Return why a column cannot be computed; keep the comparison with what a sync wrote."""
        body = self.compiler.fitting(tree)
        if isinstance(body, NoFormula):
            return body.reason
        is_beside = self.ground.options.native == "both"
        check = self.compiler.fitting(self._check(column, tree, found))
        if isinstance(check, NoFormula):
            return f"the comparison does not fit: {check.reason}" if is_beside else None
        self.checks[column.name] = check
        names = (column.name + end for end in (NATIVE_SUFFIX, CHECK_SUFFIX) if is_beside)
        faults = (self.ground.fits(Column(name, FieldKind.FLAG)) for name in names)
        return next((fault for fault in faults if fault is not None), None)

    def _check(self, column: Column, tree: Tree, found: Meaning) -> Tree:
        """Return whether what is computed differs from what a sync wrote; blank equals blank."""
        native = Name(self.ground.api(column.name + NATIVE_SUFFIX), measured(tree))
        synced = Name(self.ground.api(column.name))
        is_listed = column.kind is FieldKind.CHOICE
        blank = (
            trees.call("ISPICKVAL", synced, trees.BLANK)
            if is_listed
            else trees.call("ISBLANK", synced)
        )
        held: Tree = trees.call("TEXT", synced) if is_listed else synced
        differs = trees.infix(native, "<>", held)
        if isinstance(found, Truth) or found.known == TRUE:
            return trees.some([blank, differs])
        lacks = trees.call("ISBLANK", native)
        return trees.call("IF", blank, trees.negated(lacks), trees.some([lacks, differs]))


def _part_column(column: Column, place: int, term: Term) -> Column:
    kind = FieldKind.NUMBER if term.scale else FieldKind.WHOLE
    return Column(
        f"{column.name}_{place}",
        kind,
        scale=term.scale,
        label=f"{column.label} {place}",
        formula=trees.written(term.tree),
    )


def _graded(policy: CheckedPolicy) -> Iterator[tuple[str, str]]:
    yield from ((f"grade {name}", name) for name in policy.policy.grades)
    if policy.policy.rating is not None:
        yield "rating", "rating"

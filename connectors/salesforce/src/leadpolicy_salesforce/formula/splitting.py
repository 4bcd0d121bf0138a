"""Long scores: parts of the sum in number fields of their own, each named once by the score."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from leadpolicy.expr.nodes import Extreme, Literal, Pick, Rounded, Sum
from leadpolicy.expr.types import Kind
from leadpolicy.policy.checked import Group, Number, ScorePlan
from leadpolicy.policy.scores import line_node
from leadpolicy_salesforce.formula import arithmetic
from leadpolicy_salesforce.formula.compiler import Compiler
from leadpolicy_salesforce.formula.meaning import Term
from leadpolicy_salesforce.formula.sizes import measured, source_size
from leadpolicy_salesforce.formula.source import RefusedError
from leadpolicy_salesforce.formula.trees import Name

_ANYWHERE: Final = Literal(Kind.WHOLE, 0)


@dataclass(slots=True)
class Split:
    """A score whose sum is spread over further fields; `api` gives the name of each by number."""

    compiler: Compiler
    plan: ScorePlan
    api: Callable[[int], str]
    parts: list[Term] = field(default_factory=list)

    def score(self) -> Term | RefusedError:
        """Return the score over the parts, which stand in `parts` afterwards."""
        try:
            total = self._total()
        except RefusedError as refusal:
            return refusal
        found = arithmetic.rounded(Rounded(_ANYWHERE, self.plan.decimals), total)
        return Term(found.tree, found.kind, found.scale)

    def _total(self) -> Term:
        grouped: dict[str, list[Term]] = {group.name: [] for group in self.plan.groups}
        items: list[Term] = [arithmetic.number(_ANYWHERE, self.plan.base)]
        for line in self.plan.lines:
            found = self.compiler.meaning(line_node(line))
            if isinstance(found, RefusedError):
                raise found
            if isinstance(found, Term):
                grouped.get(line.group or "", items).append(found)
        items += [self._group(group, grouped[group.name]) for group in self.plan.groups]
        return _bounded(self._in_parts(items), self.plan.floor, self.plan.ceiling)

    def _group(self, group: Group, items: Sequence[Term]) -> Term:
        whole = _bounded(_sum(items), group.lowest, group.highest)
        if source_size(whole.tree) <= self._room:
            return whole
        return _bounded(self._in_parts(items), group.lowest, group.highest)

    @property
    def _room(self) -> int:
        return self.compiler.settings.most_source

    def _in_parts(self, items: Sequence[Term]) -> Term:
        names = [self._part(chunk) for chunk in self._chunks(arithmetic.merged(items))]
        return _sum(names)

    def _chunks(self, items: Iterable[Term]) -> Iterator[list[Term]]:
        """Yield items as many together as fit into one field."""
        chunk: list[Term] = []
        for item in items:
            if chunk and source_size(_sum([*chunk, item]).tree) > self._room:
                yield chunk
                chunk = []
            chunk.append(item)
        if chunk:
            yield chunk

    def _part(self, chunk: Sequence[Term]) -> Term:
        whole = _sum(chunk)
        if source_size(whole.tree) > self._room:
            reason = f"one of its rules needs over {self._room:,} characters"
            raise RefusedError(_ANYWHERE, reason, Kind.NUMBER)
        self.parts.append(whole)
        name = Name(self.api(len(self.parts)), measured(whole.tree))
        return Term(name, whole.kind, whole.scale)


def _sum(items: Sequence[Term]) -> Term:
    found = arithmetic.total(Sum(()), items)
    return Term(found.tree, found.kind, found.scale)


def _bounded(term: Term, lowest: Number | None, highest: Number | None) -> Term:
    for pick, bound in ((Pick.HIGHEST, lowest), (Pick.LOWEST, highest)):
        if bound is not None:
            limit = arithmetic.number(_ANYWHERE, bound)
            found = arithmetic.extreme(Extreme(pick, ()), [term, limit])
            term = Term(found.tree, found.kind, found.scale)
    return term

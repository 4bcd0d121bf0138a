"""Grades: bands over a score that is named once wherever that is shorter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from math import gcd
from typing import Final

from leadpolicy.expr.nodes import Comparison
from leadpolicy.expr.types import Kind
from leadpolicy.policy.grades import Band
from leadpolicy_salesforce.formula import trees
from leadpolicy_salesforce.formula.meaning import Term, compared
from leadpolicy_salesforce.formula.sizes import compiled_size
from leadpolicy_salesforce.formula.trees import Tree

_MOST_STEPS: Final = 60


def grade(score: Term, bands: Mapping[str, Band]) -> Term:
    """Return the grade of a score, as a text."""
    lowest, edges = _edges(bands)
    forms = [_ladder(score.tree, lowest, edges), *_stepped(score.tree, lowest, edges)]
    tree = min(forms, key=compiled_size)
    return Term(tree, Kind.CHOICE, known=score.known, is_ascii=True)


def _edges(bands: Mapping[str, Band]) -> tuple[str, list[tuple[Decimal, str]]]:
    """Return the grade without a lower edge, and the others from the lowest edge upwards."""
    found = ((band.from_, code) for code, band in bands.items())
    edges = sorted((Decimal(low), code) for low, code in found if low is not None)
    lowest = next(code for code, band in bands.items() if band.from_ is None)
    return lowest, edges


def _ladder(score: Tree, lowest: str, edges: list[tuple[Decimal, str]]) -> Tree:
    tests = [
        (compared(score, Comparison.GE, trees.number(edge)).tree, trees.text(code))
        for edge, code in reversed(edges)
    ]
    return trees.nested(tests, trees.text(lowest))


def _stepped(score: Tree, lowest: str, edges: list[tuple[Decimal, str]]) -> Iterator[Tree]:
    """Yield a CASE over equal steps, as wide as fits between all edges."""
    if not edges:
        return
    width = _width([edge for edge, _ in edges])
    first, last = (int(edge / width) for edge in (edges[0][0], edges[-1][0]))
    if last - first > _MOST_STEPS:
        return
    codes = {first - 1: lowest}
    for step in range(first, last + 1):
        codes[step] = next(code for edge, code in reversed(edges) if edge <= step * width)
    bounded = trees.call("MIN", trees.call("MAX", score, _n((first - 1) * width)), _n(last * width))
    step_of = trees.call("MFLOOR", trees.infix(bounded, "/", _n(width)))
    yield _by_step(step_of, codes)


def _by_step(step_of: Tree, codes: Mapping[int, str]) -> Tree:
    usual = Counter(codes.values()).most_common(1)[0][0]
    others = [(step, code) for step, code in codes.items() if code != usual]
    pairs = [part for step, code in others for part in (_n(Decimal(step)), trees.text(code))]
    return trees.call("CASE", step_of, *pairs, trees.text(usual)) if pairs else trees.text(usual)


def _n(value: Decimal) -> Tree:
    return trees.number(value)


def _width(edges: list[Decimal]) -> Decimal:
    """Return the widest step that all edges are multiples of."""
    scale = max(max(0, -int(edge.normalize().as_tuple().exponent)) for edge in edges)
    whole = [int(edge.scaleb(scale)) for edge in edges]
    return Decimal(gcd(*whole) or 1).scaleb(-scale)

"""Texts that pass or fail the tests a policy makes, short and readable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from leadpolicy.expr.nodes import (
    Compare,
    EmailDomain,
    InList,
    Literal,
    Node,
    OneOf,
    TextRelation,
    TextTest,
)
from leadpolicy.expr.traverse import walk

MOST_NEEDLES = 6
"""Up to so many needles every combination is tried; above, single ones and pairs."""

_NEUTRAL = ("other", "x", "zz")
_ENTRIES = 3


def text_witnesses(
    tests: Sequence[Node], lists: Mapping[str, frozenset[str]]
) -> tuple[tuple[str, ...], bool]:
    """Return texts for the tests of one attribute, and whether they cover every combination."""
    domain = [test for test in tests if _asks_domain(test)]
    direct = [test for test in tests if not _asks_domain(test)]
    texts, complete = _texts(direct, lists)
    domains, complete_domains = _texts(domain, lists)
    if not domain:
        return tuple(texts), complete
    mails = [f"name@{text.replace(' ', '-')}" for text in ("company.example", *domains)]
    return (*mails, *texts), complete and complete_domains


def _asks_domain(test: Node) -> bool:
    return any(isinstance(node, EmailDomain) for node in walk(test))


def _texts(tests: Iterable[Node], lists: Mapping[str, frozenset[str]]) -> tuple[list[str], bool]:
    whole: dict[str, None] = {}
    needles: dict[tuple[int, str], None] = {}
    for test in tests:
        if isinstance(test, TextTest):
            needles[_rank(test.relation), test.needle] = None
        else:
            whole.update(dict.fromkeys(_written(test, lists)))
    joined = _combinations(sorted(needles))
    return [*_NEUTRAL, *whole, *joined], len(needles) <= MOST_NEEDLES


def _written(test: Node, lists: Mapping[str, frozenset[str]]) -> Iterator[str]:
    match test:
        case OneOf(values=values):
            yield from (str(item.value) for item in values)
        case InList(list=name):
            yield from sorted(lists.get(name, ()))[:_ENTRIES]
        case Compare(left=left, right=right):
            yield from (str(side.value) for side in (left, right) if isinstance(side, Literal))


def _rank(relation: TextRelation) -> int:
    """Return where a needle stands in a text: beginnings first, ends last."""
    order = {TextRelation.STARTS_WITH: 0, TextRelation.ENDS_WITH: 2}
    return order.get(relation, 1)


def _combinations(needles: Sequence[tuple[int, str]]) -> Iterator[str]:
    most = len(needles) if len(needles) <= MOST_NEEDLES else 2
    for size in range(1, most + 1):
        for chosen in combinations(needles, size):
            yield " ".join(needle for _, needle in chosen)
    for _, needle in needles:
        yield from (needle.lower(), needle.upper(), f"{needle}x", f"x{needle}")

"""Sources: terms that alone decide some bits of a pattern, so that a look-up can set them.

A choice and a consent status have few values: a table says which bits each of them sets. Texts
repeat: the bits of a text are remembered, in bounded memory. E-mail addresses do not repeat, and
are nobody's business to keep; their domains are mostly compared with lists, which make a table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from leadpolicy.backends.guarded import atoms
from leadpolicy.backends.python.outputs import OutputFormulas
from leadpolicy.expr.nodes import (
    Attribute,
    Compare,
    ConsentStatus,
    EmailDomain,
    InList,
    Known,
    Literal,
    Node,
    OneOf,
    TextRelation,
    TextTest,
)
from leadpolicy.expr.types import Kind, Vocabulary

_WORTH_REMEMBERING: Final = 2


def source_of(node: Node) -> Node | None:
    """Return the only term that a test looks at, if it could be a source."""
    match node:
        case Compare(left=of, right=Literal()) | Compare(left=Literal(), right=of):
            found = of
        case OneOf(of=of) | InList(of=of) | TextTest(of=of) | Known(of=of):
            found = of
        case _:
            return None
    of_domain = isinstance(found, EmailDomain) and isinstance(found.of, Attribute)
    return found if of_domain or isinstance(found, Attribute | ConsentStatus) else None


def look_up_sources(outputs: Iterable[OutputFormulas], vocabulary: Vocabulary) -> frozenset[Node]:
    """Return the terms that are looked up: a plain text only where its tests take time."""
    effort: Counter[Node] = Counter()
    for item in outputs:
        for formula in (item.holds, item.fails, *item.tests):
            for atom in atoms(formula):
                source = source_of(atom.node)
                if source is not None:
                    effort[source] += _effort(atom.node, source, vocabulary)
    return frozenset(node for node, total in effort.items() if total >= _WORTH_REMEMBERING)


def _effort(node: Node, source: Node, vocabulary: Vocabulary) -> int:
    if not isinstance(source, Attribute):
        return _WORTH_REMEMBERING
    kind = vocabulary.attributes[source.name].kind
    if kind is not Kind.TEXT:
        return _WORTH_REMEMBERING if kind is Kind.CHOICE else 0
    match node:
        case InList() | TextTest(relation=TextRelation.CONTAINS_CI | TextRelation.HAS_WORD):
            return 2
        case TextTest():
            return 1
        case _:
            return 0

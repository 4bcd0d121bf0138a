"""Tests of texts: places, beginnings and ends, lists of entries, and the domain of an address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from leadpolicy.backends.guarded import FALSE, TRUE, Formula, every
from leadpolicy.backends.truths import Truth, guarded
from leadpolicy.expr.folding import email_domain, fold
from leadpolicy.expr.nodes import (
    Comparison,
    EmailDomain,
    Includes,
    InList,
    Literal,
    Node,
    TextRelation,
    TextTest,
)
from leadpolicy.expr.types import Kind
from leadpolicy_salesforce.formula import trees
from leadpolicy_salesforce.formula.meaning import Among, Term, Test, among, compared, tested
from leadpolicy_salesforce.formula.source import RefusedError, includes
from leadpolicy_salesforce.formula.trees import Name, Tree, UnwritableError

_LONGEST: Final = 255
_WORDS: Final = "formulas find no whole words"
_LABELS: Final = "the binding translates labels of `{}`, which only comparisons can follow"
_FOLDED: Final = "formulas ignore letter case for ASCII texts only"


class Texts:
    """Texts and tests of texts; lists of more than `longest` entries are refused."""

    def __init__(self, lists: Mapping[str, frozenset[str]], longest: int) -> None:
        self._lists = lists
        self._longest = longest

    def literal(self, node: Literal, value: str) -> Term:
        """Return a text of the policy."""
        return Term(_text(node, value), Kind.TEXT, literal=value, is_ascii=value.isascii())

    def domain(self, node: EmailDomain, of: Term) -> Term:
        """Return what follows the @ of an address that the CRM has checked."""
        if of.literal is not None:
            return _domain_of_literal(of.literal)
        if of.field is None or not of.field.is_email or of.field.labels:
            reason = "the domain of an address needs a field of the type e-mail"
            raise RefusedError(node, reason, Kind.TEXT)
        lowered, at = trees.call("LOWER", of.tree), trees.text("@")
        start = trees.infix(trees.call("FIND", at, of.tree), "+", trees.ONE)
        tree = trees.call("MID", lowered, start, trees.number(_LONGEST))
        has_at = tested(TRUE, trees.call("CONTAINS", of.tree, at)).holds
        return Term(tree, Kind.TEXT, known=every([of.known, has_at]), is_ascii=True)

    def same(self, node: Node, left: Term, right: Term) -> Truth:
        """Return whether two texts are the same, character by character."""
        if left.literal is not None and right.literal is None:
            left, right = right, left
        if left.field is not None and right.literal is not None:
            return _held(node, left, [right.literal])
        for side in (left, right):
            _untranslated(node, side)
        known = every([left.known, right.known])
        return guarded(known, compared(left.tree, Comparison.EQ, right.tree))

    def one_of(self, node: Node, of: Term, options: list[str]) -> Truth:
        """Return whether a text is one of some."""
        if of.field is not None:
            return _held(node, of, options)
        for option in options:
            _text(node, option)
        return guarded(of.known, Among(of.tree, False, tuple(dict.fromkeys(options))))

    def in_list(self, node: InList, of: Term) -> Truth:
        """Return whether the folded text is an entry of a list."""
        entries = sorted(self._lists.get(node.list, ()))
        if not entries:
            return Truth(FALSE, of.known, of.known)
        if len(entries) > self._longest:
            most = f"a formula holds {self._longest} at most"
            raise RefusedError(node, f"the list `{node.list}` has {len(entries)} entries; {most}")
        if not all(entry.isascii() for entry in entries):
            raise RefusedError(node, f"the list `{node.list}` has entries beyond ASCII; {_FOLDED}")
        for entry in entries:
            _text(node, entry)
        _untranslated(node, of)
        folded = _folded(of, any("ss" in entry for entry in entries))
        return guarded(of.known, Among(folded, False, tuple(entries)))

    def test(self, node: TextTest, of: Term) -> Truth:
        """Return whether a text stands in a relation to a needle."""
        _untranslated(node, of)
        return guarded(of.known, _test(node, of))

    def includes(self, node: Includes, of: Term) -> Truth:
        """Return whether a set of codes has one of them."""
        if of.field is None:
            raise TypeError("a set of codes comes from a field")
        _text(node, node.code)
        return includes(of.field, of.tree, node.code, of.known)


def _test(node: TextTest, of: Term) -> Formula:
    needle = node.needle
    match node.relation:
        case TextRelation.CONTAINS:
            return _found(node, "CONTAINS", of.tree, needle)
        case TextRelation.STARTS_WITH:
            return _found(node, "BEGINS", of.tree, needle)
        case TextRelation.ENDS_WITH:
            return _ends(node, of.tree, needle)
        case TextRelation.CONTAINS_CI:
            folded = fold(needle)
            if not folded.isascii():
                raise RefusedError(node, f"`{needle}` has letters beyond ASCII; {_FOLDED}")
            return _found(node, "CONTAINS", _folded(of, "s" in folded), folded)
        case TextRelation.HAS_WORD:
            raise RefusedError(node, _WORDS)


def _found(node: Node, function: str, tree: Tree, needle: str) -> Formula:
    test = trees.call(function, tree, _text(node, needle))
    return Test(test, trees.negated(test))


def _ends(node: Node, tree: Tree, needle: str) -> Formula:
    if any(ord(character) > 0xFFFF for character in needle):
        raise RefusedError(node, "characters such as emojis count twice in formulas")
    end = trees.call("RIGHT", tree, trees.number(len(needle)))
    return compared(end, Comparison.EQ, _text(node, needle))


def _folded(of: Term, has_ss: bool) -> Tree:
    """Return a text in lower case, for a comparison with ASCII; ß counts as ss."""
    lowered = of.tree if _is_lowered(of.tree) else trees.call("LOWER", of.tree)
    if of.is_ascii or not has_ss:
        return lowered
    return trees.call("SUBSTITUTE", lowered, trees.text("ß"), trees.text("ss"))


def _is_lowered(tree: Tree) -> bool:
    return isinstance(tree, trees.Call) and tree.function == "MID"


def _held(node: Node, of: Term, codes: list[str]) -> Truth:
    """Return whether a field holds what one of some codes stands for."""
    if of.field is None:
        raise TypeError("only a field holds values")
    values = [value for code in codes for value in of.field.written(code)]
    for value in values:
        _text(node, value)
    tree = Name(of.field.api) if of.field.is_listed else of.tree
    holds = among(of.field, tree, tuple(dict.fromkeys(values)))
    return Truth(holds, guarded(of.known, holds).fails, of.known)


def _domain_of_literal(value: str) -> Term:
    domain = email_domain(value)
    if domain is None:
        return Term(trees.BLANK, Kind.TEXT, known=FALSE, literal="", is_ascii=True)
    return Term(trees.text(domain), Kind.TEXT, literal=domain, is_ascii=True)


def _untranslated(node: Node, of: Term) -> None:
    if of.field is not None and (of.field.labels or of.field.codes):
        raise RefusedError(node, _LABELS.format(of.field.api))


def _text(node: Node, value: str) -> Tree:
    try:
        return trees.text(value)
    except UnwritableError as error:
        raise RefusedError(node, str(error), Kind.TEXT) from None

"""Tests of texts, without patterns: places, beginnings and ends, and lists of entries."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlglot import exp

from leadpolicy.backends.guarded import FALSE
from leadpolicy.backends.relational import ast
from leadpolicy.backends.relational.ast import Tree
from leadpolicy.backends.relational.dialects.base import Dialect
from leadpolicy.backends.relational.layout import marked_words
from leadpolicy.backends.relational.meaning import (
    Form,
    Term,
    Test,
    TextForm,
    above,
    compared,
    tested,
)
from leadpolicy.backends.relational.source import RefusedError
from leadpolicy.backends.truths import Truth, guarded
from leadpolicy.expr.folding import email_domain, fold
from leadpolicy.expr.nodes import (
    Comparison,
    EmailDomain,
    Includes,
    InList,
    Node,
    TextRelation,
    TextTest,
)
from leadpolicy.expr.types import Kind

CODES_APART = ";"
"""What stands between the codes of a column with several; alone it is a set without codes."""


class Texts:
    """Texts and tests of texts for one kind of database."""

    def __init__(self, dialect: Dialect, lists: Mapping[str, frozenset[str]]) -> None:
        self._dialect = dialect
        self._lists = lists

    def literal(self, node: Node, value: str) -> Term:
        """Return a text of the policy with all its forms."""
        if "\0" in value:
            raise RefusedError(node, "databases keep no texts with the character NUL", Kind.TEXT)
        domain = email_domain(value)
        known_domain = Form(exp.null(), FALSE) if domain is None else self._form(domain)
        return Term(
            self._dialect.text_literal(value),
            Kind.TEXT,
            forms={
                TextForm.FOLDED: self._form(fold(value)),
                TextForm.WORDS: self._form(marked_words(value)),
                TextForm.DOMAIN: known_domain,
            },
        )

    def _form(self, value: str) -> Form:
        return Form(self._dialect.text_literal(value))

    def domain(self, node: EmailDomain, of: Term) -> Term:
        """Return the domain of an address, which is folded and ASCII."""
        form = _form_of(node, of, TextForm.DOMAIN, Kind.TEXT)
        forms: dict[TextForm, Form | str] = {
            TextForm.FOLDED: form,
            TextForm.WORDS: "there is no helper column with the words of a domain",
            TextForm.DOMAIN: Form(exp.null(), FALSE),
        }
        return Term(form.tree, Kind.TEXT, known=form.known, forms=forms)

    def same(self, left: Tree, right: Tree) -> Test:
        """Return that two texts are the same, character by character."""
        return compared(self._dialect.exact(left), Comparison.EQ, self._dialect.exact(right))

    def among(self, value: Tree, options: Collection[str]) -> Tree:
        """Return that a text is one of some."""
        trees = [self._dialect.text_literal(option) for option in options]
        return ast.one_of(self._dialect.exact(value), trees)

    def in_list(self, node: InList, of: Term) -> Truth:
        """Return whether the folded text is an entry of a list."""
        form = _form_of(node, of, TextForm.FOLDED)
        entries = sorted(self._lists.get(node.list, ()))
        if not entries:
            return Truth(FALSE, form.known, form.known)
        return tested(form.known, self.among(form.tree, entries))

    def test(self, node: TextTest, of: Term) -> Truth:
        """Return whether a text stands in a relation to a needle."""
        needle = node.needle
        if "\0" in needle:
            raise RefusedError(node, "databases keep no texts with the character NUL")
        match node.relation:
            case TextRelation.STARTS_WITH:
                start = self._dialect.starts(of.tree, needle)
                return guarded(of.known, self.same(start, self._dialect.text_literal(needle)))
            case TextRelation.ENDS_WITH:
                end = self._dialect.ends(of.tree, needle)
                return guarded(of.known, self.same(end, self._dialect.text_literal(needle)))
            case TextRelation.CONTAINS:
                return self._found(Form(of.tree, of.known), needle)
            case TextRelation.CONTAINS_CI:
                return self._found(_form_of(node, of, TextForm.FOLDED), fold(needle))
            case TextRelation.HAS_WORD:
                return self._found(_form_of(node, of, TextForm.WORDS), marked_words(needle))

    def _found(self, form: Form, needle: str) -> Truth:
        place, nothing = self._dialect.found(form.tree, needle), ast.number(0)
        return guarded(form.known, above(place, nothing))

    def includes(self, node: Includes, of: Term) -> Truth:
        """Return whether a set of codes, written with marks between them, has one of them."""
        if CODES_APART in node.code:
            raise RefusedError(node, f"codes are kept apart by `{CODES_APART}`, which this one has")
        wrapped = self._dialect.between(of.tree, CODES_APART)
        return self._found(Form(wrapped, of.known), f"{CODES_APART}{node.code}{CODES_APART}")


def _form_of(node: Node, of: Term, wanted: TextForm, kind: Kind = Kind.FLAG) -> Form:
    found = of.forms.get(wanted, "there is no helper column for this text")
    if isinstance(found, str):
        raise RefusedError(node, found, kind)
    return found

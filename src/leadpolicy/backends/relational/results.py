"""Meanings as columns of a result, null where they are unknown."""

from __future__ import annotations

from leadpolicy.backends.guarded import TRUE, Every
from leadpolicy.backends.relational import ast
from leadpolicy.backends.relational.ast import Tree
from leadpolicy.backends.relational.dialects.base import Dialect
from leadpolicy.backends.relational.meaning import Given, Meaning, Term, Test, written
from leadpolicy.backends.truths import Truth
from leadpolicy.expr.types import Kind


def stored(meaning: Meaning) -> Tree:
    """Return a column as it was read: what is missing in the table is missing there."""
    if isinstance(meaning, Term):
        return meaning.tree
    match meaning.holds:
        case Test(tree=tree) | Every(items=(Given(), Test(tree=tree))):
            return tree
        case _:
            raise TypeError("this condition is not stored in a column")


def carried(meaning: Meaning) -> Tree:
    """Return a meaning as a column for further steps: a number in units of its last decimal."""
    if isinstance(meaning, Truth):
        branches = [(written(meaning.holds), ast.flag(True))]
        branches += [(written(meaning.fails), ast.flag(False))]
        return ast.case(branches)
    return _where_known(meaning, meaning.tree)


def result(meaning: Meaning, dialect: Dialect) -> Tree:
    """Return a meaning as people read it."""
    if isinstance(meaning, Truth):
        return carried(meaning)
    return _where_known(meaning, shown(meaning.tree, meaning.kind, meaning.scale, dialect))


def shown(tree: Tree, kind: Kind, scale: int, dialect: Dialect) -> Tree:
    """Return a value as people read it."""
    match kind:
        case Kind.WHOLE:
            return dialect.shown_whole(tree)
        case Kind.NUMBER:
            return dialect.shown_number(tree, scale)
        case Kind.TEXT | Kind.CHOICE | Kind.CHOICES:
            return dialect.shown_text(tree)
        case _:
            return tree


def _where_known(term: Term, tree: Tree) -> Tree:
    return tree if term.known == TRUE else ast.case([(written(term.known), tree)])

"""Columns that one step of a query works out for the steps that follow."""

from __future__ import annotations

from leadpolicy.backends.guarded import TRUE
from leadpolicy.backends.relational import ast
from leadpolicy.backends.relational.ast import Tree
from leadpolicy.backends.relational.meaning import Form, Forms, Given, Meaning, Term, written
from leadpolicy.backends.relational.results import stored
from leadpolicy.backends.relational.source import flag, flag_never_missing
from leadpolicy.backends.truths import Truth


class Provided:
    """Collects the columns of a step by name."""

    def __init__(self) -> None:
        self.columns: dict[str, Tree] = {}

    def keep(self, name: str, read: Meaning) -> Meaning:
        """Note a column for a meaning and for each of its forms, and return what reads them."""
        self.columns[name] = stored(read)
        if isinstance(read, Truth):
            return reread(read, name)
        forms = {form: self._form(f"{name}.{form}", found) for form, found in read.forms.items()}
        return reread(read, name, forms)

    def _form(self, name: str, found: Form | str) -> Form | str:
        if isinstance(found, str):
            return found
        self.columns[name] = ast.case([(written(found.known), found.tree)])
        return Form(ast.column(name), Given(ast.column(name)))


def reread(meaning: Meaning, name: str, forms: Forms | None = None) -> Meaning:
    """Return what a column means that holds a meaning worked out before."""
    tree = ast.column(name)
    if isinstance(meaning, Truth):
        return flag_never_missing(tree) if meaning.known == TRUE else flag(tree)
    known = TRUE if meaning.known == TRUE else Given(tree)
    return Term(tree, meaning.kind, meaning.scale, known, forms or {})

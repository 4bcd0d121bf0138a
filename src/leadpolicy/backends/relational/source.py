"""Where the names of an expression come from: columns of a row, and what no row has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from sqlglot import exp

from leadpolicy.backends.guarded import TRUE, every
from leadpolicy.backends.relational import ast
from leadpolicy.backends.relational.ast import Tree
from leadpolicy.backends.relational.dialects.base import Dialect
from leadpolicy.backends.relational.layout import Layout
from leadpolicy.backends.relational.meaning import (
    Form,
    Forms,
    Given,
    Meaning,
    Term,
    TextForm,
    above,
    compared,
    tested,
)
from leadpolicy.backends.truths import Truth
from leadpolicy.expr.evaluate import local_day
from leadpolicy.expr.nodes import (
    Aggregate,
    Attribute,
    Comparison,
    ConsentStatus,
    Node,
    Output,
    Property,
)
from leadpolicy.expr.types import Kind, ValueType


class RefusedError(Exception):
    """A node, which has a value of some kind, cannot be carried out; `reason` says why."""

    def __init__(self, node: Node, reason: str, kind: Kind = Kind.FLAG) -> None:
        super().__init__(reason)
        self.node, self.reason, self.kind = node, reason, kind


@dataclass(frozen=True, slots=True)
class Clock:
    """The instant of the decision, in UTC, and the day on which it falls for the policy."""

    at: datetime
    today: date

    @classmethod
    def of(cls, at: datetime, zone: tzinfo) -> Clock:
        """Return the clock for an aware instant."""
        return cls(at, local_day(at, zone))


class Source:
    """Gives names their meaning; raises `RefusedError` where it cannot.

    A name that cannot stand in an expression over this source is a TypeError.
    """

    def attribute(self, node: Attribute) -> Meaning:
        """Return the meaning of an attribute."""
        return self._misplaced(node)

    def property(self, node: Property) -> Meaning:
        """Return the meaning of a property of the signal at hand."""
        return self._misplaced(node)

    def output(self, node: Output) -> Meaning:
        """Return the meaning of an output decided before."""
        return self._misplaced(node)

    def consent_status(self, node: ConsentStatus) -> Meaning:
        """Return the meaning of a consent status."""
        return self._misplaced(node)

    def aggregate(self, node: Aggregate) -> Meaning:
        """Return the meaning of a fact about signals."""
        return self._misplaced(node)

    def _misplaced(self, node: Node) -> Meaning:
        raise TypeError(f"not known to this source: `{type(node).__name__}`")


@dataclass(frozen=True, slots=True)
class Columns:
    """Reads columns of one table as they are stored."""

    dialect: Dialect
    layout: Layout
    table: exp.Identifier | None = None

    def read(self, written: str, label: str, type_: ValueType, decimals: int) -> Meaning:
        """Return a column; `label` is the name by which the layout knows its helper columns."""
        raw = ast.column(written, self.table)
        match type_.kind:
            case Kind.FLAG:
                return self.flag(raw, type_.nullable)
            case Kind.WHOLE:
                return value(self.dialect.whole(raw), type_.kind, known_by=self.dialect.stored(raw))
            case Kind.NUMBER:
                number = self.dialect.decimal(raw, decimals)
                return value(number, type_.kind, decimals, known_by=self.dialect.stored(raw))
            case Kind.DAY:
                return value(self.dialect.day(raw), type_.kind)
            case Kind.MOMENT:
                moment = self.dialect.moment(raw)
                return value(moment, type_.kind, known_by=self.dialect.stored(raw))
            case Kind.TEXT | Kind.CHOICE | Kind.CHOICES:
                text = self.dialect.text(raw)
                return value(text, type_.kind, forms=self._forms(text, label, type_.kind))

    def flag(self, raw: Tree, nullable: bool) -> Truth:
        """Return a column of flags; one that cannot be unknown is false where it is missing."""
        stored = self.dialect.stored(raw)
        if nullable:
            return flag(stored)
        return flag_never_missing(ast.call("COALESCE", stored, ast.flag(False)))

    def _forms(self, text: Tree, label: str, kind: Kind) -> Forms:
        """Return the helper columns of a text; codes are ASCII and need none."""
        if kind is not Kind.TEXT:
            return code_forms(self.dialect, text)
        own = ascii_forms(self.dialect, text) if label in self.layout.ascii else {}
        helpers = {
            TextForm.FOLDED: self.layout.folded,
            TextForm.WORDS: self.layout.words,
            TextForm.DOMAIN: self.layout.domains,
        }
        return {
            form: self._helper(columns[label]) if label in columns else own.get(form, _LACKS[form])
            for form, columns in helpers.items()
        }

    def _helper(self, written: str) -> Form:
        found = self.dialect.text(ast.column(written, self.table))
        return Form(found, Given(found))


_LACKS: Mapping[TextForm, str] = {
    TextForm.FOLDED: "letter case beyond ASCII needs a helper column with the folded text",
    TextForm.WORDS: "whole words need a helper column with marked words",
    TextForm.DOMAIN: "the domain of an address needs a helper column with it",
}


def value(
    tree: Tree,
    kind: Kind,
    scale: int = 0,
    *,
    known_by: Tree | None = None,
    forms: Forms | None = None,
) -> Term:
    """Return a value that is unknown where it, or what it is read from, is missing."""
    return Term(tree, kind, scale, Given(tree if known_by is None else known_by), forms or {})


def flag(tree: Tree) -> Truth:
    """Return a stored flag, unknown where it is missing."""
    return tested(Given(tree), tree)


def flag_never_missing(tree: Tree) -> Truth:
    """Return a flag that is true or false always."""
    return tested(TRUE, tree)


def ascii_forms(dialect: Dialect, text: Tree) -> Forms:
    """Return what a database can work out itself for a trimmed text of ASCII characters."""
    known = Given(text)
    folded = dialect.lowered(text)
    domain = ast.call("TRIM", dialect.domain(folded))
    has_domain = compared(domain, Comparison.NE, ast.text(""))
    has_at = above(dialect.found(folded, "@"), ast.number(0))
    return {
        TextForm.FOLDED: Form(folded, known),
        TextForm.DOMAIN: Form(domain, every([known, has_at, has_domain])),
    }


def code_forms(dialect: Dialect, text: Tree) -> Forms:
    """Return the forms of a code, which is ASCII always."""
    return {TextForm.FOLDED: Form(dialect.lowered(text), Given(text))}

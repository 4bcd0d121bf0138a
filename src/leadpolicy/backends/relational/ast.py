"""Small constructors for trees of the relational language, with brackets where they are needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import TypeAlias

from sqlglot import exp

Tree: TypeAlias = exp.Expr
"""A part of an expression or query."""


def number(value: int) -> Tree:
    """Return a whole number."""
    return exp.Literal.number(value)


def text(value: str) -> Tree:
    """Return a text."""
    return exp.Literal.string(value)


def flag(value: bool) -> Tree:
    """Return true or false."""
    return exp.true() if value else exp.false()


def name(written: str) -> exp.Identifier:
    """Return a name that is taken as it is written."""
    return exp.Identifier(this=written, quoted=True)


def column(written: str, table: exp.Identifier | None = None) -> exp.Column:
    """Return a column, of a table where one is named."""
    return exp.Column(this=name(written), table=table)


def table(written: str, alias: str | None = None) -> exp.Table:
    """Return a table from its name, which may have a schema before a dot."""
    schema, _, own = written.rpartition(".")
    found = exp.Table(this=name(own), db=name(schema) if schema else None)
    if alias is not None:
        found.set("alias", exp.TableAlias(this=name(alias)))
    return found


def call(function: str, *arguments: Tree) -> Tree:
    """Return the call of a function by exactly this name."""
    return exp.Anonymous(this=function, expressions=list(arguments))


def cast(value: Tree, kind: str) -> Tree:
    """Return a value as another type."""
    return exp.Cast(this=value, to=exp.DataType.build(kind))


def infix(kind: type[exp.Binary], left: Tree, right: Tree) -> Tree:
    """Return two operands with an operator between them."""
    return kind(this=bracketed(left), expression=bracketed(right))


def bracketed(value: Tree) -> Tree:
    """Put an operand with an operator of its own into brackets."""
    bare = exp.Binary | exp.Not | exp.In | exp.Neg
    return exp.Paren(this=value) if isinstance(value, bare) else value


def chained(kind: type[exp.Binary], items: Sequence[Tree]) -> Tree:
    """Return one or more operands with the same operator between all of them."""
    return reduce(lambda left, right: kind(this=left, expression=right), map(bracketed, items))


def negated(value: Tree) -> Tree:
    """Return the opposite of a two-valued condition."""
    return exp.Not(this=bracketed(value))


def is_known(value: Tree, known: bool = True) -> Tree:
    """Return whether a value is there, or whether it is missing."""
    nothing: Tree = exp.null()
    return exp.Is(this=bracketed(value), expression=exp.Not(this=nothing) if known else nothing)


def one_of(value: Tree, options: Iterable[Tree]) -> Tree:
    """Return whether a value is one of some."""
    return exp.In(this=bracketed(value), expressions=list(options))


def case(branches: Iterable[tuple[Tree, Tree]], otherwise: Tree | None = None) -> Tree:
    """Return the value beside the first condition that holds, otherwise the last one."""
    ifs = [exp.If(this=condition, true=value) for condition, value in branches]
    return exp.Case(ifs=ifs, default=otherwise)


def every(items: Iterable[Tree]) -> Tree:
    """Return that all conditions hold."""
    inside = [exp.Paren(this=item) if isinstance(item, exp.Or) else item for item in items]
    return reduce(lambda left, right: exp.And(this=left, expression=right), inside)


def some(items: Iterable[Tree]) -> Tree:
    """Return that one of the conditions holds."""
    inside = [exp.Paren(this=item) if isinstance(item, exp.And) else item for item in items]
    return reduce(lambda left, right: exp.Or(this=left, expression=right), inside)


def counted(items: Sequence[Tree], least: int) -> Tree:
    """Return that at least so many conditions hold."""
    ones = [case([(item, number(1))], number(0)) for item in items]
    return infix(exp.GTE, chained(exp.Add, ones), number(least))


def ascending(value: Tree) -> Tree:
    """Return a value as an order that starts with the lowest."""
    return exp.Ordered(this=value, desc=False, nulls_first=True)


def next_of(value: Tree, within: Sequence[Tree], order: Sequence[Tree]) -> Tree:
    """Return the value of the next row among those that share some values."""
    ordered = exp.Order(expressions=list(order))
    return exp.Window(this=call("LEAD", value), partition_by=list(within), order=ordered)


def query(columns: Mapping[str, Tree], source: exp.Table, *, also: bool = False) -> exp.Select:
    """Return the query for some columns of a table by name, `also` after all of its own."""
    named = [exp.Alias(this=tree, alias=name(written)) for written, tree in columns.items()]
    wanted = [exp.Star(), *named] if also else named
    return exp.Select(expressions=wanted).from_(source, copy=False)

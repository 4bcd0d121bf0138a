"""How a field reads as an attribute; what cannot be read is refused with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from leadpolicy.backends.guarded import FALSE, TRUE, Formula, every
from leadpolicy.backends.truths import Truth, guarded, opposed, two_valued
from leadpolicy.expr.nodes import Attribute, Node
from leadpolicy.expr.types import NUMERIC, Kind, ValueType
from leadpolicy_salesforce.formula import trees
from leadpolicy_salesforce.formula.fields import Field, FieldKind, Fields
from leadpolicy_salesforce.formula.meaning import Given, Meaning, Term, among, tested
from leadpolicy_salesforce.formula.trees import Name, Tree

_TEXTS: Final = frozenset[FieldKind]({"text", "picklist"})
_LONGEST: Final = 255
_NUMBERS: Final = frozenset[FieldKind]({"number", "percent"})
_HELD: Final[Mapping[Kind, frozenset[FieldKind]]] = {
    Kind.FLAG: frozenset({"checkbox", "picklist", "text"}),
    Kind.WHOLE: _NUMBERS,
    Kind.NUMBER: _NUMBERS,
    Kind.TEXT: _TEXTS,
    Kind.CHOICE: _TEXTS,
    Kind.CHOICES: frozenset({"multipicklist"}),
    Kind.DAY: frozenset({"date"}),
    Kind.MOMENT: frozenset({"datetime"}),
}


class RefusedError(Exception):
    """A node, which has a value of some kind, cannot be carried out; `reason` says why."""

    def __init__(self, node: Node, reason: str, kind: Kind = Kind.FLAG) -> None:
        super().__init__(reason)
        self.node, self.reason, self.kind = node, reason, kind


def attribute(node: Attribute, type_: ValueType, decimals: int, fields: Fields) -> Meaning:
    """Return the meaning of an attribute; raises `RefusedError` where no field can be read."""
    found = fields.get(node.name, f"no field is bound to `{node.name}`")
    reason = found if isinstance(found, str) else _fault(found, type_.kind)
    if isinstance(found, str) or reason is not None:
        raise RefusedError(node, str(reason), type_.kind)
    if type_.kind is Kind.FLAG:
        return flag(found, type_.nullable)
    return _term(found, type_.kind, decimals)


def _fault(field: Field, kind: Kind) -> str | None:
    """Return why a field cannot be read as an attribute of a kind."""
    if "." in field.api:
        return f"`{field.api}` is not a field of the lead itself"
    if field.kind == "id":
        return f"the id in `{field.api}` has other characters in formulas than in the API"
    if field.kind not in _HELD[kind]:
        return f"`{field.api}` is a {field.kind} field, which holds no {kind.value}"
    if field.kind == "text" and (field.length or 0) > _LONGEST:
        return f"`{field.api}` holds long texts, which formulas cannot read"
    if field.labels and kind not in {Kind.FLAG, Kind.TEXT, Kind.CHOICE}:
        return f"the binding translates labels of `{field.api}`, which formulas cannot follow"
    return None


def flag(field: Field, nullable: bool) -> Truth:
    """Return a flag; one that cannot be unknown is false where it is missing.

    A checkbox is ticked or not, in a formula as in every sync, and never unknown.
    """
    name = Name(field.api)
    if field.kind == "checkbox":
        return _checkbox(field, name, nullable)
    tree = own_tree(field)
    holds = among(field, tree, field.flags(True))
    fails = among(field, tree, field.flags(False))
    if not nullable:
        return two_valued(holds)
    return Truth(holds, fails, known(field, tree))


def _checkbox(field: Field, name: Name, nullable: bool) -> Truth:
    ticked, empty = field.ticked(True), field.ticked(False)
    if (ticked, empty) == (True, False):
        return tested(TRUE, name)
    plain = tested(TRUE, name)
    pairs = ((ticked, plain.holds), (empty, plain.fails))
    holds = _any_of(pairs, True)
    fails = _any_of(pairs, False)
    if not nullable:
        return two_valued(holds)
    return Truth(holds, fails, opposed(_any_of(pairs, None)))


def _any_of(pairs: tuple[tuple[bool | None, Formula], ...], wanted: bool | None) -> Formula:
    found = [test for meant, test in pairs if meant is wanted]
    return TRUE if len(found) == len(pairs) else found[0] if found else FALSE


def _term(field: Field, kind: Kind, decimals: int) -> Term:
    tree = own_tree(field)
    is_known = known(field, tree)
    if kind in NUMERIC:
        if field.kind == "percent":
            tree = trees.infix(tree, "*", trees.number(100))
        return Term(tree, kind, decimals, is_known)
    if kind in {Kind.TEXT, Kind.CHOICE}:
        as_text = trees.call("TEXT", tree) if field.is_listed else tree
        return Term(as_text, kind, known=is_known, field=field, is_ascii=kind is Kind.CHOICE)
    return Term(tree, kind, known=is_known, field=field if kind is Kind.CHOICES else None)


def own_tree(field: Field) -> Tree:
    """Return a field as it is read: people's texts without blanks at their ends."""
    name = Name(field.api)
    is_typed = field.kind == "text" and not field.is_email
    return trees.call("TRIM", name) if is_typed else name


def known(field: Field, tree: Tree) -> Formula:
    """Return that a field holds something that is not a marker for *not answered*."""
    if field.is_listed:
        return opposed(among(field, tree, ("", *field.unanswered)))
    given = Given(tree)
    if field.kind == "text":
        return every([given, opposed(among(field, tree, field.unanswered))])
    if field.kind == "multipicklist":
        marks = [trees.call("INCLUDES", tree, trees.text(mark)) for mark in field.unanswered]
        return every([given, *(tested(TRUE, mark).fails for mark in marks)])
    return given


def verdict(field: Field, met: str, unmet: str) -> Truth:
    """Return a condition that a sync wrote into a picklist: met, unmet, or neither."""
    tree = Name(field.api)
    holds, fails = (among(field, tree, field.written(code)) for code in (met, unmet))
    return Truth(holds, fails, among(field, tree, (*field.written(met), *field.written(unmet))))


def includes(field: Field, tree: Tree, code: str, is_known: Formula) -> Truth:
    """Return whether a field with several values has one of them."""
    tests = [trees.call("INCLUDES", tree, trees.text(value)) for value in field.written(code)]
    if not tests:
        return Truth(FALSE, is_known, is_known)
    return guarded(is_known, tested(TRUE, trees.some(tests)).holds)

"""Outputs and conditions of a policy as formulas over the fields of a lead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from leadpolicy.backends.guarded import TRUE, every
from leadpolicy.backends.truths import Truth
from leadpolicy.expr.infer import infer
from leadpolicy.expr.nodes import Attribute, Node, Output
from leadpolicy.expr.types import Kind, ValueType
from leadpolicy.policy.checked import CheckedPolicy, NamedOutput, OutputKind
from leadpolicy_salesforce.formula import source, trees
from leadpolicy_salesforce.formula.bands import grade
from leadpolicy_salesforce.formula.fields import Fields
from leadpolicy_salesforce.formula.meaning import Meaning, Term, written
from leadpolicy_salesforce.formula.meanings import Meanings
from leadpolicy_salesforce.formula.sizes import (
    MOST_COMPILED,
    MOST_SOURCE,
    compiled_size,
    source_size,
)
from leadpolicy_salesforce.formula.source import RefusedError
from leadpolicy_salesforce.formula.texts import Texts
from leadpolicy_salesforce.formula.times import Times
from leadpolicy_salesforce.formula.trees import Tree

LONGEST_LIST: Final = 40


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something cannot be a formula over the fields of a lead."""

    reason: str

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person decides about formulas.

    With `user_days`, windows over days follow the time zone of whoever looks at the lead.
    `most_compiled` is the compiled size that the org allows; `longest_list` the most entries of a
    list that are written into a formula.
    """

    user_days: bool = False
    most_compiled: int = MOST_COMPILED
    most_source: int = MOST_SOURCE
    longest_list: int = LONGEST_LIST


Helper: TypeAlias = Callable[[NamedOutput, RefusedError], Meaning | None]
"""Gives a meaning to an output that no formula can compute: a field that a sync writes."""


def no_helper(_output: NamedOutput, _refusal: RefusedError) -> Meaning | None:
    """Return that nothing helps."""
    return None


class Compiler:
    """Compiles outputs of one policy; each is worked out once.

    `refused` are those that no formula can compute, whether or not a field helps.
    """

    def __init__(
        self,
        policy: CheckedPolicy,
        fields: Fields,
        settings: Settings | None = None,
        helper: Helper = no_helper,
    ) -> None:
        self.policy: Final = policy
        self.settings: Final = settings or Settings()
        self.fields: Final = fields
        self._helper = helper
        self.refused: Final[dict[str, RefusedError]] = {}
        self._known: dict[str, Meaning | RefusedError] = {}
        self._texts = Texts(policy.lists, self.settings.longest_list)
        self._times = Times(self.settings.user_days)

    # ------------------------------------------------------------------------------ source
    def attribute(self, node: Attribute) -> Meaning:
        """Return the field of an attribute."""
        type_ = self.policy.vocabulary.attributes[node.name]
        decimals = self.policy.policy.record.attributes[node.name].decimals
        scale = decimals if type_.kind is Kind.NUMBER else 0
        return source.attribute(node, type_, scale, self.fields)

    def output(self, node: Output) -> Meaning:
        """Return what an output is made of, or the field that a sync writes for it."""
        found = self.named(node.name)
        if isinstance(found, RefusedError):
            raise RefusedError(node, found.reason, self.policy.output(node.name).type.kind)
        return found

    def type_of(self, node: Node) -> ValueType | None:
        """Return the type of an expression."""
        return infer(node, self.policy.vocabulary)[0]

    # ------------------------------------------------------------------------------ outputs
    def named(self, name: str) -> Meaning | RefusedError:
        """Return the meaning of an output, or the first reason why it has none."""
        if name not in self._known:
            output = self.policy.output(name)
            found = self._made(output)
            self._known[name] = found
            if isinstance(found, RefusedError):
                self.refuse(name, found)
        return self._known[name]

    def refuse(self, name: str, refusal: RefusedError) -> None:
        """Take an output for one that no formula can compute, and for what helps instead."""
        self.refused[name] = refusal
        helped = self._helper(self.policy.output(name), refusal)
        self._known[name] = refusal if helped is None else helped

    def keep(self, name: str, meaning: Meaning) -> None:
        """Take something else for an output from now on."""
        self._known[name] = meaning

    def _made(self, output: NamedOutput) -> Meaning | RefusedError:
        try:
            if output.kind is OutputKind.GRADE:
                return self._grade(output.name)
            if output.kind is OutputKind.RATING:
                return self._rating()
        except RefusedError as refusal:
            return refusal
        found = self.meaning(output.node)
        if output.kind is OutputKind.SCORE and isinstance(found, Term):
            return Term(found.tree, found.kind, found.scale)
        return found

    def meaning(self, node: Node) -> Meaning | RefusedError:
        """Return the meaning of an expression, or the first reason why it has none."""
        meanings = Meanings(self, self._texts, self._times)
        found = meanings.visit(node)
        return meanings.refusals[0] if meanings.refusals else found

    def refusals(self, node: Node) -> list[RefusedError]:
        """Return everything in an expression that cannot be carried out."""
        meanings = Meanings(self, self._texts, self._times)
        meanings.visit(node)
        return meanings.refusals

    def _grade(self, name: str) -> Term:
        plan = self.policy.policy.grades[name]
        return grade(_term(self.output(Output(plan.of))), plan.bands)

    def _rating(self) -> Term:
        rating = self.policy.policy.rating
        if rating is None:
            raise KeyError("rating")
        sides = [_term(self.output(Output(name))) for name in (rating.fit, rating.engagement)]
        tree = trees.Infix("&", tuple(side.tree for side in sides))
        known = every([side.known for side in sides])
        return Term(tree, Kind.CHOICE, known=known, is_ascii=True)

    # ------------------------------------------------------------------------------ results
    def fitting(self, tree: Tree) -> str | Refusal:
        """Return the text of a formula, or that it is too large."""
        size, most = source_size(tree), self.settings.most_source
        if size > most:
            return Refusal(f"its formula has {size:,} characters; {most:,} are allowed")
        size, most = compiled_size(tree), self.settings.most_compiled
        if size > most:
            measure = f"about {size:,} characters when it is compiled"
            return Refusal(f"its formula has {measure}; the org allows {most:,}")
        return trees.written(tree)

    def shown(self, meaning: Meaning) -> Tree:
        """Return a meaning as the result of a field: blank where it is unknown."""
        if isinstance(meaning, Truth):
            return written(meaning.holds)
        if meaning.known == TRUE:
            return meaning.tree
        nothing = trees.BLANK if meaning.kind in {Kind.TEXT, Kind.CHOICE} else trees.NULL
        return trees.call("IF", written(meaning.known), meaning.tree, nothing)

    def result(self, found: Meaning | RefusedError) -> str | Refusal:
        """Return the text of a field with a meaning, or why there is none."""
        if isinstance(found, RefusedError):
            return Refusal(found.reason)
        return self.fitting(self.shown(found))


def formula(
    policy: CheckedPolicy, output: str, fields: Fields, settings: Settings | None = None
) -> str | Refusal:
    """Return an output as a formula over the fields of a lead, or why there is none.

    A condition is a checkbox that is ticked only where it is met; a grade is a text. Outputs that
    it needs are written out inside it. Raises KeyError for an unknown output.
    """
    compiler = Compiler(policy, fields, settings)
    return compiler.result(compiler.named(policy.output(output).name))


def condition(
    node: Node, policy: CheckedPolicy, fields: Fields, settings: Settings | None = None
) -> str | Refusal:
    """Return a condition over the fields of a lead, or why there is none.

    It is TRUE where the condition is met and FALSE where it is not met or unknown, never blank.
    """
    compiler = Compiler(policy, fields, settings)
    found = compiler.meaning(node)
    if isinstance(found, Term):
        raise TypeError("a condition is needed, not a value")
    return compiler.result(found)


def _term(meaning: Meaning) -> Term:
    if isinstance(meaning, Term):
        return meaning
    raise TypeError("a condition stands where a value is needed")

"""A new kind of rule is one file: this one adds territories to the language."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from leadpolicy.documents.read import read_policy_text
from leadpolicy.documents.schema import schema
from leadpolicy.documents.write import write
from leadpolicy.expr.nodes import Output
from leadpolicy.policy.checked import OutputKind
from leadpolicy.policy.fields import ConditionField, Lang, Name, Part, Path, Wording
from leadpolicy.policy.lowering import CONDITION, Lowering, OutputTypes
from leadpolicy.policy.pipeline import check
from leadpolicy.policy.policy import Policy
from medium import data


class Territory(Part):
    """A part of the market that one team looks after."""

    title: Wording
    covers: ConditionField

    def output_types(self, name: str) -> OutputTypes:
        """Return what the part adds to the vocabulary."""
        return {name: CONDITION}

    def lower(self, name: str, into: Lowering, path: Path) -> None:
        """Add the territory as a condition."""
        into.condition(name, self.covers, (*path, "covers"), OutputKind.CRITERION)

    def describe(self, lang: Lang) -> str:
        """Return the title."""
        return self.title.text(lang)


class PolicyWithTerritories(Policy):
    """A policy that knows territories."""

    territories: Mapping[Name, Territory] = Field(default_factory=dict)


NORTH = {"title": {"de": "Nord", "en": "North"}, "covers": "employees >= 100"}


def changed(covers: str = "employees >= 100") -> PolicyWithTerritories:
    found = data(territories={"north": {**NORTH, "covers": covers}})
    found["states"]["sql"]["entry"] += " and north"
    return PolicyWithTerritories.model_validate(found)


def test_the_new_part_is_lowered_and_can_be_used_by_name() -> None:
    policy = check(changed())
    assert policy.output("north").kind is OutputKind.CRITERION
    entry = policy.output("state.sql.entry").node
    assert Output("north") in getattr(entry, "items", ())


def test_the_new_part_is_read_written_and_in_the_schema() -> None:
    text = write(changed())
    found = read_policy_text(text, kind=PolicyWithTerritories)
    assert found.checked is not None, found.diagnostics
    assert found.checked.content_hash == check(changed()).content_hash
    assert "territories" in schema(PolicyWithTerritories)["properties"]


def test_mistakes_in_the_new_part_are_reported_at_their_place() -> None:
    text = write(changed("emploees >= 100"))
    found = read_policy_text(text, kind=PolicyWithTerritories)
    item = next(x for x in found.diagnostics if x.code == "LP201")
    assert item.path == "$.territories.north.covers" and item.span is not None
    assert item.hint == "did you mean `employees`?"

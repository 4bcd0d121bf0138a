"""Leads of a practice org for formulas: fields named like attributes, and what they hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from leadpolicy.expr.facts import Facts
from leadpolicy.expr.nodes import Node
from leadpolicy.expr.parse import parse
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy_salesforce.formula import Field, Refusal, Settings, condition
from leadpolicy_salesforce.formula.backend import own_fields
from leadpolicy_sandbox import formula as language
from small import small

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def fields_of(policy: CheckedPolicy) -> dict[str, Field]:
    """Return the fields, of which `email` holds addresses that the CRM has checked."""
    found = own_fields(policy)
    if "email" in found:
        found["email"] = replace(found["email"], is_email=True)
    return found


def node(text: str, policy: CheckedPolicy | None = None) -> Node:
    """Return a condition from its text."""
    found = parse(text, (policy or small()).vocabulary)
    assert found.node is not None, found.problems
    return found.node


def compiled(text: str, settings: Settings | None = None) -> str | Refusal:
    """Return a condition on the small policy as a formula."""
    policy = small()
    return condition(node(text, policy), policy, fields_of(policy), settings)


def stored(value: object, field: Field) -> language.Value:
    """Return a value of an attribute as a field holds it."""
    if field.kind == "checkbox":
        return bool(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, frozenset):
        return ";".join(sorted(value)) or None
    return value  # type: ignore[return-value]


def record(facts: Facts, fields: Mapping[str, Field]) -> dict[str, language.Value]:
    """Return a lead as its fields hold it."""
    return {field.api: stored(facts.attributes.get(name), field) for name, field in fields.items()}


def value_of(
    text: str,
    values: Mapping[str, language.Value],
    fields: Mapping[str, Field],
    now: datetime = NOW,
    prior: Mapping[str, language.Value] | None = None,
    zone: ZoneInfo = BERLIN,
) -> language.Value:
    """Return what a formula yields for a lead."""
    kinds = {field.api: field.kind for field in fields.values()}
    scope = language.Scope(values=values, kinds=kinds, prior=prior, now=now, zone=zone)
    return language.evaluate(language.parse(text), scope)


def accepted(text: str, fields: Mapping[str, Field], where: language.Where = "field") -> str:
    """Return the type of a formula that the platform would take; raises where it would not."""
    kinds = {field.api: field.kind for field in fields.values()}
    return language.check(language.parse(text), kinds, where=where)

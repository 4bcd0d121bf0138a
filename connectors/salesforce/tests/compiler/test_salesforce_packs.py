"""What the shipped packs become in Salesforce: kept as text, and taken by the platform."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from connectors.salesforce.tests.compiler.leads import accepted

from leadpolicy.crm.connector import Native
from leadpolicy.crm.desired import desired_state
from leadpolicy.crm.native import CHECK_SUFFIX, NATIVE_SUFFIX
from leadpolicy.crm.state import FieldKind
from leadpolicy.documents.read import read
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy_salesforce.binding import Binding, BoundField
from leadpolicy_salesforce.formula import Field
from leadpolicy_salesforce.native import compile_native
from leadpolicy_salesforce.options import Options
from leadpolicy_salesforce.rules.ground import Ground
from snapshot import assert_same_as_kept

FOLDER = Path(__file__).parents[4] / "policies"
PACKS = sorted(path.parent.name for path in FOLDER.glob("*/policy.yaml"))
STANDARD = {
    "email": "Email",
    "job_title": "Title",
    "company": "Company",
    "employees": "NumberOfEmployees",
    "industry": "Industry",
}
NAME = re.compile(r"[A-Za-z](_?[A-Za-z0-9])*")


@dataclass
class Pack:
    """A pack compiled for an org that nobody looked into."""

    policy: CheckedPolicy
    binding: Binding
    options: Options

    @property
    def ground(self) -> Ground:
        columns = desired_state(self.policy).columns
        return Ground(self.policy, columns, self.binding, None, self.options)

    @property
    def native(self) -> Native:
        columns = desired_state(self.policy).columns
        return compile_native(self.policy, columns, self.binding, None, self.options)

    @property
    def fields(self) -> dict[str, Field]:
        """Return every field that formulas and rules may name."""
        native, kinds = self.native, {FieldKind.CHOICE: "picklist", FieldKind.FLAG: "checkbox"}
        kinds |= {FieldKind.MOMENT: "datetime", FieldKind.TEXT: "text"}
        columns = (*desired_state(self.policy).columns, *native.helpers)
        own: dict[str, Any] = {f"{c.name}__c": kinds.get(c.kind, "number") for c in columns}
        for column in columns:
            kind = kinds.get(column.kind, "number")
            computed = "text" if kind == "picklist" else kind
            own[f"{column.name}{NATIVE_SUFFIX}__c"] = computed
        found = {api: Field(api, kind) for api, kind in own.items()}
        read = (field for field in self.ground.fields.values() if isinstance(field, Field))
        found |= {field.api: field for field in read}
        return {**found, "Status": Field("Status", "picklist")}


@pytest.fixture(params=PACKS)
def pack(request: pytest.FixtureRequest) -> Pack:
    policy = read(FOLDER / request.param, packs=[FOLDER], today=date(2026, 11, 21)).require()
    names = policy.vocabulary.attributes
    attributes = {name: BoundField(STANDARD.get(name, f"{name}__c"), name) for name in names}
    return Pack(policy, Binding(attributes=attributes), Options(native="both"))


def _told(native: Native) -> Iterator[str]:
    for title, formulas in (("formula", native.formulas), ("check", native.checks)):
        yield from (f"{title} {name}\n    {text}" for name, text in formulas.items())
    for column in native.helpers:
        yield f"helper {column.name} ({column.label})\n    {column.formula or 'a sync writes it'}"
    for rule in native.rules:
        about = f"    {rule.kind.value}: {rule.part}\n    {rule.message}\n    {rule.body}"
        yield f"rule {rule.name}\n{about}"
    yield from (f"refused {item.part}\n    {item.reason}" for item in native.refusals)


def test_formulas_and_rules_of_a_pack_are_seen_in_review(pack: Pack) -> None:
    text = "\n".join(_told(pack.native)) + "\n"
    assert_same_as_kept(f"salesforce/{pack.policy.name}.txt", text)


def test_the_platform_takes_every_formula_and_rule_of_a_pack(pack: Pack) -> None:
    native, fields = pack.native, pack.fields
    for text in (*native.formulas.values(), *(c.formula for c in native.helpers if c.formula)):
        assert accepted(text, fields) in {"number", "text", "boolean"}
    for text in native.checks.values():
        assert accepted(text, fields) == "boolean"
    for rule in native.rules:
        assert accepted(rule.body, fields, "rule") == "boolean"


def test_names_and_messages_of_a_pack_fit_what_salesforce_takes(pack: Pack) -> None:
    native = pack.native
    names = [rule.name for rule in native.rules]
    assert len({name.lower() for name in names}) == len(names)
    fields = [column.name for column in native.helpers]
    fields += [name + end for name in native.formulas for end in (NATIVE_SUFFIX, CHECK_SUFFIX)]
    for name in (*names, *fields):
        assert NAME.fullmatch(name) and len(name) <= 40, name
    for rule in native.rules:
        assert rule.message.startswith("leadpolicy: ") and rule.message.endswith(")")
        assert len(rule.message) <= 255 and len(rule.body) <= 3_900


def test_everything_of_a_pack_that_is_not_native_has_one_reason(pack: Pack) -> None:
    native = pack.native
    reasons = [item.reason for item in native.refusals]
    assert all(reason and "\n" not in reason and not reason.endswith(".") for reason in reasons)
    parts = {item.part for item in native.refusals}
    assert {"state", "score fit", "score engagement", "transition recycle"} <= parts
    assert native.formulas.keys() == native.checks.keys()


def test_compiling_twice_gives_the_same(pack: Pack) -> None:
    assert pack.native == pack.native

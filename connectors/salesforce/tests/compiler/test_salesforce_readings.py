"""A formula reads a field as every sync does: labels, markers, ticks, blanks and sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest
from connectors.salesforce.tests.compiler.leads import NOW, fields_of, node, record, value_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from effort import examples
from leadpolicy.engine.lead_policy import LeadPolicy
from leadpolicy.exchange.binding import Binding
from leadpolicy.exchange.convert import RowError, RowReader
from leadpolicy.expr.evaluate import evaluate
from leadpolicy.expr.facts import Facts
from leadpolicy.expr.types import Kind
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy.testing.policies import leads, policies, reference_outputs
from leadpolicy_salesforce.formula import Field, Refusal, Settings, condition, formula
from small import small

MARKERS = ("n/a", "-")
LABELS: dict[str, dict[str, object]] = {
    "industry": {
        "Maschinenbau": "machinery",
        "Bau": "machinery",
        "software": None,
        "IT": "software",
    },
    "budget_confirmed": {"Ja": True, "Nein": False, "Vielleicht": None},
    "customer": {},
    "job_title": {"Chefin": "CEO"},
    "email": {},
    "interests": {},
}
KINDS = {
    "industry": "picklist",
    "budget_confirmed": "picklist",
    "customer": "checkbox",
    "job_title": "text",
    "email": "text",
    "interests": "multipicklist",
}
HELD: dict[str, Sequence[Any]] = {
    "industry": (None, "Maschinenbau", "Bau", "software", "IT", "machinery", "other", "n/a", "-"),
    "budget_confirmed": (None, "Ja", "Nein", "Vielleicht", "true", "False", "1", "n/a"),
    "customer": (True, False),
    "job_title": (None, "Chefin", "CEO", " CEO ", "Ceo", "-", "Assistenz CEO"),
    "email": (None, "a@gmx.de", "A@GMX.DE", "b@gmx.de.example", "x@web.de", "n/a"),
    "interests": (None, "crm", "crm;erp", "erp", "n/a"),
}
CONDITIONS = {
    "industry": (
        "industry == 'machinery'",
        "industry != 'machinery'",
        "industry in ('machinery', 'software', 'other')",
        "not (industry in ('software', 'other'))",
        "known(industry)",
    ),
    "budget_confirmed": ("budget_confirmed", "not budget_confirmed", "known(budget_confirmed)"),
    "customer": ("customer", "not customer", "known(customer)"),
    "job_title": ("job_title == 'CEO'", "job_title != 'CEO'", "unknown(job_title)"),
    "email": (
        "domain(email) == 'gmx.de'",
        "domain(email) != 'gmx.de'",
        "in_list(domain(email), 'freemail')",
        "known(domain(email))",
        "ends_with(email, 'gmx.de')",
        "not contains_ci(email, 'GMX')",
    ),
    "interests": ("includes(interests, 'crm')", "not includes(interests, 'crm')"),
}
CASES = [(name, text) for name, texts in CONDITIONS.items() for text in texts]


def _field(name: str, labels: Mapping[str, object]) -> Field:
    marks = frozenset(MARKERS)
    kind: Any = KINDS[name]
    return Field(f"{name}__c", kind, labels=labels, missing=marks, is_email=name == "email")


def _attributes(policy: CheckedPolicy, name: str, labels: object, value: object) -> Any:
    """Return what a sync reads from the field."""
    leads_of = {"missing": ("", *MARKERS), "attributes": {name: {"column": "f", "codes": labels}}}
    reader = RowReader(LeadPolicy(policy), Binding.model_validate({"leads": leads_of}))
    return reader.lead({"id": "1", "f": value})


@pytest.mark.parametrize(("name", "text"), CASES)
def test_a_formula_says_of_every_stored_value_what_a_sync_says(name: str, text: str) -> None:
    policy = small()
    fields = {name: _field(name, LABELS[name])}
    found = condition(node(text, policy), policy, fields)
    assert isinstance(found, str), found
    for value in HELD[name]:
        try:
            attributes = _attributes(policy, name, LABELS[name], value)
        except RowError:
            continue
        if name == "customer":
            attributes = {"customer": False, **attributes}
        known = Facts(at=NOW, attributes=attributes, lists=policy.lists)
        expected = evaluate(node(text, policy), known) is True
        assert value_of(found, {f"{name}__c": value}, fields) is expected, value


def test_an_empty_checkbox_can_be_bound_to_mean_nothing() -> None:
    policy = small()
    unticked: dict[str, object] = {"False": None}
    fields = {"budget_confirmed": _field("customer", unticked)}
    for text, value, expected in (
        ("budget_confirmed", True, True),
        ("not budget_confirmed", False, False),
        ("known(budget_confirmed)", False, False),
        ("unknown(budget_confirmed)", False, True),
        ("known(budget_confirmed)", True, True),
    ):
        found = condition(node(text, policy), policy, fields)
        assert value_of(str(found), {"customer__c": value}, fields) is expected, text


def test_labels_are_followed_by_comparisons_only() -> None:
    policy = small()
    fields = {"job_title": _field("job_title", LABELS["job_title"])}
    found = condition(node("contains(job_title, 'CEO')", policy), policy, fields)
    assert "translates labels of `job_title__c`" in str(found)
    numbered = {"employees": Field("Size__c", "number", labels={"many": 500})}
    found = condition(node("employees > 5", policy), policy, numbered)
    assert "translates labels of `Size__c`" in str(found)


def test_words_for_true_are_those_that_the_picklist_has() -> None:
    policy = small()
    fields = {"budget_confirmed": Field("Budget__c", "picklist", values=("true", "false", "?"))}
    found = condition(node("budget_confirmed", policy), policy, fields)
    assert found == 'ISPICKVAL(Budget__c,"true")'


def test_long_texts_are_not_read() -> None:
    policy = small()
    fields = {"job_title": Field("Notes__c", "text", length=32_000)}
    found = condition(node("job_title == 'CEO'", policy), policy, fields)
    assert str(found) == "`Notes__c` holds long texts, which formulas cannot read"


def test_a_percentage_counts_as_people_read_it() -> None:
    policy = small()
    fields = {"revenue": Field("Share__c", "percent")}
    found = str(condition(node("revenue >= 60", policy), policy, fields))
    for value, expected in (("60", True), ("59.99", False)):
        assert value_of(found, {"Share__c": Decimal(value)}, fields) is expected


@settings(max_examples=examples(15), suppress_health_check=list(HealthCheck))
@given(st.data())
def test_what_compiles_says_what_the_reference_evaluator_says(data: st.DataObject) -> None:
    policy = data.draw(policies())
    fields = fields_of(policy)
    ways = Settings(user_days=True)
    found = {item.name: formula(policy, item.name, fields, ways) for item in policy.outputs}
    texts = {name: text for name, text in found.items() if not isinstance(text, Refusal)}
    known = data.draw(leads(policy))
    expected, values = reference_outputs(policy, known), record(known, fields)
    if not _is_storable(known.attributes):
        return
    for name, text in texts.items():
        wanted = expected[name]
        if policy.output(name).type.kind is Kind.FLAG:
            wanted = wanted is True
        assert value_of(text, values, fields, known.at, zone=policy.timezone) == wanted


def _is_storable(attributes: Mapping[str, object]) -> bool:
    """Tell whether fields can hold the values: checked addresses, sets with codes, letters."""
    email = str(attributes.get("email") or "a@b")
    title = str(attributes.get("job_title") or "")
    is_address = email.isascii() and email.count("@") == 1 and " " not in email
    return is_address and attributes.get("interests") != frozenset() and "ﬁ" not in title

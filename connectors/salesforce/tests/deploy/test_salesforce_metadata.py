from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from functools import cache

import pytest
from connectors.salesforce.tests.deploy.crews import BINDING, DESIRED, FIT, OPTIONS, RULE, STATES
from hypothesis import given, settings
from hypothesis import strategies as st

import leadpolicy
from effort import examples
from leadpolicy.crm.connector import ConnectorError
from leadpolicy.crm.desired import desired_state
from leadpolicy.crm.native import Native
from leadpolicy.crm.state import Column, DesiredState, FieldKind, Permission, Rule, RuleKind
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy_salesforce.binding import read_binding
from leadpolicy_salesforce.deploy.adapting import adapted
from leadpolicy_salesforce.export import source_tree
from leadpolicy_salesforce.exporter import SalesforceExporter
from leadpolicy_salesforce.metadata.fields import changed_field, custom_field, describes, words
from leadpolicy_salesforce.metadata.package import Component, Package, Removal, files, zipped
from leadpolicy_salesforce.metadata.rights import Right, permission_set
from leadpolicy_salesforce.metadata.rules import rule_of, validation_rule
from leadpolicy_salesforce.metadata.schema import problems
from leadpolicy_salesforce.metadata.values import Edit, Wanted, edited
from leadpolicy_salesforce.metadata.xml import build, data, read, value_of
from leadpolicy_salesforce.options import Lang, read_options

PACKS = ("b2b-de", "b2b-de-agency")
MODES = ("synced", "native", "both")


@cache
def pack(name: str) -> CheckedPolicy:
    return leadpolicy.load(name).checked


def tree(name: str, mode: str, lang: Lang) -> Mapping[str, bytes]:
    policy, exporter = pack(name), SalesforceExporter()
    options = {**OPTIONS, "lang": lang, "contacts": True}

    def wanted(native: Native | None = None) -> DesiredState:
        return desired_state(
            policy,
            lang=lang,
            native=native,
            both=mode == "both" and native is not None,
            permissions=True,
            capabilities=exporter.capabilities,
        )

    found = wanted()
    if mode != "synced":
        found = wanted(exporter.native(policy, found.columns, BINDING, options))
    return exporter.files(policy, exporter.adapt(policy, found, BINDING, options), BINDING, options)


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", PACKS)
def test_every_file_of_a_shipped_pack_fits_the_schema(name: str, mode: str, lang: Lang) -> None:
    found = tree(name, mode, lang)
    assert {name: problems(content) for name, content in found.items() if ".xml" in name} == {
        name: () for name in found if ".xml" in name
    }
    rules = [name for name in found if name.endswith(".validationRule-meta.xml")]
    assert bool(rules) is (mode != "synced")


def test_the_same_policy_makes_the_same_files() -> None:
    assert tree("b2b-de", "both", "de") == tree("b2b-de", "both", "de")


FIELD = data(custom_field(Column("lp_fit", FieldKind.WHOLE, label="Fit"), "lp_fit__c"))
SET = data(permission_set(None, "Set", {"Lead.lp_fit__c": Right(False)}))


@pytest.mark.parametrize(
    ("source", "before", "after"),
    [
        (FIELD, b"precision", b"percision"),
        (FIELD, b"<type>Number<", b"<type>Numbr<"),
        (FIELD, b"<scale>0<", b"<scale>none<"),
        (SET, b"<editable>false", b"<editable>False"),
        (SET, b"<hasActivationRequired>false</hasActivationRequired>", b""),
        (SET, b"<label>Set</label>", b""),
        (FIELD, b"</CustomField>", b"<description>late</description></CustomField>"),
        (FIELD, b"</CustomField>", b""),
    ],
)
def test_the_schema_refuses_what_is_wrong(source: bytes, before: bytes, after: bytes) -> None:
    assert not problems(source)
    assert before in source
    found = problems(source.replace(before, after))
    # Salesforce itself lets the activation flag be left out.
    assert bool(found) is (b"hasActivationRequired" not in before)


COLUMNS = st.builds(
    Column,
    st.just("lp_x"),
    st.sampled_from(FieldKind),
    st.sampled_from(("policy", "sales")),
    scale=st.integers(0, 9),
    length=st.none() | st.integers(1, 2000),
    codes=st.lists(st.text("abc <&", min_size=1), min_size=1, unique=True).map(tuple),
    label=st.text(st.characters(exclude_categories=("C", "Z"))),
    description=st.text(st.characters(exclude_categories=("C", "Z"))),
    formula=st.none() | st.just('IF(A < 1 && B > "x", 1, 2)'),
)


@given(COLUMNS)
@settings(max_examples=examples(60))
def test_any_column_makes_a_field_that_fits_the_schema_and_is_found_again(column: Column) -> None:
    made = custom_field(column, "lp_x__c", tracked=column.kind is FieldKind.CHOICE)
    assert problems(data(made)) == ()
    assert len(value_of(made, "label") or "") <= 40
    assert len(value_of(made, "description") or "") <= 1000
    assert describes(value_of(made, "description") or "", column)
    assert data(read(data(made))) == data(made)
    assert value_of(made, "formula") == column.formula


@given(COLUMNS, COLUMNS)
@settings(max_examples=examples(30))
def test_a_change_of_words_leaves_the_rest_of_a_field(before: Column, after: Column) -> None:
    standing = custom_field(before, "lp_x__c")
    made = changed_field(standing, after, {"label", "description"})
    assert value_of(made, "label") == words(after).label
    for name in ("type", "formula", "length", "precision", "externalId"):
        assert value_of(made, name) == value_of(standing, name)
    assert problems(data(made)) == ()


CODES = st.sampled_from("abcdef")


@given(
    st.lists(st.tuples(CODES, st.booleans()), unique_by=lambda item: item[0]),
    st.lists(CODES, unique=True),
    st.sets(CODES),
)
@settings(max_examples=examples(100))
def test_an_edit_touches_only_what_it_names(
    standing: list[tuple[str, bool]], wanted: list[str], dropped: set[str]
) -> None:
    values = [
        build("value", fullName=code, default=False, isActive=active or None, label=f"({code})")
        for code, active in standing
    ]
    edit = Edit([Wanted(code) for code in wanted], frozenset(dropped))
    after = edited(values, edit, "value")
    names = [value_of(value, "fullName") for value in after]
    assert set(names) == ({code for code, _ in standing} - dropped) | set(wanted)
    assert [n for n in names if n in dict(standing)] == [c for c, _ in standing if c in names]
    for value, (code, _) in (
        (v, s) for v in after for s in standing if value_of(v, "fullName") == s[0]
    ):
        assert value_of(value, "label") == f"({code})"


@given(st.sampled_from(RuleKind), st.text("ab \n<&\"'", max_size=40), st.text("äb", max_size=300))
@settings(max_examples=examples(50))
def test_a_rule_is_found_as_it_was_made(kind: RuleKind, body: str, message: str) -> None:
    rule = Rule("lp_rule", kind, f"x{body}x", "transition a, transition b" * 20, message)
    made = validation_rule(rule)
    assert problems(data(made)) == ()
    assert rule_of(read(data(made)), rule) == rule


def test_a_rule_that_was_edited_or_switched_off_is_not_the_same() -> None:
    for before, after in ((b"timing", b"other"), (b"<active>true", b"<active>false")):
        rule = Rule("lp_rule", RuleKind.CHECK, 'x = "timing"', "feedback", "No.")
        assert rule_of(read(data(validation_rule(rule)).replace(before, after)), rule) != rule


def test_what_nobody_knows_in_a_permission_set_is_sent_back_as_it_stands() -> None:
    theirs = build("PermissionSet", label="Theirs", newThing=build("x", enabled=True))
    made = data(permission_set(theirs, "", {"Lead.a__c": Right(True)}, {"Lead.b__c"}))
    assert b"<newThing>" in made
    assert made.index(b"<fieldPermissions>") < made.index(b"<label>") < made.index(b"<newThing>")


def test_a_package_has_the_same_bytes_each_time_and_names_what_goes() -> None:
    field = custom_field(Column("lp_fit", FieldKind.WHOLE), "lp_fit__c")
    package = Package(
        (Component("CustomField", "Lead.lp_fit__c", field, ("column lead.lp_fit",)),),
        (
            Removal("CustomField", "Lead.lp_old__c"),
            Removal("ValidationRule", "Lead.lp_rule", first=True),
        ),
        frozenset({"Lead"}),
    )
    found = files(package)
    assert [problems(content) for content in found.values()] == [()] * 4
    assert b"Lead.lp_rule" in found["destructiveChangesPre.xml"]
    assert b"Lead.lp_old__c" in found["destructiveChangesPost.xml"]
    assert b"<enableHistory>true" in found["objects/Lead.object"]
    assert zipped(found) == zipped(files(package))
    with zipfile.ZipFile(io.BytesIO(zipped(found))) as archive:
        assert archive.namelist() == sorted(found)
    assert package.addresses("CustomField", "Lead.lp_fit__c") == ("column lead.lp_fit",)


def test_the_export_names_what_people_have_to_do_themselves() -> None:
    policy = pack("b2b-de")
    readme = source_tree(policy, DESIRED, BINDING, OPTIONS)["README.txt"].decode()
    for words_ in ("sf project deploy validate", "LeadStatus", "sf data import tree", "inactive"):
        assert words_ in readme


def test_the_export_leaves_out_what_belongs_to_the_org_and_refuses_names_that_are_too_long() -> (
    None
):
    policy = pack("b2b-de")
    bound = Column("lp_fit", FieldKind.WHOLE, bound=True)
    own = Column("lp_share", FieldKind.WHOLE)
    desired = DesiredState("p", "1", "a" * 64, (bound, own), rules=(RULE,))
    found = source_tree(policy, desired, BINDING, {})
    assert not [name for name in found if "lp_fit" in name]
    long = Column("lp_" + "x" * 40, FieldKind.WHOLE)
    with pytest.raises(ConnectorError, match="40 characters"):
        source_tree(policy, DesiredState("p", "1", "a" * 64, (long,)), BINDING, {})


def test_a_key_of_ours_twins_on_contacts_and_marks_are_added() -> None:
    bound = Column("lp_size", FieldKind.WHOLE, bound=True)
    feedback = Column("sales_feedback", FieldKind.CHOICE, "sales", codes=("a",))
    rights = tuple(
        Permission("sales", name, write=False) for name in ("lp_size", "sales_feedback", "phone")
    )
    desired = DesiredState(
        "p", "1", "a" * 64, (FIT, bound, feedback), (STATES,), permissions=rights
    )
    binding, options = read_binding(BINDING), read_options({**OPTIONS, "contacts": True})
    found = adapted(desired, binding, options)
    assert [(c.object, c.name) for c in found.columns[3:]] == [
        ("lead", "lp_key"),
        ("contact", "lp_fit"),
    ]
    assert found.columns[3].key
    assert [row.marks for row in found.tables[0].rows] == [(), ("converted",)]
    assert [(right.object, right.column) for right in found.permissions] == [
        ("lead", "sales_feedback"),
        ("lead", "lp_key"),
        ("contact", "lp_fit"),
    ]
    assert adapted(found, binding, read_options(OPTIONS)) == found
    assert adapted(desired, read_binding({"leads": {}}), read_options({})).columns == (
        FIT,
        bound,
        feedback,
    )

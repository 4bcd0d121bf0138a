"""Laws of components: what an org is given it gives back, and twice the same changes nothing."""

from typing import Any

import pytest
from connectors.sandbox.tests.soap.clients import METADATA, document
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from effort import examples
from leadpolicy_sandbox.salesforce.org import Org
from leadpolicy_sandbox.salesforce.soap import wsdl
from leadpolicy_sandbox.salesforce.soap.components import KINDS
from leadpolicy_sandbox.salesforce.soap.reading import (
    ParseError,
    Values,
    build,
    in_order,
    read_file,
)
from leadpolicy_sandbox.salesforce.soap.shapes import SHAPES

NAMES = st.from_regex(r"[a-z][a-z0-9]{0,9}(_[a-z0-9]{1,8}){0,2}", fullmatch=True)
WORDS = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=["C"]))
LABELS = WORDS.map(str.strip).filter(bool).map(lambda text: text[:40].strip())
FLAGS = st.booleans()


def pick(names: list[str]) -> Values:
    """A value set of these values, the first of which is the default."""
    values: list[Any] = [
        {"fullName": name, "default": place == 0, "label": f"Label {name}"}
        for place, name in enumerate(names)
    ]
    return {"restricted": True, "valueSetDefinition": {"sorted": False, "value": values}}


@st.composite
def fields(draw: st.DrawFn) -> Values:
    """The metadata of a custom field."""
    kinds: dict[str, st.SearchStrategy[Values]] = {
        "Text": st.fixed_dictionaries(
            {"length": st.integers(1, 255), "unique": FLAGS, "externalId": FLAGS}
        ),
        "Number": st.integers(0, 18).map(lambda scale: {"precision": 18, "scale": scale}),
        "Checkbox": FLAGS.map(lambda on: {"defaultValue": str(on).lower()}),
        "DateTime": st.just(Values()),
        "Picklist": st.lists(NAMES, min_size=1, max_size=5, unique=True).map(
            lambda names: {"valueSet": pick(names)}
        ),
    }
    kind = draw(st.sampled_from(sorted(kinds)))
    values: Values = {"label": draw(LABELS), "type": kind, **draw(kinds[kind])}
    if draw(FLAGS):
        values["description"] = draw(LABELS)
    if draw(FLAGS):
        values["securityClassification"] = "Internal"
    return values


@settings(max_examples=examples(30), deadline=None)
@given(name=NAMES, values=fields())
def test_a_field_comes_back_as_it_was_given_and_given_again_changes_nothing(
    name: str, values: Values
) -> None:
    org, kind, full = Org(), KINDS["CustomField"], f"Lead.{name}__c"
    user = next(iter(org.users.values()))
    assert kind.save(org, user, full, values) == "created"
    assert kind.save(org, user, full, values) == "unchanged"
    read = kind.read(org, full)
    assert read is not None
    assert {part: read.get(part) for part in values} == values
    assert kind.save(org, user, full, read) == "unchanged"


@settings(max_examples=examples(30), deadline=None)
@given(values=fields())
def test_a_file_says_what_its_values_say(values: Values) -> None:
    shape = SHAPES["CustomField"]
    data = etree.tostring(build("CustomField", in_order(values, shape)))
    assert read_file(data, shape)[1] == values


def test_without_the_wsdl_files_are_held_to_the_shapes_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cached = (wsdl._schema_source, wsdl._schema, wsdl.knows_element, wsdl._elements)
    monkeypatch.setattr(wsdl, "wsdl_path", lambda: None)
    for each in cached:
        each.cache_clear()
    try:
        text = document("CustomField", "<fullName>a__c</fullName><maskChar>X</maskChar>")
        with pytest.raises(ParseError, match=f"{METADATA}}}maskChar invalid at this location"):
            read_file(text.encode(), SHAPES["CustomField"])
        assert not wsdl.knows_type("ApexClass")
    finally:
        for each in cached:
            each.cache_clear()

"""The laws of reading facts: nothing but `InputError`, one form for every value."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from leadpolicy.engine.ingest import Ingest
from leadpolicy.engine.inputs import InputError
from leadpolicy.expr.facts import Facts
from leadpolicy.expr.types import Kind, Value
from leadpolicy.testing.strategies import facts
from small import UNKNOWN, small

CHECKED = small()
INGEST = Ingest(CHECKED)
AT = datetime(2026, 11, 2, tzinfo=UTC)
TYPES = CHECKED.vocabulary.attributes

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.decimals(),
    st.text(st.characters()),
    st.binary(max_size=4),
    st.dates(),
    st.datetimes(),
    st.datetimes(timezones=st.timezones()),
    st.sampled_from(["machinery", "crm", " software ", "2026-01-31", "granted", "click"]),
    st.just(10**40),
)
keys = st.one_of(st.sampled_from(sorted(TYPES)), st.none(), st.integers(), st.text(), st.dates())
junk = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.frozensets(keys, max_size=3),
        st.dictionaries(keys, inner, max_size=4),
    ),
    max_leaves=12,
)
names = st.one_of(st.sampled_from(sorted(TYPES)), st.text(max_size=5))
fields = st.sampled_from(
    ["type", "occurred_at", "properties", "id", "purpose", "channel", "status", "at", "source"]
)
json_junk = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(st.characters())),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(names, inner)),
    max_leaves=12,
)


@given(st.one_of(junk, st.dictionaries(names, junk)))
@example({"revenue": Decimal("sNaN"), "employees": -(10**40)})
def test_reading_a_lead_never_raises_anything_but_input_error(lead: object) -> None:
    try:
        row = INGEST.lead(lead)
    except InputError as error:
        assert error.diagnostics
        assert all(len(item.message) < 300 for item in error.diagnostics)
    else:
        assert row.keys() == UNKNOWN.keys()


@given(st.one_of(junk, st.lists(st.dictionaries(fields, junk), max_size=3)))
def test_reading_signals_never_raises_anything_but_input_error(given_: Any) -> None:
    try:
        usable, ignored = INGEST.signals(given_, AT)
    except InputError as error:
        assert error.diagnostics
    else:
        assert sum(map(len, usable.values())) + len(ignored) == len(given_)


@given(st.one_of(junk, st.lists(st.dictionaries(fields, junk), max_size=3)))
def test_reading_consents_never_raises_anything_but_input_error(given_: Any) -> None:
    try:
        INGEST.consents(given_, AT)
    except InputError as error:
        assert error.diagnostics


@given(st.one_of(st.binary(max_size=40), json_junk.map(json.dumps), st.text(max_size=20)))
def test_reading_json_never_raises_anything_but_input_error(data: bytes | str) -> None:
    try:
        INGEST.lead_json(data)
    except InputError as error:
        assert error.diagnostics


@given(facts(CHECKED.vocabulary))
def test_normalising_twice_is_normalising_once(known: Facts) -> None:
    row = INGEST.lead(dict(known.attributes))
    assert row == known.attributes
    assert INGEST.lead(row) == row


@given(st.dictionaries(st.sampled_from(["job_title", "email"]), st.text(max_size=20)))
def test_normalising_a_text_twice_is_normalising_it_once(lead: dict[str, str]) -> None:
    try:
        row = INGEST.lead(lead)
    except InputError:
        return
    assert INGEST.lead(row) == row


@given(facts(CHECKED.vocabulary))
def test_json_gives_the_same_row_as_a_mapping(known: Facts) -> None:
    data = json.dumps({name: _plain(value) for name, value in known.attributes.items()})
    assert INGEST.lead_json(data) == INGEST.lead(dict(known.attributes))


def _plain(value: Value | None) -> object:
    match value:
        case Decimal():
            return str(value) if "E" not in str(value) else format(value, "f")
        case frozenset():
            return sorted(value)
        case None | bool() | int() | str():
            return value
        case _:
            return value.isoformat()


@given(facts(CHECKED.vocabulary))
def test_every_signal_given_is_either_usable_or_listed(known: Facts) -> None:
    usable, ignored = INGEST.signals(known.signals, known.at, known.consents)
    assert sum(map(len, usable.values())) + len(ignored) == len(known.signals)
    assert all(item.signal.occurred_at > known.at or item.gate for item in ignored)


def test_the_record_has_every_kind_of_value() -> None:
    assert {kind.kind for kind in TYPES.values()} == set(Kind)

"""Databases decide as the reference evaluator does, whatever the policy and the leads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from databases import (
    DIALECTS,
    Database,
    Stored,
    column_type,
    column_types,
    decided,
    layout_of,
    opened,
    read_back,
    store,
    stored,
    usable,
    with_helpers,
)
from effort import examples
from leadpolicy.backends.relational import RelationalBackend, expression
from leadpolicy.documents.read import read
from leadpolicy.engine.lead_policy import LeadPolicy
from leadpolicy.exchange.convert import RowReader
from leadpolicy.exchange.fitting import read_binding
from leadpolicy.expr.facts import Facts
from leadpolicy.expr.types import Kind
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy.testing import generate_world
from leadpolicy.testing.policies import leads, policies, reference_outputs

FOLDER = Path(__file__).parents[2] / "policies"
PACKS = sorted(path.parent.name for path in FOLDER.glob("*/policy.yaml"))
TODAY = date(2026, 11, 21)
REFUSED = {"there is no helper column with the words of a domain"}

policy_and_leads = policies().flatmap(
    lambda checked: st.tuples(st.just(checked), st.lists(leads(checked), min_size=1, max_size=3))
)


@pytest.fixture(params=DIALECTS, scope="module")
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    with opened(request.param) as found:
        yield found


def pack(name: str) -> CheckedPolicy:
    return read(FOLDER / name, packs=[FOLDER], today=TODAY).require()


def expected(checked: CheckedPolicy, known: Facts) -> dict[str, object]:
    """Return the value of every output, and the last eligible state."""
    outputs = reference_outputs(checked, usable(checked, known))
    state = checked.initial
    for item in checked.states:
        asked = [outputs[name] for name in (item.entry, item.stay) if name is not None]
        is_eligible = item.entry is not None and all(value is True for value in asked)
        state = item.name if item.name == checked.initial or is_eligible else state
    return {**outputs, "state": state}


def assert_decided_alike(
    database: Database, checked: CheckedPolicy, known: dict[str, Facts]
) -> None:
    compiled = RelationalBackend(database.dialect, layout_of(checked)).compile(checked)
    store(database, checked, {key: stored(lead) for key, lead in known.items()})
    for key, lead in known.items():
        assert decided(database, compiled, lead.at)[key] == expected(checked, lead)


@settings(max_examples=examples(10))
@given(policy_and_leads)
def test_every_output_and_the_state_equal_the_reference_evaluator(
    database: Database, drawn: tuple[CheckedPolicy, list[Facts]]
) -> None:
    checked, known = drawn
    found = RelationalBackend(database.dialect, layout_of(checked)).unsupported(checked)
    reasons = {item.reason for item in found}
    assert reasons <= REFUSED
    assume(not reasons)
    assert_decided_alike(database, checked, {f"lead {i}": one for i, one in enumerate(known)})


@pytest.mark.parametrize("name", PACKS)
def test_every_pack_is_decided_alike_on_random_leads(database: Database, name: str) -> None:
    checked = pack(name)

    @settings(max_examples=examples(2))
    @given(st.lists(leads(checked), min_size=2, max_size=4))
    def try_leads(known: list[Facts]) -> None:
        assert_decided_alike(database, checked, {f"lead {i}": one for i, one in enumerate(known)})

    try_leads()


def test_the_demo_world_is_decided_as_by_the_library(database: Database) -> None:
    policy, world = LeadPolicy(pack("b2b-de")), generate_world(leads=150)
    binding = read_binding(str(files("leadpolicy.testing") / "world_binding.yaml"), policy.checked)
    reader = RowReader(policy, binding)
    signals, consents = defaultdict[str, list[Any]](list), defaultdict[str, list[Any]](list)
    for signal in world.signals:
        signals[signal.lead_id].append(reader.signal(asdict(signal)))
    for consent in world.consents:
        consents[consent.lead_id].append(reader.consent(asdict(consent)))
    kept: dict[str, Stored] = {}
    library: dict[str, object] = {}
    for row in world.leads:
        lead = reader.lead(asdict(row))
        events = policy.ingest.events(consents[row.id])
        decision = policy.decide(lead, signals=signals[row.id], consents=events, at=world.until)
        library[row.id] = {**decision.reading.outputs, "state": decision.state}
        kept[row.id] = Stored(decision.reading.situation.row, signals[row.id], events)
    store(database, policy.checked, kept)
    backend = RelationalBackend(database.dialect, layout_of(policy.checked))
    assert decided(database, backend.compile(policy.checked), world.until) == library


# ------------------------------------------------------------------------------ generated columns
@settings(max_examples=examples(6))
@given(policy_and_leads)
def test_generated_columns_equal_the_reference_evaluator(
    database: Database, drawn: tuple[CheckedPolicy, list[Facts]]
) -> None:
    checked, known = drawn
    layout, attributes = layout_of(checked), checked.vocabulary.attributes
    found = {o.name: expression(checked, o.name, database.dialect, layout) for o in checked.outputs}
    written = {name: text for name, text in found.items() if isinstance(text, str)}
    types = {item.name: item.type for item in checked.outputs}
    generated = {
        name: _generated(database, types[name].kind, text) for name, text in written.items()
    }
    columns = {"id": "INTEGER", **column_types(database.dialect, attributes)}
    database.create("leads", columns | generated)
    for number, lead in enumerate(known):
        database.insert("leads", [{"id": number, **with_helpers(attributes, lead.attributes)}])
    names = ", ".join(map(database.name, ["id", *written]))
    for number, *values in database.run(f"SELECT {names} FROM leads"):
        outputs = reference_outputs(checked, known[number])
        for name, value in zip(written, values, strict=True):
            assert read_back(value, types[name]) == outputs[name], name


def _generated(database: Database, kind: Kind, text: str) -> str:
    """Return the type of a column that the database fills; DuckDB only fills them when read."""
    types = {Kind.CHOICE: "VARCHAR(64)", Kind.WHOLE: "BIGINT"}
    when = "VIRTUAL" if database.dialect == "duckdb" else "STORED"
    own = types.get(kind) or column_type(database.dialect, kind)
    return f"{own} GENERATED ALWAYS AS ({text}) {when}"

"""The reference pack on the demo world: a funnel and a spread of ratings that one can believe."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from leadpolicy import load
from leadpolicy.engine.decision import Decision
from leadpolicy.exchange.convert import RowReader
from leadpolicy.exchange.fitting import read_binding
from leadpolicy.testing import generate_world

PACK = Path(__file__).parents[2] / "policies" / "b2b-de"


@pytest.fixture(scope="module")
def decisions() -> list[Decision]:
    world, policy = generate_world(leads=1500), load(PACK)
    binding = read_binding(str(files("leadpolicy.testing") / "world_binding.yaml"), policy.checked)
    reader = RowReader(policy, binding)
    signals = _by_lead(world.signals, reader.signal)
    consents = _by_lead(world.consents, reader.consent)
    return [
        policy.decide(
            reader.lead(asdict(lead)),
            signals=signals[lead.id],
            consents=consents[lead.id],
            at=world.until,
        )
        for lead in world.leads
    ]


def _by_lead(rows: Iterable[Any], read: Any) -> Mapping[str, list[Any]]:
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.lead_id].append(read(asdict(row)))
    return found


def test_few_leads_are_mql_and_fewer_are_sql(decisions: list[Decision]) -> None:
    states = Counter(decision.state for decision in decisions)
    assert 0.08 <= states["mql"] / len(decisions) <= 0.15
    assert 0.006 <= states["sql"] / len(decisions) <= 0.03
    assert states["lead"] + states["nurture"] > len(decisions) / 2


def test_every_rating_occurs_and_none_swallows_the_rest(decisions: list[Decision]) -> None:
    ratings = Counter(decision.rating for decision in decisions)
    assert len(ratings) == 16
    assert max(ratings.values()) < len(decisions) * 0.35
    fits = Counter(str(decision.rating)[0] for decision in decisions)
    assert all(fits[grade] > len(decisions) * 0.08 for grade in "ABCD")


def test_mqls_fit_better_than_the_others(decisions: list[Decision]) -> None:
    mqls = [item for item in decisions if item.state == "mql"]
    others = [item for item in decisions if item.state in {"lead", "nurture"}]
    assert _share_of_a_and_b(mqls) > _share_of_a_and_b(others)


def _share_of_a_and_b(decisions: list[Decision]) -> float:
    return sum(str(item.rating)[0] in "AB" for item in decisions) / len(decisions)


def test_nobody_is_in_a_state_whose_permission_is_not_open(decisions: list[Decision]) -> None:
    for decision in decisions:
        if decision.state in {"nurture", "mql"}:
            assert decision.gates["newsletter_consent"] == "met"
        if decision.state == "sql":
            assert decision.gates["sales_contact_doi"] == "met"

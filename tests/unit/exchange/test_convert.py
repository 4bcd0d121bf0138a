"""Raw rows become facts: labels become codes, markers become unknown, misfits name their column."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

import leadpolicy
from leadpolicy.exchange.binding import Binding, default_binding
from leadpolicy.exchange.convert import RowError, RowReader

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)


@pytest.fixture
def reader(policy: leadpolicy.LeadPolicy, binding: Binding) -> RowReader:
    return RowReader(policy, binding)


def told(error: RowError) -> list[tuple[str, str | None, str]]:
    return [(item.code, item.column, item.message) for item in error.problems]


def test_labels_become_codes_and_texts_values(
    reader: RowReader, german_lead: dict[str, Any]
) -> None:
    lead = reader.lead(german_lead)
    assert lead.pop("last_contact").isoformat() == "2026-10-01"  # type: ignore[attr-defined]
    assert lead == {
        "email": "jana@maschinen.example",
        "employees": 120,
        "revenue": Decimal("1500000.50"),
        "industry": "machinery",
        "budget_confirmed": True,
    }
    assert reader.key(german_lead) == "K1"


@pytest.mark.parametrize("marker", ["", "  ", "Select", " k.A. ", None])
def test_markers_for_not_answered_are_unknown(
    reader: RowReader, german_lead: dict[str, Any], marker: str | None
) -> None:
    lead = reader.lead(german_lead | {"Mitarbeiter": marker, "Branche": marker})
    assert "employees" not in lead
    assert "industry" not in lead


def test_labels_that_mean_nothing_are_unknown(
    reader: RowReader, german_lead: dict[str, Any]
) -> None:
    assert "industry" not in reader.lead(german_lead | {"Branche": "Test"})


def test_values_that_came_typed_are_taken(reader: RowReader) -> None:
    lead = reader.lead({"Mitarbeiter": 120, "Umsatz": 0.5, "Budget": True, "Branche": "software"})
    assert lead == {
        "employees": 120,
        "revenue": Decimal("0.5"),
        "budget_confirmed": True,
        "industry": "software",
    }


def test_every_problem_of_a_row_is_told(reader: RowReader, german_lead: dict[str, Any]) -> None:
    broken = german_lead | {
        "Mitarbeiter": "viele",
        "Umsatz": "1,5",
        "Budget": "vielleicht",
        "Branche": "Banane",
    }
    with pytest.raises(RowError) as caught:
        reader.lead(broken)
    assert [(code, column) for code, column, _ in told(caught.value)] == [
        ("LP522", "Mitarbeiter"),
        ("LP522", "Umsatz"),
        ("LP522", "Budget"),
        ("LP505", "Branche"),
    ]


@pytest.mark.parametrize(
    ("raw", "key"),
    [("L-1", "L-1"), (7, "7"), (Decimal(7), "7"), (UUID(int=0), str(UUID(int=0)))],
)
def test_keys_are_texts(reader: RowReader, raw: object, key: str) -> None:
    assert reader.key({"Nr": raw}) == key


@pytest.mark.parametrize("raw", [None, "", " ", True, 1.5, ["a"], {}])
def test_other_keys_are_refused(reader: RowReader, raw: object) -> None:
    with pytest.raises(RowError) as caught:
        reader.key({"Nr": raw})
    assert told(caught.value)[0][:2] == ("LP524", "Nr")


SIGNAL = {
    "Nr": "K1",
    "Id": "s1",
    "Art": "Download",
    "Zeit": "2026-10-01T14:00:00+02:00",
    "Inhalt": " Whitepaper ",
    "Seiten": "12",
}


def test_signals_are_read_with_their_properties(reader: RowReader) -> None:
    assert reader.signal(SIGNAL) == leadpolicy.Signal(
        "content_download", NOON, {"asset": "Whitepaper", "pages": 12}, "s1"
    )
    assert reader.key_of_signal(SIGNAL) == "K1"


def test_properties_that_a_type_does_not_have_are_not_read(reader: RowReader) -> None:
    signal = reader.signal(SIGNAL | {"Art": "Demo"})
    assert signal is not None
    assert signal.properties == {}


def test_signals_that_the_binding_leaves_out_are_none(reader: RowReader) -> None:
    assert reader.signal(SIGNAL | {"Art": "Intern", "Zeit": "nie"}) is None


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"Art": "Banane"}, ("LP507", "Art")),
        ({"Art": ""}, ("LP524", "Art")),
        ({"Zeit": ""}, ("LP524", "Zeit")),
        ({"Zeit": None}, ("LP524", "Zeit")),
        ({"Zeit": "2026-10-01T14:00:00"}, ("LP504", "Zeit")),
        ({"Zeit": "bald"}, ("LP522", "Zeit")),
        ({"Seiten": "viele"}, ("LP522", "Seiten")),
        ({"Seiten": True}, ("LP510", None)),
        ({"Inhalt": "x" * 10_000_000}, ("LP510", None)),
    ],
)
def test_signals_that_do_not_fit_are_told(
    reader: RowReader, changed: dict[str, object], expected: tuple[str, str | None]
) -> None:
    with pytest.raises(RowError) as caught:
        reader.signal(SIGNAL | changed)
    assert [item[:2] for item in told(caught.value)] == [expected]


CONSENT = {
    "Nr": "K1",
    "Zweck": "newsletter",
    "Kanal": "email",
    "Stand": "bestätigt",
    "Zeit": "2026-10-01T12:00:00Z",
}


def test_consent_events_are_read(reader: RowReader) -> None:
    assert reader.consent(CONSENT) == leadpolicy.ConsentEvent(
        "newsletter", "email", "confirmed", NOON
    )


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"Zweck": "newsleter"}, ("LP509", "Zweck")),
        ({"Kanal": "phone"}, ("LP509", "Kanal")),
        ({"Stand": "ja"}, ("LP509", "Stand")),
        ({"Stand": None}, ("LP524", "Stand")),
        ({"Zeit": "2026-10-01"}, ("LP504", "Zeit")),
    ],
)
def test_consent_events_that_do_not_fit_are_told(
    reader: RowReader, changed: dict[str, object], expected: tuple[str, str | None]
) -> None:
    with pytest.raises(RowError) as caught:
        reader.consent(CONSENT | changed)
    assert [item[:2] for item in told(caught.value)] == [expected]


def test_columns_are_wanted_as_they_are_bound(
    reader: RowReader, policy: leadpolicy.LeadPolicy
) -> None:
    assert reader.leads_columns().read == reader.leads_columns().required
    assert {"Nr", "Mitarbeiter"} < reader.leads_columns().read
    assert {"Id", "Seiten"} < reader.signals_columns().required
    plain = RowReader(policy, default_binding())
    assert plain.leads_columns().required == {"id"}
    assert plain.signals_columns().read - plain.signals_columns().required == {"id"}

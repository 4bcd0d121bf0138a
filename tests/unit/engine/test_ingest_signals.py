"""Signals and consents: what counts, what is left out and listed, what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leadpolicy.engine.ingest import Ingest
from leadpolicy.engine.inputs import ConsentEvent, Ignored, InputError
from leadpolicy.expr.facts import Signal
from small import small

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
INGEST = Ingest(small())


def consent(status: str, days_ago: float, purpose: str = "tracking") -> ConsentEvent:
    channel = "web" if purpose == "tracking" else "email"
    return ConsentEvent(purpose, channel, status, AT - days_ago * DAY)


def signals(
    given: Sequence[Any], events: Sequence[Any] = ()
) -> tuple[dict[str, list[Signal]], list[str]]:
    """Return the usable signals, and the reasons for the ignored ones."""
    usable, ignored = INGEST.signals(given, AT, events)
    return usable, [item.reason for item in ignored]


def problems(given: Any, events: Any = ()) -> list[tuple[str, str]]:
    """Return code and path of every problem of signals."""
    with pytest.raises(InputError) as caught:
        INGEST.signals(given, AT, events)
    return [(item.code, item.path) for item in caught.value.diagnostics]


def consent_problems(given: Any) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        INGEST.consents(given, AT)
    return [(item.code, item.path) for item in caught.value.diagnostics]


# ------------------------------------------------------------------------------------- signals
def test_signals_are_sorted_by_type_with_normalised_properties() -> None:
    given = [
        Signal("download", AT, {"asset": " Mu\u0308ller "}),
        {"type": "download", "occurred_at": AT - DAY, "id": "7", "properties": {"pages": 3}},
    ]
    assert signals(given) == (
        {
            "download": [
                Signal("download", AT, {"asset": "Müller", "gated": False}),
                Signal("download", AT - DAY, {"gated": False, "pages": 3}, "7"),
            ]
        },
        [],
    )


def test_signals_after_the_decision_are_listed_not_used() -> None:
    late = Signal("download", AT + timedelta(microseconds=1))
    usable, reasons = signals([late])
    assert (usable, reasons) == ({}, ["it happened after the decision"])


def test_a_signal_delivered_again_counts_once() -> None:
    first = Signal("download", AT, {"pages": 3}, "7")
    again = {"type": "download", "occurred_at": AT, "properties": {"pages": 3}, "id": "7"}
    usable, reasons = signals([first, {**again, "recorded_at": AT}, Signal("download", AT)])
    assert len(usable["download"]) == 2
    assert reasons == ["the same signal was delivered before"]


def test_one_id_for_two_different_signals_is_an_error() -> None:
    pair = [Signal("download", AT, {}, "7"), Signal("download", AT - DAY, {}, "7")]
    assert problems(pair) == [("LP508", "$.signals[1].id")]


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        ([], "gate `may_track` was not open when it happened"),
        ([consent("granted", 3)], None),
        ([consent("granted", 1)], "gate `may_track` was not open when it happened"),
        ([consent("granted", 3), consent("withdrawn", 1)], "gate `may_track` is not open"),
        ([consent("granted", 3), consent("withdrawn", -1)], None),
        ([consent("granted", 5), consent("withdrawn", 4), consent("confirmed", 3)], None),
        ([consent("granted", 2), consent("objected", 2)], "gate `may_track` was not open "),
    ],
)
def test_a_gated_signal_needs_its_gate_open_then_and_now(
    events: list[ConsentEvent], reason: str | None
) -> None:
    usable, ignored = INGEST.signals([Signal("click", AT - 2 * DAY)], AT, events)
    if reason is None:
        assert (len(usable["click"]), ignored) == (1, ())
    else:
        (item,) = ignored
        assert usable == {}
        assert item.reason.startswith(reason)
        assert item.gate == "may_track"


def test_an_ignored_signal_says_what_and_why_as_text_and_as_data() -> None:
    item = Ignored(Signal("click", AT, id="7"), "gate `may_track` is not open", "may_track")
    assert str(item) == "`click` of 2026-11-02: gate `may_track` is not open"
    assert item.to_dict() == {
        "type": "click",
        "id": "7",
        "occurred_at": "2026-11-02T09:00:00Z",
        "reason": "gate `may_track` is not open",
        "gate": "may_track",
    }


def test_problems_of_signals_are_reported_at_once() -> None:
    given = [
        {"type": "downlod", "occured_at": AT},
        {"type": "download", "occurred_at": datetime(2026, 11, 2)},
        Signal("download", AT, {"asset": 5, "size": 1, "pages": True}),
        {"type": "download", "occurred_at": AT, "properties": ["asset"], "id": 7},
        5,
        None,
    ]
    assert problems(given) == [
        ("LP501", "$.signals[0]"),
        ("LP507", "$.signals[0].type"),
        ("LP502", "$.signals[0].occurred_at"),
        ("LP504", "$.signals[1].occurred_at"),
        ("LP510", "$.signals[2].properties"),
        ("LP510", "$.signals[2].properties"),
        ("LP510", "$.signals[2].properties"),
        ("LP502", "$.signals[3].id"),
        ("LP510", "$.signals[3].properties"),
        ("LP511", "$.signals[4]"),
        ("LP511", "$.signals[5]"),
    ]


def test_an_unknown_property_comes_with_the_nearest_known_one() -> None:
    with pytest.raises(InputError) as caught:
        INGEST.signals([Signal("download", AT, {"aset": "x"})], AT)
    (found,) = caught.value.diagnostics
    assert found.message == "property `aset` of `download` is not declared"
    assert found.hint == "did you mean `asset`?"


@pytest.mark.parametrize("given", [5, "download", {"type": "download"}, None, Signal("click", AT)])
def test_one_thing_is_no_list_of_signals(given: object) -> None:
    assert problems(given) == [("LP502", "$.signals")]


# ------------------------------------------------------------------------------------ consents
def test_the_latest_event_up_to_the_decision_counts() -> None:
    events = [consent("withdrawn", -1), consent("granted", 3), consent("requested", 5)]
    assert INGEST.consents(events, AT) == {("tracking", "web"): "granted"}
    assert INGEST.consents(events, AT + 2 * DAY) == {("tracking", "web"): "withdrawn"}
    assert INGEST.consents(events, AT - 9 * DAY) == {}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("withdrawn", "granted"),
        ("objected", "confirmed"),
        ("refused", "requested"),
        ("expired", "granted"),
        ("confirmed", "granted"),
        ("granted", "requested"),
    ],
)
def test_of_events_at_the_same_instant_a_restriction_or_the_later_step_counts(
    one: str, other: str
) -> None:
    for events in ([consent(one, 1), consent(other, 1)], [consent(other, 1), consent(one, 1)]):
        assert INGEST.consents(events, AT) == {("tracking", "web"): one}


def test_a_plain_mapping_holds_from_the_beginning_of_time() -> None:
    given = {("tracking", "web"): "granted"}
    assert INGEST.consents(given, datetime(1, 6, 1, tzinfo=UTC)) == given
    usable, _ = INGEST.signals([Signal("click", AT - 9000 * DAY)], AT, given)
    assert len(usable["click"]) == 1


def test_events_may_be_mappings_and_are_checked_once() -> None:
    event = consent("confirmed", 1, "newsletter")
    fields = {name: getattr(event, name) for name in ("purpose", "channel", "status", "at")}
    events = INGEST.events([fields])
    assert events == (event,)
    assert INGEST.events(events) is events


def test_problems_of_consents_are_reported_at_once() -> None:
    given = [
        ConsentEvent("track", "web", "granted", AT),
        ConsentEvent("tracking", "email", "yes", AT),
        ConsentEvent("tracking", "web", "granted", datetime(2026, 1, 1)),
        {"purpose": "tracking", "channel": None, "status": "granted", "at": AT, "by": "x"},
        "granted",
    ]
    assert consent_problems(given) == [
        ("LP509", "$.consents[0].purpose"),
        ("LP509", "$.consents[1].channel"),
        ("LP509", "$.consents[1].status"),
        ("LP504", "$.consents[2].at"),
        ("LP501", "$.consents[3]"),
        ("LP509", "$.consents[3].channel"),
        ("LP511", "$.consents[4]"),
    ]


@pytest.mark.parametrize("given", [5, "granted", None, consent("granted", 1)])
def test_one_thing_is_no_list_of_consents(given: object) -> None:
    assert consent_problems(given) == [("LP502", "$.consents")]


def test_a_mapping_of_something_else_is_refused() -> None:
    assert consent_problems({"tracking": "granted"}) == [("LP511", "$.consents[0]")]
    assert consent_problems({("tracking", "web"): True}) == [("LP509", "$.consents[0].status")]

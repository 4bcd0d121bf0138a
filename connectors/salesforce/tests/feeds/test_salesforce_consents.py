"""Consents of persons: read so that an opt-out wins, told so that nobody who left is subscribed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from connectors.salesforce.tests.feeds.scenes import BINDING, MORNING, Scene, scene
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from leadpolicy.crm.connector import BindingError, ConsentRow, Status, Stream, UnsupportedError
from leadpolicy_salesforce.binding import Source
from leadpolicy_salesforce.consents import Consents, Purposes
from leadpolicy_salesforce.consents.standing import Consent, merged, with_refusal
from leadpolicy_sandbox.salesforce.org.results import LeadConvert

_LATER = MORNING + timedelta(hours=1)
_STATUSES = ("granted", "confirmed", "withdrawn", "expired")
_SAID = st.builds(
    Consent,
    st.sampled_from(["newsletter", "calls"]),
    st.sampled_from(["email", "phone"]),
    st.sampled_from(_STATUSES),
    st.integers(0, 5).map(lambda hours: MORNING + timedelta(hours=hours)),
)


def _row(key: str, status: str, at: datetime = MORNING, channel: str = "email") -> ConsentRow:
    return ConsentRow(key, "newsletter", channel, status, at, "web form")


def _status(here: Scene, key: str) -> list[object]:
    return [consent["status"] for consent in here.consents.read([key]).get(key, ())]


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(_SAID))
def test_an_opt_out_among_records_is_never_outdone_by_an_opt_in(said: list[Consent]) -> None:
    found = {consent.pair: consent for consent in merged(said)}
    assert found.keys() == {consent.pair for consent in said}
    for consent in said:
        kept = found[consent.pair]
        assert kept.at >= consent.at
        if consent.status == "withdrawn":
            assert kept.status == "withdrawn"


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(_SAID, max_size=4))
def test_who_refuses_all_e_mail_refuses_every_purpose_by_e_mail_and_nothing_else(
    said: list[Consent],
) -> None:
    before = merged(said)
    purposes = {"newsletter": "newsletter", "calls": "calls"}
    after = with_refusal(before, purposes, MORNING, "flag")
    by_email = {c.purpose: c.status for c in after if c.channel == "email"}
    assert by_email == dict.fromkeys(purposes, "withdrawn")
    assert [c for c in after if c.channel != "email"] == [c for c in before if c.channel != "email"]


def test_a_consent_that_is_told_is_read_and_telling_it_again_changes_nothing() -> None:
    with scene("a", "b") as here:
        here.purpose("newsletter")
        rows = [_row("a", "confirmed"), _row("b", "granted", channel="phone")]
        assert {o.status for o in here.consents.write(rows)} == {Status.CREATED}
        before = here.sandbox.calls
        assert {o.status for o in here.consents.write(rows)} == {Status.UNCHANGED}
        assert here.sandbox.calls - before <= 3
        (consent,) = here.consents.read(["a", "b"])["a"]
        assert consent == {
            "purpose": "newsletter",
            "channel": "email",
            "status": "confirmed",
            "at": MORNING,
            "source": "web form",
        }


def test_many_consents_are_told_in_few_calls() -> None:
    keys = [f"k{number:03}" for number in range(120)]
    with scene(*keys) as here:
        here.purpose("newsletter")
        outcomes = here.consents.write([_row(key, "confirmed") for key in keys])
        assert {outcome.status for outcome in outcomes} == {Status.CREATED}
        assert here.sandbox.calls <= 8


def test_nobody_who_opted_out_later_is_subscribed_again() -> None:
    with scene("a") as here:
        person, purpose = here.person("a"), here.purpose("newsletter")
        here.consent(person, purpose, "OptOut", _LATER)
        for at in (MORNING, _LATER):
            (outcome,) = here.consents.write([_row("a", "confirmed", at)])
            assert (outcome.status, outcome.code) == (Status.FAILED, "newer_opt_out")
        (outcome,) = here.consents.write([_row("a", "confirmed", _LATER + timedelta(hours=1))])
        assert outcome.status is Status.WRITTEN
        assert _status(here, "a") == ["confirmed"]


def test_a_denial_is_written_over_every_opt_in_but_a_newer_one() -> None:
    with scene("a") as here:
        person, purpose = here.person("a"), here.purpose("newsletter")
        for at in (MORNING, MORNING - timedelta(days=1)):
            here.consent(person, purpose, "OptIn", at)
        (outcome,) = here.consents.write([_row("a", "withdrawn")])
        assert (outcome.status, _status(here, "a")) == (Status.WRITTEN, ["withdrawn"])
        (outcome,) = here.consents.write([_row("a", "confirmed", _LATER)])
        assert (outcome.status, _status(here, "a")) == (Status.WRITTEN, ["confirmed"])
        (outcome,) = here.consents.write([_row("a", "withdrawn")])
        assert (outcome.status, _status(here, "a")) == (Status.UNCHANGED, ["confirmed"])


def test_a_flag_against_e_mail_withdraws_and_lets_no_grant_through() -> None:
    with scene("a", "b") as here:
        person = here.person("b", HasOptedOutSolicit=True)
        here.consent(person, here.purpose("newsletter"), "OptIn", MORNING)
        here.edit("a", here.us, HasOptedOutOfEmail=True)
        assert (_status(here, "a"), _status(here, "b")) == (["withdrawn"], ["withdrawn"])
        outcomes = here.consents.write([_row(key, "confirmed", _LATER) for key in "ab"])
        assert {outcome.code for outcome in outcomes} == {"opted_out"}


def test_consents_come_in_with_the_opt_out_counting_before_a_later_opt_in() -> None:
    with scene("a", "b", "c") as here:
        purpose = here.purpose("newsletter")
        here.settle()
        person = here.person("a")
        here.consent(person, purpose, "OptOut", MORNING)
        here.consent(person, purpose, "OptIn", _LATER, DoubleConsentCaptureDate=_LATER.isoformat())
        here.edit("b", HasOptedOutOfEmail=True)
        here.edit("b", here.us, NumberOfEmployees=3)
        here.person("c", HasOptedOutProcessing=True)
        found = {event.key: event for event in here.pull(Stream.CONSENTS)}
        assert (found["a"].values["status"], found["a"].at) == ("withdrawn", _LATER)
        assert {found[key].values["status"] for key in "bc"} == {"withdrawn"}
        assert here.pull(Stream.CONSENTS) == []


def test_all_consents_come_in_when_they_are_read_for_the_first_time() -> None:
    with scene("a", "b") as here:
        purpose = here.purpose("newsletter")
        for key, status in (("a", "OptIn"), ("b", "OptOut")):
            here.consent(here.person(key), purpose, status, MORNING)
        found = {event.key: event.values["status"] for event in here.pull(Stream.CONSENTS, 1)}
        assert found == {"a": "granted", "b": "withdrawn"}


def test_an_opt_in_that_has_ended_is_expired() -> None:
    with scene("a") as here:
        ended = datetime(2026, 4, 1, tzinfo=UTC)
        purpose = here.purpose("newsletter")
        here.consent(here.person("a"), purpose, "OptIn", MORNING, EffectiveTo=ended.isoformat())
        (consent,) = here.consents.read(["a"])["a"]
        assert (consent["status"], consent["at"]) == ("expired", ended)


def test_the_person_of_a_converted_lead_is_that_of_its_contact() -> None:
    with scene("a") as here:
        here.purpose("newsletter")
        assert here.org.convert(None, LeadConvert(here.lead("a"), "Closed - Converted"))
        (outcome,) = here.consents.write([_row("a", "withdrawn")])
        assert (outcome.status, _status(here, "a")) == (Status.CREATED, ["withdrawn"])


def test_purposes_of_others_are_left_out_and_names_can_be_bound() -> None:
    source = replace(BINDING.consents or Source("", "", {}))
    with scene("a", binding=replace(BINDING, consents=source)) as here:
        person = here.person("a")
        for name in ("newsletter", "payroll"):
            here.consent(person, here.purpose(name), "OptIn", MORNING)
        here.consents.know(Purposes({"newsletter": frozenset({"email"})}))
        assert [c["purpose"] for c in here.consents.read(["a"])["a"]] == ["newsletter"]


def test_what_cannot_be_told_says_why() -> None:
    with scene("a") as here:
        here.purpose("newsletter")
        rows = [
            _row("nobody", "granted"),
            ConsentRow("a", "unknown", "email", "granted", MORNING),
            _row("a", "granted", channel="fax"),
            _row("a", "requested"),
        ]
        outcomes = here.consents.write(rows)
        assert [outcome.code for outcome in outcomes] == ["unknown_lead", *["no_word"] * 3]
        assert [outcome.field for outcome in outcomes[1:]] == ["purpose", "channel", "status"]


def test_an_org_without_consents_says_what_to_switch_on() -> None:
    with scene("a", sees=False) as here:
        del here.org.objects["ContactPointTypeConsent"]
        assert here.consents.read(["a"]) == {"a": ()}
        with pytest.raises(UnsupportedError, match="Data Protection and Privacy"):
            here.consents.write([_row("a", "withdrawn")])


def test_consents_of_another_object_are_refused() -> None:
    with (
        scene() as here,
        pytest.raises(BindingError, match="ContactPointTypeConsent"),
    ):
        Consents(
            here.wire, replace(BINDING, consents=Source("Yes__c", "Lead__c", {})), here.options
        )

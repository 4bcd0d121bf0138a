"""What people do in an org comes in once, with who did it, and our own writing does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from connectors.salesforce.tests.feeds.scenes import BINDING, OPTIONS, scene
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from leadpolicy.crm.connector import CursorExpiredError, EventKind, Stream
from leadpolicy_salesforce.binding import BoundField, Source
from leadpolicy_sandbox.salesforce.org.results import LeadConvert


def test_an_unchanged_pull_of_all_streams_costs_one_call() -> None:
    with scene("a", "b", options=replace(OPTIONS, opportunity_stages={})) as here:
        here.settle()
        before = here.sandbox.calls
        found = here.sync()
        assert here.sandbox.calls - before == 1
        assert not any(found.values())


def test_everything_in_use_costs_two_calls() -> None:
    with scene("a") as here:
        here.settle()
        before = here.sandbox.calls
        here.feeds = here.opened()
        assert not any(here.sync().values())
        assert here.sandbox.calls - before == 2


def test_a_change_names_its_author_and_ours_does_not_come_back() -> None:
    with scene("a", "b") as here:
        here.settle()
        here.edit("a", NumberOfEmployees=7)
        here.edit("b", here.us, NumberOfEmployees=8)
        (event,) = here.pull(Stream.CHANGES)
        assert (event.key, event.kind, event.by) == ("a", EventKind.CHANGED, here.sales.id)
        assert here.pull(Stream.CHANGES) == []


def test_a_change_under_our_own_writing_is_told_by_its_history() -> None:
    with scene("a", "b") as here:
        here.settle()
        here.edit("a", Company="Difference Engines")
        here.edit("a", here.us, NumberOfEmployees=8)
        (event,) = here.pull(Stream.CHANGES)
        assert (event.key, event.by) == ("a", here.sales.id)


def test_two_changes_in_one_second_are_two() -> None:
    with scene("a") as here:
        here.settle()
        here.org.freeze(here.org.now())
        here.edit("a", Company="One")
        assert len(here.pull(Stream.CHANGES)) == 1
        here.edit("a", Company="Two")
        assert {event.key for event in here.pull(Stream.CHANGES)} == {"a"}


def test_a_record_that_comes_up_late_is_told() -> None:
    with scene("a", "b") as here:
        here.settle()
        here.edit("a", verdict__c="good")
        here.pull(Stream.FEEDBACK)
        here.tick(minutes=-15)
        here.edit("b", verdict__c="bad")
        assert [event.key for event in here.pull(Stream.FEEDBACK)] == ["b"]


def test_feedback_is_what_stands_with_who_wrote_it() -> None:
    with scene("a", "b") as here:
        here.edit("a", verdict__c="good")
        first = here.pull(Stream.FEEDBACK)
        assert {event.key for event in first} == {"a"}
        here.org.freeze(here.org.now())
        here.edit("b", verdict__c="good")
        here.edit("b", verdict__c=None, remark__c="too small")
        *_, last = sorted(here.pull(Stream.FEEDBACK), key=lambda event: event.at)
        assert last.values == {"verdict": None, "remark": "too small"}
        assert (last.key, last.by) == ("b", here.sales.id)


def test_feedback_without_histories_is_told_from_leads() -> None:
    with scene("a", options=replace(OPTIONS, history=False)) as here:
        here.settle()
        here.edit("a", verdict__c="good")
        (event,) = here.pull(Stream.FEEDBACK)
        assert (event.values["verdict"], event.by) == ("good", "")


def test_a_cursor_whose_histories_are_gone_has_expired() -> None:
    with scene("a", "b") as here:
        here.settle()
        here.edit("a", verdict__c="good")
        here.pull(Stream.FEEDBACK)
        here.org.state.tables["LeadHistory"].rows.clear()
        here.edit("b", verdict__c="bad")
        with pytest.raises(CursorExpiredError):
            here.pull(Stream.FEEDBACK)
        here.cursors[Stream.FEEDBACK] = None
        assert {event.key for event in here.pull(Stream.FEEDBACK)} == {"a", "b"}


def test_a_cursor_of_another_version_has_expired() -> None:
    with scene() as here:
        here.cursors[Stream.CHANGES] = '{"version": 0}'
        with pytest.raises(CursorExpiredError):
            here.sync()


def test_moves_name_states_and_go_on_after_the_conversion() -> None:
    with scene("a") as here:
        here.settle()
        here.edit("a", Status="Working - Contacted")
        (moved,) = here.pull(Stream.STAGES)
        expected = {"from": "Open - Not Contacted", "to": "Working - Contacted"}
        assert (moved.values, moved.by) == (expected, here.sales.id)
        wish = LeadConvert(here.lead("a"), "Closed - Converted")
        converted = here.org.convert(None, wish)
        told = [event.values["to"] for event in here.pull(Stream.STAGES)]
        assert "won" in told
        given = {"StageName": "Closed Won"}
        assert here.org.update(None, "Opportunity", str(converted.opportunity_id), given).success
        assert ("a", "customer") in {
            (event.key, event.values["to"]) for event in here.pull(Stream.STAGES)
        }


def test_leads_that_go_and_come_back_are_told() -> None:
    with scene("a", "b", "c") as here:
        here.settle()
        ids = {key: here.lead(key) for key in "abc"}
        here.org.delete(here.sales, "Lead", ids["a"])
        here.org.merge(here.sales, "Lead", ids["b"], [ids["c"]])
        gone = {event.key: event for event in here.pull(Stream.REMOVALS)}
        assert gone["a"].kind is EventKind.DELETED
        assert (gone["c"].kind, gone["c"].values["into"]) == (EventKind.MERGED, "b")
        here.tick(seconds=5)
        here.org.undelete(here.sales, ids["a"])
        here.feeds = here.opened()
        back = [event for event in here.pull(Stream.REMOVALS) if event.key == "a"]
        assert [event.kind for event in back] == [EventKind.RESTORED]
        assert here.pull(Stream.REMOVALS) == []


def test_a_lead_deleted_past_the_bin_is_told_as_erased_by_its_id() -> None:
    with scene("a", binding=replace(BINDING, key="Id")) as here:
        here.settle()
        id_ = here.lead("a")
        here.org.delete(here.sales, "Lead", id_)
        here.org.empty_bin(here.sales, [id_])
        (event,) = here.pull(Stream.REMOVALS)
        assert (event.key, event.kind) == (id_, EventKind.ERASED)
        assert here.pull(Stream.REMOVALS) == []


def test_a_person_to_be_forgotten_is_told_as_erased() -> None:
    with scene("a") as here:
        here.settle()
        here.person("a", ShouldForget=True)
        erased = [e.key for e in here.pull(Stream.REMOVALS) if e.kind is EventKind.ERASED]
        assert erased == ["a"]


def test_signals_tell_of_their_lead() -> None:
    signals = Source("Task", "WhoId", {"type": BoundField("Subject", "Subject")})
    with scene("a", binding=replace(BINDING, signals=signals)) as here:
        here.settle()
        here.org.create(here.sales, "Task", {"Subject": "Call", "WhoId": here.lead("a")})
        assert {event.key for event in here.pull(Stream.CHANGES)} == {"a"}


def test_the_setup_has_a_new_cursor_after_each_change_only() -> None:
    with scene() as here:
        here.sync()
        before = here.cursors[Stream.SETUP]
        here.sync()
        assert here.cursors[Stream.SETUP] == before
        here.org.changed_setup(None, "changedLeadField", "somebody changed a field")
        here.sync()
        assert here.cursors[Stream.SETUP] != before


def test_the_setup_of_an_org_that_does_not_tell_has_always_changed() -> None:
    with scene() as here:
        del here.org.objects["SetupAuditTrail"]
        first, second = (here.feeds.pull(Stream.SETUP, None, 1).cursor for _ in range(2))
        assert first != second


def test_the_same_cursor_yields_the_same_events_again() -> None:
    with scene("a", "b") as here:
        here.settle()
        here.edit("a", verdict__c="good", Status="Working - Contacted")
        here.org.delete(here.sales, "Lead", here.lead("b"))
        for stream, cursor in here.cursors.items():
            first = here.feeds.pull(stream, cursor, 500).events
            here.edit("a", Company=f"Engines {stream}")
            again = here.feeds.pull(stream, cursor, 500).events
            assert {e.id for e in first if e.kind is not EventKind.CHANGED} <= {e.id for e in again}
            assert {event.key for event in first} <= {event.key for event in again}


def test_what_was_asked_for_in_advance_is_told_once() -> None:
    with scene("a") as here:
        here.settle()
        here.feeds.expect(here.cursors)
        here.pull(Stream.SETUP)
        here.edit("a", NumberOfEmployees=7)
        assert here.pull(Stream.CHANGES) == []
        assert [event.key for event in here.pull(Stream.CHANGES)] == ["a"]


def test_an_org_without_consents_feeds_the_other_streams() -> None:
    with scene("a", sees=False) as here:
        for name in ("ContactPointTypeConsent", "Individual"):
            del here.org.objects[name]
        here.settle()
        here.edit("a", verdict__c="good")
        assert {stream for stream, events in here.sync().items() if events} == {
            Stream.CHANGES,
            Stream.FEEDBACK,
        }


_STEP = st.one_of(
    st.tuples(st.just("edit"), st.sampled_from("abcd"), st.sampled_from(["x", "y", "z"])),
    st.tuples(st.just("tick"), st.integers(0, 2), st.just("")),
    st.tuples(st.just("pull"), st.integers(1, 4), st.just("")),
)


@settings(max_examples=examples(8), deadline=None)
@given(st.lists(_STEP, max_size=12))
def test_pages_of_any_size_tell_the_last_word_on_every_lead_in_order(
    steps: list[tuple[str, object, str]],
) -> None:
    said: dict[str, str] = {}
    heard: dict[str, tuple[object, object]] = {}
    with scene(*"abcd") as here:
        here.org.freeze(here.org.now() + timedelta(seconds=1))

        def hear(limit: int) -> None:
            for page in here.pages(Stream.FEEDBACK, limit):
                assert len(page) <= limit
                assert [event.at for event in page] == sorted(event.at for event in page)
                for event in page:
                    newer = event.key not in heard or heard[event.key][0] <= event.at  # type: ignore[operator]
                    if newer:
                        heard[event.key] = (event.at, event.values["verdict"])

        for what, which, word in steps:
            if what == "edit":
                here.edit(str(which), verdict__c=word)
                said[str(which)] = word
            elif what == "tick":
                here.tick(seconds=int(str(which)))
            else:
                hear(int(str(which)))
        hear(2)
    assert {key: word for key, (_, word) in heard.items()} == said


def test_many_small_pages_cost_two_calls() -> None:
    keys = [f"k{number:02}" for number in range(30)]
    with scene(*keys) as here:
        here.settle()
        for key in keys:
            here.edit(key, verdict__c="good")
        before = here.sandbox.calls
        pages = here.pages(Stream.FEEDBACK, 4)
        told = [event.key for event in next(pages)]
        here.edit("k00", verdict__c="bad")
        told += [event.key for page in pages for event in page]
        assert (sorted(told), told[-1]) == (sorted([*keys, "k00"]), "k00")
        assert here.sandbox.calls - before == 2

"""The reference pack along a path: jumps, rejections, withdrawals, objections and ways back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path as FilePath

import pytest

from leadpolicy import Act, ConsentEvent, LeadPolicy, Path, Signal, load
from leadpolicy.engine.history import TransitionRefusedError

PACK = FilePath(__file__).parents[2] / "policies" / "b2b-de"
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
FIRM = {"employees": 80, "industry": "machinery", "country": "DE"}
BUDGET = {"budget_confirmed": True, "budget_released": True}
DOWNLOADS = [Signal("content_download", START + timedelta(days=day)) for day in (1, 2, 3)]
DEMO = Signal("demo_request", START + timedelta(days=4))
REJECTED = {"sales_feedback": "rejected", "rejection_reason": "no_budget"}


@pytest.fixture(scope="module")
def policy() -> LeadPolicy:
    return load(PACK)


def _day(number: int) -> datetime:
    return START + timedelta(days=number)


def _newsletter(status: str, day: int = 0) -> ConsentEvent:
    return ConsentEvent("newsletter", "email", status, _day(day))


def _sales(status: str, day: int = 4) -> ConsentEvent:
    return ConsentEvent("sales_contact", "email", status, _day(day))


def _states(path: Path) -> list[str]:
    return [step.state for step in path.steps]


def _mql(policy: LeadPolicy) -> Path:
    consents = [_newsletter("confirmed")]
    path = policy.advance(None, FIRM, consents=consents, at=START)
    return policy.advance(path, FIRM, signals=DOWNLOADS, consents=consents, at=_day(3))


def test_a_lead_ripens_from_nurture_to_mql(policy: LeadPolicy) -> None:
    assert _states(_mql(policy)) == ["lead", "nurture", "mql"]


def test_a_lead_jumps_to_sql_when_its_facts_are_there(policy: LeadPolicy) -> None:
    facts = FIRM | BUDGET
    path = policy.advance(None, facts, signals=[DEMO], consents=[_sales("confirmed")], at=_day(5))
    assert _states(path) == ["lead", "sql"]


def test_sales_accepts_and_the_path_keeps_who_did_it(policy: LeadPolicy) -> None:
    act = Act("accept", by="sales", fields={"sales_feedback": "accepted"})
    consents = [_newsletter("confirmed")]
    path = policy.advance(
        _mql(policy), FIRM, signals=DOWNLOADS, consents=consents, at=_day(4), act=act
    )
    assert path.state == "sal"
    assert path.steps[-1].by == "sales"


def test_marketing_may_not_accept_for_sales(policy: LeadPolicy) -> None:
    act = Act("accept", by="marketing", fields={"sales_feedback": "accepted"})
    consents = [_newsletter("confirmed")]
    with pytest.raises(TransitionRefusedError, match="not `marketing`"):
        policy.advance(
            _mql(policy), FIRM, signals=DOWNLOADS, consents=consents, at=_day(4), act=act
        )


def test_sales_may_not_reject_without_a_reason(policy: LeadPolicy) -> None:
    act = Act("reject", by="sales", fields={"sales_feedback": "rejected"})
    consents = [_newsletter("confirmed")]
    with pytest.raises(TransitionRefusedError, match="`rejection_reason` is not filled"):
        policy.advance(
            _mql(policy), FIRM, signals=DOWNLOADS, consents=consents, at=_day(4), act=act
        )


def _rejected(policy: LeadPolicy) -> Path:
    act = Act("reject", by="sales", fields=REJECTED)
    consents = [_newsletter("confirmed")]
    return policy.advance(
        _mql(policy), FIRM, signals=DOWNLOADS, consents=consents, at=_day(4), act=act
    )


def test_a_rejected_lead_is_recycled_after_90_days(policy: LeadPolicy) -> None:
    facts, consents = FIRM | REJECTED | {"employees": 8}, [_newsletter("confirmed")]
    path = _rejected(policy)
    early = policy.advance(path, facts, signals=DOWNLOADS, consents=consents, at=_day(93))
    assert early.state == "rejected"
    late = policy.advance(early, facts, signals=DOWNLOADS, consents=consents, at=_day(94))
    assert _states(late)[-2:] == ["rejected", "nurture"]


def test_a_rejected_lead_without_consent_is_not_recycled(policy: LeadPolicy) -> None:
    consents = [_newsletter("confirmed"), _newsletter("withdrawn", 50)]
    path = policy.advance(_rejected(policy), FIRM | REJECTED, consents=consents, at=_day(200))
    assert path.state == "rejected"


def test_marketing_may_reopen_a_rejected_lead(policy: LeadPolicy) -> None:
    act = Act("reopen", by="marketing", reason="new project")
    consents = [_newsletter("confirmed")]
    path = policy.advance(
        _rejected(policy), FIRM, signals=DOWNLOADS, consents=consents, at=_day(9), act=act
    )
    assert _states(path)[-2:] == ["rejected", "mql"]


def test_a_lead_that_is_no_longer_an_mql_goes_back_to_nurturing(policy: LeadPolicy) -> None:
    smaller = FIRM | {"employees": 7}
    consents = [_newsletter("confirmed")]
    path = policy.advance(_mql(policy), smaller, signals=DOWNLOADS, consents=consents, at=_day(9))
    assert _states(path)[-2:] == ["mql", "nurture"]


def test_unsubscribing_ends_an_mql_at_once(policy: LeadPolicy) -> None:
    consents = [_newsletter("confirmed"), _newsletter("withdrawn", 9)]
    path = policy.advance(_mql(policy), FIRM, signals=DOWNLOADS, consents=consents, at=_day(9))
    assert _states(path)[-2:] == ["mql", "lead"]


def test_withdrawing_sales_contact_ends_an_sql_at_once(policy: LeadPolicy) -> None:
    facts, granted = FIRM | BUDGET, [_newsletter("confirmed"), _sales("confirmed")]
    path = policy.advance(None, facts, signals=[DEMO], consents=granted, at=_day(5))
    assert path.state == "sql"
    gone = [*granted, _sales("withdrawn", 9)]
    path = policy.advance(path, facts, signals=[DEMO], consents=gone, at=_day(9))
    assert _states(path)[-2:] == ["sql", "nurture"]
    nothing = [*gone, _newsletter("withdrawn", 10)]
    path = policy.advance(path, facts, signals=[DEMO], consents=nothing, at=_day(10))
    assert path.state == "lead"


def test_withdrawing_everything_at_once_ends_where_nothing_is_needed(policy: LeadPolicy) -> None:
    facts, granted = FIRM | BUDGET, [_newsletter("confirmed"), _sales("confirmed")]
    path = policy.advance(None, facts, signals=[DEMO], consents=granted, at=_day(5))
    gone = [*granted, _sales("withdrawn", 9), _newsletter("withdrawn", 9)]
    path = policy.advance(path, facts, signals=[DEMO], consents=gone, at=_day(9))
    assert _states(path)[-3:] == ["sql", "nurture", "lead"]


def test_an_objection_blocks_from_anywhere_and_a_new_consent_ends_it(policy: LeadPolicy) -> None:
    objected = [_newsletter("confirmed"), _newsletter("objected", 9)]
    path = policy.advance(_mql(policy), FIRM, signals=DOWNLOADS, consents=objected, at=_day(9))
    assert path.state == "blocked"
    act = Act("unblock", by="data_protection", reason="consented again in writing")
    with pytest.raises(TransitionRefusedError, match="guard is not met"):
        policy.advance(path, FIRM, consents=objected, at=_day(20), act=act)
    again = [*objected, _newsletter("confirmed", 19)]
    path = policy.advance(path, FIRM, signals=DOWNLOADS, consents=again, at=_day(20), act=act)
    assert _states(path)[-3:] == ["blocked", "lead", "mql"]


def test_a_competitor_is_disqualified_and_can_be_reinstated(policy: LeadPolicy) -> None:
    spy = {"email": "x@pipelinie.example"}
    path = policy.advance(None, spy, at=START)
    assert _states(path) == ["lead", "disqualified"]
    act = Act("reinstate", by="sales", reason="typing error")
    path = policy.advance(path, {"email": "x@pipelines.example"}, at=_day(1), act=act)
    assert path.state == "lead"


def test_putting_a_lead_off_records_the_reason(policy: LeadPolicy) -> None:
    facts, consents = FIRM | BUDGET, [_sales("confirmed")]
    path = policy.advance(None, facts, signals=[DEMO], consents=consents, at=_day(5))
    fields = {"sales_feedback": "rejected", "rejection_reason": "timing"}
    act = Act("put_off", by="sales", fields=fields)
    path = policy.advance(path, facts, signals=[DEMO], consents=consents, at=_day(6), act=act)
    assert (path.state, path.steps[-1].reason) == ("rejected", "timing")

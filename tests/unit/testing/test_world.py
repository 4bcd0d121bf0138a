"""The demo world: deterministic, plausible, faulty as CRMs are, and written four ways."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from unicodedata import normalize
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import leadpolicy.testing
from effort import examples
from leadpolicy.testing import World, generate_world
from leadpolicy.testing.world import CrmLead, SignalRow
from leadpolicy.testing.world.names import COMPETITORS, FREEMAIL_DOMAINS

UNTIL = datetime(2026, 11, 1, tzinfo=UTC)
MARKERS = {None, "", "Select", "unbekannt", "unknown", "k.A."}
TARGET = {"Maschinenbau", "Automobil", "Chemie", "Logistik"}
REQUESTS = {"demo_request", "price_request"}
SIGNALS = {
    "content_download",
    "newsletter_click",
    "pricing_page_view",
    "webinar_attended",
    "sales_conversation",
} | REQUESTS
REASONS = {
    "no_need",
    "no_budget",
    "wrong_contact",
    "not_reachable",
    "competitor",
    "too_small",
    "bad_data",
    "timing",
}


@pytest.fixture(scope="module")
def world() -> World:
    return generate_world(seed=2026, leads=3000, until=UNTIL, days=365)


class Reader:
    """Reads a world as a policy would: trimmed, markers as unknown, the latest consent."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.signals: dict[str, list[SignalRow]] = defaultdict(list)
        for signal in world.signals:
            self.signals[signal.lead_id].append(signal)
        self.consent = {(c.lead_id, c.purpose, c.channel): c.status for c in world.consents}

    def count(self, lead: CrmLead, *types: str) -> int:
        return sum(signal.type in types for signal in self.signals[lead.id])

    def is_mql(self, lead: CrmLead) -> bool:
        return (
            (lead.employees or 0) >= 10
            and self.consent.get((lead.id, "newsletter", "email")) == "confirmed"
            and self.count(lead, "content_download") >= 3
        )

    def is_sql(self, lead: CrmLead) -> bool:
        return (
            (lead.employees or 0) >= 50
            and text(lead.industry) in TARGET
            and lead.budget_confirmed == lead.budget_released == "Ja"
            and self.consent.get((lead.id, "sales_contact", "email")) == "confirmed"
            and self.count(lead, *REQUESTS) >= 1
        )

    def is_unwanted(self, lead: CrmLead) -> bool:
        title = (lead.job_title or "").casefold()
        is_learner = any(word in title for word in ("student", "praktikant"))
        return is_learner or domain(lead) in {name for _, name in COMPETITORS}


def text(value: str | None) -> str | None:
    clean = None if value is None else normalize("NFC", value).strip()
    return None if clean in MARKERS else clean


def domain(lead: CrmLead) -> str:
    return (lead.email or "").strip().lower().rpartition("@")[2]


def share(world: World, test: Callable[[CrmLead], bool]) -> float:
    return sum(test(lead) for lead in world.leads) / len(world.leads)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def digest(world: World) -> str:
    return hashlib.sha256(repr(world).encode()).hexdigest()


# determinism and size


def test_the_same_seed_gives_the_same_world_in_another_process() -> None:
    code = (
        "import hashlib; from leadpolicy.testing import generate_world;"
        "print(hashlib.sha256(repr(generate_world(seed=7, leads=200)).encode()).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "123", "TZ": "America/New_York"}
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert run.stdout.strip() == digest(generate_world(seed=7, leads=200))


def test_another_seed_gives_another_world() -> None:
    assert generate_world(seed=1, leads=50).leads != generate_world(seed=2, leads=50).leads


def test_until_is_an_instant_whatever_zone_it_is_written_in() -> None:
    berlin = UNTIL.astimezone(ZoneInfo("Europe/Berlin"))
    assert generate_world(leads=60, until=berlin) == generate_world(leads=60, until=UNTIL)


@settings(max_examples=examples(25), deadline=None)
@given(seed=st.integers(), leads=st.integers(1, 60), days=st.integers(1, 800))
def test_every_world_has_as_many_leads_as_asked_and_no_loose_ends(
    seed: int, leads: int, days: int
) -> None:
    world = generate_world(seed=seed, leads=leads, until=UNTIL, days=days)
    ids = [lead.id for lead in world.leads]
    assert len(ids) == len(set(ids)) == leads
    assert {row.lead_id for row in world.signals} <= {*ids}
    assert {row.lead_id for row in world.consents} <= {*ids}
    assert {row.lead_id for row in world.feedback} <= {*ids}
    assert all(world.since <= instant(s.occurred_at) for s in world.signals)
    assert all(instant(s.occurred_at) <= instant(s.recorded_at) <= UNTIL for s in world.signals)
    assert all(instant(consent.at) <= UNTIL for consent in world.consents)
    assert all(instant(feedback.at) <= UNTIL for feedback in world.feedback)
    assert all(instant(lead.created_at) <= UNTIL for lead in world.leads)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"until": UNTIL.replace(tzinfo=None)}, "`until` needs a time zone"),
        ({"leads": 0}, "at least one lead"),
        ({"days": 0}, "at least one lead and one day"),
    ],
)
def test_impossible_worlds_are_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        generate_world(**arguments)  # type: ignore[arg-type]


# the funnel


def test_the_funnel_is_plausible(world: World) -> None:
    reader = Reader(world)
    assert 0.08 <= share(world, reader.is_mql) <= 0.15
    assert 0.01 <= share(world, reader.is_sql) <= 0.03
    assert 0.02 <= share(world, reader.is_unwanted) <= 0.06
    assert 0.02 <= share(world, lambda lead: lead.customer == 1) <= 0.06
    assert 0.005 <= share(world, lambda lead: lead.opportunity_open == 1) <= 0.03


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_funnel_does_not_hang_on_one_seed(seed: int) -> None:
    reader = Reader(generate_world(seed=seed))
    assert 0.08 <= share(reader.world, reader.is_mql) <= 0.15
    assert 0.01 <= share(reader.world, reader.is_sql) <= 0.03


def test_small_companies_can_be_mql_but_not_sql(world: World) -> None:
    reader = Reader(world)
    small = [lead for lead in world.leads if 10 <= (lead.employees or 0) < 50]
    assert sum(map(reader.is_mql, small)) >= 30
    assert not any(map(reader.is_sql, small))


def test_some_ask_for_a_demo_and_never_confirm_sales_contact(world: World) -> None:
    reader = Reader(world)
    asked = [lead for lead in world.leads if reader.count(lead, *REQUESTS)]
    states = Counter(reader.consent.get((lead.id, "sales_contact", "email")) for lead in asked)
    assert states["confirmed"] > states["requested"] >= 20
    assert states["withdrawn"] >= 5
    assert states["objected"] >= 1


# correlations


def test_company_sizes_are_skewed_and_differ_by_industry(world: World) -> None:
    def median(label: str) -> int:
        sizes = [v.employees for v in world.leads if text(v.industry) == label and v.employees]
        return sorted(sizes)[len(sizes) // 2]

    sizes = sorted(lead.employees for lead in world.leads if lead.employees is not None)
    assert sum(sizes) / len(sizes) > 2 * sizes[len(sizes) // 2]
    assert median("Automobil") > median("Software") > median("Sonstige")
    assert 0.12 <= share(world, lambda lead: lead.employees is None) <= 0.19


def test_freemail_addresses_belong_to_small_companies_and_students(world: World) -> None:
    def freemail(lead: CrmLead) -> bool:
        return domain(lead) in FREEMAIL_DOMAINS

    def among(leads: list[CrmLead]) -> float:
        return sum(map(freemail, leads)) / len(leads)

    assert 0.09 <= share(world, freemail) <= 0.15
    assert among([v for v in world.leads if (v.employees or 99) < 10]) > 0.25
    assert among([v for v in world.leads if (v.employees or 0) >= 250]) < 0.1
    assert among([v for v in world.leads if "Student" in (v.job_title or "")]) > 0.4


def test_companies_have_several_contacts(world: World) -> None:
    sizes = Counter(text(lead.company) for lead in world.leads if text(lead.company))
    assert sum(size >= 2 for size in sizes.values()) >= 300
    assert max(sizes.values()) <= 12


def test_most_leads_are_german_some_austrian_and_swiss(world: World) -> None:
    countries = Counter(text(lead.country) for lead in world.leads)
    assert countries["Deutschland"] > 0.7 * len(world.leads)
    assert countries["Österreich"] > 100
    assert countries["Schweiz"] > 100
    assert countries["Polen"] > 0


def test_no_company_address_is_anybodys_real_one(world: World) -> None:
    hosts = {domain(lead) for lead in world.leads if lead.email}
    assert all(host.endswith(".example") or host in FREEMAIL_DOMAINS for host in hosts)
    mailboxes = [lead.email for lead in world.leads if domain(lead) in FREEMAIL_DOMAINS]
    assert all(re.search(r"\.\d{5}@", mailbox or "") for mailbox in mailboxes)


def test_readers_ask_for_demos_more_often(world: World) -> None:
    reader = Reader(world)
    readers = [v for v in world.leads if reader.count(v, "content_download") >= 3]
    others = [v for v in world.leads if reader.count(v, "content_download") < 3]

    def asking(leads: list[CrmLead]) -> float:
        return sum(reader.count(lead, *REQUESTS) > 0 for lead in leads) / len(leads)

    assert asking(readers) > 2 * asking(others)


def test_students_read_and_do_not_buy(world: World) -> None:
    reader = Reader(world)
    students = [v for v in world.leads if "student" in (v.job_title or "").lower()]
    assert sum(reader.count(v, "content_download") for v in students) >= 2 * len(students)
    assert sum(reader.count(v, *REQUESTS) for v in students) <= 0.2 * len(students)


def test_signals_follow_office_hours_and_the_seasons(world: World) -> None:
    moments = [
        instant(signal.occurred_at).astimezone(ZoneInfo("Europe/Berlin"))
        for signal in world.signals
    ]
    weekend = sum(moment.weekday() >= 5 for moment in moments) / len(moments)
    office = sum(7 <= moment.hour <= 18 for moment in moments) / len(moments)
    months = Counter(moment.month for moment in moments)
    christmas = sum((moment.month, moment.day) >= (12, 20) for moment in moments)
    before = sum((12, 1) <= (moment.month, moment.day) < (12, 13) for moment in moments)
    assert weekend < 0.05
    assert office > 0.85
    assert months[8] < 0.85 * months[9]
    assert christmas < 0.5 * before


def test_sales_knows_budgets_only_from_conversations(world: World) -> None:
    reader = Reader(world)
    told = [v for v in world.leads if v.budget_confirmed or v.need_clarity or v.buying_centre]
    assert len(told) > 150
    assert all(reader.count(lead, "sales_conversation") for lead in told)
    assert all(v.budget_confirmed for v in world.leads if v.budget_released)


def test_conversations_follow_a_request(world: World) -> None:
    asked: dict[str, str] = {}
    for signal in sorted(world.signals, key=lambda signal: signal.occurred_at):
        if signal.type in REQUESTS:
            asked.setdefault(signal.lead_id, signal.occurred_at)
        if signal.type == "sales_conversation":
            assert asked[signal.lead_id] <= signal.occurred_at


# consents


def test_consents_keep_their_order(world: World) -> None:
    paths: dict[tuple[str, str], list[str]] = defaultdict(list)
    for consent in world.consents:
        paths[consent.lead_id, consent.purpose + consent.channel].append(consent.status)
    newsletter = [path for (_, about), path in paths.items() if about == "newsletteremail"]
    assert all(
        path[path.index("confirmed") - 1] == "requested"
        for path in newsletter
        if "confirmed" in path
    )
    ends = Counter(path[-1] for path in newsletter)
    assert ends["confirmed"] > ends["requested"] > 100
    assert ends["withdrawn"] > 50
    assert 5 <= ends["objected"] <= 60
    assert {status for path in paths.values() for status in path} == {
        "requested", "granted", "confirmed", "refused", "withdrawn", "objected"
    }  # fmt: skip


def test_some_unsubscribe_and_then_download(world: World) -> None:
    left = {
        consent.lead_id: consent.at
        for consent in world.consents
        if (consent.purpose, consent.status) == ("newsletter", "withdrawn")
    }
    torn = {
        signal.lead_id
        for signal in world.signals
        if signal.type == "content_download" and signal.occurred_at > left.get(signal.lead_id, "9")
    }
    assert len(torn) >= 10


def test_nobody_clicks_a_newsletter_before_consent(world: World) -> None:
    first: dict[str, str] = {}
    for consent in world.consents:
        if consent.purpose == "newsletter" and consent.status in {"confirmed", "granted"}:
            first.setdefault(consent.lead_id, consent.at)
    clicks = [signal for signal in world.signals if signal.type == "newsletter_click"]
    assert len(clicks) > 500
    assert all(first[click.lead_id] < click.occurred_at for click in clicks)


# feedback


def test_feedback_is_owed_but_not_always_given(world: World) -> None:
    reader = Reader(world)
    given = {row.lead_id for row in world.feedback}
    qualified = [lead for lead in world.leads if reader.is_mql(lead) or reader.is_sql(lead)]
    silent = [lead for lead in qualified if lead.id not in given]
    assert 0.1 <= len(silent) / len(qualified) <= 0.5
    assert len(given) == len(world.feedback)


def test_a_rejection_has_a_reason_and_an_acceptance_has_none(world: World) -> None:
    verdicts = Counter(row.verdict for row in world.feedback)
    assert {*verdicts} == {"accepted", "rejected"}
    assert all(row.reason in REASONS for row in world.feedback if row.verdict == "rejected")
    assert all(row.reason is None for row in world.feedback if row.verdict == "accepted")
    assert {row.reason for row in world.feedback} == {None, *REASONS}


def test_feedback_comes_after_the_signal_that_called_for_it(world: World) -> None:
    first: dict[str, str] = {}
    for signal in world.signals:
        first.setdefault(signal.lead_id, signal.recorded_at)
    assert all(first[row.lead_id] < row.at for row in world.feedback)


def test_rejections_fit_the_lead(world: World) -> None:
    leads = {lead.id: lead for lead in world.leads}
    for row in world.feedback:
        if row.reason == "too_small":
            assert (leads[row.lead_id].employees or 0) < 20
        if row.reason == "no_budget":
            assert leads[row.lead_id].budget_confirmed == "Nein"


# faults


def test_the_crm_has_the_faults_that_crms_have(world: World) -> None:
    words = [text for lead in world.leads for text in astuple(lead) if isinstance(text, str)]
    addresses = [lead.email for lead in world.leads if lead.email]
    twice = Counter(address.strip().lower() for address in addresses)
    late = [
        s for s in world.signals if instant(s.recorded_at) - instant(s.occurred_at) > timedelta(2)
    ]
    assert {"", "Select", "unknown", "k.A.", "unbekannt"} <= {*words}
    assert sum(word != word.strip() for word in words) >= 100
    assert sum(address != address.lower() for address in addresses) >= 50
    assert any(normalize("NFC", word) != word for word in words)
    assert sum(count > 1 for count in twice.values()) >= 20
    assert len(late) >= 3


def test_umlauts_and_sharp_s_occur_in_every_written_field(world: World) -> None:
    assert any("ß" in (lead.last_name or "") for lead in world.leads)
    assert any("ß" in (lead.company or "") for lead in world.leads)
    assert any("ü" in (lead.job_title or "") for lead in world.leads)
    assert all((lead.email or "").isascii() for lead in world.leads)


def test_titles_hold_traps_for_careless_rules(world: World) -> None:
    titles = {text(lead.job_title) for lead in world.leads}
    assert {"Geschäftsführer", "Leiterin Einkauf", "CTO", "Praktikant", "Werkstudentin"} <= titles
    assert {"International Sales Manager", "Internal Auditor", "Professor"} <= titles


def test_empty_required_fields_are_counted(world: World) -> None:
    for lead in world.leads:
        asked = (lead.job_title, lead.company, lead.industry, lead.country, lead.employees)
        assert lead.empty_required_fields == sum(value in MARKERS for value in asked)


# the binding


def test_the_binding_covers_every_value_that_the_world_uses(world: World) -> None:
    binding = yaml.safe_load(
        files("leadpolicy.testing").joinpath("world_binding.yaml").read_text("utf-8")
    )
    leads = binding["leads"]
    missing = {None, *leads["missing"]}
    for attribute in leads["attributes"].values():
        stored = (getattr(lead, attribute["column"]) for lead in world.leads)
        values = {v.strip() if isinstance(v, str) else v for v in stored} - missing
        if "codes" in attribute:
            assert {str(normalize("NFC", str(value))) for value in values} == {*attribute["codes"]}


def test_the_binding_names_columns_that_exist(world: World) -> None:
    binding = yaml.safe_load(
        files("leadpolicy.testing").joinpath("world_binding.yaml").read_text("utf-8")
    )
    assert {s.type for s in world.signals} == SIGNALS
    assert all(
        hasattr(world.leads[0], a["column"]) for a in binding["leads"]["attributes"].values()
    )
    for part in ("key", "lead", "type", "occurred_at", "recorded_at", "source"):
        assert hasattr(world.signals[0], binding["signals"][part])
    for part in ("lead", "purpose", "channel", "status", "at"):
        assert hasattr(world.consents[0], binding["consents"][part])


def test_the_test_kit_loads_its_parts_on_use() -> None:
    code = "import sys, leadpolicy.testing; print('leadpolicy.testing.world' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
    assert {"World", "generate_world", "Clock", "FixedClock"} <= {*dir(leadpolicy.testing)}
    with pytest.raises(AttributeError, match="no attribute `Wrld`"):
        leadpolicy.testing.Wrld

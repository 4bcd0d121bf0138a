"""Values from outside: asked for behind a gate, shown what they need, never in place of facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import leadpolicy
from effort import examples
from leadpolicy.diagnostics import PolicyError
from leadpolicy.exchange.binding import Binding
from leadpolicy.exchange.enricher import Asked, Duties, EnrichmentError
from leadpolicy.exchange.enrichment import Enrichment, Step
from leadpolicy.exchange.enrichment_file import read_enrichment
from leadpolicy.exchange.records import decide_records
from leadpolicy.exchange.rejects import Reject
from leadpolicy.exchange.table_enricher import TableEnricher
from leadpolicy.plugins.registry import Registry

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
POLICY = leadpolicy.load("b2b-de")
REGISTER = Duties("commercial register", personal=False)


@dataclass(frozen=True)
class Crm:
    key: str
    values: Mapping[str, object]
    signals: Sequence[Mapping[str, object]] = ()
    consents: Sequence[Mapping[str, object]] = ()


@dataclass
class Register:
    """A register of companies in memory that remembers what it was asked."""

    found: Mapping[str, Mapping[str, object]]
    needs: tuple[str, ...] = ("company",)
    provides: tuple[str, ...] = ("employees",)
    duties: Duties = REGISTER
    batch_max: int = 2
    asked: list[list[Asked]] = field(default_factory=list)

    def enrich(self, asked: Sequence[Asked]) -> Mapping[str, Mapping[str, object]]:
        self.asked.append([*asked])
        return {item.key: self.found[item.key] for item in asked if item.key in self.found}


def consent(status: str) -> dict[str, object]:
    return {
        "purpose": "newsletter",
        "channel": "email",
        "status": status,
        "at": "2026-01-01T00:00:00Z",
    }


def seen(leads: Sequence[Crm], *steps: Step) -> dict[str, object]:
    enrichment = Enrichment(POLICY, steps)
    outcomes = decide_records(POLICY, Binding(), leads, at=AT, enrichment=enrichment)
    decided = (outcome for outcome in outcomes if not isinstance(outcome, Reject))
    return {key: decision.criteria["sql"].seen["employees"] for key, decision in decided}


def test_what_is_missing_is_filled_and_what_is_known_stays() -> None:
    register = Register({"a": {"employees": 80}, "b": {"employees": 80}})
    leads = [
        Crm("a", {"company": "Alpha GmbH", "email": "a@alpha.example"}),
        Crm("b", {"company": "Beta GmbH", "employees": 12}),
        Crm("c", {"company": "Gamma GmbH"}),
    ]
    values = seen(leads, Step("register", register))
    assert values == {"a": 80, "b": 12, "c": None}
    assert register.asked == [
        [
            Asked("a", {"company": "Alpha GmbH"}),
            Asked("c", {"company": "Gamma GmbH"}),
        ]
    ]


@given(st.lists(st.sampled_from(["confirmed", "granted", "withdrawn", None]), max_size=7))
@settings(max_examples=examples(25), deadline=None)
def test_a_lead_whose_gate_is_closed_is_never_asked_about(statuses: list[str | None]) -> None:
    register = Register({str(n): {"employees": 80} for n in range(7)})
    leads = [
        Crm(str(n), {"company": "A"}, (), [consent(status)] if status else [])
        for n, status in enumerate(statuses)
    ]
    enrichment = Enrichment(POLICY, [Step("register", register, "newsletter_consent")])
    assert len(list(decide_records(POLICY, Binding(), leads, at=AT, enrichment=enrichment))) == len(
        leads
    )
    may = [str(n) for n, status in enumerate(statuses) if status in {"confirmed", "granted"}]
    assert [item.key for batch in register.asked for item in batch] == may
    assert all(len(batch) <= register.batch_max for batch in register.asked)
    assert enrichment.tallies[0].withheld == len(leads) - len(may)


def test_values_that_do_not_fit_or_were_not_promised_are_left_out_and_counted() -> None:
    register = Register(
        {"a": {"employees": "many", "country": "DE"}, "b": {"employees": "51"}, "c": {"x": 1}}
    )
    enrichment = Enrichment(POLICY, [Step("register", register)])
    leads = [Crm(key, {"company": "A"}) for key in "abc"]
    outcomes = list(decide_records(POLICY, Binding(), leads, at=AT, enrichment=enrichment))
    assert not [outcome for outcome in outcomes if isinstance(outcome, Reject)]
    tally = enrichment.tallies[0]
    assert (tally.asked, tally.filled, tally.refused) == (3, 1, 3)
    assert str(tally) == (
        "enricher `register` (commercial register): 1 of 3 leads filled, 3 values that do not fit"
    )


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (Step("r", Register({}, provides=("employes",))), "did you mean `employees`"),
        (Step("r", Register({}), "newsleter_consent"), "did you mean `newsletter_consent`"),
        (
            Step("r", Register({}, duties=Duties("agency", credit_check=True))),
            "is a credit check and stands behind no gate",
        ),
    ],
)
def test_an_enricher_that_does_not_fit_the_policy_is_refused(step: Step, message: str) -> None:
    with pytest.raises(EnrichmentError, match=message):
        Enrichment(POLICY, [step])


def table(folder: Path, text: str, **options: object) -> TableEnricher:
    (folder / "scores.csv").write_text(text, encoding="utf-8")
    given = {"file": "scores.csv", "match": {"company": "Firma"}, "values": {"employees": "Zahl"}}
    return TableEnricher({**given, **options}, folder)


def test_a_table_is_matched_whatever_the_case(tmp_path: Path) -> None:
    found = table(tmp_path, "Firma,Zahl\nStraße GmbH,70\nLeer AG,\n")
    asked = [Asked("1", {"company": "STRASSE gmbh "}), Asked("2", {}), Asked("3", {"company": "?"})]
    assert found.enrich(asked) == {"1": {"employees": "70"}}
    assert found.duties == Duties("scores.csv")


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("Firma,Zal\nA,1\n", {}, r"row 2 has no `Zahl`; did you mean `Zal`"),
        ("Firma,Zahl\nA,1\na,2\n", {}, "row 3 says something else about the same `Firma`"),
        ("", {"flie": "x"}, "has no option `flie`; did you mean `file`"),
        ("", {"match": {}}, "`match` has to map attributes"),
        ("", {"match": {"company": "A", "email": "B"}}, "exactly one attribute"),
        ("", {"file": ""}, "needs the option `file`"),
        ("", {"file": "nowhere.csv"}, "nowhere.csv"),
    ],
)
def test_a_table_that_cannot_be_used_says_why(
    tmp_path: Path, text: str, options: dict[str, object], message: str
) -> None:
    with pytest.raises(EnrichmentError, match=message):
        table(tmp_path, text, **options)


def test_an_enrichment_file_opens_what_is_installed(tmp_path: Path) -> None:
    (tmp_path / "scores.csv").write_text("Firma,Zahl\nA,70\n", encoding="utf-8")
    place = tmp_path / "enrich.yaml"
    place.write_text(
        "enrich:\n"
        "  - enricher: table\n"
        "    gate: newsletter_consent\n"
        "    options: {file: scores.csv, match: {company: Firma}, values: {employees: Zahl}}\n"
    )
    enrichment = read_enrichment(place, POLICY, Registry(found=()).enricher)
    assert [tally.name for tally in enrichment.tallies] == ["table"]


def test_a_broken_enrichment_file_names_the_line(tmp_path: Path) -> None:
    place = tmp_path / "enrich.yaml"
    place.write_text("enrich:\n  - enrichr: table\n")
    with pytest.raises(PolicyError, match=r"enrich.yaml:2:5"):
        read_enrichment(place, POLICY, Registry(found=()).enricher)

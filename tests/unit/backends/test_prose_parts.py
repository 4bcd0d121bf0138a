"""Every part of a policy, every verdict and every line of points reads as a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from leadpolicy.backends.prose import Prose
from leadpolicy.backends.python.lines import LineKind, PointLine
from leadpolicy.documents.read import read
from leadpolicy.expr.nodes import Attribute, Output
from leadpolicy.expr.types import Value
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy.policy.fields import ConditionField, Lang, Name, Part, Wording
from leadpolicy.policy.pipeline import check
from leadpolicy.policy.policy import Policy
from medium import data
from pages import ROOT
from snapshot import assert_same_as_kept
from talk import LANGS, expression, policy, prose


def sentences(prose: Prose) -> Iterator[str]:
    yield f"governance: {prose.governance()}"
    for path, name, part in prose.policy.parts():
        yield f"{path[0]} {name}: {prose.part(str(path[0]), name)}"
        for rule in getattr(part, "rules", ()):
            yield f"rule {name} {rule}: {prose.score_rule(name, rule)}"
    yield f"rating: {prose.rating()}"
    yield f"feedback: {prose.feedback()}"


@pytest.mark.parametrize("lang", LANGS)
def test_the_parts_of_a_policy_read_as_kept(lang: Lang) -> None:
    assert_same_as_kept(f"prose/parts.{lang}.txt", "\n".join(sentences(prose(lang))) + "\n")


@pytest.fixture(scope="module")
def pack() -> CheckedPolicy:
    return read(ROOT / "policies" / "b2b-de").require()


@pytest.mark.parametrize("lang", LANGS)
def test_every_part_of_the_pack_reads_as_one_line_that_ends(
    pack: CheckedPolicy, lang: Lang
) -> None:
    said = list(sentences(Prose(pack, lang)))
    assert len(said) > 80
    assert [line for line in said if "\n" in line or not line.endswith(".")] == []


def test_the_mql_of_the_pack_reads_in_both_languages(pack: CheckedPolicy) -> None:
    node = pack.output("mql").node
    assert Prose(pack, "de").condition(node) == (
        "Mitarbeitende mindestens 10 und „Einwilligung in den Newsletter liegt vor“ ist erfüllt "
        "und mindestens 3-mal „Inhalt heruntergeladen“"
    )
    assert Prose(pack, "en").condition(node) == (
        "Employees at least 10 people and “consent to the newsletter is given” is met "
        "and at least 3 times “Content downloaded”"
    )


def test_a_part_that_is_not_there_is_a_key_error() -> None:
    for ask in (prose("de").state, prose("de").gate, prose("de").sla, prose("de").grade):
        with pytest.raises(KeyError):
            ask("nowhere")
    with pytest.raises(KeyError, match="nowhere"):
        prose("de").score_rule("fit", "nowhere")
    with pytest.raises(KeyError):
        prose("de").part("criteria", "nowhere")


class Territory(Part):
    """A kind of part that prose has never heard of."""

    title: Wording
    covers: ConditionField

    def describe(self, lang: Lang) -> str:
        """Return the title."""
        return f"{self.title.text(lang)}\nim Norden"


class PolicyWithTerritories(Policy):
    """A policy that knows territories."""

    territories: Mapping[Name, Territory] = {}


def test_a_new_kind_of_part_speaks_for_itself() -> None:
    north = {"title": {"de": "Nord", "en": "North"}, "covers": "employees >= 100"}
    checked = check(PolicyWithTerritories.model_validate(data(territories={"north": north})))
    assert Prose(checked, "de").part("territories", "north") == "Nord im Norden"


def test_a_policy_without_rating_and_feedback_says_nothing_of_them() -> None:
    bare = data(rating=None, feedback=None, sla=None)
    found = Prose(check(Policy.model_validate(bare)), "en")
    assert (found.rating(), found.feedback()) == ("", "")


# ------------------------------------------------------------------------------------- decisions
@pytest.mark.parametrize(
    ("truth", "de", "en"),
    [
        (True, "erfüllt", "met"),
        (False, "nicht erfüllt", "not met"),
        (None, "nicht entschieden", "undecided"),
    ],
)
def test_a_verdict_says_what_was_asked_and_seen(truth: bool | None, de: str, en: str) -> None:
    asked, seen = expression("employees >= 50"), [(Attribute("employees"), 30)]
    assert prose("de").verdict(asked, truth, seen) == (
        f"Mitarbeitende mindestens 50: {de} (Mitarbeitende: 30)"
    )
    assert prose("en").verdict("ready", truth) == f"Ready to decide: {en}"


@pytest.mark.parametrize(
    ("line", "de"),
    [
        (PointLine("fit", None, LineKind.BASE, 10), "+10 Punkte: Grundwert"),
        (PointLine("fit", "size", LineKind.RULE, 40), "+40 Punkte: groß genug"),
        (
            PointLine("engagement", "downloads", LineKind.DECAY, Decimal("-2.5")),
            "-2,5 Punkte: Verfall mit dem Alter: lädt herunter",
        ),
        (
            PointLine("fit", "sites", LineKind.LIMIT, -4),
            "-4 Punkte: Obergrenze der Regel: viele Standorte",
        ),
        (
            PointLine("fit", "firm", LineKind.GROUP, -5),
            "-5 Punkte: Grenze der Gruppe „Unternehmen“",
        ),
        (PointLine("fit", "free", LineKind.GROUP, -5), "-5 Punkte: Grenze der Gruppe „free“"),
        (PointLine("fit", "floor", LineKind.BOUND, 50), "+50 Punkte: Grenze des Scores"),
        (
            PointLine("engagement", None, LineKind.ROUNDING, Decimal("0.05")),
            "+0,05 Punkte: Rundung",
        ),
    ],
)
def test_a_line_of_points_says_where_they_come_from(line: PointLine, de: str) -> None:
    assert prose("de").point_line(*line) == de
    assert prose("en").point_line(*line)


@pytest.mark.parametrize("kind", LineKind)
def test_every_kind_of_line_has_words(kind: LineKind) -> None:
    name = {"rule": "size", "group": "firm"}.get(kind.value)
    assert all(": " in prose(lang).point_line("fit", name, kind, 1) for lang in LANGS)


def test_a_decision_reads_as_a_sentence() -> None:
    at = datetime(2026, 1, 31, 9, tzinfo=UTC)
    outputs: dict[str, Value | None] = {"rating": "A1", "fit": 80, "active": True}
    assert prose("de").decision(at, "mql", outputs) == (
        "31.01.2026, 10:00 MEZ: Zustand „MQL“; Einstufung: A1; Passung: 80 Punkte; Aktiv: ja."
    )
    assert prose("en").decision(at, "rejected", {}) == "31 Jan 2026, 10:00 CET: state “Rejected”."


def test_every_output_of_the_policy_can_be_told() -> None:
    for item in policy().outputs:
        assert prose("de").verdict(item.name, None).endswith(": nicht entschieden")
        assert prose("en").term(Output(item.name))

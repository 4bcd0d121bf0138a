"""The words between the parts of a glossary, in German and English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from leadpolicy.policy.fields import Lang


@dataclass(frozen=True, slots=True)
class GlossaryWords:
    """The headings and labels of one language."""

    version: str
    owner: str
    decided_by: str
    changed_by: str
    review_by: str
    timezone: str
    fingerprint: str
    picture: str
    states: str
    responsible: str
    entry: str
    initial: str
    by_transition: str
    stay: str
    else_to: str
    demands: str
    promises: str
    terminal: str
    source: str
    transitions: str
    transition: str
    from_: str
    to: str
    trigger: str
    condition: str
    wait: str
    criteria: str
    met_if: str
    readiness: str
    sides: str
    behavioural: str
    declarative: str
    scores: str
    points: str
    reason: str
    group: str
    grades: str
    band: str
    meaning: str
    code: str
    permissions: str
    purpose: str
    basis: str
    channels: str
    permission: str
    signals: str
    signal: str
    evidence: str
    weight: str
    origin: str
    properties: str
    record: str
    attribute: str
    name: str
    kind: str
    unit: str
    codes: str
    agreement: str
    promise: str
    feedback: str
    reasons: str
    lists: str
    list_: str
    entries: str
    more: str
    sources: str
    used_in: str


GERMAN: Final = GlossaryWords(
    version="Version",
    owner="Verantwortlich",
    decided_by="Über die Reife für den Vertrieb entscheidet",
    changed_by="Ändern darf",
    review_by="Nächste Überprüfung",
    timezone="Zeitzone",
    fingerprint="Prüfsumme des Inhalts",
    picture="Der Weg eines Leads",
    states="Zustände",
    responsible="Verantwortung",
    entry="Ein Lead kommt in Frage, wenn gilt",
    initial="Hier beginnt jeder Lead.",
    by_transition="Nur durch einen Übergang zu erreichen.",
    stay="Er bleibt, solange gilt",
    else_to="Sonst geht er sofort nach",
    demands="Pflichtangaben",
    promises="Zusagen",
    terminal="Endzustand.",
    source="Quelle",
    transitions="Übergänge",
    transition="Übergang",
    from_="Von",
    to="Nach",
    trigger="Auslöser",
    condition="Bedingung",
    wait="Wartezeit",
    criteria="Kriterien",
    met_if="Erfüllt, wenn gilt",
    readiness="Entscheidungsreife",
    sides="Mindestens {n} von {of} Seiten",
    behavioural="Verhalten",
    declarative="Erklärte Absicht",
    scores="Punkte",
    points="Punkte",
    reason="Grund",
    group="Gruppe",
    grades="Noten und Einstufung",
    band="Punkte",
    meaning="Bedeutung",
    code="Note",
    permissions="Einwilligungen",
    purpose="Zweck",
    basis="Grundlage",
    channels="Kanäle",
    permission="Erlaubnis",
    signals="Signale",
    signal="Signal",
    evidence="Beleg für",
    weight="Gewicht",
    origin="Herkunft",
    properties="Merkmale",
    record="Angaben zum Lead",
    attribute="Angabe",
    name="Name",
    kind="Art",
    unit="Einheit",
    codes="Werte",
    agreement="Vereinbarung",
    promise="Zusage",
    feedback="Rückmeldung",
    reasons="Gründe",
    lists="Listen",
    list_="Liste",
    entries="Einträge",
    more="Weitere Regeln",
    sources="Quellen",
    used_in="Verwendet für",
)

ENGLISH: Final = GlossaryWords(
    version="Version",
    owner="Owner",
    decided_by="Ready for sales is decided by",
    changed_by="May be changed by",
    review_by="Next review",
    timezone="Time zone",
    fingerprint="Content hash",
    picture="The way of a lead",
    states="States",
    responsible="Responsibility",
    entry="A lead is eligible if",
    initial="Every lead starts here.",
    by_transition="Reached by a transition only.",
    stay="It stays as long as",
    else_to="Otherwise it goes at once to",
    demands="Demanded fields",
    promises="Promises",
    terminal="Final state.",
    source="Source",
    transitions="Transitions",
    transition="Transition",
    from_="From",
    to="To",
    trigger="Trigger",
    condition="Condition",
    wait="Waiting time",
    criteria="Criteria",
    met_if="Met if",
    readiness="Readiness to decide",
    sides="At least {n} of {of} sides",
    behavioural="Behaviour",
    declarative="Stated intent",
    scores="Points",
    points="Points",
    reason="Reason",
    group="Group",
    grades="Grades and rating",
    band="Points",
    meaning="Meaning",
    code="Grade",
    permissions="Consent",
    purpose="Purpose",
    basis="Basis",
    channels="Channels",
    permission="Permission",
    signals="Signals",
    signal="Signal",
    evidence="Evidence of",
    weight="Weight",
    origin="Origin",
    properties="Properties",
    record="What is known of a lead",
    attribute="Field",
    name="Name",
    kind="Type",
    unit="Unit",
    codes="Values",
    agreement="Agreement",
    promise="Promise",
    feedback="Feedback",
    reasons="Reasons",
    lists="Lists",
    list_="List",
    entries="Entries",
    more="More rules",
    sources="Sources",
    used_in="Used for",
)

GLOSSARY_WORDS: Final[Mapping[Lang, GlossaryWords]] = {"de": GERMAN, "en": ENGLISH}

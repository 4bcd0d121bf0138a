"""The words in which prose speaks about the parts of a policy, in German and English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from leadpolicy.backends.prose.words import Forms
from leadpolicy.policy.fields import Lang


@dataclass(frozen=True, slots=True)
class PartWords:
    """The words of one language for parts; templates are filled with `str.format`."""

    roles: Mapping[str, str]
    responsibilities: Mapping[str, str]
    evidence: Mapping[str, str]
    weights: Mapping[str, str]
    origins: Mapping[str, str]
    bases: Mapping[str, str]
    kinds: Mapping[str, str]
    truths: Mapping[bool | None, str]
    if_: str
    criterion: str
    gate: str
    purpose: str
    signal: str
    signal_gate: str
    listed: str
    entries: Forms
    rules: Forms
    leads: Forms
    tries: Forms
    per: str
    per_signal: str
    score: str
    base: str
    floor: str
    ceiling: str
    group: str
    at_least: str
    at_most: str
    deducted: str
    band_from: str
    band_below: str
    band_both: str
    grade: str
    rating: str
    readiness: str
    behaviour: str
    stated: str
    state: str
    state_by_transition: str
    initial: str
    stay: str
    terminal: str
    demands: str
    transition: str
    automatic: str
    when_eligible: str
    by: str
    wait: str
    reason: str
    first_response: str
    feedback_duty: str
    volume: str
    accepted_share: str
    feedback: str
    governance: str
    lines: Mapping[str, str]
    decision: str
    attribute: str
    in_state: str


GERMAN: Final = PartWords(
    roles={
        "marketing": "Marketing",
        "sales": "Vertrieb",
        "management": "Geschäftsleitung",
        "data_protection": "Datenschutz",
        "system": "System",
    },
    responsibilities={
        "context": "gibt Kontext",
        "validates": "prüft",
        "decides": "entscheidet",
    },
    evidence={
        "behavioural": "Verhalten",
        "declarative": "erklärte Absicht",
        "firmographic": "Firmendaten",
        "validated": "vom Vertrieb geprüft",
    },
    weights={"binding": "verbindlich", "exploratory": "erkundend"},
    origins={
        "terminal_tracking": "Messung am Endgerät",
        "form": "Formular",
        "conversation": "Gespräch",
        "import": "Import",
    },
    bases={
        "consent": "Einwilligung",
        "contract": "Vertrag",
        "legitimate_interest": "berechtigtes Interesse",
    },
    kinds={
        "flag": "ja oder nein",
        "whole": "ganze Zahl",
        "number": "Zahl",
        "text": "Text",
        "choice": "Auswahl",
        "choices": "Mehrfachauswahl",
        "day": "Tag",
        "moment": "Zeitpunkt",
    },
    truths={True: "erfüllt", False: "nicht erfüllt", None: "nicht entschieden"},
    if_="wenn gilt: {v}",
    criterion="{x} ist erfüllt, wenn gilt: {v}.",
    gate="{x} ist erfüllt, wenn gilt: {v}; ohne Eintrag nicht.",
    purpose="{x} beruht auf: {basis}; Kanäle: {v}.",
    signal="{x}: {evidence}, {weight}, Herkunft: {origin}.",
    signal_gate="Verwertbar nur, wenn gilt: {v}.",
    listed="{x} ist eine Liste mit {n}.",
    entries=("Eintrag", "Einträgen"),
    rules=("Regel", "Regeln"),
    leads=("Lead", "Leads"),
    tries=("Kontaktversuch", "Kontaktversuche"),
    per="mal {x}",
    per_signal="je {x}",
    score="{x} ist die Summe aus {n}.",
    base="Ausgangswert: {v}.",
    floor="Sie ist mindestens {v}.",
    ceiling="Sie ist höchstens {v}.",
    group="Die Gruppe {x} zählt {v}.",
    at_least="mindestens {v}",
    at_most="höchstens {v}",
    deducted="höchstens {v} Abzug",
    band_from="ab {low}",
    band_below="unter {high}",
    band_both="ab {low} bis unter {high}",
    grade="{x} folgt aus den Punkten von {of}: {v}.",
    rating="{x} verbindet {fit} und {engagement}, zum Beispiel {v}.",
    readiness="{x} ist erfüllt, wenn mindestens {n} von {of} Seiten erfüllt sind ({v}).",
    behaviour="Dazu gehört Verhalten: {v}.",
    stated="Dazu gehört erklärte Absicht: {v}.",
    state="Ein Lead kommt nach Lage der Fakten für {x} in Frage, wenn gilt: {v}.",
    initial="In {x} beginnt jeder Lead.",
    state_by_transition="In {x} kommt ein Lead nur durch einen Übergang.",
    stay="Er bleibt dort, solange gilt: {v}; sonst geht er sofort nach {to}.",
    terminal="{x} ist ein Endzustand.",
    demands="Pflichtangaben: {v}.",
    transition="{x}: von {v} nach {to}",
    automatic="automatisch",
    when_eligible="automatisch, sobald ein Lead dafür in Frage kommt",
    by="durch {v}",
    wait="frühestens nach {v} im Zustand",
    reason="mit dem Grund {v}",
    first_response="{who} schuldet eine erste Reaktion innerhalb von {v} nach dem Eintritt in {to}",
    feedback_duty="{who} schuldet eine Rückmeldung innerhalb von {v} nach dem Eintritt in {to}",
    volume="{who} schuldet {v} im Monat in {to}",
    accepted_share="davon {v} angenommen",
    feedback=(
        "{who} gibt zu jedem Lead in {to} innerhalb von {v} eine Rückmeldung ({verdict}); "
        "bei {rejected} mit Grund ({reason})."
    ),
    governance=(
        "Verantwortlich: {owner}. Ob ein Lead reif für den Vertrieb ist, entscheidet: {decides}. "
        "Ändern darf: {change}. Nächste Überprüfung: {v}."
    ),
    lines={
        "base": "Grundwert",
        "decay": "Verfall mit dem Alter",
        "limit": "Obergrenze der Regel",
        "group": "Grenze der Gruppe {x}",
        "bound": "Grenze des Scores",
        "rounding": "Rundung",
    },
    decision="{at}: {v}.",
    attribute="{x} ({kind}): {v}.",
    in_state="Zustand {x}",
)

ENGLISH: Final = PartWords(
    roles={
        "marketing": "marketing",
        "sales": "sales",
        "management": "management",
        "data_protection": "data protection",
        "system": "the system",
    },
    responsibilities={
        "context": "gives context",
        "validates": "validates",
        "decides": "decides",
    },
    evidence={
        "behavioural": "behaviour",
        "declarative": "stated intent",
        "firmographic": "company data",
        "validated": "validated by sales",
    },
    weights={"binding": "binding", "exploratory": "exploratory"},
    origins={
        "terminal_tracking": "tracking on the device",
        "form": "form",
        "conversation": "conversation",
        "import": "import",
    },
    bases={
        "consent": "consent",
        "contract": "contract",
        "legitimate_interest": "legitimate interest",
    },
    kinds={
        "flag": "yes or no",
        "whole": "whole number",
        "number": "number",
        "text": "text",
        "choice": "choice",
        "choices": "several choices",
        "day": "day",
        "moment": "moment",
    },
    truths={True: "met", False: "not met", None: "undecided"},
    if_="if {v}",
    criterion="{x} is met if {v}.",
    gate="{x} is met if {v}; not without a record.",
    purpose="{x} rests on: {basis}; channels: {v}.",
    signal="{x}: {evidence}, {weight}, origin: {origin}.",
    signal_gate="Usable only if {v}.",
    listed="{x} is a list of {n}.",
    entries=("entry", "entries"),
    rules=("rule", "rules"),
    leads=("lead", "leads"),
    tries=("contact attempt", "contact attempts"),
    per="times {x}",
    per_signal="for each {x}",
    score="{x} is the sum of {n}.",
    base="Base value: {v}.",
    floor="It is at least {v}.",
    ceiling="It is at most {v}.",
    group="The group {x} counts {v}.",
    at_least="at least {v}",
    at_most="at most {v}",
    deducted="at most {v} deducted",
    band_from="from {low}",
    band_below="below {high}",
    band_both="from {low} to below {high}",
    grade="{x} follows from the points of {of}: {v}.",
    rating="{x} joins {fit} and {engagement}, for example {v}.",
    readiness="{x} is met if at least {n} of {of} sides are met ({v}).",
    behaviour="Behaviour belongs to it: {v}.",
    stated="Stated intent belongs to it: {v}.",
    state="By the facts, a lead is eligible for {x} if {v}.",
    initial="Every lead starts in {x}.",
    state_by_transition="A lead reaches {x} by a transition only.",
    stay="It stays there as long as {v}; otherwise it goes to {to} at once.",
    terminal="{x} is a final state.",
    demands="Demanded fields: {v}.",
    transition="{x}: from {v} to {to}",
    automatic="automatically",
    when_eligible="automatically, as soon as a lead is eligible for it",
    by="by {v}",
    wait="after {v} in the state at the earliest",
    reason="with the reason {v}",
    first_response="{who} owes a first response within {v} of the entry to {to}",
    feedback_duty="{who} owes feedback within {v} of the entry to {to}",
    volume="{who} owes {v} a month in {to}",
    accepted_share="{v} of them accepted",
    feedback=(
        "{who} gives feedback on every lead in {to} within {v} ({verdict}); "
        "with a reason if {rejected} ({reason})."
    ),
    governance=(
        "Owner: {owner}. Whether a lead is ready for sales is decided by: {decides}. "
        "Changes are made by: {change}. Next review: {v}."
    ),
    lines={
        "base": "base value",
        "decay": "decay with age",
        "limit": "limit of the rule",
        "group": "bound of the group {x}",
        "bound": "bound of the score",
        "rounding": "rounding",
    },
    decision="{at}: {v}.",
    attribute="{x} ({kind}): {v}.",
    in_state="state {x}",
)

PART_WORDS: Final[Mapping[Lang, PartWords]] = {"de": GERMAN, "en": ENGLISH}

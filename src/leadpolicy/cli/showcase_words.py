"""What the demo says, in German and English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from leadpolicy.policy.fields import Lang


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language; templates are filled with `str.format`."""

    world: str
    made: str
    check: str
    checked: str
    plan: str
    applied: str
    sales: str
    sync: str
    first: str
    second: str
    feedback: str
    state: str
    rating: str
    leads: str
    one: str
    files: str
    file: str
    holds: str
    again: str


WORDS: Final[Mapping[Lang, Words]] = {
    "en": Words(
        world="A year in the life of a German B2B company",
        made="{leads} leads, {signals} signals, {consents} consent events, seed {seed}",
        check="Check the policy",
        checked="{name} {version}: {errors} errors, {warnings} warnings, "
        "{passed} of {cases} cases passed",
        plan="Plan and apply: what the CRM needs",
        applied="{changed} changes made; planned again: {again}",
        sales="Sales fills in its feedback: {count} leads",
        sync="Decide and sync, as of {at}",
        first="first sync: {written} written, {unchanged} unchanged, {failed} failed",
        second="second sync: {written} written, {unchanged} unchanged, {failed} failed",
        feedback="feedback taken in: {new} new, {known} known",
        state="state",
        rating="rating",
        leads="leads",
        one="One lead: {key}",
        files="Where everything lies",
        file="file",
        holds="what it holds",
        again="Do it again yourself; nothing is left to write:",
    ),
    "de": Words(
        world="Ein Jahr im Leben eines deutschen B2B-Unternehmens",
        made="{leads} Leads, {signals} Signale, {consents} Einwilligungsereignisse, Seed {seed}",
        check="Die Policy prüfen",
        checked="{name} {version}: {errors} Fehler, {warnings} Warnungen, "
        "{passed} von {cases} Fällen bestanden",
        plan="Planen und anwenden: was das CRM braucht",
        applied="{changed} Änderungen gemacht; noch einmal geplant: {again}",
        sales="Der Vertrieb trägt seine Rückmeldungen ein: {count} Leads",
        sync="Entscheiden und abgleichen, Stand {at}",
        first="erstens:  {written} geschrieben, {unchanged} unverändert, {failed} gescheitert",
        second="zweitens: {written} geschrieben, {unchanged} unverändert, {failed} gescheitert",
        feedback="Rückmeldungen übernommen: {new} neu, {known} bekannt",
        state="Status",
        rating="Rating",
        leads="Leads",
        one="Ein Lead: {key}",
        files="Wo alles liegt",
        file="Datei",
        holds="was darin steht",
        again="Selbst noch einmal; es bleibt nichts zu schreiben:",
    ),
}

CONTENTS: Final[Mapping[Lang, Mapping[str, str]]] = {
    "en": {
        "crm.db": "the CRM: leads, signals, consents, and the policy's columns",
        "plan.txt": "what was changed in the CRM",
        "decisions.jsonl": "every decision with its explanation",
        "glossary_de.html": "the shared glossary of marketing and sales, German",
        "glossary_en.html": "the shared glossary of marketing and sales, English",
        "lifecycle.svg": "the lifecycle as a picture",
        "leadpolicy-store.db": "what is remembered between runs",
    },
    "de": {
        "crm.db": "das CRM: Leads, Signale, Einwilligungen und die Spalten der Policy",
        "plan.txt": "was im CRM geändert wurde",
        "decisions.jsonl": "jede Entscheidung mit ihrer Erklärung",
        "glossary_de.html": "das gemeinsame Glossar von Marketing und Vertrieb, deutsch",
        "glossary_en.html": "das gemeinsame Glossar von Marketing und Vertrieb, englisch",
        "lifecycle.svg": "der Lebenszyklus als Bild",
        "leadpolicy-store.db": "was sich Läufe merken",
    },
}

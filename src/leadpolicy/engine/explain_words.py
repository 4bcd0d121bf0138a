"""The words of an explained decision, in German and English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from leadpolicy.backends.prose.words import Forms
from leadpolicy.engine.overrides import Standing
from leadpolicy.engine.verdict import Verdict
from leadpolicy.policy.fields import Lang
from leadpolicy.policy.sla import Duty


@dataclass(frozen=True, slots=True)
class ExplainWords:
    """The words of one language; templates are filled with `str.format`."""

    decided: str
    valid_until: str
    valid_always: str
    effective: str
    initial: str
    outranked: str
    by_transition: str
    possible: str
    endless: str
    undecided: str
    criteria: str
    gates: str
    open: str
    closed: str
    objects: str
    no_objection: str
    obligations: str
    due: str
    overdue: str
    attempts: str
    nothing_owed: str
    overrides: str
    override: str
    until: str
    blocked_by: str
    state: str
    ignored: str
    not_open: str
    after: str
    repeated: str
    within: str
    why: str
    why_not: str
    met: str
    no_line: str
    verdicts: Mapping[Verdict, str]
    duties: Mapping[Duty, str]
    standings: Mapping[Standing, str]
    question_missing: str
    nothing_further: str
    nothing_missing: str
    no_way: str
    several_ways: str
    one_way: str
    not_exhaustive: str
    now: str
    asks: str
    more_signals: Forms
    still_in: str


GERMAN: Final = ExplainWords(
    decided="Entschieden am {at} nach {policy} ({name} {version}, {hash}).",
    valid_until="Gilt bis {at}, wenn nichts Neues bekannt wird.",
    valid_always="Gilt, bis etwas Neues bekannt wird.",
    effective="In Kraft ist {x}: siehe Abweichungen.",
    initial="Anfangszustand",
    outranked="kommt in Frage, doch {by} geht vor",
    by_transition="nur durch einen Übergang zu erreichen",
    possible="möglich sind {low} bis {high}",
    endless="unbegrenzt",
    undecided="offen: {points} für {because}, unbekannt: {facts}",
    criteria="Kriterien",
    gates="Erlaubnisse",
    open="offen",
    closed="geschlossen",
    objects="Gegen {x} spricht: {v}.",
    no_objection="Gegen {x} spricht keine konfigurierte Regel.",
    obligations="Pflichten",
    due="{duty}, {who}: fällig {at} ({within} ab {since})",
    overdue="{duty}, {who}: überfällig seit {at} ({within} ab {since})",
    attempts="mindestens {n} Kontaktversuche",
    nothing_owed="Zurzeit ist nichts geschuldet.",
    overrides="Abweichungen",
    override="{of}: {value} statt {computed}, {standing} ({who}: {reason})",
    until="bis {at}",
    blocked_by="dagegen spricht: {v}",
    state="Zustand",
    ignored="Nicht verwendete Signale",
    not_open="ohne die Erlaubnis „{x}“ erhoben oder genutzt",
    after="nach der Entscheidung",
    repeated="doppelt geliefert",
    within="in {x}",
    why="Warum {x}?",
    why_not="Warum nicht {x}?",
    met="Dem steht nichts entgegen.",
    no_line="Dazu trägt nichts bei.",
    verdicts={
        Verdict.MET: "erfüllt",
        Verdict.NOT_MET: "nicht erfüllt",
        Verdict.UNDECIDED: "nicht entschieden",
    },
    duties={
        Duty.FIRST_RESPONSE: "Erste Reaktion",
        Duty.FEEDBACK: "Rückmeldung",
        Duty.VOLUME: "Menge",
    },
    standings={
        Standing.IN_FORCE: "in Kraft",
        Standing.EXPIRED: "abgelaufen",
        Standing.REPLACED: "durch eine spätere ersetzt",
        Standing.FALLEN_BACK: "nicht in Kraft",
    },
    question_missing="Was fehlt für {x}?",
    nothing_further="Es gibt keinen weiteren Zustand, zu dem Fakten führen.",
    nothing_missing="Es fehlt nichts.",
    no_way="Kein Fakt, der noch bekannt werden oder eintreten kann, führt dorthin.",
    one_way="Alles davon:",
    several_ways="Weg {n} von {of}, alles davon:",
    not_exhaustive="Die Suche war nicht vollständig: Es kann weitere und kürzere Wege geben.",
    now="zurzeit: {v}",
    asks="weiß: {who}",
    more_signals=("{n} weiteres Signal {x}", "{n} weitere Signale {x}"),
    still_in="Der Lead wäre dann dennoch in {x}.",
)

ENGLISH: Final = ExplainWords(
    decided="Decided on {at} by {policy} ({name} {version}, {hash}).",
    valid_until="Valid until {at} if nothing new becomes known.",
    valid_always="Valid until something new becomes known.",
    effective="In force is {x}: see overrides.",
    initial="initial state",
    outranked="eligible, but {by} comes first",
    by_transition="reached by a transition only",
    possible="{low} to {high} are possible",
    endless="without limit",
    undecided="undecided: {points} for {because}, unknown: {facts}",
    criteria="Criteria",
    gates="Permissions",
    open="open",
    closed="closed",
    objects="Objections to {x}: {v}.",
    no_objection="No configured rule objects to {x}.",
    obligations="Obligations",
    due="{duty}, {who}: due {at} ({within} from {since})",
    overdue="{duty}, {who}: overdue since {at} ({within} from {since})",
    attempts="at least {n} contact attempts",
    nothing_owed="Nothing is owed at present.",
    overrides="Overrides",
    override="{of}: {value} instead of {computed}, {standing} ({who}: {reason})",
    until="until {at}",
    blocked_by="objections: {v}",
    state="State",
    ignored="Signals left out",
    not_open="collected or used without the permission “{x}”",
    after="after the decision",
    repeated="delivered again",
    within="in {x}",
    why="Why {x}?",
    why_not="Why not {x}?",
    met="Nothing stands in the way.",
    no_line="Nothing contributes to it.",
    verdicts={
        Verdict.MET: "met",
        Verdict.NOT_MET: "not met",
        Verdict.UNDECIDED: "undecided",
    },
    duties={
        Duty.FIRST_RESPONSE: "First response",
        Duty.FEEDBACK: "Feedback",
        Duty.VOLUME: "Volume",
    },
    standings={
        Standing.IN_FORCE: "in force",
        Standing.EXPIRED: "expired",
        Standing.REPLACED: "replaced by a later one",
        Standing.FALLEN_BACK: "not in force",
    },
    question_missing="What is missing for {x}?",
    nothing_further="There is no further state that facts lead to.",
    nothing_missing="Nothing is missing.",
    no_way="No fact that can still become known or happen leads there.",
    one_way="All of this:",
    several_ways="Way {n} of {of}, all of this:",
    not_exhaustive="The search was not complete: there may be other and shorter ways.",
    now="at present: {v}",
    asks="ask: {who}",
    more_signals=("{n} more signal {x}", "{n} more signals {x}"),
    still_in="The lead would still be in {x}.",
)

EXPLAIN_WORDS: Final[Mapping[Lang, ExplainWords]] = {"de": GERMAN, "en": ENGLISH}

"""Which words a language needs for prose; in templates `{x}` is what is spoken about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from leadpolicy.expr.nodes import AggregateFunction, Comparison, Pick, TextRelation

Forms: TypeAlias = tuple[str, str]
"""Two forms of one word: affirmed and denied, one and many, nominative and dative."""


@dataclass(frozen=True, slots=True)
class TextWords:
    """How a test of a text is said: `{v}` is one needle, `{ors}` and `{nors}` are several."""

    one: str
    several: str
    not_one: str
    not_several: str


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language for expressions; templates are filled with `str.format`."""

    quotes: str
    and_: str
    or_: str
    nor: str
    yes: str
    no: str
    unknown: str
    nothing: str
    always: str
    never: str
    not_: str
    flag: Forms
    met: Forms
    known: Forms
    choice: Forms
    choice_in: Forms
    number_in: Forms
    time_in: Forms
    ordered: Forms
    number: Mapping[Comparison, str]
    times: Mapping[Comparison, str]
    times_term: Mapping[Comparison, str]
    same: Forms
    count: Mapping[Comparison, str]
    often: Forms
    any_: Forms
    functions: Mapping[AggregateFunction, str]
    within: str
    where: str
    half_life: str
    loses: str
    recent: Forms
    older: Forms
    includes: Forms
    in_list: Forms
    texts: Mapping[TextRelation, TextWords]
    domain: str
    case: str
    otherwise: str
    case_value: str
    otherwise_value: str
    plus: str
    minus: str
    times_factor: str
    picks: Mapping[Pick, str]
    rounded: str
    rounded_whole: str
    at_least: str
    equivalent: Forms
    consent: str
    inner: Mapping[str, str]
    statuses: Mapping[str, str]
    channels: Mapping[str, str]
    durations: Mapping[str, Forms]
    units: Mapping[str, Forms]
    percent: str
    day: str
    moment: str

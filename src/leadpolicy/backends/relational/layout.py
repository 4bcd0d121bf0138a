"""Where the facts of leads stand in a database: tables, columns, and helper columns for texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from leadpolicy.expr.folding import fold

WORD_START = "＜"
WORD_END = "＞"
"""Marks around words; folded texts are in NFKC and never have these two characters."""


@dataclass(frozen=True, slots=True)
class SignalTable:
    """A table with one row for each signal; `properties` names columns by signal and property."""

    table: str = "signals"
    lead: str = "lead_id"
    type: str = "type"
    occurred_at: str = "occurred_at"
    properties: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConsentTable:
    """A table with one row for each consent event."""

    table: str = "consents"
    lead: str = "lead_id"
    purpose: str = "purpose"
    channel: str = "channel"
    status: str = "status"
    recorded_at: str = "recorded_at"


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column holds which attribute, and what else is stored about a lead.

    `attributes` maps attributes to columns of `table`, whose rows are told apart by `key`. Tables
    are names as they are written, with their schema before a dot where they have one. Helper
    columns hold what a database cannot work out itself: `folded` the folded text, `words` the
    folded text with marked words, `domains` the domain of an e-mail address. They are named by
    attribute, or by `signal.property` for columns of the signals, and filled with `fold`,
    `marked_words` and `email_domain`. `ascii` names attributes whose columns hold printable ASCII
    only, which a database folds exactly without a helper.
    """

    attributes: Mapping[str, str]
    table: str = "leads"
    key: str = "id"
    folded: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    domains: Mapping[str, str] = field(default_factory=dict)
    ascii: frozenset[str] = frozenset()
    signals: SignalTable | None = None
    consents: ConsentTable | None = None


def marked_words(text: str) -> str:
    """Return the folded text with marks where words begin and end, for a helper column.

    Marks also stand around what is no part of a word. So a text has a needle as a whole word or
    run of words exactly where its marked form contains that of the needle.

    >>> marked_words("Head of Sales")
    '＜head＞ ＜of＞ ＜sales＞'
    >>> marked_words("of sales") in marked_words("Head of Sales, DACH")
    True
    """
    folded = fold(text)
    apart = "".join(_apart(character) for character in folded)
    return f"{WORD_START}{apart}{WORD_END}"


def _apart(character: str) -> str:
    is_part_of_word = character.isalnum() or character == "_"
    return character if is_part_of_word else f"{WORD_END}{character}{WORD_START}"

"""The functions of the text form: how each is written and which node it builds."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Final

from leadpolicy.diagnostics import did_you_mean
from leadpolicy.expr.aggregate_calls import AGGREGATES
from leadpolicy.expr.arguments import Arguments, Function
from leadpolicy.expr.durations import UNITS
from leadpolicy.expr.nodes import (
    And,
    AtLeast,
    Attribute,
    Case,
    ConsentStatus,
    EmailDomain,
    Extreme,
    Includes,
    InList,
    Known,
    Literal,
    Node,
    Not,
    OlderThan,
    OneOf,
    Or,
    Output,
    Pick,
    Property,
    Recent,
    Rounded,
    Sum,
    TextRelation,
    TextTest,
)
from leadpolicy.expr.reading import BROKEN, Reading
from leadpolicy.expr.tokens import shortened
from leadpolicy.expr.types import NUMERIC, Kind, ValueType

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_OTHER_NAMES: Final = {
    "min": "lowest",
    "max": "highest",
    "round": "rounded",
    "is_known": "known",
    "is_unknown": "unknown",
    "startswith": "starts_with",
    "endswith": "ends_with",
    "date": "day",
    "datetime": "moment",
    "one_of": "x in ('a', 'b')",
}


def call(reading: Reading, item: ast.Call) -> Node:
    """Read a call of one of the functions of the language."""
    if not isinstance(item.func, ast.Name):
        return reading.refuse("LP204", "only functions of the language can be called", item.func)
    name = item.func.id
    function = FUNCTIONS.get(name)
    if function is None:
        return _unknown_function(reading, name, item)
    arguments = Arguments(reading, item, name, function.usage)
    return function.build(arguments) if arguments.fits(function) else BROKEN


def usage_of(name: str) -> str | None:
    """Return how a function is written; None if there is no such function."""
    function = FUNCTIONS.get(name)
    return function.usage if function else None


def _unknown_function(reading: Reading, name: str, item: ast.Call) -> Node:
    if name in UNITS:
        message = f"`{name}` makes a duration, which stands only as an argument"
        return reading.refuse("LP205", message, item, "write `within(x, days(90))`")
    message = f"unknown function `{shortened(name)}`"
    other = _OTHER_NAMES.get(name)
    hint = f"write `{other}`" if other else did_you_mean(name, FUNCTIONS)
    return reading.refuse("LP205", message, item.func, hint)


# ---------------------------------------------------------------------------------- conditions
def _known(given: Arguments) -> Node:
    return Known(given.term(0), place=given.place)


def _unknown(given: Arguments) -> Node:
    return Not(Known(given.term(0), place=given.place), place=given.place)


def _all_of(given: Arguments) -> Node:
    return And(given.terms(), place=given.place)


def _any_of(given: Arguments) -> Node:
    return Or(given.terms(), place=given.place)


def _at_least(given: Arguments) -> Node:
    count, items = given.whole(0), given.terms(1)
    return BROKEN if count is None else AtLeast(count, items, place=given.place)


def _text_test(relation: TextRelation) -> Callable[[Arguments], Node]:
    def build(given: Arguments) -> Node:
        of, needle = given.term(0), given.text(1)
        return BROKEN if needle is None else TextTest(relation, of, needle, place=given.place)

    return build


def _has_word(given: Arguments) -> Node:
    words = [given.text(index) for index in range(1, len(given))]
    tests = tuple(
        TextTest(TextRelation.HAS_WORD, given.term(0), word, place=given.place)
        for word in words
        if word is not None
    )
    if len(tests) < len(words):
        given.term(0)
        return BROKEN
    return tests[0] if len(tests) == 1 else Or(tests, place=given.place)


def _in_list(given: Arguments) -> Node:
    of = given.term(0)
    name = given.known_name(1, "LP208", "unknown list", given.reading.vocabulary.lists)
    return BROKEN if name is None else InList(of, name, place=given.place)


def _includes(given: Arguments) -> Node:
    of, code = given.term(0), given.text(1)
    return BROKEN if code is None else Includes(of, code, place=given.place)


def _within(given: Arguments) -> Node:
    of, within = given.term(0), given.duration(given.call.args[1])
    return BROKEN if within is None else Recent(of, within, place=given.place)


def _older_than(given: Arguments) -> Node:
    of, age = given.term(0), given.duration(given.call.args[1])
    return BROKEN if age is None else OlderThan(of, age, place=given.place)


def _reaches(given: Arguments) -> Node:
    of, code = given.term(0), given.text(1)
    if of is BROKEN or code is None:
        return BROKEN
    known = _type_of(of, given.reading)
    if known is None or not known.ordered:
        return given.reading.refuse(
            "LP202", "`reaches` needs a choice whose codes have an order", given.call.args[0]
        )
    if code not in known.codes:
        return given.reading.unknown("LP206", "unknown code", code, known.codes, given.call.args[1])
    higher = known.codes[known.codes.index(code) :]
    values = tuple(Literal(Kind.TEXT, each, place=given.place) for each in higher)
    return OneOf(of, values, place=given.place)


def _type_of(node: Node, reading: Reading) -> ValueType | None:
    match node:
        case Attribute():
            return reading.vocabulary.attributes.get(node.name)
        case Output():
            return reading.vocabulary.outputs.get(node.name)
        case Property() if reading.scope is not None:
            return reading.scope[1].get(node.name)
        case _:
            return None


# --------------------------------------------------------------------------------------- terms
def _domain(given: Arguments) -> Node:
    return EmailDomain(given.term(0), place=given.place)


def _consent(given: Arguments) -> Node:
    purposes = given.reading.vocabulary.purposes
    purpose = given.known_name(0, "LP209", "unknown purpose", purposes)
    if purpose is None:
        return BROKEN
    channel = given.known_name(1, "LP209", f"`{purpose}` has no channel", purposes[purpose])
    return BROKEN if channel is None else ConsentStatus(purpose, channel, place=given.place)


def _day(given: Arguments) -> Node:
    text = given.text(0)
    if text is None:
        return BROKEN
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        return given.wrong(f"`{shortened(text)}` is not a day", given.call.args[0])
    return Literal(Kind.DAY, day, place=given.place)


def _moment(given: Arguments) -> Node:
    text = given.text(0)
    if text is None:
        return BROKEN
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            hint = "add `Z` for UTC or an offset such as `+01:00`"
            return given.wrong("a moment needs a time zone", given.call.args[0], hint)
        return Literal(Kind.MOMENT, moment.astimezone(UTC), place=given.place)
    except (ValueError, OverflowError):
        return given.wrong(f"`{shortened(text)}` is not a moment", given.call.args[0])


def _unit(given: Arguments) -> Node:
    of, unit = given.term(0), given.text(1)
    if of is BROKEN or unit is None:
        return BROKEN
    if not isinstance(of, Literal) or of.kind not in NUMERIC or of.unit is not None:
        return given.wrong("`unit` needs a number here", given.call.args[0])
    return Literal(of.kind, of.value, unit, place=given.place)


def _case(given: Arguments) -> Node:
    branches = tuple(_branch(given, item) for item in given.call.args)
    if "otherwise" not in given.named:
        return given.wrong("`case` needs a value for all other leads", given.call)
    otherwise = given.reading.read(given.named["otherwise"])
    return Case(branches, otherwise, place=given.place)


def _branch(given: Arguments, item: ast.expr) -> tuple[Node, Node]:
    if isinstance(item, ast.Tuple) and len(item.elts) == 2:
        return given.reading.read(item.elts[0]), given.reading.read(item.elts[1])
    given.wrong("a branch is a pair of a condition and a value", item)
    return BROKEN, BROKEN


def _extreme(pick: Pick) -> Callable[[Arguments], Node]:
    return lambda given: Extreme(pick, given.terms(), place=given.place)


def _rounded(given: Arguments) -> Node:
    of = given.term(0)
    decimals = given.whole(1) if len(given) == 2 else 0
    return BROKEN if decimals is None else Rounded(of, decimals, place=given.place)


def _total(given: Arguments) -> Node:
    return Sum(given.terms(), place=given.place)


FUNCTIONS: Final = {
    "known": Function("known(x)", _known, 1, 1),
    "unknown": Function("unknown(x)", _unknown, 1, 1),
    "all_of": Function("all_of(a, b)", _all_of, 0, None),
    "any_of": Function("any_of(a, b)", _any_of, 0, None),
    "at_least": Function("at_least(2, a, b, c)", _at_least, 1, None),
    "contains": Function("contains(x, 'text')", _text_test(TextRelation.CONTAINS), 2, 2),
    "starts_with": Function("starts_with(x, 'text')", _text_test(TextRelation.STARTS_WITH), 2, 2),
    "ends_with": Function("ends_with(x, 'text')", _text_test(TextRelation.ENDS_WITH), 2, 2),
    "contains_ci": Function("contains_ci(x, 'text')", _text_test(TextRelation.CONTAINS_CI), 2, 2),
    "has_word": Function("has_word(x, 'word', 'other')", _has_word, 2, None),
    "in_list": Function("in_list(x, 'list')", _in_list, 2, 2),
    "includes": Function("includes(x, 'code')", _includes, 2, 2),
    "within": Function("within(x, days(90))", _within, 2, 2),
    "older_than": Function("older_than(x, days(90))", _older_than, 2, 2),
    "reaches": Function("reaches(x, 'code')", _reaches, 2, 2),
    "domain": Function("domain(x)", _domain, 1, 1),
    "consent": Function("consent('purpose', 'channel')", _consent, 2, 2),
    "day": Function("day('2026-01-31')", _day, 1, 1),
    "moment": Function("moment('2026-01-31T12:00:00Z')", _moment, 1, 1),
    "unit": Function("unit(50, 'people')", _unit, 2, 2),
    "case": Function(
        "case((condition, value), otherwise=value)", _case, 0, None, frozenset({"otherwise"})
    ),
    "lowest": Function("lowest(a, b)", _extreme(Pick.LOWEST), 1, None),
    "highest": Function("highest(a, b)", _extreme(Pick.HIGHEST), 1, None),
    "rounded": Function("rounded(x, 2)", _rounded, 1, 2),
    "total": Function("total(a, b)", _total, 0, None),
    **AGGREGATES,
}
"""Every function of the text form by name."""

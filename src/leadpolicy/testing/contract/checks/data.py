"""Values at the edges, which come back as they went in or are refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from leadpolicy.crm.connector import (
    BatchRefusedError,
    ColumnMissingError,
    DecisionRow,
    Outcome,
    Status,
)
from leadpolicy.crm.errors import CrmError
from leadpolicy.crm.state import Action, Change, Column, FieldKind, Value
from leadpolicy.crm.values import held
from leadpolicy.testing.contract import needs
from leadpolicy.testing.contract.behaviour import (
    Group,
    NotApplicableError,
    Tier,
    ViolationError,
    behaviours_of,
    expect,
)
from leadpolicy.testing.contract.bench import Bench, Scene
from leadpolicy.testing.contract.samples import keys

data: Final = behaviours_of(Group.DATA)

TEXTS: Final = (
    "Grüße aus Köln",
    "emoji 👩‍👩‍👧 and 𝒜",
    "עברית العربية",
    "e\u0301 combined",
    "İstanbul ıi",
    " spaces around ",
    "tab\tin it",
    "\u2028 separator",
    "50 % of 'a' \"b\" \\ /",
)
FORMULAS: Final = (
    "=1+1",
    "+49 221 1",
    "-1",
    "@SUM(A1)",
    "two\nlines",
    "two\r\nlines",
    'a "quoted", part; x',
    ",",
)
WHOLES: Final = (0, -1, 2**31 - 1, 2**31, -(2**31) - 1, 2**53 + 1, 2**63 - 1, -(2**63))
MOMENTS: Final = (
    datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC),
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    datetime(2028, 2, 29, 12, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC),
)


@data(71, Tier.BRONZE)
def texts_come_back_as_they_were(bench: Bench) -> None:
    """Every text comes back letter by letter, or its row is refused."""
    _expect_round_trip(bench, FieldKind.TEXT, TEXTS)


@data(72, Tier.BRONZE)
def texts_are_never_cut(bench: Bench) -> None:
    """A text of full length comes back whole; one that is too long is refused, never cut."""
    column = _column(bench, FieldKind.TEXT)
    length = column.length or 255
    _expect_round_trip(bench, FieldKind.TEXT, ("x" * length, "ü" * length, "𝒜" * length))
    _expect_round_trip(bench, FieldKind.TEXT, ("x" * (length + 1), "y" * (4 * length)))


@data(74, Tier.BRONZE)
def numbers_come_back_exactly(bench: Bench) -> None:
    """Large, small and negative numbers come back exactly, or their row is refused."""
    checked = 0
    for kind in (FieldKind.WHOLE, FieldKind.NUMBER):
        try:
            column = _column(bench, kind)
        except NotApplicableError:
            continue
        values = WHOLES if kind is FieldKind.WHOLE else _decimals(column.scale)
        _expect_round_trip(bench, kind, values)
        checked += 1
    if not checked:
        raise NotApplicableError("no number is written")


def _decimals(scale: int) -> tuple[Decimal, ...]:
    step = Decimal(1).scaleb(-scale)
    large = Decimal(10) ** (15 - scale) - step
    return (Decimal(0), step, -step, large, -large, Decimal(1), Decimal("0.1").quantize(step))


@data(75, Tier.BRONZE)
def moments_come_back_exactly(bench: Bench) -> None:
    """Moments around clock changes, leap days and epochs come back as the same instant."""
    _expect_round_trip(bench, FieldKind.MOMENT, MOMENTS)


@data(76, Tier.SILVER)
def nothing_in_a_text_is_carried_out(bench: Bench) -> None:
    """Formulas, quotes and line breaks come back as text, also by way of a job."""
    _expect_round_trip(bench, FieldKind.TEXT, FORMULAS)
    scene = bench.scene()
    width = scene.connector.capabilities.bulk_min
    if width is not None:
        _expect_back_from_a_job(scene, _column(bench, FieldKind.TEXT), width)


def _expect_back_from_a_job(scene: Scene, column: Column, width: int) -> None:
    scene.keys = keys(max(width, len(FORMULAS)))
    scene.crm.seed(scene.keys)
    texts = (FORMULAS * width)[: len(scene.keys)]
    rows = [
        replace(row, values={**row.values, column.name: text})
        for row, text in zip(scene.rows(), texts, strict=True)
    ]
    outcomes = scene.write(rows)
    for row in rows:
        if outcomes[row.key].status is not Status.FAILED:
            _expect_held(scene, row, column)


def _column(bench: Bench, kind: FieldKind) -> Column:
    scene = bench.scene(deployed=False)
    found = next((c for c in scene.columns if c.kind is kind), None)
    if found is None:
        raise NotApplicableError(f"no column of the kind `{kind.value}` is written")
    return found


def _expect_round_trip(bench: Bench, kind: FieldKind, values: Sequence[Value]) -> None:
    """Write each value as the row of a lead, and compare those that were taken."""
    column = _column(bench, kind)
    scene = bench.scene()
    scene.keys = keys(len(values))
    scene.crm.seed(scene.keys)
    rows = scene.rows()
    for row, value in zip(rows, values, strict=True):
        changed = replace(row, values={**row.values, column.name: value})
        if _taken(scene, changed):
            _expect_held(scene, changed, column)


def _taken(scene: Scene, row: DecisionRow) -> bool:
    """Write one row, or a job of it and others, and tell whether the CRM took it."""
    try:
        return _settled(scene, row).status is not Status.FAILED
    except BatchRefusedError:
        return False


def _settled(scene: Scene, row: DecisionRow) -> Outcome:
    outcome = scene.write([row]).get(row.key)
    if outcome is None:
        raise ViolationError(f"lead `{row.key}` has no outcome")
    return outcome


def _expect_held(scene: Scene, row: DecisionRow, column: Column) -> None:
    found = scene.crm.held([row.key], [column])[row.key].get(column.name)
    wanted = row.values[column.name]
    same = held(found, replace(column, length=None)) == wanted
    expect(same, f"`{column.name}` was given {wanted!r:.80} and holds {found!r:.80}")
    looked_up = scene.connector.lookup([row.key], [column])[row.key].values[column.name]
    expect(looked_up == wanted, f"the lookup shows {looked_up!r:.80} for {wanted!r:.80}")


@data(73, Tier.SILVER, needs.destroys_columns)
def a_missing_column_is_named_before_anything_is_sent(bench: Bench) -> None:
    """A column that somebody removed is named by an error, and nothing is written."""
    scene = bench.scene(2)
    gone = scene.columns[0]
    scene.connector.apply(Change(Action.DESTROY, gone))
    _expect_named(lambda: scene.connector.write(scene.rows(), scene.columns), gone)
    with suppress(CrmError):
        scene.push(scene.rows())
        raise ViolationError(f"`{gone.name}` is missing, and a push went on")
    others = [column for column in scene.columns if column != gone]
    there = scene.crm.held(scene.keys, others)
    empty = all(there[key].get(c.name) is None for key in scene.keys for c in others)
    expect(empty, "something was written although a column is missing")


def _expect_named(act: Callable[[], object], column: Column) -> None:
    try:
        act()
    except CrmError as error:
        named = isinstance(error, ColumnMissingError) or column.name in str(error)
        expect(named, f"the error does not name `{column.name}`: {error}")
    else:
        raise ViolationError(f"`{column.name}` is missing, and nothing was said")

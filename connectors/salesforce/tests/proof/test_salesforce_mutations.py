"""The proof sees a compiler that leaves something out: one change of it at a time."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any, Final, TypeAlias
from unittest.mock import patch

import pytest

from judges.atoms import ATOMS, atoms, edge_leads
from judges.proof import Difference, Ledger, prove
from leadpolicy.backends.guarded import TRUE
from leadpolicy.backends.truths import guarded
from leadpolicy.expr.nodes import Comparison
from leadpolicy_salesforce.formula import (
    arithmetic,
    bands,
    fields,
    meaning,
    meanings,
    source,
    texts,
    times,
    trees,
)

Changes: TypeAlias = Mapping[tuple[Any, str], Any]

PLAIN: Final = SimpleNamespace(
    guarded=guarded,
    compared=meaning.compared,
    known=source.known,
    folded=texts._folded,
    text=trees.text,
)
WITHOUT_GUARD: Final = ("flag", "false_where_missing", "known")
"""Atoms that ask for blanks themselves, or have none."""


def differences(
    changes: Changes, *, blanks_as_zero: bool = False, closely: bool = False
) -> list[Difference]:
    ledger = Ledger()
    with ExitStack() as stack:
        for (module, name), instead in changes.items():
            stack.enter_context(patch.object(module, name, instead))
        prove(atoms(), edge_leads(), ledger, blanks_as_zero=blanks_as_zero, closely=closely)
    return ledger.differences


def test_nothing_is_seen_where_nothing_is_left_out() -> None:
    assert differences({}, closely=True) == []


# ------------------------------------------------------------------------------------- guards
def unguarded(_known: Any, test: Any) -> Any:
    return PLAIN.guarded(TRUE, test)


@pytest.fixture(scope="module")
def wrong() -> set[str]:
    """Return the criteria that are wrong about a lead when no atom has its guard."""
    modules = (meanings, texts, times, source)
    changes = {(module, "guarded"): unguarded for module in modules}
    return {found.output for found in differences(changes, closely=True)}


@pytest.mark.parametrize("name", [name for name in ATOMS if name not in WITHOUT_GUARD])
def test_an_atom_without_its_guard_is_seen(name: str, wrong: set[str]) -> None:
    assert {name, f"not_{name}"} & wrong


def known_but(kind: str) -> Changes:
    """Take fields of one kind for known."""

    def known(field: Any, tree: Any) -> Any:
        return TRUE if field.kind == kind else PLAIN.known(field, tree)

    return {(source, "known"): known}


@pytest.mark.parametrize(
    "kind", ["number", "text", "picklist", "multipicklist", "date", "datetime"]
)
def test_blank_fields_of_a_kind_that_count_as_known_are_seen(kind: str) -> None:
    assert differences(known_but(kind), closely=True)


# ------------------------------------------------------------------------------------- faults
def same_both_ways(left: Any, op: Any, right: Any) -> Any:
    found = PLAIN.compared(left, op, right)
    return meaning.Test(found.tree, found.tree)


def above(left: Any, _op: Any, right: Any) -> Any:
    return PLAIN.compared(left, Comparison.GT, right)


FAULTS: Final[dict[str, Changes]] = {
    "an opposite is the same": {(meanings, "compared"): same_both_ways},
    "NOT is left out": {(meanings, "_negated"): lambda of: of},
    "letter case counts": {(texts, "_folded"): lambda of, _has_ss: of.tree},
    "ß is no ss": {(texts, "_folded"): lambda of, _has_ss: PLAIN.folded(of, False)},
    "scores are not rounded": {(arithmetic, "rounded"): lambda _node, of: of},
    "scores have no bounds": {(arithmetic, "extreme"): lambda _node, items: items[0]},
    "an edge belongs to the grade below": {
        (bands, "compared"): above,
        (bands, "_stepped"): lambda *_: iter(()),
    },
    "a window has no end": {(times, "every"): lambda tests: tests[1]},
    "a window has no beginning": {(times, "every"): lambda tests: tests[0]},
    "yes is read as no": {(fields.Field, "flags"): lambda _field, wanted: (str(not wanted),)},
    "quotes are left out": {(trees, "text"): lambda value: PLAIN.text(value.replace('"', ""))},
    "codes are left as they are": {(fields.Field, "written"): lambda _field, code: (code + " ",)},
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_compiler_with_a_fault_is_seen(name: str) -> None:
    assert differences(FAULTS[name])


def test_blanks_that_are_read_as_zeros_are_seen() -> None:
    assert differences({}, blanks_as_zero=True)

"""From files to a checked policy, with every problem at its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from os import PathLike
from pathlib import Path

from leadpolicy.diagnostics import (
    Diagnostic,
    PolicyError,
    Span,
    has_errors,
    in_source_order,
)
from leadpolicy.documents.source import Tree, TreePath, read_list_file, read_text, read_tree
from leadpolicy.documents.structure import validate
from leadpolicy.expr.nodes import Place
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy.policy.pipeline import diagnose
from leadpolicy.policy.policy import Policy


@dataclass(frozen=True, slots=True)
class Document:
    """What reading gave: the tree always, the policy if its structure holds, and all problems."""

    tree: Tree = field(repr=False)
    policy: Policy | None = field(repr=False)
    checked: CheckedPolicy | None
    diagnostics: tuple[Diagnostic, ...]

    def require(self) -> CheckedPolicy:
        """Return the checked policy; raises `PolicyError` with every problem if there is none."""
        if self.checked is None:
            raise PolicyError(self.diagnostics, self.tree.sources)
        return self.checked


def read(
    path: str | PathLike[str],
    *,
    packs: Iterable[str | PathLike[str]] = (),
    today: date | None = None,
    kind: type[Policy] = Policy,
) -> Document:
    """Read and check a policy from a folder or file; never raises for what the files hold.

    `packs` are folders in which packs named by `extends` are looked up first; `today` turns on
    the check for an overdue review; `kind` is a subclass of `Policy` with parts of its own.
    """
    tree = read_tree(path, packs=tuple(Path(pack) for pack in packs))
    return _document(tree, today, kind)


def read_policy_text(
    text: str,
    *,
    name: str = "<text>",
    today: date | None = None,
    kind: type[Policy] = Policy,
) -> Document:
    """Read and check a policy from one text; `include` and list files are not looked up."""
    return _document(read_text(text, name), today, kind)


def _document(tree: Tree, today: date | None, kind: type[Policy]) -> Document:
    if has_errors(tree.diagnostics):
        return Document(tree, None, None, tree.diagnostics)
    policy, problems = validate(tree, kind)
    if policy is None:
        return Document(tree, None, None, in_source_order([*tree.diagnostics, *problems]))
    entries, missing = _list_files(tree, policy)
    checked, found = diagnose(policy, locate=_Locator(tree), list_files=entries, today=today)
    every = in_source_order([*tree.diagnostics, *missing, *found])
    return Document(tree, policy, None if has_errors(every) else checked, every)


def _list_files(tree: Tree, policy: Policy) -> tuple[dict[str, tuple[str, ...]], list[Diagnostic]]:
    entries: dict[str, tuple[str, ...]] = {}
    problems: list[Diagnostic] = []
    for name, spec in policy.lists.items():
        if spec.file is None:
            continue
        span = tree.span_at(("lists", name, "file"))
        folder = Path(span.source).parent if span else Path()
        entries[name], found = read_list_file(folder, spec.file)
        problems += _placed_here(found, span)
    return entries, problems


def _placed_here(found: Iterable[Diagnostic], span: Span | None) -> Iterator[Diagnostic]:
    for item in found:
        unplaced = item.code in {"LP107", "LP108"}
        yield Diagnostic(
            item.code, item.message, span=span if unplaced else item.span, hint=item.hint
        )


class _Locator:
    """Finds the place of a path, or of some characters of the text there."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def __call__(self, path: TreePath, place: Place | None) -> Span | None:
        if place is not None and path in self._tree.scalars:
            return self._tree.span_within(path, *place)
        is_part = path in self._tree.key_spans and path not in self._tree.scalars
        return self._tree.key_spans[path] if is_part else self._tree.span_at(path)

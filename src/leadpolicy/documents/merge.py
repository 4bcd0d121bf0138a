"""Putting documents together: parts of one pack side by side, and a pack over its parents."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from leadpolicy.diagnostics import Diagnostic, did_you_mean, path_text
from leadpolicy.documents.nodes import Node, TreePath
from leadpolicy.documents.scalars import quoted

MAX_HINT_NAMES: Final = 100


def union(first: Node, second: Node, problems: list[Diagnostic], path: TreePath = ()) -> Node:
    """Return both mappings as one; a name that both define is a problem and the first one stays."""
    entries = dict(first.mapping)
    for name, part in second.mapping.items():
        known = entries.get(name)
        if known is None:
            entries[name] = part
        elif known.is_mapping and part.is_mapping:
            entries[name] = union(known, part, problems, (*path, name))
        else:
            problems.append(_defined_twice(name, known, part, path))
    return replace(first, value=entries)


def _defined_twice(name: str, first: Node, second: Node, path: TreePath) -> Diagnostic:
    return Diagnostic(
        "LP103",
        f"{quoted(name)} is defined twice, first at {first.key_span}",
        span=second.key_span,
        path=path_text((*path, name)),
        hint="remove or rename one of them",
    )


def overlay(
    base: Node, child: Node, problems: list[Diagnostic], *, strict: bool, path: TreePath = ()
) -> Node:
    """Return `base` with the parts of `child` over it, each knowing what it replaces.

    Mappings merge by key, every other value replaces the old one, null deletes. With `strict`,
    deleting what `base` does not have is a problem.
    """
    entries = dict(base.mapping)
    for name, part in child.mapping.items():
        known, here = entries.get(name), (*path, name)
        if known is None:
            entries[name] = part
            if part.value is None and strict:
                del entries[name]
                problems.append(_nothing_to_delete(name, part, base, here))
        elif part.value is None:
            del entries[name]
        elif known.is_mapping and part.is_mapping:
            entries[name] = overlay(known, part, problems, strict=strict, path=here)
        else:
            entries[name] = replace(part, replaces=known)
    return replace(child, value=entries, replaces=base)


def _nothing_to_delete(name: str, part: Node, base: Node, path: TreePath) -> Diagnostic:
    return Diagnostic(
        "LP111",
        f"{quoted(name)} is deleted here, but no parent defines it",
        span=part.key_span,
        path=path_text(path),
        hint=did_you_mean(name, base.mapping) if len(base.mapping) <= MAX_HINT_NAMES else None,
    )

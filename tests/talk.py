"""A policy with every kind of value, made to be talked about, and what speaks about it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from leadpolicy.backends.prose import Prose
from leadpolicy.documents.read import read
from leadpolicy.expr.nodes import Node
from leadpolicy.expr.parse import parse
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy.policy.fields import Lang

FOLDER = Path(__file__).parent / "data" / "prose"
LANGS: tuple[Lang, ...] = ("de", "en")


@cache
def policy() -> CheckedPolicy:
    """Return the policy, checked."""
    return read(FOLDER).require()


@cache
def prose(lang: Lang) -> Prose:
    """Return what speaks about the policy in a language."""
    return Prose(policy(), lang)


def expression(text: str) -> Node:
    """Return an expression over the policy's vocabulary."""
    parsed = parse(text, policy().vocabulary)
    assert parsed.node is not None and not parsed.problems, parsed.problems
    return parsed.node

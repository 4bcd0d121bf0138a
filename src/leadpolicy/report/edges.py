"""The lifecycle as edges: transitions, stay exits, and which of them lead back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from leadpolicy.policy.fields import Lang, Role
from leadpolicy.policy.policy import Policy


class EdgeKind(StrEnum):
    """Who moves a lead along an edge."""

    AUTOMATIC = "automatic"
    ROLE = "role"
    EXIT = "exit"


@dataclass(frozen=True, slots=True)
class Edge:
    """One way from a state to another; `back` where it leads to an earlier declared state."""

    source: str
    target: str
    kind: EdgeKind
    label: str
    back: bool
    roles: tuple[Role, ...] = ()


@dataclass(frozen=True, slots=True)
class Lane:
    """The edges of one transition, or of all exits, to one state and in one direction."""

    sources: tuple[str, ...]
    edge: Edge


_EXIT = {"de": "Voraussetzung entfällt", "en": "condition no longer holds"}


def edges(policy: Policy, lang: Lang) -> tuple[Edge, ...]:
    """Return every edge of the lifecycle, transitions first, in declared order."""
    rank = {name: index for index, name in enumerate(policy.states)}
    found = (*_transitions(policy, lang), *_exits(policy, lang))
    return tuple(replace(edge, back=rank[edge.target] <= rank[edge.source]) for edge in found)


def _transitions(policy: Policy, lang: Lang) -> Iterator[Edge]:
    for step in policy.transitions.values():
        kind = EdgeKind.ROLE if step.by else EdgeKind.AUTOMATIC
        for source in step.from_:
            yield Edge(source, step.to, kind, step.title.text(lang), False, step.by)


def _exits(policy: Policy, lang: Lang) -> Iterator[Edge]:
    for name, state in policy.states.items():
        if state.exit_to is not None:
            yield Edge(name, state.exit_to, EdgeKind.EXIT, _EXIT[lang], False)


def lanes(policy: Policy, lang: Lang) -> tuple[Lane, ...]:
    """Return the edges joined where only their source differs, in declared order."""
    joined: dict[Edge, list[str]] = {}
    for edge in edges(policy, lang):
        joined.setdefault(replace(edge, source=""), []).append(edge.source)
    return tuple(Lane(tuple(dict.fromkeys(sources)), edge) for edge, sources in joined.items())

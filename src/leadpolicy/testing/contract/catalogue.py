"""Every behaviour, in order."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from leadpolicy.diagnostics import did_you_mean
from leadpolicy.testing.contract.behaviour import Behaviour, Group, Tier

_HOMES = {
    Group.PACKAGE: ("package",),
    Group.PUSH: ("push", "rows"),
    Group.FAULTS: ("faults", "answers", "interruptions"),
    Group.PULL: ("pull", "consents"),
    Group.DEPLOY: ("deploy", "drift"),
    Group.DATA: ("data",),
    Group.STORE: ("store",),
}


@cache
def behaviours(up_to: Tier = Tier.PLATINUM) -> tuple[Behaviour, ...]:
    """Return the behaviours of a tier and those below it, by number."""
    found = [b for homes in _HOMES.values() for home in homes for b in _in(home)]
    groups = list(Group)
    found.sort(key=lambda b: (groups.index(b.group), b.number))
    return tuple(behaviour for behaviour in found if behaviour.tier <= up_to)


def _in(home: str) -> list[Behaviour]:
    module = import_module(f"leadpolicy.testing.contract.checks.{home}")
    return [item for item in vars(module).values() if isinstance(item, Behaviour)]


def behaviour_named(slug: str) -> Behaviour:
    """Return a behaviour by its slug; raises `KeyError` with a hint for unknown ones."""
    found = {item.slug: item for item in behaviours()}
    if slug not in found:
        hint = did_you_mean(slug, found) or "see the list of behaviours"
        raise KeyError(f"there is no behaviour `{slug}`; {hint}")
    return found[slug]

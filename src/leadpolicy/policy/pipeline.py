"""From a policy to a checked policy: declare, lower, order, simplify, check, seal.

The stages run in this order and each collects all its problems. Only this module makes a
`CheckedPolicy`, so whoever is handed one need not check again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import date
from graphlib import CycleError, TopologicalSorter
from zoneinfo import ZoneInfo

from leadpolicy.diagnostics import Diagnostic, PolicyError, Severity, has_errors, in_source_order
from leadpolicy.expr.nodes import Node, Output
from leadpolicy.expr.simplify import simplify
from leadpolicy.expr.traverse import walk
from leadpolicy.expr.types import Kind, ValueType, Vocabulary
from leadpolicy.expr.unparse import unparse
from leadpolicy.policy.checked import CheckedPolicy, NamedOutput
from leadpolicy.policy.checks import CHECKS, Draft
from leadpolicy.policy.fields import Path
from leadpolicy.policy.lists import folded_entries
from leadpolicy.policy.lowering import Locate, Lowering, Names
from leadpolicy.policy.policy import Declares, Lowers, Policy


def check(
    policy: Policy,
    *,
    locate: Locate | None = None,
    list_files: Mapping[str, tuple[str, ...]] | None = None,
    today: date | None = None,
    sources: Mapping[str, str] | None = None,
) -> CheckedPolicy:
    """Check a policy; raises `PolicyError` with every problem if there is an error.

    `list_files` holds the entries of lists that name a file; `today` (a calendar day in the
    policy's time zone) turns on the check for an overdue review.
    """
    checked, diagnostics = diagnose(policy, locate=locate, list_files=list_files, today=today)
    if checked is None:
        raise PolicyError(diagnostics, sources)
    return checked


def diagnose(
    policy: Policy,
    *,
    locate: Locate | None = None,
    list_files: Mapping[str, tuple[str, ...]] | None = None,
    today: date | None = None,
) -> tuple[CheckedPolicy | None, tuple[Diagnostic, ...]]:
    """Check a policy and return it with all problems; None instead of it after an error."""
    into = Lowering(_vocabulary(policy), _names(policy), locate)
    _report_duplicates(policy, into)
    _lower(policy, into)
    outputs = _ordered(into)
    lists = {
        name: folded_entries(spec, (list_files or {}).get(name, ()))
        for name, spec in policy.lists.items()
    }
    draft = Draft(policy, into, tuple(outputs), today)
    if not has_errors(into.diagnostics):
        for run in CHECKS:
            run(draft)
    found = in_source_order(into.diagnostics)
    if has_errors(found):
        return None, found
    return _seal(policy, into, draft.outputs, lists, found), found


def _names(policy: Policy) -> Names:
    feedback = policy.feedback
    reason = policy.record.attributes.get(feedback.reason) if feedback else None
    return Names(
        record=policy.record.name,
        states=tuple(policy.states),
        scores=tuple(policy.scores),
        gates=tuple(policy.gates),
        reasons=tuple(reason.codes) if reason else (),
    )


def _vocabulary(policy: Policy) -> Vocabulary:
    outputs: dict[str, ValueType] = {}
    for _path, name, part in policy.parts():
        if isinstance(part, Declares):
            outputs.update(part.output_types(name))
    if policy.rating is not None:
        codes = policy.rating.codes(policy.grades)
        outputs["rating"] = ValueType(Kind.CHOICE, codes=codes, nullable=False)
    return Vocabulary(
        attributes=policy.record.value_types(),
        outputs=outputs,
        signals={name: spec.value_types() for name, spec in policy.signals.items()},
        lists=frozenset(policy.lists),
        purposes={
            name: frozenset(channel.value for channel in purpose.channels)
            for name, purpose in policy.purposes.items()
        },
    )


def _report_duplicates(policy: Policy, into: Lowering) -> None:
    taken: dict[str, Path] = {
        name: ("record", "attributes", name) for name in policy.record.attributes
    }
    if policy.rating is not None:
        taken["rating"] = ("rating",)
    for path, name, part in policy.parts():
        if not isinstance(part, Declares):
            continue
        if name in taken:
            other = ".".join(str(step) for step in taken[name])
            into.report(
                "LP305",
                f"the name `{name}` is also used by `{other}`",
                path,
                hint="expressions use names alone: give one of them another name",
            )
        taken.setdefault(name, path)


def _lower(policy: Policy, into: Lowering) -> None:
    for path, name, part in policy.parts():
        if isinstance(part, Lowers):
            part.lower(name, into, path)
    if policy.rating is not None:
        policy.rating.lower(policy.grades, into, ("rating",))
    into.state_exists(policy.initial, ("initial",))


def references(node: Node) -> frozenset[str]:
    """Return the names of the outputs that an expression uses."""
    return frozenset(item.name for item in walk(node) if isinstance(item, Output))


def _ordered(into: Lowering) -> Iterator[NamedOutput]:
    by_name = {item.name: item for item in into.outputs}
    graph = {name: sorted(references(item.node) & by_name.keys()) for name, item in by_name.items()}
    try:
        order = tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        cycle = [str(name) for name in error.args[1]]
        into.report(
            "LP306",
            "definitions go in a circle: " + " → ".join(f"`{x}`" for x in cycle),
            by_name[cycle[0]].path,
        )
        return
    for name in order:
        item = by_name[name]
        yield NamedOutput(name, item.kind, simplify(item.node), item.type, item.path)


def _seal(
    policy: Policy,
    into: Lowering,
    outputs: tuple[NamedOutput, ...],
    lists: Mapping[str, frozenset[str]],
    found: tuple[Diagnostic, ...],
) -> CheckedPolicy:
    canonical = canonical_data(policy, into.expressions)
    return CheckedPolicy(
        policy=policy,
        content_hash=_content_hash(canonical, lists),
        vocabulary=into.vocabulary,
        outputs=outputs,
        scores=into.scores,
        states=tuple(state.plan(name) for name, state in policy.states.items()),
        transitions=tuple(item.plan(name) for name, item in policy.transitions.items()),
        lists=lists,
        canonical=canonical,
        timezone=ZoneInfo(policy.timezone),
        warnings=tuple(item for item in found if item.severity is not Severity.ERROR),
    )


def canonical_data(policy: Policy, expressions: Mapping[Path, Node]) -> dict[str, object]:
    """Return the policy as plain data with every expression in canonical text."""
    data: dict[str, object] = policy.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    for path, node in expressions.items():
        _set(data, path, unparse(node))
    return data


def _set(data: object, path: Path, value: str) -> None:
    for step in path[:-1]:
        data = data[step]  # type: ignore[index]
    data[path[-1]] = value  # type: ignore[index]


def _content_hash(canonical: Mapping[str, object], lists: Mapping[str, frozenset[str]]) -> str:
    """SHA-256 over the canonical data; the order of states and rules is part of the meaning."""
    content = {"policy": canonical, "lists": {name: sorted(lists[name]) for name in sorted(lists)}}
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()

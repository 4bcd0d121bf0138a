"""What a policy needs in a CRM, and one decision as the values of the columns it writes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal, Protocol

from leadpolicy.crm.capabilities import Capabilities, PartKind
from leadpolicy.crm.errors import CrmError
from leadpolicy.crm.native import VERDICTS, Native
from leadpolicy.crm.placing import Placing
from leadpolicy.crm.rights import TEAMS, rights
from leadpolicy.crm.rows import DecisionRow
from leadpolicy.crm.state import (
    Column,
    DesiredState,
    FieldKind,
    Reason,
    ReasonTable,
    Team,
    Value,
)
from leadpolicy.crm.tables import consent_tables
from leadpolicy.crm.twins import twins
from leadpolicy.engine.decision import Decision
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy.policy.fields import Lang
from leadpolicy.policy.sla import Feedback

PREFIX = "lp_"
"""What the columns that a policy writes begin with, so that they stand apart in the CRM."""


class UndeployableError(CrmError):
    """A policy cannot be brought into a CRM as it is named."""


def desired_state(
    policy: CheckedPolicy,
    *,
    prefix: str = PREFIX,
    lang: Lang = "de",
    bound: Collection[str] = (),
    native: Native | None = None,
    both: bool = False,
    permissions: bool | Collection[Team] = False,
    capabilities: Capabilities | None = None,
) -> DesiredState:
    """Return everything that a policy needs in a CRM, labelled in one language.

    Columns that the policy writes begin with `prefix`. The columns for feedback are named like the
    attributes that hold it, for these are what sales fills in. Columns and attributes in `bound`
    are the CRM's own. `native` is what the CRM carries out itself; with `both`, what it computes
    stands beside what a sync writes, with a flag that tells whether they differ. `permissions` are
    derived for the teams that are named, or for both. With `capabilities`, what the CRM cannot have
    is left out, and `placements` say so. Raises `UndeployableError` where names cannot be columns,
    and where the CRM cannot hold both side by side.
    """
    teams = _teams(permissions)
    compiled = _beside(native) if native is not None and both else native
    try:
        columns = (*_written(policy, prefix, lang), *_feedback(policy, lang))
        columns = tuple(_placed(columns, bound, compiled, capabilities))
        if native is not None and _has(PartKind.COLUMN, capabilities):
            columns += (*(twins(columns, native) if both else ()), *native.helpers)
        desired = DesiredState(
            policy.name,
            policy.version,
            policy.content_hash,
            columns=columns,
            tables=tuple(_tables(policy, prefix, capabilities)),
            rules=native.rules if native and _has(PartKind.RULE, capabilities) else (),
            permissions=tuple(rights(policy, columns, teams, bound))
            if _has(PartKind.PERMISSION, capabilities)
            else (),
        )
    except ValueError as error:
        hint = "rename the part of the policy, or choose another prefix"
        raise UndeployableError(f"the policy cannot be deployed: {error}", hint) from None
    if capabilities is None:
        return desired
    placing = Placing(policy, desired, prefix, capabilities, native, bool(teams))
    return replace(desired, placements=tuple(placing.placements()))


class Compiler(Protocol):
    """The part of a connector that says what a CRM needs, whether or not it is reached."""

    @property
    def capabilities(self) -> Capabilities:
        """What the CRM can do."""

    def native(self, policy: CheckedPolicy, columns: Sequence[Column]) -> Native:
        """Return what the CRM can enforce or compute itself."""

    def adapt(self, policy: CheckedPolicy, desired: DesiredState) -> DesiredState:
        """Return the desired state with what this CRM needs beside it."""


def desired_for(
    connector: Compiler,
    policy: CheckedPolicy,
    *,
    prefix: str = PREFIX,
    lang: Lang = "de",
    bound: Collection[str] = (),
    native: bool | Literal["both"] = False,
    permissions: bool | Collection[Team] = False,
) -> DesiredState:
    """Return what a policy needs in a CRM; with `native`, the CRM does what it can itself.

    See `desired_state`. Raises `UndeployableError` and `ConnectorError`.
    """

    def needed(compiled: Native | None = None) -> DesiredState:
        return desired_state(
            policy,
            prefix=prefix,
            lang=lang,
            bound=bound,
            native=compiled,
            both=native == "both",
            permissions=permissions,
            capabilities=connector.capabilities,
        )

    found = needed()
    if native:
        found = needed(connector.native(policy, found.columns))
    return connector.adapt(policy, found)


def _beside(native: Native) -> Native:
    """Return what is native when columns are computed beside what a sync writes."""
    lacking = sorted(native.formulas.keys() - native.checks.keys())
    if lacking:
        raise UndeployableError(
            f"the CRM cannot tell whether `{lacking[0]}` differs from what a sync writes",
            "choose native or synced values",
        )
    return replace(native, formulas={})


def _teams(permissions: bool | Collection[Team]) -> Collection[Team]:
    if isinstance(permissions, bool):
        return TEAMS if permissions else ()
    return permissions


def _has(kind: PartKind, capabilities: Capabilities | None) -> bool:
    return capabilities is None or kind in capabilities.creates


def _placed(
    columns: Iterable[Column],
    bound: Collection[str],
    native: Native | None,
    capabilities: Capabilities | None,
) -> Iterator[Column]:
    """Yield the columns that can stand in the CRM, each with who it belongs to and computes it."""
    formulas = {} if native is None else native.formulas
    for column in columns:
        if column.name in bound:
            yield replace(column, bound=True)
        elif _has(PartKind.COLUMN, capabilities):
            yield replace(column, formula=formulas.get(column.name))


def _written(policy: CheckedPolicy, prefix: str, lang: Lang) -> Iterator[Column]:
    parts = policy.policy
    for name, plan in policy.scores.items():
        kind = FieldKind.NUMBER if plan.decimals else FieldKind.WHOLE
        label = parts.scores[name].title.text(lang)
        yield Column(prefix + name, kind, scale=plan.decimals, label=label)
    for name, grade in parts.grades.items():
        codes = tuple(grade.bands)
        yield Column(prefix + name, FieldKind.CHOICE, codes=codes, label=grade.title.text(lang))
    if parts.rating is not None:
        codes, label = policy.output("rating").type.codes, parts.rating.title.text(lang)
        yield Column(f"{prefix}rating", FieldKind.CHOICE, codes=codes, label=label)
    states = tuple(state.name for state in policy.states)
    yield Column(f"{prefix}state", FieldKind.CHOICE, codes=states, label=_LABELS["state"][lang])
    # A decision that comes out the same is not written again only because it was made again.
    for name, compared in (("decided_at", False), ("valid_until", True)):
        label = _LABELS[name][lang]
        yield Column(prefix + name, FieldKind.MOMENT, label=label, compared=compared)
    for name in ("policy_version", "policy_hash"):
        yield Column(prefix + name, FieldKind.TEXT, length=64, label=_LABELS[name][lang])


_LABELS: Mapping[str, Mapping[Lang, str]] = {
    "state": {"de": "Status des Leads", "en": "State of the lead"},
    "decided_at": {"de": "Entschieden am", "en": "Decided at"},
    "valid_until": {"de": "Gültig bis", "en": "Valid until"},
    "policy_version": {"de": "Version der Policy", "en": "Version of the policy"},
    "policy_hash": {"de": "Inhalt der Policy (SHA-256)", "en": "Content of the policy (SHA-256)"},
    "at": {"de": "Rückmeldung am", "en": "Feedback given at"},
    "by": {"de": "Rückmeldung von", "en": "Feedback given by"},
}


def _feedback(policy: CheckedPolicy, lang: Lang) -> Iterator[Column]:
    feedback = policy.policy.feedback
    if feedback is None:
        return
    for name in (feedback.verdict, feedback.reason):
        spec = policy.policy.record.attributes[name]
        label, codes = spec.title.text(lang), tuple(spec.codes)
        yield Column(name, FieldKind.CHOICE, "sales", codes=codes, label=label)
    at, by = feedback_details(feedback)
    yield Column(at, FieldKind.MOMENT, "sales", label=_LABELS["at"][lang])
    yield Column(by, FieldKind.TEXT, "sales", label=_LABELS["by"][lang])


def feedback_details(feedback: Feedback) -> tuple[str, str]:
    """Return the columns that say when feedback was given, and by whom."""
    return f"{feedback.verdict}_at", f"{feedback.verdict}_by"


def feedback_columns(policy: CheckedPolicy) -> dict[str, str]:
    """Return the attributes that hold feedback, with the columns in which sales fills them in."""
    feedback = policy.policy.feedback
    return {} if feedback is None else {name: name for name in (feedback.verdict, feedback.reason)}


def _tables(
    policy: CheckedPolicy, prefix: str, capabilities: Capabilities | None
) -> Iterator[ReasonTable]:
    """Yield the tables that people choose from: the reasons, and the states where there is room."""
    if not _has(PartKind.TABLE, capabilities):
        return
    feedback = policy.policy.feedback
    if feedback is not None:
        codes = policy.policy.record.attributes[feedback.reason].codes
        rows = tuple(Reason(code, text.de, text.en) for code, text in codes.items())
        yield ReasonTable(f"{prefix}reasons", rows)
    if capabilities is not None and capabilities.state_table:
        titles = ((name, state.title) for name, state in policy.policy.states.items())
        rows = tuple(Reason(name, title.de, title.en) for name, title in titles)
        yield ReasonTable(f"{prefix}states", rows)
    if capabilities is not None and capabilities.consent_tables:
        yield from consent_tables(policy, prefix)


def decision_row(
    key: str, decision: Decision, *, prefix: str = PREFIX, desired: DesiredState | None = None
) -> DecisionRow:
    """Return the values of one decided lead for the columns that the policy writes.

    With `desired`, only for those that a sync writes there.
    """
    values: dict[str, Value] = {
        **decision.scores,
        **decision.grades,
        "state": decision.effective_state,
        "decided_at": decision.at,
        "valid_until": _whole_second(decision.values_hold_until),
        "policy_version": decision.version,
        "policy_hash": decision.content_hash,
    }
    if decision.rating is not None:
        values["rating"] = decision.rating
    columns = {prefix + name: value for name, value in values.items()}
    if desired is not None:
        columns |= _verdicts(decision, prefix, desired)
        columns = {column.name: columns.get(column.name) for column in desired.written}
    return DecisionRow(key, columns, decision.values_hold_until)


def _whole_second(moment: datetime | None) -> datetime | None:
    """Return the second that a moment lies in, which is as fine as every CRM keeps it."""
    return None if moment is None else moment.replace(microsecond=0)


def _verdicts(decision: Decision, prefix: str, desired: DesiredState) -> dict[str, Value]:
    """Return what came of conditions for the columns that hold them."""
    asked = [column.name for column in desired.written if column.codes == VERDICTS]
    return {name: decision.verdict(name.removeprefix(prefix)).value for name in asked}

"""What a policy needs in a CRM, and one decision as the values of the columns it writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from leadpolicy.crm.connector import CrmError, DecisionRow
from leadpolicy.crm.state import Column, DesiredState, FieldKind, Reason, ReasonTable, Value
from leadpolicy.engine.decision import Decision
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy.policy.fields import Lang
from leadpolicy.policy.sla import Feedback

PREFIX = "lp_"
"""What the columns that a policy writes begin with, so that they stand apart in the CRM."""


class UndeployableError(CrmError):
    """A policy cannot be brought into a CRM as it is named."""


def desired_state(
    policy: CheckedPolicy, *, prefix: str = PREFIX, lang: Lang = "de"
) -> DesiredState:
    """Return the columns and tables that a policy needs, labelled in one language.

    Columns that the policy writes begin with `prefix`. The columns for feedback are named like the
    attributes that hold it, for these are what sales fills in. Raises `UndeployableError` where
    names cannot be columns.
    """
    try:
        return DesiredState(
            policy.name,
            policy.version,
            policy.content_hash,
            columns=(*_written(policy, prefix, lang), *_feedback(policy, lang)),
            tables=tuple(_reasons(policy, prefix)),
        )
    except ValueError as error:
        hint = "rename the part of the policy, or choose another prefix"
        raise UndeployableError(f"the policy cannot be deployed: {error}", hint) from None


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


def _reasons(policy: CheckedPolicy, prefix: str) -> Iterator[ReasonTable]:
    feedback = policy.policy.feedback
    if feedback is not None:
        codes = policy.policy.record.attributes[feedback.reason].codes
        rows = tuple(Reason(code, text.de, text.en) for code, text in codes.items())
        yield ReasonTable(f"{prefix}reasons", rows)


def decision_row(key: str, decision: Decision, *, prefix: str = PREFIX) -> DecisionRow:
    """Return the values of one decided lead for the columns that the policy writes."""
    values: dict[str, Value] = {
        **decision.scores,
        **decision.grades,
        "state": decision.effective_state,
        "decided_at": decision.at,
        "valid_until": decision.values_hold_until,
        "policy_version": decision.version,
        "policy_hash": decision.content_hash,
    }
    if decision.rating is not None:
        values["rating"] = decision.rating
    return DecisionRow(key, {prefix + name: value for name, value in values.items()})

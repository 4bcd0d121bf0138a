"""Rules as validation rules, and back."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from lxml import etree

from leadpolicy.crm.state import Rule, RuleKind
from leadpolicy_salesforce.metadata.names import shortened
from leadpolicy_salesforce.metadata.xml import build, is_true, value_of

INACTIVE: Final = "/* inactive */ "
"""What the body of a rule begins with, as it is shown, that somebody has switched off."""
_SIGN: Final = "leadpolicy"
_MAX: Final = 255


def validation_rule(rule: Rule) -> etree._Element:
    """Return a rule as a validation rule; its kind and origin stand in the description.

    >>> value_of(validation_rule(Rule("r", RuleKind.CHECK, "false", "feedback")), "description")
    'leadpolicy check: feedback'
    """
    return build(
        "ValidationRule",
        fullName=rule.name,
        active=True,
        description=shortened(f"{_SIGN} {rule.kind.value}: {rule.part}", _MAX),
        errorConditionFormula=rule.body,
        errorMessage=shortened(rule.message or rule.part, _MAX),
    )


def rule_of(found: etree._Element, wanted: Rule) -> Rule:
    """Return what stands of a rule; texts that differ only in line ends stand as wanted.

    A description that people wrote does not say the kind, which is then taken to be the wanted one.
    """
    body = as_wanted(value_of(found, "errorConditionFormula") or "", wanted.body)
    if not is_true(found, "active"):
        body = f"{INACTIVE}{body}"
    message = value_of(found, "errorMessage") or ""
    if message == shortened(wanted.message or wanted.part, _MAX):
        message = wanted.message
    kind = _kind(value_of(found, "description") or "") or wanted.kind
    return replace(wanted, kind=kind, body=body, message=message)


def as_wanted(standing: str, wanted: str | None) -> str:
    """Return a text as it is wanted where it differs from that in white space around lines only."""
    if wanted is not None and _canonical(standing) == _canonical(wanted):
        return wanted
    return standing


def _canonical(body: str) -> str:
    return "\n".join(line.rstrip() for line in body.strip().splitlines())


def _kind(description: str) -> RuleKind | None:
    first, _, rest = description.partition(" ")
    word = rest.partition(":")[0]
    known = first == _SIGN and word in {kind.value for kind in RuleKind}
    return RuleKind(word) if known else None

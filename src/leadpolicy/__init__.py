"""Rules-as-code for the space between marketing and sales.

>>> import leadpolicy
>>> policy = leadpolicy.load("b2b-de")
>>> policy.name
'b2b-de'

Every name here is loaded on first use: importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from leadpolicy.diagnostics import Diagnostic, PolicyError, Severity, Span
    from leadpolicy.engine.decision import Decision
    from leadpolicy.engine.history import Act, Path
    from leadpolicy.engine.inputs import ConsentEvent, InputError
    from leadpolicy.engine.lead_policy import LeadPolicy
    from leadpolicy.engine.loading import compile, load
    from leadpolicy.engine.overrides import Override
    from leadpolicy.expr.facts import Signal
    from leadpolicy.expr.values import (
        all_of,
        any_of,
        any_signal,
        at_least,
        case,
        choice_property,
        choices_property,
        consent,
        count,
        criterion,
        day_property,
        days,
        days_since,
        first,
        flag_property,
        gate,
        grade,
        highest,
        hours,
        last,
        lowest,
        minutes,
        moment_property,
        not_,
        number_property,
        quantity,
        rating,
        rounded,
        score,
        sum_of,
        text_property,
        weeks,
    )
    from leadpolicy.policy.attributes import (
        Record,
        choice,
        choices,
        day,
        flag,
        moment,
        number,
        text,
        whole,
    )
    from leadpolicy.policy.consent import Channel, Gate, LawfulBasis, Purpose
    from leadpolicy.policy.criteria import Criterion
    from leadpolicy.policy.fields import Role, Wording, wording
    from leadpolicy.policy.governance import Governance
    from leadpolicy.policy.grades import Band, Grade, Rating
    from leadpolicy.policy.lifecycle import Responsibility, Stage, State, Transition
    from leadpolicy.policy.lists import ListSpec
    from leadpolicy.policy.policy import Policy
    from leadpolicy.policy.readiness import Dimension, Readiness
    from leadpolicy.policy.record import AttributeSpec, Evidence, PersonalData, RecordSpec
    from leadpolicy.policy.scores import DecayRule, Score, ScoreGroup, ScoreRule
    from leadpolicy.policy.signals import Origin, SignalType, Weight
    from leadpolicy.policy.sla import Duty, Feedback, Sla

__all__ = [  # noqa: RUF022 (in the order in which an author meets them)
    # deciding
    "load",
    "compile",
    "LeadPolicy",
    "Decision",
    "Signal",
    "ConsentEvent",
    "Override",
    "Act",
    "Path",
    # problems
    "PolicyError",
    "InputError",
    "Diagnostic",
    "Severity",
    "Span",
    # the parts of a policy
    "Policy",
    "Governance",
    "Role",
    "Wording",
    "wording",
    "RecordSpec",
    "AttributeSpec",
    "Evidence",
    "PersonalData",
    "SignalType",
    "Weight",
    "Origin",
    "Purpose",
    "Channel",
    "LawfulBasis",
    "Gate",
    "ListSpec",
    "Criterion",
    "Score",
    "ScoreRule",
    "ScoreGroup",
    "DecayRule",
    "Grade",
    "Band",
    "Rating",
    "Readiness",
    "Dimension",
    "State",
    "Stage",
    "Responsibility",
    "Transition",
    "Sla",
    "Duty",
    "Feedback",
    # attributes of a record
    "Record",
    "flag",
    "whole",
    "number",
    "text",
    "choice",
    "choices",
    "day",
    "moment",
    # expressions
    "all_of",
    "any_of",
    "at_least",
    "not_",
    "case",
    "lowest",
    "highest",
    "rounded",
    "quantity",
    "count",
    "any_signal",
    "first",
    "last",
    "days_since",
    "sum_of",
    "consent",
    "criterion",
    "gate",
    "score",
    "grade",
    "rating",
    "flag_property",
    "number_property",
    "text_property",
    "choice_property",
    "choices_property",
    "day_property",
    "moment_property",
    "minutes",
    "hours",
    "days",
    "weeks",
]

_MODULES = {
    "diagnostics": "Diagnostic PolicyError Severity Span",
    "engine.decision": "Decision",
    "engine.history": "Act Path",
    "engine.inputs": "ConsentEvent InputError",
    "engine.lead_policy": "LeadPolicy",
    "engine.loading": "compile load",
    "engine.overrides": "Override",
    "expr.facts": "Signal",
    "policy.attributes": "Record choice choices day flag moment number text whole",
    "policy.consent": "Channel Gate LawfulBasis Purpose",
    "policy.criteria": "Criterion",
    "policy.fields": "Role Wording wording",
    "policy.governance": "Governance",
    "policy.grades": "Band Grade Rating",
    "policy.lifecycle": "Responsibility Stage State Transition",
    "policy.lists": "ListSpec",
    "policy.policy": "Policy",
    "policy.readiness": "Dimension Readiness",
    "policy.record": "AttributeSpec Evidence PersonalData RecordSpec",
    "policy.scores": "DecayRule Score ScoreGroup ScoreRule",
    "policy.signals": "Origin SignalType Weight",
    "policy.sla": "Duty Feedback Sla",
}
"""The names of each module; every other name comes from `expr.values`."""


def __getattr__(name: str) -> Any:
    """Load a name on first use and keep it."""
    if name == "__version__":
        from importlib.metadata import version

        return version(__name__)
    if name not in __all__:
        raise AttributeError(f"module `{__name__}` has no attribute `{name}`")
    modules = (module for module, names in _MODULES.items() if name in names.split())
    module = next(modules, "expr.values")
    value = globals()[name] = getattr(import_module(f"{__name__}.{module}"), name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)

"""From what callers hold to the facts of a decision: checked, normalised, nothing dropped silently.

Everything that is wrong with an input is collected and raised together as `InputError`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from leadpolicy.engine.ingest.consents import ConsentEvents, ConsentReader, status_at
from leadpolicy.engine.ingest.lead import LeadReader, ReadLead
from leadpolicy.engine.ingest.signals import SignalReader
from leadpolicy.engine.inputs import ConsentEvent, Ignored
from leadpolicy.expr.facts import Signal
from leadpolicy.policy.checked import CheckedPolicy

if TYPE_CHECKING:
    from leadpolicy.engine.ingest.json_lead import ReadJson

ConsentsGiven: TypeAlias = Iterable[ConsentEvent | Mapping[str, Any]] | Mapping[Any, Any]
"""Consent events, or the status by purpose and channel."""


class Ingest:
    """Reads the facts that decisions of one policy rest on."""

    def __init__(self, checked: CheckedPolicy) -> None:
        self._leads = LeadReader(checked.policy.record.name, checked.vocabulary)
        self._consents = ConsentReader(checked.vocabulary)
        self._signals = SignalReader(checked)
        self.lead: Final[ReadLead] = self._leads.read
        """Returns the row of a mapping, of a record or of anything with `to_mapping()`."""

    @cached_property
    def lead_json(self) -> ReadJson:
        """Returns the row of a JSON object, given as bytes or text."""
        from leadpolicy.engine.ingest.json_lead import JsonLeadReader

        return JsonLeadReader(self._leads).read

    def events(self, given: ConsentsGiven) -> ConsentEvents:
        """Return checked consent events."""
        return self._consents.events(given)

    def consents(self, given: ConsentsGiven, at: datetime) -> dict[tuple[str, str], str]:
        """Return the status by purpose and channel at an instant.

        The latest event up to then wins; at the same instant a restriction, or the later step.
        """
        return status_at(self.events(given), at)

    def signals(
        self,
        given: Iterable[Signal | Mapping[str, Any]],
        at: datetime,
        consents: ConsentsGiven = (),
    ) -> tuple[dict[str, list[Signal]], tuple[Ignored, ...]]:
        """Return the usable signals by type, and those that are ignored with the reason.

        Ignored are signals after `at`, signals delivered again under their id, and signals whose
        type has a gate that was not open when they happened or is not open at `at`.
        """
        return self._signals.read(given, at, self.events(consents))

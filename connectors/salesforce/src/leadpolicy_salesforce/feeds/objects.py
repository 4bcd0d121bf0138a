"""The objects that streams follow; what several streams follow is asked for in the same words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from leadpolicy.crm.connector import Column
from leadpolicy.crm.state import FieldKind
from leadpolicy_salesforce.binding import LEAD, Binding
from leadpolicy_salesforce.consents.words import CONSENT_FIELDS, FLAGS, LEAD_FLAG, TYPE_CONSENT
from leadpolicy_salesforce.feeds.sources import Record, Source
from leadpolicy_salesforce.rows.soql import value_at

HISTORY: Final = "LeadHistory"
INDIVIDUAL: Final = "Individual"
OPPORTUNITY: Final = "Opportunity"
STAGE_HISTORY: Final = "OpportunityHistory"


@dataclass(frozen=True, slots=True)
class Objects:
    """How the objects are read under a binding by a login, which does not read its own writing.

    `feedback` are the columns of sales; where `history` is not tracked, they are read with every
    lead that changes.
    """

    binding: Binding
    actor: str
    history: bool
    feedback: Sequence[Column] = ()

    def lead(self, *, flag: bool) -> Source:
        """Return leads that others changed, those in the bin, and those that refuse e-mail.

        With `flag`, the field in which a lead refuses e-mail is there.
        """
        paths = [bound.path for bound in self.binding.paths]
        paths += [] if self.history else self._feedback
        ours = f"LastModifiedById != '{self.actor}' OR IsDeleted = true"
        others = f"({ours} OR {LEAD_FLAG} = true)" if flag else f"({ours})"
        fixed = ("IsDeleted", "MasterRecordId", "IndividualId", *self._key("MasterRecord."))
        fields = (*fixed, *self._key(), *([LEAD_FLAG] if flag else []), *sorted(set(paths)))
        where = ((others,) if self.actor else ()) + self._keyed
        return Source(LEAD, LEAD, fields, where, deleted=True)

    def bin(self) -> Source:
        """Return leads that are in the bin."""
        fields = ("IsDeleted", "MasterRecordId", *self._key("MasterRecord."), *self._key())
        where = ("IsDeleted = true", *self._keyed)
        return Source("bin", LEAD, fields, where, deleted=True)

    def refusing(self) -> Source:
        """Return leads that refuse e-mail."""
        where = (f"{LEAD_FLAG} = true", *self._keyed)
        return Source("refusing", LEAD, (LEAD_FLAG, *self._key()), where, optional=True)

    def answered(self) -> Source:
        """Return leads of which sales has said anything."""
        tests = [
            f"{self.binding.api(column.name)} {'= true' if _is_flag(column) else '!= null'}"
            for column in self.feedback
        ]
        where = (f"({' OR '.join(tests)})", *self._keyed)
        return Source("answered", LEAD, (*self._key(), *self._feedback), where)

    def histories(self) -> Source:
        """Return what others changed in the fields whose history is tracked."""
        now = [f"Lead.{path}" for path in self._feedback]
        fields = ("LeadId", "Field", "OldValue", "NewValue", *self._key("Lead."), *now)
        where = (f"CreatedById != '{self.actor}'",) if self.actor else ()
        return _written_once(HISTORY, fields, where)

    def stages(self) -> Source:
        """Return what became of the opportunities that leads were converted to."""
        where = ("OpportunityId" + _OF_LEADS,)
        return _written_once(STAGE_HISTORY, ("OpportunityId", "StageName"), where)

    def opportunities(self) -> Source:
        """Return the opportunities that leads were converted to."""
        return Source(
            OPPORTUNITY, OPPORTUNITY, (), ("Id IN (SELECT ConvertedOpportunityId FROM Lead)",)
        )

    def signals(self) -> Source | None:
        """Return the object with signals, as far as the binding names one."""
        bound = self.binding.signals
        if bound is None:
            return None
        fields = (bound.lead, *sorted(each.path for each in bound.fields))
        return Source("signals", bound.table, fields, (f"{bound.lead} != null",))

    def consents(self) -> Source:
        """Return the consents of persons by channel."""
        return Source(TYPE_CONSENT, TYPE_CONSENT, CONSENT_FIELDS, optional=True)

    def individuals(self) -> Source:
        """Return the persons who want no advertising, no processing, or to be forgotten."""
        where = f"({' OR '.join(f'{flag} = true' for flag in FLAGS)})"
        return Source(INDIVIDUAL, INDIVIDUAL, FLAGS, (where,), optional=True)

    def key_of(self, record: Record, path: str = "") -> str:
        """Return the key of the lead at a path of a record; empty when it has none."""
        return str(value_at(dict(record), f"{path}{self.binding.key}") or "")

    @property
    def _keyed(self) -> tuple[str, ...]:
        return () if self.binding.key == "Id" else (f"{self.binding.key} != null",)

    @property
    def _feedback(self) -> list[str]:
        return [self.binding.api(column.name) for column in self.feedback]

    def _key(self, path: str = "") -> tuple[str, ...]:
        return (path + self.binding.key,)


_OF_LEADS: Final = " IN (SELECT ConvertedOpportunityId FROM Lead)"


def _written_once(name: str, fields: Sequence[str], where: Sequence[str]) -> Source:
    return Source(
        name,
        name,
        tuple(fields),
        tuple(where),
        stamp="CreatedDate",
        author="CreatedById",
        immutable=True,
    )


def _is_flag(column: Column) -> bool:
    return column.kind is FieldKind.FLAG

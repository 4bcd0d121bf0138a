"""Consents of leads, read through the persons that leads are linked to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final, TypeAlias

from leadpolicy.crm.connector import BindingError
from leadpolicy_salesforce.binding import LEAD, Binding
from leadpolicy_salesforce.client.wire import Wire
from leadpolicy_salesforce.consents.purposes import Purposes
from leadpolicy_salesforce.consents.sight import Sight, look
from leadpolicy_salesforce.consents.standing import (
    EMAIL,
    Consent,
    instant,
    merged,
    read_consent,
    with_refusal,
)
from leadpolicy_salesforce.consents.words import CONSENT_FIELDS, PERSON, PURPOSE, TYPE_CONSENT
from leadpolicy_salesforce.questions import Told, ask_queries
from leadpolicy_salesforce.rows.soql import in_lists, select, value_at

Record: TypeAlias = Mapping[str, Any]
Fact: TypeAlias = Mapping[str, object]

_TABLES: Final = frozenset({TYPE_CONSENT.lower(), "consents__c"})
_CONSENTS: Final = select(CONSENT_FIELDS, TYPE_CONSENT)
_NAMED: Final = select(("Id", "Name"), PURPOSE) + " ORDER BY CreatedDate,Id"


class ConsentReader:
    """Reads what leads have consented to, in the words of the policy.

    An org that keeps no consents, or shows none to the login, has none; nothing is refused for it.
    """

    def __init__(self, wire: Wire, binding: Binding) -> None:
        bound = binding.consents
        if bound is not None and bound.table.lower() not in _TABLES:
            raise BindingError(
                f"`consents.table` in the binding has to be `{TYPE_CONSENT}`",
                "consents are read through the persons that leads are linked to",
            )
        self._wire: Final = wire
        self._binding: Final = binding
        self._known = Purposes()
        self._named: Mapping[str, str] | None = None

    def know(self, purposes: Purposes) -> None:
        """Hear which purposes the policy has; others are left out from now on."""
        self._known = purposes
        self._named = None

    @cached_property
    def sight(self) -> Sight:
        """What the org shows of consents; asked for once."""
        return look(self._wire)

    def of(self, keys: Sequence[str]) -> Mapping[str, tuple[Fact, ...]]:
        """Return the consents of leads by key, under the columns that the binding names.

        Where the binding has no consents, none are read.
        """
        if self._binding.consents is None or not keys:
            return {}
        key = self._binding.key
        leads = list(in_lists(self._leads, key, keys))
        linked = f"{_CONSENTS} WHERE PartyId IN ({select(PERSON[:1], LEAD)}"
        found = self._by_lead(leads, list(in_lists(linked, key, keys, ")")))
        return {name: tuple(map(self._fact, consents)) for name, consents in found.items()}

    def of_persons(self, ids: Iterable[str]) -> Mapping[str, Sequence[Consent]]:
        """Return the consents of all leads of some persons, by key of the lead."""
        persons = sorted(set(ids))
        if not persons:
            return {}
        leads = [query for path in PERSON for query in in_lists(self._leads, path, persons)]
        return self._by_lead(leads, list(in_lists(_CONSENTS, "PartyId", persons)))

    @property
    def purposes(self) -> Mapping[str, str]:
        """The purposes of the org that the policy knows, by code with their names."""
        if self._named is None:
            told = ask_queries(self._wire, [_NAMED])[_NAMED]
            found = (
                (self.code(str(row["Name"])), str(row["Name"]))
                for row in ([] if told.is_missing else told.records(self._wire))
            )
            self._named = {code: name for code, name in found if code is not None}
        return self._named

    @property
    def refusable(self) -> Mapping[str, str]:
        """The purposes that somebody refuses who refuses all e-mail, by code with their names."""
        return {c: name for c, name in self.purposes.items() if self._known.knows(c, EMAIL)}

    def code(self, name: str) -> str | None:
        """Return the purpose of the policy that a name in the org stands for."""
        return self._known.code(name, self._binding.consents)

    @property
    def _leads(self) -> str:
        """The head of a query for leads, their persons, and the flags that refuse e-mail."""
        sight = self.sight
        stamps = ("SystemModstamp", *(["Individual.SystemModstamp"] if sight.persons else []))
        persons = PERSON if sight.persons else ()
        return select(("Id", self._binding.key, *persons, *sight.flags, *stamps), LEAD)

    def _by_lead(self, leads: list[str], consents: list[str]) -> dict[str, list[Consent]]:
        """Return what leads consent to, by key; `leads` and `consents` are queries for both."""
        consents = consents if self.sight.is_whole else []
        told = ask_queries(self._wire, [*leads, *consents])
        records = [r for query in leads for r in told[query].records(self._wire)]
        found = {str(record["Id"]): record for record in records}
        said = self._by_person(told[query] for query in consents)
        others = {str(p) for lead in found.values() if (p := value_at(lead, PERSON[1]))}
        if consents and others - said.keys():
            more = in_lists(_CONSENTS, "PartyId", sorted(others - said.keys()))
            said |= self._by_person(ask_queries(self._wire, more).values())
        now = datetime.now(UTC)
        keys = {id_: str(value_at(lead, self._binding.key) or "") for id_, lead in found.items()}
        return {keys[id_]: self._of_lead(lead, said, now) for id_, lead in found.items()}

    def _by_person(self, told: Iterable[Told]) -> dict[str, list[Record]]:
        said: dict[str, list[Record]] = {}
        for record in (record for each in told for record in each.records(self._wire)):
            said.setdefault(str(record["PartyId"]), []).append(record)
        return said

    def _of_lead(
        self, lead: dict[str, Any], said: Mapping[str, Sequence[Record]], now: datetime
    ) -> list[Consent]:
        """Return what a lead consents to; where it refuses all e-mail, it refuses each purpose."""
        records = (record for person in _persons(lead) for record in said.get(person, ()))
        read = (read_consent(record, self.code, now) for record in records)
        found = merged(c for c in read if c is not None and self._known.knows(*c.pair))
        if not any(value_at(lead, flag) for flag in self.sight.flags):
            return found
        stamps = (value_at(lead, f"{path}SystemModstamp") for path in ("", "Individual."))
        at = max(filter(None, map(instant, stamps)))
        return with_refusal(found, self.refusable, at, "opt-out flag")

    def _fact(self, consent: Consent) -> Fact:
        values = {
            "purpose": consent.purpose,
            "channel": consent.channel,
            "status": consent.status,
            "at": consent.at,
            "source": consent.source or None,
        }
        bound = self._binding.consents
        roles = {} if bound is None else bound.roles
        return {roles[n].column if n in roles else n: value for n, value in values.items()}


def _persons(lead: dict[str, Any]) -> list[str]:
    """Return the persons of a lead: its own first, then that of its contact."""
    found = (value_at(lead, path) for path in PERSON)
    return list(dict.fromkeys(str(person) for person in found if person))

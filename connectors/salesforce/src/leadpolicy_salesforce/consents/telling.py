"""Consents told to an org, in few calls for many, each by its own plan.

What stands already is left alone, so that telling a consent twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from leadpolicy.crm.connector import ConsentRow, Outcome, Status, UnsupportedError
from leadpolicy.policy.consent import OPEN_STATUSES, RIGHTS_STATUSES
from leadpolicy_salesforce.binding import Binding
from leadpolicy_salesforce.client.wire import Wire
from leadpolicy_salesforce.consents.people import People, Person
from leadpolicy_salesforce.consents.planning import Plan, plan
from leadpolicy_salesforce.consents.reader import ConsentReader
from leadpolicy_salesforce.consents.saving import Refusals, save
from leadpolicy_salesforce.consents.words import (
    CONSENT_FIELDS,
    PURPOSE,
    TYPE_CONSENT,
    TYPES,
)
from leadpolicy_salesforce.questions import ask_queries
from leadpolicy_salesforce.rows.soql import in_lists, select

_LACKING: Final = f"the org keeps no consents: `{TYPE_CONSENT}` or `Lead.IndividualId` is not there"
_HINT: Final = (
    "switch on `Data Protection and Privacy` in Setup, and give the login rights on `Individual`,"
    f" `{TYPE_CONSENT}` and `{PURPOSE}`"
)
_NAMED: Final = select(("Id", "Name"), PURPOSE) + " ORDER BY CreatedDate,Id"


class Telling:
    """Tells consents to an org."""

    def __init__(self, wire: Wire, binding: Binding, reader: ConsentReader) -> None:
        self._wire: Final = wire
        self._people: Final = People(wire, binding)
        self._reader: Final = reader

    def tell(self, rows: Sequence[ConsentRow]) -> list[Outcome]:
        """Return one outcome a row, in their order; raises `UnsupportedError`."""
        with self._wire.doing("write"):
            sight = self._reader.sight
            if not sight.is_whole:
                raise UnsupportedError(_LACKING, _HINT)
            purposes = self._purposes()
            people = self._people.find([row.key for row in rows], sight.flags)
            unfit = ((n, _unfit(row, purposes, people)) for n, row in enumerate(rows))
            outcomes = {number: outcome for number, outcome in unfit if outcome is not None}
            known = {n: people[row.key] for n, row in enumerate(rows) if n not in outcomes}
            persons, refused = self._with_persons(known)
            outcomes |= refused
            plans = self._plans(rows, persons, purposes)
            outcomes |= self._saved(rows, plans)
        return [outcomes[number] for number in range(len(rows))]

    def _purposes(self) -> Mapping[str, str]:
        """Return the Ids of purposes by their codes; of several of one code the first."""
        told = ask_queries(self._wire, [_NAMED])[_NAMED]
        found: dict[str, str] = {}
        for record in told.records(self._wire):
            code = self._reader.code(str(record["Name"]))
            if code is not None:
                found.setdefault(code, str(record["Id"]))
        return found

    def _with_persons(
        self, known: Mapping[int, Person]
    ) -> tuple[dict[int, Person], dict[int, Outcome]]:
        """Return the rows whose lead has a person now, and the outcomes of the others."""
        lacking = {person.key: person for person in known.values() if not person.id}
        made, refused = self._people.make(list(lacking.values()))
        why = {outcome.key: outcome for outcome in refused}
        found = {n: replace(p, id=p.id or made.get(p.key, "")) for n, p in known.items()}
        return (
            {number: person for number, person in found.items() if person.id},
            {number: why[person.key] for number, person in found.items() if not person.id},
        )

    def _plans(
        self,
        rows: Sequence[ConsentRow],
        persons: Mapping[int, Person],
        purposes: Mapping[str, str],
    ) -> dict[int, Plan]:
        """Return what has to be saved for each row."""
        standing = self._standing(persons)
        plans: dict[int, Plan] = {}
        for number, person in persons.items():
            row = rows[number]
            purpose = purposes[row.purpose]
            there = standing.get((person.id, purpose, row.channel), ())
            plans[number] = plan(row, person, purpose, there)
        return plans

    def _standing(
        self, persons_of: Mapping[int, Person]
    ) -> Mapping[tuple[str, str, str], list[dict[str, Any]]]:
        """Return the records of persons by person, purpose and channel."""
        persons = sorted({person.id for person in persons_of.values()})
        queries = list(in_lists(select(("Id", *CONSENT_FIELDS), TYPE_CONSENT), "PartyId", persons))
        found: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
        told = ask_queries(self._wire, queries)
        for record in (r for each in told.values() for r in each.records(self._wire)):
            channel = _CHANNEL.get(str(record["ContactPointType"]), "")
            place = str(record["PartyId"]), str(record["DataUsePurposeId"]), channel
            found.setdefault(place, []).append(record)
        return found

    def _saved(self, rows: Sequence[ConsentRow], plans: Mapping[int, Plan]) -> dict[int, Outcome]:
        """Save what is planned; a refusal of any record of a row is the outcome of the row."""
        found = {n: plan.outcome for n, plan in plans.items() if plan.outcome is not None}
        made = [(str(n), record) for n, plan in plans.items() for record in plan.made]
        changed = [(str(n), record) for n, plan in plans.items() for record in plan.changed]
        refusals = Refusals()
        for number in save(self._wire, "POST", made, refusals):
            found[int(number)] = Outcome(rows[int(number)].key, Status.CREATED)
        for number in save(self._wire, "PATCH", changed, refusals):
            found[int(number)] = Outcome(rows[int(number)].key, Status.WRITTEN)
        for refused in refusals.outcomes:
            place = int(refused.key)
            found[place] = replace(refused, key=rows[place].key)
        return found


_CHANNEL: Final = {name: channel for channel, name in TYPES.items()}


def _unfit(
    row: ConsentRow, purposes: Mapping[str, str], people: Mapping[str, Person]
) -> Outcome | None:
    if row.key not in people:
        return Outcome.failed(row.key, "unknown_lead", "the CRM has no such lead")
    if row.purpose not in purposes:
        said = f"the org has no purpose `{row.purpose}`"
        return Outcome.failed(row.key, "no_word", said, "purpose")
    if row.channel not in TYPES:
        said = f"Salesforce has no word for the channel `{row.channel}`"
        return Outcome.failed(row.key, "no_word", said, "channel")
    if row.status not in RIGHTS_STATUSES | {*OPEN_STATUSES}:
        said = f"Salesforce has no word for the status `{row.status}`"
        return Outcome.failed(row.key, "no_word", said, "status")
    return None

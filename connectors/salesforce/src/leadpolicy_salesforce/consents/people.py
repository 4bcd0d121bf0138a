"""The persons that leads are linked to, made and linked where there are none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from leadpolicy.crm.connector import Outcome
from leadpolicy_salesforce.binding import LEAD, Binding
from leadpolicy_salesforce.client.wire import Wire
from leadpolicy_salesforce.consents.saving import Refusals, save
from leadpolicy_salesforce.consents.words import PERSON
from leadpolicy_salesforce.conversion import CONTACT, CONVERSION_FIELDS, conversion_of
from leadpolicy_salesforce.questions import ask_queries
from leadpolicy_salesforce.rows.soql import in_lists, select, value_at

INDIVIDUAL: Final = "Individual"
_NAMES: Final = ("FirstName", "LastName")


@dataclass(frozen=True, slots=True)
class Person:
    """A lead with the person behind it; `refuses` says that a flag refuses all e-mail."""

    key: str
    lead: Mapping[str, Any]
    id: str = ""
    refuses: bool = False


class People:
    """Finds the persons of leads, and makes them."""

    def __init__(self, wire: Wire, binding: Binding) -> None:
        self._wire: Final = wire
        self._key: Final = binding.key

    def find(self, keys: Sequence[str], flags: Sequence[str]) -> dict[str, Person]:
        """Return the leads that the org has, by key; `flags` are the paths to what refuses."""
        fields = ("Id", self._key, *PERSON, *CONVERSION_FIELDS, *_NAMES, *flags)
        queries = list(in_lists(select(fields, LEAD), self._key, keys))
        told = ask_queries(self._wire, queries)
        leads = (record for query in queries for record in told[query].records(self._wire))
        found = (self._person(lead, flags) for lead in leads)
        return {person.key: person for person in found}

    def _person(self, lead: dict[str, Any], flags: Sequence[str]) -> Person:
        ids = (str(value_at(lead, path) or "") for path in PERSON)
        by_flag = any(value_at(lead, flag) for flag in flags)
        return Person(str(value_at(lead, self._key)), lead, next(filter(None, ids), ""), by_flag)

    def make(self, persons: Sequence[Person]) -> tuple[dict[str, str], list[Outcome]]:
        """Make persons for leads and link them; return their Ids by key, and what was refused.

        A lead that is converted cannot be changed, so that its contact is linked instead.
        """
        refusals = Refusals()
        named = [(person.key, _named(person.lead)) for person in persons]
        made = save(self._wire, "POST", named, refusals)
        by_key = {person.key: person for person in persons}
        links = [(key, _link(by_key[key].lead, id_)) for key, id_ in made.items()]
        linked = save(self._wire, "PATCH", links, refusals)
        return {key: made[key] for key in linked}, refusals.outcomes


def _named(lead: Mapping[str, Any]) -> dict[str, Any]:
    names = {name: lead[name] for name in _NAMES if lead.get(name)}
    return {"attributes": {"type": INDIVIDUAL}, **names}


def _link(lead: Mapping[str, Any], person: str) -> dict[str, Any]:
    became = conversion_of(lead)
    type_, id_ = (CONTACT, became.contact) if became else (LEAD, lead["Id"])
    return {"attributes": {"type": type_}, "Id": id_, "IndividualId": person}

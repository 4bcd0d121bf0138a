"""What an org shows of the parts that are asked for, in one call."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeAlias
from urllib.parse import quote

from simple_salesforce.format import format_soql

from leadpolicy.crm.connector import TableMissingError
from leadpolicy.crm.state import DesiredState
from leadpolicy_salesforce.client.wire import Answer, Part
from leadpolicy_salesforce.deploy.tables import Kind, named
from leadpolicy_salesforce.errors import refused
from leadpolicy_salesforce.metadata.names import OBJECTS, Spelling, object_of
from leadpolicy_salesforce.options import Options

Record: TypeAlias = Mapping[str, Any]

_DEFINITIONS: Final = (
    "SELECT EntityDefinition.QualifiedApiName, QualifiedApiName, Label, DataType, Description, "
    "IsFieldHistoryTracked FROM FieldDefinition WHERE EntityDefinition.QualifiedApiName IN {}"
)
_STATUSES: Final = "SELECT ApiName, MasterLabel, IsConverted FROM LeadStatus ORDER BY SortOrder"
_SETS: Final = (
    "SELECT Name, (SELECT Field, PermissionsEdit FROM FieldPerms "
    "WHERE SobjectType IN {} AND PermissionsRead = TRUE) FROM PermissionSet WHERE Name IN {}"
)
PURPOSES: Final = (
    "SELECT Id, Name, Description, LegalBasisId, LegalBasis.Name FROM DataUsePurpose "
    "ORDER BY CreatedDate, Id"
)
BASES: Final = "SELECT Id, Name, Description FROM DataUseLegalBasis ORDER BY CreatedDate, Id"


class Caller(Protocol):
    """The part of the connector's wire that reads."""

    def composite(self, parts: Sequence[Part]) -> list[Answer]:
        """Make several calls in one."""

    def next_page(self, url: str) -> dict[str, Any]:
        """Return the page that another page names as its next."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What an org shows: each None where it was not asked for, or where the org has no such thing.

    `fields` are those of describe and `definitions` those of setup, by object and API name in small
    letters; `rights` tell by permission set and full name of the field whether it may be written.
    """

    fields: Mapping[str, Mapping[str, Record]] = field(default_factory=dict)
    definitions: Mapping[str, Mapping[str, Record]] = field(default_factory=dict)
    statuses: Sequence[Record] | None = None
    rights: Mapping[str, Mapping[str, bool]] | None = None
    purposes: Sequence[Record] | None = None
    bases: Sequence[Record] | None = None

    @property
    def sets(self) -> frozenset[str] | None:
        """The permission sets that stand; None where nobody has looked."""
        return None if self.rights is None else frozenset(self.rights)

    def tracked(self, object_: str) -> frozenset[str]:
        """Return the fields of an object whose history is kept, in small letters."""
        found = self.definitions.get(object_, {})
        return frozenset(name for name, row in found.items() if row["IsFieldHistoryTracked"])


def see(caller: Caller, spelling: Spelling, options: Options, desired: DesiredState) -> Seen:
    """Return what the org shows of what is desired, in one call and further pages where needed."""
    objects = sorted({"Lead", *(object_of(column) for column in desired.columns)})
    asked: dict[str, Part] = {f"of {name}": _describe(name) for name in objects}
    asked["definitions"] = query(format_soql(_DEFINITIONS, objects))
    if named(desired.tables, Kind.STATES):
        asked["statuses"] = query(_STATUSES)
    sets = sorted({*options.roles.values(), options.integration_set})
    asked["rights"] = query(format_soql(_SETS, sorted(OBJECTS.values()), sets))
    if named(desired.tables, Kind.PURPOSES):
        asked["purposes"] = query(PURPOSES)
    if named(desired.tables, Kind.BASES):
        asked["bases"] = query(BASES)
    answers = dict(zip(asked, caller.composite([*asked.values()]), strict=True))
    return _seen(caller, objects, answers)


def _describe(object_: str) -> Part:
    return Part("GET", f"sobjects/{object_}/describe")


def query(soql: str) -> Part:
    """Return a query as one part of a composite call."""
    return Part("GET", f"query?q={quote(soql)}")


def _seen(caller: Caller, objects: Iterable[str], answers: Mapping[str, Answer]) -> Seen:
    def rows(name: str) -> list[Record] | None:
        return records(caller, answers[name]) if name in answers else None

    described = {name: body(answers[f"of {name}"])["fields"] for name in objects}
    return Seen(
        {name: {item["name"].lower(): item for item in found} for name, found in described.items()},
        _by_object(rows("definitions") or []),
        rows("statuses"),
        {row["Name"]: _rights(caller, row["FieldPerms"]) for row in rows("rights") or ()},
        _unless_missing(rows, "purposes"),
        _unless_missing(rows, "bases"),
    )


def body(answer: Answer) -> Any:
    """Return what one part of a composite call was answered; raises `ConnectorError`."""
    if answer.status >= 400:
        raise refused(answer.status, {}, json.dumps(answer.body, default=str), data=False)
    return answer.body


def records(caller: Caller, answer: Answer) -> list[Record]:
    """Return the records of a query, with those of further pages."""
    page = body(answer)
    found = [*page["records"]]
    while not page["done"]:
        page = caller.next_page(page["nextRecordsUrl"])
        found += page["records"]
    return found


def _unless_missing(rows: Any, name: str) -> list[Record] | None:
    """Return records, or None where the org has no such object."""
    try:
        found: list[Record] | None = rows(name)
    except TableMissingError:
        return None
    return found


def _by_object(rows: Iterable[Record]) -> dict[str, dict[str, Record]]:
    found: dict[str, dict[str, Record]] = {}
    for row in rows:
        fields = found.setdefault(row["EntityDefinition"]["QualifiedApiName"], {})
        fields[row["QualifiedApiName"].lower()] = row
    return found


def _rights(caller: Caller, page: Record | None) -> dict[str, bool]:
    """Return for each field that a set shows whether it lets people write there."""
    found: dict[str, bool] = {}
    while page is not None:
        found |= {row["Field"]: row["PermissionsEdit"] for row in page["records"]}
        page = None if page["done"] else caller.next_page(page["nextRecordsUrl"])
    return found

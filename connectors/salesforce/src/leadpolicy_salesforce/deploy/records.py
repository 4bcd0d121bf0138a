"""Purposes and lawful bases of consent, which Salesforce keeps as records and not as metadata.

A record is known by its name, which is the code of the row. What the policy no longer names stays,
because consents refer to it, and says in its description that it is not used any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from leadpolicy.crm.connector import ConnectorError
from leadpolicy.crm.state import Action, Change, ObservedReason, Reason, ReasonRow
from leadpolicy_salesforce.client.wire import Answer, Part
from leadpolicy_salesforce.deploy.seen import Record, body
from leadpolicy_salesforce.deploy.tables import BASIS, Kind, basis_of, kind_of, label_of
from leadpolicy_salesforce.errors import refusal_of
from leadpolicy_salesforce.metadata.names import shortened
from leadpolicy_salesforce.options import Lang

_LEFT: Final = "(not used any more) "
_DESCRIPTION_MAX: Final = 255
_BASIS: Final = "DataUseLegalBasis"
_PURPOSE: Final = "DataUsePurpose"


def observed_row(record: Record, wanted: Reason, lang: Lang) -> ObservedReason:
    """Return a record as a row; Salesforce keeps one label, which stands for both languages."""
    said = record["Description"] or ""
    label = said.removeprefix(_LEFT)
    basis = (record.get("LegalBasis") or {}).get("Name")
    marks = (f"{BASIS}{basis}",) if basis else ()
    found = Reason(wanted.code, label, label, marks)
    if label == _label(wanted, lang):
        found = replace(wanted, marks=marks)
    return ObservedReason(found, active=not said.startswith(_LEFT))


def _label(reason: Reason, lang: Lang) -> str:
    return shortened(label_of(reason, lang), _DESCRIPTION_MAX - len(_LEFT))


def _rows(changes: Iterable[Change], kind: Kind) -> list[tuple[Reason, bool]]:
    """Return the rows of the tables of a kind, each with whether it is to be active."""
    return [
        (change.part.reason, change.action is not Action.DEACTIVATE)
        for change in changes
        if isinstance(change.part, ReasonRow) and kind_of(change.part.table) is kind
    ]


def new_records(changes: Iterable[Change], lang: Lang) -> dict[str, list[dict[str, Any]]]:
    """Return new records by object as files have them, which refer to each other by `@` names."""
    changes = [*changes]
    bases = [reason for reason, _ in _rows(changes, Kind.BASES)]
    named = Standing({(_BASIS, reason.code): f"@{_BASIS}_{reason.code}" for reason in bases})
    none = Standing({})
    made = {
        _BASIS: [_basis(reason, True, none, lang) for reason in bases],
        _PURPOSE: [
            _without_nothing(_record(_PURPOSE, reason, True, none, lang) | _refer(reason, named))
            for reason, _ in _rows(changes, Kind.PURPOSES)
        ],
    }
    for object_, rows in made.items():
        for row in rows:
            row["attributes"]["referenceId"] = f"{object_}_{row['Name']}"
    return {object_: rows for object_, rows in made.items() if rows}


def _without_nothing(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Standing:
    """The records that stand, by object and name; of several of one name the first."""

    ids: Mapping[tuple[str, str], str]

    def id(self, object_: str, name: str | None) -> str | None:
        """Return the Id of a record, or None."""
        return None if name is None else self.ids.get((object_, name))


@dataclass(frozen=True, slots=True)
class Step:
    """Records that are written together: collections to change and to create, each all or none."""

    changed: list[dict[str, Any]]
    created: list[dict[str, Any]]

    @property
    def parts(self) -> list[Part]:
        """The calls that write them, as parts of a composite call."""
        calls = (("PATCH", self.changed), ("POST", self.created))
        return [
            Part(method, "composite/sobjects", {"allOrNone": True, "records": rows})
            for method, rows in calls
            if rows
        ]

    def made(self, answers: Sequence[Answer]) -> dict[tuple[str, str], str]:
        """Return the Ids of what was created; raises `ConnectorError` for what was refused."""
        given = [rows for rows in (self.changed, self.created) if rows]
        results = [body(answer) for answer in answers]
        for result, rows in zip(results, given, strict=True):
            _refuse_failures(result, rows)
        if not self.created:
            return {}
        return {
            (record["attributes"]["type"], record["Name"]): result["id"]
            for record, result in zip(self.created, results[-1], strict=True)
        }


def has_records(changes: Iterable[Change]) -> bool:
    """Tell whether some of the changes are records, and not metadata."""
    changes = [*changes]
    return bool(_rows(changes, Kind.BASES) or _rows(changes, Kind.PURPOSES))


def standing(bases: Iterable[Record], purposes: Iterable[Record]) -> Standing:
    """Return what stands by object and name; of several of one name the first counts."""
    found: dict[tuple[str, str], str] = {}
    for object_, rows in ((_BASIS, bases), (_PURPOSE, purposes)):
        for row in rows:
            found.setdefault((object_, row["Name"]), row["Id"])
    return Standing(found)


def bases_step(changes: Iterable[Change], stands: Standing, lang: Lang) -> Step:
    """Return the lawful bases to write."""
    rows = _rows(changes, Kind.BASES)
    return _step([_basis(reason, active, stands, lang) for reason, active in rows])


def purposes_step(changes: Iterable[Change], stands: Standing, lang: Lang) -> Step:
    """Return the purposes to write, which refer to bases that stand."""
    rows = _rows(changes, Kind.PURPOSES)
    return _step([_purpose(reason, active, stands, lang) for reason, active in rows])


def _step(wanted: list[dict[str, Any]]) -> Step:
    changed = [record for record in wanted if "Id" in record]
    return Step(changed, [record for record in wanted if "Id" not in record])


def _record(
    object_: str, reason: Reason, active: bool, stands: Standing, lang: Lang
) -> dict[str, Any]:
    label = _label(reason, lang)
    id_ = stands.id(object_, reason.code)
    return {
        "attributes": {"type": object_},
        **({} if id_ is None else {"Id": id_}),
        "Name": reason.code,
        "Description": label if active else f"{_LEFT}{label}",
    }


def _basis(reason: Reason, active: bool, stands: Standing, lang: Lang) -> dict[str, Any]:
    return _record(_BASIS, reason, active, stands, lang)


def _purpose(reason: Reason, active: bool, stands: Standing, lang: Lang) -> dict[str, Any]:
    return _record(_PURPOSE, reason, active, stands, lang) | _refer(reason, stands)


def _refer(reason: Reason, stands: Standing) -> dict[str, Any]:
    return {"LegalBasisId": stands.id(_BASIS, basis_of(reason))}


def _refuse_failures(results: Any, wanted: list[dict[str, Any]]) -> None:
    problems = [
        f"`{record['Name']}`: {refusal_of(error).message}"
        for record, result in zip(wanted, results, strict=True)
        for error in result["errors"]
        if not result["success"]
    ]
    if problems:
        raise ConnectorError(
            f"Salesforce refused records of consent: {'; '.join(problems)}",
            "fields and rules are deployed already; the next plan has what is left",
        )

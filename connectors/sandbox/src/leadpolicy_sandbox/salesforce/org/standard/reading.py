"""How the lines that describe standard fields are read.

A line is `Name type access Label ; words`. `!` after the name marks a value that is always there.
Access is `cu`, `c`, `u` or `-`: who may create and update. Words: `to=Account`, `rel=Owner`,
`child=Histories`, `values=Industry`, `default=Planned`, `compound=Name`, `extra=personname`,
`digits=8`, `restricted`, `fls`, `nofls`, and the traits of `FieldDef`.
"""

from __future__ import annotations

import re
from dataclasses import replace

from leadpolicy_sandbox.salesforce.org.schema import FieldDef, ObjectDef, PicklistValue
from leadpolicy_sandbox.salesforce.org.standard.values import VALUES

_TYPE = re.compile(r"(\w+)(?:\((\d+)(?:,(\d+))?\))?")
_NUMBERS = frozenset({"double", "currency", "percent"})
_HIDDEN = frozenset({"Name", "FirstName", "LastName", "Salutation"})

ID = "Id! id - {label} ID ; lookup defaulted"
DELETED = "IsDeleted! boolean - Deleted"
CREATED = """
CreatedDate! datetime - Created Date ; defaulted
CreatedById! reference - Created By ID ; defaulted to=User rel=CreatedBy
"""
AUDIT = (
    CREATED
    + """
LastModifiedDate! datetime - Last Modified Date ; defaulted
LastModifiedById! reference - Last Modified By ID ; defaulted to=User rel=LastModifiedBy
SystemModstamp! datetime - System Modstamp ; defaulted
"""
)
VIEWED = """
LastViewedDate datetime - Last Viewed Date
LastReferencedDate datetime - Last Referenced Date
"""
ADDRESS = """
{p}Street textarea(255) cu {l}Street ; extra=plaintextarea compound={p}Address
{p}City string(40) cu {l}City ; compound={p}Address
{p}State string(80) cu {l}State/Province ; compound={p}Address
{p}PostalCode string(20) cu {l}Zip/Postal Code ; compound={p}Address
{p}Country string(80) cu {l}Country ; compound={p}Address
{p}Latitude double(18,15) cu {l}Latitude ; compound={p}Address
{p}Longitude double(18,15) cu {l}Longitude ; compound={p}Address
{p}GeocodeAccuracy picklist(40) cu {l}Geocode Accuracy ; compound={p}Address \
values=Geocode restricted
{p}Address address - {l}Address ; fls
"""


def address(prefix: str = "", label: str = "") -> str:
    """Return the lines of one postal address with all its parts."""
    return ADDRESS.format(p=prefix, l=f"{label} " if label else "")


def make(
    name: str, label: str, plural: str, prefix: str, lines: str, *,
    history: bool = False, undeletable: bool = True, derived: bool = False,
) -> ObjectDef:  # fmt: skip
    """Return an object from the lines of its fields."""
    fields = [_field(line) for line in lines.format(label=label).splitlines() if line.strip()]
    return ObjectDef(
        name, label, plural, prefix, {one.name: one for one in fields},
        history=history, undeletable=undeletable, derived=derived,
    )  # fmt: skip


def _field(line: str) -> FieldDef:
    head, _, tail = line.partition(" ; ")
    name, kind, access, label = head.split(None, 3)
    words = dict(word.partition("=")[::2] for word in tail.split())
    match = _TYPE.fullmatch(kind)
    assert match is not None, line  # noqa: S101 - the lines are ours
    type, first, second = match[1], int(match[2] or 0), int(match[3] or 0)
    base = FieldDef(
        name.removesuffix("!"), type, label.strip(),
        required=name.endswith("!"),
        createable="c" in access, updateable="u" in access,
        length=0 if type in _NUMBERS else first,
        precision=first if type in _NUMBERS else 0, scale=second,
    )  # fmt: skip
    return _told(base, words)


def _told(base: FieldDef, words: dict[str, str]) -> FieldDef:
    traits = {"defaulted", "lookup", "name", "prefilter"} & words.keys()
    told = replace(
        base,
        restricted="restricted" in words,
        values=[_value(text) for text in VALUES.get(words.get("values", ""), ())],
        default=words.get("default", "").replace("_", " ") or None,
        compound=words.get("compound"), relationship=words.get("rel"), extra=words.get("extra"),
        digits=int(words.get("digits", 0)), children=words.get("child"),
    )  # fmt: skip
    if told.type == "boolean":
        told.default = told.default == "true"
        traits |= {"defaulted"}
    if told.type == "id":
        told.length = 18
    if told.type == "reference":
        traits |= _refer(told, words)
    if any(value.default for value in told.values):
        traits |= {"defaulted"}
    told.traits = tuple(sorted(traits))
    told.fls = "fls" in words or (_regulated(told) and "nofls" not in words)
    return told


def _refer(told: FieldDef, words: dict[str, str]) -> set[str]:
    told.length = 18
    told.reference_to = tuple(words["to"].split(","))
    told.relationship = words.get("rel", told.name.removesuffix("Id"))
    return {"pointing", "polymorphic"} if len(told.reference_to) > 1 else set()


def _regulated(told: FieldDef) -> bool:
    return not told.required and told.createable and told.name not in _HIDDEN


def _value(text: str) -> PicklistValue:
    body, _, marks = text.partition("|")
    name, _, label = body.partition("=")
    flags = dict(mark.partition("=")[::2] for mark in marks.split())
    return PicklistValue(
        name, label or name,
        default="default" in flags, converted="converted" in flags,
        closed="closed" in flags or "won" in flags, won="won" in flags,
        probability=int(flags.get("p", 0)), forecast=flags.get("f", ""),
    )  # fmt: skip

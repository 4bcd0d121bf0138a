"""The fields of leads as the org describes them, so that formulas can be written over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from leadpolicy_salesforce.binding import LEAD, Binding
from leadpolicy_salesforce.client.wire import Wire
from leadpolicy_salesforce.formula.fields import Field, FieldKind
from leadpolicy_salesforce.questions import ask

Described: TypeAlias = Mapping[str, Any]
_KINDS: Final[Mapping[str, FieldKind]] = {
    "id": "id",
    "reference": "id",
    "picklist": "picklist",
    "multipicklist": "multipicklist",
    "double": "number",
    "currency": "number",
    "int": "number",
    "long": "number",
    "percent": "percent",
    "boolean": "checkbox",
    "date": "date",
    "datetime": "datetime",
    **dict.fromkeys(("string", "textarea", "phone", "email", "url", "combobox"), "text"),
}


_NEAR: Final = {
    "convertedaccount": "Account",
    "convertedcontact": "Contact",
    "convertedopportunity": "Opportunity",
    "owner": "User",
}


def standing_fields(wire: Wire, binding: Binding) -> Mapping[str, Field]:
    """Return the fields of leads by API name, and those that dotted paths of the binding reach.

    The lead and what it is converted to are described in one call, whatever lies further away in
    a call for each object.
    """
    dotted = [bound.path for bound in binding.paths if "." in bound.path]
    near = (_NEAR.get(path.partition(".")[0].lower()) for path in dotted)
    org = _Org(wire, [LEAD, *dict.fromkeys(name for name in near if name)])
    reached = ((path, org.reach(path)) for path in dotted)
    found = {name: _field(name, one) for name, one in org.fields(LEAD).items()}
    found |= {path: None if one is None else _field(path, one) for path, one in reached}
    return {name: field for name, field in found.items() if field is not None}


class _Org:
    """Descriptions of objects, each asked for once, `first` ones together."""

    def __init__(self, wire: Wire, first: Sequence[str]) -> None:
        self._wire: Final = wire
        self._known: Final[dict[str, dict[str, Described]]] = {}
        paths = {_describe(table): table for table in first}
        for path, told in (ask(wire, paths) if len(paths) > 1 else {}).items():
            if not told.refusal:
                self._keep(paths[path], told.answer.body)

    def fields(self, table: str) -> Mapping[str, Described]:
        if table not in self._known:
            self._keep(table, self._wire.get(_describe(table)))
        return self._known[table]

    def _keep(self, table: str, told: Described) -> None:
        self._known[table] = {one["name"]: one for one in told["fields"]}

    def reach(self, path: str) -> Described | None:
        """Return the field that a path from the lead ends in, if every step of it is there."""
        table, (*steps, last) = LEAD, path.split(".")
        for step in steps:
            ways = (one for one in self.fields(table).values() if _leads(one, step))
            tables: list[str] = next((one["referenceTo"] for one in ways), [])
            if not tables:
                return None
            table = tables[0]
        return next((o for n, o in self.fields(table).items() if n.lower() == last.lower()), None)


def _describe(table: str) -> str:
    return f"sobjects/{table}/describe"


def _leads(field: Described, relationship: str) -> bool:
    return str(field.get("relationshipName") or "").lower() == relationship.lower()


def _field(api: str, described: Described) -> Field | None:
    kind = _KINDS.get(str(described["type"]))
    if kind is None:
        return None
    return Field(
        api,
        kind,
        nillable=bool(described.get("nillable", True)),
        length=int(described["length"]) if kind == "text" and described.get("length") else None,
        values=tuple(_active(described)) if "picklist" in kind else None,
        is_email=described["type"] == "email",
    )


def _active(described: Described) -> Iterator[str]:
    for value in described.get("picklistValues") or ():
        if value.get("active"):
            yield str(value["value"])

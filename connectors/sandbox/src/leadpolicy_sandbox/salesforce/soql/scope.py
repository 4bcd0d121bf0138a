"""Where the names of a query lead: to fields of its object and of the records that it refers to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from leadpolicy_sandbox.salesforce.org.derived import related
from leadpolicy_sandbox.salesforce.org.org import Org
from leadpolicy_sandbox.salesforce.org.results import OrgError
from leadpolicy_sandbox.salesforce.org.schema import FieldDef, ObjectDef, User
from leadpolicy_sandbox.salesforce.org.tables import Row
from leadpolicy_sandbox.salesforce.soql.errors import no_column, no_relation, no_type
from leadpolicy_sandbox.salesforce.soql.nodes import Name

Read: TypeAlias = Callable[[Row], Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A field as a query reaches it; `path` spells it as the org does."""

    path: tuple[str, ...]
    field: FieldDef
    read: Read


class Scope:
    """What names mean in a query of one object, for one user."""

    def __init__(self, org: Org, user: User, text: str, source: Name, alias: str | None) -> None:
        self.org, self.user, self.text = org, user, text
        self.names = {source.path.lower(), (alias or source.path).lower()}
        self.definition = self._object(source)

    def _object(self, source: Name) -> ObjectDef:
        try:
            return self.org.object(source.path)
        except OrgError:
            raise no_type(self.text, source.at, source.path) from None

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the user."""
        return self.org.state.zone

    def today(self) -> date:
        """Return the day on which the user is."""
        return self.org.now().astimezone(self.zone).date()

    def midnight(self, day: date) -> datetime:
        """Return when a day begins where the user is."""
        return datetime(day.year, day.month, day.day, tzinfo=self.zone)

    def columns(self) -> list[Column]:
        """Return every field of the object that the user may see."""
        name = self.definition.name
        return [self._own(name, field) for field in self.org.fields(self.user, name).values()]

    def _own(self, name: str, field: FieldDef) -> Column:
        return Column((field.name,), field, self.org.getter(self.user, name, field.name))

    def column(self, name: Name) -> Column:
        """Return the field of a name; raises `OrgError` when the user has no such field."""
        steps = name.path.split(".")
        if len(steps) > 1 and steps[0].lower() in self.names:
            steps = steps[1:]
        return self._reached(self.definition, steps, name)

    def _reached(self, definition: ObjectDef, steps: list[str], name: Name) -> Column:
        seen = self.org.fields(self.user, definition.name)
        if len(steps) == 1:
            field = definition.field(steps[0])
            if field is None or field.name not in seen:
                raise no_column(self.text, name.at, steps[0], definition.name)
            return self._own(definition.name, field)
        link = definition.related(steps[0])
        if link is None or link.name not in seen:
            raise no_relation(self.text, name.at, steps[0], "")
        tails = self._tails(link, steps[1:], name)
        first = next(iter(tails.values()))
        path = (link.relationship or steps[0], *first.path)
        return Column(path, first.field, self._through(definition, link, tails))

    def _tails(self, link: FieldDef, steps: list[str], name: Name) -> dict[str, Column]:
        """Return the rest of the way for each object that the reference may point to."""
        tails: dict[str, Column] = {}
        refusal: OrgError | None = None
        for target in link.reference_to:
            definition = self.org.known(target)
            if definition is None:
                continue
            try:
                tails[definition.name] = self._reached(definition, steps, name)
            except OrgError as error:
                refusal = refusal or error
        if not tails:
            raise refusal or no_relation(self.text, name.at, steps[0], "")
        return tails

    def _through(self, definition: ObjectDef, link: FieldDef, tails: Mapping[str, Column]) -> Read:
        point = self._own(definition.name, link).read

        def read(row: Row) -> Any:
            found = self.parent(link, point(row))
            tail = None if found is None else tails.get(found[0])
            return None if found is None or tail is None else tail.read(found[1])

        return read

    def parent(self, link: FieldDef, id: str | None) -> tuple[str, Row] | None:
        """Return the object and the row that a reference points to."""
        for target in link.reference_to if id else ():
            definition = self.org.known(target)
            if id and definition is not None and id.startswith(definition.prefix):
                row = related(self.org.state, definition, id)
                return None if row is None else (definition.name, row)
        return None

    def children(self, name: str) -> tuple[str, ObjectDef, FieldDef] | None:
        """Return the way back such as `Tasks`, the object it leads to, and its reference."""
        ways = self.org.children(self.definition.name)
        way = next((one for one in ways if one.lower() == name.lower()), None)
        if way is None:
            return None
        child, reference = ways[way]
        definition = self.org.object(child)
        return way, definition, definition.fields[reference]

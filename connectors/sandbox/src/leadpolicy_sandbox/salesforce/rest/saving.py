"""Records are saved one by one, unless somebody else holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leadpolicy_sandbox.salesforce.org.coercion import Source
from leadpolicy_sandbox.salesforce.org.results import SaveResult
from leadpolicy_sandbox.salesforce.org.schema import User
from leadpolicy_sandbox.salesforce.site import Site


@dataclass(frozen=True, slots=True)
class Saver:
    """Saves records for a user; `source` says how values are written."""

    site: Site
    user: User
    source: Source = "json"

    def create(self, name: str, values: Mapping[str, Any]) -> SaveResult:
        """Make a record."""
        return self.site.org.create(self.user, name, values, source=self.source)

    def update(self, name: str, id: str, values: Mapping[str, Any]) -> SaveResult:
        """Change a record."""
        blocked = self.site.trouble.blocked(*self._names(name, id))
        return blocked or self.site.org.update(self.user, name, id, values, source=self.source)

    def upsert(self, name: str, key: str, value: Any, values: Mapping[str, Any]) -> SaveResult:
        """Change the record that an external id names, or make it; `SeveralMatchError` may come."""
        blocked = None if value is None else self.site.trouble.blocked(str(value))
        return blocked or self.site.org.upsert(
            self.user, name, key, value, values, source=self.source
        )

    def delete(self, name: str, id: str) -> SaveResult:
        """Put a record into the bin."""
        blocked = self.site.trouble.blocked(*self._names(name, id))
        return blocked or self.site.org.delete(self.user, name, id)

    def _names(self, name: str, id: str) -> tuple[str, ...]:
        """Return the id of a record and the values of its external ids."""
        if not self.site.trouble.locks:
            return ()
        row = self.site.org.get(None, name, id)
        fields = self.site.org.object(name).fields.values()
        keys = () if row is None else tuple(row.get(f.name) for f in fields if f.external_id)
        return (id, *(str(key) for key in keys if key))

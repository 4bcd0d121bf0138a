"""Consents of leads in both directions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from leadpolicy.crm.connector import ConsentRow, Outcome
from leadpolicy_salesforce.binding import Binding
from leadpolicy_salesforce.client.wire import Wire
from leadpolicy_salesforce.consents.purposes import Purposes
from leadpolicy_salesforce.consents.reader import ConsentReader
from leadpolicy_salesforce.consents.telling import Telling
from leadpolicy_salesforce.options import Options


class Consents:
    """Reads and writes consents of leads; `reader` may be shared with whoever follows changes."""

    def __init__(self, wire: Wire, binding: Binding, options: Options) -> None:
        self.reader: Final = ConsentReader(wire, binding)
        self._telling: Final = Telling(wire, binding, self.reader)

    def know(self, purposes: Purposes) -> None:
        """Hear which purposes the policy has; others are left out from now on."""
        self.reader.know(purposes)

    def read(self, keys: Sequence[str]) -> Mapping[str, tuple[Mapping[str, object], ...]]:
        """Return the consents of leads by key, under the columns that the binding names."""
        return self.reader.of(keys)

    def write(self, rows: Sequence[ConsentRow]) -> list[Outcome]:
        """Tell the org about consents, one outcome a row; raises `UnsupportedError`."""
        return self._telling.tell(rows) if rows else []

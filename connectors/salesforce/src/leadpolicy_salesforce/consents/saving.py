"""Records that are saved 200 at a time, each with its own outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from leadpolicy.crm.connector import AnswerLostError, Outcome
from leadpolicy_salesforce.client.wire import Wire
from leadpolicy_salesforce.errors import PASSING, Refused, refusal_of
from leadpolicy_salesforce.rows.soql import chunks

_MOST: Final = 200


@dataclass(slots=True)
class Refusals:
    """The outcomes of what was not saved."""

    outcomes: list[Outcome] = field(default_factory=list)

    def add(self, key: str, item: Mapping[str, Any]) -> None:
        """Note what the org said of one record."""
        errors = item.get("errors")
        told = refusal_of(errors[0]) if isinstance(errors, list) and errors else Refused("", "")
        words = told.message or "Salesforce gives no reason"
        make = Outcome.deferred if told.code in PASSING else Outcome.failed
        self.outcomes.append(make(key, told.code or "refused", words))


def save(
    wire: Wire,
    method: Literal["POST", "PATCH"],
    records: Sequence[tuple[str, dict[str, Any]]],
    refusals: Refusals,
) -> dict[str, str]:
    """Make or change records, which come with keys; return the Ids of those saved by key.

    Raises `AnswerLostError` where results are missing, for they come in the order of the records.
    """
    saved: dict[str, str] = {}
    for some in chunks(records, _MOST):
        body = {"allOrNone": False, "records": [record for _, record in some]}
        items = wire.call(method, "composite/sobjects", body, rows=True)
        if not isinstance(items, list) or len(items) != len(some):
            raise AnswerLostError("Salesforce answered for other records than were sent")
        for (key, _), item in zip(some, items, strict=True):
            if item.get("success") is True:
                saved[key] = str(item.get("id"))
            else:
                refusals.add(key, item)
    return saved

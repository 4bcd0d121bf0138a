"""One lead from its raw row to its decision, or to the reasons why it cannot be decided."""

from __future__ import annotations

from datetime import datetime

from leadpolicy.engine.decision import Decision
from leadpolicy.engine.inputs import InputError
from leadpolicy.engine.lead_policy import LeadPolicy
from leadpolicy.exchange.convert import RowError, RowReader
from leadpolicy.exchange.dossiers import Dossier, require_whole
from leadpolicy.exchange.rejects import Reject, Source
from leadpolicy.exchange.tables import RawRow


class Decider:
    """Decides leads from raw rows at one instant."""

    def __init__(self, policy: LeadPolicy, reader: RowReader, at: datetime) -> None:
        self._policy = policy
        self._reader = reader
        self._at = at

    def decide(self, row: RawRow, key: str, dossier: Dossier) -> Decision | Reject:
        """Decide one lead, or say why it cannot be decided."""
        try:
            require_whole(row)
            if dossier.broken:
                raise RowError(*dossier.broken)
            return self._policy.decide(
                self._reader.lead(row.values),
                signals=dossier.signals,
                consents=dossier.consents,
                at=self._at,
            )
        except RowError as error:
            problems = error.problems
        except InputError as error:
            problems = tuple(map(self._reader.problem_of_lead, error.diagnostics))
        return Reject(Source.LEADS, row.number, key, problems, row.values)

"""The tables that hold what a policy says of consent: its purposes, each on its lawful basis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from leadpolicy.crm.state import Reason, ReasonTable
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy.policy.consent import LawfulBasis

_BASES: Final[Mapping[LawfulBasis, tuple[str, str]]] = {
    LawfulBasis.CONSENT: ("Einwilligung", "Consent"),
    LawfulBasis.CONTRACT: ("Vertrag", "Contract"),
    LawfulBasis.LEGITIMATE_INTEREST: ("Berechtigtes Interesse", "Legitimate interest"),
}


def consent_tables(policy: CheckedPolicy, prefix: str) -> Iterator[ReasonTable]:
    """Yield the lawful bases that the policy declares, then its purposes, which refer to them.

    The bases are those of Art. 6(1) GDPR, as far as the policy names them.
    """
    purposes = policy.policy.purposes
    if not purposes:
        return
    used = {purpose.basis for purpose in purposes.values()}
    bases = (Reason(basis.value, *_BASES[basis]) for basis in LawfulBasis if basis in used)
    yield ReasonTable(f"{prefix}bases", tuple(bases))
    rows = (
        Reason(name, purpose.title.de, purpose.title.en, (f"basis {purpose.basis.value}",))
        for name, purpose in purposes.items()
    )
    yield ReasonTable(f"{prefix}purposes", tuple(rows))

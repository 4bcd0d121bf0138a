"""Consent as policy objects: purposes, channels, and the gates that steps require.

A gate asks which status was last recorded for a purpose on a channel. Without a record it is
undecided, and an undecided gate is closed: nothing opens it but a recorded status it accepts.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field

from leadpolicy.expr.nodes import ConsentStatus, Literal, OneOf
from leadpolicy.expr.types import Kind
from leadpolicy.policy.checked import OutputKind
from leadpolicy.policy.fields import (
    NOTHING,
    Flag,
    Lang,
    MaybeWordingField,
    Name,
    Part,
    Path,
    WordingField,
)
from leadpolicy.policy.lowering import CONDITION, Lowering, OutputTypes

OPEN_STATUSES = ("granted", "confirmed")
CONFIRMED_STATUSES = ("confirmed",)
RIGHTS_STATUSES = frozenset({"refused", "withdrawn", "objected"})
"""Statuses that exist because a person exercised a right; never worth negative points."""


class Channel(StrEnum):
    """By which means a person is reached or observed."""

    EMAIL = "email"
    PHONE = "phone"
    POST = "post"
    WEB = "web"


class LawfulBasis(StrEnum):
    """On which basis of Art. 6(1) GDPR or § 7 UWG a purpose rests, as the company declares it."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGITIMATE_INTEREST = "legitimate_interest"


class Purpose(Part):
    """What personal data is used for, on which basis and on which channels."""

    title: WordingField
    basis: LawfulBasis = LawfulBasis.CONSENT
    channels: tuple[Channel, ...] = Field(min_length=1)
    source: MaybeWordingField = NOTHING


class Gate(Part):
    """A permission that a state, transition, signal or score rule requires."""

    title: WordingField
    purpose: Name
    channel: Channel
    double_opt_in: Flag = Field(
        default=False, description="only a confirmed consent opens the gate"
    )
    source: MaybeWordingField = NOTHING

    def output_types(self, name: str) -> OutputTypes:
        """Return what the part adds to the vocabulary."""
        return {name: CONDITION}

    def accepted(self) -> tuple[str, ...]:
        """Return the statuses that open the gate."""
        return CONFIRMED_STATUSES if self.double_opt_in else OPEN_STATUSES

    def lower(self, name: str, into: Lowering, path: Path) -> None:
        """Add the gate as a condition over the recorded status."""
        channels: Mapping[str, frozenset[str]] = into.vocabulary.purposes
        if into.expect("purpose", self.purpose, channels, (*path, "purpose"), "LP209"):
            known = channels[self.purpose]
            into.expect("channel", self.channel.value, known, (*path, "channel"), "LP209")
        status = ConsentStatus(self.purpose, self.channel.value)
        values = tuple(Literal(Kind.TEXT, code) for code in self.accepted())
        into.add(name, OneOf(status, values), OutputKind.GATE, path)

    def describe(self, lang: Lang) -> str:
        """Return the gate's title."""
        return self.title.text(lang)

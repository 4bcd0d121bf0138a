"""What all pages of a glossary share: one policy, one language, owners and sources."""

from __future__ import annotations

from collections.abc import Iterator

from leadpolicy.backends.prose import Prose
from leadpolicy.policy.fields import Part, Wording
from leadpolicy.policy.policy import Policy
from leadpolicy.report.glossary_words import GlossaryWords
from leadpolicy.report.markdown import labelled


class Pages:
    """Writes about one policy in the words of one language."""

    def __init__(self, prose: Prose, words: GlossaryWords) -> None:
        self._prose = prose
        self._words = words
        self._policy: Policy = prose.policy

    def ends(self, part: Part) -> Iterator[str]:
        """Yield who owns a part and where it comes from, as far as it says so."""
        owner, source = getattr(part, "owner", None), getattr(part, "source", None)
        if owner is not None:
            yield labelled(self._words.owner, self._prose.role(owner))
        if source is not None:
            yield labelled(self._words.source, self.source(source))

    def source(self, source: Wording | str | None) -> str:
        """Return where something comes from; empty where that is not said."""
        return self._prose.names.text(source) if isinstance(source, Wording) else source or ""

"""The shared glossary of marketing and sales, as Markdown and as a page of its own.

Everything in it comes from the checked policy, so that what people read is what decides.
"""

from __future__ import annotations

from collections.abc import Iterator

from leadpolicy.backends.prose import Prose
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy.policy.fields import Lang, Part
from leadpolicy.policy.policy import Policy
from leadpolicy.report.glossary_facts import FactPages
from leadpolicy.report.glossary_pages import Pages
from leadpolicy.report.glossary_rules import RulePages
from leadpolicy.report.glossary_states import StatePages
from leadpolicy.report.glossary_words import GLOSSARY_WORDS
from leadpolicy.report.markdown import bullets, escaped, heading, labelled, table
from leadpolicy.report.mermaid import mermaid
from leadpolicy.report.page import page
from leadpolicy.report.svg import svg


def glossary(checked: CheckedPolicy, lang: Lang) -> str:
    """Return the glossary as Markdown, with the lifecycle as a Mermaid diagram.

    >>> from leadpolicy.documents.read import read
    >>> print(glossary(read("policies/b2b-de").require(), "en").splitlines()[0])
    # Reference pack for B2B in Germany, Austria and Switzerland
    """
    writer = _Glossary(Prose(checked, lang), GLOSSARY_WORDS[lang])
    picture = f"```mermaid\n{mermaid(checked.policy, lang)}```"
    return "\n\n".join([*writer.head(), picture, *writer.body()]) + "\n"


def glossary_html(checked: CheckedPolicy, lang: Lang) -> str:
    """Return the glossary as one HTML page that needs nothing else, with the lifecycle as SVG."""
    writer = _Glossary(Prose(checked, lang), GLOSSARY_WORDS[lang])
    head, body = "\n\n".join(writer.head()), "\n\n".join(writer.body())
    return page(writer.title, lang, head, svg(checked.policy, lang), body)


class _Glossary(Pages):
    """Puts the pages of a glossary in order."""

    @property
    def title(self) -> str:
        """The title of the policy."""
        return self._prose.names.text(self._policy.title)

    def head(self) -> Iterator[str]:
        """Yield what stands above the picture of the lifecycle."""
        yield heading(1, self.title)
        if self._policy.description is not None:
            yield escaped(self._prose.names.text(self._policy.description))
        yield bullets(self._governance())
        yield heading(2, self._words.picture)

    def _governance(self) -> Iterator[str]:
        prose, words, rules = self._prose, self._words, self._policy.governance
        checked = prose.checked
        yield f"{labelled(words.version, checked.version)} (`{checked.name}`)"
        yield labelled(words.owner, prose.role(rules.owner))
        yield labelled(words.decided_by, prose.roles(rules.sales_ready_decided_by))
        yield labelled(words.changed_by, prose.roles(rules.may_change))
        yield labelled(words.review_by, prose.values.day(rules.review_by))
        yield labelled(words.timezone, self._policy.timezone)
        yield f"**{escaped(words.fingerprint)}:** `{checked.content_hash[:12]}`"
        if rules.source is not None:
            yield labelled(words.source, self.source(rules.source))

    def body(self) -> Iterator[str]:
        """Yield everything below the picture."""
        inside = (self._prose, self._words)
        states, rules, facts = StatePages(*inside), RulePages(*inside), FactPages(*inside)
        yield from states.states()
        yield from states.transitions()
        yield from rules.criteria()
        yield from rules.readiness()
        yield from rules.scores()
        yield from rules.grades()
        yield from facts.agreement()
        yield from facts.permissions()
        yield from facts.signals()
        yield from facts.record()
        yield from facts.lists()
        yield from self._more()
        yield from self._sources()

    def _more(self) -> Iterator[str]:
        """Yield the parts of kinds that a subclass of Policy added."""
        known = set(Policy.model_fields)
        sections = [item for item in self._policy.sections() if item[0] not in known]
        said = [
            f"{labelled(self._prose.names.title(name, part), self._prose.part(section, name))}"
            for section, parts in sections
            for name, part in parts.items()
        ]
        if said:
            yield heading(2, self._words.more)
            yield bullets(said)

    def _sources(self) -> Iterator[str]:
        """Yield where the numbers and rules come from, with the parts that rest on each source."""
        used: dict[str, list[str]] = {}
        for title, part in self._sourced():
            if text := self.source(getattr(part, "source", None)):
                used.setdefault(text, []).append(title)
        if used:
            yield heading(2, self._words.sources)
            rows = ((text, "; ".join(dict.fromkeys(titles))) for text, titles in used.items())
            yield table((self._words.source, self._words.used_in), rows)

    def _sourced(self) -> Iterator[tuple[str, Part]]:
        names, words = self._prose.names, self._words
        yield words.owner, self._policy.governance
        for _path, name, part in self._policy.parts():
            title = names.title(name, part)
            yield title, part
            for group in getattr(part, "groups", {}).values():
                yield title, group
            for rule in getattr(part, "rules", {}).values():
                yield f"{title}: {names.text(rule.because)}", rule
        if self._policy.feedback is not None:
            yield words.feedback, self._policy.feedback

"""The facts in a glossary: consent, signals, what is known of a lead, and what is owed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from leadpolicy.policy.fields import Wording
from leadpolicy.policy.record import AttributeSpec
from leadpolicy.report.glossary_pages import Pages
from leadpolicy.report.markdown import bullets, escaped, heading, labelled, table


class FactPages(Pages):
    """Writes what the rules speak about, and what both teams owe each other."""

    # ------------------------------------------------------------------- consent and signals
    def permissions(self) -> Iterator[str]:
        """Yield the Markdown blocks of purposes and gates."""
        policy, prose, words = self._policy, self._prose, self._words
        if policy.purposes or policy.gates:
            yield heading(2, words.permissions)
        if policy.purposes:
            head = (words.purpose, words.basis, words.channels, words.source)
            yield table(head, map(self._purpose, policy.purposes))
        if policy.gates:
            rows = (
                (
                    prose.names.text(part.title),
                    prose.condition(prose.checked.output(name).node),
                    self.source(part.source),
                )
                for name, part in policy.gates.items()
            )
            yield table((words.permission, words.condition, words.source), rows)

    def _purpose(self, name: str) -> tuple[str, ...]:
        part = self._policy.purposes[name]
        return (
            self._prose.names.text(part.title),
            self._prose.words.bases[part.basis.value],
            ", ".join(self._prose.names.channel(channel.value) for channel in part.channels),
            self.source(part.source),
        )

    def signals(self) -> Iterator[str]:
        """Yield the Markdown blocks of all signal types."""
        words = self._words
        if self._policy.signals:
            yield heading(2, words.signals)
            head = (words.signal, words.name, words.evidence, words.weight, words.origin)
            more = (words.permission, words.properties)
            yield table((*head, *more), map(self._signal, self._policy.signals))

    def _signal(self, name: str) -> tuple[str, ...]:
        part, said = self._policy.signals[name], self._prose.words
        return (
            self._prose.names.signal(name),
            name,
            said.evidence[part.evidence.value],
            said.weights[part.weight.value],
            said.origins[part.origin.value],
            "" if part.gate is None else self._prose.names.output(part.gate).title,
            ", ".join(self._prose.names.text(spec.title) for spec in part.properties.values()),
        )

    # -------------------------------------------------------------------------- record, lists
    def record(self) -> Iterator[str]:
        """Yield the Markdown blocks of the attributes of a lead."""
        words = self._words
        head = (words.attribute, words.name, words.meaning, words.kind, words.unit, words.codes)
        yield heading(2, words.record)
        attributes = self._policy.record.attributes
        rows = (self._attribute(name, spec) for name, spec in attributes.items())
        yield table((*head, words.evidence, words.owner), rows)

    def _attribute(self, name: str, spec: AttributeSpec) -> tuple[str, ...]:
        said = self._prose.words
        return (
            self._prose.names.text(spec.title),
            name,
            "" if spec.description is None else self._prose.names.text(spec.description),
            said.kinds[spec.type.value],
            spec.unit or "",
            ", ".join(self._prose.names.text(label) for label in spec.codes.values()),
            said.evidence[spec.evidence.value],
            self._prose.role(spec.owner),
        )

    def lists(self) -> Iterator[str]:
        """Yield the Markdown blocks of all lists; the entries themselves are left out."""
        words, lists = self._words, self._prose.checked.lists
        if self._policy.lists:
            rows = (
                (
                    self._prose.names.list(name),
                    self._prose.values.number(len(lists[name])),
                    self.source(part.source),
                )
                for name, part in self._policy.lists.items()
            )
            yield heading(2, words.lists)
            yield table((words.list_, words.entries, words.source), rows)

    # ------------------------------------------------------------------------------ agreement
    def agreement(self) -> Iterator[str]:
        """Yield the Markdown blocks of the promises and of the feedback owed."""
        words, policy = self._words, self._policy
        if policy.sla:
            yield heading(2, words.agreement)
            rows = (
                (self._prose.sla(name), self.source(part.source))
                for name, part in policy.sla.items()
            )
            yield table((words.promise, words.source), rows)
        if policy.feedback is not None:
            yield heading(2, words.feedback)
            yield escaped(self._prose.feedback())
            reasons = policy.record.attributes[policy.feedback.reason].codes
            label = bullets([f"**{escaped(words.reasons)}:**"])
            yield f"{label}\n{bullets(self._reasons(reasons), depth=1)}"
            if policy.feedback.source is not None:
                yield labelled(words.source, self.source(policy.feedback.source))

    def _promise(self, name: str) -> tuple[str, str]:
        return self._prose.sla(name), self.source(self._policy.sla[name].source)

    def _reasons(self, codes: Mapping[str, Wording]) -> Iterator[str]:
        for code, label in codes.items():
            yield f"{escaped(self._prose.names.text(label))} (`{code}`)"

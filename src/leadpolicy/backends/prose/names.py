"""What the names of a policy are called in one language, and how their values are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from leadpolicy.backends.prose.values import Shape, Values, one_line
from leadpolicy.expr.types import CONSENT_TYPE, Kind, ValueType
from leadpolicy.policy.checked import CheckedPolicy, NamedOutput, OutputKind
from leadpolicy.policy.fields import Lang, Part, Wording
from leadpolicy.policy.policy import Declares, Describes
from leadpolicy.policy.record import AttributeSpec


@dataclass(frozen=True, slots=True)
class Named:
    """A name of the policy: what it is called, and the shape of its values."""

    title: str
    shape: Shape


class Names:
    """Titles and shapes by name; what the policy does not have is called by its name."""

    def __init__(self, checked: CheckedPolicy, lang: Lang, values: Values) -> None:
        self._policy = checked.policy
        self._vocabulary = checked.vocabulary
        self._lang = lang
        self._values = values
        self._titles = dict(self._part_titles())
        self._titles.update((item.name, self._inner(item)) for item in checked.outputs)

    def attribute(self, name: str) -> Named:
        """Return an attribute of the record."""
        return self._spec(name, self._policy.record.attributes.get(name))

    def property(self, signal: str, name: str) -> Named:
        """Return a property of a signal."""
        spec = self._policy.signals.get(signal)
        return self._spec(name, spec.properties.get(name) if spec else None)

    def output(self, name: str) -> Named:
        """Return an output; one that the vocabulary does not have is a condition."""
        kind = self._vocabulary.outputs.get(name, ValueType(Kind.FLAG))
        labels = {code: self.band(name, code) for code in kind.codes}
        shape = Shape(kind.kind, kind.unit, labels, kind.ordered)
        return Named(self._titles.get(name, name), shape)

    def consent(self, purpose: str, channel: str) -> Named:
        """Return what was recorded for a purpose on a channel."""
        found = self._policy.purposes.get(purpose)
        title = self._values.quoted(purpose if found is None else self.text(found.title))
        words = self._values.words
        name = words.consent.format(x=title, v=self.channel(channel))
        return Named(name, Shape(CONSENT_TYPE.kind, labels=words.statuses))

    def channel(self, name: str) -> str:
        """Return what a channel is called."""
        return self._values.words.channels.get(name, name)

    def signal(self, name: str) -> str:
        """Return the title of a signal type."""
        return self._title(name, self._policy.signals.get(name))

    def list(self, name: str) -> str:
        """Return the title of a list."""
        return self._title(name, self._policy.lists.get(name))

    def state(self, name: str) -> str:
        """Return the title of a state."""
        return self._title(name, self._policy.states.get(name))

    def text(self, wording: Wording) -> str:
        """Return a wording in the language, on one line."""
        return one_line(wording.text(self._lang))

    def title(self, name: str, part: Part) -> str:
        """Return the title of any part: its `title`, else what it describes, else its name."""
        return self._title(name, part)

    def _title(self, name: str, part: Part | None) -> str:
        title = getattr(part, "title", None)
        if isinstance(title, Wording):
            return self.text(title)
        return one_line(part.describe(self._lang)) if isinstance(part, Describes) else name

    def _spec(self, name: str, spec: AttributeSpec | None) -> Named:
        if spec is None:
            return Named(name, Shape(Kind.TEXT))
        labels = {code: self.text(label) for code, label in spec.codes.items()}
        return Named(self.text(spec.title), Shape(spec.type, spec.unit, labels, spec.ordered))

    def _part_titles(self) -> Iterator[tuple[str, str]]:
        for _path, name, part in self._policy.parts():
            if isinstance(part, Declares):
                yield name, self._title(name, part)
        if self._policy.rating is not None:
            yield "rating", self.text(self._policy.rating.title)

    def band(self, grade: str, code: str) -> str:
        """Return a code of a grade, with what it stands for."""
        found = self._policy.grades.get(grade)
        band = found.bands.get(code) if found else None
        return code if band is None or band.title is None else f"{code} ({self.text(band.title)})"

    def _inner(self, item: NamedOutput) -> str:
        """Return what an output is called; the inner ones after the part that they belong to."""
        if item.kind is OutputKind.DIMENSION:
            return self._side(item)
        template = self._values.words.inner.get(item.kind.value)
        if template is None:
            return self._titles.get(item.name, item.name)
        section, name, *_ = map(str, item.path)
        parts: Mapping[str, Part] = dict(self._policy.sections()).get(section, {})
        return template.format(x=self._title(name, parts.get(name)))

    def _side(self, item: NamedOutput) -> str:
        whole, _, key = item.name.partition(".")
        readiness = self._policy.readiness.get(whole)
        if readiness is not None and key in readiness.dimensions:
            return self.text(readiness.dimensions[key].title)
        return self._values.words.inner.get(key, item.name)

"""The rules in a glossary: criteria, readiness, points, grades and the rating."""

from __future__ import annotations

from collections.abc import Iterator

from leadpolicy.policy.grades import Grade
from leadpolicy.report.glossary_pages import Pages
from leadpolicy.report.markdown import bullets, escaped, heading, labelled, table


class RulePages(Pages):
    """Writes what is decided by rules."""

    # --------------------------------------------------------------------- criteria, readiness
    def criteria(self) -> Iterator[str]:
        """Yield the Markdown blocks of all criteria."""
        if self._policy.criteria:
            yield heading(2, self._words.criteria)
        for name, part in self._policy.criteria.items():
            yield heading(3, self._prose.names.text(part.title), name)
            if part.definition is not None:
                yield escaped(self._prose.names.text(part.definition))
            met = self._prose.condition(self._prose.checked.output(name).node)
            yield bullets([labelled(self._words.met_if, met), *self.ends(part)])

    def readiness(self) -> Iterator[str]:
        """Yield the Markdown blocks of decision readiness."""
        if self._policy.readiness:
            yield heading(2, self._words.readiness)
        for name, part in self._policy.readiness.items():
            sides = self._words.sides.format(n=part.at_least, of=len(part.dimensions))
            yield heading(3, self._prose.names.text(part.title), name)
            if part.definition is not None:
                yield escaped(self._prose.names.text(part.definition))
            inner = (escaped(self._prose.side(f"{name}.{key}")) for key in part.dimensions)
            yield "\n".join(
                (
                    bullets([f"**{escaped(sides)}:**"]),
                    bullets(inner, depth=1),
                    bullets([*self._evidence(name), *self.ends(part)]),
                )
            )

    def _evidence(self, name: str) -> Iterator[str]:
        kinds = (("behavioural", self._words.behavioural), ("declarative", self._words.declarative))
        for kind, label in kinds:
            node = self._prose.checked.output(f"{name}.{kind}").node
            yield labelled(label, self._prose.condition(node))

    # ------------------------------------------------------------------------------- scores
    def scores(self) -> Iterator[str]:
        """Yield the Markdown blocks of all scores, with every rule."""
        if self._policy.scores:
            yield heading(2, self._words.scores)
        words = self._words
        head = (words.points, words.condition, words.reason, words.group, words.source)
        for name, score in self._policy.scores.items():
            yield heading(3, self._prose.names.text(score.title), name)
            yield escaped(self._prose.score(name))
            yield table(head, (self._rule(name, rule) for rule in score.rules))
            if score.source is not None:
                yield labelled(words.source, self.source(score.source))

    def _rule(self, score: str, name: str) -> tuple[str, ...]:
        rule = self._policy.scores[score].rules[name]
        return (
            self._prose.rule_points(score, name),
            self._prose.rule_condition(score, name),
            self._prose.names.text(rule.because),
            self._prose.group(score, rule.group) if rule.group else "",
            self.source(rule.source),
        )

    # ------------------------------------------------------------------------------- grades
    def grades(self) -> Iterator[str]:
        """Yield the Markdown blocks of all grades, and the rating as a matrix."""
        if self._policy.grades:
            yield heading(2, self._words.grades)
        for name, grade in self._policy.grades.items():
            yield heading(3, self._prose.names.text(grade.title), name)
            yield table(self._grade_head(grade), self._bands(grade))
            if grade.source is not None:
                yield labelled(self._words.source, self.source(grade.source))
        yield from self._rating()

    def _grade_head(self, grade: Grade) -> tuple[str, ...]:
        score = self._prose.names.output(grade.of).title
        return (self._words.code, f"{self._words.band} ({score})", self._words.meaning)

    def _bands(self, grade: Grade) -> Iterator[tuple[str, ...]]:
        for code, band in grade.bands.items():
            title = "" if band.title is None else self._prose.names.text(band.title)
            yield code, self._prose.band(band), title

    def _rating(self) -> Iterator[str]:
        rating = self._policy.rating
        if rating is None:
            return
        columns = self._policy.grades[rating.engagement].bands
        yield heading(3, self._prose.names.text(rating.title), "rating")
        yield escaped(self._prose.rating())
        corner = self._prose.names.output(rating.fit).title
        head = (corner, *(self._prose.names.band(rating.engagement, code) for code in columns))
        rows = (
            (self._prose.names.band(rating.fit, fit), *(f"{fit}{code}" for code in columns))
            for fit in self._policy.grades[rating.fit].bands
        )
        yield table(head, rows)

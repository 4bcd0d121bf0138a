"""The lifecycle in a glossary: each state with its rules, and the transitions between them."""

from __future__ import annotations

from collections.abc import Iterator

from leadpolicy.expr.nodes import And, Node, Output
from leadpolicy.policy.lifecycle import State, Transition
from leadpolicy.report.glossary_pages import Pages
from leadpolicy.report.markdown import bullets, escaped, heading, labelled, table


class StatePages(Pages):
    """Writes states and transitions."""

    def states(self) -> Iterator[str]:
        """Yield the Markdown blocks of all states."""
        yield heading(2, self._words.states)
        for name, state in self._policy.states.items():
            yield heading(3, self._prose.names.state(name), name)
            yield escaped(self._prose.names.text(state.definition))
            yield "\n".join(self._facts(name, state))

    def _facts(self, name: str, state: State) -> Iterator[str]:
        prose, words = self._prose, self._words
        yield bullets([labelled(words.responsible, prose.responsibilities(name))])
        yield from self._entry(name, state)
        if state.exit_to is not None:
            to = prose.names.state(state.exit_to)
            yield from self.all_of(words.stay, f"state.{name}.stay")
            yield bullets([labelled(words.else_to, to)])
        if state.demands:
            yield bullets([labelled(words.demands, prose.attributes(state.demands))])
        promises = list(self._promises(name))
        if promises:
            yield bullets([f"**{escaped(words.promises)}:**"])
            yield bullets(map(escaped, promises), depth=1)
        if state.terminal:
            yield bullets([escaped(words.terminal)])
        if state.source is not None:
            yield bullets([labelled(words.source, prose.names.text(state.source))])

    def _entry(self, name: str, state: State) -> Iterator[str]:
        if state.entry is not None:
            yield from self.all_of(self._words.entry, f"state.{name}.entry")
        elif name == self._policy.initial:
            yield bullets([escaped(self._words.initial)])
        else:
            yield bullets([escaped(self._words.by_transition)])

    def all_of(self, label: str, output: str) -> Iterator[str]:
        """Yield a condition as a list of what must all hold; a lone criterion is opened up."""
        node = self._prose.checked.output(output).node
        yield bullets([f"**{escaped(label)}:**"])
        for item in _items(node):
            yield bullets([escaped(self._prose.condition(item))], depth=1)
        if isinstance(node, Output):
            inner = _items(self._prose.checked.output(node.name).node)
            yield bullets((escaped(self._prose.condition(item)) for item in inner), depth=2)

    def _promises(self, state: str) -> Iterator[str]:
        for name, promise in self._policy.sla.items():
            if promise.state == state:
                yield self._prose.sla(name)
        feedback = self._policy.feedback
        if feedback is not None and feedback.state == state:
            yield self._prose.feedback()

    def transitions(self) -> Iterator[str]:
        """Yield the Markdown blocks of all transitions."""
        if not self._policy.transitions:
            return
        words = self._words
        yield heading(2, words.transitions)
        head = (words.transition, words.from_, words.to, words.trigger, words.condition)
        more = (words.demands, words.wait, words.reason, words.source)
        rows = (self._transition(*item) for item in self._policy.transitions.items())
        yield table((*head, *more), rows)

    def _transition(self, name: str, step: Transition) -> tuple[str, ...]:
        prose = self._prose
        return (
            prose.names.title(name, step),
            ", ".join(prose.names.state(state) for state in step.from_),
            prose.names.state(step.to),
            prose.trigger(name),
            prose.guard(name),
            prose.attributes(step.demands),
            "" if step.wait is None else prose.duration(step.wait),
            "" if step.reason is None else prose.reason(step.reason),
            "" if step.source is None else prose.names.text(step.source),
        )


def _items(node: Node) -> tuple[Node, ...]:
    return node.items if isinstance(node, And) else (node,)

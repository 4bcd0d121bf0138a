"""Validation rules about transitions: along which ways a lead may move, and with what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from leadpolicy.backends.guarded import Formula, some
from leadpolicy.backends.truths import opposed
from leadpolicy.crm.connector import Refusal
from leadpolicy.crm.state import Rule, RuleKind
from leadpolicy_salesforce.formula import trees
from leadpolicy_salesforce.formula.compiler import Refusal as TooLarge
from leadpolicy_salesforce.formula.meaning import written
from leadpolicy_salesforce.formula.trees import Tree
from leadpolicy_salesforce.rules.graph import Graph, Way
from leadpolicy_salesforce.rules.moves import Moves
from leadpolicy_salesforce.rules.naming import Names, listed, message

_NO_WAY = message("dieser Statuswechsel ist nicht vorgesehen", "the policy has no such transition")


@dataclass(frozen=True, slots=True)
class Transitions:
    """The rules about the ways of a lead; people leave states that the policy does not know."""

    graph: Graph
    moves: Moves
    names: Names

    def rules(self) -> Iterator[Rule | Refusal]:
        """Yield the rule about the ways, and one for each state that ways lead to with a test."""
        yield from self._along_ways()
        for state in self._states:
            yield from self._tests_into(state)

    @property
    def _states(self) -> list[str]:
        return [state.name for state in self.graph.policy.states]

    # ------------------------------------------------------------------------------- ways
    def _along_ways(self) -> Iterator[Rule | Refusal]:
        """Yield one rule for all states; where it is too long, one for each that a lead leaves."""
        parts = [way for way in self.graph.ways if way.test is None]
        part = listed(name for way in parts for name in way.parts) or "transitions"
        branches = {state: self._forbidden_from(state) for state in self._states}
        pairs = [x for state, tree in branches.items() for x in (trees.text(state), tree)]
        stranger = self.moves.forbidden(self._states)
        way = trees.infix(trees.call("CASE", self.moves.before, *pairs, stranger), "=", trees.ONE)
        whole = trees.some([self._new, trees.every([*self.moves.moving, way])])
        body = self.graph.compiler.fitting(whole)
        if not isinstance(body, TooLarge):
            yield Rule(self.names.of("transitions"), RuleKind.TRANSITION, body, part, _NO_WAY)
            return
        yield from self._one_by_one(part, branches, stranger)

    def _one_by_one(
        self, part: str, branches: dict[str, Tree], stranger: Tree
    ) -> Iterator[Rule | Refusal]:
        yield self._ruled(self._new, part, "new")
        is_known = self.moves.known(self.moves.before, self._states)
        came = [trees.infix(is_known, "=", trees.ZERO), trees.infix(stranger, "=", trees.ONE)]
        yield self._ruled(trees.every([*self.moves.moving, *came]), part, "other")
        for state, tree in branches.items():
            left = [self.moves.out_of([state]), trees.infix(tree, "=", trees.ONE)]
            yield self._ruled(trees.every([*self.moves.moving, *left]), part, "from", state)

    def _ruled(self, tree: Tree, part: str, *words: str) -> Rule | Refusal:
        body = self.graph.compiler.fitting(tree)
        if isinstance(body, TooLarge):
            return Refusal("state", body.reason)
        return Rule(self.names.of(*words), RuleKind.TRANSITION, body, part, _NO_WAY)

    def _forbidden_from(self, state: str) -> Tree:
        targets = self.graph.targets(state)
        return self.moves.forbidden(targets) if targets else trees.ONE

    @property
    def _new(self) -> Tree:
        """That a new lead begins in a state of the policy that is not the first one."""
        others = [state for state in self._states if state != self.graph.policy.initial]
        if not others:
            return trees.flag(False)
        begun = trees.infix(self.moves.known(self.moves.now, others), "=", trees.ONE)
        return trees.every([trees.call("ISNEW"), begun])

    # ------------------------------------------------------------------------------ tests
    def _tests_into(self, state: str) -> Iterator[Rule | Refusal]:
        groups = list(self._groups(state))
        if not groups:
            return
        failing = trees.some([self._failing(sources, tests) for sources, _, tests in groups])
        tree = trees.every([*self.moves.moving, self.moves.into(state), failing])
        ways = list(dict.fromkeys(way for _, found, _ in groups for way in found))
        body = self.graph.compiler.fitting(tree)
        if isinstance(body, TooLarge):
            for way in ways:
                reason = f"from where to where it goes is checked, but not what for: {body.reason}"
                yield Refusal(f"transition {way.plan.name}", reason)
            return
        part = listed(name for way in ways for name in way.parts) or f"state {state}"
        name = self.names.of("into", state)
        yield Rule(name, RuleKind.TRANSITION, body, part, self._message(state))

    def _groups(
        self, state: str
    ) -> Iterator[tuple[list[str], tuple[Way, ...], tuple[Formula, ...]]]:
        """Yield the states that lead here by the same ways, if every one of these has a test."""
        found: dict[tuple[str, ...], list[str]] = {}
        ways = {way.plan.name: way for way in self.graph.into(state)}
        for source in self._states:
            names = tuple(name for name, way in ways.items() if source in way.plan.sources)
            if names and state not in self.graph.exits(source):
                found.setdefault(names, []).append(source)
        for names, sources in found.items():
            own = tuple(ways[name] for name in names)
            tests = tuple(way.test for way in own if way.test is not None)
            if len(tests) == len(own):
                yield sources, own, tests

    def _failing(self, sources: list[str], tests: tuple[Formula, ...]) -> Tree:
        left = [] if len(sources) == len(self._states) else [self.moves.out_of(sources)]
        return trees.every([*left, written(opposed(some(tests)))])

    def _message(self, state: str) -> str:
        title = self.graph.policy.policy.states[state].title
        return message(
            f"die Bedingung für „{title.de}“ ist nicht erfüllt",
            f"the condition for “{title.en}” is not met",
        )

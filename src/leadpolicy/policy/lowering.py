"""Lowering: each policy object turns itself into named outputs of the core language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from leadpolicy.diagnostics import Diagnostic, Severity, Span, did_you_mean, path_text
from leadpolicy.expr.infer import infer, require_condition, require_number
from leadpolicy.expr.nodes import Literal, Node, Place
from leadpolicy.expr.parse import parse
from leadpolicy.expr.problems import Problem
from leadpolicy.expr.types import Kind, ValueType, Vocabulary
from leadpolicy.policy.checked import NamedOutput, OutputKind, ScorePlan
from leadpolicy.policy.fields import Path

Locate: TypeAlias = Callable[[Path, Place | None], Span | None]
CONDITION = ValueType(Kind.FLAG)


@dataclass(frozen=True, slots=True)
class Names:
    """What parts may refer to besides the vocabulary of expressions."""

    record: str
    states: tuple[str, ...]
    scores: tuple[str, ...]
    gates: tuple[str, ...]
    reasons: tuple[str, ...]


def _nowhere(_path: Path, _place: Place | None) -> Span | None:
    return None


class Lowering:
    """Collects outputs and problems while the parts of one policy are lowered."""

    def __init__(self, vocabulary: Vocabulary, names: Names, locate: Locate | None = None) -> None:
        self.vocabulary = vocabulary
        self.names = names
        self.outputs: list[NamedOutput] = []
        self.scores: dict[str, ScorePlan] = {}
        self.expressions: dict[Path, Node] = {}
        self.diagnostics: list[Diagnostic] = []
        self._locate = locate or _nowhere

    def report(
        self,
        code: str,
        message: str,
        path: Path,
        *,
        hint: str | None = None,
        severity: Severity = Severity.ERROR,
        place: Place | None = None,
    ) -> None:
        """Add a problem at a path of the policy."""
        span = self._locate(path, place)
        self.diagnostics.append(Diagnostic(code, message, severity, span, path_text(path), hint))

    def node(self, source: object, path: Path) -> Node | None:
        """Read an expression field; None after reporting why it cannot be read."""
        known = getattr(source, "node", None)
        if isinstance(known, Node):
            self.expressions[path] = known
            return known
        parsed = parse(str(source), self.vocabulary)
        self._report_all(parsed.problems, path)
        if parsed.node is not None:
            self.expressions[path] = parsed.node
        return parsed.node

    def condition_node(self, source: object, path: Path) -> Node:
        """Read a field that must be a condition; false after a problem was reported."""
        return self._checked(source, path, require_condition, Literal(Kind.FLAG, False))

    def number_node(self, source: object, path: Path) -> Node:
        """Read a field that must be a number; 0 after a problem was reported."""
        return self._checked(source, path, require_number, Literal(Kind.WHOLE, 0))

    def _checked(
        self,
        source: object,
        path: Path,
        require: Callable[[Node, Vocabulary], tuple[Problem, ...]],
        instead: Node,
    ) -> Node:
        node = self.node(source, path)
        if node is None:
            return instead
        problems = require(node, self.vocabulary)
        self._report_all(problems, path)
        return instead if problems else node

    def _report_all(self, problems: Iterable[Problem], path: Path) -> None:
        for item in problems:
            self.report(item.code, item.message, path, hint=item.hint, place=item.place)

    def condition(self, name: str, source: object, path: Path, kind: OutputKind) -> None:
        """Add an output that is a condition."""
        self.add(name, self.condition_node(source, path), kind, path)

    def add(
        self, name: str, node: Node, kind: OutputKind, path: Path, type_: ValueType | None = None
    ) -> None:
        """Add an output; its type is that of the vocabulary, or inferred."""
        known = type_ or self.vocabulary.outputs.get(name) or infer(node, self.vocabulary)[0]
        self.outputs.append(NamedOutput(name, kind, node, known or CONDITION, path))

    def expect(self, kind: str, name: str, known: Iterable[str], path: Path, code: str) -> bool:
        """Report a reference to something that is not there."""
        names = tuple(known)
        if name in names:
            return True
        article = "an" if kind[0] in "aeiou" else "a"
        self.report(code, f"`{name}` is not {article} {kind}", path, hint=did_you_mean(name, names))
        return False

    def state_exists(self, name: str, path: Path) -> bool:
        """Report a reference to an unknown state."""
        return self.expect("state", name, self.names.states, path, "LP301")

    def attributes_exist(self, names: Iterable[str], path: Path) -> None:
        """Report references to unknown attributes."""
        kind = f"attribute of record `{self.names.record}`"
        for index, name in enumerate(names):
            self.expect(kind, name, self.vocabulary.attributes, (*path, index), "LP201")


OutputTypes: TypeAlias = Mapping[str, ValueType]

"""The two stages of a decision as generated functions: facts to pattern, pattern to outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter

from leadpolicy.backends.guarded import FALSE, Atom, Every, Formula
from leadpolicy.backends.python.conditions import Conditions, Setting
from leadpolicy.backends.python.layout import Layout
from leadpolicy.backends.python.lookups import TextMemory, table
from leadpolicy.backends.python.outputs import OutputFormulas
from leadpolicy.backends.python.pattern import Bit, Pattern, Stage
from leadpolicy.backends.python.scores import start_score, write_score
from leadpolicy.backends.python.segments import Segments
from leadpolicy.backends.python.signals import Signals
from leadpolicy.backends.python.terms import Term
from leadpolicy.backends.python.text import Body, Names
from leadpolicy.expr.nodes import (
    Aggregate,
    Attribute,
    Compare,
    Comparison,
    ConsentStatus,
    EmailDomain,
    Literal,
    Node,
    Output,
)
from leadpolicy.expr.types import CONSENT_STATUSES, Kind
from leadpolicy.policy.checked import CheckedPolicy, ScorePlan
from leadpolicy.policy.record import PersonalData


@dataclass(frozen=True, slots=True)
class Plan:
    """What both stages are written from."""

    checked: CheckedPolicy
    pattern: Pattern
    layout: Layout
    names: Names
    setting: Setting


class StageText(Conditions):
    """What both stages share: outputs are locals, bits are tested in their words."""

    def __init__(self, plan: Plan, body: Body) -> None:
        super().__init__(plan.names, body, plan.setting)
        self.plan = plan
        self.locals: dict[str, Term] = {}
        self._fails: dict[str, str] = {}

    def leaf(self, node: Node) -> Term:
        """Return the local of an output; that of a condition can be True, False or None."""
        if not isinstance(node, Output):
            raise TypeError(f"not known in this stage: `{type(node).__name__}`")
        found = self.locals[node.name]
        if node.name not in self._fails:
            return found
        text = f"True if {found.text} else False if {self._fails[node.name]} else None"
        return Term(self.body.assign(text), Kind.FLAG)

    def output_is(self, name: str, wanted: bool) -> str:
        """Return the local that says whether a condition holds, or whether it fails."""
        return self.locals[name].text if wanted else self._fails[name]

    def special(self, formula: Formula) -> str:
        """Return the test of a bit."""
        if not isinstance(formula, Bit):
            return super().special(formula)
        return self.plan.layout.test(formula)

    def write_score(self, item: OutputFormulas, plan: ScorePlan) -> str:
        """Add the statements that work a score out, and return the local that holds it."""
        return write_score(item, plan, self)

    def write(self, item: OutputFormulas) -> None:
        """Add the statements that work out one output."""
        kind = item.output.type.kind
        if item.plan is not None:
            score = self.write_score(item, item.plan)
            self.locals[item.name] = Term(score, kind, nullable=False)
        elif item.is_condition:
            self._fails[item.name] = self._flag(item.fails)
            self.locals[item.name] = Term(self._flag(item.holds), kind)
        else:
            self.locals[item.name] = self._value(item)

    def _flag(self, formula: Formula) -> str:
        if formula == FALSE:
            return "False"
        return self.body.assign(f"True if {self.condition(formula)} else False", "t")

    def _value(self, item: OutputFormulas) -> Term:
        values = [self.term(value) for value in item.values]
        name = self._looked_up(item)
        if name is None:
            tests = [self.condition(test) for test in item.tests]
            pairs = zip(tests, [value.text for value in values], strict=False)
            name = self.choose(list(pairs), values[-1].text)
        nullable = any(value.nullable for value in values)
        return Term(name, item.output.type.kind, nullable)

    def _looked_up(self, item: OutputFormulas) -> str | None:
        """Read a value from a table where all tests ask for values of the same outputs."""
        rows = [_codes(test) for test in item.tests]
        literals = [value.value for value in item.values if isinstance(value, Literal)]
        asked = {tuple(row) for row in rows if row}
        if len(rows) < 2 or None in rows or len(asked) != 1 or len(literals) <= len(rows):
            return None
        pairs = zip([tuple(row.values()) for row in rows if row], literals, strict=False)
        found = self.names.bind("k", dict(reversed(list(pairs))))
        key = "".join(f"{self.locals[name].text}, " for name in asked.pop())
        return self.body.assign(f"{found}.get(({key}), {self.names.constant(literals[-1])})")


def _codes(test: Formula) -> dict[str, object] | None:
    """Return the value that a test wants of each output, if that is all it asks."""
    found: dict[str, object] = {}
    for item in test.items if isinstance(test, Every) else (test,):
        match item:
            case Atom(Compare(Comparison.EQ, Output(name=name), Literal(value=value)), True):
                found[name] = value
            case _:
                return None
    return found


# --------------------------------------------------------------------------------- first stage
class FirstStage(StageText):
    """From facts to the pattern: `run(row, signals, consents, at)`."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan, Body())
        self.signals = Signals(plan.names, plan.setting, plan.checked.vocabulary.signals)
        self.definitions: list[str] = []
        self.attributes: dict[str, str] = {}
        self._reads: list[str] = []
        self._set: set[Bit] = set()

    def leaf(self, node: Node) -> Term:
        """Return the local of an attribute, consent status, aggregate or output."""
        match node:
            case Attribute(name=name):
                known = self.plan.checked.vocabulary.attributes[name]
                local = self.attributes.setdefault(name, f"a{len(self.attributes)}")
                return Term(local, known.kind, known.nullable)
            case ConsentStatus():
                key = self.names.constant((node.purpose, node.channel))
                local = f"c{len(self._reads)}"
                self._reads.append(f"{local} = consents.get({key})")
                return Term(local, Kind.CHOICE)
            case Aggregate():
                return self.signals.term(node)
            case _:
                return super().leaf(node)

    def special(self, formula: Formula) -> str:
        """Return the test of a bit, after adding the statement that sets it."""
        if isinstance(formula, Bit):
            self.set_bit(formula)
        return super().special(formula)

    def set_bit(self, bit: Bit) -> None:
        """Set a bit by a look at the facts, unless that is done already."""
        if bit.home is not Stage.FACTS or bit in self._set:
            return
        self._set.add(bit)
        text = self.condition(bit.formula)
        word, mask = self.plan.layout.places[bit]
        self.body.add(f"if {text}: m{word} |= {mask}")

    def look_up(self) -> None:
        """Add the words of the pattern, with the bits that sources set."""
        layout, tables = self.plan.layout, {word: ["0"] for word in range(self.plan.layout.words)}
        memories = []
        for (home, word), bits in layout.by_source.items():
            if isinstance(home, Stage):
                continue
            share = [(bit.formula, layout.places[bit][1]) for bit in bits]
            values = self._values(home)
            if values is None:
                allowed = self._may_remember(home)
                memory = TextMemory(self.names, share, home, self.setting, may_remember=allowed)
                memories.append((memory, word))
            else:
                found = self.names.bind("k", table(share, values, self.setting))
                tables[word].append(f"{found}[{self.term(home).text}]")
        for word, texts in tables.items():
            self.body.add(f"m{word} = {' | '.join(texts[1:] or texts)}")
        for memory, word in memories:
            self._recall(memory, f"m{word}")

    def _values(self, home: Node) -> tuple[str, ...] | None:
        if isinstance(home, ConsentStatus):
            return CONSENT_STATUSES
        known = self.plan.checked.vocabulary.attributes
        is_choice = isinstance(home, Attribute) and known[home.name].kind is Kind.CHOICE
        return known[home.name].codes if isinstance(home, Attribute) and is_choice else None

    def _may_remember(self, home: Node) -> bool:
        """Tell whether a program may keep texts of an attribute: not where they reach a person."""
        if not isinstance(home, Attribute):
            return False
        known = self.plan.checked.policy.record.attributes[home.name]
        return known.personal not in (PersonalData.CONTACT, PersonalData.SPECIAL)

    def _recall(self, memory: TextMemory, word: str) -> None:
        self.definitions.append(memory.definition)
        source = memory.source
        text = self.term(source.of if isinstance(source, EmailDomain) else source).text
        memory.look_up(self.body, text, word)

    def definition(self, blank: Mapping[str, object]) -> str:
        """Return `run`; `blank` is a row that knows nothing, for attributes left out."""
        head = Body()
        if self.attributes:
            complete = self.names.bind("complete", lambda row: {**blank, **row})
            # One call that takes all values is quicker than a subscript for each of them.
            take = self.names.bind("take", itemgetter(*self.attributes))
            head.add(f"try: {', '.join(self.attributes.values())} = {take}(row)")
            head.add("except KeyError:")
            head.add(f"return run({complete}(row), signals, consents, at)", 1)
        for read in (*self._reads, *self.signals.reads()):
            head.add(read)
        head.lines += self.body.lines
        return head.function("run", "row, signals, consents, at")


# -------------------------------------------------------------------------------- second stage
class SecondStage(StageText):
    """From the pattern to the outcome, which is all results but volatile ones."""

    def __init__(self, plan: Plan, first: FirstStage) -> None:
        super().__init__(plan, Body(after=first.body))
        self._rules: dict[str, str] = {}

    def write(self, item: OutputFormulas) -> None:
        """Add the statements for one output; of a volatile score only which lines fire."""
        if item.name not in self.plan.pattern.volatile:
            super().write(item)
        elif item.plan is not None:
            self._rules[item.name] = Segments(self, item, None).write(self.plan.layout)

    def write_score(self, item: OutputFormulas, plan: ScorePlan) -> str:
        """Look up which lines fire and what they give."""
        score = start_score(self, plan, ())
        self._rules[item.name] = Segments(self, item, score).write(self.plan.layout)
        return score.finish()

    def _state(self) -> str:
        """Return the text of the last eligible state in declared order."""
        checked = self.plan.checked
        text = self.names.constant(checked.initial)
        for state in checked.states:
            asked = [self.locals[name].text for name in (state.entry, state.stay) if name]
            if state.name == checked.initial:
                text = self.names.constant(state.name)
            elif state.entry is not None:
                text = f"{self.names.constant(state.name)} if {' and '.join(asked)} else {text}"
                text = self.body.assign(text)
        return text

    def outcome(self) -> list[str]:
        """Return the texts of the state, of the fired lines by score, and of all values."""
        pattern = self.plan.pattern
        kept = [item.name for item in pattern.outputs if item.name not in pattern.volatile]
        values = [self.locals[name].text for name in kept]
        rules = [self._rules[name] for name in self.plan.checked.scores]
        return [self._state(), *rules, *values]

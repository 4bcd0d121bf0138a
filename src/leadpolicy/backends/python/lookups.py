"""How the bits of one source are looked up: a table of values, or a memory of texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias

from leadpolicy.backends.guarded import Always, Atom, Choice, Enough, Every, Formula, Some
from leadpolicy.backends.python.conditions import NOTHING_KNOWN, Conditions, Setting
from leadpolicy.backends.python.terms import Term
from leadpolicy.backends.python.text import Body, Names
from leadpolicy.expr.evaluate import COMPARISONS, TEXT_RELATIONS
from leadpolicy.expr.folding import fold
from leadpolicy.expr.nodes import (
    Compare,
    Comparison,
    EmailDomain,
    InList,
    Known,
    Literal,
    Node,
    OneOf,
    TextRelation,
    TextTest,
)
from leadpolicy.expr.types import Kind

TEXTS_REMEMBERED: Final = 8192
LONGEST_REMEMBERED: Final = 256

Share: TypeAlias = Sequence[tuple[Formula, int]]
"""Formulas of one source, each with the bit of one word that it sets."""

_WORD: Final = re.compile(r"\w+")


# ------------------------------------------------------------------------------------ tables
def table(share: Share, values: Iterable[str], setting: Setting) -> dict[str | None, int]:
    """Return which bits every possible value sets, unknown included."""
    return {value: bits_of(share, value, setting) for value in (*values, None)}


def bits_of(share: Share, value: str | None, setting: Setting) -> int:
    """Return the bits that one value of the source sets."""
    return sum(bit for formula, bit in share if _holds(formula, value, setting))


def _holds(formula: Formula, value: str | None, setting: Setting) -> bool:
    def holds(part: Formula) -> bool:
        return _holds(part, value, setting)

    match formula:
        case Always(value=answer):
            return answer
        case Atom(node=node, wanted=wanted):
            return _answer(node, value, setting) is wanted
        case Every(items=items):
            return all(map(holds, items))
        case Some(items=items):
            return any(map(holds, items))
        case Enough(count=count, items=items):
            return sum(map(holds, items)) >= count
        case Choice(branches=branches, otherwise=otherwise):
            chosen = (then for test, then in branches if holds(test))
            return holds(next(chosen, otherwise))
        case _:
            raise TypeError(f"not a formula: `{type(formula).__name__}`")


def _answer(node: Node, value: str | None, setting: Setting) -> bool | None:
    if isinstance(node, Known):
        return value is not None
    if value is None:
        return None
    match node:
        case Compare(left=Literal(value=left)):
            return COMPARISONS[node.op](left, value)
        case Compare(right=Literal(value=right)):
            return COMPARISONS[node.op](value, right)
        case OneOf(values=values):
            return any(value == literal.value for literal in values)
        case InList(list=name):
            return fold(value) in setting.lists[name]
        case TextTest(relation=relation, needle=needle):
            return TEXT_RELATIONS[relation](value, needle)
        case _:
            raise TypeError(f"not a test of one source: `{type(node).__name__}`")


def entry_table(share: Share, setting: Setting) -> tuple[dict[str, int], int] | None:
    """Return the bits of every text that is named, and those of any other text.

    None where a formula does more than to compare the text with values or entries of lists.
    """
    found = [(item, bit, _named(item, setting)) for item, bit in share]
    others = sum(bit for item, bit, _ in found if isinstance(item, Atom) and not item.wanted)
    entries: dict[str, int] = {}
    for _, bit, named in found:
        if named is None:
            return None
        for entry in named:
            entries[entry] = entries.get(entry, others) ^ bit
    return entries, others


def _named(formula: Formula, setting: Setting) -> frozenset[str] | None:
    match formula:
        case Atom(node=InList(list=name)):
            return setting.lists[name]
        case Atom(node=OneOf(values=values)):
            return frozenset(str(literal.value) for literal in values)
        case Atom(node=Compare(Comparison.EQ, _, Literal(value=str() as value))):
            return frozenset({value})
        case _:
            return None


# ----------------------------------------------------------------------------------- memories
class TextMemory:
    """A generated function that works out the bits of a text, and remembers them if it may.

    E-mail addresses are never remembered: what is known of their domains goes into a table.
    """

    def __init__(
        self, names: Names, share: Share, source: Node, setting: Setting, *, may_remember: bool
    ) -> None:
        self.may_remember = may_remember and not isinstance(source, EmailDomain)
        self.names = names
        self.source = source
        self.setting = setting
        self.function = names.bind("x", None)
        self.definition = self._define(share)
        self._unknown = bits_of(share, None, setting)
        self._entries = entry_table(share, setting) if isinstance(source, EmailDomain) else None

    def look_up(self, body: Body, text: str, word: str) -> None:
        """Add the statements that set the bits of a text, which may be None."""
        body.add(f"if {text} is not None:")
        if self._entries is not None:
            self._read(body, text, *self._entries)
        elif self.may_remember:
            self._recall(body, text)
        else:
            body.add(f"b = {self.function}({text})", 1)
        body.add(f"{word} |= b", 1)
        if self._unknown:
            body.add(f"else: {word} |= {self._unknown}")

    def _read(self, body: Body, text: str, entries: dict[str, int], others: int) -> None:
        """Look the domain up as it is written, unless the address is not ASCII."""
        get = self.names.bind("y", {"": self._unknown, **entries}.get)
        body.add(f"_, s, d = {text}.rpartition({self.names.constant('@')})", 1)
        body.add(f"if s and {text}.isascii(): b = {get}(d.lower().strip(), {others})", 1)
        body.add(f"else: b = {self.function}({text})", 1)

    def _recall(self, body: Body, text: str) -> None:
        remembered: dict[str, int] = {}
        get, put = self.names.bind("y", remembered.get), self.names.bind("d", remembered)
        clear = self.names.bind("d", remembered.clear)
        body.add(f"b = {get}({text})", 1)
        body.add("if b is None:", 1)
        body.add(f"b = {self.function}({text})", 2)
        body.add(f"if size({text}) <= {LONGEST_REMEMBERED}:", 2)
        body.add(f"if size({put}) >= {TEXTS_REMEMBERED}: {clear}()", 3)
        body.add(f"{put}[{text}] = b", 3)

    def _define(self, share: Share) -> str:
        body = Body()
        if isinstance(self.source, EmailDomain):
            body.add("a = email_domain(a)")
            body.add(f"if a is None: return {bits_of(share, None, self.setting)}")
        body.add("b = 0")
        inside = _InText(self.names, body, self.setting, self.source)
        for formula, bit in share:
            body.add(f"if {inside.condition(formula)}: b |= {bit}")
        body.add("return b")
        return body.function(self.function, "a")


class _InText(Conditions):
    """The tests of one text, which is in the local `a`; it is folded and split into words once."""

    def __init__(self, names: Names, body: Body, setting: Setting, source: Node) -> None:
        super().__init__(names, body, setting)
        self._source = source
        self._folded: str | None = None
        self._words: str | None = None

    def term(self, node: Node) -> Term:
        """Return the text itself, which is known here."""
        return Term("a", Kind.TEXT, nullable=False) if node == self._source else super().term(node)

    def leaf(self, node: Node) -> Term:
        """Refuse any other source."""
        raise TypeError(f"not a test of one text: `{type(node).__name__}`")

    def folded(self, text: str) -> str:
        """Return the local with the folded text."""
        if self._folded is None:
            self._folded = self.body.assign(f"fold({text})", "f")
        return self._folded

    def words(self) -> str:
        """Return the local with the set of words of the folded text."""
        if self._words is None:
            split = self.names.constant(_WORD)
            self._words = self.body.assign(f"words({split}.findall({self.folded('a')}))", "w")
        return self._words

    def has_word(self, text: str, folded_needle: str) -> str:
        """Look a single word up in the set of words."""
        if _WORD.fullmatch(folded_needle):
            return f"{self.names.constant(folded_needle)} in {self.words()}"
        return super().has_word(text, folded_needle)

    def condition(
        self, formula: Formula, known: frozenset[str] = NOTHING_KNOWN, depth: int = 0
    ) -> str:
        """Ask for several words at once where one of them, or none, is wanted."""
        if not isinstance(formula, Every | Some):
            return super().condition(formula, known, depth)
        wanted = isinstance(formula, Some)
        needles = dict(_single_words(formula.items, wanted))
        if len(needles) < 2:
            return super().condition(formula, known, depth)
        apart = f"{self.names.constant(frozenset(needles.values()))}.isdisjoint({self.words()})"
        rest = tuple(item for item in formula.items if item not in needles)
        texts = [f"not {apart}" if wanted else apart]
        texts += [self.part(item, known, depth) for item in rest]
        return (" or " if wanted else " and ").join(texts)


def _single_words(items: Iterable[Formula], wanted: bool) -> Iterator[tuple[Formula, str]]:
    for item in items:
        match item:
            case Atom(node=TextTest(relation=TextRelation.HAS_WORD, needle=needle)):
                if item.wanted is wanted and _WORD.fullmatch(fold(needle)):
                    yield item, fold(needle)

"""Where the bits of a pattern are: words of thirty bits, because Python is quick with those."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from leadpolicy.backends.python.pattern import Bit, Home, Stage

WORD_BITS: Final = 30


class Layout:
    """A place for every bit; those of one source share a word as far as they fit."""

    def __init__(self, bits: Iterable[Bit]) -> None:
        self.places: dict[Bit, tuple[int, int]] = {}
        self.by_source: dict[tuple[Home, int], list[Bit]] = {}
        self._used = [0]
        of_home: dict[Home, list[Bit]] = {}
        for bit in bits:
            of_home.setdefault(bit.home, []).append(bit)
        from_facts = of_home.pop(Stage.FACTS, [])
        for home, group in of_home.items():
            for start in range(0, len(group), WORD_BITS):
                self._place(home, group[start : start + WORD_BITS])
        for bit in from_facts:
            self._put(bit, self._word_with_room(1))

    @property
    def words(self) -> int:
        """How many words there are."""
        return len(self._used)

    def test(self, bit: Bit) -> str:
        """Return the text that asks whether a bit is set."""
        word, mask = self.places[bit]
        return f"m{word} & {mask}"

    def _place(self, home: Home, group: list[Bit]) -> None:
        word = self._word_with_room(len(group))
        self.by_source[home, word] = group
        for bit in group:
            self._put(bit, word)

    def _put(self, bit: Bit, word: int) -> None:
        self.places[bit] = (word, 1 << self._used[word])
        self._used[word] += 1

    def _word_with_room(self, size: int) -> int:
        for word, used in enumerate(self._used):
            if used + size <= WORD_BITS:
                return word
        self._used.append(0)
        return len(self._used) - 1

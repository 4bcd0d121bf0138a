"""The lifecycle as an SVG picture: states in declared order, ways on above, ways back below.

Every transition has a row of its own, with a dot where it starts and an arrow where it ends. That
needs no layout engine, no text can cover another one, and many ways back stay readable.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import wrap
from typing import Final
from xml.sax import saxutils

from leadpolicy.backends.prose.part_words import PART_WORDS
from leadpolicy.backends.prose.values import one_line
from leadpolicy.policy.fields import Lang
from leadpolicy.policy.lifecycle import Stage
from leadpolicy.policy.policy import Policy
from leadpolicy.report.edges import EdgeKind, Lane, lanes

COLUMN: Final = 128
BOX: Final = 112
HEIGHT: Final = 48
ROW: Final = 32
MARGIN: Final = 24
GAP: Final = 62
"""What an entry of the legend takes besides its text."""

LETTER: Final = 7
"""Width of a letter in a label, as a cautious guess."""

ON, BACK, INK, PALE = "#1d4ed8", "#b45309", "#334155", "#cbd5e1"
DASHES: Final = {EdgeKind.AUTOMATIC: "none", EdgeKind.ROLE: "7 4", EdgeKind.EXIT: "2 4"}
FILLS: Final = {Stage.MARKETING: "#dbeafe", Stage.SALES: "#dcfce7", Stage.OUTSIDE: "#f3f4f6"}
KINDS: Final = {
    "de": {
        EdgeKind.AUTOMATIC: "automatisch",
        EdgeKind.ROLE: "durch eine Rolle",
        EdgeKind.EXIT: "Ausstieg, sobald eine Voraussetzung entfällt",
    },
    "en": {
        EdgeKind.AUTOMATIC: "automatic",
        EdgeKind.ROLE: "by a role",
        EdgeKind.EXIT: "exit as soon as a condition no longer holds",
    },
}
STAGES: Final = {
    "de": {Stage.MARKETING: "Marketing", Stage.SALES: "Vertrieb", Stage.OUTSIDE: "außerhalb"},
    "en": {Stage.MARKETING: "marketing", Stage.SALES: "sales", Stage.OUTSIDE: "outside"},
}
WAYS: Final = {"de": {ON: "weiter", BACK: "zurück"}, "en": {ON: "on", BACK: "back"}}


def svg(policy: Policy, lang: Lang = "en") -> str:
    """Return a stand-alone SVG document; states and rows carry explanations as tooltips."""
    return _Picture(policy, lang).document()


class _Picture:
    def __init__(self, policy: Policy, lang: Lang) -> None:
        self._policy = policy
        self._lang: Lang = lang
        self._ranks = {name: index for index, name in enumerate(policy.states)}
        found = sorted(lanes(policy, lang), key=self._place)
        self._on = [lane for lane in found if not lane.edge.back]
        self._back = [lane for lane in found if lane.edge.back]
        self._boxes = MARGIN + ROW * len(self._on)
        longest = max((_length(*self._words(lane)) for lane in found), default=0)
        legend = sum(GAP + _length(text) for text in KINDS[lang].values())
        self._width = 2 * MARGIN + max(COLUMN * len(self._ranks), longest, legend)

    def _place(self, lane: Lane) -> tuple[int, int]:
        """Order rows as stairs: the farther the target, the higher; then the longer first."""
        target = self._ranks[lane.edge.target]
        span = max(abs(self._ranks[source] - target) for source in lane.sources)
        return (-target, span if lane.edge.back else -span)

    def _x(self, state: str) -> int:
        return MARGIN + COLUMN * self._ranks[state] + COLUMN // 2

    def _rows(self) -> Iterator[tuple[Lane, int]]:
        """Yield every row with its height in the picture."""
        for index, lane in enumerate(self._on):
            yield lane, MARGIN + ROW * index + ROW // 2
        below = self._boxes + HEIGHT
        for index, lane in enumerate(self._back, start=1):
            yield lane, below + ROW * index

    # ------------------------------------------------------------------------------ document
    def document(self) -> str:
        """Return the whole picture."""
        rows = list(self._rows())
        bottom = self._boxes + HEIGHT + ROW * (len(self._back) + 1)
        body = [
            *(self._lifeline(name, rows) for name in self._ranks),
            *(self._lane(lane, y) for lane, y in rows),
            *(self._box(name) for name in self._ranks),
            *self._legend(bottom + 8),
        ]
        title, height = one_line(self._policy.title.text(self._lang)), bottom + 60
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self._width} {height}" '
            f'width="{self._width}" height="{height}" role="img" '
            f"aria-label={saxutils.quoteattr(title)} "
            f'font-family="system-ui, sans-serif" font-size="13" fill="#0f172a">\n'
            f"<title>{_text(title)}</title><defs>{_marker('on', ON)}{_marker('back', BACK)}"
            f'</defs>\n<rect width="{self._width}" height="{height}" fill="#ffffff"/>\n'
            + "\n".join(body)
            + "\n</svg>\n"
        )

    def _lifeline(self, state: str, rows: Iterable[tuple[Lane, int]]) -> str:
        """Draw what joins a state with the rows that it takes part in."""
        ends = [y for lane, y in rows if state in {*lane.sources, lane.edge.target}]
        top, bottom = min([*ends, self._boxes]), max([*ends, self._boxes + HEIGHT])
        x = self._x(state)
        return f'<path d="M {x} {top} V {bottom}" stroke="{PALE}" stroke-width="1.2"/>'

    # ----------------------------------------------------------------------------------- rows
    def _lane(self, lane: Lane, y: int) -> str:
        edge, colour = lane.edge, BACK if lane.edge.back else ON
        sources = [self._x(source) for source in lane.sources]
        target = self._x(edge.target)
        start = max(sources, key=lambda x: abs(x - target))
        way = f"M {start} {y} H {target}"
        if start == target:
            way = f"M {start} {y} h 30 v 10 h -30"
        titles = (self._policy.states[name].title.text(self._lang) for name in lane.sources)
        to = self._policy.states[edge.target].title.text(self._lang)
        hint = f"{', '.join(titles)} → {to}: {edge.label}"
        dots = "".join(f'<circle cx="{x}" cy="{y}" r="4" fill="{colour}"/>' for x in sources)
        return (
            f'<g data-kind="{edge.kind.value}" data-from="{" ".join(lane.sources)}" '
            f'data-to="{edge.target}"><title>{_text(hint)}</title>'
            f'<path d="{way}" fill="none" stroke="{colour}" stroke-width="1.6" '
            f'stroke-dasharray="{DASHES[edge.kind]}" '
            f'marker-end="url(#{"back" if edge.back else "on"})"/>{dots}'
            f"{self._label(lane, y - 8, min(*sources, target))}</g>"
        )

    def _words(self, lane: Lane) -> tuple[str, str]:
        """Return what a row is called, and by which roles it is taken."""
        roles = PART_WORDS[self._lang].roles
        by = ", ".join(roles[role.value] for role in lane.edge.roles)
        return one_line(lane.edge.label), f" · {by}" if by else ""

    def _label(self, lane: Lane, y: int, left: int) -> str:
        name, by = self._words(lane)
        x = max(MARGIN, min(left + 9, self._width - MARGIN - _length(name, by)))
        return (
            f'<text x="{x}" y="{y}" font-size="12" stroke="#ffffff" stroke-width="4" '
            f'paint-order="stroke">{_text(name)}'
            f'<tspan fill="#64748b" xml:space="preserve">{saxutils.escape(by)}</tspan></text>'
        )

    # ------------------------------------------------------------------------------- states
    def _box(self, name: str) -> str:
        state, x = self._policy.states[name], self._x(name)
        left, top, middle = x - BOX // 2, self._boxes, self._boxes + HEIGHT // 2
        border = 3 if name == self._policy.initial else 1.2
        shape = (
            f'<rect x="{left}" y="{top}" width="{BOX}" height="{HEIGHT}" rx="9" '
            f'fill="{FILLS[state.stage]}" stroke="{INK}" stroke-width="{border}"/>'
        )
        if state.terminal:
            shape += (
                f'<rect x="{left + 3}" y="{top + 3}" width="{BOX - 6}" height="{HEIGHT - 6}" '
                f'rx="6" fill="none" stroke="{INK}"/>'
            )
        lines = wrap(state.title.text(self._lang), 14, max_lines=2, placeholder="…")
        first = middle + 5 - 8 * (len(lines) - 1)
        texts = "".join(
            f'<text x="{x}" y="{first + 16 * index}" text-anchor="middle">{_text(line)}</text>'
            for index, line in enumerate(lines)
        )
        hint = _text(f"{state.title.text(self._lang)}: {state.definition.text(self._lang)}")
        return f'<g data-state="{name}"><title>{hint}</title>{shape}{texts}</g>'

    # ------------------------------------------------------------------------------- legend
    def _legend(self, y: int) -> Iterator[str]:
        x = MARGIN
        for kind, text in KINDS[self._lang].items():
            yield _sample(x, y, INK, DASHES[kind]) + _caption(x + 44, y, text)
            x += GAP + _length(text)
        x, y = MARGIN, y + 26
        for colour, text in WAYS[self._lang].items():
            yield _sample(x, y, colour, "none") + _caption(x + 44, y, text)
            x += GAP + _length(text)
        for stage, text in STAGES[self._lang].items():
            yield (
                f'<rect x="{x}" y="{y - 7}" width="14" height="14" rx="3" fill="{FILLS[stage]}" '
                f'stroke="{INK}"/>' + _caption(x + 21, y, text)
            )
            x += GAP - 20 + _length(text)


def _text(text: str) -> str:
    return saxutils.escape(one_line(text))


def _length(*texts: str) -> int:
    return LETTER * sum(map(len, texts))


def _sample(x: int, y: int, colour: str, dashes: str) -> str:
    return (
        f'<path d="M {x} {y} h 36" stroke="{colour}" stroke-width="1.6" '
        f'stroke-dasharray="{dashes}"/>'
    )


def _caption(x: int, y: int, text: str) -> str:
    return f'<text x="{x}" y="{y + 4}" font-size="12">{_text(text)}</text>'


def _marker(name: str, colour: str) -> str:
    return (
        f'<marker id="{name}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" '
        f'markerHeight="7" orient="auto"><path d="M 0 0 L 8 4 L 0 8 z" fill="{colour}"/></marker>'
    )

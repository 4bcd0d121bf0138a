"""The lifecycle as a Mermaid state diagram."""

from __future__ import annotations

import re
from typing import Final

from leadpolicy.backends.prose.values import one_line
from leadpolicy.policy.fields import Lang
from leadpolicy.policy.policy import Policy
from leadpolicy.report.edges import EdgeKind, edges

_MARKS: Final = {EdgeKind.AUTOMATIC: "", EdgeKind.ROLE: "👤 ", EdgeKind.EXIT: "⚠ "}
_SPECIAL: Final = re.compile(
    r"[#;:\"<>%{}&*_`\\]"
    r"|(?<=^direction)\s|(?<=\sdirection)\s"
    r"|(?<=^\d)\.|(?<=^\d\d)\.|^[-+]"
)
"""What Mermaid would read as its own: its marks, its directions, and Markdown."""


def mermaid(policy: Policy, lang: Lang = "en") -> str:
    """Return Mermaid text; 👤 marks moves by a role, ⚠ exits, and ↩ ways back."""
    ids = {name: f"s{index}_{_word(name)}" for index, name in enumerate(policy.states, start=1)}
    lines = ["stateDiagram-v2", "    direction LR"]
    for name, state in policy.states.items():
        lines.append(f'    state "{label(state.title.text(lang))}" as {ids[name]}')
    lines.append(f"    [*] --> {ids[policy.initial]}")
    for edge in edges(policy, lang):
        text = f"{'↩ ' if edge.back else ''}{_MARKS[edge.kind]}{label(edge.label)}"
        lines.append(f"    {ids[edge.source]} --> {ids[edge.target]} : {text}")
    lines += [f"    {ids[name]} --> [*]" for name, state in policy.states.items() if state.terminal]
    return "\n".join(lines) + "\n"


def _word(name: str) -> str:
    return name.replace("-", "_")


def label(text: str) -> str:
    """Return a text on one line, with character codes for what Mermaid would read as its own.

    >>> label("Sales: yes")
    'Sales#58; yes'
    """
    return _SPECIAL.sub(lambda found: f"#{ord(found[0])};", one_line(text))

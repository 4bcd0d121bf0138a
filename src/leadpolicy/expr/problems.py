"""Problems found in an expression, before anyone knows which file it came from."""

from __future__ import annotations

from dataclasses import dataclass

from leadpolicy.expr.nodes import Place


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem of an expression; `place` counts characters of the text it was read from.

    Codes: LP201 unknown name, LP202 wrong type, LP203 unit mismatch, LP204 syntax not allowed,
    LP205 unknown function or wrong arguments, LP206 unknown code of a choice, LP207 unknown
    signal or property, LP208 unknown list, LP209 unknown purpose or channel, LP210 too long or
    too deep.
    """

    code: str
    message: str
    place: Place | None = None
    hint: str | None = None

"""The generated module of a policy: both stages put together, and where its results stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from leadpolicy.backends.python.stages import FirstStage, Plan, SecondStage

_MOST_WORDS: Final = 8
_WORTH_REMEMBERING: Final = 12
_PATTERNS_REMEMBERED: Final = 16_384
_ITEMS_REMEMBERED: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Written:
    """The text of a module; its `run` gives the state, then what stands at these places."""

    source: str
    rules: Mapping[str, int]
    outputs: Mapping[str, int]


def write_program(plan: Plan) -> Written:
    """Write the module that decides leads: its function `run` takes facts and gives a tuple."""
    checked, pattern = plan.checked, plan.pattern
    first = _first_stage(plan)
    second = SecondStage(plan, first)
    for item in pattern.outputs:
        second.write(item)
    volatile = [item.name for item in pattern.outputs if item.name in pattern.volatile]
    kept = [item.name for item in pattern.outputs if item.name not in pattern.volatile]
    new = _join(plan, first, second, [first.locals[name].text for name in volatile])
    run = first.definition(_blank(plan))
    start = 1 + len(checked.scores)
    return Written(
        "\n".join([*first.signals.definitions(), *first.definitions, *new, run]),
        rules={name: 1 + i for i, name in enumerate(checked.scores)},
        outputs={name: start + i for i, name in enumerate([*kept, *volatile])},
    )


def _first_stage(plan: Plan) -> FirstStage:
    first, pattern = FirstStage(plan), plan.pattern
    first.look_up()
    for item in pattern.outputs:
        if item.name in pattern.early or item.name in pattern.volatile:
            first.write(item)
    for bit in pattern.bits.values():
        first.set_bit(bit)
    return first


def _join(plan: Plan, first: FirstStage, second: SecondStage, volatile: list[str]) -> list[str]:
    """Let the first stage go on with the second, or with its remembered result where that pays.

    Returns the functions that this needs.
    """
    results = second.outcome()
    if len(second.body.lines) <= _WORTH_REMEMBERING or plan.layout.words > _MOST_WORDS:
        first.body.lines += second.body.lines
        first.body.add(f"return ({', '.join([*results, *volatile])},)")
        return []
    words = [f"m{word}" for word in range(plan.layout.words)]
    key = words[0] if len(words) == 1 else f"({', '.join(words)})"
    remembered: dict[object, tuple[object, ...]] = {}
    get = plan.names.bind("y", remembered.get)
    first.body.add(f"r = {get}({key})")
    first.body.add(f"if r is None: r = finish({', '.join(words)})")
    first.body.add(f"return (*r, {', '.join(volatile)})" if volatile else "return r")
    put, clear = plan.names.bind("d", remembered), plan.names.bind("d", remembered.clear)
    second.body.add(f"if size({put}) >= {_outcomes_kept(plan)}: {clear}()")
    second.body.add(f"r = {put}[{key}] = ({', '.join(results)},)")
    second.body.add("return r")
    return [second.body.function("finish", ", ".join(words))]


def _outcomes_kept(plan: Plan) -> int:
    lines = sum(len(score.lines) for score in plan.checked.scores.values())
    return min(_PATTERNS_REMEMBERED, _ITEMS_REMEMBERED // (lines + len(plan.pattern.outputs) + 1))


def _blank(plan: Plan) -> dict[str, bool | None]:
    """Return the row of a lead of which nothing is known; a flag that is never unknown is false."""
    types = plan.checked.vocabulary.attributes
    return {name: None if known.nullable else False for name, known in types.items()}

"""Functions that choose: logic, conditions, blanks, picklists."""

from __future__ import annotations

from typing import Final

from leadpolicy_sandbox.formula.model import Call, FormulaError, Scope, Type, Value, Written
from leadpolicy_sandbox.formula.registry import Part, Run, Site, common, expect, special

_SINGLE: Final[frozenset[Type]] = frozenset({"picklist"})
_SEVERAL: Final[frozenset[Type]] = frozenset({"multipicklist"})


def _conditions(call: Call, parts: list[Part]) -> list[Run]:
    for part in parts:
        expect(part, "boolean", function=call.name)
    return [part.run for part in parts]


@special("AND", 1, None)
def _and(call: Call, parts: list[Part], _site: Site) -> Part:
    runs = _conditions(call, parts)

    return Part("boolean", call, lambda scope: all(one(scope) for one in runs))


@special("OR", 1, None)
def _or(call: Call, parts: list[Part], _site: Site) -> Part:
    runs = _conditions(call, parts)

    return Part("boolean", call, lambda scope: any(one(scope) for one in runs))


@special("NOT", 1, 1)
def _not(call: Call, parts: list[Part], _site: Site) -> Part:
    (only,) = _conditions(call, parts)

    def run(scope: Scope) -> Value:
        value = only(scope)
        return None if value is None else not value

    return Part("boolean", call, run)


@special("IF", 3, 3)
def _if(call: Call, parts: list[Part], _site: Site) -> Part:
    condition, yes, no = parts
    expect(condition, "boolean", function="IF")
    result = common([yes, no], function="IF")
    asked, then, otherwise = condition.run, yes.run, no.run
    return Part(result, call, lambda scope: then(scope) if asked(scope) else otherwise(scope))


@special("CASE", 4, None, picklists=_SINGLE)
def _case(call: Call, parts: list[Part], _site: Site) -> Part:
    if len(parts) % 2:
        raise FormulaError(
            f"Incorrect number of parameters for function 'CASE()'. Expected {len(parts) - 1}, "
            f"received {len(parts)}",
            call.position,
        )
    asked, *pairs, otherwise = parts
    tests, results = pairs[::2], pairs[1::2]
    for part in [asked, *tests, *results, otherwise]:
        expect(part, "text", "number", "date", "datetime", "picklist", function="CASE")
    result = common([*results, otherwise], function="CASE")
    if asked.type == "picklist":
        for test in tests:
            _code(test, "CASE")
    else:
        common([asked, *tests], function="CASE")
    blank = "" if asked.type in {"text", "picklist"} else None
    return Part(result, call, _chosen(asked.run, tests, results, otherwise.run, blank))


def _chosen(
    asked: Run, tests: list[Part], results: list[Part], otherwise: Run, blank: Value
) -> Run:
    if all(isinstance(test.node, Written) for test in tests):
        return _looked_up(asked, tests, results, otherwise, blank)
    steps = [(test.run, result.run) for test, result in zip(tests, results, strict=True)]

    def run(scope: Scope) -> Value:
        value = _or_else(asked(scope), blank)
        for test, result in steps:
            if value is not None and value == _or_else(test(scope), blank):
                return result(scope)
        return otherwise(scope)

    return run


def _looked_up(
    asked: Run, tests: list[Part], results: list[Part], otherwise: Run, blank: Value
) -> Run:
    table: dict[Value, Run] = {}
    for test, result in zip(tests, results, strict=True):
        if isinstance(test.node, Written):
            table.setdefault(_or_else(test.node.value, blank), result.run)
    table.pop(None, None)
    return lambda scope: table.get(_or_else(asked(scope), blank), otherwise)(scope)


def _or_else(value: Value, blank: Value) -> Value:
    return blank if value is None else value


@special("ISBLANK", 1, 1, picklists=_SEVERAL)
def _isblank(call: Call, parts: list[Part], _site: Site) -> Part:
    (only,) = parts
    expect(only, "text", "number", "date", "datetime", "multipicklist", function="ISBLANK")
    asked = only.run
    return Part("boolean", call, lambda scope: asked(scope) in _BLANK)


_BLANK: Final = (None, "")


@special("ISNULL", 1, 1, picklists=_SEVERAL)
def _isnull(call: Call, parts: list[Part], _site: Site) -> Part:
    (only,) = parts
    expect(only, "text", "number", "date", "datetime", "multipicklist", function="ISNULL")
    if only.type == "text":
        return Part("boolean", call, lambda _scope: False)
    asked = only.run
    return Part("boolean", call, lambda scope: asked(scope) in _BLANK)


@special("BLANKVALUE", 2, 2)
def _blankvalue(call: Call, parts: list[Part], _site: Site) -> Part:
    result = common(parts, function="BLANKVALUE")
    asked, instead = (part.run for part in parts)

    def run(scope: Scope) -> Value:
        value = asked(scope)
        return instead(scope) if value in _BLANK else value

    return Part(result, call, run)


@special("NULLVALUE", 2, 2)
def _nullvalue(call: Call, parts: list[Part], site: Site) -> Part:
    if parts[0].type == "text":
        return Part(common(parts, function="NULLVALUE"), call, parts[0].run)
    return _blankvalue(call, parts, site)


@special("ISPICKVAL", 2, 2, picklists=_SINGLE)
def _ispickval(call: Call, parts: list[Part], _site: Site) -> Part:
    expect(parts[0], "picklist", function="ISPICKVAL")
    asked, code = parts[0].run, _code(parts[1], "ISPICKVAL")
    return Part("boolean", call, lambda scope: (asked(scope) or "") == code)


@special("INCLUDES", 2, 2, picklists=_SEVERAL)
def _includes(call: Call, parts: list[Part], _site: Site) -> Part:
    expect(parts[0], "multipicklist", function="INCLUDES")
    asked, code = parts[0].run, _code(parts[1], "INCLUDES")
    if not code.strip():
        raise FormulaError("Function INCLUDES needs a value to look for", parts[1].node.position)

    def run(scope: Scope) -> Value:
        value = asked(scope)
        return code in value.split(";") if isinstance(value, str) and value else None

    return Part("boolean", call, run)


def _code(part: Part, function: str) -> str:
    """Return a value of a picklist, which has to be written out."""
    if isinstance(part.node, Written) and isinstance(part.node.value, str):
        return part.node.value
    raise FormulaError(
        f"Incorrect parameter type for function '{function}()'. "
        "Expected Text literal, received expression",
        part.node.position,
    )

"""Compiled formulas beside the reference evaluator: the same policy, the same lead, several judges.

The interpreter of the sandbox judges everything; an evaluator written by others judges what it is
trusted with, record by record. What nobody else than the interpreter could judge is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Final, cast
from zoneinfo import ZoneInfo

from databases import usable
from judges.bridge import Bridge, JudgeName, NoAnswer
from judges.constructs import Traced
from judges.helpers import helped, synced, synced_kinds
from judges.leads import as_held, fields_of, record_of
from judges.spelling import NOW, TODAY, as_texts, respelled
from judges.trust import Trust
from leadpolicy.expr.facts import Facts
from leadpolicy.expr.types import Kind
from leadpolicy.policy.checked import CheckedPolicy, NamedOutput
from leadpolicy.testing.policies import reference_outputs
from leadpolicy_salesforce.formula import Compiler, Field, Refusal, Settings
from leadpolicy_sandbox.formula import (
    FieldKind,
    Formula,
    FormulaError,
    ResultType,
    Scope,
    Value,
    check,
    evaluate,
    parse,
)

INTERPRETER: Final = "interpreter"
EXPOSED: Final = "exposed"
_TAKES_BLANKS: Final = frozenset({"ISBLANK", "ISPICKVAL", "TRIM", "TEXT", "CASE", "IF"})
_COMPARES_BLANKS: Final = frozenset({"=(text)", "<>(text)"})
SETTINGS: Final = Settings(user_days=True, most_compiled=15_000)


@dataclass(frozen=True)
class Difference:
    """A formula that says something else than the policy about one lead."""

    judge: str
    output: str
    formula: str
    record: Mapping[str, Value]
    expected: Value
    found: object


@dataclass
class Ledger:
    """What was judged: `verdicts` and `unjudged` count by judge, `lacking` by construct."""

    policies: int = 0
    leads: int = 0
    decisions: int = 0
    compiled: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    unjudged: Counter[str] = field(default_factory=Counter)
    lacking: Counter[tuple[str, str]] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)


@dataclass(frozen=True)
class Panel:
    """The judges beside the interpreter, and how many leads of each policy they are asked about."""

    bridge: Bridge
    trusts: Mapping[JudgeName, Trust]
    leads: Mapping[JudgeName, int]


@dataclass(frozen=True)
class Subject:
    """A formula with what it should say about each record."""

    output: str
    text: str
    kinds: Mapping[str, FieldKind]
    rows: Sequence[tuple[Scope, Value]]

    @cached_property
    def formula(self) -> Formula:
        """Return what was read from the text."""
        return parse(self.text)


def prove(
    checked: CheckedPolicy,
    known: Sequence[Facts],
    ledger: Ledger,
    panel: Panel | None = None,
    fields: Mapping[str, Field] | None = None,
    *,
    blanks_as_zero: bool = False,
    closely: bool = False,
) -> None:
    """Compile every output of a policy and compare it with the reference evaluator.

    With `closely`, what looks at a blank counts as a difference too.
    """
    used = fields or fields_of(checked)
    compiler = Compiler(checked, used, SETTINGS, helped)
    held = [as_held(checked, one) for one in known]
    references = [reference_outputs(checked, usable(checked, one)) for one in held]
    kinds = {item.api: item.kind for item in used.values()} | synced_kinds(checked)
    scopes = [
        Scope(
            record_of(used, one) | synced(checked, found),
            kinds,
            None,
            one.at,
            cast(ZoneInfo, one.timezone),
            blanks_as_zero,
        )
        for one, found in zip(held, references, strict=True)
    ]
    ledger.policies += 1
    ledger.leads += len(held)
    for output in checked.outputs:
        text = compiler.result(compiler.named(output.name))
        refusal = compiler.refused.get(output.name)
        if isinstance(text, Refusal) or refusal is not None:
            ledger.refused[str(refusal or text)] += 1
            continue
        ledger.compiled += 1
        expected = [expected_of(output, found[output.name]) for found in references]
        subject = Subject(output.name, text, kinds, list(zip(scopes, expected, strict=True)))
        judge(subject, _result_type(output), ledger, panel)
        if closely:
            ledger.differences += exposures(subject)


def judge(subject: Subject, result: ResultType, ledger: Ledger, panel: Panel | None = None) -> None:
    """Let every judge say what a formula yields for each record."""
    formula = subject.formula
    ledger.decisions += len(subject.rows)
    found = check(formula, subject.kinds, where="field")
    if found not in {result, "null"}:
        raise FormulaError(f"`{subject.output}` yields {found}, not {result}: {subject.text}")
    for scope, expected in subject.rows:
        answer = evaluate(formula, scope)
        ledger.verdicts[INTERPRETER] += 1
        if answer != expected:
            _note(ledger, INTERPRETER, subject, scope, expected, answer)
    if panel is not None:
        for name, trust in panel.trusts.items():
            _judge_elsewhere(subject, result, ledger, panel, trust, panel.leads[name])


def exposures(subject: Subject) -> Iterator[Difference]:
    """Yield where a formula lets anything look at a blank that is not exact about blanks.

    Conditions over records take a blank for false wherever they are joined; the same formula in a
    list view or report does not.
    """
    traced = Traced(subject.formula, dict(subject.kinds))
    for scope, expected in subject.rows:
        for used in traced.constructs(scope):
            plain, is_blank, _ = used.partition(" over blank")
            takes = plain in _COMPARES_BLANKS or plain.partition("(")[0] in _TAKES_BLANKS
            if is_blank and not takes:
                record = {name: scope.value(name) for name in subject.formula.references}
                yield Difference(EXPOSED, subject.output, subject.text, record, expected, plain)


def _judge_elsewhere(
    subject: Subject, result: ResultType, ledger: Ledger, panel: Panel, trust: Trust, most: int
) -> None:
    text = respelled(subject.formula, subject.kinds)
    formula = parse(text)
    kinds = {
        name: kind for name, kind in as_texts(subject.kinds).items() if name in formula.references
    }
    traced = Traced(formula, kinds)
    asked: list[tuple[Scope, Value]] = []
    for scope, expected in subject.rows[:most]:
        lacking = traced.constructs(_timed(scope, kinds)) - trust.constructs
        if lacking:
            ledger.unjudged[trust.judge] += 1
            ledger.lacking.update((trust.judge, item) for item in lacking)
        else:
            asked.append((_timed(scope, kinds), expected))
    if not asked:
        return
    records = [scope.values for scope, _ in asked]
    answers = panel.bridge.ask(trust.judge, text, kinds, result, records)
    for (scope, expected), answer in zip(asked, answers, strict=True):
        if isinstance(answer, NoAnswer):
            ledger.unjudged[trust.judge] += 1
            ledger.lacking[trust.judge, f"no answer: {answer.reason}"] += 1
            continue
        ledger.verdicts[trust.judge] += 1
        if answer != expected and not (expected is False and answer is None):
            _note(ledger, trust.judge, subject, scope, expected, answer)


def _note(
    ledger: Ledger, judge: str, subject: Subject, scope: Scope, expected: Value, found: object
) -> None:
    record = {name: scope.value(name) for name in subject.formula.references}
    found_here = Difference(judge, subject.output, subject.text, record, expected, found)
    ledger.differences.append(found_here)


def _timed(scope: Scope, kinds: Mapping[str, FieldKind]) -> Scope:
    """Return a scope in which the time is a field."""
    clock: dict[str, Value] = {NOW: scope.now, TODAY: scope.now.astimezone(scope.zone).date()}
    return Scope({**scope.values, **clock}, kinds, None, scope.now, scope.zone)


def expected_of(output: NamedOutput, value: object) -> Value:
    """Return what a formula field has to hold for the value of an output."""
    if output.type.kind is Kind.FLAG:
        return value is True
    if isinstance(value, int):
        return Decimal(value)
    return cast(Value, value)


_RESULTS: Final[Mapping[Kind, ResultType]] = {
    Kind.FLAG: "boolean",
    Kind.WHOLE: "number",
    Kind.NUMBER: "number",
    Kind.TEXT: "text",
    Kind.CHOICE: "text",
    Kind.DAY: "date",
    Kind.MOMENT: "datetime",
}


def _result_type(output: NamedOutput) -> ResultType:
    return _RESULTS[output.type.kind]

"""Answers as lines to read: why, why not, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from leadpolicy.backends.prose import Prose
from leadpolicy.engine.explain_words import EXPLAIN_WORDS, ExplainWords
from leadpolicy.engine.findings import Finding
from leadpolicy.engine.missing.result import Fact, Missing, MissingSet
from leadpolicy.engine.why import Answer, Remark
from leadpolicy.policy.fields import Role


def answer_text(answer: Answer, prose: Prose) -> str:
    """Return what carries a target, or what stands in its way."""
    words = EXPLAIN_WORDS[prose.lang]
    question = words.why if answer.is_why else words.why_not
    head = question.format(x=prose.quoted(called(answer.target, prose)))
    lines = [f"  {_finding(item, prose, words)}" for item in answer.findings]
    remark = _remark(answer, prose, words)
    if remark:
        lines.insert(0, f"  {remark}")
    if not lines:
        lines = [f"  {words.no_line if answer.is_why else words.met}"]
    return "\n".join((head, *lines))


def called(target: str, prose: Prose) -> str:
    """Return what a state or output is called."""
    is_state = target in prose.policy.states
    return prose.names.state(target) if is_state else prose.names.output(target).title


def _remark(answer: Answer, prose: Prose, words: ExplainWords) -> str:
    match answer.remark:
        case Remark.INITIAL:
            return words.initial
        case Remark.OUTRANKED:
            return words.outranked.format(by=prose.quoted(prose.names.state(answer.by or "")))
        case Remark.BY_TRANSITION:
            return words.by_transition
        case None:
            return ""


def _finding(item: Finding, prose: Prose, words: ExplainWords) -> str:
    verdict = words.verdicts[item.verdict]
    facts = prose.facts(item.facts)
    way = " › ".join(_way(item.through, prose))
    inside = f" [{way}]" if way else ""
    return f"{prose.condition(item.node)}: {verdict} ({facts}){inside}"


def _way(through: tuple[str, ...], prose: Prose) -> Iterator[str]:
    """Yield what the parts around a condition are called; a rule by the reason for its points."""
    for before, name in pairwise(("", *through)):
        score = prose.policy.scores.get(before)
        rule = score.rules.get(name) if score else None
        yield prose.names.text(rule.because) if rule else prose.names.output(name).title


def missing_text(missing: Missing, prose: Prose) -> str:
    """Return what is missing, way by way."""
    return "\n".join(_missing_lines(missing, prose, EXPLAIN_WORDS[prose.lang]))


def _missing_lines(missing: Missing, prose: Prose, words: ExplainWords) -> Iterator[str]:
    if missing.target is None:
        yield words.nothing_further
        return
    yield words.question_missing.format(x=prose.quoted(called(missing.target, prose)))
    if missing.met:
        yield f"  {words.nothing_missing}"
    elif not missing.sets:
        yield f"  {words.no_way}"
    of = len(missing.sets)
    for n, item in enumerate(missing.sets, start=1):
        yield "  " + (words.one_way if of == 1 else words.several_ways.format(n=n, of=of))
        yield from (f"    {line}" for line in _set_lines(item, prose, words))
    if not missing.exhaustive:
        yield f"  {words.not_exhaustive}"


def _set_lines(item: MissingSet, prose: Prose, words: ExplainWords) -> Iterator[str]:
    for fact in item.facts:
        yield _fact(fact, prose, words)
    if not item.complete:
        yield words.still_in.format(x=prose.quoted(prose.names.state(item.state)))


def _fact(fact: Fact, prose: Prose, words: ExplainWords) -> str:
    if fact.condition is None or fact.leaf is None:
        forms = words.more_signals[0 if fact.witness == 1 else 1]
        return forms.format(n=fact.witness, x=prose.quoted(_signal(fact, prose)))
    now = words.now.format(v=prose.value(fact.leaf, fact.now))
    owner = (words.asks.format(who=prose.role(Role(fact.owner))),) if fact.owner else ()
    return f"{prose.condition(fact.condition)} ({', '.join((now, *owner))})"


def _signal(fact: Fact, prose: Prose) -> str:
    name, _, properties = fact.subject.partition(" ")
    return f"{prose.names.signal(name)} {properties}".rstrip()

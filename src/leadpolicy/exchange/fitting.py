"""Reading a binding, and whether it fits a policy: every attribute, type and code that it names."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from os import PathLike, fspath
from pathlib import Path as FilePath
from typing import Final, TypeAlias

from leadpolicy.diagnostics import Diagnostic, PolicyError, did_you_mean, has_errors, path_text
from leadpolicy.documents.source import Tree, read_file
from leadpolicy.documents.structure import validate
from leadpolicy.engine.loading import shipped_bindings
from leadpolicy.exchange.binding import Binding, BoundColumn, default_binding
from leadpolicy.exchange.cells import CellError, shown, typed
from leadpolicy.expr.types import CONSENT_STATUSES, Kind, ValueType
from leadpolicy.policy.checked import CheckedPolicy

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Misfit:
    """Something that a binding names and the policy does not have; about a key, or its value."""

    code: str
    path: Path
    message: str
    hint: str | None
    about_value: bool


def read_binding(path: str | PathLike[str], policy: CheckedPolicy) -> Binding:
    """Read a binding; raises `PolicyError` with every problem and its place."""
    tree = read_file(path)
    if has_errors(tree.diagnostics):
        raise PolicyError(tree.diagnostics, tree.sources)
    binding, problems = validate(tree, Binding)
    if binding is None:
        raise PolicyError(problems, tree.sources)
    unfit = [_placed(item, tree) for item in misfits(binding, policy)]
    if unfit:
        raise PolicyError(unfit, tree.sources)
    return binding


def _placed(item: Misfit, tree: Tree) -> Diagnostic:
    is_value = item.path in tree.scalars and item.about_value
    span = tree.span_at(item.path) if is_value else tree.key_spans.get(item.path)
    return Diagnostic(
        item.code,
        item.message,
        span=span or tree.span_at(item.path),
        path=path_text(item.path),
        hint=item.hint,
    )


def misfits(binding: Binding, policy: CheckedPolicy) -> Iterator[Misfit]:
    """Yield everything in which a binding does not fit a policy."""
    yield from _attributes(binding, policy)
    vocabulary = policy.vocabulary
    yield from _properties(binding, vocabulary.signals)
    channels = frozenset(c for known in vocabulary.purposes.values() for c in known)
    consents = binding.consents
    types = binding.signals.type
    yield from _labels(("signals", "type"), "a signal", types, vocabulary.signals)
    for name, known in (
        ("purpose", vocabulary.purposes),
        ("channel", channels),
        ("status", CONSENT_STATUSES),
    ):
        yield from _labels(("consents", name), f"a {name}", getattr(consents, name), known)


def _attributes(binding: Binding, policy: CheckedPolicy) -> Iterator[Misfit]:
    types = policy.vocabulary.attributes
    kind = f"an attribute of record `{policy.policy.record.name}`"
    for name, bound in (binding.leads.attributes or {}).items():
        path: Path = ("leads", "attributes", name)
        if name not in types:
            yield _unknown("LP521", path, kind, name, types, about_value=False)
            continue
        for label, code in bound.codes.items():
            here = (*path, "codes", label)
            yield from _code(here, name, code, types[name])


def _code(path: Path, name: str, code: object, type_: ValueType) -> Iterator[Misfit]:
    if code is None:
        return
    if type_.kind in {Kind.CHOICE, Kind.CHOICES}:
        if code not in type_.codes:
            yield _unknown("LP523", path, f"a code of `{name}`", str(code), type_.codes)
    elif (problem := _problem(code, type_)) is not None:
        yield Misfit("LP523", path, f"code of `{name}`: {problem}", None, about_value=True)


def _problem(code: object, type_: ValueType) -> str | None:
    try:
        value = typed(code, type_)
    except CellError as error:
        return error.message
    is_flag = type_.kind is Kind.FLAG
    fits = isinstance(value, _TYPES[type_.kind]) and isinstance(value, bool) is is_flag
    return None if fits else f"`{shown(code)}` is not a {type_.kind.value}"


_TYPES: Final[Mapping[Kind, type | tuple[type, ...]]] = {
    Kind.FLAG: bool,
    Kind.WHOLE: int,
    Kind.NUMBER: (int, Decimal),
    Kind.TEXT: str,
    Kind.DAY: date,
    Kind.MOMENT: datetime,
}


def _properties(
    binding: Binding, signals: Mapping[str, Mapping[str, ValueType]]
) -> Iterator[Misfit]:
    known = {name for properties in signals.values() for name in properties}
    for name in binding.signals.properties:
        if name not in known:
            path: Path = ("signals", "properties", name)
            yield _unknown("LP521", path, "a property of a signal", name, known, about_value=False)


def _labels(path: Path, kind: str, bound: BoundColumn, known: Collection[str]) -> Iterator[Misfit]:
    for label, code in bound.codes.items():
        if code is not None and code not in known:
            here = (*path, "codes", label)
            yield _unknown("LP523", here, kind, str(code), known)


def _unknown(
    code: str, path: Path, kind: str, name: str, known: Iterable[str], *, about_value: bool = True
) -> Misfit:
    return Misfit(
        code, path, f"`{shown(name)}` is not {kind}", did_you_mean(name, known), about_value
    )


def binding_for(path: str | PathLike[str] | None, policy: CheckedPolicy) -> Binding:
    """Return the binding in a file, or without one the binding by equal names.

    A word that is no file names a binding that comes with the policy's pack.
    """
    if path is None:
        return default_binding()
    shipped = {} if FilePath(path).exists() else shipped_bindings(policy.name)
    return read_binding(shipped.get(fspath(path), path), policy)

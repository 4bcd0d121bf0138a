"""A lead becomes a row: every attribute by name, checked, in its one form, or None for unknown.

Clean input takes a generated path with one short test for each attribute. Anything else is read
again by the plain functions of `ingest_values`, which say everything that is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final, Protocol, TypeAlias, runtime_checkable

from leadpolicy.backends.python import Row
from leadpolicy.backends.python.text import Body, Names
from leadpolicy.diagnostics import Diagnostic
from leadpolicy.engine.ingest.problems import Problems
from leadpolicy.engine.ingest.values import (
    LARGEST,
    LONGEST_TEXT,
    Reader,
    UnfitError,
    described,
    quoted,
    read_moment,
    read_number,
    read_text,
    reader,
)
from leadpolicy.engine.inputs import InputError
from leadpolicy.expr.types import Kind, ValueType, Vocabulary

ReadLead: TypeAlias = Callable[[object], Row]


@runtime_checkable
class Mappable(Protocol):
    """Something that can say its values by attribute, such as a typed record."""

    def to_mapping(self) -> Mapping[str, object]:
        """Return the values by attribute."""


class LeadReader:
    """Reads leads of one policy; `read` raises `InputError` with every problem of a lead."""

    def __init__(self, record: str, vocabulary: Vocabulary) -> None:
        self._record = record
        self.types: Final = vocabulary.attributes
        self._readers = {name: reader(kind) for name, kind in self.types.items()}
        self.blank: Final[Row] = {
            name: None if kind.nullable else False for name, kind in self.types.items()
        }
        self.read: Final[ReadLead] = self._generated()

    def _generated(self) -> ReadLead:
        names = Names(**_RUNTIME, blank=self.blank, slow=self._slowly)
        other, size = names.bind("x", self.mapping), len(self.types)
        body = Body()
        body.add(f"if type(m) is not dict: m = {other}(m)")
        body.add(f"r = m.copy() if size(m) == {size} else {{**blank, **m}}")
        body.add(f"if size(r) != {size}: return slow(m)")
        body.add("try:")
        tests = Body(indent=2)
        for name, kind in self.types.items():
            tests.add(f"a = r[{names.constant(name)}]")
            _write_test(kind, names, names.constant(name), tests)
        body.lines += tests.lines
        body.add("except (KeyError, Unfit): return slow(m)")
        body.add("return r")
        read: ReadLead = names.define(body.function("read", "m"))["read"]
        return read

    # ------------------------------------------------------------------------ everything else
    def mapping(self, lead: object) -> dict[Any, object]:
        """Return the values of a lead by name, whatever holds them."""
        found = lead.to_mapping() if isinstance(lead, Mappable) else lead
        if not isinstance(found, Mapping):
            message = f"a lead is a mapping of attributes or a record, not {described(found)}"
            raise InputError([Diagnostic("LP511", message)])
        return dict(found)

    def _slowly(self, values: Mapping[Any, object]) -> Row:
        return self.read_all(values, self._readers)

    def read_all(self, values: Mapping[Any, object], readers: Mapping[str, Reader]) -> Row:
        """Return the row for any values; raises `InputError` with every problem of them."""
        problems = Problems()
        row = dict(self.blank)
        for name, value in values.items():
            if isinstance(name, str) and name in readers:
                row[name] = problems.read(readers[name], value, "$", name)
            else:
                what, path = f"attribute {{}} of record `{self._record}`", "$"
                if isinstance(name, str):
                    path = f"$.{quoted(name).strip('`')}"
                problems.unknown("LP501", what, name, readers, path)
        problems.raise_any()
        return row


# -------------------------------------------------------------------------------- clean input
_RUNTIME: Final[dict[str, Any]] = {
    "type": type,
    "size": len,
    "dict": dict,
    "bool": bool,
    "int": int,
    "str": str,
    "date": date,
    "KeyError": KeyError,
    "Unfit": UnfitError,
    "LARGEST": LARGEST,
    "number": read_number,
    "moment": read_moment,
}


def _write_test(kind: ValueType, names: Names, key: str, body: Body) -> None:
    """Add the statements that check the value in `a` and put another form of it into the row."""
    match kind.kind:
        case Kind.FLAG:
            body.add("if type(a) is not bool:")
            body.add("if a is not None: return slow(m)", 1)
            if not kind.nullable:
                body.add(f"r[{key}] = False", 1)
        case Kind.WHOLE:
            body.add("if a is not None and (type(a) is not int or not -LARGEST < a < LARGEST):")
            body.add("return slow(m)", 1)
        case Kind.TEXT:
            _write_text_test(names, key, body)
        case Kind.CHOICE:
            codes = names.bind("k", {code: code for code in kind.codes})
            body.add(f"if type(a) is str: {codes}[a]")
            body.add(f"elif a is not None: r[{key}] = {names.bind('x', reader(kind))}(a)")
        case Kind.NUMBER | Kind.MOMENT:
            body.add(f"if a is not None: r[{key}] = {kind.kind.value}(a)")
        case Kind.DAY:
            body.add("if a is not None and type(a) is not date: return slow(m)")
        case Kind.CHOICES:
            read = names.bind("x", reader(kind))
            body.add(f"if a is not None: r[{key}] = {read}(a)")


def _write_text_test(names: Names, key: str, body: Body) -> None:
    body.add("if a is not None:")
    body.add(f"if type(a) is not str or size(a) > {LONGEST_TEXT}: return slow(m)", 1)
    body.add(f"if not a.isascii(): a = {names.bind('x', read_text)}(a) or ''", 1)
    body.add(f"r[{key}] = a.strip() or None", 1)

"""What a policy consists of: every named part with its meaning, and the place it comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace

from leadpolicy.backends.prose import Prose
from leadpolicy.diagnostics import Span, path_text
from leadpolicy.documents.read import Document
from leadpolicy.documents.source import Origin, Plain, origins
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy.policy.fields import Lang, Part, Path, Wording
from leadpolicy.policy.grades import Band


@dataclass(frozen=True, slots=True)
class PartRow:
    """A part, what it says, where it was written, and which place of a parent pack it replaces.

    Places read `file:line`; they are None for policies that were not read from files.
    """

    part: str
    says: str
    origin: str | None = None
    overrides: str | None = None

    def to_dict(self) -> dict[str, str | None]:
        """Return the row as JSON-ready data."""
        return asdict(self)


def parts(checked: CheckedPolicy, lang: Lang) -> tuple[PartRow, ...]:
    """Return a row for every named part of a policy, in the order of its sections."""
    sayings = _Sayings(Prose(checked, lang))
    return tuple(PartRow(_name(path), sayings.of(path, part)) for path, part in _named(checked))


def show(document: Document, lang: Lang) -> tuple[PartRow, ...]:
    """Return a row for every named part, and for every single value that replaces another one.

    Raises `PolicyError` for a document that has errors.
    """
    checked = document.require()
    known = {origin.path: origin for origin in origins(document.tree)}
    sayings = _Sayings(Prose(checked, lang))
    named = dict(_named(checked))
    replaced = _replaced(document.tree.data, known, named)
    rows = list(replaced.get((), ()))
    for path, part in named.items():
        rows.append(_placed(PartRow(_name(path), sayings.of(path, part)), known.get(path)))
        rows += replaced.get(path, ())
    return tuple(rows)


def _replaced(
    data: Plain, known: Mapping[Path, Origin], named: Mapping[Path, Part]
) -> Mapping[Path, list[PartRow]]:
    """Return, by the named part around them, the values that replace those of a parent pack."""
    found: dict[Path, list[PartRow]] = {}
    for path, origin in known.items():
        value = _at(data, path)
        if origin.overrides is None or isinstance(value, dict):
            continue
        around = next((path[:size] for size in range(len(path), 0, -1) if path[:size] in named), ())
        found.setdefault(around, []).append(_placed(PartRow(_name(path), _plain(value)), origin))
    return found


def _placed(row: PartRow, origin: Origin | None) -> PartRow:
    if origin is None:
        return row
    overrides = None if origin.overrides is None else _place(origin.overrides)
    return replace(row, origin=_place(origin.span), overrides=overrides)


def _place(span: Span) -> str:
    return f"{span.source}:{span.line}"


def _name(path: Path) -> str:
    return path_text(path).removeprefix("$.")


def _at(data: Plain, path: Path) -> Plain:
    for step in path:
        data = data[step]  # type: ignore[index]
    return data


def _plain(value: Plain) -> str:
    items = value if isinstance(value, list) else [value]
    return ", ".join(" ".join(str(item).split()) for item in items)


def _named(checked: CheckedPolicy) -> Iterator[tuple[Path, Part]]:
    """Yield the parts of the policy itself and every part inside them that has a name."""
    policy = checked.policy
    for field in type(policy).model_fields:
        value = getattr(policy, field)
        if isinstance(value, Part) and not isinstance(value, Wording):
            yield (field,), value
            yield from _inside(value, (field,))
    yield from _inside(policy, ())


def _inside(part: Part, path: Path) -> Iterator[tuple[Path, Part]]:
    for field in type(part).model_fields:
        value = getattr(part, field)
        for name, inner in value.items() if isinstance(value, Mapping) else ():
            if isinstance(inner, Part) and not isinstance(inner, Wording):
                yield (*path, field, name), inner
                yield from _inside(inner, (*path, field, name))


class _Sayings:
    """What each part says in the words of one policy."""

    def __init__(self, prose: Prose) -> None:
        self._prose = prose
        self._root: Mapping[str, Callable[[], str]] = {
            "governance": prose.governance,
            "rating": prose.rating,
            "feedback": prose.feedback,
        }

    def of(self, path: Path, part: Part) -> str:
        """Return the sentence about a part; its title where there is no more to say."""
        prose = self._prose
        match path:
            case (str() as root,) if root in self._root:
                return self._root[root]()
            case ("record", "attributes", str() as name):
                return prose.attribute(name)
            case ("scores", str() as score, "rules", str() as rule):
                return prose.score_rule(score, rule)
            case ("scores", str() as score, "groups", str() as group):
                return prose.group_bounds(score, group) or prose.group(score, group)
            case ("grades", str() as grade, "bands", str() as code) if isinstance(part, Band):
                return f"{prose.names.band(grade, code)}: {prose.band(part)}"
            case ("readiness", str() as readiness, "dimensions", str() as side):
                return prose.side(f"{readiness}.{side}")
            case (str() as section, str() as name):
                return prose.part(section, name)
            case _:
                return self._titled(str(path[-1]), part)

    def _titled(self, name: str, part: Part) -> str:
        return self._prose.names.title(name, part)

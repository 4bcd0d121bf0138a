"""One policy from several files: `include` inside a pack, `extends` across packs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, TypeAlias

from leadpolicy.diagnostics import Diagnostic, Span, did_you_mean, path_text
from leadpolicy.documents.builder import StopReadingError
from leadpolicy.documents.files import inside, is_file, names_in, outside, read_source, real_path
from leadpolicy.documents.merge import overlay, union
from leadpolicy.documents.nodes import Node
from leadpolicy.documents.scalars import printable, quoted
from leadpolicy.documents.tree import MAX_BYTES, parse

POLICY_FILE: Final = "policy.yaml"
MAX_FILES: Final = 64
MAX_TOTAL: Final = 4 * MAX_BYTES

_PACK_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")

Chain: TypeAlias = tuple[tuple[Path, str], ...]


@dataclass(slots=True)
class Reading:
    """What has been read for one policy: texts by shown name, files, and all problems."""

    sources: dict[str, str] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)
    problems: list[Diagnostic] = field(default_factory=list)

    def document(self, path: Path, blame: Span | None = None) -> Node | None:
        """Read one file; None when it holds no mapping, with the reasons among the problems."""
        shown = path.as_posix()
        try:
            self._check_total(shown, blame)
            source = read_source(path, shown, limit=MAX_BYTES, blame=blame)
        except StopReadingError as stop:
            self.problems.append(stop.diagnostic)
            return None
        self.files.append(path)
        self.sources[shown] = printable(source.text)
        root, problems = parse(source)
        self.problems += problems
        return root

    def _check_total(self, shown: str, blame: Span | None) -> None:
        span = blame or Span(shown, 1, 1, 1, 1)
        if len(self.files) >= MAX_FILES:
            message = f"the policy is made of more than {MAX_FILES} files"
            raise StopReadingError("LP105", message, span)
        if sum(map(len, self.sources.values())) > MAX_TOTAL:
            message = f"the files of the policy have more than {MAX_TOTAL:,} characters together"
            raise StopReadingError("LP105", message, span)

    def pack(self, path: Path, blame: Span | None = None) -> Node | None:
        """Read a document and everything it includes, as one mapping without `include`."""
        root = self.document(path, blame)
        if root is None:
            return None
        return self._with_includes(root, path, ((real_path(path), path.as_posix()),), set())

    def _with_includes(self, root: Node, path: Path, chain: Chain, seen: set[Path]) -> Node:
        items, _ = self.take_names(root, "include")
        whole = without(root, "include")
        for item in items:
            part = self._included(item, path.parent, chain, seen)
            whole = whole if part is None else union(whole, part, self.problems)
        return whole

    def _included(self, item: Node, folder: Path, chain: Chain, seen: set[Path]) -> Node | None:
        path = inside(folder, str(item.value))
        if path is None:
            hint = "move the file into the folder; another policy is re-used with `extends`"
            self.problems.append(outside(str(item.value), item.span, hint))
            return None
        real, here = real_path(path), path.as_posix()
        if any(real == known for known, _ in chain):
            self.problems.append(_cyclic("include", chain, real, here, item))
            return None
        if real in seen:
            message = f"{quoted(here)} is included twice"
            self._problem("LP103", message, item, "include", "remove one of them")
            return None
        seen.add(real)
        root = self.document(path, item.span)
        if root is None:
            return None
        return self._with_includes(root, path, (*chain, (real, here)), seen)

    def take_names(self, root: Node, key: str) -> tuple[Sequence[Node], bool]:
        """Return the texts under a root key, one or a list, and whether all of it was text."""
        part = root.mapping.get(key)
        if part is None:
            return (), True
        items = part.value if isinstance(part.value, list) else [part]
        if len(items) > MAX_FILES:
            self._problem("LP105", f"`{key}` names more than {MAX_FILES} files", part, key)
            return (), False
        names = [item for item in items if isinstance(item.value, str)]
        code, what = ("LP107", "file") if key == "include" else ("LP110", "pack")
        for item in items:
            if not isinstance(item.value, str):
                message = f"`{key}` takes a {what} name or a list of {what} names"
                self._problem(code, message, item, key)
        return names, len(names) == len(items)

    def _problem(
        self, code: str, message: str, item: Node, key: str, hint: str | None = None
    ) -> None:
        path = path_text((key,))
        self.problems.append(Diagnostic(code, message, span=item.span, path=path, hint=hint))


def without(root: Node, key: str) -> Node:
    """Return the mapping without one key."""
    return replace(root, value={name: part for name, part in root.mapping.items() if name != key})


def _cyclic(key: str, chain: Chain, real: Path, name: str, item: Node) -> Diagnostic:
    start = next(index for index, (known, _) in enumerate(chain) if known == real)
    names = " -> ".join([*(shown for _, shown in chain[start:]), name])
    message = f"cyclic `{key}`: {names}"
    hint = "remove one of the steps"
    return Diagnostic("LP109", message, span=item.span, path=path_text((key,)), hint=hint)


@dataclass(frozen=True, slots=True)
class _Layer:
    """One pack by itself; `strict` when all its parents were read, so that deletes are checked."""

    root: Node
    extends: tuple[str, ...]
    strict: bool


@dataclass(slots=True)
class Stack:
    """A policy and the packs it extends: every pack once, parents below children."""

    reading: Reading
    search: tuple[Path, ...]
    _layers: list[_Layer] = field(default_factory=list)
    _whole: dict[Path, bool] = field(default_factory=dict)

    def read(self, path: Path) -> tuple[Node | None, tuple[str, ...]]:
        """Return the merged root (None when the policy cannot be read) and the extended names."""
        self._visit(path, None, real_path(path.parent).name or path.name, ())
        if not self._layers:
            return None, ()
        merged = self._layers[0].root
        for layer in self._layers[1:]:
            merged = overlay(merged, layer.root, self.reading.problems, strict=layer.strict)
        return merged, self._layers[-1].extends

    def _visit(self, path: Path, blame: Span | None, name: str, chain: Chain) -> bool:
        real = real_path(path)
        if real in self._whole:
            return self._whole[real]
        root = self.reading.pack(path, blame)
        if root is None:
            self._whole[real] = False
            return False
        items, whole = self.reading.take_names(root, "extends")
        found = [self._parent(item, (*chain, (real, name))) for item in items]
        whole = whole and all(found)
        names = tuple(str(item.value) for item in items)
        self._layers.append(_Layer(without(root, "extends"), names, bool(names) and whole))
        self._whole[real] = whole
        return whole

    def _parent(self, item: Node, chain: Chain) -> bool:
        name = str(item.value)
        path = self._find(name)
        if path is None:
            self.reading.problems.append(self._unknown(name, item))
            return False
        if any(real_path(path) == known for known, _ in chain):
            problem = _cyclic("extends", chain, real_path(path), name, item)
            self.reading.problems.append(problem)
            return False
        return self._visit(path, item.span, name, chain)

    def _find(self, name: str) -> Path | None:
        if not _PACK_NAME.fullmatch(name):
            return None
        return next(_policies(self.search, [name]), None)

    def _unknown(self, name: str, item: Node) -> Diagnostic:
        path = path_text(("extends",))
        if not _PACK_NAME.fullmatch(name):
            message = f"{quoted(name)} is not the name of a pack"
            hint = "a pack is named, not pointed to: small letters, digits and `-`"
            return Diagnostic("LP110", message, span=item.span, path=path, hint=hint)
        known = {
            found.parent.name
            for folder in self.search
            for found in _policies([folder], filter(_PACK_NAME.fullmatch, names_in(folder)))
        }
        message, hint_text = f"unknown pack {quoted(name)}", did_you_mean(name, known)
        return Diagnostic("LP110", message, span=item.span, path=path, hint=hint_text)


def _policies(folders: Iterable[Path], names: Iterable[str]) -> Iterator[Path]:
    words = list(names)
    for folder in folders:
        for name in words:
            path = folder / name / POLICY_FILE
            if is_file(path):
                yield path


def search_path(path: Path, packs: Iterable[Path]) -> tuple[Path, ...]:
    """Return the folders where packs are looked up: those given, then the policy's neighbours."""
    folder = path.parent
    beside = folder / ".." if folder.name in {"", ".."} else folder.parent
    return (*packs, beside)

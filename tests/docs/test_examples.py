"""The documentation runs: every block is executed, read, or of a kind that says it is not.

A page is run from top to bottom in one namespace and one empty folder, in which `policies/` lies.

| block | what happens |
|---|---|
| `python` | is executed |
| `pycon` | is executed, and its output compared |
| `console`, `sh` | commands are run; output that is shown is compared |
| `yaml` | is read as what its first key says: a policy, a binding, cases |
| `yaml part` | is read as a part that is laid over the policy in `tests/data/medium` |
| `json`, `toml` | has to be well-formed |
| `text`, `mermaid`, `html`, `csv`, `jsonl` | is only shown |

With `file=NAME` a block is written to the folder instead; a policy must then be without errors at
the end of the page, unless the block says that it is `broken`. In shown output `…` stands for
anything, alone on a line for any lines; `$ echo $?` shows the exit code, which is otherwise 0.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from leadpolicy.diagnostics import has_errors, render_text
from leadpolicy.documents.source import read_text
from leadpolicy.engine.loading import read_policy
from leadpolicy.exchange.fitting import read_binding
from leadpolicy.testing.cases import load_cases
from pages import ROOT, Block, anchors, blocks, links, pages

PAGES = pages()
ELLIPSIS = r"\u2026"
"""How `doctest` writes `…` before it compares."""
SHOWN_ONLY = {"text", "mermaid", "html", "csv", "jsonl"}
COMMANDS = {"leadpolicy", "cat", "head", "ls", "mkdir", "echo"}
SETUP = {"pip", "make", "git"}
ENVIRONMENT = {"NO_COLOR": "1", "PYTHONUTF8": "1", "TERM": "dumb"}


class Folder:
    """The folder and the namespace in which a page is run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.names: dict[str, Any] = {"__name__": "__main__"}
        self.written: list[Path] = []
        shutil.copytree(ROOT / "policies", path / "policies")

    def run(self, block: Block) -> None:
        if block.file is not None:
            target = self.path / block.file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text, encoding="utf-8")
            if target.name == "policy.yaml" and "broken" not in block.words:
                self.written.append(target)
        elif block.kind not in SHOWN_ONLY:
            assert block.kind in RUNNERS, f"{block.place}: `{block.kind}` is no kind of block"
            RUNNERS[block.kind](self, block)

    def finish(self) -> None:
        """Read every policy that the page has written, unless it says that it is broken."""
        for path in self.written:
            found = read_policy(path)
            assert not has_errors(found.diagnostics), render_text(found.diagnostics, {})

    def python(self, block: Block) -> None:
        source = "\n" * block.line + block.text
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(source, str(block.page), "exec"), self.names)

    def pycon(self, block: Block) -> None:
        runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
        parser = doctest.DocTestParser()
        test = parser.get_doctest(
            with_blank_lines(block.text), self.names, block.place, str(block.page), block.line
        )
        assert test.examples, f"{block.place} has no example"
        output = io.StringIO()
        with patch.object(doctest, "ELLIPSIS_MARKER", ELLIPSIS):
            runner.run(test, out=output.write, clear_globs=False)
        self.names.update(test.globs)
        assert not runner.failures, output.getvalue()

    def console(self, block: Block) -> None:
        code = 0
        for command, shown in commands(block):
            if command == "echo $?":
                assert shown.strip() == str(code), f"{block.place}: exit code {code}"
                code = 0
                continue
            assert code == 0, f"{block.place}: exit code {code} before `{command}`"
            code, output = self._run(command, block)
            if shown:
                assert matches(shown, output), f"{block.place}: {command}\n{output}"
        assert code == 0, f"{block.place}: exit code {code}"

    def _run(self, command: str, block: Block) -> tuple[int, str]:
        word = shlex.split(command, comments=True)[0]
        if word in SETUP:
            return 0, ""
        assert word in COMMANDS, f"{block.place}: `{word}` is not run"
        search = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            command,
            shell=True,
            cwd=self.path,
            env={**_environment(), "PATH": search},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert "Traceback" not in done.stdout, f"{block.place}: {command}\n{done.stdout}"
        return done.returncode, done.stdout

    def shell(self, block: Block) -> None:
        for line in block.text.splitlines():
            if line.strip() and not line.startswith("#"):
                code, output = self._run(line, block)
                assert code == 0, f"{block.place}: {line}\n{output}"

    def yaml(self, block: Block) -> None:
        if "part" in block.words:
            self._policy("extends: medium\n" + block.text, block)
            return
        data = read_text(block.text).data
        first = next(iter(data), None)
        if first in {"policy", "extends"}:
            self._policy(block.text, block)
        elif first in {"leads", "signals", "consents", "timezone"}:
            read_binding(self._scratch("binding.yaml", block.text), reference())
        elif first in {"at", "situations", "cases"}:
            load_cases(self._scratch("cases.yaml", block.text))
        else:
            pytest.fail(f"{block.place}: `{first}` does not say what this is: write `yaml part`")

    def _policy(self, text: str, block: Block) -> None:
        path = self._scratch("policy.yaml", text)
        found = read_policy(path, packs=[ROOT / "tests" / "data", self.path])
        text = render_text(found.diagnostics, found.tree.sources)
        assert not has_errors(found.diagnostics), f"{block.place}\n{text}"

    def _scratch(self, name: str, text: str) -> Path:
        folder = self.path / ".block"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
        return folder / name


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    return kept | ENVIRONMENT


def reference() -> Any:
    return read_policy(ROOT / "policies" / "b2b-de").require()


RUNNERS: dict[str, Callable[[Folder, Block], object]] = {
    "python": Folder.python,
    "pycon": Folder.pycon,
    "console": Folder.console,
    "sh": Folder.shell,
    "yaml": Folder.yaml,
    "json": lambda _, block: json.loads(block.text),
    "toml": lambda _, block: tomllib.loads(block.text),
}


def commands(block: Block) -> Iterator[tuple[str, str]]:
    """Yield the commands of a block, each with the output that is shown under it."""
    parts = re.split(r"(?m)^\$ ", block.text)
    assert not parts[0].strip(), f"{block.place}: output without a command"
    for part in parts[1:]:
        command, _, shown = part.replace("\\\n", " ").partition("\n")
        yield command.strip(), shown


def matches(shown: str, output: str) -> bool:
    """Tell whether the output is what is shown, `…` standing for anything."""
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == "…" else re.escape(line).replace("…", ".*") + r"[ ]*\n"
        for line in shown.rstrip().splitlines()
    )
    return re.fullmatch(pattern, output.rstrip() + "\n") is not None


def with_blank_lines(text: str) -> str:
    """Mark blank lines inside output, where `doctest` would take the output to end."""
    return re.sub(r"\n(?=\n+(?!\n|>>> |\Z))", "\n<BLANKLINE>", text)


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_block_of_a_page_runs(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder(tmp_path)
    monkeypatch.chdir(tmp_path)
    for block in blocks(page):
        folder.run(block)
    folder.finish()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_to_what_is_there(page: Path) -> None:
    for link in links(page):
        path, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", path):
            continue
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize(
    ("shown", "output", "expected"),
    [
        ("one\n", "one\n", True),
        ("one\n", "one\ntwo\n", False),
        ("…\ntwo\n", "zero\none\ntwo\n", True),
        ("one … three\n", "one two three\n", True),
        ("one\n…\n", "one\n", True),
        ("o.e\n", "one\n", False),
    ],
)
def test_shown_output_matches_whole_lines(shown: str, output: str, expected: bool) -> None:
    assert matches(shown, output) is expected

"""The command as a process: exit codes, pipes, colours, and errors without a traceback."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = (sys.executable, "-c", "from leadpolicy.cli import main; main()")


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    kept = {name: value for name, value in os.environ.items() if name not in {"LEADPOLICY_DEBUG"}}
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**kept, **environment},
        encoding="utf-8",
    )


def on_a_terminal(*arguments: str, **environment: str) -> str:
    """Run the command line on a terminal and return what it shows."""
    master, slave = pty.openpty()
    env = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", **environment}
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdout=slave, stderr=slave, stdin=slave, env=env
    )
    os.close(slave)
    shown = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(master)
    process.wait()
    return shown.decode("utf-8", "replace")


def test_help_names_every_command_and_exit_code() -> None:
    result = run("--help")
    assert result.returncode == 0
    for word in ("check", "decide", "explain", "plan", "apply", "sync", "demo", "Exit codes"):
        assert word in result.stdout
    for command in ("decide", "plan", "demo"):
        assert "Exit codes" in run(command, "--help").stdout


def test_nothing_shows_the_help_and_wrong_commands_are_usage() -> None:
    assert run().returncode == 2
    assert run("chekc").returncode == 2
    assert run("--version").stdout.startswith("leadpolicy ")


def test_pipes_get_no_colours(folder: Path) -> None:
    result = run("check", "policy.yaml", FORCE_COLOR="")
    assert result.returncode == 0
    assert "\x1b" not in result.stdout + result.stderr


def test_terminals_get_colours_unless_told_otherwise(folder: Path) -> None:
    assert "\x1b[" in on_a_terminal("check", "policy.yaml", NO_COLOR="")
    assert "\x1b[3" not in on_a_terminal("check", "policy.yaml", NO_COLOR="1")


def test_a_closed_pipe_ends_in_silence(folder: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "glossary", "b2b-de"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(1)
    process.stdout.close()
    said = process.stderr.read().decode()
    process.wait()
    assert "Traceback" not in said
    assert said == ""


def test_output_that_cannot_be_encoded_is_replaced(folder: Path) -> None:
    result = run("glossary", "b2b-de", "--lang", "de", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert result.returncode == 0


def test_the_unexpected_is_one_line_and_a_way_to_see_more(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = (
        "import leadpolicy.report.mermaid as m, leadpolicy.cli\n"
        "def mermaid(*_): raise KeyError('inside')\n"
        "m.mermaid = mermaid\n"
        "leadpolicy.cli.main()"
    )
    command = [sys.executable, "-c", broken, "graph", "policy.yaml"]
    plain, debug = (
        subprocess.run(command, capture_output=True, text=True, check=False, env=env)
        for env in (dict(os.environ), {**os.environ, "LEADPOLICY_DEBUG": "1"})
    )
    assert (plain.returncode, debug.returncode) == (1, 1)
    assert plain.stderr.startswith("error: something went wrong inside leadpolicy: KeyError")
    assert "LEADPOLICY_DEBUG=1" in plain.stderr
    assert "Traceback" not in plain.stderr
    assert "Traceback" in debug.stderr


def test_progress_is_shown_on_terminals_alone(folder: Path) -> None:
    arguments = ("decide", "--policy", "b2b-de", "--bind", "binding.yaml", "--leads", "leads.csv")
    piped = run(*arguments, "--out", "one.csv")
    assert (piped.returncode, "deciding" in piped.stderr) == (0, False)
    assert "deciding" in on_a_terminal(*arguments, "--out", "two.csv")

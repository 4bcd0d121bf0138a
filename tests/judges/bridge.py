"""Asks formula evaluators written by others, which run in one process of Node.

`sformula` and `formulon` are installed with `npm ci --prefix tests/judges`; tests skip without.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any, Final, Literal, Self, TypeAlias

import pytest

from leadpolicy_sandbox.formula import FieldKind, ResultType, Value

FOLDER: Final = Path(__file__).parent
JudgeName: TypeAlias = Literal["sformula", "formulon"]
JUDGES: Final[tuple[JudgeName, ...]] = ("sformula", "formulon")
PATIENCE: Final = 20.0
"""Seconds that one request may take; `^` never returns in one of the judges."""


@dataclass(frozen=True)
class NoAnswer:
    """A judge raised an error, or took too long."""

    reason: str


Answer: TypeAlias = Value | NoAnswer


def is_installed() -> bool:
    """Tell whether Node and the judges are there."""
    return shutil.which("node") is not None and (FOLDER / "node_modules" / "sformula").is_dir()


def require_judges() -> None:
    """Skip the test where the judges or Node are not installed."""
    if not is_installed():
        pytest.skip("run npm ci --prefix tests/judges")


@dataclass
class Bridge:
    """A process that answers for the judges; it is started anew where one of them hangs."""

    patience: float = PATIENCE
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def ask(
        self,
        judge: JudgeName,
        formula: str,
        kinds: Mapping[str, FieldKind],
        result: ResultType,
        records: Sequence[Mapping[str, Value]],
        now: datetime | None = None,
    ) -> list[Answer]:
        """Return what a judge says about each record; blank numbers are blank."""
        request = {
            "judge": judge,
            "formula": formula,
            "kinds": dict(kinds),
            "result": result,
            "records": [{name: _sent(row.get(name)) for name in kinds} for row in records],
            "now": None if now is None else _sent(now),
        }
        found = self._exchange(request)
        if "error" in found:
            return [NoAnswer(found["error"])] * len(records)
        return [_answer(item, result) for item in found["answers"]]

    def _exchange(self, request: dict[str, Any]) -> dict[str, Any]:
        process = self._process = self._process or _started()
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.flush()
        line = _line(process.stdout.fileno(), monotonic() + self.patience)
        if line is None:
            self.close()
            return {"error": "no answer in time"}
        found: dict[str, Any] = json.loads(line)
        return found


def _started() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        ["node", str(FOLDER / "judge.mjs")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "TZ": "UTC"},
    )


def _line(descriptor: int, deadline: float) -> bytes | None:
    """Return one line of a pipe, or None where it does not end in time."""
    found = b""
    while not found.endswith(b"\n"):
        left = deadline - monotonic()
        if left <= 0 or not select.select([descriptor], [], [], left)[0]:
            return None
        piece = os.read(descriptor, 1 << 20)
        if not piece:
            return None
        found += piece
    return found


def _sent(value: Value) -> object:
    match value:
        case Decimal():
            return float(value)
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        case date():
            return value.isoformat()
        case _:
            return value


def _answer(found: dict[str, Any], result: ResultType) -> Answer:
    if "error" in found:
        return NoAnswer(found["error"])
    value = found["value"]
    if value is None or value == "":
        return None
    try:
        return _received(value, result)
    except (ValueError, ArithmeticError, TypeError):
        return NoAnswer(f"{value!r} is no {result}")


def _received(value: Any, result: ResultType) -> Value:
    match result:
        case "number":
            return Decimal(str(value))
        case "date":
            return date.fromisoformat(value[:10])
        case "datetime":
            return datetime.fromisoformat(value).astimezone(UTC)
        case "boolean":
            return bool(value)
        case _:
            return str(value)

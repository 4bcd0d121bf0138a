"""The plug-in and the connector as a piece of software."""

from __future__ import annotations

import gc
import inspect
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import Final

from leadpolicy.crm.capabilities import PartKind, Stream
from leadpolicy.crm.connector import (
    AccessError,
    Connector,
    ConnectorError,
    ConsentRow,
    UnsupportedError,
)
from leadpolicy.crm.state import (
    Action,
    Change,
    Column,
    FieldKind,
    Part,
    Permission,
    Reason,
    ReasonRow,
    Rule,
    RuleKind,
    Table,
)
from leadpolicy.testing.contract import needs
from leadpolicy.testing.contract.behaviour import (
    Group,
    NotApplicableError,
    NotOfferedError,
    Tier,
    ViolationError,
    behaviours_of,
    expect,
)
from leadpolicy.testing.contract.bench import Bench, Scene
from leadpolicy.testing.contract.clock import START
from leadpolicy.testing.contract.isolated import BESIDE_BROKEN, LOADING, run_isolated
from leadpolicy.testing.contract.logs import captured_logs
from leadpolicy.testing.contract.samples import keys

package: Final = behaviours_of(Group.PACKAGE)
_MOST_MODULES: Final = 60


@package(1, Tier.BRONZE)
def loading_the_plug_in_costs_nothing(bench: Bench) -> None:
    """The entry point brings the connector by its name, loads little, and does no I/O."""
    found = run_isolated(LOADING, _plugin(bench))
    name = bench.harness.name
    expect(name in found["brought"], f"the plug-in brings {found['brought']} and not `{name}`")
    expect(not found["touched"], f"loading the plug-in {', '.join(found['touched'][:3])}")
    count, first = len(found["loaded"]), ", ".join(found["loaded"][:8])
    expect(count <= _MOST_MODULES, f"loading the plug-in loads {count} modules: {first} …")


def _plugin(bench: Bench) -> str:
    if not bench.harness.plugin:
        raise NotOfferedError("the harness does not name its `plugin`")
    return bench.harness.plugin


@package(2, Tier.BRONZE)
def secrets_are_masked(bench: Bench) -> None:
    """No repr, address, log, plan or error shows a password or token."""
    if not bench.harness.secrets:
        raise NotOfferedError("the harness names no `secrets`")
    with captured_logs(logging.DEBUG) as records:
        scene = bench.scene(1)
        scene.write(scene.rows())
        shown = [repr(scene.connector), str(scene.connector), scene.connector.target]
        shown += [scene.connector.name, scene.connector.actor, repr(scene.plan())]
        shown += _refused_login(scene)
        shown += records
    for text in shown:
        leaked = any(secret in text for secret in bench.harness.secrets)
        expect(not leaked, f"a secret is shown in a text of {len(text)} characters")


def _refused_login(scene: Scene) -> Iterator[str]:
    try:
        with_wrong = scene.crm.open_with_wrong_password()
        scene.stack.callback(with_wrong.close)
        with_wrong.observe(scene.desired)
    except AccessError as error:
        links: list[BaseException | None] = [error, error.__cause__, error.__context__]
        yield from (f"{link!r} {link}" for link in links if link is not None)
    else:
        raise ViolationError("a wrong password was taken")


@package(3, Tier.BRONZE)
def a_plug_in_of_another_version_disables_only_itself(bench: Bench) -> None:
    """A plug-in for another version of the hooks is refused by name; this one goes on."""
    _expect_alone(bench, {"stranger": _STRANGER + _BRINGS.format("{}")})


_STRANGER: Final = "LEADPOLICY_API = (99, 0)\n"
_KNOWN: Final = "LEADPOLICY_API = (1, 0)\n"
_BRINGS: Final = (
    "import pluggy\n@pluggy.HookimplMarker('leadpolicy')\n"
    "def leadpolicy_connectors():\n    return {}\n"
)


@package(4, Tier.BRONZE)
def a_broken_plug_in_takes_nothing_else_down(bench: Bench) -> None:
    """Beside plug-ins that are broken in several ways this one is found and usable."""
    broken = {
        "missing": "import a_module_that_nobody_has",
        "raising": "raise RuntimeError('broken')",
        "leaving": "raise SystemExit(3)",
        "hanging": "import time\ntime.sleep(60)",
        "silent": _BRINGS.format("{}"),
        "wrong": _KNOWN + _BRINGS.format("[1, 2]"),
        "failing": _KNOWN + _BRINGS.format("1 / 0"),
    }
    _expect_alone(bench, broken)


def _expect_alone(bench: Bench, broken: dict[str, str]) -> None:
    folder = bench.folder()
    for name, source in broken.items():
        (folder / f"kit_{name}.py").write_text(source, encoding="utf-8")
    places = json.dumps({name: f"kit_{name}" for name in broken})
    found = run_isolated(BESIDE_BROKEN, _plugin(bench), places, folder=folder)
    expect(bench.harness.name in found["connectors"], "the connector is gone with another plug-in")
    missed = sorted(set(broken) - set(found["refused"]))
    expect(not missed, f"not refused by name: {missed}")


@package(5, Tier.SILVER)
def the_connector_is_typed(bench: Bench) -> None:
    """The package is typed, and each member has the parameters and annotations of the border."""
    connector = bench.scene(deployed=False).connector
    top = type(connector).__module__.partition(".")[0]
    expect((files(top) / "py.typed").is_file(), f"the package `{top}` has no `py.typed`")
    for name in (name for name in dir(Connector) if not name.startswith("_")):
        expect(hasattr(connector, name), f"the connector has no `{name}`")
        if inspect.isfunction(inspect.getattr_static(Connector, name)):
            _expect_signature(getattr(Connector, name), getattr(connector, name))


def _expect_signature(wanted: Callable[..., object], found: Callable[..., object]) -> None:
    asked = list(inspect.signature(wanted).parameters.values())[1:]
    given = inspect.signature(found).parameters
    name = wanted.__name__
    for parameter in asked:
        expect(parameter.name in given, f"`{name}` does not take `{parameter.name}`")
    bare = [p.name for p in given.values() if p.annotation is p.empty]
    expect(not bare, f"`{name}` has parameters without annotation: {bare}")
    untyped = inspect.signature(found).return_annotation is inspect.Signature.empty
    expect(not untyped, f"`{name}` does not say what it returns")


@package(6, Tier.SILVER, needs.threads)
def calls_run_at_once(bench: Bench) -> None:
    """As many threads as the connector takes write and look up at once without harm."""
    scene = bench.scene()
    workers = min(scene.connector.capabilities.max_concurrency, 8)
    parts = [keys(3, start=3 * number) for number in range(workers)]
    scene.keys = [key for part in parts for key in part]
    scene.crm.seed(scene.keys)

    def work(part: list[str]) -> None:
        rows = [row for row in scene.rows() if row.key in part]
        outcomes = scene.write(rows)
        expect(sorted(outcomes) == part, f"a thread wrote {part} and was told of {list(outcomes)}")
        found = scene.connector.lookup(part, scene.columns)
        expect(sorted(found) == part, f"a thread asked for {part} and got {sorted(found)}")

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, parts))
    scene.expect_once(scene.rows())


@package(7, Tier.SILVER)
def capabilities_are_true(bench: Bench) -> None:
    """What the capabilities declare is there, and what they deny is refused in clear words."""
    scene = bench.scene(1)
    connector, able = scene.connector, scene.connector.capabilities
    for stream in Stream:
        if stream in able.feeds:
            page = connector.pull(stream, None, 10)
            expect(page.stream is stream, f"`{stream.value}` answers for `{page.stream.value}`")
        else:
            _expect_refused(f"the stream `{stream.value}`", _pulling(connector, stream))
    if able.bulk_min is None:
        _expect_refused("a job", lambda: connector.results("none"))
    if not able.writes_consents:
        row = ConsentRow(scene.keys[0], "newsletter", "email", "withdrawn", START)
        _expect_refused("a consent", lambda: connector.write_consents([row]))
    told = connector.quota() is not None
    expect(told or not able.live_quota, "the quota is declared and not told")
    for kind in sorted(set(PartKind) - able.creates):
        _expect_refused(f"a new {kind.value}", _adding(connector, _PARTS[kind]), ConnectorError)


_PARTS: Final[dict[PartKind, Part]] = {
    PartKind.COLUMN: Column("kit_extra", FieldKind.TEXT, length=10),
    PartKind.TABLE: Table("kit_reasons"),
    PartKind.REASON: ReasonRow("kit_reasons", Reason("no_time", "Keine Zeit", "No time")),
    PartKind.RULE: Rule("kit_rule", RuleKind.CHECK, "1 = 1", "state"),
    PartKind.PERMISSION: Permission("marketing", "kit_verdict", write=False),
}


def _pulling(connector: Connector, stream: Stream) -> Callable[[], object]:
    return lambda: connector.pull(stream, None, 10)


def _adding(connector: Connector, part: Part) -> Callable[[], object]:
    return lambda: connector.apply(Change(Action.ADD, part))


def _expect_refused(
    what: str, act: Callable[[], object], kind: type[ConnectorError] = UnsupportedError
) -> None:
    try:
        act()
    except kind as error:
        passing = error.retryable or error.in_doubt
        expect(str(error) and not passing, f"{what} is refused as if it were possible later")
    except ConnectorError as error:
        raise ViolationError(f"{what} is refused as {type(error).__name__}") from None
    else:
        raise ViolationError(f"the capabilities deny {what}, and it is taken")


@package(8, Tier.BRONZE)
def closing_lets_go(bench: Bench) -> None:
    """Closing twice is harmless, and leaves no thread, file or socket of the connector open."""
    scene = bench.scene(1)
    before, threads = _descriptors(), set(threading.enumerate())
    connector = scene.crm.open()
    connector.observe(scene.desired)
    list(connector.read_leads(scene.columns))
    connector.write(scene.rows(), scene.columns)
    for _ in range(2):
        connector.close()
    del connector
    gc.collect()
    left = _still_there(threads)
    expect(not left, f"after closing these threads go on: {left}")
    more = _descriptors() - before
    expect(more <= 0, f"after closing {more} files or sockets are open")


def _descriptors() -> int:
    for folder in ("/proc/self/fd", "/dev/fd"):
        with suppress(OSError):
            return sum(1 for _ in Path(folder).iterdir())
    raise NotApplicableError("this system does not tell open files")


def _still_there(before: set[threading.Thread]) -> list[str]:
    """Return the names of new threads that do not end by themselves within some seconds.

    The server of a sandbox in this process may still be ending what the connector began.
    """
    give_up = time.monotonic() + _PARTING
    while (left := set(threading.enumerate()) - before) and time.monotonic() < give_up:
        time.sleep(0.05)
    return sorted(thread.name for thread in left)


_PARTING: Final = 2.0

"""The plug-ins here are real distributions: a folder on the path with its metadata."""

import importlib
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from textwrap import dedent
from typing import Protocol

import pytest

import leadpolicy
from leadpolicy.plugins.registry import Registry, UnknownPluginError

GOOD = """
    from leadpolicy.plugins.hookspecs import hookimpl

    LEADPOLICY_API = (1, 0)

    class Factory:
        def open(self, url, binding, options):
            return (url, binding, options)

    @hookimpl
    def leadpolicy_connectors():
        return {"%s": Factory()}
"""


class Install(Protocol):
    """Puts a plug-in on the path as an installed distribution."""

    def __call__(self, name: str, source: str, target: str | None = None) -> None: ...


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Return a function that puts a plug-in on the path as an installed distribution."""
    monkeypatch.syspath_prepend(tmp_path)

    def put(name: str, source: str, target: str | None = None) -> None:
        module = f"plugin_{name}"
        (tmp_path / f"{module}.py").write_text(dedent(source), encoding="utf-8")
        info = tmp_path / f"leadpolicy_{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: leadpolicy-{name}\nVersion: 1.0\n"
        )
        (info / "entry_points.txt").write_text(f"[leadpolicy]\n{name} = {target or module}\n")
        monkeypatch.delitem(sys.modules, module, raising=False)
        importlib.invalidate_caches()

    return put


def reasons(registry: Registry) -> dict[str, str]:
    return {refused.name: refused.reason for refused in registry.refused}


def test_what_we_ship_comes_by_the_same_hook() -> None:
    registry = Registry(found=())
    assert set(registry.connectors) == {"memory"}
    assert [(p.name, p.origin, p.version) for p in registry.plugins] == [
        ("builtin", "leadpolicy", version("leadpolicy"))
    ]
    assert registry.plugins[0].brings == {
        "connector": ("memory",),
        "backend": ("python", "sqlite", "postgres", "duckdb", "mysql"),
        "enricher": ("table",),
        "store": ("sqlite", "postgresql"),
    }
    assert registry.refused == ()
    assert registry.connector("memory").open("memory:", {}, {}).target == "memory:"


def test_an_installed_plugin_is_found_and_named(install: Install) -> None:
    install("mine", GOOD % "mine")
    registry = Registry()
    opened: object = registry.connector("mine").open("u", {}, {})
    assert opened == ("u", {}, {})
    assert ("mine", "leadpolicy-mine", "1.0", {"connector": ("mine",)}) in [
        (p.name, p.origin, p.version, p.brings) for p in registry.plugins
    ]


def test_two_registries_share_nothing(install: Install) -> None:
    before = Registry()
    install("mine", GOOD % "mine")
    assert "mine" in Registry().connectors
    assert "mine" not in before.connectors


@pytest.mark.parametrize(
    ("source", "target", "reason"),
    [
        ("import a_package_that_nobody_has", None, "ModuleNotFoundError: No module named"),
        ("def (", None, "SyntaxError: "),
        ("raise RuntimeError('it rains')", None, "RuntimeError: it rains"),
        ("raise SystemExit(3)", None, "SystemExit: 3"),
        ("", None, "TypeError: does not say which hooks it is made for"),
        ("LEADPOLICY_API = (2, 0)", None, "TypeError: is made for hooks 2.0"),
        ("LEADPOLICY_API = (1, 2)", None, "TypeError: is made for hooks 1.2"),
        ("LEADPOLICY_API = '1.0'", None, "TypeError: does not say which hooks it is made for"),
        ("", "plugin_bad:missing", "AttributeError: module 'plugin_bad' has no attribute"),
        ("", "plugin_elsewhere", "ModuleNotFoundError: No module named 'plugin_elsewhere'"),
        (
            GOOD % "bad" + "\n    @hookimpl\n    def leadpolicy_conectors():\n        return {}\n",
            None,
            "PluginValidationError: unknown hook 'leadpolicy_conectors'",
        ),
        (
            (GOOD % "bad").replace("connectors()", "connectors(nonsense)"),
            None,
            "PluginValidationError: Plugin 'bad' for hook 'leadpolicy_connectors'",
        ),
        (
            (GOOD % "bad").replace('return {"bad": Factory()}', "raise ValueError('no')"),
            None,
            "ValueError: no",
        ),
        (
            (GOOD % "bad").replace('{"bad": Factory()}', "['bad']"),
            None,
            "TypeError: `leadpolicy_connectors` returned list, no mapping",
        ),
        ((GOOD % "bad").replace("Factory()", "5"), None, "TypeError: connector 'bad' has no name"),
        ((GOOD % "bad").replace('{"bad"', "{7"), None, "TypeError: connector 7 has no name"),
        (GOOD % "memory", None, "ValueError: another plug-in brings a connector `memory`"),
    ],
)
def test_a_broken_plugin_is_named_and_takes_nothing_else_down(
    install: Install, source: str, target: str | None, reason: str
) -> None:
    install("also_good", GOOD % "also_good")
    install("bad", source, target)
    install("good", GOOD % "good")
    registry = Registry()
    assert {"memory", "good", "also_good"} <= set(registry.connectors)
    assert set(reasons(registry)) == {"bad"}
    assert reasons(registry)["bad"].startswith(reason)
    assert registry.refused[0].origin == "leadpolicy-bad"
    with pytest.raises(UnknownPluginError, match="`bad` of leadpolicy-bad cannot be used"):
        registry.connector("bad")


def test_a_name_given_twice_goes_to_the_first(install: Install) -> None:
    install("alpha", GOOD % "shared")
    install("beta", GOOD % "shared")
    registry = Registry()
    assert "another plug-in brings a connector `shared` already" in reasons(registry)["beta"]
    assert "alpha" in [plugin.name for plugin in registry.plugins]


def test_an_unknown_connector_is_met_with_a_suggestion() -> None:
    with pytest.raises(UnknownPluginError, match="did you mean `memory`"):
        Registry(found=()).connector("memroy")


EVERYTHING = """
    from leadpolicy.diagnostics import Diagnostic, Severity
    from leadpolicy.plugins.hookspecs import hookimpl

    LEADPOLICY_API = (1, 0)

    class Scores:
        def open(self, options, folder):
            return options

    @hookimpl
    def leadpolicy_enrichers():
        return {"register": Scores()}

    @hookimpl
    def leadpolicy_backends():
        return {"abacus": lambda options: "an abacus"}

    @hookimpl
    def leadpolicy_checks():
        return {"tidy": lambda checked: [Diagnostic("HOUSE1", f"`{checked.name}` is untidy")]}

    @hookimpl
    def leadpolicy_stores():
        return {"papyrus": lambda url: url}
"""


def test_a_plugin_brings_back_ends_checks_enrichers_and_stores(install: Install) -> None:
    install("house", EVERYTHING)
    registry = Registry()
    back_end: object = registry.backend("abacus")({})
    enricher: object = registry.enricher("register").open({"a": 1}, Path())
    store: object = registry.store("papyrus")("papyrus://nile")
    assert (back_end, enricher, store) == ("an abacus", {"a": 1}, "papyrus://nile")
    assert set(registry.checks) == {"tidy"}


def test_what_one_hook_of_a_plugin_spoils_is_not_half_taken(install: Install) -> None:
    install("house", EVERYTHING.replace('{"papyrus": lambda url: url}', "5"))
    registry = Registry()
    assert reasons(registry)["house"] == "TypeError: `leadpolicy_stores` returned int, no mapping"
    assert "register" not in registry.enrichers
    assert "abacus" not in registry.backends


def test_a_plugin_that_is_switched_off_is_not_even_loaded(install: Install) -> None:
    install("bad", "raise RuntimeError('loaded')")
    assert reasons(Registry(off=["bad"])) == {"bad": "it is switched off"}


def test_loading_every_plugin_imports_nothing_heavy() -> None:
    code = (
        "import sys; from leadpolicy.plugins.registry import Registry; r = Registry();"
        "assert not r.refused, r.refused;"
        "print(sorted({'sqlalchemy', 'httpx', 'rich', 'pydantic', 'yaml'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("sleeps", "import time; time.sleep(60)"),
        ("dreams", (GOOD % "dreams").replace("return {", "import time; time.sleep(60); return {")),
    ],
)
def test_a_plugin_that_hangs_is_named_and_takes_nothing_else_down(
    install: Install, name: str, source: str
) -> None:
    install(name, source)
    install("good", GOOD % "good")
    registry = Registry(patience=0.5)
    assert reasons(registry) == {name: "TimeoutError: did not answer within 0.5 seconds"}
    assert "good" in registry.connectors


def test_a_relational_back_end_is_opened_with_a_layout() -> None:
    checked = leadpolicy.load("b2b-de").checked
    opened = Registry(found=()).backend("sqlite")({"attributes": {"employees": "size"}})
    reasons = [item.reason for item in opened.unsupported(checked)]
    assert reasons
    assert not [reason for reason in reasons if "`employees`" in reason]

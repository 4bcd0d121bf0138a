"""The public face: every name is there, and importing it loads nothing heavy."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import leadpolicy

SOURCE = Path(leadpolicy.__file__)
HEAVY = (
    "pydantic",
    "yaml",
    "msgspec",
    "sqlalchemy",
    "pyarrow",
    "typer",
    "rich",
    "pluggy",
    "importlib.metadata",
    "hypothesis",
    "jsonschema",
)


def names_for_type_checkers() -> set[str]:
    """Return what the block for type checkers imports."""
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    blocks = (node for node in tree.body if isinstance(node, ast.If))
    imports = (node for block in blocks for node in block.body if isinstance(node, ast.ImportFrom))
    return {name.asname or name.name for node in imports for name in node.names}


def test_what_is_listed_is_what_is_visible() -> None:
    assert sorted(leadpolicy.__all__) == dir(leadpolicy)
    assert len(leadpolicy.__all__) == len(set(leadpolicy.__all__))


def test_type_checkers_see_the_same_names() -> None:
    assert names_for_type_checkers() - {"Any", "import_module"} == set(leadpolicy.__all__)


@pytest.mark.parametrize("name", leadpolicy.__all__)
def test_every_name_resolves(name: str) -> None:
    value = getattr(leadpolicy, name)
    assert getattr(value, "__name__", name) == name
    assert str(getattr(value, "__module__", "leadpolicy")).startswith("leadpolicy")


def test_unknown_names_are_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute `laod`"):
        leadpolicy.laod
    assert not hasattr(leadpolicy, "__wrapped__")


def test_the_version_is_that_of_the_distribution() -> None:
    assert leadpolicy.__version__[0].isdigit()


def test_importing_loads_nothing_heavy() -> None:
    code = f"import leadpolicy, sys; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_star_imports_bring_exactly_the_listed_names() -> None:
    namespace: dict[str, object] = {}
    exec("from leadpolicy import *", namespace)
    assert set(namespace) - {"__builtins__"} == set(leadpolicy.__all__)

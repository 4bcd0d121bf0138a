"""The examples in docstrings hold, in every module of the library and of its connectors."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import pytest

from pages import ROOT

PACKAGES = (
    "leadpolicy",
    "leadpolicy_generic",
    "leadpolicy_salesforce",
    "leadpolicy_sandbox",
    "leadpolicy_tryton",
)
OPTIONAL = {
    "pyarrow": "parquet",
    "sqlalchemy": "generic",
    "hypothesis": "testing",
    "httpx": "tryton",
    **dict.fromkeys(("keyring", "requests", "simple_salesforce", "zeep"), "salesforce"),
    **dict.fromkeys(("jwt", "lark", "lxml", "waitress", "werkzeug"), "sandbox"),
}
"""Modules that are not always installed, with the extra that brings them."""


def modules() -> Iterator[str]:
    for name in PACKAGES:
        package = importlib.import_module(name)
        yield name
        for found in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not found.name.endswith("__main__"):
                yield found.name


def imported(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        extra = OPTIONAL.get(str(error.name).partition(".")[0])
        if extra is None:
            raise
        pytest.skip(f"{error.name} is missing: pip install 'leadpolicy[{extra}]'")


@pytest.mark.parametrize("name", list(modules()))
def test_docstrings_hold(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert doctest.testmod(imported(name)).failed == 0


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder()
    module = importlib.import_module("leadpolicy.expr.evaluate")
    assert any(test.examples for test in finder.find(module))

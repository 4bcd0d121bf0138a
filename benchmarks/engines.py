"""Finding the engines to measure: yardsticks, subjects and peers."""

import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from benchmarks import oracle, peers, specialised, subjects
from benchmarks.seed_policy import Decide

Role = Literal["yardstick", "subject", "peer"]


@dataclass(frozen=True)
class Engine:
    """One way of deciding a lead; `decide` is missing when `problem` says why."""

    name: str
    title: str
    role: Role
    left_to_host: str = "-"
    version: str = ""
    decide: Decide | None = None
    problem: str = ""


def all_engines() -> Iterator[Engine]:
    """Yield the yardsticks, then leadpolicy's subjects, then the peers."""
    yield Engine("oracle", "readable Python function", "yardstick", decide=oracle.decide)
    yield Engine("specialised", "hand-specialised Python", "yardstick", decide=specialised.decide)
    for found in pkgutil.iter_modules(subjects.__path__):
        yield _load(found.name, "subject", "leadpolicy")
    for name, package in peers.PACKAGES.items():
        yield _load(name, "peer", package)


def _load(name: str, role: Role, package: str) -> Engine:
    try:
        installed = version(package)
    except PackageNotFoundError:
        return Engine(name, name, role, problem=f"not installed: {package}")
    try:
        module = import_module(f"benchmarks.{role}s.{name}")
        decide = module.build()
    except Exception as error:
        problem = f"does not start: {type(error).__name__}: {error}"
        return Engine(name, name, role, version=installed, problem=problem)
    return Engine(name, module.TITLE, role, module.LEFT_TO_HOST, installed, decide)

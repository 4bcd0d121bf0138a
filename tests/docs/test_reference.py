"""The reference is complete: it has every function, field, key and command, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from pydantic import BaseModel

import leadpolicy
from leadpolicy.cli.app import app
from leadpolicy.crm.connector import Connector, ConnectorError
from leadpolicy.documents.read import read
from leadpolicy.exchange import binding
from leadpolicy.expr import values
from leadpolicy.expr.durations import UNITS
from leadpolicy.expr.evaluate import evaluate
from leadpolicy.expr.facts import Facts
from leadpolicy.expr.infer import infer
from leadpolicy.expr.parse import parse
from leadpolicy.expr.parse_calls import FUNCTIONS
from leadpolicy.expr.types import Value
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy.policy.fields import Part, Role
from leadpolicy.policy.policy import Policy
from pages import ROOT, blocks, code_words, tables

REFERENCE = ROOT / "docs" / "reference"
LANGUAGE = REFERENCE / "language.md"
POLICY = REFERENCE / "policy.md"
BINDINGS = REFERENCE / "bindings.md"
DECISION = REFERENCE / "decision.md"
CLI = REFERENCE / "cli.md"
CONNECTOR = ROOT / "docs" / "how-to" / "write-a-connector.md"
AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
UNKNOWN = {"unknown": None, "true": True, "false": False}


def language_rows() -> list[tuple[str, ...]]:
    found = [table[1:] for table in tables(LANGUAGE) if table[0][0] == "text"]
    return [tuple(cell.strip("`") for cell in row) for rows in found for row in rows]


@cache
def _names() -> dict[str, Any]:
    names: dict[str, Any] = {}
    for block in blocks(LANGUAGE):
        if block.kind == "python":
            exec(block.text, names)
    return names


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> CheckedPolicy:
    folder = tmp_path_factory.mktemp("language")
    part = next(block.text for block in blocks(LANGUAGE) if block.words == ("part",))
    (folder / "policy.yaml").write_text(f"extends: medium\n{part}", encoding="utf-8")
    return read(folder, packs=[ROOT / "tests" / "data"]).require()


@pytest.fixture(scope="module")
def nothing_known(policy: CheckedPolicy) -> Facts:
    attributes = {
        name: False
        for name, spec in policy.policy.record.attributes.items()
        if spec.missing == "false"
    }
    outputs: dict[str, Value | None] = {}
    facts = Facts(AT, attributes, outputs=outputs)
    for item in policy.outputs:
        outputs[item.name] = evaluate(item.node, facts)
    return facts


@pytest.mark.parametrize("row", language_rows(), ids=lambda row: row[0])
def test_a_row_of_the_language_says_what_is_so(
    row: tuple[str, ...], policy: CheckedPolicy, nothing_known: Facts
) -> None:
    text, python, gives, unknown = row
    parsed = parse(text, policy.vocabulary)
    assert parsed.node is not None, parsed.problems
    assert eval(python, dict(_names())).node == parsed.node
    found, problems = infer(parsed.node, policy.vocabulary)
    assert not problems
    assert str(found) == gives
    expected = UNKNOWN[unknown] if unknown in UNKNOWN else Decimal(unknown)
    assert evaluate(parsed.node, nothing_known) == expected


def test_the_language_page_has_every_function() -> None:
    shown = " ".join(row[0] for row in language_rows())
    assert called(shown) - {"in", "and"} == set(FUNCTIONS) | set(UNITS)


def called(text: str) -> set[str]:
    return set(re.findall(r"\b([a-z_]+) ?\(", text))


def test_the_language_page_has_every_function_of_the_python_form() -> None:
    functions = {name for name in values.__all__ if name[0].islower()}
    assert functions <= set(re.findall(r"\b[a-z_]+\b", LANGUAGE.read_text(encoding="utf-8")))


def classes(part: type[Part] = Policy) -> dict[str, type[Part]]:
    """Return every class of policy objects that a policy is made of."""
    found = {part.__name__: part}
    for field in part.model_fields.values():
        for kind in _kinds(field.annotation):
            if isinstance(kind, type) and issubclass(kind, Part) and kind.__name__ not in found:
                found |= classes(kind)
    return found


def _kinds(annotation: Any) -> Iterator[Any]:
    yield annotation
    for inner in get_args(annotation):
        yield from _kinds(inner)


def described(page: Path) -> dict[str, dict[str, str]]:
    """Return what a page says of the keys of each class."""
    found = [table for table in tables(page) if table[0][0].startswith("`")]
    return {
        table[0][0].strip("`"): {row[0].strip("`"): row[1] for row in table[1:]} for table in found
    }


def test_the_policy_page_has_every_class() -> None:
    assert set(described(POLICY)) == set(classes())


@pytest.mark.parametrize("name", sorted(classes()))
def test_the_policy_page_has_every_key_of(name: str) -> None:
    fields = classes()[name].model_fields
    shown = described(POLICY)[name]
    assert set(shown) == {field.alias or key for key, field in fields.items()}
    for key, field in fields.items():
        said = shown[field.alias or key]
        assert ("required" in said) is field.is_required(), key
        for kind in _kinds(field.annotation):
            if isinstance(kind, type) and issubclass(kind, StrEnum) and kind is not Role:
                assert all(f"`{word.value}`" in said for word in kind), key


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("binding", binding.Binding),
        ("leads", binding.LeadsBinding),
        ("column", binding.BoundColumn),
        ("signals", binding.SignalsBinding),
        ("consents", binding.ConsentsBinding),
        ("options", binding.Options),
    ],
)
def test_the_page_on_bindings_has_every_key_of(name: str, part: type[BaseModel]) -> None:
    shown = described(BINDINGS)[name]
    assert set(shown) == set(part.model_fields)
    for key, field in part.model_fields.items():
        default = getattr(field.default, "column", field.default)
        assert ("required" in shown[key]) is field.is_required()
        if isinstance(default, str):
            assert f"`{default}`" in shown[key]


@pytest.fixture(scope="module")
def shown_data() -> dict[str, dict[str, Any]]:
    """Return one mapping of every kind that decisions, answers and paths hold, as data."""
    policy = leadpolicy.load(ROOT / "policies" / "b2b-de")
    lead = {"employees": 120}
    signals = [leadpolicy.Signal("content_download", AT - timedelta(days=n)) for n in (1, 2, 3)]
    click = leadpolicy.Signal("newsletter_click", AT - timedelta(days=3))
    consents = {("newsletter", "email"): "confirmed"}
    word = leadpolicy.Override("rating", "A1", by="sales", reason="met at the fair")
    decision = policy.decide(
        lead, signals=[*signals, click], consents=consents, at=AT, overrides=[word]
    )
    data: dict[str, Any] = decision.to_dict()
    why: dict[str, Any] = decision.why_not("sql").to_dict()
    missing: dict[str, Any] = decision.missing("sql").to_dict()
    path: dict[str, Any] = policy.advance(None, lead, consents=consents, at=AT).to_dict()
    parts: dict[str, Any] = {"decision": data, "why": why, "missing": missing}
    for name in ("lines", "fired", "undecided", "obligations", "overrides", "ignored"):
        parts[f"{name}[]"] = data[name][0]
    for name in ("possible", "criteria"):
        parts[f"{name}.…"] = next(iter(data[name].values()))
    parts["findings[]"], parts["sets[]"] = why["findings"][0], missing["sets"][0]
    parts["facts[]"], parts["steps[]"] = parts["sets[]"]["facts"][0], path["steps"][0]
    return parts


def test_the_page_on_decisions_has_every_key(shown_data: dict[str, dict[str, Any]]) -> None:
    shown = described(DECISION)
    assert {name: list(keys) for name, keys in shown.items()} == {
        name: list(data) for name, data in shown_data.items()
    }


def commands() -> dict[str, set[str]]:
    """Return the options of every command, without those that every command has."""
    return dict(commands_of(typer.main.get_command(app)))


def commands_of(command: object, name: str = "") -> Iterator[tuple[str, set[str]]]:
    """Yield the commands of a group and of the groups in it, by their whole names."""
    found: dict[str, Any] = getattr(command, "commands", {})
    for part, inner in found.items():
        if getattr(inner, "commands", None):
            yield from commands_of(inner, f"{name}{part} ")
        else:
            options = {o for param in inner.params for o in param.opts if o[:2] == "--"}
            yield f"{name}{part}", options


def test_the_page_on_the_command_line_has_every_command() -> None:
    titles = {title.removeprefix("leadpolicy ") for title in code_words(CLI) if " " in title}
    assert set(commands()) <= titles


@pytest.mark.parametrize("name", sorted(commands()))
def test_the_page_on_the_command_line_has_every_option_of(name: str) -> None:
    words = code_words(CLI)[f"leadpolicy {name}"]
    options = {word.partition(" ")[0] for word in words if word.startswith("--")}
    assert options == commands()[name] - {"--help"}


def test_shared_options_are_explained() -> None:
    sections = code_words(CLI)
    own = {row[0].strip("`") for table in tables(CLI) for row in table[1:]}
    for name, options in commands().items():
        assert options - {"--help"} <= sections["Shared options"] | own, name


def test_the_page_on_connectors_has_every_member_and_every_refusal() -> None:
    words = {word for section in code_words(CONNECTOR).values() for word in section}
    members = {name for name in dir(Connector) if name[0] != "_"}
    ours = ConnectorError.__module__
    kinds = ConnectorError.__subclasses__()
    refusals = {kind.__name__ for kind in kinds if kind.__module__ == ours}
    assert members | refusals <= words

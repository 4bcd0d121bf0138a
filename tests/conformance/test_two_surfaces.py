"""Two surfaces, one meaning: the same policy in Python and in YAML is the same checked policy."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from leadpolicy.documents.read import Document, read, read_policy_text
from leadpolicy.documents.write import write
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy.policy.pipeline import check
from leadpolicy.policy.policy import Policy

HERE = Path(__file__).parent
IN_PYTHON = HERE.parent / "typing" / "passes_policy.py"
IN_YAML = HERE / "machines.yaml"


@pytest.fixture(scope="module")
def written_in_python() -> Policy:
    policy = runpy.run_path(str(IN_PYTHON))["policy"]
    assert isinstance(policy, Policy)
    return policy


@pytest.fixture(scope="module")
def from_python(written_in_python: Policy) -> CheckedPolicy:
    return check(written_in_python)


@pytest.fixture(scope="module")
def document() -> Document:
    return read(IN_YAML)


@pytest.fixture(scope="module")
def from_yaml(document: Document) -> CheckedPolicy:
    return document.require()


def test_every_output_is_the_same_node(
    from_python: CheckedPolicy, from_yaml: CheckedPolicy
) -> None:
    assert [item.name for item in from_python.outputs] == [x.name for x in from_yaml.outputs]
    for one, other in zip(from_python.outputs, from_yaml.outputs, strict=True):
        assert (one.node, one.type, one.kind) == (other.node, other.type, other.kind), one.name


def test_scores_states_and_transitions_are_the_same(
    from_python: CheckedPolicy, from_yaml: CheckedPolicy
) -> None:
    assert from_python.scores == from_yaml.scores
    assert from_python.states == from_yaml.states
    assert from_python.transitions == from_yaml.transitions
    assert from_python.lists == from_yaml.lists
    assert from_python.vocabulary == from_yaml.vocabulary


def test_both_have_the_same_content_hash(
    from_python: CheckedPolicy, from_yaml: CheckedPolicy
) -> None:
    assert from_python.content_hash == from_yaml.content_hash


def test_both_are_warned_about_the_same(
    from_python: CheckedPolicy, from_yaml: CheckedPolicy
) -> None:
    def said(checked: CheckedPolicy) -> set[tuple[str, str, str]]:
        return {(item.code, item.path, item.message) for item in checked.warnings}

    assert said(from_python) == said(from_yaml)


def test_a_policy_in_python_is_written_as_yaml_that_means_the_same(
    written_in_python: Policy, from_python: CheckedPolicy
) -> None:
    again = read_policy_text(write(written_in_python)).require()
    assert again.content_hash == from_python.content_hash
    assert again.outputs == from_python.outputs


def test_writing_is_stable(document: Document) -> None:
    assert document.policy is not None
    once = write(document.policy)
    policy = read_policy_text(once).policy
    assert policy is not None
    assert policy == document.policy
    assert write(policy) == once

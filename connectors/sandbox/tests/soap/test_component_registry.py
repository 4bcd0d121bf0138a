"""Folders, suffixes and names of value sets, as Salesforce's own deploy library has them."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from leadpolicy_sandbox.salesforce.org.setup_fields import STANDARD_SETS
from leadpolicy_sandbox.salesforce.soap.components import KINDS
from leadpolicy_sandbox.salesforce.soap.package import FOLDERS

SPECS = os.environ.get("LEADPOLICY_CONTRACT_DATA", "")

pytestmark = pytest.mark.skipif(
    not SPECS, reason="LEADPOLICY_CONTRACT_DATA does not name the registries of Salesforce"
)


def registry(name: str) -> Any:
    """One of the registries."""
    return json.loads((Path(SPECS) / "salesforce" / f"sdr_12.37.2_{name}.json").read_text())


def test_files_lie_where_the_deploy_library_puts_them() -> None:
    types = {one["name"]: one for one in registry("metadataRegistry")["types"].values()}
    for folder, (suffix, type_name) in FOLDERS.items():
        assert (folder, suffix) == (types[type_name]["directoryName"], types[type_name]["suffix"])
        kind = KINDS[type_name]
        assert kind.file("X") == f"{folder}/X.{suffix}"


def test_children_of_objects_are_children_there() -> None:
    children = registry("metadataRegistry")["types"]["customobject"]["children"]["types"]
    named = {child["name"] for child in children.values()}
    assert set(KINDS["CustomObject"].children) <= named


def test_standard_value_sets_bear_names_that_are_known() -> None:
    assert set(STANDARD_SETS) <= set(registry("stdValueSetRegistry")["fullnames"])

"""Source trees that are written here, read by Salesforce's own converter."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from connectors.salesforce.tests.deploy.test_salesforce_metadata import tree

from leadpolicy_salesforce.metadata.schema import problems
from leadpolicy_salesforce.metadata.xml import NAMESPACE, read

JUDGES = Path(__file__).parents[4] / "tests" / "judges"
pytestmark = pytest.mark.skipif(
    not (JUDGES / "node_modules" / "@salesforce" / "source-deploy-retrieve").is_dir(),
    reason="run npm ci --prefix tests/judges",
)


def converted(found: Mapping[str, bytes], folder: Path) -> tuple[list[str], Path]:
    source, target = folder / "source", folder / "target"
    for name, content in found.items():
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    told = subprocess.run(
        ["node", "convert.mjs", str(source / "force-app"), str(target)],
        cwd=JUDGES,
        capture_output=True,
        check=True,
        timeout=120,
    )
    answer = json.loads(told.stdout)
    return answer["components"], Path(answer["path"])


def members(manifest: bytes) -> set[tuple[str, str]]:
    space = {"m": NAMESPACE}
    return {
        (str(types.findtext("m:name", "", space)), str(member.text))
        for types in read(manifest).findall("m:types", space)
        for member in types.findall("m:members", space)
    }


def test_salesforces_converter_finds_the_same_components(tmp_path: Path) -> None:
    found = tree("b2b-de", "both", "en")
    named, package = converted(found, tmp_path)
    manifest = (package / "package.xml").read_bytes()
    ours = members(found["manifest/package.xml"])
    theirs = members(manifest)
    assert ours - {("CustomObject", "Contact")} == theirs - {("CustomObject", "Contact")}
    assert {name.partition(" ")[2] for name in named} >= {"LeadStatus", "LP_Sales"}
    files = [path for path in package.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"Lead.object", "LeadStatus.standardValueSet"}
    assert [problems(path.read_bytes()) for path in files] == [()] * len(files)


def test_a_tree_with_a_file_in_the_wrong_place_is_refused(tmp_path: Path) -> None:
    found = dict(tree("b2b-de", "synced", "de"))
    path = next(name for name in found if name.endswith(".permissionset-meta.xml"))
    found[path.replace(".permissionset-meta", ".profilx-meta")] = found.pop(path)
    with pytest.raises(subprocess.CalledProcessError):
        converted(found, tmp_path)

"""What a policy needs in Salesforce as a source tree, for teams that deploy it themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from leadpolicy.crm.connector import ConnectorError
from leadpolicy.crm.parts import wanted_parts
from leadpolicy.crm.state import Action, Change, Column, DesiredState, ReasonRow, address
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy_salesforce.binding import Binding, read_binding
from leadpolicy_salesforce.deploy.building import Builder, Site
from leadpolicy_salesforce.deploy.checking import Reach
from leadpolicy_salesforce.deploy.records import new_records
from leadpolicy_salesforce.deploy.tables import Kind, kind_of, named, reason_column
from leadpolicy_salesforce.metadata.names import field_of
from leadpolicy_salesforce.metadata.schema import api_version
from leadpolicy_salesforce.metadata.source import source_files
from leadpolicy_salesforce.options import Lang, Options, read_options

_DATA: Final = "data"


def source_tree(
    policy: CheckedPolicy,
    desired: DesiredState,
    binding: Mapping[str, object],
    options: Mapping[str, object],
) -> Mapping[str, bytes]:
    """Return the files of a source tree by path; no org is needed, and the same in gives the same.

    What the binding names as the org's own is left out. Raises `ConnectorError` for what Salesforce
    cannot be asked for, such as a name that is too long.
    """
    names, chosen = read_binding(binding), read_options(options)
    changes = tuple(_changes(desired, names, chosen))
    builder = Builder(_site(desired, names, chosen), changes)
    found = source_files(builder.package())
    found |= _records(changes, chosen.lang)
    found["sfdx-project.json"] = _project(policy.name)
    found["README.txt"] = _readme(policy, found).encode("utf-8")
    return dict(sorted(found.items()))


def _site(desired: DesiredState, binding: Binding, options: Options) -> Site:
    column = reason_column(desired.columns, named(desired.tables, Kind.REASONS))
    field = "" if column is None or column.bound else field_of(binding, column)
    return Site(binding, options, field)


def _changes(desired: DesiredState, binding: Binding, options: Options) -> Iterator[Change]:
    """Yield everything that is ours to make; raises `ConnectorError` for what cannot be made."""
    site = _site(desired, binding, options)
    changes = [Change(Action.ADD, part) for part in wanted_parts(desired)]
    ours = [change for change in changes if not _is_the_orgs(change, site)]
    problems = dict(Reach(site).problems(ours))
    if problems:
        name, why = next(iter(problems.items()))
        raise ConnectorError(f"{name} cannot be exported: {why}")
    yield from ours


def _is_the_orgs(change: Change, site: Site) -> bool:
    part = change.part
    if isinstance(part, Column):
        return part.bound
    is_reason = isinstance(part, ReasonRow) and kind_of(part.table) is Kind.REASONS
    return not site.reasons and (is_reason or address(part).endswith(Kind.REASONS.value))


def _records(changes: tuple[Change, ...], lang: Lang) -> dict[str, bytes]:
    """Return the records of consent as files for `sf data import tree`, and the plan for them."""
    by_object = new_records(changes, lang)
    if not by_object:
        return {}
    plan = [{"sobject": name, "files": [f"{name}.json"]} for name in by_object]
    found = {f"{_DATA}/plan.json": _json(plan)}
    for name, records in by_object.items():
        found[f"{_DATA}/{name}.json"] = _json({"records": records})
    return found


def _project(name: str) -> bytes:
    return _json(
        {
            "packageDirectories": [{"path": "force-app", "default": True}],
            "name": name,
            "namespace": "",
            "sourceApiVersion": api_version(),
        }
    )


def _json(data: Any) -> bytes:
    return f"{json.dumps(data, ensure_ascii=False, indent=2)}\n".encode()


def _readme(policy: CheckedPolicy, found: Mapping[str, bytes]) -> str:
    parts = [_DEPLOY.format(name=policy.name, version=policy.version, hash=policy.content_hash)]
    if any(path.endswith("LeadStatus.standardValueSet-meta.xml") for path in found):
        parts.append(_STATES)
    if any(path.endswith(".permissionset-meta.xml") for path in found):
        parts.append(_SETS)
    if f"{_DATA}/plan.json" in found:
        parts.append(_CONSENTS)
    return "\n".join(parts)


_DEPLOY: Final = """\
Lead policy {name} {version}
Content of the policy (SHA-256): {hash}

This folder has the fields, values, rules and rights that the policy needs in Salesforce, as source
for Salesforce's own tools. It was written by `leadpolicy export` and is written anew by the next
one, so change the policy and not these files.

To check it against an org, without changing anything:

  sf project deploy validate --manifest manifest/package.xml --target-org ORG

To deploy it:

  sf project deploy start --manifest manifest/package.xml --target-org ORG
"""
_STATES: Final = """\
Before the first deploy: the file standardValueSets/LeadStatus.standardValueSet-meta.xml has the
states of the policy alone. Salesforce sets inactive what a deploy leaves out, so add the values of
your org that are to stay:

  sf project retrieve start --metadata StandardValueSet:LeadStatus --target-org ORG

writes them into the same file; put both together. `leadpolicy apply` does this by itself.
"""
_SETS: Final = """\
A permission set of the same name that stands in the org already is overwritten by a deploy: put its
other rights into the file first. The connector's own login needs the set for the integration,
without which it does not see the new fields.
"""
_CONSENTS: Final = """\
The purposes and lawful bases of consent are records, not metadata. Import them once, after Data
Protection and Privacy was switched on in Setup; an import makes new records each time:

  sf data import tree --plan data/plan.json --target-org ORG
"""

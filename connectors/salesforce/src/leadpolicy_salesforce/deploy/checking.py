"""Why a change cannot be made, before and after Salesforce is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from leadpolicy.crm.connector import ConnectorError
from leadpolicy.crm.state import Action, Change, Permission, ReasonRow, Table, address
from leadpolicy_salesforce.deploy.building import Ground, Site
from leadpolicy_salesforce.deploy.running import Failure, Outcome
from leadpolicy_salesforce.deploy.tables import Kind, kind_of
from leadpolicy_salesforce.metadata.names import is_own, problem_with
from leadpolicy_salesforce.metadata.package import Package
from leadpolicy_salesforce.metadata.values import values_of
from leadpolicy_salesforce.metadata.xml import value_of

_CONSENT: Final = (
    "the org keeps no records of consent; switch on Data Protection and Privacy in Setup, "
    "and give the login the right to see and change Data Use Purpose and Data Use Legal Basis"
)
_SET: Final = "PermissionSet"


@dataclass(frozen=True, slots=True)
class Reach:
    """What can be reached at all; `consents` tells whether the org keeps such records."""

    site: Site
    consents: bool = True

    def problems(self, changes: Iterable[Change]) -> Iterator[tuple[str, str]]:
        """Yield by address why a change cannot even be asked for."""
        for change in changes:
            problem = None if change.action is Action.DESTROY else self._problem(change)
            if problem is not None:
                yield address(change.part), problem

    def _problem(self, change: Change) -> str | None:
        match change.part:
            case Permission(team):
                named = team in self.site.options.roles
                return None if named else f"the option `roles` names no permission set for {team}"
            case ReasonRow(table) | Table(table):
                return self._table_problem(table)
            case part:
                return problem_with(self.site.spelling, part)

    def _table_problem(self, table: str) -> str | None:
        match kind_of(table):
            case Kind.REASONS if not self.site.reasons:
                return "no field of sales is known to choose a reason in"
            case Kind.REASONS if not is_own(self.site.reasons.partition(".")[2]):
                field = self.site.reasons.partition(".")[2]
                return f"`{field}` is no custom field; bind the reason to a custom picklist"
            case Kind.PURPOSES | Kind.BASES if not self.consents:
                return _CONSENT
        return None


def unfit(site: Site, ground: Ground, changes: Iterable[Change]) -> Iterator[tuple[str, str]]:
    """Yield by address which reasons have no place in the field that stands for them."""
    field = ground.fields.get(site.reasons)
    if field is None or values_of(field):
        return
    shared = [value_of(part, "valueSetName") for part in field.findall("{*}valueSet")]
    why = (
        f"`{site.reasons}` takes its values from the global value set `{shared[0]}`"
        if shared and shared[0]
        else f"`{site.reasons}` is no picklist with values of its own"
    )
    for change in changes:
        if isinstance(change.part, ReasonRow) and kind_of(change.part.table) is Kind.REASONS:
            yield address(change.part), why


def explained(outcome: Outcome, package: Package) -> dict[str, str]:
    """Return by address why Salesforce refuses parts; raises `ConnectorError` for anything else.

    A permission set is refused along with each field that it names; it is told of only where it is
    refused by itself.
    """
    if outcome.success:
        return {}
    others = [failure for failure in outcome.failures if failure.type != _SET]
    told: dict[str, str] = {}
    for failure in others or outcome.failures:
        named = package.addresses(failure.type, failure.name)
        if not named:
            raise refusal(outcome)
        told |= {name: f"Salesforce: {failure.problem}" for name in named if name not in told}
    if not told:
        raise refusal(outcome)
    return told


def refusal(outcome: Outcome) -> ConnectorError:
    """Return a refused deploy as an error with everything that Salesforce says."""
    lines = [_line(failure) for failure in outcome.failures]
    said = [*([outcome.problem] if outcome.problem else []), *lines]
    return ConnectorError("Salesforce refuses the deploy, and nothing was changed: " + _list(said))


def _line(failure: Failure) -> str:
    return f"{failure.type or failure.file} `{failure.name}`: {failure.problem}"


def _list(said: Sequence[str]) -> str:
    return said[0] if len(said) == 1 else "".join(f"\n  {line}" for line in said)


def refused_before(problems: Mapping[str, str]) -> ConnectorError:
    """Return what cannot be asked for as an error."""
    lines = [f"{name}: {problem}" for name, problem in problems.items()]
    return ConnectorError("these changes cannot be made: " + _list(lines))

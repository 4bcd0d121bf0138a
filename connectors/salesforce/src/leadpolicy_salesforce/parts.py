"""What a policy needs in Salesforce: seen, checked, and deployed in one step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from leadpolicy.crm.clock import Clock, SystemClock
from leadpolicy.crm.connector import AccessError, ConnectorError
from leadpolicy.crm.state import (
    Change,
    Column,
    DesiredState,
    ObservedState,
    Rule,
    address,
)
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy_salesforce.binding import Binding
from leadpolicy_salesforce.client.wire import Wire
from leadpolicy_salesforce.deploy.adapting import adapted
from leadpolicy_salesforce.deploy.building import Builder, Ground, Site
from leadpolicy_salesforce.deploy.checking import (
    Reach,
    explained,
    refusal,
    refused_before,
    unfit,
)
from leadpolicy_salesforce.deploy.following import Following
from leadpolicy_salesforce.deploy.observing import View
from leadpolicy_salesforce.deploy.running import Deploys
from leadpolicy_salesforce.deploy.seen import Seen, see
from leadpolicy_salesforce.deploy.soap import read_metadata
from leadpolicy_salesforce.deploy.tables import STATUS_SET, Kind, named, reason_column
from leadpolicy_salesforce.metadata.names import field_of, object_of
from leadpolicy_salesforce.metadata.package import Package, files, zipped
from leadpolicy_salesforce.metadata.rules import rule_of
from leadpolicy_salesforce.metadata.schema import problems
from leadpolicy_salesforce.options import Options

PATIENCE_SECONDS: Final = 1800.0
"""How long a deploy may take."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """Changes with the package that makes them; empty bytes where none of them is metadata."""

    changes: tuple[Change, ...]
    package: Package
    archive: bytes
    shows_fields: bool


class Parts:
    """The parts of one org.

    A package that `denied` has had checked is deployed as it was checked; whatever else is to be
    deployed is checked first. What was seen last is remembered between the calls.
    """

    def __init__(
        self, wire: Wire, binding: Binding, options: Options, *, clock: Clock | None = None
    ) -> None:
        self._wire: Final = wire
        self._binding: Final = binding
        self._options: Final = options
        self._deploys: Final = Deploys(wire, clock or SystemClock(), PATIENCE_SECONDS)
        self._seen = Seen()
        self._desired = DesiredState("", "", "")
        self._checked: _Prepared | None = None

    def adapt(self, policy: CheckedPolicy, desired: DesiredState) -> DesiredState:
        """Return the desired state with what Salesforce needs beside it; no call is made."""
        return adapted(desired, self._binding, self._options)

    # ------------------------------------------------------------------------------ observe
    def observe(self, desired: DesiredState) -> ObservedState:
        """Return what stands of the desired parts: one call, and one more for every ten rules."""
        with self._wire.doing("deploy"):
            self._seen = see(self._wire, self._binding, self._options, desired)
            self._desired = desired
            rules = self._rules(desired)
        view = View(self._seen, self._binding, self._options)
        return ObservedState(
            tuple(view.columns(desired)),
            tuple(view.tables(desired)),
            rules,
            tuple(view.permissions(desired)),
        )

    def _rules(self, desired: DesiredState) -> tuple[Rule, ...]:
        names = {f"{object_of(rule)}.{rule.name}": rule for rule in desired.rules}
        found = read_metadata(self._wire, "ValidationRule", [*names])
        return tuple(rule_of(found[name], rule) for name, rule in names.items() if name in found)

    # -------------------------------------------------------------------------------- check
    def denied(self, changes: Sequence[Change]) -> Mapping[str, str]:
        """Return by address why changes cannot be made, after Salesforce has checked them all."""
        self._checked = None
        told = self._unreachable(changes)
        left = [change for change in changes if address(change.part) not in told]
        with self._wire.doing("deploy"):
            try:
                ground = self._ground(left)
                told |= dict(unfit(self._site(left), ground, left))
                left = [change for change in left if address(change.part) not in told]
                return told | self._refused(self._prepare(left, ground))
            except AccessError as error:
                return told | {address(change.part): error.message for change in left}

    def _unreachable(self, changes: Sequence[Change]) -> dict[str, str]:
        asked = {Kind.PURPOSES: self._seen.purposes, Kind.BASES: self._seen.bases}
        lacks = [kind for kind, rows in asked.items() if rows is None]
        known = [kind for kind in lacks if named(self._desired.tables, kind)]
        reach = Reach(self._site(changes), consents=not known)
        return dict(reach.problems(changes))

    def _refused(self, prepared: _Prepared) -> dict[str, str]:
        """Return why Salesforce refuses a package, and remember one that it takes."""
        told: dict[str, str] = {}
        if prepared.archive:
            outcome = self._deploys.run(prepared.archive, check_only=True)
            told = explained(outcome, prepared.package)
        if not told:
            self._checked = prepared
        return told

    # -------------------------------------------------------------------------------- apply
    def apply(self, change: Change) -> None:
        """Make one change."""
        self.apply_together([change])

    def apply_together(self, changes: Sequence[Change]) -> None:
        """Make all changes: the metadata in one deploy, then the records of consent.

        Raises `ConnectorError` with everything that Salesforce refuses.
        """
        with self._wire.doing("deploy"):
            prepared = self._checked_for(changes)
            if prepared.archive:
                outcome = self._deploys.run(prepared.archive, check_only=False)
                if not outcome.success:
                    self._checked = None
                    raise refusal(outcome)
            Following(self._wire, self._options, changes, prepared.shows_fields).run()

    def _checked_for(self, changes: Sequence[Change]) -> _Prepared:
        """Return the package for changes, which Salesforce has checked; raises `ConnectorError`."""
        known = self._checked
        if known is not None and known.changes == tuple(changes):
            return known
        told = self._unreachable(changes)
        if not told:
            ground = self._ground(changes)
            told = dict(unfit(self._site(changes), ground, changes))
            told = told or self._refused(prepared := self._prepare(changes, ground))
        if told:
            raise refused_before(told)
        return prepared

    # ------------------------------------------------------------------------------ prepare
    def _site(self, changes: Sequence[Change]) -> Site:
        columns = [change.part for change in changes if isinstance(change.part, Column)]
        tables = named(self._desired.tables, Kind.REASONS)
        column = reason_column(self._desired.columns, tables) or reason_column(columns)
        field = "" if column is None else field_of(self._binding, column)
        return Site(self._binding, self._options, field)

    def _ground(self, changes: Sequence[Change]) -> Ground:
        """Return what stands of components that are not only ours."""
        asked = Builder(self._site(changes), changes)
        fields = read_metadata(self._wire, "CustomField", asked.fields_needed)
        ground = Ground(fields, tracked=self._tracked())
        asked = replace(asked, ground=ground)
        stand = self._seen.sets
        names = [name for name in asked.sets_needed if stand is None or name in stand]
        sets = read_metadata(self._wire, "PermissionSet", names)
        names = [STATUS_SET] if asked.statuses_needed else []
        found = read_metadata(self._wire, "StandardValueSet", names)
        if names and not found:
            raise ConnectorError("Salesforce does not show the lead states to the login")
        return replace(ground, sets=sets, statuses=found.get(STATUS_SET))

    def _tracked(self) -> dict[str, frozenset[str]]:
        return {name: self._seen.tracked(name) for name in self._seen.definitions}

    def _prepare(self, changes: Sequence[Change], ground: Ground) -> _Prepared:
        builder = Builder(self._site(changes), changes, ground)
        package = builder.package()
        contents = {} if package.is_empty else files(package)
        wrong = [
            f"{name}: {line}" for name, content in contents.items() for line in problems(content)
        ]
        if wrong:
            raise ConnectorError("what is to be deployed breaks Salesforce's schema: " + wrong[0])
        archive = zipped(contents) if contents else b""
        return _Prepared(tuple(changes), package, archive, builder.shows_fields)

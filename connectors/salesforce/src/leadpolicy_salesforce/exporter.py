"""The policy as a source tree, compiled without an org at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from leadpolicy.crm.connector import Capabilities, Column, DesiredState, Native
from leadpolicy_salesforce.abilities import CAPABILITIES

if TYPE_CHECKING:
    from leadpolicy.policy.checked import CheckedPolicy


class SalesforceExporter:
    """Writes what a policy needs as source for Salesforce's own tools."""

    capabilities: Final[Capabilities] = CAPABILITIES

    def native(
        self,
        policy: CheckedPolicy,
        columns: Sequence[Column],
        binding: Mapping[str, object],
        options: Mapping[str, object],
    ) -> Native:
        """Return the formulas and rules, with standard fields as every org has them."""
        from leadpolicy_salesforce.binding import read_binding
        from leadpolicy_salesforce.native import compile_native
        from leadpolicy_salesforce.options import read_options

        chosen = read_options(options)
        return compile_native(policy, columns, read_binding(binding), None, chosen)

    def adapt(
        self,
        policy: CheckedPolicy,
        desired: DesiredState,
        binding: Mapping[str, object],
        options: Mapping[str, object],
    ) -> DesiredState:
        """Return the desired state with the column for keys, twins on contacts, and marks."""
        from leadpolicy_salesforce.binding import read_binding
        from leadpolicy_salesforce.deploy.adapting import adapted
        from leadpolicy_salesforce.options import read_options

        return adapted(desired, read_binding(binding), read_options(options))

    def files(
        self,
        policy: CheckedPolicy,
        desired: DesiredState,
        binding: Mapping[str, object],
        options: Mapping[str, object],
    ) -> Mapping[str, bytes]:
        """Return the files of the tree by path."""
        from leadpolicy_salesforce.export import source_tree

        return source_tree(policy, desired, binding, options)

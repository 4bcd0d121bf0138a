"""What counts as a change: deployments that do more than check, and components that are saved."""

from connectors.sandbox.tests.soap.clients import FIT, MetadataClient, lead, simple

from leadpolicy_sandbox.salesforce.server import SalesforceSandbox


def test_only_what_is_to_change_something_counts_as_a_write(
    metadata: MetadataClient, sandbox: SalesforceSandbox
) -> None:
    metadata.read("CustomField", "Lead.lp_fit__c")
    metadata.deploy(lead(FIT), checkOnly=True)
    query = {"q": "SELECT Id FROM CustomField"}
    simple(sandbox).toolingexecute("query", params=query)
    assert sandbox.writes == 0
    metadata.deploy(lead(FIT))
    assert sandbox.writes == 1
    metadata.call("deleteMetadata", "CustomField", ["Lead.lp_fit__c"])
    assert sandbox.writes == 2
    assert {call.kind for call in sandbox.log} == {"deploy"}

"""Deployments through the Metadata API, as zeep sends and reads them."""

from typing import Any

import pytest
from connectors.sandbox.tests.soap.clients import (
    EVERYTHING,
    FIT,
    OPTIONS,
    REASON,
    RULE,
    TWICE,
    MetadataClient,
    document,
    lead,
    manifest,
    packed,
    rights,
)

from leadpolicy_sandbox.salesforce.org import SetupError
from leadpolicy_sandbox.salesforce.server import INTEGRATION, SalesforceSandbox
from leadpolicy_sandbox.salesforce.soap.routes import metadata_of


def problems(result: Any) -> list[str]:
    """What a deployment was refused for."""
    return [failure.problem for failure in result.details.componentFailures]


def test_a_deployed_package_is_there_and_deployed_again_changes_nothing(
    metadata: MetadataClient, sandbox: SalesforceSandbox
) -> None:
    files = lead(FIT, TWICE, REASON, RULE) | rights("LP_Sales", "lp_fit__c")
    first = metadata.deploy(files)
    assert (first.status, first.success, first.numberComponentErrors) == ("Succeeded", True, 0)
    made = {m.fullName: (m.componentType, m.created) for m in first.details.componentSuccesses}
    assert made["Lead.lp_twice__c"] == ("CustomField", True)
    assert made["Lead.LP_fit_is_not_negative"] == ("ValidationRule", True)
    assert made["LP_Sales"] == ("PermissionSet", True)
    assert first.numberComponentsDeployed == first.numberComponentsTotal == 6
    again = metadata.deploy(files)
    changed = [m.fullName for m in again.details.componentSuccesses if m.changed]
    assert changed == ["package.xml"]
    assert sandbox.org.objects["Lead"].fields["lp_fit__c"].scale == 2


def test_a_field_is_seen_only_through_a_permission_set(
    metadata: MetadataClient, sandbox: SalesforceSandbox
) -> None:
    metadata.deploy(lead(FIT))
    user = sandbox.org.users[INTEGRATION]
    assert "lp_fit__c" not in sandbox.org.fields(user, "Lead")
    metadata.deploy(rights("LP_Integration", "lp_fit__c"))
    sandbox.org.assign(None, "LP_Integration", INTEGRATION)
    assert "lp_fit__c" in sandbox.org.fields(user, "Lead")


def test_one_refused_component_leaves_no_trace_of_the_others(
    metadata: MetadataClient, sandbox: SalesforceSandbox
) -> None:
    before = list(sandbox.org.rows(None, "SetupAuditTrail"))
    result = metadata.deploy(lead(FIT) | rights("LP_Sales", "lp_fit__c", "lp_gone__c"))
    assert (result.status, result.success) == ("Failed", False)
    assert problems(result) == ["In field: field - no CustomField named Lead.lp_gone__c found"]
    assert "lp_fit__c" not in sandbox.org.objects["Lead"].fields
    assert "LP_Sales" not in sandbox.org.permission_sets
    assert list(sandbox.org.rows(None, "SetupAuditTrail")) == before


def test_a_check_tells_the_same_and_changes_nothing(
    metadata: MetadataClient, sandbox: SalesforceSandbox
) -> None:
    result = metadata.deploy(lead(FIT, RULE), checkOnly=True)
    assert (result.status, result.checkOnly) == ("Succeeded", True)
    assert result.numberComponentsDeployed == 3
    assert "lp_fit__c" not in sandbox.org.objects["Lead"].fields
    assert metadata.read("CustomField", "Lead.lp_fit__c")[0].fullName is None


def test_without_rollback_the_good_components_stay(
    metadata: MetadataClient, sandbox: SalesforceSandbox
) -> None:
    files = lead(FIT) | rights("LP_Sales", "lp_gone__c")
    result = metadata.deploy(files, rollbackOnError=False)
    assert (result.status, result.success) == ("SucceededPartial", False)
    assert "lp_fit__c" in sandbox.org.objects["Lead"].fields


def test_deployments_take_as_many_checks_as_are_set_and_can_be_cancelled(
    metadata: MetadataClient, sandbox: SalesforceSandbox
) -> None:
    metadata_of(sandbox.org).deploys.polls = 3
    begun = metadata.call("deploy", packed(lead(FIT)), OPTIONS)
    assert (begun.done, begun.state) == (False, "Queued")
    states = [metadata.call("checkDeployStatus", begun.id, True).status for _ in range(4)]
    assert states == ["Pending", "InProgress", "InProgress", "Succeeded"]
    other = metadata.call("deploy", packed(lead(REASON)), OPTIONS)
    assert metadata.call("cancelDeploy", other.id).done
    result = metadata.call("checkDeployStatus", other.id, True)
    assert (result.status, result.canceledByName) == ("Canceled", "Ada Admin")
    assert "sales_feedback__c" not in sandbox.org.objects["Lead"].fields


def test_a_deployment_waits_for_those_before_it(
    metadata: MetadataClient, sandbox: SalesforceSandbox
) -> None:
    metadata_of(sandbox.org).deploys.polls = 1
    metadata.call("deploy", packed(lead(FIT)), OPTIONS)
    second = metadata.call("deploy", packed(lead(TWICE)), OPTIONS)
    assert metadata.wait(second.id).status == "Succeeded"


REFUSED = {
    "an unknown element": (
        FIT.replace("<scale>2</scale>", "<scael>2</scael>"),
        "Error parsing file: Element {http://soap.sforce.com/2006/04/metadata}scael invalid at "
        "this location in type CustomField",
    ),
    "an unknown type": (
        FIT.replace("Number", "Numbr"),
        "Error parsing file: 'Numbr' is not a valid value for the enum 'FieldType'",
    ),
    "a Python boolean": (
        FIT.replace("<required>false", "<required>False"),
        "Error parsing file: 'False' is not a valid value for the type xsd:boolean",
    ),
    "an element twice": (
        FIT.replace("<scale>2</scale>", "<scale>2</scale><scale>2</scale>"),
        "Error parsing file: Element {http://soap.sforce.com/2006/04/metadata}scale is duplicated "
        "at this location in type CustomField",
    ),
    "no label": (
        FIT.replace("<label>Fit</label>", ""),
        "Must specify a non-empty label for the CustomField",
    ),
    "no precision": (
        FIT.replace("<precision>18</precision>", ""),
        "Must specify 'precision' for a CustomField of type Number",
    ),
    "a length of a number": (
        FIT.replace("<precision>", "<length>5</length><precision>"),
        "Can not specify 'length' for a CustomField of type Number",
    ),
    "a unique picklist": (
        REASON.replace("<type>", "<unique>true</unique><type>"),
        "Can not specify 'unique' for a CustomField of type Picklist",
    ),
    "two values of one label": (
        REASON.replace("Too early", "No budget"),
        "Duplicate label: No budget",
    ),
    "an unknown field in a formula": (
        TWICE,
        "Field lp_fit__c does not exist. Check spelling.",
    ),
    "a standard field that is not there": (
        FIT.replace("lp_fit__c", "Fit"),
        "Could not resolve standard field's name.",
    ),
    "an element that only Salesforce keeps": (
        FIT.replace("<precision>", "<maskChar>X</maskChar><precision>"),
        "Error parsing file: this practice org does not keep `maskChar` of a CustomField",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_is_said_as_salesforce_says_it(metadata: MetadataClient, case: str) -> None:
    text, problem = REFUSED[case]
    result = metadata.deploy(lead(text))
    assert problems(result) == [problem]
    failure = result.details.componentFailures[0]
    assert (failure.problemType, failure.fileName) == ("Error", "objects/Lead.object")
    assert failure.lineNumber > 0


def test_broken_xml_is_told_with_its_place(metadata: MetadataClient) -> None:
    result = metadata.deploy({"objects/Lead.object": "<CustomObject>\n<fields></CustomObject>"})
    failure = result.details.componentFailures[0]
    assert failure.problem.startswith("Error parsing file: ")
    assert (failure.lineNumber, failure.columnNumber > 0) == (2, True)


def test_parts_in_another_order_than_the_schema_are_taken(metadata: MetadataClient) -> None:
    turned = "<fields><type>Checkbox</type><label>On</label><fullName>lp_on__c</fullName>"
    result = metadata.deploy(lead(f"{turned}<defaultValue>false</defaultValue></fields>"))
    assert result.status == "Succeeded"


def test_permissions_on_required_fields_and_without_a_label_are_refused(
    metadata: MetadataClient,
) -> None:
    required = metadata.deploy(rights("LP_Sales", "LastName"))
    assert problems(required) == ["You cannot deploy to a required field: Lead.LastName"]
    name = "permissionsets/LP_Sales.permissionset"
    unlabelled = metadata.deploy({name: document("PermissionSet", "")})
    assert problems(unlabelled) == ["Error parsing file: Required field is missing: label"]


def test_a_permission_set_holds_what_its_last_file_grants(
    metadata: MetadataClient, sandbox: SalesforceSandbox
) -> None:
    metadata.deploy(lead(FIT, REASON) | rights("LP_Sales", "lp_fit__c", "sales_feedback__c"))
    metadata.deploy(rights("LP_Sales", "sales_feedback__c", editable=False))
    held = sandbox.org.permission_sets["LP_Sales"].fields
    assert {name: one.editable for name, one in held.items()} == {"Lead.sales_feedback__c": False}


def test_values_left_out_of_a_picklist_become_inactive(
    metadata: MetadataClient, sandbox: SalesforceSandbox
) -> None:
    metadata.deploy(lead(REASON))
    start = REASON.index("<value><fullName>too_early")
    end = REASON.index("</valueSetDefinition>")
    metadata.deploy(lead(REASON[:start] + REASON[end:]))
    values = sandbox.org.objects["Lead"].fields["sales_feedback__c"].values
    assert [(value.name, value.active) for value in values] == [
        ("no_budget", True),
        ("too_early", False),
    ]
    read = metadata.read("CustomField", "Lead.sales_feedback__c")[0]
    assert [value.isActive for value in read.valueSet.valueSetDefinition.value] == [None, False]


def test_the_manifest_says_what_comes(metadata: MetadataClient, sandbox: SalesforceSandbox) -> None:
    named = manifest({"CustomField": ("Lead.lp_fit__c", "Lead.lp_late__c")})
    result = metadata.deploy(lead(FIT, REASON), named)
    assert problems(result) == [
        "An object 'Lead.lp_late__c' of type CustomField was named in package.xml, but was not "
        "found in zipped directory",
        "Not in package.xml",
    ]
    unknown = metadata.deploy({}, manifest({"Leadpolicy": ("x",)}))
    assert problems(unknown) == ["Unknown type name 'Leadpolicy' specified in package.xml"]
    assert "lp_fit__c" not in sandbox.org.objects["Lead"].fields


def test_destructive_changes_delete_before_or_after_the_rest(
    metadata: MetadataClient, sandbox: SalesforceSandbox
) -> None:
    metadata.deploy(lead(FIT, TWICE, RULE))
    gone = manifest({"CustomField": ("Lead.lp_twice__c",), "ValidationRule": ("Lead.LP_none",)})
    refused = metadata.deploy({"destructiveChanges.xml": gone})
    assert problems(refused) == ["No ValidationRule named: Lead.LP_none found"]
    assert refused.details.componentFailures[0].problemType == "Warning"
    done = metadata.deploy({"destructiveChanges.xml": gone}, ignoreWarnings=True)
    deleted = {m.fullName: m.deleted for m in done.details.componentSuccesses if m.componentType}
    assert deleted == {"Lead.lp_twice__c": True, "Lead.LP_none": False}
    used = manifest({"CustomField": ("Lead.lp_fit__c",)})
    needed = metadata.deploy({"destructiveChangesPost.xml": used})
    assert "Validation Rule - Lead.LP_fit_is_not_negative" in problems(needed)[0]
    freed = RULE.replace("lp_fit__c &lt; 0", "FALSE")
    last = metadata.deploy({**lead(freed), "destructiveChangesPost.xml": used})
    assert last.status == "Succeeded"
    assert "lp_fit__c" not in sandbox.org.objects["Lead"].fields


def test_history_is_tracked_once_the_object_keeps_one(metadata: MetadataClient) -> None:
    tracked = FIT.replace("<type>", "<trackHistory>true</trackHistory><type>")
    keeps = "<enableHistory>true</enableHistory>"
    standard = (
        "<fields><fullName>Status</fullName><trackHistory>true</trackHistory>"
        "<type>Picklist</type></fields>"
    )
    result = metadata.deploy(lead(keeps, tracked, standard))
    assert problems(result) == []
    assert metadata.read("CustomField", "Lead.lp_fit__c")[0].trackHistory is True


def test_lead_states_keep_their_marks_and_old_ones_become_inactive(
    metadata: MetadataClient, sandbox: SalesforceSandbox
) -> None:
    values = "".join(
        f"<standardValue><fullName>{name}</fullName><default>{default}</default>"
        f"<label>{name}</label><converted>{converted}</converted></standardValue>"
        for name, default, converted in (("New", "true", "false"), ("Customer", "false", "true"))
    )
    path = "standardValueSets/LeadStatus.standardValueSet"
    content = f"<sorted>false</sorted>{values}"
    result = metadata.deploy({path: document("StandardValueSet", content)})
    assert result.status == "Succeeded"
    stages = [row["ApiName"] for row in sandbox.org.rows(None, "LeadStatus")]
    assert stages == ["New", "Customer"]
    read = metadata.read("StandardValueSet", "LeadStatus")[0].standardValue
    active = [(one.fullName, one.converted) for one in read if one.isActive is not False]
    assert active == [("New", False), ("Customer", True)]
    alone = content.replace("true</converted>", "false</converted>")
    refused = metadata.deploy({path: document("StandardValueSet", alone)})
    assert problems(refused) == ["You must have at least one lead status marked as Converted"]


def test_shared_values_and_custom_permissions(
    metadata: MetadataClient, sandbox: SalesforceSandbox
) -> None:
    value = "<customValue><fullName>a</fullName><default>false</default><label>A</label>"
    shared = f"{value}</customValue><masterLabel>Reasons</masterLabel><sorted>false</sorted>"
    picks = (
        "<fields><fullName>why__c</fullName><label>Why</label><type>Picklist</type>"
        "<valueSet><restricted>true</restricted><valueSetName>LP_Reasons</valueSetName>"
        "</valueSet></fields>"
    )
    permission = "<isLicensed>false</isLicensed><label>Bypass</label>"
    holds = (
        "<customPermissions><enabled>true</enabled><name>LP_Bypass</name></customPermissions>"
        "<label>Bypass</label>"
    )
    result = metadata.deploy(
        {
            **lead(picks),
            "globalValueSets/LP_Reasons.globalValueSet": document("GlobalValueSet", shared),
            "customPermissions/LP_Bypass.customPermission": document(
                "CustomPermission", permission
            ),
            "permissionsets/LP_Admin.permissionset": document("PermissionSet", holds),
        }
    )
    assert problems(result) == []
    assert sandbox.org.permission_sets["LP_Admin"].custom_permissions == {"LP_Bypass": True}
    read = metadata.read("CustomField", "Lead.why__c")[0]
    assert read.valueSet.valueSetName == "LP_Reasons"
    assert [value.name for value in sandbox.org.objects["Lead"].fields["why__c"].values] == ["a"]


def test_a_file_of_another_kind_and_a_zip_without_a_manifest(metadata: MetadataClient) -> None:
    other = metadata.deploy({"classes/A.cls": "public class A {}"})
    assert problems(other) == ["this practice org knows no file `classes/A.cls`"]
    assert EVERYTHING in packed({}).decode("utf-8", "ignore")
    begun = metadata.call("deploy", packed({}, "").replace(b"package.xml", b"pockage.xml"), OPTIONS)
    assert problems(metadata.wait(begun.id)) == ["No package.xml found"]
    begun = metadata.call("deploy", b"no zip", OPTIONS)
    assert metadata.wait(begun.id).status == "Failed"


def test_a_purged_field_cannot_be_brought_back(
    metadata: MetadataClient, sandbox: SalesforceSandbox
) -> None:
    gone = {"destructiveChanges.xml": manifest({"CustomField": ("Lead.lp_fit__c",)})}
    metadata.deploy(lead(FIT))
    metadata.deploy(gone)
    sandbox.org.restore_field(None, "Lead", "lp_fit__c")
    metadata.deploy(gone, purgeOnDelete=True)
    with pytest.raises(SetupError, match="No deleted field"):
        sandbox.org.restore_field(None, "Lead", "lp_fit__c")


def test_every_change_leaves_a_line_in_the_audit_trail_and_nothing_else_does(
    metadata: MetadataClient, sandbox: SalesforceSandbox
) -> None:
    def lines() -> int:
        return len(list(sandbox.org.rows(None, "SetupAuditTrail")))

    secret = FIT.replace(
        "<type>", "<securityClassification>Internal</securityClassification><type>"
    )
    path = "customPermissions/LP_Bypass.customPermission"
    content = "<isLicensed>false</isLicensed><label>Bypass</label>"
    for files in (lead(FIT), lead(secret), {path: document("CustomPermission", content)}):
        before = lines()
        assert metadata.deploy(files).success
        assert lines() == before + 1
        assert metadata.deploy(files).success
        assert lines() == before + 1


def test_files_that_are_missing_may_be_allowed(metadata: MetadataClient) -> None:
    named = manifest({"CustomField": ("Lead.lp_fit__c", "Lead.lp_late__c")})
    assert metadata.deploy(lead(FIT), named, allowMissingFiles=True).success


def test_a_zip_that_holds_too_much_is_refused(metadata: MetadataClient) -> None:
    many = {f"classes/A{number}.cls": "" for number in range(10_000)}
    assert problems(metadata.deploy(many)) == [
        "LIMIT_EXCEEDED: the zip holds more than one deployment may"
    ]

"""Single components through the Metadata API, retrievals, faults, and the form of it all."""

import io
import zipfile
from typing import Any

import pytest
import zeep
from connectors.sandbox.tests.soap.clients import (
    FIT,
    METADATA,
    REASON,
    RULE,
    TWICE,
    MetadataClient,
    client_of,
    lead,
    packed,
    rights,
    simple,
)
from lxml import etree

from leadpolicy_sandbox.salesforce.server import SALES, SalesforceSandbox
from leadpolicy_sandbox.salesforce.soap.shapes import SHAPES, Enum, Shape
from leadpolicy_sandbox.salesforce.soap.wsdl import wsdl_path

TEXT = {"label": "Note", "type": "Text", "length": 80}
ALL = {
    "CustomField": ["Lead.lp_fit__c", "Lead.lp_twice__c", "Lead.sales_feedback__c"],
    "ValidationRule": ["Lead.LP_fit_is_not_negative"],
    "PermissionSet": ["LP_Sales"],
    "StandardValueSet": ["LeadStatus", "LeadSource"],
}


def ready(metadata: MetadataClient) -> None:
    """Deploy some of everything."""
    files = lead(FIT, TWICE, REASON, RULE) | rights("LP_Sales", "lp_fit__c")
    assert metadata.deploy(files).success


def test_what_was_deployed_is_read_again(metadata: MetadataClient) -> None:
    ready(metadata)
    fit, twice, none = metadata.read(
        "CustomField", "Lead.lp_fit__c", "Lead.lp_twice__c", "Lead.lp_none__c"
    )
    assert (fit.fullName, fit.type, fit.precision, fit.scale) == ("Lead.lp_fit__c", "Number", 18, 2)
    assert (twice.formula, twice.formulaTreatBlanksAs) == ("lp_fit__c * 2", "BlankAsBlank")
    assert none.fullName is None
    rule = metadata.read("ValidationRule", "Lead.LP_fit_is_not_negative")[0]
    assert (rule.active, rule.errorConditionFormula) == (True, "lp_fit__c < 0")
    granted = metadata.read("PermissionSet", "LP_Sales")[0].fieldPermissions
    assert [(one.field, one.editable) for one in granted] == [("Lead.lp_fit__c", True)]
    whole = metadata.read("CustomObject", "Lead")[0]
    assert [field.fullName for field in whole.fields][:2] == ["lp_fit__c", "lp_twice__c"]
    assert [each.fullName for each in whole.validationRules] == ["LP_fit_is_not_negative"]


def test_what_is_read_can_be_deployed_again_and_changes_nothing(metadata: MetadataClient) -> None:
    ready(metadata)
    archive = retrieved(metadata, ALL)
    files = {name: archive.read(name).decode() for name in archive.namelist()}
    stripped = {name.removeprefix("unpackaged/"): text for name, text in files.items()}
    assert "objects/Lead.object" in stripped
    result = metadata.deploy(stripped, stripped.pop("package.xml"))
    assert result.status == "Succeeded", result.details.componentFailures
    changed = [m.fullName for m in result.details.componentSuccesses if m.changed]
    assert changed == ["package.xml"]


def retrieved(metadata: MetadataClient, wanted: dict[str, list[str]]) -> zipfile.ZipFile:
    """The zip of what is named."""
    types = [{"members": names, "name": type_name} for type_name, names in wanted.items()]
    request = {
        "apiVersion": 63.0,
        "singlePackage": True,
        "unpackaged": metadata.made("Package", types=types, version="63.0"),
    }
    begun = metadata.call("retrieve", request)
    result = metadata.call("checkRetrieveStatus", begun.id, True)
    assert (result.done, result.status) == (True, "Succeeded")
    return zipfile.ZipFile(io.BytesIO(result.zipFile))


def test_a_retrieval_tells_what_is_not_there(metadata: MetadataClient) -> None:
    types = [{"members": ["Lead.lp_none__c"], "name": "CustomField"}]
    package = metadata.made("Package", types=types, version="63.0")
    request = {"apiVersion": 63.0, "singlePackage": True, "unpackaged": package}
    result = metadata.call("checkRetrieveStatus", metadata.call("retrieve", request).id, False)
    problem = "Entity of type 'CustomField' named 'Lead.lp_none__c' cannot be found"
    assert [message.problem for message in result.messages] == [problem]
    assert result.zipFile is None


def test_components_are_listed_with_their_files(metadata: MetadataClient) -> None:
    ready(metadata)
    found = metadata.call(
        "listMetadata", [{"type": "CustomField"}, {"type": "PermissionSet"}], 63.0
    )
    listed = {one.fullName: (one.type, one.fileName) for one in found}
    assert listed["Lead.lp_fit__c"] == ("CustomField", "objects/Lead.object")
    assert listed["LP_Sales"] == ("PermissionSet", "permissionsets/LP_Sales.permissionset")
    assert len({one.id for one in found}) == len(found)


def test_single_components_are_created_changed_and_deleted(metadata: MetadataClient) -> None:
    field = metadata.made("CustomField", fullName="Lead.note__c", **TEXT)
    created = metadata.call("createMetadata", [field])[0]
    assert (created.fullName, created.success) == ("Lead.note__c", True)
    again = metadata.call("createMetadata", [field])[0]
    assert (again.success, again.errors[0].statusCode) == (False, "DUPLICATE_DEVELOPER_NAME")
    field.length = 120
    assert metadata.call("updateMetadata", [field])[0].success
    upserted = metadata.call("upsertMetadata", [field])[0]
    assert (upserted.success, upserted.created) == (True, False)
    assert metadata.read("CustomField", "Lead.note__c")[0].length == 120
    assert metadata.call("deleteMetadata", "CustomField", ["Lead.note__c"])[0].success
    gone = metadata.call("deleteMetadata", "CustomField", ["Lead.note__c"])[0]
    assert gone.errors[0].statusCode == "INVALID_CROSS_REFERENCE_KEY"


def test_each_component_of_a_call_stands_for_itself_unless_all_or_none(
    metadata: MetadataClient,
) -> None:
    good = metadata.made("CustomField", fullName="Lead.note__c", **TEXT)
    bad = metadata.made("CustomField", fullName="Lead.worse__c", label="Worse", type="Text")
    header = metadata.wsdl.get_element(f"{{{METADATA}}}AllOrNoneHeader")(allOrNone=True)
    together = metadata.service.createMetadata(
        [good, bad], _soapheaders=[*metadata.headers, header]
    )
    codes = [result.errors[0].statusCode for result in together]
    assert codes == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "FIELD_INTEGRITY_EXCEPTION"]
    apart = metadata.call("createMetadata", [good, bad])
    assert [result.success for result in apart] == [True, False]


def test_too_many_at_once_are_refused(metadata: MetadataClient) -> None:
    with pytest.raises(zeep.exceptions.Fault, match="LIMIT_EXCEEDED"):
        metadata.read("CustomField", *(f"Lead.f{number}__c" for number in range(11)))
    with pytest.raises(zeep.exceptions.Fault, match="LIMIT_EXCEEDED"):
        metadata.call("listMetadata", [{"type": "CustomField"}] * 4, 63.0)


def test_sessions_rights_types_and_the_daily_limit_are_faults(
    metadata: MetadataClient, sandbox: SalesforceSandbox, wsdl: Any
) -> None:
    with pytest.raises(zeep.exceptions.Fault, match="INVALID_TYPE: Unknown type:Flow"):
        metadata.read("Flow", "x")
    with pytest.raises(zeep.exceptions.Fault, match="INSUFFICIENT_ACCESS"):
        client_of(wsdl, sandbox, SALES).read("CustomField", "Lead.x__c")
    sandbox.quota(1)
    metadata.read("CustomField", "Lead.x__c")
    with pytest.raises(zeep.exceptions.Fault, match="TotalRequests Limit exceeded"):
        metadata.read("CustomField", "Lead.x__c")
    sandbox.expire_token()
    with pytest.raises(zeep.exceptions.Fault, match="INVALID_SESSION_ID") as caught:
        metadata.read("CustomField", "Lead.x__c")
    assert caught.value.code == "sf:INVALID_SESSION_ID"


def test_what_is_described_names_folders_and_children(metadata: MetadataClient) -> None:
    described = metadata.call("describeMetadata", 63.0)
    folders = {one.xmlName: (one.directoryName, one.suffix) for one in described.metadataObjects}
    assert folders["CustomObject"] == ("objects", "object")
    assert folders["StandardValueSet"] == ("standardValueSets", "standardValueSet")
    assert "CustomField" not in folders


def test_simple_salesforce_deploys_and_reads(sandbox: SalesforceSandbox) -> None:
    client: Any = simple(sandbox)
    begun = client.deploy(io.BytesIO(packed(lead(FIT))), sandbox=False)
    assert begun["state"] == "Queued"
    while client.checkDeployStatus(begun["asyncId"])["state"] in ("Pending", "InProgress"):
        pass
    done = client.checkDeployStatus(begun["asyncId"])
    assert (done["state"], done["deployment_detail"]["failed_count"]) == ("Succeeded", "0")
    client.mdapi._client.transport.session = client.session
    assert client.mdapi.CustomField.read(["Lead.lp_fit__c"]).label == "Fit"
    wanted = {"CustomField": ["Lead.lp_fit__c"]}
    id, _ = client.mdapi.retrieve("x", unpackaged=wanted)
    state, _, _, archive = client.mdapi.retrieve_zip(id)
    assert state == "Succeeded"
    assert "unpackaged/objects/Lead.object" in zipfile.ZipFile(io.BytesIO(archive)).namelist()


def test_an_entity_of_a_request_is_not_read(sandbox: SalesforceSandbox) -> None:
    attack = """<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>
        <soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>
        <readMetadata xmlns="http://soap.sforce.com/2006/04/metadata"><type>&e;</type>
        </readMetadata></soapenv:Body></soapenv:Envelope>"""
    client = simple(sandbox)
    address = f"{sandbox.url}/services/Soap/m/63.0"
    answer = client.session.post(address, data=attack, timeout=10)
    assert (answer.status_code, "INVALID_SESSION_ID" in answer.text) == (500, True)


XSD = "http://www.w3.org/2001/XMLSchema"


def parts_of(schema: etree._Element, name: str) -> list[etree._Element]:
    """The elements of a type of the WSDL, those of its base first."""
    declared = schema.find(f"{{{XSD}}}complexType[@name='{name}']")
    assert declared is not None
    base = declared.find(f".//{{{XSD}}}extension")
    before = [] if base is None else parts_of(schema, str(base.get("base")).partition(":")[2])
    return before + declared.findall(f".//{{{XSD}}}sequence/{{{XSD}}}element")


def shapes(shape: Shape) -> list[Shape]:
    """A shape and those within it."""
    within = [part.kind for part in shape.parts if isinstance(part.kind, Shape)]
    return [shape, *(each for one in within for each in shapes(one))]


@pytest.mark.parametrize("type_name", SHAPES)
def test_shapes_are_those_of_the_wsdl(type_name: str) -> None:
    path = wsdl_path()
    assert path is not None
    schema = etree.parse(path).find(f".//{{{XSD}}}schema")
    assert schema is not None
    for shape in shapes(SHAPES[type_name]):
        declared = {str(part.get("name")): part for part in parts_of(schema, shape.name)}
        ours = [part.name for part in shape.parts]
        assert ours == [name for name in declared if name in ours]
        for part in shape.parts:
            element = declared[part.name]
            assert part.many == (element.get("maxOccurs") == "unbounded"), part.name
            if isinstance(part.kind, Enum):
                found = schema.findall(
                    f"{{{XSD}}}simpleType[@name='{part.kind.name}']//{{{XSD}}}enumeration"
                )
                assert {str(each.get("value")) for each in found} == set(part.kind.words)
            elif isinstance(part.kind, str) and str(element.get("type")).startswith("xsd:"):
                assert element.get("type") == f"xsd:{part.kind}", part.name

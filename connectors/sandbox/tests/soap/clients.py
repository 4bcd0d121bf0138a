"""Real clients of the SOAP APIs, and the files that they send."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
import zeep
from lxml import etree
from simple_salesforce.api import Salesforce

from leadpolicy_sandbox.salesforce.server import ADMIN, SalesforceSandbox
from leadpolicy_sandbox.salesforce.soap.wsdl import wsdl_path

METADATA = "http://soap.sforce.com/2006/04/metadata"
OPTIONS = {
    "allowMissingFiles": False,
    "autoUpdatePackage": False,
    "checkOnly": False,
    "ignoreWarnings": False,
    "performRetrieve": False,
    "purgeOnDelete": False,
    "rollbackOnError": True,
    "singlePackage": True,
    "testLevel": "NoTestRun",
}
FIT = """<fields><fullName>lp_fit__c</fullName><externalId>false</externalId><label>Fit</label>
<precision>18</precision><required>false</required><scale>2</scale><type>Number</type>
<unique>false</unique></fields>"""
TWICE = """<fields><fullName>lp_twice__c</fullName><formula>lp_fit__c * 2</formula>
<formulaTreatBlanksAs>BlankAsBlank</formulaTreatBlanksAs><label>Twice</label>
<precision>18</precision><scale>2</scale><type>Number</type></fields>"""
REASON = """<fields><fullName>sales_feedback__c</fullName><label>Feedback</label>
<type>Picklist</type><valueSet><restricted>true</restricted><valueSetDefinition>
<sorted>false</sorted>
<value><fullName>no_budget</fullName><default>false</default><label>No budget</label></value>
<value><fullName>too_early</fullName><default>false</default><label>Too early</label></value>
</valueSetDefinition></valueSet></fields>"""
RULE = """<validationRules><fullName>LP_fit_is_not_negative</fullName><active>true</active>
<errorConditionFormula>lp_fit__c &lt; 0</errorConditionFormula>
<errorMessage>The fit cannot be negative</errorMessage></validationRules>"""


def document(type_name: str, content: str) -> str:
    """A component file."""
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f'{head}<{type_name} xmlns="{METADATA}">{content}</{type_name}>'


def lead(*parts: str) -> dict[str, str]:
    """The file of the Lead object with these parts."""
    return {"objects/Lead.object": document("CustomObject", "\n".join(parts))}


def rights(name: str, *fields: str, editable: bool = True) -> dict[str, str]:
    """The file of a permission set that shows fields of Lead."""
    granted = "".join(
        f"<fieldPermissions><editable>{str(editable).lower()}</editable>"
        f"<field>Lead.{field}</field><readable>true</readable></fieldPermissions>"
        for field in fields
    )
    content = f"{granted}<hasActivationRequired>false</hasActivationRequired><label>{name}</label>"
    return {f"permissionsets/{name}.permissionset": document("PermissionSet", content)}


def manifest(members: Mapping[str, tuple[str, ...]]) -> str:
    """A `package.xml` or a list of deletions."""
    types = "".join(
        "<types>"
        + "".join(f"<members>{name}</members>" for name in names)
        + f"<name>{type_name}</name></types>"
        for type_name, names in members.items()
    )
    return document("Package", f"{types}<version>63.0</version>")


EVERYTHING = manifest(
    dict.fromkeys(
        (
            *("CustomObject", "CustomField", "ValidationRule", "PermissionSet"),
            *("StandardValueSet", "GlobalValueSet", "CustomPermission"),
        ),
        ("*",),
    )
)


def packed(files: Mapping[str, str], package: str = EVERYTHING) -> bytes:
    """A zip of files and a manifest."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in {"package.xml": package, **files}.items():
            archive.writestr(name, text)
    return buffer.getvalue()


@dataclass
class MetadataClient:
    """Speaks the Metadata API with zeep, by the WSDL of Salesforce."""

    service: Any
    headers: list[Any]
    wsdl: Any

    def call(self, operation: str, *arguments: Any, **named: Any) -> Any:
        """Call an operation within the session; headers of the answer are left out."""
        answer = self.service[operation](*arguments, _soapheaders=self.headers, **named)
        return answer.body.result if hasattr(answer, "body") else answer

    def made(self, type_name: str, **values: Any) -> Any:
        """An object of a metadata type."""
        return self.wsdl.get_type(f"{{{METADATA}}}{type_name}")(**values)

    def deploy(self, files: Mapping[str, str], package: str = EVERYTHING, **options: Any) -> Any:
        """Deploy files and wait for the result."""
        begun = self.call("deploy", packed(files, package), {**OPTIONS, **options})
        return self.wait(begun.id)

    def wait(self, id: str) -> Any:
        """Wait for a deployment."""
        while True:
            result = self.call("checkDeployStatus", id, True)
            if result.done:
                return result

    def read(self, type_name: str, *names: str) -> list[Any]:
        """Read components."""
        return list(self.call("readMetadata", type_name, list(names)))


def client_of(wsdl: Any, sandbox: SalesforceSandbox, username: str = ADMIN) -> MetadataClient:
    """A client that is logged in as a user."""
    address = f"{sandbox.url}/services/Soap/m/63.0"
    service = wsdl.create_service(f"{{{METADATA}}}MetadataBinding", address)
    header = wsdl.get_element(f"{{{METADATA}}}SessionHeader")
    return MetadataClient(service, [header(sessionId=sandbox.session(username))], wsdl)


def open_wsdl() -> Any:
    """A zeep client with the WSDL of the Metadata API."""
    path = wsdl_path()
    assert path is not None
    read: Any = zeep.Client
    return read(path.as_uri())


def partner(sandbox: SalesforceSandbox, operation: str, body: str, **how: Any) -> etree._Element:
    """Send a request to the Partner API and return the body of the answer."""
    session = how.get("session", sandbox.session(ADMIN))
    envelope = f"""<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"
        xmlns:urn="urn:partner.soap.sforce.com" xmlns:obj="urn:sobject.partner.soap.sforce.com">
        <soapenv:Header><urn:SessionHeader><urn:sessionId>{session}</urn:sessionId>
        </urn:SessionHeader></soapenv:Header>
        <soapenv:Body><urn:{operation}>{body}</urn:{operation}></soapenv:Body>
        </soapenv:Envelope>"""
    answer = requests.post(
        f"{sandbox.url}/services/Soap/u/{how.get('version', '63.0')}",
        data=envelope,
        headers={"Content-Type": "text/xml", "SOAPAction": operation},
        timeout=10,
    )
    root = etree.fromstring(answer.content)
    assert answer.status_code == (500 if root.find(".//faultcode") is not None else 200)
    return root[-1][0]


def told(element: etree._Element, name: str) -> list[str | None]:
    """The texts of all parts of that name, in whichever namespace."""
    return [part.text for part in element.iter(f"{{*}}{name}")]


class PlainHttp(requests.adapters.HTTPAdapter):
    """Carries what a client sends to some host by https to a sandbox, which speaks http."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def send(self, request: requests.PreparedRequest, *rest: Any, **named: Any) -> Any:
        """Send a request."""
        parts = urlsplit(str(request.url))
        request.url = urlunsplit((*urlsplit(self._url)[:2], *parts[2:]))
        return super().send(request, *rest, **named)


def simple(sandbox: SalesforceSandbox, username: str = ADMIN) -> Salesforce:
    """A client of simple-salesforce that is logged in as a user."""
    session = requests.Session()
    session.mount("https://", PlainHttp(sandbox.url))
    return Salesforce(
        instance_url=sandbox.url.replace("http://", "https://"),
        session_id=sandbox.session(username),
        session=session,
        version="63.0",
    )

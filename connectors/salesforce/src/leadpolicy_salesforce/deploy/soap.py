"""The three calls of the Metadata API that a deploy needs, over the wire of the connector.

The envelopes are written here and held to Salesforce's own schema by tests: a client made from the
WSDL would drop what it does not know from a permission set that is read to be sent back.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from typing import Final, Protocol

import requests
from lxml import etree

from leadpolicy.crm.connector import AnswerLostError, ConnectorError
from leadpolicy_salesforce.errors import SessionEndedError, no_answer, refused
from leadpolicy_salesforce.metadata.schema import api_version
from leadpolicy_salesforce.metadata.xml import (
    NAMESPACE,
    SPACES,
    build,
    local,
    read,
    request,
    value_of,
)

READ_MAX: Final = 10
"""Components that one call reads, as Salesforce allows."""
_SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
_HEADERS: Final = {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""'}
_CLIENT: Final = "leadpolicy/deploy"
_UNKNOWN: Final = "UNKNOWN_EXCEPTION"


class Line(Protocol):
    """The part of the connector's wire that carries these calls."""

    @property
    def http(self) -> requests.Session:
        """The session over HTTP, which has deadlines of its own."""

    @property
    def instance(self) -> str:
        """The address of the org."""

    @property
    def session_id(self) -> str:
        """The session of the login."""

    def renew(self, ended: str) -> object:
        """Log in again after a session has ended."""


def read_metadata(line: Line, type_: str, names: Sequence[str]) -> dict[str, etree._Element]:
    """Return components of one type by full name; those that are not there are left out.

    Every ten names take one call.
    """
    found: dict[str, etree._Element] = {}
    for start in range(0, len(names), READ_MAX):
        some = names[start : start + READ_MAX]
        result = ask(line, request("readMetadata", type=type_, fullNames=some))
        for record in result.iter(f"{{{NAMESPACE}}}records"):
            name = value_of(record, "fullName")
            if name:
                found[name] = record
    return found


def send_deploy(line: Line, archive: bytes, *, check_only: bool) -> str:
    """Start a deploy of an archive, all or nothing, and return its id."""
    options = build(
        "DeployOptions",
        allowMissingFiles=False,
        autoUpdatePackage=False,
        checkOnly=check_only,
        ignoreWarnings=True,
        performRetrieve=False,
        purgeOnDelete=False,
        rollbackOnError=True,
        singlePackage=True,
        testLevel="NoTestRun",
    )
    content = b64encode(archive).decode("ascii")
    return _id(ask(line, request("deploy", ZipFile=content, DeployOptions=options)))


def _id(result: etree._Element) -> str:
    found = value_of(result, "id")
    if not found:
        raise AnswerLostError("Salesforce does not say which deploy it has begun")
    return found


def deploy_status(line: Line, deploy: str) -> etree._Element:
    """Return how a deploy stands, with every component that failed."""
    asked = request("checkDeployStatus", asyncProcessId=deploy, includeDetails=True)
    return ask(line, asked)


def ask(line: Line, asked: etree._Element) -> etree._Element:
    """Make one call and return its `result`; a session that has ended is renewed once."""
    session = line.session_id
    try:
        return _once(line, asked, session)
    except SessionEndedError:
        line.renew(session)
    return _once(line, asked, line.session_id)


def envelope(asked: etree._Element, session: str) -> bytes:
    """Return a request as it goes out."""
    root = etree.Element(f"{{{_SOAP}}}Envelope", nsmap={**SPACES, "soapenv": _SOAP})
    header = etree.SubElement(root, f"{{{_SOAP}}}Header")
    header.append(build("SessionHeader", sessionId=session))
    header.append(build("CallOptions", client=_CLIENT))
    etree.SubElement(root, f"{{{_SOAP}}}Body").append(asked)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _once(line: Line, asked: etree._Element, session: str) -> etree._Element:
    url = f"{line.instance}/services/Soap/m/{api_version()}"
    body = envelope(asked, session)
    try:
        answer = line.http.post(url, data=body, headers=_HEADERS, allow_redirects=False)
    except requests.RequestException as error:
        host = line.instance.removeprefix("https://")
        raise no_answer(error, host, logged_in=True) from None
    return _result(answer, local(asked))


def _result(answer: requests.Response, operation: str) -> etree._Element:
    try:
        root = read(answer.content)
    except ValueError:
        if answer.ok:
            raise AnswerLostError("the answer of Salesforce is cut or is no XML") from None
        raise refused(answer.status_code, answer.headers, answer.text, data=False) from None
    fault = root.find(f".//{{{_SOAP}}}Fault")
    if fault is not None:
        raise _refusal(fault, answer)
    result = root.find(f".//{{{NAMESPACE}}}{operation}Response")
    if result is None:
        raise AnswerLostError(f"Salesforce does not answer `{operation}`")
    found = result.find(f"{{{NAMESPACE}}}result")
    return result if found is None else found


def _refusal(fault: etree._Element, answer: requests.Response) -> ConnectorError:
    """Return what a fault means; one that nobody knows may have come after the work was done."""
    code = (fault.findtext("faultcode") or "").rpartition(":")[2]
    message = (fault.findtext("faultstring") or "").removeprefix(f"{code}: ")
    status = 500 if code in {"", _UNKNOWN} else 400
    told = json.dumps([{"errorCode": code, "message": message}])
    return refused(status, answer.headers, told, data=False)

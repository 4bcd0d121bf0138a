"""Deployments and retrievals in the form of their answers, in the order of the WSDL."""

from __future__ import annotations

import base64
from datetime import datetime

from leadpolicy_sandbox.salesforce.org import Org
from leadpolicy_sandbox.salesforce.org.schema import User
from leadpolicy_sandbox.salesforce.soap.applying import Message
from leadpolicy_sandbox.salesforce.soap.components import KINDS
from leadpolicy_sandbox.salesforce.soap.deploys import Deploy
from leadpolicy_sandbox.salesforce.soap.envelope import Content
from leadpolicy_sandbox.salesforce.soap.kinds import Kind
from leadpolicy_sandbox.salesforce.soap.retrieves import Retrieve

_EMPTY_TESTS: dict[str, Content] = {"numFailures": 0, "numTestsRun": 0, "totalTime": 0.0}


def moment(when: datetime) -> str:
    """A moment in UTC as the API writes it."""
    return when.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def started(deploy_id: str) -> dict[str, Content]:
    """The AsyncResult of a call that has only begun."""
    return {"done": False, "id": deploy_id, "state": "Queued"}


def deploy_result(deploy: Deploy, *, details: bool) -> dict[str, Content]:
    """The DeployResult of a deployment as it stands."""
    failures = [each for each in deploy.failures if each.type or each.problem]
    saved = [each for each in deploy.successes if each.type]
    result: dict[str, Content] = {}
    if deploy.canceled_by is not None:
        result |= {"canceledBy": deploy.canceled_by.id, "canceledByName": deploy.canceled_by.name}
    result["checkOnly"] = deploy.options.check_only
    if deploy.completed is not None:
        result["completedDate"] = moment(deploy.completed)
    result |= {
        "createdBy": deploy.user.id,
        "createdByName": deploy.user.name,
        "createdDate": moment(deploy.created),
        "details": _details(deploy) if details else {},
        "done": deploy.done,
        "id": deploy.id,
        "ignoreWarnings": deploy.options.ignore_warnings,
        "lastModifiedDate": moment(deploy.completed or deploy.created),
        "numberComponentErrors": len(failures),
        "numberComponentsDeployed": len(saved),
        "numberComponentsTotal": len(failures) + len(saved),
        "numberTestErrors": 0,
        "numberTestsCompleted": 0,
        "numberTestsTotal": 0,
        "rollbackOnError": deploy.options.rollback_on_error,
        "runTestsEnabled": deploy.options.test_level not in ("", "NoTestRun"),
        "startDate": moment(deploy.created),
        "status": deploy.status,
        "success": deploy.status == "Succeeded",
    }
    return result


def _details(deploy: Deploy) -> dict[str, Content]:
    if not deploy.done:
        return {"runTestResult": _EMPTY_TESTS}
    when = moment(deploy.completed or deploy.created)
    return {
        "componentFailures": [_message(each, when) for each in deploy.failures],
        "componentSuccesses": [_message(each, when) for each in deploy.successes],
        "runTestResult": _EMPTY_TESTS,
    }


def _message(message: Message, when: str) -> dict[str, Content]:
    parts: dict[str, Content] = {"changed": message.changed}
    wrong = not message.success and message.spot.line > 0
    if wrong and message.spot.column:
        parts["columnNumber"] = message.spot.column
    parts |= {
        "componentType": message.type,
        "created": message.created,
        "createdDate": when,
        "deleted": message.deleted,
        "fileName": message.file,
        "fullName": message.name,
    }
    if wrong:
        parts["lineNumber"] = message.spot.line
    if message.problem is not None:
        parts["problem"] = message.problem
        parts["problemType"] = "Warning" if message.warning else "Error"
    parts["success"] = message.success
    return parts


def retrieve_result(org: Org, retrieve: Retrieve, *, with_zip: bool) -> dict[str, Content]:
    """The RetrieveResult of a retrieval; without its zip where that is not wanted."""
    files = [
        file_properties(org, retrieve.user, KINDS[type_name], name, "unpackaged/")
        for type_name, name in retrieve.found
    ]
    return {
        "done": True,
        "fileProperties": files,
        "id": retrieve.id,
        "messages": [
            {"fileName": "unpackaged/package.xml", "problem": problem}
            for problem in retrieve.missing
        ],
        "status": "Succeeded",
        "success": True,
        "zipFile": base64.b64encode(retrieve.data).decode() if with_zip else None,
    }


def file_properties(
    org: Org, user: User, kind: Kind, name: str, folder: str = ""
) -> dict[str, Content]:
    """The FileProperties of one component."""
    when = moment(org.state.clock.second())
    return {
        "createdById": user.id,
        "createdByName": user.name,
        "createdDate": when,
        "fileName": f"{folder}{kind.file(name)}",
        "fullName": name,
        "id": kind.ident(org, name),
        "lastModifiedById": user.id,
        "lastModifiedByName": user.name,
        "lastModifiedDate": when,
        "manageableState": "unmanaged",
        "type": kind.type,
    }

"""The operations of the Metadata API."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

from lxml import etree

from leadpolicy_sandbox.salesforce.org import Org
from leadpolicy_sandbox.salesforce.org.schema import User
from leadpolicy_sandbox.salesforce.soap import saving
from leadpolicy_sandbox.salesforce.soap.applying import Options
from leadpolicy_sandbox.salesforce.soap.components import KINDS, kind_of
from leadpolicy_sandbox.salesforce.soap.deploys import Deploys
from leadpolicy_sandbox.salesforce.soap.envelope import (
    Content,
    Envelope,
    SoapError,
    child,
    child_text,
    children,
    is_true,
)
from leadpolicy_sandbox.salesforce.soap.reading import in_order
from leadpolicy_sandbox.salesforce.soap.retrieves import Retrieves
from leadpolicy_sandbox.salesforce.soap.rights import may_customize
from leadpolicy_sandbox.salesforce.soap.shapes import SHAPES
from leadpolicy_sandbox.salesforce.soap.statuses import (
    deploy_result,
    file_properties,
    retrieve_result,
    started,
)

READ_LIMIT = 10
"""Components of one type that `readMetadata` and the calls that save take at once."""

LIST_LIMIT = 3
"""Queries that `listMetadata` takes at once."""


class MetadataApi:
    """What the Metadata API does with one org; every operation answers its `result`."""

    def __init__(self, org: Org, deploys: Deploys) -> None:
        self.org = org
        self.deploys = deploys
        self.retrieves = Retrieves(org)
        self._operations: dict[str, Callable[[User, Envelope], Content]] = {
            "deploy": self._deploy,
            "checkDeployStatus": self._check_deploy,
            "cancelDeploy": self._cancel_deploy,
            "readMetadata": self._read,
            "listMetadata": self._list,
            "createMetadata": self._create,
            "updateMetadata": self._update,
            "upsertMetadata": self._upsert,
            "deleteMetadata": self._delete,
            "retrieve": self._retrieve,
            "checkRetrieveStatus": self._check_retrieve,
            "describeMetadata": self._describe,
        }

    def call(self, user: User, asked: Envelope) -> Content:
        """Answer one operation; raises SoapError."""
        operation = self._operations.get(asked.operation)
        if operation is None:
            raise SoapError(
                "soapenv:Client", f"No operation available for request {asked.body.tag}"
            )
        if not may_customize(self.org, user):
            raise SoapError(
                "INSUFFICIENT_ACCESS",
                "use of the Metadata API requires a user with the ModifyAllData or ModifyMetadata "
                "permissions",
            )
        with self.org.state.lock:
            return operation(user, asked)

    def _deploy(self, user: User, asked: Envelope) -> Content:
        try:
            data = base64.b64decode(asked.text("ZipFile") or "", validate=False)
        except binascii.Error:
            raise SoapError("INVALID_FIELD", "ZipFile is not base64") from None
        deploy = self.deploys.start(user, data, _options(child(asked.body, "DeployOptions")))
        return started(deploy.id)

    def _check_deploy(self, user: User, asked: Envelope) -> Content:
        deploy = self.deploys.check(asked.text("asyncProcessId") or "")
        return deploy_result(deploy, details=is_true(asked.text("includeDetails")))

    def _cancel_deploy(self, user: User, asked: Envelope) -> Content:
        deploy = self.deploys.cancel(asked.text("String") or "", user)
        return {"done": deploy.done, "id": deploy.id}

    def _read(self, user: User, asked: Envelope) -> Content:
        type_name, names = asked.text("type") or "", asked.texts("fullNames")
        kind = kind_of(type_name)
        _at_most(READ_LIMIT, len(names))
        return {"records": [self._record(kind.type, name) for name in names]}

    def _record(self, type_name: str, name: str) -> Content:
        values = KINDS[type_name].read(self.org, name)
        ordered = in_order(values, SHAPES[type_name]) if values is not None else {}
        return {"xsi:type": type_name, **ordered}

    def _list(self, user: User, asked: Envelope) -> Content:
        queries = children(asked.body, "queries")
        _at_most(LIST_LIMIT, len(queries))
        kinds = [kind_of(child_text(query, "type") or "") for query in queries]
        return [
            file_properties(self.org, user, kind, name)
            for kind in kinds
            for name in kind.names(self.org)
        ]

    def _create(self, user: User, asked: Envelope) -> Content:
        return self._save(user, asked, saving.create)

    def _update(self, user: User, asked: Envelope) -> Content:
        return self._save(user, asked, saving.update)

    def _upsert(self, user: User, asked: Envelope) -> Content:
        return self._save(user, asked, saving.upsert)

    def _save(self, user: User, asked: Envelope, saver: saving.Saver) -> Content:
        given = children(asked.body, "metadata")
        _at_most(READ_LIMIT, len(given))
        items = [saving.Item.of(element) for element in given]
        results = saving.save_all(self.org, user, items, saver, together=_together(asked))
        return [result.content(upsert=asked.operation == "upsertMetadata") for result in results]

    def _delete(self, user: User, asked: Envelope) -> Content:
        kind, names = kind_of(asked.text("type") or ""), asked.texts("fullNames")
        _at_most(READ_LIMIT, len(names))
        items = [saving.Item(kind.type, name, {}) for name in names]
        results = saving.save_all(self.org, user, items, saving.delete, together=_together(asked))
        return [result.content(upsert=False) for result in results]

    def _retrieve(self, user: User, asked: Envelope) -> Content:
        request = child(asked.body, "retrieveRequest")
        if request is None:
            raise SoapError("soapenv:Client", "Required field is missing: retrieveRequest")
        wanted = child(request, "unpackaged")
        named = [] if wanted is None else _named(wanted)
        version = child_text(request, "apiVersion") or ""
        return started(self.retrieves.start(user, named, version).id)

    def _check_retrieve(self, user: User, asked: Envelope) -> Content:
        retrieve = self.retrieves.find(asked.text("asyncProcessId") or "")
        with_zip = asked.text("includeZip")
        return retrieve_result(self.org, retrieve, with_zip=with_zip is None or is_true(with_zip))

    def _describe(self, user: User, asked: Envelope) -> Content:
        objects: list[Content] = []
        for kind in KINDS.values():
            if kind.suffix:
                parts: dict[str, Content] = {"childXmlNames": list(kind.children)}
                parts |= {"directoryName": kind.folder, "inFolder": False, "metaFile": False}
                objects.append(parts | {"suffix": kind.suffix, "xmlName": kind.type})
        return {
            "metadataObjects": objects,
            "organizationNamespace": "",
            "partialSaveAllowed": True,
            "testRequired": False,
        }


def _together(asked: Envelope) -> bool:
    return asked.header_flag("AllOrNoneHeader", "allOrNone")


def _named(wanted: etree._Element) -> list[tuple[str, str]]:
    return [
        (child_text(types, "name") or "", (member.text or "").strip())
        for types in children(wanted, "types")
        for member in children(types, "members")
    ]


def _at_most(limit: int, count: int) -> None:
    if count > limit:
        raise SoapError(
            "LIMIT_EXCEEDED",
            f"record limit reached. cannot submit more than {limit} records in this operation",
        )


def _options(element: etree._Element | None) -> Options:
    if element is None:
        return Options()
    flags = {local: is_true(child_text(element, local)) for local in _FLAGS}
    return Options(
        **{name: flags[local] for local, name in _FLAGS.items()},
        test_level=child_text(element, "testLevel") or "",
    )


_FLAGS = {
    "checkOnly": "check_only",
    "rollbackOnError": "rollback_on_error",
    "singlePackage": "single_package",
    "purgeOnDelete": "purge_on_delete",
    "ignoreWarnings": "ignore_warnings",
    "allowMissingFiles": "allow_missing_files",
}

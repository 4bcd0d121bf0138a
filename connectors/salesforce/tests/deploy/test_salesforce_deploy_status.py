from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from lxml import etree

from leadpolicy.crm.connector import (
    AccessError,
    AnswerLostError,
    BusyError,
    ConnectorError,
    QuotaError,
    ThrottledError,
)
from leadpolicy_salesforce.deploy.checking import explained
from leadpolicy_salesforce.deploy.running import LONGEST_PAUSE, Deploys, Failure, Outcome
from leadpolicy_salesforce.deploy.soap import envelope, read_metadata
from leadpolicy_salesforce.metadata.package import Component, Package
from leadpolicy_salesforce.metadata.schema import problems
from leadpolicy_salesforce.metadata.xml import NAMESPACE, build

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"


@dataclass
class Clock:
    """A clock that moves only while somebody waits."""

    passed: float = 0.0
    pauses: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        self.passed += seconds
        self.pauses.append(seconds)


class Line(requests.Session):
    """A line whose answers are written down before; the last one is given again and again."""

    instance, session_id, renewals = "https://org.example", "secret", 0
    http: requests.Session

    def __init__(self, *answers: str | Exception | tuple[int, str]) -> None:
        super().__init__()
        self.answers, self.sent = list(answers), list[bytes]()
        self.http = self

    def renew(self, ended: str) -> object:
        self.renewals += 1
        return self

    def post(self, url: Any, data: Any = None, *_: Any, **__: Any) -> requests.Response:
        self.sent.append(data)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        response = requests.Response()
        response.status_code, text = answer if isinstance(answer, tuple) else (200, answer)
        response._content = text.encode()
        return response


def told(operation: str, content: str) -> str:
    body = (
        f'<{operation}Response xmlns="{NAMESPACE}"><result>{content}</result></{operation}Response>'
    )
    return f'<e:Envelope xmlns:e="{SOAP}"><e:Body>{body}</e:Body></e:Envelope>'


def fault(code: str, message: str) -> tuple[int, str]:
    text = f"<faultcode>sf:{code}</faultcode><faultstring>{code}: {message}</faultstring>"
    return (
        500,
        f'<e:Envelope xmlns:e="{SOAP}"><e:Body><e:Fault>{text}</e:Fault></e:Body></e:Envelope>',
    )


BEGUN = told("deploy", "<id>0Af000000000001AAA</id>")
RUNNING = told("checkDeployStatus", "<done>false</done><status>InProgress</status>")
DONE = told(
    "checkDeployStatus", "<done>true</done><status>Succeeded</status><success>true</success>"
)


def run(*answers: str | Exception | tuple[int, str], check_only: bool = False) -> Outcome:
    return Deploys(Line(*answers), Clock(), 600.0).run(b"zip", check_only=check_only)


def test_a_deploy_is_asked_after_with_growing_pauses_until_it_is_done() -> None:
    clock = Clock()
    found = Deploys(Line(BEGUN, *[RUNNING] * 20, DONE), clock, 600.0).run(b"zip", check_only=False)
    assert found.success
    assert clock.pauses == sorted(clock.pauses)
    assert max(clock.pauses) == LONGEST_PAUSE


def test_a_deploy_that_does_not_end_may_have_taken_effect_and_a_check_may_not() -> None:
    with pytest.raises(AnswerLostError, match="0Af000000000001AAA"):
        run(BEGUN, RUNNING)
    with pytest.raises(BusyError, match="0Af000000000001AAA"):
        run(BEGUN, RUNNING, check_only=True)


def test_a_deploy_whose_status_cannot_be_asked_for_may_have_taken_effect() -> None:
    with pytest.raises(AnswerLostError, match="0Af000000000001AAA"):
        run(BEGUN, fault("SERVER_UNAVAILABLE", "busy"))
    with pytest.raises(BusyError):
        run(BEGUN, fault("SERVER_UNAVAILABLE", "busy"), check_only=True)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (fault("INSUFFICIENT_ACCESS", "no"), AccessError),
        (fault("INVALID_SESSION_ID", "ended"), AccessError),
        (fault("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), QuotaError),
        (fault("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests Limit exceeded."), ThrottledError),
        (fault("SERVER_UNAVAILABLE", "busy"), BusyError),
        (fault("UNKNOWN_EXCEPTION", "oops"), AnswerLostError),
        (fault("INVALID_TYPE", "no such type"), ConnectorError),
        ((503, "<html>"), BusyError),
        ((200, "<cut"), AnswerLostError),
        ((200, told("other", "")), AnswerLostError),
        (told("deploy", ""), AnswerLostError),
        (requests.ReadTimeout("late"), AnswerLostError),
        (requests.ConnectTimeout("away"), BusyError),
    ],
)
def test_each_refusal_has_the_class_that_says_what_may_have_happened(
    answer: str | Exception | tuple[int, str], error: type[ConnectorError]
) -> None:
    with pytest.raises(error) as caught:
        run(answer)
    assert "secret" not in str(caught.value)


def test_a_session_is_renewed_once_and_no_more() -> None:
    line = Line(fault("INVALID_SESSION_ID", "ended"), told("readMetadata", ""))
    assert read_metadata(line, "CustomField", ["Lead.a__c"]) == {}
    assert line.renewals == 1
    line = Line(fault("INVALID_SESSION_ID", "ended"))
    with pytest.raises(AccessError):
        read_metadata(line, "CustomField", ["Lead.a__c"])
    assert (line.renewals, len(line.sent)) == (1, 2)


def test_ten_components_are_read_in_one_call_and_those_that_lack_are_left_out() -> None:
    record = "<records><fullName>Lead.a__c</fullName></records><records/>"
    line = Line(told("readMetadata", record), told("readMetadata", ""))
    found = read_metadata(line, "CustomField", [f"Lead.{letter}__c" for letter in "abcdefghijk"])
    assert list(found) == ["Lead.a__c"]
    assert len(line.sent) == 2


def test_what_is_sent_fits_the_schema_and_is_all_or_nothing() -> None:
    line = Line(BEGUN, DONE)
    Deploys(line, Clock(), 600.0).run(b"zip", check_only=True)
    for sent in line.sent:
        (asked,) = next(etree.fromstring(sent).iter("{*}Body"))
        assert problems(etree.tostring(asked)) == ()
    assert b"<rollbackOnError>true" in line.sent[0]
    assert b"<checkOnly>true" in line.sent[0]
    assert envelope(build("describeMetadata"), "s").count(b"sessionId") == 2


FAILED = """<done>true</done><status>Failed</status><success>false</success><details>
<componentFailures><changed>false</changed><componentType>CustomField</componentType>
<fileName>objects/Lead.object</fileName><fullName>Lead.a__c</fullName>
<problem>bad formula</problem><success>false</success></componentFailures></details>"""


def test_failures_are_told_by_the_part_that_they_come_from() -> None:
    outcome = run(BEGUN, told("checkDeployStatus", FAILED), check_only=True)
    element = build("CustomField")
    package = Package((Component("CustomField", "Lead.a__c", element, ("column lead.a",)),))
    assert explained(outcome, package) == {"column lead.a": "Salesforce: bad formula"}
    with pytest.raises(ConnectorError, match="bad formula"):
        explained(outcome, Package())
    with pytest.raises(ConnectorError, match="no time"):
        explained(Outcome(False, (), "no time"), package)


def test_a_permission_set_is_told_of_only_where_it_fails_by_itself() -> None:
    element = build("CustomField")
    package = Package(
        (
            Component("CustomField", "Lead.a__c", element, ("column lead.a",)),
            Component("PermissionSet", "Set", element, ("permission sales:lead.b",)),
        )
    )
    field_, set_ = (
        Failure("CustomField", "Lead.a__c", "", "bad"),
        Failure("PermissionSet", "Set", "", "no"),
    )
    assert set(explained(Outcome(False, (field_, set_)), package)) == {"column lead.a"}
    assert set(explained(Outcome(False, (set_,)), package)) == {"permission sales:lead.b"}

"""The practice Salesforce as a server: it starts and stops, alone and in numbers."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from connectors.sandbox.tests.rest.conftest import with_fields
from connectors.sandbox.tests.rest.plain import connect

from leadpolicy.crm.errors import CrmError
from leadpolicy_sandbox.__main__ import main
from leadpolicy_sandbox.salesforce.running import start
from leadpolicy_sandbox.salesforce.server import SalesforceSandbox
from leadpolicy_sandbox.salesforce.site import Call


def test_many_run_at_once_and_know_nothing_of_each_other() -> None:
    sandboxes = [with_fields(SalesforceSandbox()).start() for _ in range(5)]
    try:
        for number, sandbox in enumerate(sandboxes):
            for _ in range(number):
                connect(sandbox).Lead.create({"LastName": "x", "Company": "y"})
        totals = [connect(one).query("SELECT COUNT() FROM Lead")["totalSize"] for one in sandboxes]
        assert totals == [0, 1, 2, 3, 4]
    finally:
        for sandbox in sandboxes:
            sandbox.stop()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(sandboxes[0].url.rpartition(":")[2]))) != 0


def test_several_threads_may_call_at_once() -> None:
    with with_fields(SalesforceSandbox()) as sandbox:
        clients = [connect(sandbox) for _ in range(4)]

        def work(number: int) -> None:
            for step in range(5):
                key = f"lp_key__c/{number}-{step}"
                clients[number].Lead.upsert(key, {"LastName": "x", "Company": "y"})

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(4)))
        assert clients[0].query("SELECT COUNT() FROM Lead")["totalSize"] == 20
        assert (sandbox.writes, sandbox.logins) == (20, 4)


def test_connections_are_kept_open() -> None:
    with SalesforceSandbox() as sandbox:
        wire = http.client.HTTPConnection(sandbox.url.removeprefix("http://"), timeout=5)
        for _ in range(3):
            wire.request("GET", "/services/data")
            answer = wire.getresponse()
            assert answer.status == 200
            answer.read()
            local = wire.sock.getsockname()
        assert wire.sock.getsockname() == local
        wire.close()
        assert sandbox.log == [Call("GET", "/services/data", 200, "")] * 3


def test_stopping_twice_is_harmless() -> None:
    sandbox = SalesforceSandbox().start()
    sandbox.stop()
    sandbox.stop()


def test_a_practice_org_has_leads_and_says_what_to_type(capsys: pytest.CaptureFixture[str]) -> None:
    crm = start(port=0, leads=7, seed=3)
    try:
        sf = connect(crm.sandbox)
        assert sf.query("SELECT COUNT() FROM Lead")["totalSize"] == 7
        hints = crm.hints("b2b-de")
        assert hints[0].startswith("export LEADPOLICY_SALESFORCE_CONSUMER_KEY=")
        assert any(crm.url in hint and "plan --policy b2b-de" in hint for hint in hints)
        port = crm.url.rpartition(":")[2]
        with pytest.raises(CrmError, match=f"cannot listen on port {port}"):
            start(port=int(port), leads=0)
        assert main(["salesforce", "--port", port, "--leads", "0"]) == 1
        assert f"cannot listen on port {port}" in capsys.readouterr().err
    finally:
        crm.close()
        crm.close()


def test_it_can_be_started_as_a_module_and_interrupted() -> None:
    command = [sys.executable, "-m", "leadpolicy_sandbox", "salesforce", "--port=0", "--leads=1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert "with 1 leads listens at http://127.0.0.1:" in running.stdout.readline()
        running.send_signal(2)
        assert running.stdout.read().endswith("ended\n")
        assert running.wait(10) == 0

"""Calls to Salesforce's API, counted by the practice org as Salesforce bills them.

Each line stands beside the fewest calls that the API's own limits allow for the same work. Prints
a table, and exits with 1 where an unchanged sync costs more than three calls.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from leadpolicy.cli.deployment import Deployment, deployed
from leadpolicy.cli.syncing import synchronise
from leadpolicy.crm.apply import apply
from leadpolicy.crm.plan import propose
from leadpolicy.crm.store import SqliteStore, Store
from leadpolicy_sandbox.salesforce.org.samples import load_samples
from leadpolicy_sandbox.salesforce.server import SalesforceSandbox

LEADS = 10_000
AT = datetime.now(UTC).replace(microsecond=0)
RECORDS_A_QUERY, RECORDS_A_COLLECTION, RULES_A_READ = 2_000, 200, 10
BINDING = """
timezone: Europe/Berlin
leads:
  key: Id
  attributes: {company: Company, job_title: Title, employees: NumberOfEmployees, email: Email}
options:
  native: NATIVE
  bulk_min: BULK
  bulk_max: 1000000
  roles: {marketing: lp_marketing, sales: lp_sales}
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One piece of work: what it cost and what it would cost at best."""

    work: str
    calls: int
    fewest: int
    why: str


@dataclass(slots=True)
class Run:
    """One org with a deployment that is being measured."""

    sandbox: SalesforceSandbox
    place: Deployment
    store: Store

    def cost(self, work: Callable[[], object]) -> int:
        """Return the billed calls of some work."""
        before = self.sandbox.calls
        work()
        return self.sandbox.calls - before

    def deploy(self) -> None:
        """Plan and apply."""
        plan = propose(self.place.connector, self.place.desired, self.store)
        apply(plan, self.place.connector, self.store, at=AT)

    def look(self) -> None:
        """Plan, where nothing is to be done."""
        assert propose(self.place.connector, self.place.desired, self.store).is_empty

    def sync(self, hours: int, written: int) -> None:
        """Sync, after which so many leads have been written."""
        _, done = synchronise(self.place, self.store, at=AT + timedelta(hours=hours))
        assert done.written == written, (done.written, written, done.failures[:3])

    def change(self, title: str, employees: int) -> None:
        """Let people change every lead; time goes on by half an hour."""
        org = self.sandbox.org
        person = org.users["admin@sandbox.test"]
        given: Mapping[str, object] = {"Title": title, "NumberOfEmployees": employees}
        for row in list(org.rows(None, "Lead")):
            assert org.update(person, "Lead", str(row["Id"]), given).success
        org.skew = org.skew + timedelta(minutes=30)


@contextmanager
def run(*, native: str, bulk: int) -> Iterator[Run]:
    """Open an org with leads that nobody has converted, and a policy for it."""
    with tempfile.TemporaryDirectory() as folder, SalesforceSandbox() as sandbox:
        load_samples(sandbox.org, LEADS + LEADS // 4, 1)
        _keep(sandbox, LEADS)
        binding = Path(folder) / "salesforce.yaml"
        binding.write_text(BINDING.replace("NATIVE", native).replace("BULK", str(bulk)))
        sandbox.org.skew = -timedelta(hours=2)
        with (
            logged_in(sandbox),
            deployed("b2b-de", sandbox.url, binding, "salesforce", "lp_") as place,
        ):
            yield Run(sandbox, place, SqliteStore(Path(folder) / "store.db"))


def _keep(sandbox: SalesforceSandbox, count: int) -> None:
    """Delete the leads that are too many, those that were converted first."""
    rows = sorted(sandbox.org.rows(None, "Lead"), key=lambda row: not row.get("IsConverted"))
    for row in rows[: len(rows) - count]:
        sandbox.org.delete(None, "Lead", str(row["Id"]))
        sandbox.org.empty_bin(None, [str(row["Id"])])


@contextmanager
def logged_in(sandbox: SalesforceSandbox) -> Iterator[None]:
    """Put the credentials of the practice org into the environment."""
    import os

    os.environ.update(sandbox.credentials)
    yield
    for name in sandbox.credentials:
        os.environ.pop(name)


def measure(*, native: str, bulk: int) -> Iterator[Line]:
    """Yield the cost of a life of a deployment."""
    with run(native=native, bulk=bulk) as it:
        rules = -(-len(it.place.desired.rules) // RULES_A_READ)
        # look, check and its status, deploy and its status, records, look again
        fewest = 1 + rules + 4 + 2 + 1 + rules
        yield Line("first deploy", it.cost(it.deploy), fewest, "one check, one package")
        yield Line("unchanged plan", it.cost(it.look), 1, "one composite call")
        it.change("Working student", 3)
        pages = -(-LEADS // RECORDS_A_QUERY)
        in_calls = -(-LEADS // RECORDS_A_COLLECTION)
        write, how = (6, "one job") if bulk <= LEADS else (in_calls, "200 a call")
        first = it.cost(lambda: it.sync(0, LEADS))
        yield Line(
            f"first sync, {LEADS:,} leads", first, 1 + pages + write, f"{pages} pages, {how}"
        )
        it.sync(1, 0)
        yield Line("unchanged sync", it.cost(lambda: it.sync(1, 0)), 1, "one composite call")
        it.change("Head of Sales", 1_200)
        cost = it.cost(lambda: it.sync(2, LEADS))
        changes = pages
        yield Line(
            f"sync, {LEADS:,} changed leads",
            cost,
            changes + pages + write,
            f"all told and read, {how}",
        )


def main() -> int:
    """Print the table."""
    worst = 0
    for native, bulk, title in (
        ("synced", 2_000, "synced values, jobs of the Bulk API"),
        ("native", 1_000_000, "native rules, collections only"),
    ):
        print(f"\n{title}\n{'':34} {'calls':>6} {'fewest':>7} {'ratio':>6}")
        for line in measure(native=native, bulk=bulk):
            ratio = line.calls / line.fewest
            print(f"{line.work:34} {line.calls:6} {line.fewest:7} {ratio:6.2f}  {line.why}")
            worst = max(worst, line.calls) if line.work == "unchanged sync" else worst
    print(f"\nan unchanged sync costs at most {worst} calls; the goal is 3")
    return int(worst > 3)


if __name__ == "__main__":
    sys.exit(main())

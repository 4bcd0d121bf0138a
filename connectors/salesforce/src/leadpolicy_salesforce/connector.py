"""The connector: the leads of one Salesforce org."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from leadpolicy.crm.clock import Clock
from leadpolicy.crm.connector import (
    BaseConnector,
    Capabilities,
    ConnectorError,
    ConsentRow,
    DecisionRow,
    FeedbackRow,
    LeadRow,
    Native,
    Outcome,
    Page,
    Quota,
    Standing,
    Stream,
)
from leadpolicy.crm.state import Change, Column, DesiredState, ObservedState
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy_salesforce.abilities import BATCH_MAX, abilities
from leadpolicy_salesforce.binding import read_binding
from leadpolicy_salesforce.client.address import read_address
from leadpolicy_salesforce.client.wire import DISTRIBUTION, Wire
from leadpolicy_salesforce.options import read_options
from leadpolicy_salesforce.rows.jobs import Jobs
from leadpolicy_salesforce.rows.reading import Reader
from leadpolicy_salesforce.rows.register import Register
from leadpolicy_salesforce.rows.writing import Outcomes, Writer
from leadpolicy_salesforce.secrets import Secrets, find_secrets

if TYPE_CHECKING:
    from leadpolicy_salesforce.consents import Consents
    from leadpolicy_salesforce.feeds import Feeds
    from leadpolicy_salesforce.parts import Parts


class SalesforceConnector(BaseConnector):
    """The leads of an org, over REST, the Bulk API and the Metadata API.

    `url` is `https://mydomain.my.salesforce.com`, `http://127.0.0.1:port` for a practice CRM, or
    the name of an environment. Options are those of `Options`; secrets come from `find_secrets`,
    or from `secrets` where it is given. `clock` is for the pauses while a deploy runs. The login is
    made with the first call. Raises `ConnectorError`.
    """

    name = "salesforce"
    version = version(DISTRIBUTION)

    def __init__(
        self,
        url: str,
        binding: Mapping[str, object],
        options: Mapping[str, object] | None = None,
        secrets: Callable[[], Secrets] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._options: Final = read_options(options or {})
        self._clock: Final = clock
        self._binding: Final = read_binding(binding)
        address = read_address(url, self._options.environments)
        find = partial(find_secrets, address.host, address.environment, self._options.login)
        self._wire: Final = Wire(address, secrets or find, self._options)
        contacts = self._options.contacts
        self._register: Final = Register(self._wire, self._binding, contacts=contacts)
        register = self._register
        outcomes = Outcomes(register, self._binding, contacts=contacts)
        self._reader: Final = Reader(self._wire, self._binding, register, self._consents_of)
        self._writer: Final = Writer(self._wire, self._binding, register, outcomes)
        self._jobs: Final = Jobs(self._wire, self._binding, register, self._writer, outcomes)

    @property
    def target(self) -> str:
        """The address of the org."""
        return self._wire.address.host

    @property
    def actor(self) -> str:  # type: ignore[override]
        """The Id of the user that is logged in; empty when nobody can log in."""
        try:
            return self._wire.user_id
        except ConnectorError:
            return ""

    @property
    def capabilities(self) -> Capabilities:
        """Updates records by their Ids, a batch in one call or in a job, and makes no lead."""
        from leadpolicy_salesforce.feeds import feeds_of

        return replace(abilities(self._options), feeds=feeds_of(self._options))

    def __repr__(self) -> str:
        """Return the name and the target."""
        return f"SalesforceConnector({self.target!r})"

    # ----------------------------------------------------------------------------- deploy
    def native(self, policy: CheckedPolicy, columns: Sequence[Column]) -> Native:
        """Return the formulas and rules that Salesforce can hold, and reasons for the rest."""
        from leadpolicy_salesforce.native import compile_native
        from leadpolicy_salesforce.standing import standing_fields

        with self._wire.doing("read"):
            standing = standing_fields(self._wire, self._binding)
        return compile_native(policy, columns, self._binding, standing, self._options)

    def adapt(self, policy: CheckedPolicy, desired: DesiredState) -> DesiredState:
        """Return the desired state with the column for keys, twins on contacts, and marks."""
        adapted = self._parts.adapt(policy, desired)
        self._feeds.know(adapted.feedback, policy)
        return adapted

    def observe(self, desired: DesiredState) -> ObservedState:
        """Return the fields, value sets, rules and rights that stand for the desired parts."""
        self._feeds.know(desired.feedback)
        return self._parts.observe(desired)

    def denied(self, changes: Sequence[Change]) -> Mapping[str, str]:
        """Return what a deployment for checking alone refuses."""
        return self._parts.denied(changes)

    def apply(self, change: Change) -> None:
        """Make one change."""
        self._parts.apply_together([change])

    def apply_together(self, changes: Sequence[Change]) -> None:
        """Make all changes in one deployment, or none."""
        self._parts.apply_together(changes)

    # ------------------------------------------------------------------------------- rows
    def read_leads(
        self, columns: Sequence[Column] = (), keys: Sequence[str] | None = None
    ) -> Iterator[LeadRow]:
        """Yield leads in order of their Ids, converted ones too, 2,000 a page."""
        return self._reader.leads(columns, keys)

    def lookup(self, keys: Sequence[str], columns: Sequence[Column]) -> Mapping[str, Standing]:
        """Return what stands of leads, with one query for some 200 keys."""
        return self._reader.lookup(keys, columns) if keys else {}

    def write(self, rows: Sequence[DecisionRow], columns: Sequence[Column]) -> list[Outcome]:
        """Send one batch in one call, or as a job where there are many rows."""
        if not rows:
            return []
        if len(rows) >= min(self._options.bulk_min, BATCH_MAX + 1):
            return self._jobs.write(rows, columns)
        return self._writer.write(rows, columns)

    def results(self, ticket: str) -> list[Outcome] | None:
        """Return what became of the rows of a job, or None while it runs."""
        return self._jobs.results(ticket)

    def read_feedback(self, columns: Sequence[Column]) -> Iterator[FeedbackRow]:
        """Yield the leads in which sales has filled one of the columns."""
        self._feeds.know(columns)
        return self._reader.feedback(columns) if columns else iter(())

    def expect(self, cursors: Mapping[Stream, str | None]) -> None:
        """Ask for all streams in one call as soon as the first is pulled."""
        self._feeds.expect(cursors)

    def pull(self, stream: Stream, cursor: str | None, limit: int) -> Page:
        """Return some events behind a cursor."""
        return self._feeds.pull(stream, cursor, max(limit, 1))

    def write_consents(self, rows: Sequence[ConsentRow]) -> list[Outcome]:
        """Tell Salesforce about consents and withdrawals."""
        return self._consents.write(rows) if rows else []

    def quota(self) -> Quota | None:
        """Return what the last answer told of the calls of a day; asks where none are left."""
        known = self._wire.usage
        return known if known is not None and known.left else self._wire.ask_usage()

    def close(self) -> None:
        """Let go of every connection."""
        self._wire.close()

    # ------------------------------------------------------------------- loaded when needed
    @cached_property
    def _parts(self) -> Parts:
        from leadpolicy_salesforce.parts import Parts

        return Parts(self._wire, self._binding, self._options, clock=self._clock)

    @cached_property
    def _feeds(self) -> Feeds:
        from leadpolicy_salesforce.feeds import Feeds

        reader, keys_of = self._consents.reader, self._register.keys
        return Feeds(self._wire, self._binding, self._options, reader=reader, keys_of=keys_of)

    @cached_property
    def _consents(self) -> Consents:
        from leadpolicy_salesforce.consents import Consents

        return Consents(self._wire, self._binding, self._options)

    def _consents_of(self, keys: Sequence[str]) -> Mapping[str, Sequence[Mapping[str, object]]]:
        return self._consents.read(keys)

"""The connector: the opportunities of one database of a Tryton server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from leadpolicy.crm.connector import (
    BaseConnector,
    Capabilities,
    DecisionRow,
    FeedbackRow,
    LeadRow,
    Native,
    Outcome,
    Page,
    PartKind,
    Refusal,
    Standing,
    Stream,
    UnsupportedError,
)
from leadpolicy.crm.state import (
    Action,
    Change,
    Column,
    DesiredState,
    FieldKind,
    ObservedState,
    Permission,
    ReasonRow,
    Table,
    address,
)
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy_tryton.abilities import CAPABILITIES, INSTEAD, RIGHTS, RULES
from leadpolicy_tryton.address import read_address
from leadpolicy_tryton.binding import HISTORY, read_binding
from leadpolicy_tryton.feed import Feed
from leadpolicy_tryton.feedback import FeedbackReader
from leadpolicy_tryton.fields import Fields
from leadpolicy_tryton.leads import Leads
from leadpolicy_tryton.options import read_options
from leadpolicy_tryton.parts import observe_columns
from leadpolicy_tryton.permissions import Permissions
from leadpolicy_tryton.reasons import Reasons
from leadpolicy_tryton.rpc import Server
from leadpolicy_tryton.trail import Trail
from leadpolicy_tryton.writing import Writer

_NO_FORMULAS: Final = "Tryton computes no fields that are made at run time; a sync writes it"
_NO_STATES: Final = "the state is a line of a note, which Tryton cannot compare"


class TrytonConnector(BaseConnector):
    """The leads and opportunities of a Tryton server, over JSON-RPC.

    `url` is `https://user@host:8000/database`; the password stands in it or in the environment
    variable `LEADPOLICY_TRYTON_PASSWORD`. Options: `batch_rows` (100), `timeout_seconds` (60),
    `overlap_seconds` (120, how long a transaction may take to end), `late_effect_seconds` (5),
    `reasons` (the field that the policy's reasons rule over) and `roles` (groups of the teams).
    Raises `ConnectorError`.
    """

    name = "tryton"
    version = "0.1.0"

    def __init__(
        self,
        url: str,
        binding: Mapping[str, object],
        options: Mapping[str, object] | None = None,
    ) -> None:
        self._options: Final = read_options(options or {})
        self._binding: Final = read_binding(binding)
        self._server: Final = Server(read_address(url), self._options.timeout_seconds)
        self.actor = self._server.address.user
        self._fields: Final = Fields(self._server)
        page = self._options.batch_rows
        self._leads: Final = Leads(self._server, self._binding, self._fields, page)
        self._writer: Final = Writer(self._server, self._leads, Trail(self._server, page))
        overlap = self._options.overlap_seconds
        self._feed: Final = Feed(self._server, self._binding, self._fields, self._leads, overlap)
        roles = self._options.roles
        self._permissions: Final = Permissions(self._server, self._binding, self._fields, roles)
        field = self._options.reasons
        self._reasons: Final = None if field is None else Reasons(self._server, field)
        self._feedback: tuple[Column, ...] | None = None

    @property
    def target(self) -> str:
        """The address without user and password, with the company whose opportunities are seen."""
        company = self._server.context.get("company")
        return f"{self._server.address.shown}#company {company or 'none'}"

    @property
    def capabilities(self) -> Capabilities:
        """Adds notes and looks them up; makes no fields, and rules only where options say so."""
        allowed: frozenset[PartKind] = RIGHTS if self._options.roles else frozenset()
        allowed |= RULES if self._reasons else frozenset()
        return replace(
            CAPABILITIES,
            idempotency="verify_read" if self._binding.adds_notes else "native_key",
            late_effect_seconds=self._options.late_effect_seconds,
            batch_max=self._options.batch_rows,
            concurrency="version" if self._binding.writes_fields else "none",
            creates=CAPABILITIES.creates & allowed,
            changes=CAPABILITIES.changes & allowed,
            destroys=CAPABILITIES.destroys & allowed,
        )

    def native(self, policy: CheckedPolicy, columns: Sequence[Column]) -> Native:
        """Return that Tryton computes nothing of a policy, with the reason for each part."""
        parts = policy.policy
        computed = [f"score {name}" for name in policy.scores]
        computed += [f"grade {name}" for name in parts.grades]
        moves = [f"transition {plan.name}" for plan in policy.transitions]
        refusals = [Refusal(part, _NO_FORMULAS) for part in computed]
        return Native(refusals=(*refusals, *(Refusal(m, _NO_STATES) for m in ("state", *moves))))

    def observe(self, desired: DesiredState) -> ObservedState:
        """Return the fields, lines, rules and rights that stand for the desired parts."""
        self._feedback = desired.feedback
        return ObservedState(
            tuple(observe_columns(self._binding, self._fields, desired)),
            tuple(self._reasons.observe(desired)) if self._reasons else (),
            permissions=tuple(self._permissions.observe(desired)) if self._options.roles else (),
        )

    def denied(self, changes: Sequence[Change]) -> Mapping[str, str]:
        """Return the changes of rules and rights that the login may not make."""
        needed = {address(change.part): _model(change) for change in changes}
        models = sorted({model for model in needed.values() if model})
        if not models:
            return {}
        rights = self._server.call("model.ir.model.access.get_access", models)
        return {
            name: f"the login may not write `{model}`"
            for name, model in needed.items()
            if model and not all(rights[model][mode] for mode in ("create", "write", "delete"))
        }

    def apply(self, change: Change) -> None:
        """Make one change to a right or to the rule with the reasons."""
        match change.part, self._reasons:
            case Permission() as permission, _:
                self._permissions.put(permission, change.action)
            case Table(name), Reasons() as reasons:
                if change.action is Action.DESTROY:
                    reasons.remove_table(name)
                else:
                    reasons.add_table(name)
            case ReasonRow() as row, Reasons() as reasons:
                reasons.put(row, change.action)
            case _:
                name = address(change.part)
                raise UnsupportedError(f"{name} cannot be made here", f"bind it {INSTEAD}")

    def read_leads(
        self, columns: Sequence[Column] = (), keys: Sequence[str] | None = None
    ) -> Iterator[LeadRow]:
        """Yield opportunities in order of Tryton's ids, with the bound fields alone."""
        return self._leads.read(columns, keys)

    def lookup(self, keys: Sequence[str], columns: Sequence[Column]) -> Mapping[str, Standing]:
        """Return what stands in the fields and in the latest notes."""
        return self._leads.lookup(keys, columns) if keys else {}

    def write(self, rows: Sequence[DecisionRow], columns: Sequence[Column]) -> list[Outcome]:
        """Send one batch in one call."""
        return self._writer.write(rows, columns) if rows else []

    def read_feedback(self, columns: Sequence[Column]) -> Iterator[FeedbackRow]:
        """Yield the opportunities with feedback, which are those that left the state `lead`."""
        reader = self._reader(columns)
        for records in self._leads.pages(reader.paths, reader.filled):
            for record in records:
                given = reader.given(record, None)
                if given is not None and not given.is_empty:
                    yield FeedbackRow(self._leads.key(record), given.values)

    def pull(self, stream: Stream, cursor: str | None, limit: int) -> Page:
        """Return changes or feedback behind a cursor, by the server's own times."""
        match stream:
            case Stream.CHANGES:
                return self._feed.changes(cursor, limit)
            case Stream.FEEDBACK:
                reader = self._reader(self._feedback or self._binding_feedback())
                return self._feed.feedback(cursor, limit, reader)
            case _:
                return super().pull(stream, cursor, limit)

    def close(self) -> None:
        """Let go of every connection."""
        self._server.close()

    def __repr__(self) -> str:
        """Return the name and the target."""
        return f"TrytonConnector({self.target!r})"

    def _reader(self, columns: Sequence[Column]) -> FeedbackReader:
        return FeedbackReader(self._server, self._binding, columns)

    def _binding_feedback(self) -> tuple[Column, ...]:
        """Return the columns that sales fills in, as far as the binding alone tells."""
        said = {name for name, path in self._binding.attributes.items() if path in _CLOSING}
        told = {name for name, path in self._binding.names.items() if path.startswith(HISTORY)}
        return tuple(Column(name, FieldKind.TEXT, "sales") for name in sorted(said | told))


_CLOSING: Final = ("state", "lost_reason")


def _model(change: Change) -> str:
    """Return the model of Tryton that a change writes."""
    match change.part:
        case Permission():
            return "ir.model.field.access"
        case Table() | ReasonRow():
            return "ir.rule.group"
        case _:
            return ""

"""Random desired states, and a CRM in memory that they are brought to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from hypothesis import strategies as st

from leadpolicy.crm.apply import ApplyReport, apply
from leadpolicy.crm.memory import MemoryConnector
from leadpolicy.crm.plan import propose
from leadpolicy.crm.state import (
    Column,
    DesiredState,
    FieldKind,
    Owner,
    Permission,
    Reason,
    ReasonTable,
    Rule,
    RuleKind,
    Team,
)
from leadpolicy.crm.store import SqliteStore, Store

AT: Final = datetime(2026, 3, 1, tzinfo=UTC)
_KINDS: Final = {
    "lp_fit": FieldKind.WHOLE,
    "lp_share": FieldKind.NUMBER,
    "lp_state": FieldKind.CHOICE,
    "lp_at": FieldKind.MOMENT,
    "remark": FieldKind.TEXT,
}
_OWNERS: Final[dict[str, Owner]] = {"remark": "sales"}
_LABELS: Final = st.sampled_from(["", "Eins", "Zwei", "Drei\u202e"])
_CODES: Final = st.sampled_from([("x",), ("x", "y"), ("z",)])
_OBJECTS: Final = st.sampled_from(["lead", "account"])
_TEAMS: Final[st.SearchStrategy[Team]] = st.sampled_from(["marketing", "sales"])


@st.composite
def columns(draw: st.DrawFn) -> Column:
    """A column whose type follows from its name, so that any two versions fit each other."""
    name = draw(st.sampled_from(sorted(_KINDS)))
    kind = _KINDS[name]
    return Column(
        name,
        kind,
        owner=_OWNERS.get(name, "policy"),
        object=draw(_OBJECTS),
        scale=2 if kind is FieldKind.NUMBER else 0,
        length=20 if kind is FieldKind.TEXT else None,
        codes=draw(_CODES) if kind is FieldKind.CHOICE else (),
        label=draw(_LABELS),
        description=draw(_LABELS),
        formula=draw(st.sampled_from([None, None, "a + 1", "b"])),
    )


_REASONS: Final = st.builds(Reason, st.sampled_from(["a", "b", "c"]), _LABELS, _LABELS)
_TABLES: Final = st.builds(
    ReasonTable,
    st.sampled_from(["lp_reasons", "lp_others"]),
    st.lists(_REASONS, max_size=3, unique_by=lambda row: row.code).map(tuple),
)
_RULES: Final = st.builds(
    Rule,
    st.sampled_from(["lp_r1", "lp_r2"]),
    st.sampled_from(RuleKind),
    st.sampled_from(["x > 1", "y < 2"]),
    st.just("transition reject"),
    st.sampled_from(["", "no"]),
    st.just("lead"),
)
_PERMISSIONS: Final = st.builds(Permission, _TEAMS, st.sampled_from(["a", "b"]), st.booleans())


@st.composite
def desired_states(draw: st.DrawFn) -> DesiredState:
    """Some version of a policy's needs."""
    return DesiredState(
        "p",
        draw(st.sampled_from(["1", "2"])),
        draw(st.text("0123456789abcdef", min_size=16, max_size=16)),
        tuple(draw(st.lists(columns(), max_size=5, unique_by=lambda c: (c.object, c.name)))),
        tuple(draw(st.lists(_TABLES, max_size=2, unique_by=lambda t: t.name))),
        tuple(draw(st.lists(_RULES, max_size=2, unique_by=lambda r: r.name))),
        tuple(draw(st.lists(_PERMISSIONS, max_size=3, unique_by=lambda p: (p.team, p.column)))),
    )


SCORE = Column("lp_score", FieldKind.WHOLE, label="Score")
GRADE = Column("lp_grade", FieldKind.CHOICE, codes=("A", "B"))
VERDICT = Column("verdict", FieldKind.CHOICE, owner="sales", codes=("accepted", "rejected"))
NO_NEED = Reason("no_need", "Kein Bedarf", "No need")
TIMING = Reason("timing", "Zeitpunkt", "Timing")
REASONS = ReasonTable("lp_reasons", (NO_NEED, TIMING))
RULE = Rule("lp_reject", RuleKind.DEMAND, "reason is not null", "demands rejected", "say why")
RIGHT = Permission("marketing", "verdict", write=False)
DESIRED = DesiredState(
    "b2b", "1.0", "abcdef0123456789", (SCORE, GRADE, VERDICT), (REASONS,), (RULE,), (RIGHT,)
)
PARTS = 8
"""How many parts `DESIRED` has."""


def memory_store() -> SqliteStore:
    """A store that lasts as long as the object."""
    return SqliteStore(":memory:")


def bring(connector: MemoryConnector, desired: DesiredState, store: Store) -> ApplyReport:
    """Plan and apply; what is no longer wanted is destroyed."""
    plan = propose(connector, desired, store, allow_destroy=True)
    return apply(plan, connector, store, at=AT)

import pytest

from leadpolicy.crm.connector import FeedbackRow
from leadpolicy.crm.state import (
    Column,
    DesiredState,
    FieldKind,
    Reason,
    ReasonRow,
    ReasonTable,
    address,
)
from leadpolicy.crm.state import Table as TablePart


@pytest.mark.parametrize("name", ["", "1st", "a b", 'x"; DROP TABLE leads; --', "a" * 64, "größe"])
def test_a_column_needs_a_plain_name(name: str) -> None:
    with pytest.raises(ValueError, match="letters, digits"):
        Column(name, FieldKind.TEXT)
    with pytest.raises(ValueError, match="letters, digits"):
        ReasonTable(name)


def test_a_scale_beyond_nine_is_refused() -> None:
    with pytest.raises(ValueError, match="scale 10 of column `share`"):
        Column("share", FieldKind.NUMBER, scale=10)


def test_names_are_given_once_without_regard_to_case() -> None:
    twice = (Column("Score", FieldKind.WHOLE), Column("score", FieldKind.WHOLE))
    with pytest.raises(ValueError, match=r"column `lead\.score` is given twice"):
        DesiredState("p", "1", "h", columns=twice)
    with pytest.raises(ValueError, match="table `reasons` is given twice"):
        DesiredState("p", "1", "h", tables=(ReasonTable("reasons"), ReasonTable("reasons")))
    rows = (Reason("timing", "a", "b"), Reason("timing", "c", "d"))
    with pytest.raises(ValueError, match=r"row `reasons\[timing\]` is given twice"):
        DesiredState("p", "1", "h", tables=(ReasonTable("reasons", rows),))


def test_columns_are_told_apart_by_their_owner() -> None:
    ours = Column("score", FieldKind.WHOLE)
    theirs = Column("verdict", FieldKind.TEXT, owner="sales")
    other = Column("size", FieldKind.WHOLE, object="account")
    desired = DesiredState("p", "1", "h", columns=(ours, theirs, other))
    assert desired.written == (ours,)
    assert desired.feedback == (theirs,)


def test_every_part_has_an_address() -> None:
    assert address(Column("score", FieldKind.WHOLE)) == "column lead.score"
    assert address(TablePart("reasons")) == "table reasons"
    assert address(ReasonRow("reasons", Reason("timing", "", ""))) == "row reasons[timing]"


def test_the_fingerprint_of_feedback_follows_its_content_alone() -> None:
    one = FeedbackRow("1", {"verdict": "accepted", "by": "Ümit"})
    assert one.fingerprint == FeedbackRow("2", {"by": "Ümit", "verdict": "accepted"}).fingerprint
    assert one.fingerprint != FeedbackRow("1", {"verdict": "accepted", "by": None}).fingerprint

"""Campaigns count what they try, and the command line tells what went wrong."""

from __future__ import annotations

import pytest

from leadpolicy.crm.points import Point
from leadpolicy.testing.lab import Fault, Lab, Operation, Position, Scripted
from leadpolicy.testing.lab.__main__ import main
from leadpolicy.testing.lab.campaign import DOUBLED, LOST, Campaign, go_through
from leadpolicy.testing.lab.child import At
from leadpolicy.testing.lab.courses import Name
from leadpolicy.testing.lab.kills import Kill
from leadpolicy.testing.lab.matrix import Cell


def test_a_campaign_counts_by_place_and_by_what_went_wrong() -> None:
    campaign = Campaign()
    campaign.note(Kill(Name.PUSH, "append", At(Point.CLAIMED, 1)), 1, [], 0)
    campaign.note(Kill(Name.PUSH, "append", At(Point.CLAIMED, 2)), 2, ["lost: L-01"], 1)
    at = Scripted(Fault.KILLED_AFTER, Operation.WRITE, 1)
    campaign.note(Kill(Name.PUSH, "upsert", at), 1, ["doubled: L-01", "lost: L-02"], 0)
    campaign.note(Kill(Name.PUSH, "upsert", at), 0, [], 0)
    assert campaign.kills == 3
    assert campaign.wrong == {LOST: 2, DOUBLED: 1}
    append = campaign.tallies[Name.PUSH, "append"]
    assert (append.places, append.doubles, append.rewrites) == ({"claimed": 2}, 1, 1)
    assert campaign.tallies[Name.PUSH, "upsert"].places == {"write killed-after": 1}
    assert campaign.stories[0] == "push-append-claimed-2: lost: L-01"


def test_cells_are_gone_through_with_progress(lab: Lab) -> None:
    seen: list[tuple[int, int]] = []
    cell = Cell("append", Fault.RESET_AFTER, Operation.WRITE, Position.LAST, killed=False)
    stories = go_through(lab, [cell, cell], lambda done, total: seen.append((done, total)))
    assert stories == []
    assert seen == [(0, 2), (1, 2), (2, 2)]


def test_the_command_line_ends_with_0_when_nothing_went_wrong(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["matrix", "--every", "1500"]) == 0
    assert "3 cells, 0 things wrong" in capsys.readouterr().out


def test_the_command_line_wants_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2
    assert "serve" in capsys.readouterr().err

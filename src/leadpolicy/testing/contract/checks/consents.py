"""Withdrawals, which stop a send at the last moment."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from leadpolicy.crm.capabilities import Stream
from leadpolicy.crm.connector import ConsentRow, Status
from leadpolicy.testing.contract import needs
from leadpolicy.testing.contract.behaviour import Group, Tier, behaviours_of, expect
from leadpolicy.testing.contract.bench import Bench, Scene
from leadpolicy.testing.contract.checks.pull import left_waiting
from leadpolicy.testing.contract.clock import START

pull: Final = behaviours_of(Group.PULL)
PURPOSE: Final = ("newsletter", "email")
_FED: Final = needs.all_of(needs.reads_consents, needs.feeds(Stream.CONSENTS))
_HOUR: Final = timedelta(hours=1)


def _say(scene: Scene, key: str, status: str, hours: int) -> None:
    scene.crm.consent(key, *PURPOSE, status, START + hours * _HOUR)


def _permit(scene: Scene) -> Any:
    from leadpolicy.crm.sync import StoreConsents

    return StoreConsents(scene.store, scene.connector.target, *PURPOSE)


def _status(scene: Scene, key: str) -> str:
    rows = scene.store.consents(scene.connector.target, [key])
    return next((r.status for r in rows if (r.purpose, r.channel) == PURPOSE), "unknown")


@pull(54, Tier.BRONZE, _FED)
def a_withdrawal_blocks_what_waits(bench: Bench) -> None:
    """A consent that was withdrawn in the CRM stops a decision that waits already."""
    scene = bench.scene(2)
    withdrawn, other = scene.keys
    for key in scene.keys:
        _say(scene, key, "confirmed", 1)
    scene.pull()
    left_waiting(scene)
    _say(scene, withdrawn, "withdrawn", 2)
    scene.pull()
    scene.arrive(permit=_permit(scene))
    expect(not scene.stands(scene.rows()[0]), "a decision was sent after the withdrawal")
    expect(scene.stands(scene.rows()[1]), f"the decision for `{other}` was withheld too")


@pull(55, Tier.BRONZE, _FED)
def a_denial_wins_a_tie(bench: Bench) -> None:
    """Of a grant and a withdrawal at the same moment the withdrawal counts, in either order."""
    for order in (("confirmed", "withdrawn"), ("withdrawn", "confirmed")):
        scene = bench.scene(1)
        for status in order:
            _say(scene, scene.keys[0], status, 1)
        scene.pull()
        scene.push(scene.rows(), permit=_permit(scene))
        expect(not scene.stands(scene.rows()[0]), "a grant won against a withdrawal")


@pull(56, Tier.SILVER, _FED)
def a_withdrawal_arrives_within_one_poll(bench: Bench) -> None:
    """One pull after a withdrawal its status is known, by the CRM's time and not by arrival."""
    scene = bench.scene(2)
    first, second = scene.keys
    _say(scene, first, "confirmed", 1)
    scene.pull()
    expect(_status(scene, first) == "confirmed", "a consent did not arrive with one pull")
    _say(scene, first, "withdrawn", 3)
    _say(scene, first, "confirmed", 2)
    _say(scene, second, "withdrawn", 1)
    scene.pull()
    for key in scene.keys:
        status = _status(scene, key)
        expect(status == "withdrawn", f"after one pull the consent of `{key}` is {status}")


@pull(57, Tier.GOLD, needs.writes_consents)
def a_consent_that_is_told_stands(bench: Bench) -> None:
    """A withdrawal that is told to the CRM stands there, and telling it twice changes nothing."""
    scene = bench.scene(2)
    rows = [ConsentRow(key, *PURPOSE, "withdrawn", START, "web form") for key in scene.keys]
    for _ in range(2):
        outcomes = {o.key: o for o in scene.connector.write_consents(rows)}
        expect(sorted(outcomes) == scene.keys, f"consents answered for {sorted(outcomes)}")
        refused = [o.key for o in outcomes.values() if o.status is Status.FAILED]
        expect(not refused, f"the withdrawals of {refused} were refused")
    for key in scene.keys:
        status = scene.crm.consents(key).get(PURPOSE)
        expect(status == "withdrawn", f"the CRM holds the consent of `{key}` as {status}")

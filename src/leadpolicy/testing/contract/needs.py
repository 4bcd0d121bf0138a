"""Why a behaviour does not apply to a connector, read from its capabilities."""

from __future__ import annotations

from leadpolicy.crm.capabilities import Capabilities, PartKind, Stream
from leadpolicy.testing.contract.behaviour import Need


def all_of(*needs: Need) -> Need:
    """Return the first reason of several."""

    def reason(capabilities: Capabilities) -> str:
        return next(filter(None, (need(capabilities) for need in needs)), "")

    return reason


def feeds(*streams: Stream) -> Need:
    """Ask for streams that `pull` serves."""

    def reason(capabilities: Capabilities) -> str:
        missing = [stream.value for stream in streams if stream not in capabilities.feeds]
        return f"the connector does not feed {' and '.join(missing)}" if missing else ""

    return reason


def some_feed(capabilities: Capabilities) -> str:
    """Ask for any stream."""
    return "" if capabilities.feeds else "the connector feeds no stream"


def creates(kind: PartKind) -> Need:
    """Ask for parts that `apply` can make."""

    def reason(capabilities: Capabilities) -> str:
        able = kind in capabilities.creates
        return "" if able else f"the connector does not create a {kind.value}"

    return reason


def deploys(capabilities: Capabilities) -> str:
    """Ask for any kind of part that `apply` can make."""
    return "" if capabilities.creates else "the connector creates no part of any kind"


def together(capabilities: Capabilities) -> str:
    """Ask for a way to make several changes in one step."""
    return "" if capabilities.together else "the connector makes changes one by one"


def destroys_columns(capabilities: Capabilities) -> str:
    """Ask for columns that can be made and removed."""
    able = PartKind.COLUMN in capabilities.creates & capabilities.destroys
    return "" if able else "the connector does not remove columns"


def exactly_once(capabilities: Capabilities) -> str:
    """Ask for any way to keep a write sent twice from counting twice."""
    once = capabilities.idempotency != "none"
    return "" if once else "the connector promises delivery at least once only"


def by_key(capabilities: Capabilities) -> str:
    """Ask for writes at a key of the lead, not appended."""
    keyed = capabilities.idempotency in {"native_key", "unique_upsert"}
    return "" if keyed else "the connector does not write at a key"


def all_or_none(capabilities: Capabilities) -> str:
    """Ask for batches that are kept whole or not at all."""
    whole = capabilities.atomicity == "all_or_none"
    return "" if whole else "one bad row does not refuse the batch"


def per_row(capabilities: Capabilities) -> str:
    """Ask for batches whose rows are refused one by one."""
    single = capabilities.atomicity == "per_row"
    return "" if single else "one bad row refuses the batch"


def jobs(capabilities: Capabilities) -> str:
    """Ask for batches that are answered later."""
    return "" if capabilities.bulk_min is not None else "the connector has no jobs"


def late_effects(capabilities: Capabilities) -> str:
    """Ask for a window within which an effect may appear late."""
    return "" if capabilities.late_effect_seconds else "the connector declares no late effects"


def threads(capabilities: Capabilities) -> str:
    """Ask for calls that may run at once."""
    return "" if capabilities.max_concurrency > 1 else "the connector takes one call at a time"


def live_quota(capabilities: Capabilities) -> str:
    """Ask for a quota that can be read."""
    return "" if capabilities.live_quota else "the connector cannot read a quota"


def merges(capabilities: Capabilities) -> str:
    """Ask for merges in the feed of removals."""
    return "" if capabilities.merges else "the connector does not tell of merges"


def removals(capabilities: Capabilities) -> str:
    """Ask for a way to notice removed leads."""
    return "" if capabilities.deletions != "none" else "the connector does not notice removals"


def reads_consents(capabilities: Capabilities) -> str:
    """Ask for consents that come from the CRM."""
    return "" if capabilities.reads_consents else "the connector reads no consents"


def writes_consents(capabilities: Capabilities) -> str:
    """Ask for consents that are told to the CRM."""
    return "" if capabilities.writes_consents else "the connector tells no consents"


def creates_leads(capabilities: Capabilities) -> str:
    """Ask for writes that make leads the CRM lacks."""
    return "" if capabilities.creates_leads else "the connector makes no leads"

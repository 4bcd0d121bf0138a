"""Bring decisions into a CRM and what happens there back; nothing is lost and nothing doubled."""

from leadpolicy.crm.sync.consents import StoreConsents, Told, tell_consents
from leadpolicy.crm.sync.report import SyncReport
from leadpolicy.crm.sync.running import pull, push, sync
from leadpolicy.crm.sync.settings import Decider, Permit, Settings

__all__ = [
    "Decider",
    "Permit",
    "Settings",
    "StoreConsents",
    "SyncReport",
    "Told",
    "pull",
    "push",
    "sync",
    "tell_consents",
]

"""A seeded, realistic German B2B world: leads, signals, consents and sales feedback."""

from leadpolicy.testing.world.generate import generate_world
from leadpolicy.testing.world.rows import ConsentRow, CrmLead, FeedbackRow, SignalRow
from leadpolicy.testing.world.world import World

__all__ = ["ConsentRow", "CrmLead", "FeedbackRow", "SignalRow", "World", "generate_world"]

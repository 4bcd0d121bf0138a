"""From what a caller gives to the facts of a decision: checked, normalised, nothing dropped."""

from leadpolicy.engine.ingest.reader import ConsentsGiven, Ingest

__all__ = ["ConsentsGiven", "Ingest"]

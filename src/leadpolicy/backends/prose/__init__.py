"""The prose back-end: rules and decisions as German and English sentences."""

from leadpolicy.backends.prose.speaker import Prose

__all__ = ["Prose"]

"""OpenTelemetry spans, one for each batch and never one for each lead, if it is installed."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any


def span(name: str, target: str, **attributes: int | str) -> AbstractContextManager[object]:
    """Return a span to be entered; nothing where OpenTelemetry is not installed."""
    found = tracer()
    if found is None:
        return nullcontext()
    named = {f"leadpolicy.{key}": value for key, value in attributes.items()}
    started: AbstractContextManager[object] = found.start_as_current_span(
        name, attributes={"leadpolicy.target": target, **named}
    )
    return started


@cache
def tracer() -> Any:
    """Return the tracer of leadpolicy, or None where OpenTelemetry is not installed."""
    try:
        from opentelemetry.trace import get_tracer
    except ImportError:
        return None
    return get_tracer("leadpolicy")

"""How many leads are in which state, and have which rating."""

from __future__ import annotations

from leadpolicy.cli.terminal import show, table
from leadpolicy.engine.lead_policy import LeadPolicy
from leadpolicy.exchange.run import Report
from leadpolicy.policy.fields import Lang


def show_counts(
    report: Report,
    policy: LeadPolicy,
    heads: tuple[str, str, str] = ("state", "leads", "rating"),
    lang: Lang | None = None,
) -> None:
    """Print the leads by state, by their titles if a language is named, and by rating."""
    if not report.decided:
        return
    parts = policy.checked.policy
    called = (lambda name: parts.states[name].title.text(lang)) if lang else str
    states = [(called(name), report.states[name]) for name in parts.states]
    show(table(None, heads[:2], states))
    if parts.rating is not None:
        fit, engagement = parts.grades[parts.rating.fit], parts.grades[parts.rating.engagement]
        across = tuple(engagement.bands)
        rows = [(row, *(report.ratings[f"{row}{code}"] for code in across)) for row in fit.bands]
        show(table(None, (heads[2], *across), rows))

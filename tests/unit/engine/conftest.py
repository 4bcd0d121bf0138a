"""A small policy with everything in it that decisions, questions and histories need."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leadpolicy.engine.decision import Decision
from leadpolicy.engine.lead_policy import LeadPolicy
from leadpolicy.expr.facts import Signal
from leadpolicy.policy.pipeline import check
from leadpolicy.policy.policy import Policy

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)

SAMPLE: dict[str, Any] = {
    "policy": "sample",
    "version": "1.0",
    "title": "Beispiel",
    "governance": {
        "owner": "marketing",
        "sales_ready_decided_by": ["sales"],
        "may_change": ["marketing", "sales"],
        "review_by": "2027-01-31",
    },
    "record": {
        "attributes": {
            "email": {"type": "text", "title": "E-Mail", "personal": "contact"},
            "job_title": {"type": "text", "title": "Position"},
            "employees": {"type": "whole", "title": "Mitarbeitende", "unit": "people"},
            "industry": {
                "type": "choice",
                "title": "Branche",
                "codes": {"machinery": "Maschinenbau", "software": "Software", "other": "Andere"},
            },
            "budget_confirmed": {
                "type": "flag",
                "title": "Budget bestätigt",
                "evidence": "validated",
                "owner": "sales",
            },
            "sales_feedback": {
                "type": "choice",
                "title": "Rückmeldung",
                "codes": {"accepted": "angenommen", "rejected": "abgelehnt"},
                "owner": "sales",
            },
            "rejection_reason": {
                "type": "choice",
                "title": "Ablehnungsgrund",
                "codes": {"no_need": "kein Bedarf", "no_budget": "kein Budget"},
                "owner": "sales",
            },
            "last_contact": {"type": "day", "title": "Letzter Kontakt"},
            "blocked": {"type": "flag", "title": "Gesperrt", "missing": "false"},
        }
    },
    "signals": {
        "content_download": {
            "title": "Download",
            "evidence": "behavioural",
            "weight": "exploratory",
            "origin": "form",
            "properties": {"asset": {"type": "text", "title": "Inhalt"}},
        },
        "newsletter_click": {
            "title": "Klick",
            "evidence": "behavioural",
            "weight": "exploratory",
            "origin": "terminal_tracking",
            "gate": "tracking_open",
        },
        "demo_request": {
            "title": "Demo-Anfrage",
            "evidence": "declarative",
            "weight": "binding",
            "origin": "form",
        },
    },
    "purposes": {
        "newsletter": {"title": "Newsletter", "channels": ["email"]},
        "sales_contact": {"title": "Vertriebskontakt", "channels": ["email", "phone"]},
        "tracking_web": {"title": "Webanalyse", "channels": ["web"]},
    },
    "gates": {
        "newsletter_open": {"title": "Newsletter", "purpose": "newsletter", "channel": "email"},
        "sales_open": {
            "title": "Vertrieb",
            "purpose": "sales_contact",
            "channel": "email",
            "double_opt_in": True,
        },
        "tracking_open": {"title": "Tracking", "purpose": "tracking_web", "channel": "web"},
    },
    "lists": {"freemail": {"title": "Freemail", "entries": ["gmx.de", "web.de"]}},
    "criteria": {
        "mql_criteria": {
            "title": "MQL-Kriterien",
            "when": "employees >= 10 and newsletter_open"
            " and count('content_download', within=days(90)) >= 3",
        },
        "sql_criteria": {
            "title": "SQL-Kriterien",
            "when": "employees >= 50 and industry in ('machinery', 'software')"
            " and budget_confirmed and any('demo_request', within=days(180))",
        },
        "dormant": {"title": "Inaktiv", "when": "older_than(last_contact, days(365))"},
    },
    "scores": {
        "fit": {
            "title": "Fit",
            "floor": 0,
            "ceiling": 100,
            "rules": {
                "size": {
                    "points": 30,
                    "when": "employees >= 50",
                    "because": {"de": "ab 50 Mitarbeitende", "en": "50 people or more"},
                },
                "target_industry": {
                    "points": 40,
                    "when": "industry in ('machinery', 'software')",
                    "because": {"de": "Zielbranche", "en": "target industry"},
                },
                "freemail": {
                    "points": -20,
                    "when": "in_list(domain(email), 'freemail')",
                    "because": {"de": "Freemail-Adresse", "en": "freemail address"},
                },
                "intern": {
                    "points": -30,
                    "when": "has_word(job_title, 'praktikant', 'student')",
                    "because": {"de": "Praktikum oder Studium", "en": "intern or student"},
                },
            },
        },
        "engagement": {
            "title": "Engagement",
            "floor": 0,
            "ceiling": 100,
            "groups": {"activity": {"title": "Aktivität", "highest": 30}},
            "rules": {
                "downloads": {
                    "points": 10,
                    "per": "count('content_download', within=days(90))",
                    "limit": 30,
                    "group": "activity",
                    "because": {"de": "Downloads", "en": "downloads"},
                },
                "clicks": {
                    "points": 8,
                    "per": "count('newsletter_click', within=days(60))",
                    "decay": {"half_life": "14 days"},
                    "group": "activity",
                    "requires": ["tracking_open"],
                    "because": {"de": "Klicks", "en": "clicks"},
                },
                "demo": {
                    "points": 50,
                    "when": "any('demo_request', within=days(30))",
                    "because": {"de": "Demo angefragt", "en": "demo requested"},
                },
            },
        },
    },
    "grades": {
        "fit_grade": {
            "title": "Fit-Note",
            "of": "fit",
            "bands": {
                "A": {"from": 70},
                "B": {"from": 40, "below": 70},
                "C": {"from": 20, "below": 40},
                "D": {"below": 20},
            },
        },
        "engagement_grade": {
            "title": "Engagement-Note",
            "of": "engagement",
            "bands": {"1": {"from": 50}, "2": {"below": 50}},
        },
    },
    "rating": {"title": "Bewertung", "fit": "fit_grade", "engagement": "engagement_grade"},
    "initial": "lead",
    "states": {
        "lead": {
            "title": "Lead",
            "definition": "ein neuer Kontakt",
            "responsible": {"marketing": "decides"},
        },
        "mql": {
            "title": "MQL",
            "definition": "für das Marketing qualifiziert",
            "responsible": {"marketing": "decides", "sales": "context"},
            "entry": "mql_criteria",
            "stay": "newsletter_open",
            "exit_to": "lead",
        },
        "sql": {
            "title": "SQL",
            "definition": "für den Vertrieb qualifiziert",
            "stage": "sales",
            "responsible": {"sales": "decides", "marketing": "context"},
            "entry": "mql_criteria and sql_criteria and sales_open and reaches(fit_grade, 'B')",
            "stay": "sales_open",
            "exit_to": "lead",
        },
        "won": {
            "title": "Kunde",
            "definition": "hat gekauft",
            "stage": "sales",
            "responsible": {"sales": "decides"},
        },
        "disqualified": {
            "title": "Ausgeschlossen",
            "definition": "gesperrt",
            "stage": "outside",
            "responsible": {"marketing": "decides"},
            "entry": "blocked",
        },
    },
    "transitions": {
        "qualify": {
            "title": "Qualifizieren",
            "from": ["lead"],
            "to": "mql",
            "when": "mql_criteria",
        },
        "accept": {
            "title": "Annehmen",
            "from": ["mql"],
            "to": "sql",
            "by": ["sales"],
            "when": "sql_criteria",
            "demands": ["sales_feedback"],
        },
        "reject": {
            "title": "Ablehnen",
            "from": ["mql", "sql"],
            "to": "lead",
            "by": ["sales"],
            "demands": ["rejection_reason"],
            "reason": "no_need",
            "wait": "1 hour",
        },
        "win": {"title": "Gewinnen", "from": ["sql"], "to": "won", "by": ["sales"]},
        "block": {
            "title": "Sperren",
            "from": ["lead", "mql", "sql"],
            "to": "disqualified",
            "when": "blocked",
            "priority": 10,
        },
    },
    "sla": {
        "first_response": {
            "title": "Erste Reaktion",
            "owed_by": "sales",
            "duty": "first_response",
            "state": "sql",
            "when": "rating in ('A1', 'B1')",
            "within": "24 hours",
            "attempts": 3,
        },
        "volume": {
            "title": "Menge",
            "owed_by": "marketing",
            "duty": "volume",
            "state": "mql",
            "per_month": 100,
        },
    },
    "feedback": {
        "verdict": "sales_feedback",
        "reason": "rejection_reason",
        "within": "24 hours",
        "state": "sql",
    },
}

READY_LEAD: dict[str, Any] = {
    "email": "jana@maschinen.example",
    "job_title": "Einkaufsleiterin",
    "employees": 60,
    "industry": "machinery",
    "budget_confirmed": True,
}
READY_CONSENTS = {("newsletter", "email"): "granted", ("sales_contact", "email"): "confirmed"}


def days_ago(count: float) -> datetime:
    """Return the instant so many days before the decision."""
    return AT - timedelta(days=count)


def downloads(*ages: float) -> list[Signal]:
    """Return downloads that are so many days old."""
    return [Signal("content_download", days_ago(age), id=f"d{age}") for age in ages]


READY_SIGNALS = [*downloads(5, 20, 40), Signal("demo_request", days_ago(2), id="r2")]


class Sample:
    """The facts of the sample, and decisions on them with some facts changed."""

    AT = AT
    READY_LEAD = READY_LEAD
    READY_CONSENTS = READY_CONSENTS
    READY_SIGNALS = READY_SIGNALS
    DATA = SAMPLE

    days_ago = staticmethod(days_ago)
    downloads = staticmethod(downloads)

    def facts(self, **changes: Any) -> dict[str, Any]:
        """Return the facts of a lead that is ready for sales, some of them changed."""
        lead = {**READY_LEAD, **changes.pop("lead", {})}
        facts = {"signals": READY_SIGNALS, "consents": READY_CONSENTS, "at": AT}
        return {"lead": lead, **facts, **changes}

    def decide(self, policy: LeadPolicy, **changes: Any) -> Decision:
        """Decide a lead that is ready for sales, some facts changed."""
        return policy.decide(**self.facts(**changes))

    def policy(self, **sections: Any) -> LeadPolicy:
        """Return the sample policy with some sections replaced."""
        return LeadPolicy(check(Policy.model_validate({**SAMPLE, **sections})))


@pytest.fixture(scope="session")
def sample() -> Sample:
    """The facts of the sample."""
    return Sample()


@pytest.fixture(scope="session")
def policy() -> LeadPolicy:
    """The sample policy, ready to decide."""
    return LeadPolicy(check(Policy.model_validate(SAMPLE)))

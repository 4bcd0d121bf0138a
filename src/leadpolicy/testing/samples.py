"""Values near which rules go wrong: edges of windows and thresholds, words inside words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final

from leadpolicy.expr.types import Kind, ValueType, Vocabulary

_GRADES: Final = ValueType(Kind.CHOICE, codes=("D", "C", "B", "A"), ordered=True)
_COUNTRIES: Final = ValueType(Kind.CHOICE, codes=("DE", "AT", "CH", "other"))

FULL_VOCABULARY: Final = Vocabulary(
    attributes={
        "employees": ValueType(Kind.WHOLE, unit="people"),
        "open_fields": ValueType(Kind.WHOLE, nullable=False),
        "revenue": ValueType(Kind.NUMBER, unit="EUR"),
        "discount": ValueType(Kind.NUMBER),
        "job_title": ValueType(Kind.TEXT),
        "email": ValueType(Kind.TEXT),
        "country": _COUNTRIES,
        "billing_country": _COUNTRIES,
        "interests": ValueType(Kind.CHOICES, codes=("crm", "erp", "shop")),
        "founded_on": ValueType(Kind.DAY),
        "last_login": ValueType(Kind.MOMENT),
        "customer": ValueType(Kind.FLAG, nullable=False),
        "budget_confirmed": ValueType(Kind.FLAG),
    },
    outputs={
        "fit_score": ValueType(Kind.WHOLE, nullable=False),
        "fit_grade": _GRADES,
        "has_need": ValueType(Kind.FLAG),
    },
    signals={
        "content_download": {
            "asset": ValueType(Kind.TEXT),
            "pages": ValueType(Kind.WHOLE),
            "price": ValueType(Kind.NUMBER, unit="EUR"),
            "country": _COUNTRIES,
            "gated": ValueType(Kind.FLAG),
            "published_on": ValueType(Kind.DAY),
        },
        "pricing_page_view": {},
    },
    lists=frozenset({"freemail", "seniority"}),
    purposes={
        "newsletter": frozenset({"email"}),
        "sales_contact": frozenset({"email", "phone"}),
    },
)
"""A vocabulary with every kind of value, with and without units, known and unknown."""

WHOLES: Final = (0, 1, 2, 3, 9, 10, 11, 49, 50, 51, 249, 250, 251, -1)
NUMBERS: Final = tuple(
    Decimal(text)
    for text in ("0", "0.01", "0.5", "9.99", "10", "10.01", "49.99", "50", "50.01", "-0.5", "2.5")
)
TEXTS: Final = (
    "Intern",
    "Internationaler Vertrieb",
    "Head of Sales",
    "head of sales, DACH",
    "Geschäftsführerin",
    "GROẞHANDEL Straße",
    "ﬁnance",
    "İzmir",
    "jana@gmx.de",
    "A@b@Müller.DE",
    "no address",
    "x",
)
NEEDLES: Final = (*TEXTS, "intern", "HEAD of", "führer", "ss", "STRASSE", "@", ", ", "fi", "gmx")
WORDS: Final = ("gmx.de", "xn--mller-kva.de", "head of sales", "intern", "x", "de", "no address")
"""Entries of lists, folded."""

DAYS: Final = (date(2024, 2, 29), date(2026, 1, 31), date(2026, 3, 29), date(2026, 11, 1))
MOMENTS: Final = (
    datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(2026, 1, 31, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
    datetime(2026, 11, 1, 12, tzinfo=UTC),
)
WINDOWS: Final = (
    timedelta(minutes=1),
    timedelta(hours=36),
    timedelta(days=1),
    timedelta(days=7),
    timedelta(days=30),
    timedelta(days=90),
)
SHARES: Final = (Decimal("0.1"), Decimal("0.25"), Decimal("0.3"), Decimal(1))
FACTORS: Final = tuple(Decimal(text) for text in ("-1", "2", "3", "0.5", "-0.25", "0"))

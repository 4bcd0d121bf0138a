"""The benchmark policy, once, in words and constants, and the leads it is measured on.

A lead has fourteen attributes (`Lead`). Any of them may be `None`, which means *unknown*.

Scoring. Twelve rules; a rule with an unknown input does not fire:

| rule             | points | fires when                                              |
|------------------|-------:|---------------------------------------------------------|
| mid_company      |    +10 | 50 <= employees < 250                                   |
| large_company    |    +15 | employees >= 250                                        |
| target_industry  |    +15 | industry is one of `TARGET_INDUSTRIES`                  |
| home_market      |    +10 | country is one of `HOME_MARKET`                         |
| revenue_range    |    +10 | 10 <= employer revenue < 500 million euros              |
| senior_title     |    +15 | the job title has one of `SENIOR_WORDS`                 |
| junior_title     |    -20 | the job title has one of `JUNIOR_WORDS`                 |
| freemail         |    -10 | the domain of the e-mail is one of `FREEMAIL_DOMAINS`   |
| downloads        |    +10 | downloads >= 3                                          |
| recent_webinar   |    +10 | webinars >= 1 and days since the last visit <= 30       |
| demo_request     |    +20 | demo requests >= 1                                      |
| dormant          |    -15 | days since the last visit > 90                          |

The score is the sum of the fired rules' points, cut to 0..100. A title *has* a word when one of its
maximal runs of letters and digits equals it, upper and lower case alike ("intern" is not in
"international"). Mail domains are compared without regard to case.

Grade. Half-open bands of the score: A from 75, B from 50, C from 25, D below.

Stages. A criterion is met only when it is true, never when it is unknown:

- MQL: employees >= 10, newsletter consent, downloads >= 3.
- SQL: employees >= 50, target industry, budget confirmed, opted in to sales, demo requests >= 1,
  score >= 50.
- disqualified: unsubscribed, or industry is one of `EXCLUDED_INDUSTRIES`.

State: the first that applies of disqualified, sql, mql, lead.
"""

import json
from collections.abc import Callable, Mapping
from random import Random
from typing import Literal, TypeAlias, TypedDict, cast, get_args

Industry: TypeAlias = Literal[
    "manufacturing",
    "software",
    "logistics",
    "automotive",
    "chemicals",
    "retail",
    "education",
    "public_sector",
    "finance",
    "gambling",
    "competitor",
]
Country: TypeAlias = Literal["DE", "AT", "CH", "FR", "NL", "PL", "US", "IN"]


class Lead(TypedDict):
    """One lead as its caller holds it: a plain dict, `None` where the value is unknown."""

    employees: int | None
    industry: Industry | None
    country: Country | None
    job_title: str | None
    email: str | None
    revenue_meur: int | None
    downloads: int | None
    webinars: int | None
    demo_requests: int | None
    days_since_visit: int | None
    budget_confirmed: bool | None
    newsletter_consent: bool | None
    sales_opt_in: bool | None
    unsubscribed: bool | None


Answer: TypeAlias = tuple[str, str, int, tuple[str, ...]]
"""State, grade, score, and the ids of the fired rules in the order of `POINTS`."""

Decide: TypeAlias = Callable[[Lead], Answer]

ATTRIBUTES = tuple(Lead.__annotations__)

POINTS: Mapping[str, int] = {
    "mid_company": 10,
    "large_company": 15,
    "target_industry": 15,
    "home_market": 10,
    "revenue_range": 10,
    "senior_title": 15,
    "junior_title": -20,
    "freemail": -10,
    "downloads": 10,
    "recent_webinar": 10,
    "demo_request": 20,
    "dormant": -15,
}
SCORE_FLOOR, SCORE_CEILING = 0, 100
GRADES = ((75, "A"), (50, "B"), (25, "C"), (0, "D"))
SQL_SCORE = 50

INDUSTRIES: tuple[str, ...] = get_args(Industry)
COUNTRIES: tuple[str, ...] = get_args(Country)
TARGET_INDUSTRIES = frozenset({"manufacturing", "software", "logistics", "automotive"})
EXCLUDED_INDUSTRIES = frozenset({"gambling", "competitor"})
HOME_MARKET = frozenset({"DE", "AT", "CH"})
SENIOR_WORDS = frozenset(
    {"ceo", "cto", "cmo", "chief", "president", "vp", "head", "director"}
    | {"geschäftsführer", "geschäftsführerin", "leiter", "leiterin"}
)
JUNIOR_WORDS = frozenset(
    {"intern", "student", "trainee", "apprentice", "praktikant", "praktikantin", "werkstudent"}
)
FREEMAIL_DOMAINS = frozenset(
    {"gmail.com", "googlemail.com", "gmx.de", "gmx.net", "web.de", "t-online.de", "freenet.de"}
    | {"outlook.com", "hotmail.com", "yahoo.com", "icloud.com", "proton.me"}
)

_RANKS = (
    "VP",
    "Head of",
    "Director",
    "Chief",
    "Geschäftsführer",
    "Leiterin",
    "CTO &",
    "Senior",
    "International",
    "Lead",
    "Junior",
    "Global",
    "Deputy",
    "Regional",
    "Referent",
    "Intern,",
    "Student",
    "Trainee",
    "Werkstudent",
    "Praktikantin",
)
_FIELDS = (
    "Marketing",
    "Sales",
    "Procurement",
    "Engineering",
    "Operations",
    "Finance",
    "Logistik",
    "Einkauf",
    "Vertrieb",
    "IT",
    "Product",
    "Quality",
    "Data",
    "Customer Success",
    "Research",
)
_TAILS = ("", " Manager", ", EMEA", " (Internal Systems)")
_FREEMAIL = tuple(sorted(FREEMAIL_DOMAINS))


_IDEAL: dict[str, object] = {
    "employees": 120,
    "industry": "software",
    "country": "DE",
    "job_title": "Head of Marketing",
    "email": "head@company-1.example",
    "revenue_meur": 40,
    "downloads": 4,
    "webinars": 1,
    "demo_requests": 1,
    "days_since_visit": 3,
    "budget_confirmed": True,
    "newsletter_consent": True,
    "sales_opt_in": True,
    "unsubscribed": False,
}
_EDGES: dict[str, tuple[object, ...]] = {
    "employees": (0, 9, 10, 49, 50, 249, 250, 10**9),
    "industry": INDUSTRIES,
    "country": COUNTRIES,
    "job_title": (
        "",
        "ceo",
        "HEAD OF IT",
        "Co-Head, Sales",
        "VP/Sales",
        "International Sales",
        "Intern (Head office)",
        "Internal Audit",
        "Studentin",
        "Geschäftsführer",
        "GESCHÄFTSFÜHRERIN",
    ),
    "email": ("a@gmail.com", "a@GMX.de", "a@gmail.com.example", "gmail.com@company.example"),
    "revenue_meur": (0, 9, 10, 499, 500),
    "downloads": (0, 2, 3),
    "webinars": (0, 1, 2),
    "demo_requests": (0, 1, 2),
    "days_since_visit": (0, 30, 31, 90, 91),
    "budget_confirmed": (False,),
    "newsletter_consent": (False,),
    "sales_opt_in": (False,),
    "unsubscribed": (True,),
}


def leads(count: int, seed: int, *, own_titles: bool = False) -> list[Lead]:
    """Return `count` leads, the same ones for the same `seed`.

    About one value in twelve is unknown. Strings are objects of their own, as in leads that have
    just been read from somewhere. Mail domains repeat, e-mail addresses do not; job titles repeat
    unless `own_titles` asks for a different one per lead.
    """
    random = Random(seed)
    rows = [_row(random, number) for number in range(count)]
    batch = [_as_lead(row) for row in rows]
    if own_titles:
        for number, lead in enumerate(batch):
            if lead["job_title"] is not None:
                lead["job_title"] += f", {seed} {number}"
    return read_again(batch)


def edge_leads() -> list[Lead]:
    """Return leads at every bound of the policy, with each attribute unknown, and all unknown."""
    unknown: dict[str, object] = dict.fromkeys(ATTRIBUTES)
    rows = [_IDEAL, unknown]
    for attribute, values in _EDGES.items():
        rows += [{**_IDEAL, attribute: value} for value in (None, *values)]
        rows += [{**unknown, attribute: value} for value in values]
    return [cast(Lead, row) for row in rows]


def read_again(batch: list[Lead]) -> list[Lead]:
    """Return equal leads that share no string with `batch`, so that no hash is known yet."""
    rows = [list(lead.values()) for lead in batch]
    return [_as_lead(row) for row in json.loads(json.dumps(rows))]


def _as_lead(row: list[object]) -> Lead:
    return cast(Lead, dict(zip(ATTRIBUTES, row, strict=True)))


def _row(random: Random, number: int) -> list[object]:
    warm = random.random() < 0.4
    values = (*_firm(random, warm), *_person(random, number), *_behaviour(random, warm))
    known = [None if random.random() < 1 / 12 else value for value in values]
    employees, industry, country, revenue, title, email, *rest = known
    return [employees, industry, country, title, email, revenue, *rest]


def _firm(random: Random, warm: bool) -> tuple[object, ...]:
    employees = int(10 ** random.uniform(1.3 if warm else 0.0, 3.6))
    industries = INDUSTRIES[:4] if warm and random.random() < 0.6 else INDUSTRIES
    countries = COUNTRIES[:3] if random.random() < 0.5 else COUNTRIES
    revenue = int(employees * random.uniform(0.05, 0.6))
    return employees, random.choice(industries), random.choice(countries), revenue


def _person(random: Random, number: int) -> tuple[object, ...]:
    title = f"{random.choice(_RANKS)} {random.choice(_FIELDS)}{random.choice(_TAILS)}"
    own = f"company-{random.randrange(3000)}.example"
    domain = random.choice(_FREEMAIL) if random.random() < 0.25 else own
    if random.random() < 0.05:
        domain = domain.title()
    return title, f"person.{number}.{random.randrange(10**6)}@{domain}"


def _behaviour(random: Random, warm: bool) -> tuple[object, ...]:
    downloads = min(int(random.expovariate(1 / (4 if warm else 1))), 30)
    webinars = int(random.expovariate(1.0 if warm else 2.5))
    demo_requests = int(random.random() < (0.6 if warm else 0.1)) * random.randint(1, 2)
    days_since_visit = int(random.expovariate(1 / (20 if warm else 80)))
    flags = [random.random() < share for share in ((0.6, 0.75, 0.7) if warm else (0.1, 0.5, 0.2))]
    unsubscribed = random.random() < 0.05
    return downloads, webinars, demo_requests, days_since_visit, *flags, unsubscribed

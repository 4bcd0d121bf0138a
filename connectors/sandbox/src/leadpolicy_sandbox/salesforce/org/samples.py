"""Sample leads to rehearse with: plausible German companies and people, none of them real."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any, Final

from leadpolicy_sandbox.salesforce.org.org import Org
from leadpolicy_sandbox.salesforce.org.results import LeadConvert

_FIRST: Final = (
    "Anna", "Jonas", "Lea", "Felix", "Katharina", "Tobias", "Miriam", "Sebastian", "Nadine",
    "Matthias", "Svenja", "Florian", "Carolin", "Stefan", "Birgit", "Andreas", "Yasemin", "Marek",
)  # fmt: skip
_LAST: Final = (
    "Ahlers", "Brandner", "Czerny", "Dettmann", "Eichinger", "Fabricius", "Gerstner", "Hollweg",
    "Irmscher", "Jansen", "Kesselring", "Lohmann", "Mertens", "Nagelschmidt", "Oelze", "Pfister",
    "Quast", "Rademacher", "Stadler", "Thalheim", "Ullrich", "Vossberg", "Wiechert", "Zumbrunn",
)  # fmt: skip
_ROOTS: Final = (
    "Nordlicht", "Rheintal", "Isarwerk", "Hanseblick", "Spreeufer", "Alpstein", "Harzquell",
    "Moselbogen", "Neckarform", "Elbkontor", "Weserland", "Bodanta",
)  # fmt: skip
_BRANCHES: Final = (
    ("Maschinenbau", "Machinery"), ("Software", "Technology"), ("Logistik", "Transportation"),
    ("Energie", "Energy"), ("Pharma", "Healthcare"), ("Beratung", "Consulting"),
    ("Elektronik", "Electronics"), ("Lebensmittel", "Food & Beverage"), ("Medien", "Media"),
    ("Versicherung", "Insurance"),
)  # fmt: skip
_FORMS: Final = ("GmbH", "GmbH & Co. KG", "AG", "SE", "KG", "e. G.")
_TITLES: Final = (
    "Geschäftsführerin", "Leiter Vertrieb", "Leiterin Marketing", "Head of IT", "Einkäufer",
    "Werkstudentin", "CFO", "Referent Digitalisierung", None,
)  # fmt: skip
_CITIES: Final = (
    ("Hamburg", "20095"), ("Köln", "50667"), ("München", "80331"), ("Leipzig", "04109"),
    ("Stuttgart", "70173"), ("Bremen", "28195"), ("Nürnberg", "90402"), ("Wien", "1010"),
    ("Zürich", "8001"),
)  # fmt: skip
_COUNTRIES: Final = {"Wien": "Austria", "Zürich": "Switzerland"}
_SIZES: Final = (4, 12, 35, 80, 150, 240, 600, 1800, 5200, None)
_SOURCES: Final = ("Web", "Web", "Web", "Phone Inquiry", "Partner Referral", "Purchased List")
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_CAMPAIGNS: Final = (
    ("Leitfaden Leadqualifizierung", "White Paper"),
    ("Leitfaden Einwilligungen", "White Paper"),
    ("Checkliste CRM", "White Paper"),
    ("Marktstudie Mittelstand", "White Paper"),
    ("Webinar Vertrieb und Marketing", "Webinar"),
    ("Fachmesse", "Trade Show"),
)
_DAYS: Final = 29


def load_samples(org: Org, count: int = 200, seed: int = 0) -> list[str]:
    """Add leads, some of them worked on, opted out or converted, and return their ids.

    Some have answered campaigns: downloads, a webinar, a trade show. The same seed makes the same
    leads. They belong to the sales user and are up to 29 days old.
    """
    chance = Random(seed)  # noqa: S311 - samples are no secrets
    sales = org.users["sales@practice.example"]
    moments = sorted(chance.random() * _DAYS for _ in range(count))
    made: list[str] = []
    ahead = org.skew
    with org.savepoint():
        try:
            org.skew = ahead - timedelta(days=_DAYS)
            campaigns = [_campaign(org, *named) for named in _CAMPAIGNS]
            for number, age in enumerate(reversed(moments)):
                org.skew = ahead - timedelta(days=age)
                result = org.create(sales, "Lead", _lead(chance, number))
                made.append(str(result.id))
                _answer(org, chance, made[-1], campaigns)
                _work(org, chance, made[-1])
        finally:
            org.skew = ahead
    return made


def _lead(chance: Random, number: int) -> dict[str, Any]:
    first, last = chance.choice(_FIRST), chance.choice(_LAST)
    root, (branch, industry) = chance.choice(_ROOTS), chance.choice(_BRANCHES)
    city, code = chance.choice(_CITIES)
    domain = f"{root}-{branch}.example".lower().translate(_UMLAUTS)
    size = chance.choice(_SIZES)
    return {
        "FirstName": first,
        "LastName": last,
        "Company": f"{root} {branch} {chance.choice(_FORMS)}",
        "Title": chance.choice(_TITLES),
        "Email": f"{first}.{last}.{number}@{domain}".lower().translate(_UMLAUTS),
        "Phone": None if chance.random() < 0.3 else f"+49 40 5550{number % 10000:04}",
        "Website": f"https://www.{domain}",
        "City": city,
        "PostalCode": code,
        "Country": _COUNTRIES.get(city, "Germany"),
        "Industry": industry,
        "NumberOfEmployees": size,
        "AnnualRevenue": None if size is None else size * chance.randint(80, 240) * 1000,
        "LeadSource": chance.choice(_SOURCES),
        "HasOptedOutOfEmail": chance.random() < 0.06,
        "DoNotCall": chance.random() < 0.04,
    }


def _campaign(org: Org, name: str, type: str) -> str:
    sales = org.users["sales@practice.example"]
    return str(org.create(sales, "Campaign", {"Name": name, "Type": type}).id)


def _answer(org: Org, chance: Random, lead: str, campaigns: list[str]) -> None:
    """Let every second lead answer some campaigns."""
    sales = org.users["sales@practice.example"]
    asked = chance.sample(campaigns, chance.choice((0, 0, 0, 1, 2, 4)))
    for campaign in asked:
        given = {"CampaignId": campaign, "LeadId": lead, "Status": "Responded"}
        org.create(sales, "CampaignMember", given)


def _work(org: Org, chance: Random, id: str) -> None:
    sales = org.users["sales@practice.example"]
    drawn = chance.random()
    if drawn < 0.25:
        org.update(sales, "Lead", id, {"Status": "Working - Contacted"})
    elif drawn < 0.32:
        org.update(sales, "Lead", id, {"Status": "Closed - Not Converted"})
    elif drawn < 0.38:
        done = org.convert(sales, LeadConvert(id, "Closed - Converted"))
        if chance.random() < 0.5:
            amount = chance.randint(5, 90) * 1000
            won = {"StageName": "Closed Won", "Amount": amount}
            org.update(sales, "Opportunity", str(done.opportunity_id), won)

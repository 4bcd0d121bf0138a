"""Companies: trade, size, country, domain, and how much they want to buy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from leadpolicy.testing.world.names import (
    COMPANY_PATTERNS,
    COMPETITORS,
    SURNAMES,
    TOWNS,
    ascii_name,
)


@dataclass(frozen=True, slots=True)
class Company:
    """A company as it is, before anybody typed it into a CRM; `appetite` lies in 0..1."""

    name: str
    domain: str
    industry: str
    employees: int
    country: str
    appetite: float
    customer: bool = False
    competitor: bool = False


@dataclass(frozen=True, slots=True)
class _Trade:
    share: int
    median: int
    spread: float
    appetite: float


_TRADES: Final = {
    "Maschinenbau": _Trade(21, 110, 1.2, 1.15),
    "Automobil": _Trade(9, 260, 1.3, 1.1),
    "Chemie": _Trade(7, 200, 1.2, 1.05),
    "Logistik": _Trade(11, 75, 1.3, 1.1),
    "Software": _Trade(16, 32, 1.3, 0.9),
    "Handel": _Trade(12, 24, 1.4, 0.8),
    "Gesundheit": _Trade(8, 80, 1.5, 0.8),
    "Öffentlicher Dienst": _Trade(6, 170, 1.0, 0.6),
    "Sonstige": _Trade(10, 11, 1.3, 0.7),
}
_COUNTRIES: Final = {
    "Deutschland": 80,
    "Österreich": 9,
    "Schweiz": 7,
    "Niederlande": 1,
    "Frankreich": 1,
    "Polen": 1,
    "Italien": 1,
}
_FOREIGN_FORMS: Final = {
    "Niederlande": "B.V.",
    "Frankreich": "SAS",
    "Polen": "Sp. z o.o.",
    "Italien": "S.r.l.",
    "Schweiz": "AG",
}
_FORMLESS: Final = ("Stadt", "Landratsamt", "Zweckverband", "Klinikum", "Labor", "Hotel")
_TRIES: Final = 12
_CUSTOMER_SHARE: Final = 0.025


class CompanyRegister:
    """Draws companies that never share a name or a domain."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._taken: Counter[str] = Counter()

    def found(self) -> Company:
        """Draw one new company."""
        rng = self._rng
        industry = rng.choices(list(_TRADES), [trade.share for trade in _TRADES.values()])[0]
        trade = _TRADES[industry]
        employees = max(1, min(60_000, round(trade.median * rng.lognormvariate(0.0, trade.spread))))
        country = rng.choices(list(_COUNTRIES), list(_COUNTRIES.values()))[0]
        if industry == "Öffentlicher Dienst":
            country = "Deutschland"
        core = self._free_name(COMPANY_PATTERNS[industry])
        return Company(
            name=f"{core} {_legal_form(rng, core, employees, country)}".rstrip(),
            domain=f"{ascii_name(core)}.example",
            industry=industry,
            employees=employees,
            country=country,
            appetite=min(1.0, rng.betavariate(1.3, 3.0) * trade.appetite),
            customer=rng.random() < _CUSTOMER_SHARE,
        )

    def _free_name(self, patterns: Sequence[str]) -> str:
        drawn = [self._name(patterns)]
        while drawn[-1] in self._taken and len(drawn) < _TRIES:
            drawn.append(self._name(patterns))
        name = drawn[-1]
        self._taken[name] += 1
        return name if self._taken[name] == 1 else f"{name} {self._taken[name]}"

    def _name(self, patterns: Sequence[str]) -> str:
        surname, other = self._rng.sample(SURNAMES, 2)
        town = self._rng.choice(TOWNS)
        return self._rng.choice(patterns).format(surname=surname, other=other, town=town)


def competitors() -> tuple[Company, ...]:
    """Return the companies that sell against us; the same in every world."""
    return tuple(
        Company(name, domain, "Software", employees, "Deutschland", 0.7, competitor=True)
        for (name, domain), employees in zip(COMPETITORS, (45, 210, 80), strict=True)
    )


def _legal_form(rng: Random, core: str, employees: int, country: str) -> str:
    if core.startswith(_FORMLESS):
        return "" if country in {"Deutschland", "Österreich"} else _FOREIGN_FORMS[country]
    if country in _FOREIGN_FORMS:
        return _FOREIGN_FORMS[country]
    if employees < 10:
        return rng.choice(("e. K.", "UG", "GbR", "GmbH"))
    if employees < 250:
        return rng.choice(("GmbH", "GmbH", "GmbH & Co. KG", "KG"))
    return rng.choice(("AG", "GmbH & Co. KG", "SE", "GmbH"))

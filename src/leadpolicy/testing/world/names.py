"""Word lists of the demo world: people, fictional towns, trades, mail domains, campaigns."""

from __future__ import annotations

from typing import Final


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FEMALE: Final = _words(
    "Anna Birgit Claudia Doris Elif Franziska Gisela Hannah Ines Jana Jördis Käthe Katharina Laura "
    "Lena Magdalena Marlène Nadine Özlem Petra Renate Sabine Sofia Susanne Tanja Ulrike Ursula "
    "Vanessa Yvonne Zoë"
)
MALE: Final = _words(
    "Achim Andreas Bernd Björn Christian Cem Dieter Emre Felix Florian Günter Hans-Peter Holger "
    "Jan Jörg Jürgen Karl-Heinz Lukas Markus Matthias Niklas Oliver Paul Rainer René Sebastian "
    "Stefan Thomas Uwe Wolfgang Yannick"
)
SURNAMES: Final = _words(
    "Albrecht Bauer Becker Böhm Brandstätter Braun Busch Çelik Dietrich Eberhardt Fäßler Fischer "
    "Frank Fuchs Götz Graf Groß Haas Hartmann Heinrich Herrmann Hofer Hoffmann Horn Huber Jäger "
    "Jung Kaiser Keller Kern König Koch Köhler Kowalski Kraus Krüger Kühn Lang Lehmann Löffler "
    "Lorenz Ludwig Maier Marx Mayer Meier Möller Müller Neumann Nowak Öztürk Otto Pfeiffer Pohl "
    "Preuß Richter Roth Rüegg Sauer Schäfer Scherer Schmid Schmidt Schmitt Schneider Scholz "
    "Schröder Schulz Schwarz Seidel Simon Sommer Stein Strauß Thomas Vogel Voß Wagner Walter "
    "Weber Weiß Werner Winkler Winter Wolf Yılmaz Zeller Ziegler Zimmermann Zürcher"
)

_TOWN_STEMS: Final = _words(
    "Alten Birken Dorn Eichen Grün Hohen König Linden Mühl Neuen Ober Roßen Silber Süßen Unter "
    "Weißen Wolfs"
)
_TOWN_ENDS: Final = _words("au bach berg brück dorf feld furt hausen stätten tal wald")
TOWNS: Final = tuple(f"{stem}{end}" for stem in _TOWN_STEMS for end in _TOWN_ENDS)

COMPANY_PATTERNS: Final = {
    "Maschinenbau": (
        "{surname} Maschinenbau",
        "{surname} Werkzeugmaschinen",
        "{surname} & {other} Fördertechnik",
        "Maschinenfabrik {town}",
        "{town}er Pumpenwerke",
    ),
    "Automobil": (
        "{surname} Fahrzeugteile",
        "{surname} Präzisionsguss",
        "{town}er Achsenwerke",
        "{surname} Automotive",
    ),
    "Chemie": ("{surname} Chemie", "{town}er Lackfabrik", "{surname} Spezialkunststoffe"),
    "Logistik": (
        "Spedition {surname}",
        "{surname} Logistik",
        "{town}er Lagerhaus",
        "{surname} & {other} Transporte",
    ),
    "Software": (
        "{surname} Software",
        "{surname} IT-Systeme",
        "{town} Datenwerk",
        "{surname} & {other} Digital",
    ),
    "Handel": (
        "{surname} Großhandel",
        "Autohaus {surname}",
        "{surname} Bürobedarf",
        "Baustoffe {town}",
    ),
    "Gesundheit": (
        "{surname} Medizintechnik",
        "Klinikum {town}",
        "Pflegedienst {surname}",
        "Labor Dr. {surname}",
    ),
    "Öffentlicher Dienst": (
        "Stadtwerke {town}",
        "Landratsamt {town}",
        "Stadt {town}",
        "Zweckverband {town}",
    ),
    "Sonstige": (
        "{surname} Architekten",
        "Hotel {town}er Hof",
        "Tischlerei {surname}",
        "{surname} Beratung",
        "Gärtnerei {surname}",
    ),
}

FREEMAIL_DOMAINS: Final = (
    "gmail.com",
    "web.de",
    "gmx.de",
    "t-online.de",
    "posteo.de",
    "outlook.com",
    "gmx.at",
    "bluewin.ch",
)
FREEMAIL_WEIGHTS: Final = (30, 22, 22, 12, 4, 6, 3, 1)

COMPETITORS: Final = (
    ("Angebotswerk Süd GmbH", "angebotswerk.example"),
    ("Vertriebsanker AG", "vertriebsanker.example"),
    ("Pipelinie Software GmbH", "pipelinie.example"),
)

WHITEPAPERS: Final = (
    "Leitfaden Vorausschauende Wartung",
    "Checkliste Lieferantenwechsel",
    "Whitepaper Energiekosten in der Fertigung",
    "Fallstudie Lager ohne Suchzeiten",
    "Vergleich Mietmodelle",
    "Praxisheft Rüstzeiten",
    "Kalkulationsvorlage Instandhaltung",
)
WEBINARS: Final = (
    "Webinar Wartung planbar machen",
    "Webinar Einkauf und Technik an einem Tisch",
    "Webinar Fragen aus der Praxis",
)

SALES_TEAM: Final = ("a.keller", "b.yilmaz", "c.grossmann", "d.huber", "e.lindner", "f.kraus")

_ASCII: Final = str.maketrans(
    {
        "ä": "ae",
        "ö": "oe",
        "ü": "ue",
        "ß": "ss",
        "é": "e",
        "è": "e",
        "ë": "e",
        "ç": "c",
        "ı": "i",
        " ": "-",
        "&": "und",
        ".": "",
    }
)


def ascii_name(text: str) -> str:
    """Return a name as it is spelt in mail addresses and domains.

    >>> ascii_name("Jördis Weiß")
    'joerdis-weiss'
    """
    return text.lower().translate(_ASCII)

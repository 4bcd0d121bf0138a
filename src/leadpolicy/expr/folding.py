"""How texts are brought into one form: on entry, and folded for tests that ignore case."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from unicodedata import normalize

LONGEST_DOMAIN: Final = 253
"""Characters that a domain name may have."""


def normalise(text: str) -> str | None:
    """Return a text as it is stored: composed (NFC) and trimmed; None where nothing is left.

    >>> normalise("  Mu\\u0308ller ")
    'Müller'
    >>> normalise(" ") is None
    True
    """
    return normalize("NFC", text).strip() or None


def fold(text: str) -> str:
    """Return the form in which texts are compared without case: NFKC, casefold, ß as ss, trimmed.

    >>> fold(" Große STRASSE ")
    'grosse strasse'
    """
    if text.isascii():
        return text.lower().strip()
    return normalize("NFKC", normalize("NFKC", text).casefold()).strip()


def email_domain(text: str) -> str | None:
    """Return the folded domain of an e-mail address, IDNA-encoded where it is not ASCII.

    None where there is no @, nothing behind the last one, or no name that can be encoded.

    >>> email_domain("Jana@Müller.DE")
    'xn--mller-kva.de'
    >>> email_domain("no address") is None
    True
    """
    _, at, domain = fold(text).rpartition("@")
    domain = domain.strip()
    if not at or not domain:
        return None
    return domain if domain.isascii() else _encoded(domain)


def _encoded(domain: str) -> str | None:
    if len(domain) > LONGEST_DOMAIN:
        return None
    import idna

    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except UnicodeError:
        return None


def has_word(folded: str, folded_needle: str) -> bool:
    """Tell whether a folded text has the folded needle as a whole word or run of words.

    Letters of any script, digits and the underscore make words; an empty needle is no word.

    >>> has_word(fold("Interner Vertrieb"), "intern")
    False
    >>> has_word(fold("Head of Sales, DACH"), "head of sales")
    True
    """
    return word_pattern(folded_needle).search(folded) is not None


@lru_cache(maxsize=1024)
def word_pattern(folded_needle: str) -> re.Pattern[str]:
    r"""Return the pattern whose search decides `has_word` for a folded needle.

    >>> word_pattern("intern").pattern
    '(?<!\\w)intern(?!\\w)'
    """
    return re.compile(rf"(?<!\w){re.escape(folded_needle)}(?!\w)" if folded_needle else r"(?!)")

"""From a country's name as a feed writes it to the two-letter code the register uses. Pure."""

import re
from functools import cache

from babel import Locale

# Names of feeds that are neither Babel's nor Babel's with "and" for "&"; older names stand in brackets behind them.
_OTHERS = {
    "congo": "CG",
    "cote d'ivoire": "CI",
    "czech republic": "CZ",
    "dr congo": "CD",
    "democratic republic of congo": "CD",
    "east timor": "TL",
    "hong kong": "HK",
    "ivory coast": "CI",
    "kingdom of eswatini": "SZ",
    "macedonia, fyr": "MK",
    "palestine": "PS",
    "state of palestine": "PS",
    "syrian arab republic": "SY",
    "turkey": "TR",
    "united states of america": "US",
}


def country_code(name: str) -> str | None:
    """The ISO 3166 two-letter code of a country.

    Args:    name: English, any case, former names in brackets; or a code already.
    Returns: the code in capitals; None for a name that is not recognised.
    """
    if re.fullmatch(r"[A-Z]{2}", name):
        return name
    plain = re.sub(r"\s*\(.*?\)", "", name).strip().lower()
    return _by_name().get(plain.replace("-", " & ") if plain == "bosnia-herzegovina" else plain)


@cache
def _by_name() -> dict[str, str]:
    territories = Locale("en").territories
    names = {name.lower(): code for code, name in territories.items() if len(code) == 2 and code.isalpha()}
    spelled = {name.replace("&", "and"): code for name, code in names.items()}
    return {**spelled, **names, **_OTHERS}

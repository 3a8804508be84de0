"""Countries as register files write them, and whether a position can lie in one: ISO 3166-1 alpha-2, upper case."""

import json
import re
from functools import cache, lru_cache
from importlib.resources import files

from babel import Locale
from babel.core import get_global

# About 28 km: coasts of the boxes are coarse, and a site may lie on a border.
MARGIN_DEGREES = 0.25

# Names of the United Nations and of older lists that CLDR writes otherwise.
_OTHER_NAMES = {
    "iran (islamic republic of)": "IR",
    "islamic republic of iran": "IR",
    "syrian arab republic": "SY",
    "state of palestine": "PS",
    "palestine": "PS",
    "palestinian territory, occupied": "PS",
    "libyan arab jamahiriya": "LY",
    "viet nam": "VN",
    "russian federation": "RU",
    "turkey": "TR",
    "republic of türkiye": "TR",
    "democratic republic of the congo": "CD",
    "congo": "CG",
    "côte d'ivoire": "CI",
    "ivory coast": "CI",
    "united republic of tanzania": "TZ",
    "bolivia (plurinational state of)": "BO",
    "venezuela (bolivarian republic of)": "VE",
    "venezuela, bolivarian republic of": "VE",
    "democratic people's republic of korea": "KP",
    "republic of korea": "KR",
    "lao people's democratic republic": "LA",
    "republic of moldova": "MD",
    "the former yugoslav republic of macedonia": "MK",
    "united kingdom of great britain and northern ireland": "GB",
    "united states of america": "US",
    "netherlands (kingdom of the)": "NL",
    "myanmar": "MM",
    "brunei darussalam": "BN",
    "cabo verde": "CV",
    "czech republic": "CZ",
    "holy see": "VA",
    "micronesia (federated states of)": "FM",
    "sao tome and principe": "ST",
    "swaziland": "SZ",
    "saint kitts and nevis": "KN",
    "saint lucia": "LC",
    "saint vincent and the grenadines": "VC",
    "antigua and barbuda": "AG",
    "bosnia and herzegovina": "BA",
    "trinidad and tobago": "TT",
}  # fmt: skip


@lru_cache(maxsize=4096)
def country_code(text: str) -> str | None:
    """ISO alpha-2 of a code of two or three letters or of an English country name.

    Returns: upper case; None when it is no country, or one that split into several.
    """
    word = " ".join(text.replace("\u2019", "'").split())
    if re.fullmatch(r"[A-Za-z]{2}", word):
        return word.upper() if word.upper() in _names_by_code() else None
    if re.fullmatch(r"[A-Za-z]{3}", word):
        now = get_global("territory_aliases").get(word.upper(), [])
        return str(now[0]) if len(now) == 1 else None
    return _OTHER_NAMES.get(word.lower()) or _codes_by_name().get(word.lower())


@cache
def _names_by_code() -> dict[str, str]:
    names = Locale("en").territories
    return {
        code: str(name) for code, name in names.items() if re.fullmatch(r"[A-Z]{2}", code) and code not in _NO_COUNTRY
    }


_NO_COUNTRY = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}


@cache
def _codes_by_name() -> dict[str, str]:
    return {name.replace("\u2019", "'").lower(): code for code, name in _names_by_code().items()}


@cache
def _boxes() -> dict[str, list[tuple[float, float, float, float]]]:
    """West, south, east, north of each country's lands.  Source: Natural Earth 1:50m, remote islands added by hand."""
    text = (files(__package__) / "country_boxes.json").read_text(encoding="utf-8")
    return {code: [tuple(box) for box in boxes] for code, boxes in json.loads(text).items()}


def lies_in(lon: float, lat: float, countries: tuple[str, ...], margin: float = MARGIN_DEGREES) -> bool | None:
    """Whether a position lies within the outermost bounds of one of the countries; None when bounds are not held."""
    boxes = [box for code in countries for box in _boxes().get(code, [])]
    if not boxes or any(code not in _boxes() for code in countries):
        return None
    return any(w - margin <= lon <= e + margin and s - margin <= lat <= n + margin for w, s, e, n in boxes)

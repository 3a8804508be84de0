"""Whether a point that somebody typed lies in another country than is stated, by the outlines of the basemap.

Outlines are as maps draw them: coarse to some kilometres, and disputed land is drawn with one side. So a point is held
against nobody near a border, nor where the site's own place lies in the same outline.
Source: Natural Earth 1:50m.
"""

import json
from collections.abc import Collection, Sequence
from functools import lru_cache

import shapely
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry
from sqlmodel import Session

from heritage.sites.models import Site
from heritage.sites.queries import parts_of
from heritage.sites.readers.countries import country_code
from heritage.web.assets import DIST, built_name

# About 11 km: what the outlines may be off, with room for a site on a border.
MARGIN_DEGREES = 0.1
Position = tuple[float, float]
# How Natural Earth writes shorter than everybody else.
_SHORT = {
    "Bosnia and Herz.": "BA", "Central African Rep.": "CF", "Dem. Rep. Congo": "CD", "Dominican Rep.": "DO",
    "Eq. Guinea": "GQ", "Macedonia": "MK", "S. Sudan": "SS", "Solomon Is.": "SB", "W. Sahara": "EH",
    "eSwatini": "SZ", "Marshall Is.": "MH", "St. Kitts and Nevis": "KN", "St. Vin. and Gren.": "VC", "Vatican": "VA",
}  # fmt: skip

# Pairs of which each, or each one's maps, draw land of the other: no map is taken for the truth between the two.
_CONTESTED = frozenset(
    frozenset(pair.split("-"))
    for pair in [
        "AM-AZ",
        "CN-IN",
        "CN-TW",
        "CY-TR",
        "DZ-MA",
        "EH-MA",
        "GE-RU",
        "IL-LB",
        "IL-PS",
        "IL-SY",
        "IN-PK",
        "JP-RU",
        "KE-SS",
        "MD-RU",
        "RS-XK",
        "RU-UA",
        "SD-SS",
        "EG-SD",
    ]
)


@lru_cache(maxsize=1)
def _outlines() -> dict[str, BaseGeometry]:
    """The outline of each country by its code; land that is nobody's code has none."""
    text = (DIST / built_name("world-50m.json")).read_text(encoding="utf-8")
    kinds = [item["properties"] for item in json.loads(text)["features"]]
    found: dict[str, BaseGeometry] = {}
    for told, outline in zip(kinds, shapely.get_parts(shapely.from_geojson(text)), strict=True):
        name = told.get("name", "")
        code = _SHORT.get(name) or country_code(name)
        if told["kind"] == "land" and code:
            shapely.prepare(outline)
            found[code] = outline
    return found


def country_instead(session: Session, site: Site, position: Position) -> str | None:
    """The country that a point said to be of a site surely lies in, where it is none of the site's.

    Args:    position: lon, lat in degrees.
    Returns: an ISO code, or None: it lies in the site's country or near it, at sea, where maps draw the site's own
             place too, or no place of the site is held.
    """
    held = [(part.lon, part.lat) for part in parts_of(session, site.id or 0) if part.lon is not None]
    return told_by_maps(position, site.states_parties, [(lon, lat) for lon, lat in held if lat is not None])


def told_by_maps(position: Position, stated: Sequence[str], own: Collection[Position]) -> str | None:
    """The same of any point.

    Args:    stated: ISO codes.  own: what lies in a stated country by common consent; without it nothing is told.
    """
    code = _elsewhere(position, stated) if own else None
    drawn_there = code is not None and any(_outlines()[code].contains(Point(place)) for place in own)
    return None if drawn_there else code


def country_at(position: Position, stated: Sequence[str]) -> str | None:
    """The country that a place not held yet surely lies in, where it is none of those stated.

    Returns: an ISO code, or None also where the two countries draw their border differently: no place of the site's own
             says there which map is meant.
    """
    code = _elsewhere(position, stated)
    return None if code is None or any(frozenset({code, each}) in _CONTESTED for each in stated) else code


def _elsewhere(position: Position, stated: Sequence[str]) -> str | None:
    """The country whose outline holds the point, when it lies well away from every country stated."""
    outlines, point = _outlines(), Point(position)
    if not stated or any(code not in outlines for code in stated):
        return None
    if any(outlines[code].distance(point) <= MARGIN_DEGREES for code in stated):
        return None
    return next((code for code, outline in outlines.items() if outline.contains(point)), None)

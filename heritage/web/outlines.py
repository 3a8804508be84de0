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
    outlines = _outlines()
    if not own or not stated or any(code not in outlines for code in stated):
        return None
    point = Point(position)
    if any(outlines[code].distance(point) <= MARGIN_DEGREES for code in stated):
        return None
    held = [Point(place) for place in own]
    for code, outline in outlines.items():
        if outline.contains(point):
            return None if any(outline.contains(place) for place in held) else code
    return None

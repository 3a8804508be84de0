"""The one place that decides what of a place may be shown; pages, maps, lists, digests and files all ask here."""

import math
from dataclasses import dataclass
from enum import StrEnum

KM_PER_DEGREE_LAT = 111.195  # mean length of a degree; a grid only has to be stable, not exact


class Disclosure(StrEnum):
    """How much of a site's place may be shown."""

    PUBLIC = "public"
    GENERALISED = "generalised"
    HIDDEN = "hidden"


@dataclass(frozen=True)
class PublicPoint:
    """A point that may be shown; ``grid_km`` is None when exact, else the width of the cell whose centre it is."""

    lon: float
    lat: float
    grid_km: float | None = None


def public_point(lon: float | None, lat: float | None, disclosure: str, grid_km: float | None) -> PublicPoint | None:
    """What may be shown of a point.

    Args:    lon, lat: degrees, WGS 84, or None when unknown.  disclosure: of the site.  grid_km: width of its cell.
    Returns: the point itself, the centre of its grid cell (always the same for the same cell, so that repeated
             questions cannot average it away), or None for a hidden or unknown place.
    """
    if lon is None or lat is None or disclosure == Disclosure.HIDDEN:
        return None
    if disclosure == Disclosure.PUBLIC:
        return PublicPoint(lon, lat)
    width = grid_km or 5.0
    row = math.floor(lat * KM_PER_DEGREE_LAT / width)
    cell_lat = (row + 0.5) * width / KM_PER_DEGREE_LAT
    # Cells of one row share one width in degrees, so neighbouring questions see the same borders.
    degrees = min(360.0, width / (KM_PER_DEGREE_LAT * max(0.01, math.cos(math.radians(cell_lat)))))
    cell_lon = (math.floor(lon / degrees) + 0.5) * degrees
    return PublicPoint(round(max(-180.0, min(180.0, cell_lon)), 5), round(max(-90.0, min(90.0, cell_lat)), 5), width)


def may_show_distance(disclosure: str) -> bool:
    """Whether exact distances from a site to reported places may be shown: three of them would give its place away."""
    return disclosure == Disclosure.PUBLIC

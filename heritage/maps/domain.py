"""GeoJSON shapes of the map: features, circles on the ellipsoid, bounds, and cells to count many sites in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import Any

import numpy as np
import numpy.typing as npt
from pyproj import Geod

from heritage.core.errors import N_, UnusableField

WGS84 = Geod(ellps="WGS84")
CIRCLE_POINTS = 72
# No cell is narrower: a count of one in a smaller cell would give away a generalised place.
SMALLEST_CELL_DEG = 0.25
DEGREES_AT_ZOOM_0 = 22.5
Feature = dict[str, Any]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class View:
    """What a map shows: west, south, east, north in degrees, and the zoom. West may be greater than east."""

    west: float
    south: float
    east: float
    north: float
    zoom: int

    @property
    def everywhere(self) -> bool:
        """The whole circle of longitudes is in view."""
        return self.east - self.west >= 360

    @property
    def cell_deg(self) -> float:
        """Width of the cells sites are counted in at this zoom; halves with each level, down to the smallest."""
        return max(SMALLEST_CELL_DEG, DEGREES_AT_ZOOM_0 / float(2 ** max(0, self.zoom)))

    def contains(self, lon: float, lat: float) -> bool:
        """Whether a point is in view, on whichever turn of the globe."""
        return self.south <= lat <= self.north and (
            self.everywhere or (lon - self.west) % 360 <= (self.east - self.west) % 360
        )


WORLD = View(-180, -90, 180, 90, 0)


def parse_view(bbox: str | None, zoom: str | None) -> View:
    """Read `west,south,east,north` and a zoom.

    Raises: InvalidInput when they are not numbers or not on the globe.
    """
    if not bbox:
        return WORLD
    try:
        west, south, east, north = (float(edge) for edge in bbox.split(","))
        level = int(zoom or 0)
    except ValueError:
        raise UnusableField("bbox", N_("Four numbers are needed, west,south,east,north in degrees.")) from None
    if not all(abs(edge) <= 1080 for edge in (west, south, east, north)) or south > north or not 0 <= level <= 24:
        raise UnusableField("bbox", N_("Four numbers are needed, west,south,east,north in degrees."))
    return View(west, max(-90.0, south), east if east >= west else east + 360, min(90.0, north), level)


def feature(geometry: dict[str, Any], **properties: Any) -> Feature:
    """One GeoJSON feature."""
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def point(lon: float, lat: float) -> dict[str, Any]:
    """A GeoJSON point; five decimals are a metre."""
    return {"type": "Point", "coordinates": [round(lon, 5), round(lat, 5)]}


def circle_ring(lon: float, lat: float, radius_km: float) -> list[list[float]]:
    """A closed ring at a geodesic distance around a point, counter-clockwise, without a jump at the antimeridian."""
    # Azimuths run clockwise from north, so they go down for a ring that runs the other way.
    azimuths = np.linspace(360, 0, CIRCLE_POINTS + 1)
    n = len(azimuths)
    lons, lats, _ = WGS84.fwd(np.full(n, lon), np.full(n, lat), azimuths, np.full(n, radius_km * 1000))
    lons = lon + (np.asarray(lons) - lon + 180) % 360 - 180
    ring = [[round(float(x), 5), round(float(y), 5)] for x, y in zip(lons, lats, strict=True)]
    ring[-1] = ring[0]
    return ring


def circle(lon: float, lat: float, radius_km: float) -> dict[str, Any]:
    """A disc on the ellipsoid as a GeoJSON polygon."""
    return {"type": "Polygon", "coordinates": [circle_ring(lon, lat, radius_km)]}


def circle_line(lon: float, lat: float, radius_km: float) -> dict[str, Any]:
    """The edge of such a disc as a GeoJSON line."""
    return {"type": "LineString", "coordinates": circle_ring(lon, lat, radius_km)}


def bounds_around(points: Iterable[Sequence[float]], margin_km: float) -> list[float] | None:
    """West, south, east, north around points, with a margin; the shorter way round when they span the antimeridian."""
    listed = [(float(p[0]), float(p[1])) for p in points]
    if not listed:
        return None
    lats = [lat for _, lat in listed]
    west, east = _arc([lon for lon, _ in listed])
    tall = margin_km / 111.2
    wide = tall / max(0.05, cos(radians(max(-89.0, min(89.0, sum(lats) / len(lats))))))
    edges = [west - wide, max(-89.0, min(lats) - tall), east + wide, min(89.0, max(lats) + tall)]
    return [round(edge, 4) for edge in edges]


def _arc(lons: list[float]) -> tuple[float, float]:
    """The shortest arc that holds all longitudes: what is left when the widest gap between neighbours is taken out."""
    ordered = sorted({lon % 360 for lon in lons})
    gaps = [(b - a) % 360 for a, b in zip(ordered, [*ordered[1:], ordered[0] + 360], strict=True)]
    if len(ordered) == 1:
        gaps = [360.0]
    widest = max(range(len(gaps)), key=gaps.__getitem__)
    west = ordered[(widest + 1) % len(ordered)]
    east = west + 360 - gaps[widest]
    turn = 360.0 if west > 180 else 0.0
    return west - turn, east - turn


def vertices(geometry: dict[str, Any] | None) -> list[Sequence[float]]:
    """Every corner of a polygon, line or point."""
    if not geometry:
        return []
    nested: list[Any] = [geometry.get("coordinates", [])]
    found: list[Sequence[float]] = []
    while nested:
        item = nested.pop()
        if item and isinstance(item[0], int | float):
            found.append(item)
        else:
            nested.extend(item)
    return found


def count_in_cells(view: View, lon: Floats, lat: Floats, *, limit: int) -> list[tuple[float, float, int]]:
    """Count points by cell.

    Args:    view: what is shown, with the width of its cells.  lon, lat: n degrees each, NaN for no point.
    Returns: lon and lat of each cell's middle with its number, the largest first, at most `limit`. The middle, never
             the mean of its members: that would give away a lone one's place.
    """
    inside = (view.south <= lat) & (lat <= view.north)
    if not view.everywhere:
        inside &= (lon - view.west) % 360 <= (view.east - view.west) % 360
    cell = view.cell_deg
    at = np.column_stack([np.floor(lon[inside] / cell), np.floor(lat[inside] / cell)])
    cells, numbers = np.unique(at, axis=0, return_counts=True)
    order = np.argsort(-numbers, kind="stable")[:limit]
    return [
        (float((x + 0.5) * cell), float((y + 0.5) * cell), int(number))
        for (x, y), number in zip(cells[order], numbers[order], strict=True)
    ]


def collection(features: list[Feature], **more: Any) -> dict[str, Any]:
    """A GeoJSON FeatureCollection."""
    return {"type": "FeatureCollection", "features": features, **more}


# How old a report is, as a map draws it: a full disc, a ring, a thin small ring.  Days before the day shown.
FRESH_DAYS, RECENT_DAYS = 7, 28


def age_class(days: int) -> int:
    """The class a map draws a report in.

    Args:    days: from its last day to the day shown; below 0 for what goes on after it.
    Returns: 0 within a week, 1 within four weeks, 2 before.
    """
    return 0 if days <= FRESH_DAYS else 1 if days <= RECENT_DAYS else 2

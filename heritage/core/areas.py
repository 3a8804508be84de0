"""Areas on the globe as people draw them: made whole where they cross the 180th meridian, and told by their bounds."""

from collections.abc import Mapping, Sequence
from typing import Any

import shapely
from shapely.affinity import translate
from shapely.geometry import MultiPolygon, Polygon, box, mapping, shape
from shapely.geometry.base import BaseGeometry

Ring = list[tuple[float, float]]
# Nobody draws a strip so high along the meridian: a ring of that height means the rest of the globe.
_STRIP_DEG = 90.0
_TOUCHES_DEG = 1e-9


class CrossesItself(ValueError):
    """The edges of an area cross each other."""


def wrapped(geometry: Mapping[str, Any]) -> dict[str, Any]:
    """A polygon with every longitude within ±180, cut in two where it crosses the meridian.

    Args:    geometry: GeoJSON Polygon or MultiPolygon, lon, lat in degrees. It crosses where longitudes run on past
             180, or where an edge of more than half the globe is shorter the other way round.
    Returns: the same geometry when nothing crosses.
    Raises:  CrossesItself; ValueError when a ring goes around a pole or more than once around the globe.
    Source:  RFC 7946, 3.1.9.
    """
    several = geometry["type"] == "MultiPolygon"
    given = [list(map(_ring, rings)) for rings in (geometry["coordinates"] if several else [geometry["coordinates"]])]
    unrolled = [_unrolled(rings) for rings in given]
    if given == unrolled and all(abs(lon) <= 180 for rings in given for ring in rings for lon, _ in ring):
        return {"type": geometry["type"], "coordinates": geometry["coordinates"]}
    areas = [Polygon(rings[0], rings[1:]) for rings in unrolled]
    if not all(area.is_valid for area in areas):
        raise CrossesItself
    pieces = [piece for area in areas for piece in _cut(area)]
    whole = shapely.union_all(pieces) if len(pieces) > 1 else pieces[0]
    return dict(mapping(whole))


def bounds(geometry: Mapping[str, Any]) -> tuple[float, float, float, float]:
    """West, south, east and north of an area; west is greater than east where it crosses the 180th meridian."""
    drawn = shape(geometry)
    west, south, east, north = drawn.bounds
    parts = list(drawn.geoms) if isinstance(drawn, MultiPolygon) else [drawn]
    spans = sorted((part.bounds[0], part.bounds[2]) for part in parts)
    # Around the globe: the widest empty stretch lies outside the area.
    reach, gaps = spans[0][1], []
    for begins, ends in spans[1:]:
        if begins > reach:
            gaps.append((begins - reach, reach, begins))
        reach = max(reach, ends)
    outside = west + 360 - east
    if gaps and max(gaps)[0] > outside:
        _, east, west = max(gaps)
    return west, south, east, north


def _ring(ring: Sequence[Sequence[float]]) -> Ring:
    return [(float(point[0]), float(point[1])) for point in ring]


def _unrolled(rings: Sequence[Ring]) -> list[Ring]:
    """Rings whose edges all go the way that was meant, their longitudes running on past 180 where they must."""
    outer = _followed(rings[0])
    middle = sum(lon for lon, _ in outer) / len(outer)
    return [outer, *(_beside(_followed(ring), middle) for ring in rings[1:])]


def _followed(ring: Ring) -> Ring:
    lats = [lat for _, lat in ring]
    leaps = any(abs(after[0] - before[0]) > 180 for before, after in zip(ring, ring[1:], strict=False))
    if not leaps or max(lats) - min(lats) > _STRIP_DEG:
        return ring
    followed = [ring[0]]
    for lon, lat in ring[1:]:
        step = (lon - followed[-1][0] + 180) % 360 - 180
        followed.append((followed[-1][0] + step, lat))
    if abs(followed[-1][0] - followed[0][0]) > _TOUCHES_DEG:
        raise ValueError("a ring goes around a pole")
    # From one edge of the map to the other is all of it, not nothing.
    lons = [lon for lon, _ in followed]
    return followed if max(lons) - min(lons) > _TOUCHES_DEG else ring


def _beside(ring: Ring, middle: float) -> Ring:
    """A hole on the same turn of the globe as the area that it is in."""
    turns = round((middle - sum(lon for lon, _ in ring) / len(ring)) / 360) * 360
    return [(lon + turns, lat) for lon, lat in ring]


def _cut(area: Polygon) -> list[BaseGeometry]:
    west, _, east, _ = area.bounds
    if east - west > 360 or west < -540 or east > 540:
        raise ValueError("an area goes more than once around the globe")
    found = []
    for turn in (-360, 0, 360):
        piece = area.intersection(box(turn - 180, -90, turn + 180, 90))
        if piece.area > 0:
            found.append(translate(piece, -turn))
    return found

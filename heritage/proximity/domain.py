"""What nearness means: a distance, the range it may really lie in, a direction."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from heritage.core.boundaries import Boundary
from heritage.core.geodesy import Floats, checked_coordinates, distance_and_bearing
from heritage.proximity.engine import iter_pairs

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Places:
    """n places of events. id; lon, lat in degrees; radius_km: how far from its point each may really lie."""

    id: Ints
    lon: Floats
    lat: Floats
    radius_km: Floats

    def __len__(self) -> int:
        return len(self.id)


@dataclass(frozen=True)
class Points:
    """n component parts known by a point. extent_km: radius of a circle of the part's area, 0 where unknown."""

    id: Ints
    lon: Floats
    lat: Floats
    extent_km: Floats

    def __len__(self) -> int:
        return len(self.id)


@dataclass(frozen=True)
class Shape:
    """One component part known by its boundary, by the legal buffer zone around it, or by both.

    lon, lat: its point, from which the bearing is taken; the middle of the boundary where the register has none.
    """

    id: int
    lon: float
    lat: float
    extent_km: float
    boundary: Boundary | None
    buffer_zone: Boundary | None


@dataclass(frozen=True)
class Nearness:
    """n pairs with the columns of the table `proximity`."""

    place_id: Ints
    part_id: Ints
    distance_km: Floats
    low_km: Floats
    high_km: Floats
    bearing_deg: Floats
    in_buffer_zone: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.place_id)


def bounds_km(distance_km: Floats, radius_km: Floats, extent_km: Floats) -> tuple[Floats, Floats]:
    """Turn a distance into the range the true one lies in.

    Args:    distance_km: n, point to point or point to boundary.  radius_km: n, uncertainty of the place.
             extent_km: n, radius of the part when its boundary is not known, else 0.
    Returns: n lower bounds, not below 0; n upper bounds.
    """
    slack = radius_km + extent_km
    return np.maximum(0.0, distance_km - slack), distance_km + slack


def match_points_of_parts(places: Places, parts: Points, reach_km: float) -> list[Nearness]:
    """Pair places with parts that are known by a point.

    Args:    places, parts: any order.  reach_km: geodesic, > 0, on the nominal distance.
    Returns: the pairs within reach, in shares.
    Raises:  CoordinateError naming the first bad index.
    Source:  ADR-0002.
    """
    found = []
    for share in iter_pairs(places.lon, places.lat, parts.lon, parts.lat, reach_km):
        a, b = share.a_index, share.b_index
        _, bearing = distance_and_bearing(parts.lon[b], parts.lat[b], places.lon[a], places.lat[a])
        low, high = bounds_km(share.distance_km, places.radius_km[a], parts.extent_km[b])
        nowhere = np.zeros(len(share), dtype=bool)
        found.append(Nearness(places.id[a], parts.id[b], share.distance_km, low, high, bearing, nowhere))
    return found


def match_shape(places: Places, shape: Shape, reach_km: float) -> Nearness:
    """Pair places with one part that is known by its boundary or has a buffer zone.

    Args:    places: any order.  shape: the part.  reach_km: geodesic, > 0, on the nominal distance.
    Returns: the pairs within reach, nearest first; distance 0 inside the boundary.
    Raises:  CoordinateError naming the first bad index.
    """
    near = _candidates(places, shape, reach_km)
    lon, lat = places.lon[near], places.lat[near]
    here_lon, here_lat = np.full(len(near), shape.lon), np.full(len(near), shape.lat)
    to_point, bearing = distance_and_bearing(here_lon, here_lat, lon, lat)
    distance = shape.boundary.distance_km(lon, lat) if shape.boundary else to_point
    kept = np.flatnonzero(distance <= reach_km)
    kept = kept[np.lexsort((places.id[near][kept], distance[kept]))]
    near, distance = near[kept], distance[kept]
    low, high = bounds_km(distance, places.radius_km[near], np.full(len(kept), shape.extent_km))
    zone = shape.buffer_zone.contains(lon[kept], lat[kept]) if shape.buffer_zone else np.zeros(len(kept), dtype=bool)
    return Nearness(
        places.id[near], np.full(len(kept), shape.id, dtype=np.int64), distance, low, high, bearing[kept], zone
    )


def _candidates(places: Places, shape: Shape, reach_km: float) -> Ints:
    """Places that a circle around the whole boundary brings within reach; few of all places are."""
    middle, radius_km = (shape.lon, shape.lat), 0.0
    if shape.boundary is not None:
        middle, radius_km = (shape.boundary.lon, shape.boundary.lat), shape.boundary.bounding_km
    lon, lat = checked_coordinates(places.lon, places.lat)
    shares = [share.b_index for share in iter_pairs([middle[0]], [middle[1]], lon, lat, reach_km + radius_km)]
    return np.concatenate(shares).astype(np.int64) if shares else np.empty(0, dtype=np.int64)

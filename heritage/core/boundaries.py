"""Distance to a boundary: GeoJSON areas, lines and points with geodesic edges, measured to within a millimetre."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from heritage.core.geodesy import (
    ECCENTRICITY_2,
    Floats,
    checked_coordinates,
    destination,
    distance_and_bearing,
    distance_m,
    to_geocentric,
)

# Edges are cut to this length: between two cuts a geodesic and its straight image differ by less than a millimetre.
_EDGE_KM = 1.0
_MOST_CUTS = 20_000
# Within this much of the centre one plane serves every point; larger shapes get a plane around each point asked for,
# because a plane is exact only from its centre outwards.
_ONE_PLANE_KM = 2.0


class BoundaryError(ValueError):
    """A geometry that cannot be used as a boundary."""


class Boundary:
    """A shape on the ellipsoid that answers how far places are from it.

    Args:    geometry: GeoJSON geometry (any type), lon, lat in degrees, WGS 84; longitudes may run on past 180.
             Edges are geodesics between their ends, which for edges of some kilometres is what everyone means;
             an edge of hundreds of kilometres along a parallel must be given with points between.
    Raises:  BoundaryError when it is no geometry, is empty, or has a coordinate that is no place.
    Source:  azimuthal equidistant planes by Karney's geodesics; ADR-0002.
    """

    def __init__(self, geometry: Mapping[str, Any]) -> None:
        raw = _shape_of(geometry)
        self._lon, self._lat = _vertices(raw)
        self._degrees = shapely.transform(raw, lambda _: np.column_stack((self._lon, self._lat)))
        self._degrees = _with_short_edges(self._degrees)
        self._lon, self._lat = shapely.get_coordinates(self._degrees).T
        self.lon, self.lat = _middle(self._lon, self._lat)
        to_vertices_km, _ = self._from(self.lon, self.lat)
        self.bounding_km = float(to_vertices_km.max()) + _EDGE_KM
        self._plane = self._around(self.lon, self.lat)
        shapely.prepare(self._plane)

    def distance_km(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> Floats:
        """Measure from places to the nearest point of the shape.

        Args:    lon, lat: n degrees each, less than a quarter of the Earth away.
        Returns: n kilometres; 0 inside an area.
        Raises:  CoordinateError naming the first bad index.
        """
        lons, lats = checked_coordinates(lon, lat)
        if self.bounding_km <= _ONE_PLANE_KM:
            return self._distance_in_one_plane(lons, lats)
        return self._each(lons, lats, lambda plane: float(shapely.distance(plane, _ORIGIN)))

    def contains(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Say which places lie in the area or on its edge.

        Args:    lon, lat: n degrees each.
        Returns: n booleans; lines and points contain only what lies on them.
        Raises:  CoordinateError naming the first bad index.
        """
        return self.distance_km(lon, lat) <= 0

    def _from(self, lon: float, lat: float) -> tuple[Floats, Floats]:
        count = len(self._lon)
        return distance_and_bearing(np.full(count, lon), np.full(count, lat), self._lon, self._lat)

    def _around(self, lon: float, lat: float) -> BaseGeometry:
        """The shape in the plane around a place, in kilometres east and north of it."""
        flat = _planar(*self._from(lon, lat))
        plane = shapely.transform(self._degrees, lambda _: flat)
        return plane if shapely.is_valid(plane) else shapely.make_valid(plane)

    def _each(self, lon: Floats, lat: Floats, measure: Callable[[BaseGeometry], float]) -> Floats:
        return np.array([measure(self._around(*place)) for place in zip(lon, lat, strict=True)], dtype=np.float64)

    def _distance_in_one_plane(self, lon: Floats, lat: Floats) -> Floats:
        count = len(lon)
        km, bearing = distance_and_bearing(np.full(count, self.lon), np.full(count, self.lat), lon, lat)
        points = shapely.points(_planar(km, bearing))
        nearest = shapely.get_coordinates(shapely.get_point(shapely.shortest_line(self._plane, points), 0))
        near_lon, near_lat = destination(
            np.full(count, self.lon),
            np.full(count, self.lat),
            np.degrees(np.arctan2(nearest[:, 0], nearest[:, 1])),
            np.hypot(nearest[:, 0], nearest[:, 1]),
        )
        return np.where(shapely.intersects(self._plane, points), 0.0, distance_m(near_lon, near_lat, lon, lat) / 1000)


_ORIGIN = shapely.Point(0, 0)


def _shape_of(geometry: Mapping[str, Any]) -> BaseGeometry:
    try:
        found = shapely.force_2d(shape(geometry))
    except Exception as error:  # shapely raises what it likes on a shape that is none
        raise BoundaryError(f"this is no GeoJSON geometry: {error}") from error
    if shapely.is_empty(found):
        raise BoundaryError("the geometry is empty")
    return found


def _vertices(raw: BaseGeometry) -> tuple[Floats, Floats]:
    xy = shapely.get_coordinates(raw)
    try:
        return checked_coordinates(xy[:, 0], xy[:, 1])
    except ValueError as error:
        raise BoundaryError(f"a corner of the geometry is no place: {error}") from error


def _middle(lon: Floats, lat: Floats) -> tuple[float, float]:
    """The direction of the mean of the points, which no meridian or pole disturbs."""
    x, y, z = (float(axis.mean()) for axis in to_geocentric(lon, lat))
    if math.hypot(x, y, z) < 1.0:
        return float(lon[0]), float(lat[0])
    # Geographic latitude, which differs from the geocentric one by up to a fifth of a degree.
    return math.degrees(math.atan2(y, x)), math.degrees(math.atan2(z, (1 - ECCENTRICITY_2) * math.hypot(x, y)))


def _planar(km: Floats, bearing_deg: Floats) -> Floats:
    angle = np.radians(bearing_deg)
    return np.column_stack((km * np.sin(angle), km * np.cos(angle)))


def _with_short_edges(geometry: Any) -> Any:
    """The same shape with points set between the ends of long edges, along the geodesic."""
    if isinstance(geometry, shapely.Polygon):
        return shapely.Polygon(_cut(geometry.exterior), [_cut(hole) for hole in geometry.interiors])
    if isinstance(geometry, shapely.LineString):
        return shapely.LineString(_cut(geometry))
    if isinstance(geometry, shapely.Point):
        return geometry
    return type(geometry)([_with_short_edges(part) for part in geometry.geoms])


def _cut(line: BaseGeometry) -> Floats:
    xy = shapely.get_coordinates(line)
    lon, lat = xy[:-1].T
    km, bearing = distance_and_bearing(lon, lat, *xy[1:].T)
    step_km = max(_EDGE_KM, float(km.sum()) / _MOST_CUTS)
    pieces = np.maximum(1, np.ceil(km / step_km)).astype(np.int64)
    first = np.cumsum(pieces) - pieces
    share = (np.arange(int(pieces.sum())) - np.repeat(first, pieces)) / np.repeat(pieces, pieces)
    start_lon, start_lat, towards_deg, length_km = (np.repeat(part, pieces) for part in (lon, lat, bearing, km))
    cut = np.column_stack(destination(start_lon, start_lat, towards_deg, share * length_km))
    # Corners stay what they were, to the last bit, and a ring closes on its own first corner.
    cut[first] = xy[:-1]
    return np.vstack((cut, xy[-1:]))

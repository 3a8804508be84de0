"""Distances on the WGS 84 ellipsoid: geocentric chords, Karney's geodesics, bearings, areas."""

import math

import numpy as np
import numpy.typing as npt
from pyproj import Geod

Floats = npt.NDArray[np.float64]

SEMI_MAJOR_M = 6_378_137.0
FLATTENING = 1 / 298.257223563
SEMI_MINOR_M = SEMI_MAJOR_M * (1 - FLATTENING)
ECCENTRICITY_2 = FLATTENING * (2 - FLATTENING)
SECOND_ECCENTRICITY_2 = ECCENTRICITY_2 / (1 - ECCENTRICITY_2)
# No normal section of the ellipsoid bends harder than the meridian does at the equator.
SMALLEST_CURVATURE_RADIUS_M = SEMI_MINOR_M**2 / SEMI_MAJOR_M
HALF_MERIDIAN_KM = 20_003.931_458_625_446
# Beyond this chord the series is no longer good to a micrometre, and Karney's method takes over.
SERIES_LIMIT_KM = 100.0

_GEOD = Geod(ellps="WGS84")


class CoordinateError(ValueError):
    """A longitude or latitude that is not a place on Earth; `index` is its position in the input."""

    def __init__(self, index: int, reason: str) -> None:
        super().__init__(f"coordinate {index}: {reason}")
        self.index = index
        self.reason = reason


def coordinate_problem(lon: float, lat: float) -> tuple[str, str] | None:
    """Say why a pair of numbers is not a place on Earth.

    Args:    lon, lat: degrees.
    Returns: (field, reason), or None when the pair can be used. Longitudes may be wrapped once (-360..360).
    """
    if not math.isfinite(lat):
        return "lat", "is not a finite number"
    if not -90 <= lat <= 90:
        return "lat", f"{lat:g} is outside -90..90"
    if not math.isfinite(lon):
        return "lon", "is not a finite number"
    if not -360 <= lon <= 360:
        return "lon", f"{lon:g} is outside -360..360"
    return None


def usable_coordinates(lon: Floats, lat: Floats) -> npt.NDArray[np.bool_]:
    """Mark the places that `coordinate_problem` has nothing against.

    Args:    lon, lat: n degrees each; NaN counts as unusable.
    Returns: n booleans.
    """
    return (np.abs(lat) <= 90) & (np.abs(lon) <= 360)


def checked_coordinates(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Take coordinates in, with every longitude brought to -180 <= lon < 180.

    Args:    lon, lat: n degrees each, WGS 84; longitudes may be wrapped once (-360..360).
    Returns: two contiguous float64 arrays of n.
    Raises:  ValueError when the lengths differ; CoordinateError, naming the first bad index.
    """
    lons = np.atleast_1d(np.ascontiguousarray(lon, dtype=np.float64))
    lats = np.atleast_1d(np.ascontiguousarray(lat, dtype=np.float64))
    if lons.ndim != 1 or lons.shape != lats.shape:
        raise ValueError(f"longitudes and latitudes must be two lists of one length, not {lons.shape} and {lats.shape}")
    good = usable_coordinates(lons, lats)
    if not good.all():
        index = int(np.argmin(good))
        field, reason = coordinate_problem(float(lons[index]), float(lats[index])) or ("lon", "cannot be used")
        raise CoordinateError(index, f"{field} {reason}")
    return wrapped_longitude(lons), lats


def wrapped_longitude(lon: Floats) -> Floats:
    """Bring longitudes of -360..360 to -180 <= lon < 180, without rounding.

    Args:    lon: n degrees.
    Returns: n degrees; 180 becomes -180, so that one meridian has one number.
    """
    if not len(lon) or (lon.min() >= -180 and lon.max() < 180):
        return lon
    return np.where(lon >= 180, lon - 360, np.where(lon < -180, lon + 360, lon))


def to_geocentric(lon: Floats, lat: Floats) -> tuple[Floats, Floats, Floats]:
    """Turn places on the ellipsoid into Earth-centred, Earth-fixed coordinates.

    Args:    lon, lat: n degrees each.
    Returns: x, y, z: n metres each.
    """
    phi, lam = np.radians(lat), np.radians(lon)
    sin_phi = np.sin(phi)
    normal_m = SEMI_MAJOR_M / np.sqrt(1 - ECCENTRICITY_2 * sin_phi * sin_phi)
    axis_m = normal_m * np.cos(phi)
    return axis_m * np.cos(lam), axis_m * np.sin(lam), normal_m * (1 - ECCENTRICITY_2) * sin_phi


def chord_surely_within_m(radius_m: float) -> float:
    """Give a chord below which the geodesic is surely not longer than the radius.

    Args:    radius_m: geodesic, >= 0.
    Returns: metres. A geodesic bends nowhere harder than the smallest radius of curvature, so by Schur's comparison its
             chord is at least that of a circle of that radius. (The other bound needs no formula: a chord is
             never longer than its geodesic.)
    """
    half_turn_m = math.pi * SMALLEST_CURVATURE_RADIUS_M
    return 2 * SMALLEST_CURVATURE_RADIUS_M * math.sin(min(radius_m, half_turn_m) / (2 * SMALLEST_CURVATURE_RADIUS_M))


def chord_to_geodesic_m(chord_2: Floats, dz_2: Floats, z_sum: Floats) -> Floats:
    """Lengthen chords to geodesics by the curvature in their direction; the arguments are used up.

    Args:    chord_2: squared chords, m2.  dz_2: squared differences of z, m2.  z_sum: sums of the two z, m.
             All n float64, overwritten.
    Returns: n metres (the array given as chord_2). Differs from Karney by at most 9 nm at 50 km, 0.26 um at 100 km.
    Source:  curvature of the normal section (Euler) at the middle latitude; ADR-0002.
    """
    # 1/N2 at the middle is 1/(a2 (1 + e2 q)) with q = (z/(a(1-e2)))2; the direction enters through (dz/c)2.
    z_sum *= z_sum
    z_sum *= ECCENTRICITY_2 / (2 * SEMI_MAJOR_M * (1 - ECCENTRICITY_2)) ** 2
    z_sum += 1
    np.divide(dz_2, np.maximum(chord_2, 1e-300), out=dz_2)
    dz_2 *= SECOND_ECCENTRICITY_2
    dz_2 += 1
    dz_2 *= dz_2
    dz_2 *= chord_2
    dz_2 /= z_sum
    dz_2 *= 1 / SEMI_MAJOR_M**2
    np.sqrt(chord_2, out=chord_2)
    np.multiply(dz_2, 3 / 640, out=z_sum)
    z_sum += 1 / 24
    z_sum *= dz_2
    z_sum += 1
    chord_2 *= z_sum
    return chord_2


def distance_m(lon_a: npt.ArrayLike, lat_a: npt.ArrayLike, lon_b: npt.ArrayLike, lat_b: npt.ArrayLike) -> Floats:
    """Measure geodesics one by one.

    Args:    lon_a, lat_a, lon_b, lat_b: n degrees each.
    Returns: n metres.
    Source:  Karney 2013, through pyproj.
    """
    return np.asarray(_GEOD.inv(lon_a, lat_a, lon_b, lat_b, return_back_azimuth=False)[2], dtype=np.float64)


def distance_and_bearing(
    lon_a: npt.ArrayLike, lat_a: npt.ArrayLike, lon_b: npt.ArrayLike, lat_b: npt.ArrayLike
) -> tuple[Floats, Floats]:
    """Measure from a to b, and say in which direction b lies.

    Args:    lon_a, lat_a, lon_b, lat_b: n degrees each.
    Returns: n kilometres; n degrees from north by east, 0 <= bearing < 360 (0 where the places coincide).
    Source:  Karney 2013, through pyproj.
    """
    azimuth, _, metres = _GEOD.inv(lon_a, lat_a, lon_b, lat_b)
    metres = np.asarray(metres, dtype=np.float64)
    bearing = np.where(metres > 0, np.asarray(azimuth, dtype=np.float64) % 360.0, 0.0)
    # The remainder of a tiny negative angle rounds up to 360 itself.
    return metres / 1000, np.where(bearing >= 360, 0.0, bearing)


def destination(
    lon: npt.ArrayLike, lat: npt.ArrayLike, bearing_deg: npt.ArrayLike, km: npt.ArrayLike
) -> tuple[Floats, Floats]:
    """Walk along a geodesic.

    Args:    lon, lat: n degrees each.  bearing_deg: n degrees from north by east.  km: n lengths.
    Returns: lon, lat of the ends, n degrees each (-180 <= lon < 180).
    Source:  Karney 2013, through pyproj.
    """
    metres = np.asarray(km, dtype=np.float64) * 1000
    end_lon, end_lat, _ = _GEOD.fwd(lon, lat, bearing_deg, metres)
    return wrapped_longitude(np.asarray(end_lon, dtype=np.float64)), np.asarray(end_lat, dtype=np.float64)


def equal_area_radius_km(area_ha: float | None) -> float | None:
    """Give the radius of the circle that covers an area.

    Args:    area_ha: hectares; None, 0 and less mean unknown.
    Returns: kilometres, or None when the area is unknown.
    """
    if area_ha is None or not math.isfinite(area_ha) or area_ha <= 0:
        return None
    return math.sqrt(area_ha / 100 / math.pi)

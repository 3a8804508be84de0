"""Distances to a boundary are those to its nearest geodesic edge, wherever the shape lies."""

import math
from typing import Any

import numpy as np
import pytest

from heritage.core.boundaries import Boundary, BoundaryError
from heritage.core.geodesy import destination, distance_and_bearing, distance_m


def star(lon: float, lat: float, radius_km: float, corners: int = 40) -> dict[str, Any]:
    """A ring of uneven corners around a point."""
    bearing = np.arange(corners) * 360 / corners
    reach = radius_km * (0.8 + 0.2 * np.cos(np.radians(bearing * 3)))
    ring_lon, ring_lat = destination(np.full(corners, lon), np.full(corners, lat), -bearing, reach)
    ring = np.column_stack((ring_lon, ring_lat)).tolist()
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


def true_distance_m(geometry: dict[str, Any], lon: float, lat: float) -> float:
    """The least distance to any edge, by ternary search along the geodesic with Karney's method."""
    ring = np.array(geometry["coordinates"][0])
    start, end = ring[:-1], ring[1:]
    length, bearing = distance_and_bearing(start[:, 0], start[:, 1], end[:, 0], end[:, 1])
    low, high = np.zeros(len(length)), np.ones(len(length))

    def at(share: np.ndarray) -> np.ndarray:
        on_lon, on_lat = destination(start[:, 0], start[:, 1], bearing, share * length)
        return distance_m(on_lon, on_lat, np.full(len(length), lon), np.full(len(length), lat))

    for _ in range(100):
        third = (high - low) / 3
        nearer_low = at(low + third) < at(high - third)
        low, high = np.where(nearer_low, low, low + third), np.where(nearer_low, high - third, high)
    return float(at(low).min())


@pytest.mark.parametrize("lat", [0.0, 35.0, 65.0, 85.0, -89.9])
@pytest.mark.parametrize("radius_km", [0.5, 1.9, 5.0, 40.0])
def test_distance_is_within_a_millimetre_of_the_truth(lat: float, radius_km: float) -> None:
    for lon in (36.0, 180.0):
        geometry = star(lon, lat, radius_km)
        bearing, away = np.array([20.0, 100.0, 200.0, 330.0]), radius_km + np.array([0.05, 5.0, 20.0, 50.0])
        place_lon, place_lat = destination(np.full(4, lon), np.full(4, lat), bearing, away)
        measured = Boundary(geometry).distance_km(place_lon, place_lat) * 1000
        truth = [true_distance_m(geometry, *place) for place in zip(place_lon, place_lat, strict=True)]
        assert measured == pytest.approx(truth, abs=1e-3)


@pytest.mark.parametrize("radius_km", [1.0, 30.0])
def test_inside_is_zero_and_a_hole_is_outside(radius_km: float) -> None:
    geometry = star(38, 34, radius_km)
    geometry["coordinates"].append(star(38, 34, radius_km / 3)["coordinates"][0])
    lon, lat = destination([38, 38, 38], [34, 34, 34], [0, 0, 0], [0, radius_km / 2, radius_km * 1.1])
    boundary = Boundary(geometry)
    km = boundary.distance_km(lon, lat)
    assert km[1] == 0
    assert km[0] == pytest.approx(radius_km / 3 * 0.6, rel=0.1)
    assert km[2] == pytest.approx(radius_km * 0.1, rel=0.05)
    assert boundary.contains(lon, lat).tolist() == [False, True, False]


def test_an_area_around_the_pole_contains_it() -> None:
    ring = [[lon, 89.0] for lon in range(-180, 180, 10)]
    boundary = Boundary({"type": "Polygon", "coordinates": [[*ring, ring[0]]]})
    assert boundary.contains([0.0, 77.0, 0.0], [90.0, 89.5, 88.0]).tolist() == [True, True, False]


def test_an_area_cut_at_the_antimeridian_has_no_gap() -> None:
    halves = [
        [[[179.9, -17.1], [180.0, -17.1], [180.0, -16.9], [179.9, -16.9], [179.9, -17.1]]],
        [[[-180.0, -17.1], [-179.9, -17.1], [-179.9, -16.9], [-180.0, -16.9], [-180.0, -17.1]]],
    ]
    boundary = Boundary({"type": "MultiPolygon", "coordinates": halves})
    assert boundary.bounding_km < 20
    km = boundary.distance_km([179.95, 180.0, -180.0, -179.95, -179.8], [-17.0] * 5)
    assert km[:4].tolist() == [0, 0, 0, 0]
    assert km[4] == pytest.approx(10.65, abs=0.02)


def test_an_area_written_past_180_is_the_same_area() -> None:
    ring = [[179.9, -17.1], [180.1, -17.1], [180.1, -16.9], [179.9, -16.9], [179.9, -17.1]]
    assert Boundary({"type": "Polygon", "coordinates": [ring]}).contains([-179.95], [-17.0]).all()


@pytest.mark.parametrize(
    ("geometry", "km"),
    [
        ({"type": "Point", "coordinates": [38.1, 34.0]}, 9.240),
        ({"type": "MultiPoint", "coordinates": [[38.5, 34.0], [38.1, 34.0]]}, 9.240),
        ({"type": "LineString", "coordinates": [[38.1, 33.9], [38.1, 34.1]]}, 9.240),
        ({"type": "Point", "coordinates": [38.1, 34.0, 400.0]}, 9.240),
    ],
)
def test_points_and_lines_are_boundaries_too(geometry: dict[str, Any], km: float) -> None:
    assert Boundary(geometry).distance_km([38.0], [34.0])[0] == pytest.approx(km, abs=0.002)


def test_a_ring_that_crosses_itself_still_measures() -> None:
    bow = {"type": "Polygon", "coordinates": [[[38, 34], [38.01, 34.01], [38.01, 34], [38, 34.01], [38, 34]]]}
    km = Boundary(bow).distance_km([38.005], [34.02])
    assert math.isfinite(km[0])
    assert km[0] > 0.5


@pytest.mark.parametrize(
    "geometry",
    [
        {},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]},
        {"type": "Point", "coordinates": [38, 95]},
        {"type": "Point", "coordinates": ["x", 1]},
        {"type": "Circle", "coordinates": [1, 1]},
    ],
)
def test_what_is_no_shape_is_refused(geometry: dict[str, Any]) -> None:
    with pytest.raises(BoundaryError):
        Boundary(geometry)

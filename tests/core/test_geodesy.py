"""Distances agree with Karney's geodesics, and bounds bound."""

import math

import numpy as np
import pytest

from heritage.core.geodesy import (
    CoordinateError,
    checked_coordinates,
    chord_surely_within_m,
    chord_to_geodesic_m,
    coordinate_problem,
    destination,
    distance_and_bearing,
    distance_m,
    equal_area_radius_km,
    to_geocentric,
)


def scattered(count: int, km: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    chance = np.random.default_rng(11)
    lon, lat = chance.uniform(-180, 180, count), np.degrees(np.arcsin(chance.uniform(-1, 1, count)))
    lat[:3] = [90, -90, 0]
    end_lon, end_lat = destination(lon, lat, chance.uniform(0, 360, count), chance.uniform(0, km, count))
    return lon, lat, end_lon, end_lat


@pytest.mark.parametrize(("km", "tolerance_m"), [(1, 1e-8), (50, 1e-7), (100, 1e-6)])
def test_series_agrees_with_karney(km: float, tolerance_m: float) -> None:
    lon, lat, end_lon, end_lat = scattered(200_000, km)
    a, b = to_geocentric(lon, lat), to_geocentric(end_lon, end_lat)
    chord_2 = (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2
    metres = chord_to_geodesic_m(chord_2, (a[2] - b[2]) ** 2, a[2] + b[2])
    assert np.abs(metres - distance_m(lon, lat, end_lon, end_lat)).max() < tolerance_m


@pytest.mark.parametrize("km", [1, 50, 500, 5_000, 20_000])
def test_chord_bounds_hold(km: float) -> None:
    lon, lat, end_lon, end_lat = scattered(50_000, km)
    a, b = to_geocentric(lon, lat), to_geocentric(end_lon, end_lat)
    chord = np.sqrt((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2)
    metres = distance_m(lon, lat, end_lon, end_lat)
    assert (chord <= metres + 1e-7).all()
    assert (np.array([chord_surely_within_m(m) for m in metres[:5000]]) <= chord[:5000] + 1e-7).all()


def test_palmyra_lies_north_east_of_damascus() -> None:
    km, bearing = distance_and_bearing([36.2919], [33.5138], [38.2670], [34.5560])
    assert km[0] == pytest.approx(215.9, abs=0.5)
    assert bearing[0] == pytest.approx(57.0, abs=0.5)


def test_bearing_is_never_negative_and_zero_for_the_same_place() -> None:
    km, bearing = distance_and_bearing([0, 0, 0], [0, 0, 0], [-1, 0, 0], [0, 0, 1])
    assert bearing.tolist() == pytest.approx([270, 0, 0])
    assert km[1] == 0


@pytest.mark.parametrize(
    ("lon", "lat", "field"),
    [(0, 95, "lat"), (0, math.nan, "lat"), (math.inf, 0, "lon"), (361, 0, "lon"), (0, -90.0001, "lat")],
)
def test_a_pair_of_numbers_that_is_no_place_is_named(lon: float, lat: float, field: str) -> None:
    problem = coordinate_problem(lon, lat)
    assert problem is not None
    assert problem[0] == field
    with pytest.raises(CoordinateError, match=f"coordinate 1: {field}"):
        checked_coordinates([1.0, lon], [1.0, lat])


def test_lists_of_two_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        checked_coordinates([1.0, 2.0], [1.0])


def test_longitudes_come_out_between_minus_180_and_180() -> None:
    lons, _ = checked_coordinates([180.0, -180.0, 360.0, 190.5, -359.75], [0.0] * 5)
    assert lons.tolist() == [-180.0, -180.0, 0.0, -169.5, 0.25]


@pytest.mark.parametrize(("area_ha", "km"), [(math.pi * 100, 1.0), (0, None), (None, None), (-3, None)])
def test_equal_area_radius(area_ha: float | None, km: float | None) -> None:
    assert equal_area_radius_km(area_ha) == (None if km is None else pytest.approx(km))

"""Shapes of the map: circles, bounds, views and cells."""

import pytest
from pyproj import Geod
from shapely.geometry import shape

from heritage.core.errors import InvalidInput
from heritage.maps.domain import SMALLEST_CELL_DEG, View, age_class, bounds_around, circle, parse_view, vertices

WGS84 = Geod(ellps="WGS84")


@pytest.mark.parametrize(("lon", "lat"), [(38.27, 34.55), (0, 0), (179.99, -17), (-180, 66), (10, 89.5), (0, -89)])
def test_circle_is_a_valid_ring_at_its_distance(lon: float, lat: float) -> None:
    drawn = circle(lon, lat, 20)
    ring = drawn["coordinates"][0]
    assert ring[0] == ring[-1]
    for x, y in ring:
        assert WGS84.inv(lon, lat, x, y)[2] == pytest.approx(20_000, abs=5)
    assert max(abs(a[0] - b[0]) for a, b in zip(ring, ring[1:], strict=False)) < 180 or abs(lat) > 89


def test_circle_runs_counter_clockwise() -> None:
    assert shape(circle(38, 34, 5)).exterior.is_ccw


def test_bounds_take_the_short_way_over_the_antimeridian() -> None:
    west, _, east, _ = bounds_around([(179.5, -17), (-179.5, -16)], 1) or []
    assert east - west < 2


def test_bounds_of_nothing_are_none() -> None:
    assert bounds_around([], 10) is None


def test_view_over_the_antimeridian_contains_both_sides() -> None:
    view = parse_view("170,-20,190,-10", "4")
    assert view.contains(175, -15)
    assert view.contains(-175, -15)
    assert not view.contains(0, -15)


@pytest.mark.parametrize("bbox", ["1,2,3", "a,b,c,d", "0,50,10,40", "nan,0,1,1", "inf,0,1,1", "1e9,0,1,1"])
def test_view_refuses_what_is_no_box(bbox: str) -> None:
    with pytest.raises(InvalidInput, match="bbox"):
        parse_view(bbox, "3")


def test_cells_never_get_so_small_that_one_gives_a_place_away() -> None:
    assert View(0, 0, 1, 1, 24).cell_deg == SMALLEST_CELL_DEG


def test_vertices_finds_every_corner() -> None:
    assert len(vertices({"type": "MultiPolygon", "coordinates": [[[[0, 0], [1, 0], [1, 1], [0, 0]]]]})) == 4
    assert vertices(None) == []


@pytest.mark.parametrize(("days", "drawn"), [(-2, 0), (0, 0), (7, 0), (8, 1), (28, 1), (29, 2), (4000, 2)])
def test_a_report_is_drawn_by_its_age(days: int, drawn: int) -> None:
    assert age_class(days) == drawn

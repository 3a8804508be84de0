"""The bundled world: valid, cut at the antimeridian, and cut again around a view."""

import json

import pytest
from shapely.geometry import shape

from heritage.maps.basemap import cut
from heritage.maps.domain import parse_view
from heritage.web.assets import DIST, built_name


@pytest.mark.parametrize("name", ["world-110m.json", "world-50m.json"])
def test_world_has_only_valid_shapes_on_the_map(name: str) -> None:
    for feature in json.loads((DIST / built_name(name)).read_text())["features"]:
        drawn = shape(feature["geometry"])
        assert drawn.is_valid, feature["properties"]
        west, south, east, north = drawn.bounds
        assert west >= -180
        assert east <= 180
        assert south >= -90
        assert north <= 90


def test_no_coast_runs_across_the_map() -> None:
    for feature in json.loads((DIST / built_name("world-110m.json")).read_text())["features"]:
        if feature["properties"]["kind"] != "land":
            for line in feature["geometry"]["coordinates"]:
                assert max(abs(a[0] - b[0]) for a, b in zip(line, line[1:], strict=False)) < 20


def test_cut_holds_land_around_the_view_and_nothing_far_off() -> None:
    found = cut(parse_view("37,33,40,36", "7"))
    assert {feature["properties"]["kind"] for feature in found["features"]} >= {"land", "border"}
    for feature in found["features"]:
        west, south, east, north = shape(feature["geometry"]).bounds
        assert west >= 35
        assert east <= 40
        assert south >= 30
        assert north <= 40


def test_cut_over_the_antimeridian_is_on_both_sides() -> None:
    found = cut(parse_view("175,-20,185,-10", "6"))
    lons = [shape(feature["geometry"]).bounds for feature in found["features"]]
    assert min(bounds[0] for bounds in lons) < 180 < max(bounds[2] for bounds in lons)


def test_cut_of_the_whole_world_is_left_to_the_coarse_one() -> None:
    assert cut(parse_view(None, None))["features"] == []


@pytest.mark.parametrize("bbox", ["0,0,0,0", "180,90,180,90", "-180,-90,-180,-90", "1080,0,1080,0", "175,65,180,70"])
def test_cut_of_a_point_or_at_the_edge_of_the_world_is_no_fault(bbox: str) -> None:
    assert cut(parse_view(bbox, "8"))["type"] == "FeatureCollection"

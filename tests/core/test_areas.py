"""Areas that people draw: one across the 180th meridian is one area, and an ordinary one is left as it is."""

from typing import Any

import pytest
from shapely.geometry import MultiPoint, Point, shape

from heritage.core.areas import CrossesItself, bounds, wrapped


def polygon(*corners: tuple[float, float]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[list(corner) for corner in (*corners, corners[0])]]}


FIJI = [
    pytest.param(polygon((177, -20), (-178, -20), (-178, -15), (177, -15)), id="leaps from 177 to -178"),
    pytest.param(polygon((-178, -15), (-178, -20), (177, -20), (177, -15)), id="drawn the other way round"),
    pytest.param(polygon((177, -20), (182, -20), (182, -15), (177, -15)), id="runs on to 182"),
    pytest.param(polygon((-183, -20), (-178, -20), (-178, -15), (-183, -15)), id="begins at -183"),
    pytest.param(
        {
            "type": "MultiPolygon",
            "coordinates": [
                polygon((177, -20), (180, -20), (180, -15), (177, -15))["coordinates"],
                polygon((-180, -20), (-178, -20), (-178, -15), (-180, -15))["coordinates"],
            ],
        },
        id="cut already, as the standard wants",
    ),
]


@pytest.mark.parametrize("drawn", FIJI)
def test_an_area_across_the_meridian_is_one_area_however_it_is_written(drawn: dict[str, Any]) -> None:
    kept = wrapped(drawn)
    area = shape(kept)
    inside, outside = [(179.5, -17), (-179.5, -17), (180, -17), (-180, -17)], [(0, -17), (176, -17), (-177, -17)]
    assert all(area.intersects(Point(place)) for place in inside)
    assert not area.intersects(MultiPoint(outside))
    assert area.is_valid
    assert (abs(area.bounds[0]), abs(area.bounds[2])) == (180, 180)
    assert bounds(kept) == (177, -20, -178, -15)


@pytest.mark.parametrize(
    "drawn",
    [
        polygon((38, 34), (39, 34), (39, 35), (38, 35)),
        polygon((-180, -90), (180, -90), (180, 90), (-180, 90)),
        polygon((-180, -20), (180, -20), (180, 20), (-180, 20)),
        # So high a strip along the meridian is nobody's: it is all the rest.
        polygon((-179, -60), (179, -60), (179, 70), (-179, 70)),
        polygon((-100, 10), (0, 10), (100, 10), (0, 60)),
    ],
)
def test_an_area_that_does_not_cross_is_left_as_it_is(drawn: dict[str, Any]) -> None:
    assert wrapped(drawn) == drawn
    assert bounds(drawn) == shape(drawn).bounds


def test_a_hole_stays_a_hole_on_both_sides() -> None:
    drawn = polygon((170, -10), (-170, -10), (-170, 10), (170, 10))
    drawn["coordinates"] += polygon((179, -1), (-179, -1), (-179, 1), (179, 1))["coordinates"]
    area = shape(wrapped(drawn))
    assert not area.intersects(MultiPoint([(179.5, 0), (-179.5, 0)]))
    assert area.intersects(Point(178, 0))
    assert area.intersects(Point(-178, 0))


def test_two_areas_far_apart_have_the_bounds_that_leave_out_the_widest_gap() -> None:
    drawn = {
        "type": "MultiPolygon",
        "coordinates": [
            polygon((170, 0), (175, 0), (175, 5), (170, 5))["coordinates"],
            polygon((-150, 0), (-140, 0), (-140, 5), (-150, 5))["coordinates"],
        ],
    }
    assert bounds(drawn) == (170, 0, -140, 5)


def test_what_goes_around_a_pole_or_crosses_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="pole"):
        wrapped(polygon((0, 70), (120, 70), (-120, 70), (-10, 75)))
    with pytest.raises(CrossesItself):
        wrapped(polygon((177, -20), (-178, -15), (-178, -20), (177, -15)))

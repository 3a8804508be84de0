"""Maps that stand still: where things stand in the window, which words have room, and what is left out."""

import pytest

from heritage.maps.domain import circle, circle_line, feature, point
from heritage.maps.still import LOCAL, MOST_MARKS, WORLD_BOUNDS, Still, draw, frame_around
from heritage.maps.towns import Town

AROUND_PALMYRA = (38.0, 34.3, 38.6, 34.8)


def _still(*features: object, towns: tuple[Town, ...] = (), bounds: tuple[float, ...] = AROUND_PALMYRA) -> Still:
    return draw(features, frame_around(bounds, LOCAL), towns)  # type: ignore[arg-type]  # GeoJSON


def _site(lon: float, lat: float, level: int = 0, name: str = "A site") -> dict[str, object]:
    return feature(point(lon, lat), kind="site", level=level, name=name, danger=False)


@pytest.mark.parametrize("bounds", [AROUND_PALMYRA, WORLD_BOUNDS, (170.0, -20.0, 190.0, -10.0), (-180, -90, 180, 90)])
def test_window_has_the_shape_asked_for_and_holds_what_must_be_in_it(bounds: tuple[float, ...]) -> None:
    frame = frame_around(bounds, LOCAL)
    assert frame.at(frame.west + 1e-9, frame.north) == pytest.approx((0, 0), abs=1e-3)
    assert frame.at(frame.east - 1e-9, frame.south) == pytest.approx((1000, 750), abs=1e-3)
    assert frame.holds(*frame.at((bounds[0] + bounds[2]) / 2, 0.0 if bounds[1] < 0 < bounds[3] else bounds[1] + 0.01))
    assert frame.east - frame.west <= 360.0001


def test_place_across_the_antimeridian_stands_beside_its_neighbours() -> None:
    frame = frame_around((175, -20, 185, -12), LOCAL)
    x, _ = frame.at(179.9, -16)
    beyond, _ = frame.at(-179.9, -16)
    assert 0 < beyond - x < 30


def test_what_lies_outside_is_left_out() -> None:
    still = _still(_site(38.3, 34.5, 3), _site(10, 50, 4), feature(circle(10, 50, 5), kind="circle"))
    assert [mark.level for mark in still.marks] == [3]
    assert still.shapes == []


def test_shapes_are_drawn_areas_before_lines() -> None:
    features = [feature(circle_line(38.3, 34.5, 10), kind="ring"), feature(circle(38.3, 34.5, 5), kind="extent")]
    assert [kind for kind, _ in _still(*features).shapes] == ["extent", "ring"]
    assert all(path.startswith("M") for _, path in _still(*features).shapes)


def test_sites_without_a_level_are_one_path_and_marks_are_bounded() -> None:
    many = [_site(38.01 + i / 1000, 34.5) for i in range(400)] + [_site(38.3, 34.31 + i / 1000, 4) for i in range(200)]
    still = _still(*many)
    assert len(still.dots) == 1
    assert len(still.marks) == MOST_MARKS


def test_words_cover_neither_one_another_nor_a_mark() -> None:
    towns = (Town(38.3, 34.55, "Largest", 9), Town(38.301, 34.551, "Its suburb", 8), Town(38.5, 34.7, "Far off", 7))
    still = _still(_site(38.31, 34.55, 0), towns=towns)
    assert [label.text for label in still.labels] == ["Largest", "Far off"]


def test_word_stands_before_its_place_where_there_is_no_room_after_it() -> None:
    [label] = _still(towns=(Town(38.59, 34.55, "At the eastern edge", 9),)).labels
    assert label.after is False


def test_map_of_the_world_names_no_towns_but_the_sites_that_call_for_most() -> None:
    still = _still(_site(38.3, 34.5, 4, "Palmyra"), _site(2, 48, 1, "Paris"), towns=(Town(2, 48, "Paris", 9),),
                   bounds=WORLD_BOUNDS)  # fmt: skip
    assert [label.text for label in still.labels] == ["Palmyra"]


def test_bar_is_a_round_number_of_kilometres() -> None:
    percent, km = _still().bar
    assert km in (1, 2, 5, 10, 20)
    assert 5 < percent <= 30


def test_of_reports_of_one_place_the_newest_is_drawn_and_newer_ones_lie_on_older_ones() -> None:
    told = [((38.2, 34.5), 2), ((38.2, 34.5), 0), ((38.6, 34.5), 1)]
    features = [feature(point(*at), kind="incident", name="Shelling", age=age) for at, age in told]
    still = draw(features, frame_around((38.0, 34.0, 39.0, 35.0), LOCAL), [])
    assert [mark.age for mark in still.marks] == [1, 0]

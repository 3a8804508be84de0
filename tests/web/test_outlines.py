"""Points in another country than is stated: told where it is sure, and held against nobody where maps take sides."""

import pytest

from heritage.web.outlines import country_at, told_by_maps

SOMEWHERE = [(0.0, 0.0)]


@pytest.mark.parametrize(
    ("position", "stated", "found"),
    [
        ((35.75, 34.2), ["SY"], "LB"),  # inside the box around Syria, well inside Lebanon
        ((38.27, 34.55), ["SY"], None),
        ((35.93, 33.82), ["LB", "SY"], None),
        ((36.05, 33.83), ["SY"], None),  # some kilometres off the border
        ((34.5, 34.5), ["LB"], None),  # at sea
        ((2.35, 48.85), ["SY"], "FR"),
        ((25.0, 1.0), ["CG"], "CD"),
        ((38.27, 34.55), [], None),
        ((38.27, 34.55), ["XX"], None),
    ],
)
def test_a_point_is_told_only_where_it_surely_lies_in_another_country(position, stated, found) -> None:
    assert told_by_maps(position, stated, SOMEWHERE) == found


def test_where_maps_draw_a_site_s_own_place_elsewhere_no_point_beside_it_is_refused() -> None:
    chersonese, beside = (33.49, 44.61), (33.6, 44.6)
    assert told_by_maps(beside, ["UA"], [chersonese]) is None
    assert told_by_maps((37.6, 55.75), ["UA"], [(30.5, 50.45)]) == "RU"
    assert told_by_maps((37.6, 55.75), ["UA"], []) is None


@pytest.mark.parametrize(
    ("position", "stated", "found"),
    [
        ((35.75, 34.2), ["SY"], "LB"),
        ((38.27, 34.55), ["SY"], None),
        ((33.49, 44.61), ["UA"], None),
        ((33.49, 44.61), ["TR"], "RU"),
        ((35.93, 33.82), ["LB", "SY"], None),
    ],
)
def test_a_place_not_held_yet_is_told_but_never_between_two_who_draw_their_border_differently(
    position, stated, found
) -> None:
    assert country_at(position, stated) == found

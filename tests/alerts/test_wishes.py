"""Which sites a subscription is about, quiet hours, and areas as people draw them."""

from datetime import UTC, datetime, time

import pytest

from heritage.alerts.wishes import Place, Wish, area_of_box, quiet_until, read_area, read_hours, wants
from heritage.core.errors import InvalidInput

PALMYRA = Place(1, frozenset({"SY"}), True, ((38.27, 34.55),))


@pytest.mark.parametrize(
    ("wish", "level", "answer"),
    [
        (Wish(1, 1), 2, True),
        (Wish(1, 1), 1, False),
        (Wish(1, 1, min_level=4), 3, False),
        (Wish(1, 1, site_ids=frozenset({1})), 2, True),
        (Wish(1, 1, site_ids=frozenset({2})), 4, False),
        (Wish(1, 1, site_ids=frozenset({2}), countries=frozenset({"SY"})), 4, True),  # each given adds
        (Wish(1, 1, countries=frozenset({"IQ"})), 4, False),
        (Wish(1, 1, area=area_of_box(38, 34, 39, 35)), 2, True),
        (Wish(1, 1, area=area_of_box(39, 34, 40, 35)), 2, False),
        (Wish(1, 1, in_danger=True), 2, True),
    ],
)
def test_what_a_wish_is_about(wish: Wish, level: int, answer: bool) -> None:
    assert wants(wish, PALMYRA, level) is answer


def test_a_wish_for_sites_in_danger_leaves_out_the_others() -> None:
    assert not wants(Wish(1, 1, in_danger=True), Place(1, frozenset({"SY"}), False), 4)


def test_a_drawn_area_never_finds_a_secret_place() -> None:
    secret = Place(1, frozenset({"SY"}), True, ())
    assert not wants(Wish(1, 1, area=area_of_box(-180, -90, 180, 90)), secret, 4)


def test_a_box_may_cross_the_antimeridian() -> None:
    fiji = area_of_box(177, -20, -178, -15)
    assert wants(Wish(1, 1, area=fiji), Place(1, frozenset(), False, ((179.5, -17.0),)), 4)
    assert wants(Wish(1, 1, area=fiji), Place(1, frozenset(), False, ((-179.5, -17.0),)), 4)
    assert not wants(Wish(1, 1, area=fiji), Place(1, frozenset(), False, ((0.0, -17.0),)), 4)
    assert area_of_box(177, -20, 182, -15) == fiji


def test_a_polygon_may_cross_the_antimeridian() -> None:
    drawn = read_area('{"type":"Polygon","coordinates":[[[177,-20],[-178,-20],[-178,-15],[177,-15],[177,-20]]]}')
    assert wants(Wish(1, 1, area=drawn), Place(1, frozenset(), False, ((179.5, -17.0),)), 4)
    assert wants(Wish(1, 1, area=drawn), Place(1, frozenset(), False, ((-179.5, -17.0),)), 4)
    assert not wants(Wish(1, 1, area=drawn), Place(1, frozenset(), False, ((0.0, -17.0),)), 4)


@pytest.mark.parametrize("text", ["1,2,3", "a,b,c,d", "10,5,20,5", "190,0,200,5", '{"type": "Point"}', "/no/such/file"])
def test_an_area_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="area"):
        read_area(text)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2015-05-21T20:30", "2015-05-22T07:00"),  # 23:30 in Damascus
        ("2015-05-21T01:00", "2015-05-21T07:00"),  # 4:00
        ("2015-05-21T05:00", None),  # 8:00
    ],
)
def test_quiet_hours_follow_the_readers_clock_over_midnight(now: str, until: str | None) -> None:
    quiet = read_hours("22:00-07:00")
    assert quiet == (time(22), time(7))
    ends = quiet_until(datetime.fromisoformat(now).replace(tzinfo=UTC), quiet, "Asia/Damascus")
    assert (ends.strftime("%Y-%m-%dT%H:%M") if ends else None) == until


@pytest.mark.parametrize("text", ["22", "25:00-07:00", "night"])
def test_hours_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="quiet"):
        read_hours(text)

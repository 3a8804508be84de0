"""Towns on maps: the largest first, in the page's language where its name is known."""

import pytest

from heritage.maps.domain import View
from heritage.maps.towns import Towns, arabic_name, build_towns, open_towns

HOMS = {"name": "Homs", "latitude": 34.73, "longitude": 36.71, "population": 775404, "geonameid": 1,
        "timezone": "Asia/Damascus", "alternatenames": ["Homs", "Emesa", "Хомс", "حمص"]}  # fmt: skip
DAMASCUS = {"name": "Damascus", "latitude": 33.51, "longitude": 36.29, "population": 1569394, "geonameid": 2,
            "timezone": "Asia/Damascus", "alternatenames": ["Dimashq"]}  # fmt: skip
NAMESAKE = {**DAMASCUS, "latitude": 39.29, "longitude": -77.2, "population": 15257, "geonameid": 3,
            "timezone": "America/New_York"}  # fmt: skip
SUVA = {"name": "Suva", "latitude": -18.14, "longitude": 178.44, "population": 93970, "geonameid": 4,
        "timezone": "Pacific/Fiji", "alternatenames": []}  # fmt: skip


@pytest.fixture
def towns() -> Towns:
    return build_towns([HOMS, NAMESAKE, SUVA, DAMASCUS])


def test_most_people_come_first_and_no_more_than_asked(towns: Towns) -> None:
    assert [town.name for town in towns.within(View(35, 33, 38, 36, 6), "en", limit=9)] == ["Damascus", "Homs"]
    assert [town.name for town in towns.within(View(35, 33, 38, 36, 6), "en", limit=1)] == ["Damascus"]
    assert towns.within(View(0, 0, 1, 1, 6), "en", limit=9) == []


@pytest.mark.parametrize(
    ("language", "names"), [("en", ["Damascus", "Homs"]), ("fr", ["Damas", "Homs"]), ("ar", ["دمشق", "حمص"])]
)
def test_names_are_those_of_the_page_where_known(towns: Towns, language: str, names: list[str]) -> None:
    assert [town.name for town in towns.within(View(35, 33, 38, 36, 6), language, limit=9)] == names


def test_namesake_elsewhere_is_not_called_by_the_capitals_name(towns: Towns) -> None:
    assert [town.name for town in towns.within(View(-78, 39, -77, 40, 6), "fr", limit=9)] == ["Damascus"]


def test_view_on_another_turn_of_the_globe_finds_the_same(towns: Towns) -> None:
    for west in (177.0, 177.0 - 360, 177.0 + 360):
        assert [town.name for town in towns.within(View(west, -20, west + 6, -15, 6), "en", limit=9)] == ["Suva"]


@pytest.mark.parametrize(
    ("name", "others", "expected"),
    [
        ("Mosul", ["Mosul", "الموصل", "موسڵ", "موصل", "موصول"], "الموصل"),
        ("Timbuktu", ["تمبكتو", "تیمبوکتو", "ٹمبکٹو"], "تمبكتو"),
        ("Kyiv", ["Київ", "Kiev"], ""),
    ],
)
def test_arabic_name_is_in_arabics_own_letters(name: str, others: list[str], expected: str) -> None:
    assert arabic_name(name, others) == expected


def test_bundled_list_knows_the_towns_around_palmyra() -> None:
    towns = open_towns()
    view = View(37.8, 34.2, 38.8, 34.9, 8)
    assert [town.name for town in towns.within(view, "en", limit=1)] == ["Tadmur"]
    assert [town.name for town in towns.within(view, "ar", limit=1)] == ["تدمر"]

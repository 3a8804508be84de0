"""From a cell to a value."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heritage.sites.readers.values import (
    BadValue,
    is_blank,
    read_area,
    read_boundary,
    read_flag,
    read_name,
    read_number,
    read_position,
    read_text,
    read_year,
)


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("Example<U>b</U>ang Park", "Examplebang Park"),
        ("  The <em>Old</em> Town ", "The Old Town"),
        ("Camp <br /><small>of 1940</small>", "Camp of 1940"),
        ("Caf&eacute; &amp; Mill", "Café & Mill"),
        ("&lt;p&gt;Twice escaped&lt;/p&gt;", "Twice escaped"),
        ("Sa\u0301nta", "S\u00e1nta"),
        ("\u200bTell", "Tell"),
        ("a\u00a0 b\tc", "a b c"),
        ("3 < 4 > 2", "3 < 4 > 2"),
        ("&#0;x&#xD800;", "\ufffdx\ufffd"),
        (208.0, "208"),
        (None, ""),
        (float("nan"), ""),
    ],
)
def test_names_lose_their_markup(cell: object, name: str) -> None:
    assert read_name(cell, "name") == name


def test_paragraphs_of_a_description_are_kept() -> None:
    assert read_text("<p>One.</p><p>Two,<br>three.</p>", "description") == "One.\nTwo,\nthree."


@pytest.mark.parametrize("cell", ["a\x00b", "a\ud800b", "x" * 2000, {"en": "x"}, ["x"]])
def test_names_that_cannot_be_kept_are_refused(cell: object) -> None:
    with pytest.raises(BadValue):
        read_name(cell, "name")


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=200))
def test_any_text_becomes_one_that_a_database_keeps(text: str) -> None:
    plain = read_text(text, "name")
    assert "\x00" not in plain
    plain.encode()


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("12.5", 12.5),
        (" 34,56 ", 34.56),
        ("1,234,567.5", 1234567.5),
        ("\u22123", -3.0),
        ("1e3", 1000.0),
        ("", None),
        (7, 7.0),
    ],
)
def test_numbers_are_read_as_people_write_them(cell: object, number: float | None) -> None:
    assert read_number(cell, "x") == number


@pytest.mark.parametrize("cell", ["x", "inf", "1e999", math.inf, "12 34", "0x10", "١٢", True, 10**400, "1" * 50, [1]])
def test_what_is_no_finite_number_is_refused(cell: object) -> None:
    with pytest.raises(BadValue):
        read_number(cell, "x")


@pytest.mark.parametrize("cell", ["0", 0, -5, "2013.5", 9999, "nineteen"])
def test_there_was_no_year_zero(cell: object) -> None:
    with pytest.raises(BadValue):
        read_year(cell, "year")


@pytest.mark.parametrize(("cell", "year"), [("1980", 1980), (1980.0, 1980), ("1980-05-06", 1980), ("", None)])
def test_years(cell: object, year: int | None) -> None:
    assert read_year(cell, "year") == year


def test_area_zero_is_unknown() -> None:
    assert read_area("0", "area") is None
    assert read_area(0.0, "area") is None


@pytest.mark.parametrize("cell", [-1, 1e12])
def test_impossible_areas_are_refused(cell: float) -> None:
    with pytest.raises(BadValue):
        read_area(cell, "area")


@pytest.mark.parametrize(
    ("cell", "flag"), [("True", True), ("0", False), (1, True), (False, False), ("", None), ("No", False)]
)
def test_flags(cell: object, flag: bool | None) -> None:
    assert read_flag(cell, "flag") is flag


@pytest.mark.parametrize(
    ("lon", "lat", "position"),
    [
        (0, 0, None),
        ("", "", None),
        (0, 51.5, (0.0, 51.5)),
        (-180, 90, (-180.0, 90.0)),
        (180, -90, (180.0, -90.0)),
        ("38.27", "34,55", (38.27, 34.55)),
    ],
)
def test_positions(lon: object, lat: object, position: object) -> None:
    assert read_position(lon, lat) == position


@pytest.mark.parametrize(
    ("lon", "lat", "field"),
    [(3, 95, "latitude"), (181, 0, "longitude"), ("", 5, "longitude"), (5, "", "latitude"), (5, math.inf, "latitude")],
)
def test_positions_that_cannot_be_name_their_field(lon: object, lat: object, field: str) -> None:
    with pytest.raises(BadValue) as caught:
        read_position(lon, lat)
    assert caught.value.field == field


def test_latitude_beyond_the_pole_hints_at_a_swap() -> None:
    with pytest.raises(BadValue, match="swapped"):
        read_position(34, 120)


SQUARE = [[0, 0, 7], [1, 0, 7], [1, 1, 7], [0, 1, 7], [0, 0, 7]]


def test_boundary_loses_its_heights_and_stays_lists() -> None:
    outline = read_boundary({"type": "Polygon", "coordinates": [SQUARE]})
    assert outline == {"type": "Polygon", "coordinates": [[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]]]}


def test_crossing_boundary_is_mended() -> None:
    outline = read_boundary({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 1], [1, 0], [0, 0]]]})
    assert outline["type"] == "MultiPolygon"
    assert len(outline["coordinates"]) == 2


@pytest.mark.parametrize(
    "coordinates",
    [
        "x",
        [],
        [[[0, 0], [1, 1]]],
        [[[0, 0], [0, None], [1, 1], [0, 0]]],
        [[[0, 0], [0, 200], [1, 1], [0, 0]]],
        [[[0, 0]] * 4],
    ],
)
def test_what_is_no_outline_is_refused(coordinates: object) -> None:
    with pytest.raises(BadValue):
        read_boundary({"type": "Polygon", "coordinates": coordinates})


def test_a_file_may_have_words_for_null() -> None:
    assert is_blank("None", {"None"})
    assert not is_blank("None")

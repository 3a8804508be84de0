"""What people may write into the shared fields, and what is said of the rest."""

import json

import pytest
from flask import Flask
from flask_babel import Babel
from werkzeug.datastructures import MultiDict
from wtforms import Form, StringField

from heritage.forms.fields import (
    CodesField,
    NumberField,
    between,
    country_codes,
    edtf,
    parse_area,
    whole_position,
    without_controls,
)

SQUARE = {"type": "Polygon", "coordinates": [[[38, 34], [39, 34], [39, 35], [38, 35], [38, 34]]]}


class Sample(Form):  # type: ignore[misc]  # wtforms has no types
    lon = NumberField("Longitude", [between(-180, 180), whole_position])
    lat = NumberField("Latitude", [between(-90, 90)])
    codes = CodesField("Countries", [country_codes])
    when = StringField("When", [edtf])
    note = StringField("Note", [without_controls])


def _filled(**given: str) -> Sample:
    app = Flask("test")
    Babel(app)
    with app.test_request_context("/"):
        form = Sample(MultiDict(given))
        form.validate()
    return form


def test_decimal_comma_and_minus_sign_are_read() -> None:
    form = _filled(lon="−38,27", lat="34.5")
    assert (form.lon.data, form.lat.data, form.errors) == (-38.27, 34.5, {})


def test_a_number_is_shown_as_people_write_it_and_what_was_typed_as_it_was_typed() -> None:
    kept = Sample(data={"lon": 38.26667, "lat": 34.0})
    assert (kept.lon._value(), kept.lat._value(), Sample().lat._value()) == ("38.26667", "34", "")
    assert _filled(lat="95,0").lat._value() == "95,0"


@pytest.mark.parametrize("text", ["north", "1e999", "nan", "12 34", "--1"])
def test_what_is_no_number_is_refused(text: str) -> None:
    assert "lat" in _filled(lat=text, lon="1").errors


def test_position_needs_both_or_neither() -> None:
    assert "lon" in _filled(lat="1").errors
    assert _filled().errors == {}


def test_latitude_95_is_refused_with_its_bounds() -> None:
    assert _filled(lat="95", lon="1").errors["lat"] == ["Must be between -90 and 90."]


def test_country_codes_are_a_list_in_capitals_each_once() -> None:
    assert _filled(codes="sy, IQ sy").codes.data == ["SY", "IQ"]
    assert "codes" in _filled(codes="Syria").errors


@pytest.mark.parametrize("text", ["2016", "2016-04", "2016-04-23", "2016-04-23/2016-04-27", "2016~"])
def test_dates_may_be_rough(text: str) -> None:
    assert _filled(when=text).errors == {}


@pytest.mark.parametrize("text", ["April 2016", "2016-13", "0", "23/04/2016"])
def test_dates_that_are_none_are_refused(text: str) -> None:
    assert "when" in _filled(when=text).errors


def test_nul_is_refused() -> None:
    assert "note" in _filled(note="a\x00b").errors


def test_area_is_read_from_a_geometry_or_a_feature() -> None:
    assert parse_area(json.dumps(SQUARE)) == SQUARE
    assert parse_area(json.dumps({"type": "Feature", "geometry": SQUARE, "properties": {}})) == SQUARE


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "null",
        '{"type": "Point", "coordinates": [1, 2]}',
        '{"type": "Polygon", "coordinates": []}',
        '{"type": "Polygon", "coordinates": [[[0, 0], [NaN, 1], [1, 1], [0, 0]]]}',
        '{"type": "Polygon", "coordinates": [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]]}',
        '{"type": "Polygon", "coordinates": [[[34, 138], [35, 138], [35, 139], [34, 138]]]}',
        "[" * 100_000,
    ],
)
def test_area_that_is_none_is_refused(text: str) -> None:
    app = Flask("test")
    Babel(app)
    with app.test_request_context("/"), pytest.raises(ValueError, match="polygon"):
        parse_area(text)

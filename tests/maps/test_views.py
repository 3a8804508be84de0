"""What the maps are given: points while they are few, numbers by cell when they are many."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from heritage.maps import views
from heritage.maps.domain import SMALLEST_CELL_DEG
from heritage.services import Services
from heritage.starter.load import load_starter

DAY = "as_of=2015-05-21"


@pytest.fixture
def ask(services: Services, client: FlaskClient) -> Any:
    with services.database.session() as session:
        load_starter(session, services.clock, reach_km=50)

    def get(path: str) -> dict[str, Any]:
        answer = client.get(path)
        assert answer.status_code == 200, answer.text
        assert answer.mimetype == "application/geo+json"
        document: dict[str, Any] = json.loads(answer.text)
        return document

    return get


def _kinds(document: dict[str, Any]) -> set[str]:
    return {feature["properties"]["kind"] for feature in document["features"]}


def test_few_sites_are_drawn_one_by_one(ask: Any) -> None:
    document = ask(f"/maps/sites.geojson?{DAY}")
    assert document["complete"] is True
    assert _kinds(document) == {"site"}
    levels = {f["properties"]["name"]: f["properties"]["level"] for f in document["features"]}
    assert levels["Site of Palmyra"] == 4
    assert sum(level > 0 for level in levels.values()) == 2


def test_many_sites_are_counted_and_none_is_lost(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    every = len(ask(f"/maps/sites.geojson?{DAY}&lang=fr")["features"])
    monkeypatch.setattr(views, "MOST_POINTS", 10)
    document = ask(f"/maps/sites.geojson?{DAY}")
    assert document["complete"] is False
    assert sum(f["properties"].get("count", 0) for f in document["features"]) == every


def test_site_that_calls_for_attention_is_never_lost_in_a_number(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MOST_POINTS", 10)
    document = ask(f"/maps/sites.geojson?{DAY}")
    assert "Site of Palmyra" in {f["properties"].get("name") for f in document["features"]}


def test_cell_is_shown_at_its_middle_even_with_one_site(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MOST_POINTS", 0)
    document = ask(f"/maps/sites.geojson?{DAY}&bbox=30,30,45,40&zoom=20")
    counted = [f for f in document["features"] if f["properties"]["kind"] == "cluster"]
    assert counted
    for feature in counted:
        for degrees in feature["geometry"]["coordinates"]:
            assert (degrees / SMALLEST_CELL_DEG) % 1 == pytest.approx(0.5, abs=1e-6)


def test_view_over_the_antimeridian_finds_sites_on_both_sides(ask: Any) -> None:
    found = ask(f"/maps/sites.geojson?{DAY}&bbox=30,-90,300,90&zoom=2")["features"]
    lons = [f["geometry"]["coordinates"][0] for f in found]
    assert any(lon > 30 for lon in lons)
    assert any(lon < -60 for lon in lons)


def test_map_of_a_search_holds_what_the_list_holds(ask: Any) -> None:
    document = ask(f"/maps/sites.geojson?{DAY}&q=palmyra")
    assert [f["properties"]["name"] for f in document["features"]] == ["Site of Palmyra"]
    west, south, east, north = document["bbox"]
    assert west < 38.27 < east
    assert south < 34.55 < north


def test_site_map_has_parts_rings_and_where_reports_may_lie(ask: Any) -> None:
    document = ask(f"/maps/sites/ancient-villages-of-northern-syria.geojson?{DAY}")
    assert _kinds(document) == {"part", "extent", "ring", "circle", "incident"}
    assert sum(f["properties"]["kind"] == "part" for f in document["features"]) == 8


def test_site_map_of_an_earlier_day_shows_no_later_report(ask: Any) -> None:
    document = ask("/maps/sites/ancient-villages-of-northern-syria.geojson?as_of=2015-05-10")
    assert "incident" not in _kinds(document)


def test_a_result_too_large_to_draw_is_counted_and_moves_the_map_there(
    ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = ask(f"/maps/sites.geojson?{DAY}&country=SY")
    monkeypatch.setattr(views, "MOST_POINTS", 2)
    document = ask(f"/maps/sites.geojson?{DAY}&country=SY&lang=fr")
    assert sum(f["properties"].get("count", 0) for f in document["features"]) == len(drawn["features"])
    assert "palmyra" in json.dumps([f["properties"].get("href") for f in document["features"]])
    west, south, east, north = document["bbox"]
    for feature in drawn["features"]:
        lon, lat = feature["geometry"]["coordinates"]
        assert west < lon < east
        assert south < lat < north
    near = ask(f"/maps/sites.geojson?{DAY}&country=SY&bbox=38,34,39,35&zoom=6")
    assert sum(f["properties"].get("count", 0) for f in near["features"]) == 1

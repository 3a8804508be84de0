"""What the maps are given: points while they are few, numbers by cell when they are many."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import select

from heritage.maps import documents
from heritage.maps.domain import SMALLEST_CELL_DEG
from heritage.services import Services
from heritage.sites.models import Site
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
    monkeypatch.setattr(documents, "MOST_POINTS", 10)
    document = ask(f"/maps/sites.geojson?{DAY}")
    assert document["complete"] is False
    assert sum(f["properties"].get("count", 0) for f in document["features"]) == every


def test_site_that_calls_for_attention_is_never_lost_in_a_number(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MOST_POINTS", 10)
    document = ask(f"/maps/sites.geojson?{DAY}")
    assert "Site of Palmyra" in {f["properties"].get("name") for f in document["features"]}


def test_cell_is_shown_at_its_middle_even_with_one_site(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MOST_POINTS", 0)
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
    monkeypatch.setattr(documents, "MOST_POINTS", 2)
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


def _disclose(services: Services, how: str, grid_km: float | None = None) -> None:
    with services.database.session() as session:
        site = session.exec(select(Site).where(Site.slug == "site-of-palmyra")).one()
        site.disclosure, site.grid_km = how, grid_km
        session.add(site)


def test_still_map_of_a_generalised_site_is_the_same_wherever_it_lies_in_its_cell(
    ask: Any, client: FlaskClient, services: Services
) -> None:
    _disclose(services, "generalised", 200.0)
    pages = []
    for moved in (0.0, 0.12):
        with services.database.session() as session:
            site = session.exec(select(Site).where(Site.slug == "site-of-palmyra")).one()
            assert site.lon is not None
            site.lon += moved
            session.add(site)
        text = client.get(f"/sites/site-of-palmyra?{DAY}").text
        pages.append(text[text.index('<div class="map-still"') : text.index("data-wake")])
    assert pages[0] == pages[1]
    assert 'class="extent"' in pages[0]
    assert 'class="incident"' not in pages[0]
    assert "Homs" in pages[0]


def test_hidden_site_has_no_still_map_and_is_on_none(ask: Any, client: FlaskClient, services: Services) -> None:
    assert "map-still" in client.get(f"/sites/site-of-palmyra?{DAY}").text
    _disclose(services, "hidden")
    assert "map-still" not in client.get(f"/sites/site-of-palmyra?{DAY}").text
    # The one at level 4 was the only one called by name on the map of the world.
    assert 'class="named"' not in client.get(f"/?{DAY}").text


def test_land_is_a_picture_in_both_themes(client: FlaskClient) -> None:
    window = "/maps/land.svg?bbox=30,30,40,40"
    light, dark = (client.get(f"{window}&theme={theme}") for theme in ("light", "dark"))
    assert light.mimetype == dark.mimetype == "image/svg+xml"
    assert light.text != dark.text
    assert 'fill="#f8f6ef"' in light.text
    assert client.get(window, headers={"If-None-Match": light.headers["ETag"]}).status_code == 304
    assert client.get("/maps/land.svg?bbox=none").status_code == 400
    for odd in ("shape=nan", "shape=1e9", "bbox=0,0,0,0", "bbox=-1000,-90,1000,90&shape=0.1", "bbox=179,-90,-179,90"):
        assert client.get(f"/maps/land.svg?{odd}").status_code == 200


def test_towns_of_a_view_are_named_in_the_pages_language(ask: Any) -> None:
    found = ask("/maps/towns.geojson?bbox=35,33,37,34&lang=ar")["features"]
    assert found[0]["properties"]["name"] == "بيروت"

"""The pages over a real database: what they say, what they refuse, and what they never give away."""

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from heritage.core.clock import FixedClock
from heritage.db.engine import Database
from heritage.services import Services
from heritage.sites.models import Site
from heritage.sites.queries import get_site
from heritage.sites.service import Act, edit_site
from heritage.starter.load import load_starter
from heritage.web.i18n import NO_BREAK, WORD_JOINER

PALMYRA = "/sites/site-of-palmyra"
Read = Callable[[str], str]


@pytest.fixture
def starter(services: Services) -> Services:
    with services.database.session() as session:
        load_starter(session, services.clock, reach_km=50)
    return services


@pytest.fixture
def read(starter: Services, client: FlaskClient) -> Read:
    def get(path: str) -> str:
        answer = client.get(path)
        assert answer.status_code == 200, answer.text
        # What a reader sees: the marks that fence names off are not seen.
        return re.sub("[\u2066-\u2069]", "", answer.text)

    return get


def test_overview_names_what_burns_and_on_which_data_that_rests(read: Read) -> None:
    page = read("/?as_of=2015-05-21")
    assert "1 site at critical, 1 site at advisory" in page
    assert "Site of Palmyra" in page
    assert "Starter set" in page


def test_overview_says_that_silence_is_not_peace(read: Read) -> None:
    assert "silent for" in read("/?as_of=2015-09-01")
    assert "That is not known, not quiet." in read("/?as_of=2014-01-01")


def test_overview_says_what_changed_and_when_it_compares_with(read: Read) -> None:
    page = read("/?as_of=2015-05-21")
    changed = page.split('id="changes"')[1].split("</section>")[0]
    assert re.findall(r"(?:risen|fallen) from \w+", changed) == ["risen from warning", "risen from none"]
    assert "Compared with the end of 14 May 2015, as was known then." in changed
    assert "No site" in read("/?as_of=2015-05-01").split('id="changes"')[1]


def test_overview_can_be_kept_to_a_window(read: Read) -> None:
    page = read("/?as_of=2015-05-21&window=38,34,39,35")
    assert "Shown are 1 of 2 sites with a level" in page
    ranking = page.split('id="ranking"')[1].split("</section>")[0]
    assert "Site of Palmyra" in ranking
    assert "Ancient Villages" not in ranking


@pytest.mark.parametrize(("disclosure", "found"), [("public", True), ("generalised", True), ("hidden", False)])
def test_window_asks_only_for_the_place_that_may_be_shown(
    starter: Services, client: FlaskClient, disclosure: str, found: bool
) -> None:
    _disclose(starter, disclosure)
    page = client.get("/?as_of=2015-05-21&window=38,34,39,35").text
    assert ("Site of Palmyra" in page.split('id="ranking"')[1].split("</section>")[0]) is found
    around = client.get("/?as_of=2015-05-21&window=38.2666,34.5541,38.2668,34.5543").text
    assert ("Site of Palmyra" in around.split('id="ranking"')[1].split("</section>")[0]) is (disclosure == "public")


def test_slider_stands_still_while_its_days_hold_the_day_shown(read: Read) -> None:
    first = {re.findall(r'data-first="([^"]+)"', read(f"/?as_of={day}"))[0] for day in ("2015-05-01", "2015-05-21")}
    assert len(first) == 1
    assert 'max="40" value="19"' in read("/?as_of=1900-01-20")


def test_overview_ten_days_earlier_has_neither(read: Read) -> None:
    page = read("/?as_of=2015-05-10")
    assert "No site stands above watch" in page
    assert "Palmyra" not in page


def test_dossier_keeps_status_level_and_condition_apart(read: Read) -> None:
    page = read(PALMYRA + "?as_of=2015-05-21")
    for words in ("Our alert level", "Official status", "Observed condition", "Not assessed", "since 27 June 2013"):
        assert words in page


def test_dossier_explains_the_villages_by_their_nearest_part(read: Read) -> None:
    page = read("/sites/ancient-villages-of-northern-syria?as_of=2015-05-21")
    assert re.search(r"6\.2\d km south of Jebel Zawiyé 1, Ba'uda \(1348-004\)", page.replace("&#39;", "'"))
    assert f"0–{WORD_JOINER}13.4{NO_BREAK}km" in page


def test_hatra_was_not_in_danger_on_that_day(read: Read) -> None:
    assert "Not on the List of World Heritage in Danger on this day." in read("/sites/hatra?as_of=2015-05-20")
    assert "since 8 July 2015" in read("/sites/hatra?as_of=2015-07-09")


def test_browse_lists_the_46_in_danger_then(read: Read) -> None:
    page = read("/sites?danger=yes&as_of=2015-05-20")
    assert ">46 sites<" in page
    assert "Liverpool" in page


def test_incident_page_shows_versions_and_sites_near(read: Read) -> None:
    page = read(PALMYRA + "?as_of=2015-05-21")
    number = re.search(r"/incidents/(\d+)", page)
    assert number
    incident = read(f"/incidents/{number[1]}?as_of=2015-05-21")
    assert "Versions" in incident
    assert "Site of Palmyra" in incident


def test_incident_is_not_known_before_it_was(starter: Services, client: FlaskClient) -> None:
    assert client.get("/incidents/1?as_of=2015-05-01").status_code == 404


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/?as_of=yesterday", 400),
        ("/?window=1,2", 400),
        ("/sites?country=SY&country=Iraq", 400),
        ("/sites?category=castle", 400),
        ("/sites?page=0", 400),
        ("/sites?level=9", 400),
        ("/sites?country=Syria", 400),
        ("/sites?sort=colour", 400),
        (PALMYRA + "?span=9y", 400),
        ("/maps/sites.geojson?bbox=1,2", 400),
        ("/sites/no-such-site", 404),
        ("/incidents/999999", 404),
        ("/nowhere", 404),
    ],
)
def test_wrong_address_gets_a_page_with_a_way_on(
    starter: Services, client: FlaskClient, path: str, status: int
) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert "To the overview" in answer.text


def test_every_link_keeps_day_and_language(starter: Services, client: FlaskClient) -> None:
    page = client.get("/?as_of=2015-05-20&lang=fr").text
    links = re.findall(r'href="(/sites/[^"]+)"', page)
    assert links
    assert all("as_of=2015-05-20" in address and "lang=fr" in address for address in links)


def test_headers_keep_the_page_to_itself(client: FlaskClient) -> None:
    headers = client.get("/healthz").headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_pages_have_no_inline_style_or_script(read: Read) -> None:
    for path in ("/?as_of=2015-05-21", PALMYRA, "/sites", "/methodology"):
        page = read(path)
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page), path


def test_unknown_host_is_refused(client: FlaskClient) -> None:
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400


def test_ready_when_the_database_is(client: FlaskClient) -> None:
    assert client.get("/readyz").status_code == 200
    assert client.get("/healthz").text == "ok\n"


def test_not_ready_when_the_database_is_gone(services: Services, app: Flask, settings: object) -> None:
    from heritage.db.engine import make_engine

    url = "postgresql+psycopg://nobody@127.0.0.1:1/none"
    gone = Services(services.clock, services.settings, Database(make_engine(url), url, url), {})
    app.extensions["heritage"] = gone
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert app.test_client().get("/").status_code == 503


def test_stranger_cannot_edit(starter: Services, client: FlaskClient) -> None:
    far = {"REMOTE_ADDR": "192.0.2.7"}
    assert client.get(PALMYRA + "/edit", environ_base=far).location.startswith("/login")
    assert client.post("/starter", environ_base=far).location == "/login"
    assert "/edit" not in client.get(PALMYRA, environ_base=far).text


def test_post_without_token_is_refused(starter: Services, app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    assert app.test_client().post(PALMYRA + "/danger/new", data={"began": "2020"}).status_code == 400


def test_renamed_site_keeps_its_address(starter: Services, client: FlaskClient) -> None:
    with starter.database.session() as session:
        edit_site(session, Act(starter.clock.now()), _site(session).id or 0, name="Tadmor")
    assert "Tadmor" in client.get(PALMYRA).text


def _site(session: object) -> Site:
    return get_site(session, "site-of-palmyra")  # type: ignore[arg-type]


def _disclose(services: Services, disclosure: str) -> None:
    with services.database.session() as session:
        edit_site(session, Act(services.clock.now()), _site(session).id or 0, disclosure=disclosure, grid_km=10.0)


def _texts(client: FlaskClient, paths: list[str]) -> list[str]:
    return [client.get(path + "?as_of=2015-05-21").text for path in paths]


@pytest.mark.parametrize("disclosure", ["generalised", "hidden"])
def test_place_that_is_not_public_is_nowhere_given_away(
    starter: Services, client: FlaskClient, disclosure: str
) -> None:
    point, distance = re.compile(r"38\.2666?7|34\.5541?7|34\.5542"), re.compile(r"1\.8[34]\skm")
    own = ["/", PALMYRA, "/sites", "/maps/sites.geojson", "/maps/sites/site-of-palmyra.geojson"]
    # A report may itself lie on the site: its own place is its source's word, how far that is from the site is ours.
    numbers = sorted(set(re.findall(r"/incidents/(\d+)", client.get(PALMYRA + "?as_of=2015-05-21").text)))
    reports = [f"/incidents/{number}" for number in numbers]
    assert any(point.search(text) for text in _texts(client, own))
    assert all(any(distance.search(text) for text in _texts(client, paths)) for paths in (own, reports))
    _disclose(starter, disclosure)
    client.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    assert not any(point.search(text) or distance.search(text) for text in _texts(client, own))
    assert not any(distance.search(text) for text in _texts(client, reports))


def test_generalised_place_is_shown_as_its_cell(starter: Services, client: FlaskClient) -> None:
    _disclose(starter, "generalised")
    document = json.loads(client.get("/maps/sites.geojson").text)
    palmyra = next(item for item in document["features"] if item["properties"]["name"] == "Site of Palmyra")
    lon, lat = palmyra["geometry"]["coordinates"]
    assert (lon, lat) != (38.26667, 34.55417)
    assert abs(lon - 38.27) < 0.2


def test_small_window_does_not_find_a_generalised_place(starter: Services, client: FlaskClient) -> None:
    _disclose(starter, "generalised")
    found = client.get("/maps/sites.geojson?bbox=38.26,34.55,38.27,34.56&zoom=12").text
    assert "Palmyra" not in found


def test_hidden_site_is_not_on_the_map_and_not_near_an_incident(starter: Services, client: FlaskClient) -> None:
    _disclose(starter, "hidden")
    assert "Palmyra" not in client.get("/maps/sites.geojson?as_of=2015-05-21").text


def test_hidden_site_does_not_name_the_towns_around_it(starter: Services, client: FlaskClient) -> None:
    _disclose(starter, "hidden")
    for path in ("/", PALMYRA):
        page = client.get(path + "?as_of=2015-05-21").text
        assert "Critical" in page
        assert "Al-Amiriyah" not in page
        assert "/incidents/" not in page


@pytest.fixture
def _later(starter: Services, app: Flask) -> None:
    """The program as it runs long after the starter set was written: a list of that day is news to it."""
    app.extensions["heritage"] = replace(starter, clock=FixedClock(datetime(2031, 3, 1, tzinfo=UTC)))


@pytest.mark.usefixtures("_later")
def test_register_file_is_compared_taken_and_undone(client: FlaskClient) -> None:
    rows = "id_no,name_en,category,states_name_en,iso_code,date_inscribed,longitude,latitude,danger\n"
    rows += "23,Site of Palmyra and its oasis,Cultural,Syrian Arab Republic,sy,1980,38.26667,34.55417,1\n"
    sent = {"file": (io.BytesIO(rows.encode()), "list.csv"), "format": "whc"}
    shown = client.post("/sites/imports", data=sent, content_type="multipart/form-data")
    assert shown.status_code == 302, shown.text
    address = shown.headers["Location"]
    page = client.get(address).text
    assert "Renamed" in page
    assert "Site of Palmyra and its oasis" not in client.get(PALMYRA).text

    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen
    assert "has changed since" in client.post(address, data={"seen": "0" * 32}).text
    taken = client.post(address, data={"seen": seen[1]}, follow_redirects=True)
    assert "is taken" in taken.text
    assert "Site of Palmyra and its oasis" in client.get(PALMYRA).text
    number = re.search(r"/sites/imports/(\d+)/undo", taken.text)
    assert number
    undone = client.post(f"/sites/imports/{number[1]}/undo", follow_redirects=True)
    assert "is undone" in undone.text
    assert "Site of Palmyra and its oasis" not in client.get(PALMYRA + "?as_of=2015-05-21").text.split("Identity")[0]


@pytest.mark.usefixtures("_later")
def test_row_left_out_of_an_import_stays_as_it_was(client: FlaskClient) -> None:
    rows = "id_no,name_en,category,states_name_en,iso_code,date_inscribed,longitude,latitude,danger\n"
    rows += "23,Another name,Cultural,Syrian Arab Republic,sy,1980,38.26667,34.55417,1\n"
    sent = {"file": (io.BytesIO(rows.encode()), "list.csv"), "format": "whc"}
    address = client.post("/sites/imports", data=sent, content_type="multipart/form-data").headers["Location"]
    seen = re.search(r'name="seen" value="(\w+)"', client.get(address).text)
    assert seen
    client.post(address, data={"seen": seen[1], "leave_out": "23"})
    assert "Another name" not in client.get(PALMYRA).text


def test_file_that_is_no_register_is_refused_with_a_reason(starter: Services, client: FlaskClient) -> None:
    sent = {"file": (io.BytesIO(b"%PDF-1.7 nothing"), "report.pdf"), "format": ""}
    address = client.post("/sites/imports", data=sent, content_type="multipart/form-data").headers["Location"]
    answer = client.get(address)
    assert answer.status_code == 400
    assert "report.pdf" in answer.text


def test_day_of_the_clock_is_the_default(client: FlaskClient, clock: FixedClock) -> None:
    assert clock.now().date() == date(2015, 5, 21)
    assert client.get("/").status_code == 200

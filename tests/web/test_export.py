"""Files of a result of browsing: the rows of the page, each form readable again, and no place that is not public."""

import csv
import io
import json
import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import openpyxl
import pytest
import python_calamine
from flask.testing import FlaskClient

from heritage.policy.disclosure import Disclosure, public_point
from heritage.services import Services
from heritage.sites.service import Act, create_site
from heritage.starter.load import load_starter
from heritage.web import browse
from heritage.web.export import COLUMNS

DAY = "as_of=2015-05-21"
FORMS = ("csv", "xlsx", "geojson", "kml")
KML = "{http://www.opengis.net/kml/2.2}"
SECRET = (36.5641, 35.6153)
Rows = list[dict[str, str]]
Read = Callable[[str, str], Rows]


@pytest.fixture
def starter(services: Services) -> Services:
    with services.database.session() as session:
        load_starter(session, services.clock, reach_km=50)
    return services


def _add(services: Services, name: str, **more: Any) -> str:
    with services.database.session() as session:
        return create_site(session, Act(services.clock.now()), name=name, states_parties=["SY"], **more)


def _from_csv(body: bytes) -> Rows:
    return list(csv.DictReader(io.StringIO(body.decode(), newline="")))


def _from_xlsx(body: bytes) -> Rows:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(body))
    assert book.sheet_names == ["sites", "about"]
    head, *rows = book.get_sheet_by_name("sites").to_python()
    # A workbook has one kind of number.
    shown = [[str(int(v)) if isinstance(v, float) and v == int(v) else str(v) for v in row] for row in rows]
    return [dict(zip(map(str, head), row, strict=True)) for row in shown]


def _from_geojson(body: bytes) -> Rows:
    rows = []
    for feature in json.loads(body)["features"]:
        lon, lat = feature["geometry"]["coordinates"] if feature["geometry"] else ("", "")
        held = {**feature["properties"], "countries": ";".join(feature["properties"]["countries"])}
        rows.append({k: "" if v is None else str(v) for k, v in {**held, "lon": lon, "lat": lat}.items()})
    return rows


def _from_kml(body: bytes) -> Rows:
    rows = []
    for mark in ET.fromstring(body).iter(f"{KML}Placemark"):  # noqa: S314  # our own words
        held = {data.attrib["name"]: data.findtext(f"{KML}value", "") for data in mark.iter(f"{KML}Data")}
        lon, _, lat = mark.findtext(f"{KML}Point/{KML}coordinates", "").partition(",")
        rows.append({**held, "lon": lon, "lat": lat})
    return rows


READERS = dict(zip(FORMS, (_from_csv, _from_xlsx, _from_geojson, _from_kml), strict=True))


@pytest.fixture
def read(starter: Services, client: FlaskClient) -> Read:
    def get(form: str, query: str) -> Rows:
        answer = client.get(f"/sites/export.{form}?{query}")
        assert answer.status_code == 200, answer.data[:500]
        return READERS[form](answer.data)

    return get


def _slugs_of_page(client: FlaskClient, query: str) -> list[str]:
    page = client.get(f"/sites?{query}").text
    return re.findall(r'<span class="name"><a href="/sites/([^"?]+)', page)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "query",
    [
        "country=SY&sort=-inscribed",
        "level=1&sort=level",
        "q=palmyre",
        "category=natural&category=mixed&danger=yes",
        "country=IQ&country=SY&register=whc",
        "q=xyzzy",
    ],
)
def test_a_file_has_the_rows_of_the_page_in_its_order(read: Read, client: FlaskClient, form: str, query: str) -> None:
    on_page = _slugs_of_page(client, f"{query}&{DAY}")
    assert len(on_page) < browse.PER_PAGE
    assert [row["slug"] for row in read(form, f"{query}&{DAY}")] == on_page


@pytest.mark.parametrize("form", FORMS)
def test_a_file_has_all_pages(read: Read, client: FlaskClient, form: str) -> None:
    pages = _slugs_of_page(client, DAY) + _slugs_of_page(client, f"{DAY}&page=2")
    assert len(pages) > browse.PER_PAGE
    assert [row["slug"] for row in read(form, f"{DAY}&page=2")][: len(pages)] == pages


def test_every_form_says_the_same(read: Read) -> None:
    files = [read(form, f"country=SY&{DAY}") for form in FORMS]
    for rows in zip(*files, strict=True):
        assert len({tuple(sorted((k, v) for k, v in row.items() if v)) for row in rows}) == 1


def test_a_row_says_what_is_known_of_a_site_on_that_day(read: Read) -> None:
    (row,) = (row for row in read("csv", f"q=palmyra&{DAY}") if row["id_no"] == "23")
    said = {"register": "whc", "name": "Site of Palmyra", "countries": "SY", "inscribed": "1980", "in_danger": "yes"}
    assert said.items() <= row.items()
    assert (row["level"], row["as_of"], row["known_on"], row["in_register"]) == ("4", "2015-05-21", "2015-05-21", "yes")
    assert (round(float(row["lon"])), round(float(row["lat"])), row["grid_km"]) == (38, 35, "")
    assert row["address"].endswith("/sites/site-of-palmyra")
    assert "World Heritage List, © UNESCO World Heritage Centre" in row["credit"]


def test_a_workbook_says_in_words_what_it_is(starter: Services, client: FlaskClient) -> None:
    body = client.get(f"/sites/export.xlsx?country=SY&{DAY}").data
    about = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(body)).get_sheet_by_name("about").to_python()
    said = {str(row[0]): row[1] for row in about}
    assert said["complete"] == "yes"
    assert (
        said["credit"] == "World Heritage List, © UNESCO World Heritage Centre; used with credit, data hub CC BY-SA 4.0"
    )


def test_a_workbook_is_one_to_the_library_that_writes_them_too(starter: Services, client: FlaskClient) -> None:
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"/sites/export.xlsx?country=SY&{DAY}").data))
    sheet = book["sites"]
    rows = [dict(zip(COLUMNS, (cell.value for cell in row), strict=True)) for row in sheet.iter_rows(min_row=2)]
    (row,) = (row for row in rows if row["id_no"] == "23")
    assert (row["name"], row["inscribed"], row["level"], row["grid_km"]) == ("Site of Palmyra", 1980, 4, None)
    assert isinstance(row["lon"], float)
    assert (sheet.freeze_panes, sheet.column_dimensions["D"].width) == ("A2", 50)
    assert book.sheetnames == ["sites", "about"]


def test_another_day_has_another_level(read: Read) -> None:
    assert {row["level"] for row in read("csv", "country=SY&as_of=2015-05-01")} == {"0"}


def test_names_come_in_the_language_of_the_page_too(read: Read) -> None:
    (row,) = (row for row in read("csv", f"q=palmyra&lang=fr&{DAY}") if row["id_no"] == "23")
    assert row["name"] == "Site of Palmyra"
    assert row["local_name"] not in ("", row["name"])


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize(
    "name", ["=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\u202e=1+1", '=HYPERLINK("http://x.example","y")']
)
def test_a_name_is_no_formula(read: Read, starter: Services, form: str, name: str) -> None:
    slug = _add(starter, f"{name} quuxly")
    (row,) = read(form, "q=quuxly")
    assert row["slug"] == slug
    assert row["name"].startswith("'")
    assert "\u202e" not in row["name"]


@pytest.mark.parametrize("form", FORMS)
def test_a_name_with_marks_of_markup_and_control_stays_readable(read: Read, starter: Services, form: str) -> None:
    _add(starter, "Quuxly <b>&amp;\x0b\u202e]]> \"a\", 'b'\r\nc")
    (row,) = read(form, "q=quuxly")
    assert row["name"] == "Quuxly <b>&amp; ]]> \"a\", 'b' c"


@pytest.mark.parametrize("form", FORMS)
def test_a_generalised_place_is_the_centre_of_its_cell(read: Read, starter: Services, form: str) -> None:
    lon, lat = SECRET
    _add(starter, "Quuxly", lon=lon, lat=lat, disclosure=Disclosure.GENERALISED, grid_km=10.0)
    (row,) = read(form, "q=quuxly")
    cell = public_point(lon, lat, Disclosure.GENERALISED, 10.0)
    assert cell
    assert (float(row["lon"]), float(row["lat"]), float(row["grid_km"])) == (cell.lon, cell.lat, 10.0)
    assert not any(str(number) in " ".join(row.values()) for number in SECRET)


@pytest.mark.parametrize("form", FORMS)
def test_a_hidden_place_has_no_point(read: Read, starter: Services, form: str) -> None:
    lon, lat = SECRET
    _add(starter, "Quuxly", lon=lon, lat=lat, disclosure=Disclosure.HIDDEN)
    (row,) = read(form, "q=quuxly")
    assert (row["lon"], row["lat"], row.get("grid_km", "")) == ("", "", "")
    assert not any(str(number) in " ".join(row.values()) for number in SECRET)


@pytest.mark.parametrize("form", ["pdf", "CSV", "x", "csv.exe", ""])
def test_another_form_is_not_there(client: FlaskClient, form: str) -> None:
    assert client.get(f"/sites/export.{form}").status_code == 404


@pytest.mark.parametrize("query", ["country=Syria", "level=9", "sort=colour", "as_of=yesterday"])
def test_a_question_the_page_refuses_is_refused(client: FlaskClient, query: str) -> None:
    assert client.get(f"/sites/export.csv?{query}").status_code == 400


def test_a_file_that_is_cut_says_so(starter: Services, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("heritage.web.browse", "heritage.web.export"):
        monkeypatch.setattr(f"{module}.MOST_EXPORTED", 3)
    answer = client.get(f"/sites/export.geojson?{DAY}")
    document = json.loads(answer.data)
    assert (len(document["features"]), document["complete"]) == (3, False)
    assert document["found"] > browse.PER_PAGE
    assert answer.headers["Content-Disposition"] == 'attachment; filename="sites-2015-05-21-first-3.geojson"'
    assert "The files hold the first 3 of them." in client.get(f"/sites?{DAY}").text


def test_the_page_links_to_the_files_of_its_own_result(starter: Services, client: FlaskClient) -> None:
    query = f"q=palmyra&country=sy&danger=yes&level=1&sort=name&page=1&known_on=2015-05-22&{DAY}"
    page = client.get(f"/sites?{query}").text
    links = [found.replace("&amp;", "&") for found in re.findall(r'href="(/sites/export\.[^"]+)"', page)]
    assert [link[len("/sites/export.") :].partition("?")[0] for link in links] == list(FORMS)
    asked = {"q=palmyra", "country=SY", "danger=yes", "level=1", "sort=name", "known_on=2015-05-22", DAY}
    assert all(set(link.partition("?")[2].split("&")) == asked for link in links)
    assert all(client.get(link).status_code == 200 for link in links)


@pytest.mark.parametrize("name", ["form", "endpoint", "_external", "_scheme", "_anchor", "_method"])
def test_a_name_that_means_nothing_here_leaves_the_links_alone(
    starter: Services, client: FlaskClient, name: str
) -> None:
    answer = client.get(f"/sites?{name}=x")
    assert answer.status_code == 200
    assert answer.text.count('href="/sites/export.') == len(FORMS)

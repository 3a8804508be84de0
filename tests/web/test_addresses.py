"""Addresses as strangers type and forge them: a page or a plain refusal, never a fault of ours."""

import pytest
from flask.testing import FlaskClient

from heritage.services import Services
from heritage.starter.load import load_starter

PALMYRA = "/sites/site-of-palmyra"
LARGE = "9" * 30


@pytest.mark.parametrize(
    "path",
    [
        "/sites/nowhere",
        "/sites/%00",
        "/sites/a%00b/edit",
        "/sites/..%2f..%2fetc%2fpasswd",
        f"/sites/{'x' * 5000}",
        f"/sites/x/parts/{LARGE}",
        "/incidents/999999999",
        f"/incidents/{LARGE}",
        "/incidents/9223372036854775808",
        "/incidents/-1",
        "/incidents/abc",
        f"/maps/incidents/{LARGE}.geojson",
        "/maps/sites/%00.geojson",
        "/static/../app.py",
        "/nothing",
    ],
)
def test_what_is_not_there_is_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/", "/sites", "/incidents/1", "/maps/sites.geojson"])
@pytest.mark.parametrize(
    "day", ["garbage", "2015-02-30", "0000-01-01", "0001-01-01", "9999-12-31", "2015-W21-4", "%00"]
)
def test_a_day_that_is_none_is_refused(client: FlaskClient, path: str, day: str) -> None:
    answers = [client.get(f"{path}?{name}={day}").status_code for name in ("as_of", "known_on")]
    assert answers == [400, 400]


@pytest.mark.parametrize(
    "query",
    [
        "page=-1",
        "page=0",
        "page=abc",
        f"page={LARGE}",
        "q=%00",
        "q=%25%25_",
        "q=';--",
        f"q={'x' * 20_000}",
        "q=%ff",
        "sort=nothing",
        "country=%00",
        "country=zz",
        "level=9",
        "level=abc",
        "register=%00",
        "lang=xx",
        "lang=%00",
    ],
)
def test_any_question_to_the_list_is_answered_or_refused(client: FlaskClient, query: str) -> None:
    assert client.get(f"/sites?{query}").status_code in (200, 400, 404)


@pytest.mark.parametrize("path", ["/", PALMYRA, "/sites"])
@pytest.mark.parametrize("name", ["endpoint", "slug", "_external", "_scheme", "_anchor", "_method"])
def test_no_name_in_an_address_steers_the_links_of_its_page(
    services: Services, client: FlaskClient, path: str, name: str
) -> None:
    with services.database.session() as session:
        load_starter(session, services.clock, reach_km=50)
    answer = client.get(f"{path}?{name}=elsewhere")
    assert answer.status_code == 200
    assert 'href="/sites/elsewhere' not in answer.text
    assert 'href="elsewhere:' not in answer.text


@pytest.mark.parametrize("box", ["a", "1,2,3", "nan,1,2,3", "inf,inf,inf,inf"])
def test_a_view_that_is_none_is_refused(client: FlaskClient, box: str) -> None:
    assert client.get(f"/maps/sites.geojson?bbox={box}").status_code == 400


@pytest.mark.parametrize("languages", ["*", "", "en;q=x", "fr;q=99999999999", "en," * 2000, "zh-Hant-TW", '"', "\xff"])
def test_any_wish_for_a_language_gets_a_page(client: FlaskClient, languages: str) -> None:
    assert client.get("/", headers={"Accept-Language": languages}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/sites", "/methodology", "/healthz", "/readyz"])
def test_pages_are_read_only(client: FlaskClient, path: str) -> None:
    assert client.head(path).status_code == 200
    assert client.head(path).data == b""
    assert [client.open(path, method=method).status_code for method in ("POST", "PUT", "DELETE", "PATCH")] == [405] * 4


def test_the_machine_itself_is_reached_by_its_ipv6_address_too(client) -> None:
    assert client.get("/healthz", headers={"Host": "[::1]:8000"}).status_code == 200
    assert client.get("/healthz", headers={"Host": "[::2]:8000"}).status_code == 400


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "127.0.0.1@evil.example", "a b", "x" * 300])
def test_another_host_name_is_refused(client: FlaskClient, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code == 400


def test_forwarded_headers_are_believed_from_nobody(services: Services, client: FlaskClient) -> None:
    with services.database.session() as session:
        load_starter(session, services.clock, reach_km=50)
    forged = {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    page = client.get("/", headers=forged)
    assert "evil.example" not in page.text
    assert "Strict-Transport-Security" not in page.headers
    for path in (f"{PALMYRA}/edit", "/sites/new", "/sites/imports"):
        stranger = client.get(path, headers=forged, environ_base={"REMOTE_ADDR": "192.0.2.7"})
        assert stranger.location.startswith("/login?next=/sites/")

"""Pages of drafts: shown, taken into the form one by one, entered by a person; an article fetched from an address."""

import re
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pytest_httpserver import HTTPServer

from heritage.policy.roles import Role
from heritage.reports import draft_views
from heritage.reports.gazetteer import GeoNames
from heritage.services import Services
from heritage.starter.load import load_starter

TEXT = (
    "Shells fall on Palmyra\n\nShells hit the city of Palmyra in Syria on Wednesday, the Syrian Observatory for Human "
    "Rights said. Rebels and troops clashed near the ruins.\n\n“The museum is shut,” its director told Reuters."
)


@pytest.fixture(autouse=True)
def _shared_gazetteer(services: Services, var: Path, gazetteer: GeoNames) -> None:
    """The gazetteer's file made for all tests, so that not each makes its own."""
    services.settings.var.mkdir(mode=0o700, exist_ok=True)
    (services.settings.var / "gazetteer").symlink_to(var / "gazetteer")


@pytest.fixture
def report(client: FlaskClient, services: Services) -> str:
    """The address of a report with a text, over the starter register."""
    with services.database.session() as session:
        load_starter(session, services.clock, reach_km=50.0)
    said = {"title": "Shells fall on Palmyra", "text": TEXT, "language": "en", "dated": "2015-05-20"}
    return str(client.post("/reports/new", data=said).location)


def test_a_report_leads_to_its_drafts(client: FlaskClient, report: str) -> None:
    assert f'href="{report}/drafts"' in client.get(report).text
    page = unescape(client.get(f"{report}/drafts").text)
    assert "Syrian Observatory for Human Rights" in page
    assert "Site of Palmyra" in page


def test_a_draft_is_entered_only_by_a_person(client: FlaskClient, report: str) -> None:
    client.get(f"{report}/drafts")
    page = client.get(f"{report}/drafts/2").text
    assert "/reports/claims/" not in client.get(report).text
    fields = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', page))
    assert (fields["said_by"], fields["site"]) == ("Syrian Observatory for Human Rights", "site-of-palmyra")
    sent = {**fields, "statement": "Shells hit the town", "kind": "fighting", "credibility": "3"}
    entered = client.post(f"{report}/claims", data=sent)
    assert entered.status_code == 302, re.findall(r'class="problem"[^>]*>([^<]*)', entered.text)
    assert "/reports/claims/1" in client.get(report).text


def test_a_draft_that_is_not_there_is_not_found(client: FlaskClient, report: str) -> None:
    assert client.get(f"{report}/drafts/99").status_code == 404
    assert client.get("/reports/99/drafts").status_code == 404


def test_strangers_see_no_drafts(report: str, meet, app) -> None:  # type: ignore[no-untyped-def]
    meet(Role.ANALYST)
    assert app.test_client().get(f"{report}/drafts").status_code in (302, 404)


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/x", "http://localhost/", "http://10.0.0.1/", "http://[::1]/a"])
def test_private_addresses_are_refused(client: FlaskClient, address: str) -> None:
    refused = client.post("/reports/fetch", data={"address": address})
    assert refused.status_code == 422
    assert "private" in unescape(refused.text)


@pytest.mark.parametrize("address", ["", "file:///etc/passwd", "museum.example"])
def test_what_is_no_address_is_refused(client: FlaskClient, address: str) -> None:
    assert client.post("/reports/fetch", data={"address": address}).status_code == 422


def test_a_fetched_page_is_kept_and_leads_to_its_drafts(
    client: FlaskClient, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = "".join(f"<p>{part}</p>" for part in TEXT.split("\n\n")[1:])
    page = f"<html><body><nav>Menu</nav><article><h1>Shells fall on Palmyra</h1>{body}</article></body></html>"
    httpserver.expect_request("/a").respond_with_data(page, content_type="text/html; charset=utf-8")
    monkeypatch.setattr(draft_views, "NOWHERE", httpserver.url_for("/"))
    sent = client.post("/reports/fetch", data={"address": httpserver.url_for("/a")})
    assert sent.status_code == 302
    drafts = unescape(client.get(sent.location).text)
    assert "Shells hit the city of Palmyra" in drafts
    assert "Menu" not in drafts.split("<main", 1)[1]


def test_a_folder_that_others_may_enter_is_told_to_the_operator_and_not_on_the_page(
    client: FlaskClient, services: Services, report: str
) -> None:
    services.settings.var.chmod(0o755)
    answer = client.get(f"{report}/drafts")
    assert answer.status_code == 503
    assert "Its operator finds the reason in the log" in answer.text
    assert services.settings.var.name not in answer.text
    assert "chmod" not in answer.text


def test_drafts_tell_the_day_and_lead_from_one_to_the_next(client: FlaskClient, report: str) -> None:
    page = client.get(f"{report}/drafts").text
    assert "20 May 2015" in page
    assert "something happened here" in page
    assert f'rel="next" href="{report}/drafts/2"' in client.get(f"{report}/drafts/1").text
    assert f'rel="prev" href="{report}/drafts/1"' in client.get(f"{report}/drafts/2").text

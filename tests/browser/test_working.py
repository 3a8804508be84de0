"""Long work says on the page how far it is: a file that a link makes, and a file that a form sends."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.looking import complaints

pytestmark = pytest.mark.browser
ROWS = "id_no,name_en,category,states_name_en,iso_code,date_inscribed,longitude,latitude,danger\n"
ROWS += "9001,A made-up citadel,Cultural,Syrian Arab Republic,sy,1999,36.5,35.5,0\n"
LIST = {"name": "list.csv", "mimeType": "text/csv", "buffer": ROWS.encode()}


class Asked:
    """Answers how far the work is, as a test wants it; keeps each token it was asked about."""

    def __init__(self, page: Page) -> None:
        self.tokens: set[str] = set()
        self.said: dict[str, Any] = {"words": "", "done": 0, "of": None, "ended": ""}
        page.route("**/working/*", self._answer)

    def _answer(self, route: Route) -> None:
        self.tokens.add(route.request.url.rpartition("/")[2].partition("?")[0])
        route.fulfill(json=self.said)


def _part(page: Page, name: str) -> Locator:
    return page.locator(f'[data-saving] [data-part="{name}"]')


def test_a_file_is_followed_and_made_once_while_the_page_is_used(open_page: Any, replayed: str) -> None:
    page = open_page(replayed, "/sites", accept_downloads=True)
    asked = Asked(page)
    asked.said |= {"words": "Writing the file: row 30 of 60", "done": 30, "of": 60}
    link = page.get_by_role("link", name="CSV", exact=True)
    with page.expect_download() as download:
        link.click(no_wait_after=True)
    assert re.fullmatch(r"sites-[\d-]+\.csv", download.value.suggested_filename)
    expect(_part(page, "going")).to_contain_text("row 30 of 60")
    assert page.locator("[data-saving] progress").get_attribute("value") == "30"
    expect(link).to_have_attribute("aria-disabled", "true")
    assert complaints(page) == []
    link.evaluate("link => link.click()")
    page.get_by_label("Name, in any script").fill("palmyra")
    expect(page.locator("#count")).to_contain_text("1 site")
    expect(_part(page, "going")).to_be_visible()
    assert "watch=" not in page.url
    asked.said |= {"ended": "failed"}
    expect(_part(page, "failed")).to_be_visible()
    assert complaints(page) == []
    expect(link).not_to_have_attribute("aria-disabled", "true")
    assert len(asked.tokens) == 1
    asked.said |= {"done": 60, "ended": "done"}
    page.get_by_role("button", name="Try again").press("Enter")
    expect(_part(page, "done")).to_be_visible()
    assert len(asked.tokens) == 2


def test_the_brief_as_pdf_is_saved_and_the_dossier_stays(open_page: Any, replayed: str) -> None:
    page = open_page(replayed, "/sites/site-of-palmyra", accept_downloads=True)
    with page.expect_download() as download:
        page.get_by_role("link", name="as PDF").click(no_wait_after=True)
    assert download.value.suggested_filename.endswith(".pdf")
    expect(_part(page, "done")).to_be_visible()
    assert page.url.endswith("/sites/site-of-palmyra")


def test_a_list_is_sent_compared_and_taken_and_a_broken_line_loses_nothing(open_page: Any, editable: str) -> None:
    page = open_page(editable, "/sites/imports", forgiven="ERR_CONNECTION_RESET")
    send = page.get_by_role("button", name="Compare")
    send.click()
    expect(page.locator(".problems")).to_be_visible()
    page.locator('input[type="file"]').set_input_files(LIST)
    page.route("**/sites/imports", lambda route: route.abort("connectionreset"))
    with page.expect_event("console"):
        send.click()
    expect(page.locator("[data-unsent]")).to_be_visible()
    assert complaints(page) == []
    page.unroute("**/sites/imports")
    assert page.locator('input[type="file"]').evaluate("field => field.files[0].name") == "list.csv"
    send.click()
    page.get_by_role("heading", name="What this file would change").wait_for()
    assert "watch=" not in page.url
    page.get_by_role("button", name="Take it").click()
    expect(page.locator(".notice-done")).to_contain_text("1 new")


def test_a_search_without_a_line_keeps_the_page_and_goes_on_once_there_is_one(open_page: Any, replayed: str) -> None:
    page = open_page(replayed, "/sites", forgiven="ERR_INTERNET_DISCONNECTED")
    page.context.set_offline(True)
    page.get_by_label("Name, in any script").fill("palmyra")
    stalled = page.locator("[data-stalled]")
    expect(stalled).to_be_visible()
    assert complaints(page) == []
    expect(page.locator("#count")).not_to_contain_text("1 site ")
    assert page.url == f"{replayed}/sites"
    page.context.set_offline(False)
    expect(page.locator("#count")).to_contain_text("1 site ")
    expect(stalled).to_be_hidden()
    assert page.url == f"{replayed}/sites?q=palmyra"


def test_a_map_that_cannot_be_loaded_says_so_and_can_be_tried_again(open_page: Any, replayed: str) -> None:
    page = open_page(replayed, "/sites/site-of-palmyra", forgiven="No map")
    broken = "throw new Error('on purpose')"
    page.route("**/maplibre-gl.mjs", lambda route: route.fulfill(body=broken, content_type="text/javascript"))
    button = page.get_by_role("button", name="Move the map").first
    button.click()
    said = page.locator("[data-map]").first.locator(".map-failed")
    expect(said).to_contain_text("cannot be moved")
    assert complaints(page) == []
    expect(page.locator("[data-map] img").first).to_be_visible()
    button.click()
    page.wait_for_function("() => document.querySelector('[data-map]').dataset.drawn === 'no'")
    expect(said).to_have_count(1)

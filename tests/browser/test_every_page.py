"""Every page, in every dress: reachable without JavaScript, nothing for axe to complain of, no sideways scrolling."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

pytestmark = pytest.mark.browser
Open = Callable[..., Page]

PAGES = {
    "overview": "/",
    "quiet": "/?as_of=2015-05-01",
    "browse": "/sites?danger=yes",
    "nothing": "/sites?q=zzzzzz",
    "dossier": "/sites/ancient-villages-of-northern-syria",
    "dossier-quiet": "/sites/timbuktu",
    "incident": "/incidents/8",
    "jobs": "/jobs",
    "methodology": "/methodology",
}
EDITED = {
    "new": "/sites/new",
    "dossier": "/sites/site-of-palmyra",
    "edit": "/sites/site-of-palmyra/edit",
    "part": "/sites/site-of-palmyra/parts/new",
    "condition": "/sites/site-of-palmyra/conditions/new",
    "danger": "/sites/site-of-palmyra/danger/new",
    "imports": "/sites/imports",
}
DRESSES = {
    "desktop": {"viewport": {"width": 1280, "height": 900}},
    "phone": {"viewport": {"width": 360, "height": 740}, "has_touch": True},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "dark phone": {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"},
}


def _check(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"the page is {wide} px wider than the screen"


@pytest.mark.parametrize("dress", DRESSES)
@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("name", PAGES)
def test_page_is_accessible(open_page: Open, replayed: str, name: str, language: str, dress: str) -> None:
    path = PAGES[name]
    page = open_page(replayed, path + ("&" if "?" in path else "?") + f"lang={language}", **DRESSES[dress])
    assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    _check(page)


@pytest.mark.parametrize("dress", DRESSES)
@pytest.mark.parametrize("name", EDITED)
def test_working_page_is_accessible(open_page: Open, editable: str, name: str, dress: str) -> None:
    _check(open_page(editable, EDITED[name], **DRESSES[dress]))


@pytest.mark.parametrize("name", PAGES)
def test_page_is_complete_without_javascript(open_page: Open, replayed: str, name: str) -> None:
    page = open_page(replayed, PAGES[name], java_script_enabled=False)
    assert page.get_by_role("heading", level=1).is_visible()
    assert page.get_by_role("navigation", name="Main").get_by_role("link").count() >= 4
    for note in page.locator(".map-note").all():
        assert note.is_visible()


def test_whole_journey_works_without_javascript(open_page: Open, replayed: str) -> None:
    page = open_page(replayed, java_script_enabled=False)
    page.get_by_label("Go to day").fill("2015-05-20")
    page.get_by_role("button", name="Show").click()
    page.locator(".ranked").get_by_role("link").first.click()
    page.get_by_role("link", name="Open the report").first.click()
    assert "as_of=2015-05-20" in page.url
    assert page.get_by_role("heading", name="Versions").is_visible()

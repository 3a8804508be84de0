"""Overview and browse in a browser: list and map move together, days are slid and played, typing searches at once."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.looking import draw_map

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
# Asked of the map itself: what stands in the ring that marks the site a reader is at.
SOUTH_ATLANTIC = "-30,-50,0,-20"


def _documents(page: Page) -> list[str]:
    asked: list[str] = []

    def note(request: Request) -> None:
        if request.headers.get("accept") == "text/html":
            asked.append(request.url)

    page.on("request", note)
    return asked


def test_list_and_map_of_the_day_move_together(open_page: Open, replayed: str) -> None:
    page = open_page(replayed, maps=True, viewport={"width": 1280, "height": 900})
    draw_map(page)
    palmyra = page.locator('[data-site="site-of-palmyra"]')
    palmyra.get_by_role("link", name="Site of Palmyra").focus()
    expect(palmyra).to_have_class(re.compile("picked"))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    popup = page.locator(".maplibregl-popup")
    expect(popup).to_contain_text("Site of Palmyra")
    # The map moves to the place, so what is shown at its middle is the site, and pointing there marks the line.
    box = page.locator("[data-map]").bounding_box()
    assert box
    page.keyboard.press("Escape")
    expect(popup).to_have_count(0)
    page.evaluate("document.activeElement.blur()")
    expect(palmyra).not_to_have_class(re.compile("picked"))
    expect(page.locator(".map-stage canvas")).to_be_visible()
    page.wait_for_function(POINTED, arg=[box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])
    expect(palmyra).to_have_class(re.compile("picked"))

    page.get_by_label("Only what the map's window shows").check()
    expect(page.locator("#ranking")).to_contain_text(re.compile("window"))
    assert "window=" in page.url
    page.goto(f"{replayed}/?window={SOUTH_ATLANTIC}")
    expect(page.locator("#ranking")).to_contain_text("Shown are 0 of 2 sites")
    page.get_by_role("link", name="Show all").click()
    expect(palmyra).to_be_visible()
    assert "window=" not in page.url


# Moves the pointer over the middle of the map until the map has come to rest there.
POINTED = """([x, y]) => {
  const canvas = document.querySelector(".map-stage canvas");
  canvas.dispatchEvent(new MouseEvent("mousemove", { clientX: x, clientY: y, bubbles: true }));
  return document.querySelector('[data-site="site-of-palmyra"]').classList.contains("picked");
}"""


def test_days_are_slid_and_played_and_stand_in_the_address(open_page: Open, replayed: str) -> None:
    page = open_page(replayed)
    slider = page.get_by_role("slider", name="Day")
    said = page.locator(".daybar time")
    slider.focus()
    slider.press("ArrowLeft")
    expect(said).to_have_text("20 May 2015")
    assert "as_of=2015-05-20" in page.url
    expect(slider).to_have_attribute("aria-valuetext", "20 May 2015")
    assert "as_of=2015-05-20" in (page.locator("[data-map]").get_attribute("data-source") or "")
    assert "as_of=2015-05-20" in (page.get_by_role("link", name="Sites", exact=True).get_attribute("href") or "")
    page.go_back()
    expect(said).to_have_text("21 May 2015")
    expect(slider).to_have_value("28")
    page.get_by_role("link", name="Day before").click()
    expect(said).to_have_text("20 May 2015")

    asked = _documents(page)
    page.get_by_role("button", name="Play").click()
    expect(said).to_have_text("22 May 2015")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    # A request for each day shown and one ahead: nothing is asked for that nobody will see.
    assert len(asked) <= 4, asked
    page.go_back()
    expect(said).to_have_text("20 May 2015")

    still = open_page(replayed, reduced_motion="reduce")
    expect(still.get_by_role("button", name="Play")).to_have_count(0)
    expect(still.get_by_role("slider", name="Day")).to_be_visible()


def _features(page: Page) -> Any:
    source = page.locator("[data-map]").get_attribute("data-source") or ""
    return page.evaluate("async (source) => (await (await fetch(source)).json()).features.length", source)


def test_typing_and_facets_narrow_list_map_and_address_at_once(open_page: Open, replayed: str) -> None:
    page = open_page(replayed, "/sites?lang=en", maps=True, viewport={"width": 1280, "height": 900})
    asked = _documents(page)
    box = page.get_by_role("searchbox", name="Name, in any script")
    box.press_sequentially("palmira", delay=40)
    expect(page.locator("#count")).to_contain_text("1 site")
    expect(page.get_by_role("rowheader").get_by_role("link", name="Site of Palmyra")).to_be_visible()
    assert "q=palmira" in page.url
    assert len(asked) <= 2, asked
    expect(box).to_be_focused()
    assert _features(page) == 1
    box.fill("")
    expect(page.locator("#count")).to_contain_text("102 sites")

    page.get_by_role("checkbox", name="Syria 6").check()
    page.get_by_role("checkbox", name="Iraq 4").check()
    expect(page.locator("#count")).to_contain_text("10 sites")
    page.get_by_role("radio", name="In danger 8", exact=True).check()
    expect(page.locator("#count")).to_contain_text("8 sites")
    expect(page.get_by_role("radio", name="In danger 8", exact=True)).to_be_focused()
    assert _features(page) == 8
    for part in ("country=SY", "country=IQ", "danger=yes", "lang=en"):
        assert part in page.url
    exported = page.get_by_role("link", name="GeoJSON").get_attribute("href") or ""
    files = page.evaluate("async (file) => (await (await fetch(file)).json()).features.length", exported)
    assert files == 8
    page.go_back()
    expect(page.locator("#count")).to_contain_text("10 sites")
    page.get_by_role("link", name="Clear all").click()
    expect(page.locator("#count")).to_contain_text("102 sites")
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text("Page 2 of 3")).to_be_visible()
    expect(page.locator("#found")).to_be_focused()


def test_facets_are_a_form_without_javascript(open_page: Open, replayed: str) -> None:
    page = open_page(replayed, "/sites", java_script_enabled=False, viewport={"width": 1280, "height": 900})
    page.get_by_role("checkbox", name="Syria 6").check()
    page.get_by_role("radio", name="In danger 46", exact=True).check()
    page.get_by_role("button", name="Apply").first.click()
    expect(page.locator("#count")).to_contain_text("6 sites")
    assert "country=SY" in page.url


def test_row_leads_to_its_place_and_back_by_keyboard_and_stays_in_the_address(open_page: Open, replayed: str) -> None:
    page = open_page(replayed, "/sites?lang=en&country=SY", maps=True, viewport={"width": 1280, "height": 900})
    expect(page.locator(".map-stage")).to_have_count(0)
    button = page.locator('[data-site="site-of-palmyra"]').get_by_role("button", name="See on the map")
    button.press("Enter")
    link = page.locator(".maplibregl-popup").get_by_role("link", name="Site of Palmyra")
    expect(link).to_be_focused(timeout=20_000)
    assert page.url.endswith("country=SY#at-site-of-palmyra")
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    expect(link).to_have_count(0)

    button.press("Enter")
    page.get_by_role("button", name="Back to the list").press("Enter")
    expect(button).to_be_focused()
    button.press("Enter")
    link.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Site of Palmyra")
    page.go_back()
    expect(link).to_be_visible(timeout=20_000)
    assert "country=SY" in page.url
    # Towns are named on a map that moves as on one that stands still.
    expect(page.locator(".map-town").first).to_be_attached()

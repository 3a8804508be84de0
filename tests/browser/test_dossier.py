"""A dossier at night and a dossier of another day: what an officer decides on, what an analyst can cite."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
PALMYRA = "/sites/site-of-palmyra"
MOST_BYTES = 150_000
# What comes only once the map is drawn.
OF_THE_MAP = ("maplibre", "/maps/", "world-")


def _clean(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def _is_above_the_fold(page: Page, selector: str) -> bool:
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return box["y"] + box["height"] <= 740


def test_officer_woken_at_night_reads_why_on_a_phone_and_decides(open_page: Open, editable: str) -> None:
    page = open_page(editable, f"{PALMYRA}?as_of=2015-05-21", **PHONE)
    assert _is_above_the_fold(page, ".level-large")
    level = page.get_by_role("region", name="Our alert level")
    expect(level).to_contain_text("Critical")
    expect(level).to_contain_text("with every uncertainty counted, 0–\u20607.1 km")
    expect(page.get_by_role("region", name="Official status", exact=True)).to_contain_text("since 27 June 2013")
    expect(page.get_by_role("region", name="Observed condition")).to_contain_text("That says nothing about damage.")

    second = page.locator(".reasons > li").nth(1)
    expect(second.get_by_role("link", name=re.compile("Open the report"))).to_be_hidden()
    second.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(second).to_contain_text("C3: fairly reliable source, possibly true")
    expect(second.get_by_role("link", name=re.compile("Open the report"))).to_be_visible()
    expect(page.get_by_role("region", name="What is not known")).to_contain_text("never of damage")

    page.get_by_text("The same as a list").click()
    rows = page.locator(".chronology > li")
    expect(rows.filter(has_text="4 Critical")).to_have_count(1)
    expect(rows.filter(has_text="On the List of World Heritage in Danger")).to_contain_text("27 June 2013 – this day")
    _clean(page)

    page.get_by_role("textbox", name="Why").fill("Called the directorate at 02:10")
    page.get_by_label("Your name or post").fill("Duty officer")
    page.get_by_role("button", name="Record it").click()
    page.goto(f"{editable}{PALMYRA}")
    expect(page.get_by_role("region", name="Our alert level")).to_contain_text("Called the directorate at 02:10")


def test_analyst_goes_back_in_time_and_keeps_what_is_cited(open_page: Open, editable: str) -> None:
    page = open_page(editable, "/sites/hatra?as_of=2015-05-20", viewport={"width": 1280, "height": 900})
    expect(page.get_by_role("region", name="Official status", exact=True)).to_contain_text("Not on the List")
    expect(page.locator("body")).not_to_contain_text("July 2015")
    page.goto(f"{editable}/sites/hatra?as_of=2015-07-09")
    expect(page.get_by_role("region", name="Official status", exact=True)).to_contain_text("since 8 July 2015")

    page.goto(f"{editable}{PALMYRA}?as_of=2015-05-20")
    cite = page.get_by_role("region", name="Cite this page")
    expect(cite).to_contain_text("as_of=2015-05-20&known_on=2015-05-20")
    cite.get_by_role("button", name="Keep this version for citing").click()
    expect(page.get_by_text("A version kept for citing")).to_be_visible()
    kept, told = page.url, page.locator("article").inner_text()
    assert "version=" in kept
    assert "4 Critical · Our alert level" in told
    assert "21 May 2015" not in told
    _clean(page)

    page.goto(f"{editable}{PALMYRA}/edit")
    page.get_by_label("Description").fill("Said otherwise later.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")
    page.goto(kept)
    assert page.locator("article").inner_text() == told
    page.emulate_media(media="print")
    expect(page.locator(".masthead")).to_be_hidden()
    assert _sheets(page) <= 2


def _sheets(page: Page) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(prefer_css_page_size=True)))


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
@pytest.mark.parametrize("slug", ["site-of-palmyra", "ancient-villages-of-northern-syria"])
def test_first_view_weighs_less_than_150_kb_before_the_map(
    open_page: Open, replayed: str, slug: str, language: str
) -> None:
    page = open_page(replayed, f"/sites/{slug}?lang={language}", **PHONE)
    page.wait_for_load_state("networkidle")
    found = page.evaluate(
        "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
        ".map((entry) => [entry.name, entry.transferSize])"
    )
    weights = {name: size for name, size in found if not any(part in name for part in OF_THE_MAP)}
    assert len(weights) > 4
    assert sum(weights.values()) < MOST_BYTES, weights

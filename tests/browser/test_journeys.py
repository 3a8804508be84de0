"""What readers do: look at the day, understand a level, follow a report, search, and change the record."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import draw_map

pytestmark = pytest.mark.browser
Open = Callable[..., Page]


def test_reader_sees_palmyra_burn_and_understands_why(open_page: Open, replayed: str) -> None:
    page = open_page(replayed, maps=True)
    expect(page.get_by_role("heading", level=1)).to_contain_text("1 site at critical")
    draw_map(page)
    first = page.locator(".ranked > li").first
    expect(first).to_contain_text("Site of Palmyra")
    expect(first.locator(".level")).to_have_text(re.compile("4.*Critical"))
    first.get_by_role("link", name="Site of Palmyra").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Site of Palmyra")
    page.get_by_role("link", name="Why this level").click()
    reason = page.locator(".reasons > li").first
    expect(reason).to_contain_text("km")
    expect(reason).to_contain_text("with every uncertainty counted")
    expect(page.locator(".map-drawing")).to_be_visible()
    reason.get_by_role("link", name=re.compile("Open the report")).click()

    expect(page.get_by_role("heading", name="What is said, and how sure")).to_be_visible()
    expect(page.get_by_role("table").first).to_contain_text("Site of Palmyra")


def test_reader_moves_the_day_and_every_link_keeps_it(open_page: Open, replayed: str) -> None:
    page = open_page(replayed)
    page.get_by_role("link", name="Day before").click()
    expect(page.locator(".daybar time")).to_have_text("20 May 2015")
    page.get_by_label("Go to day").fill("2015-05-10")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("No site stands above watch")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Sites").click()
    expect(page.locator(".daybar time")).to_have_text("10 May 2015")
    page.get_by_role("link", name="Back to 21 May 2015").click()
    expect(page.locator(".daybar time")).to_have_text("21 May 2015")


def test_day_has_no_hindsight_unless_asked(open_page: Open, replayed: str) -> None:
    page = open_page(replayed, "/?as_of=2015-05-13")
    page.get_by_text("As known on 13 May 2015").click()
    page.get_by_label("Use what was known by the end of").fill("2015-06-01")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("With hindsight")).to_be_visible()


def test_search_finds_a_site_in_every_spelling(open_page: Open, replayed: str) -> None:
    page = open_page(replayed)
    for words in ("palmyra", "تدمر", "palmira", "PALMYRE"):
        box = page.get_by_role("search").get_by_role("searchbox")
        box.fill(words)
        box.press("Enter")
        expect(box).to_have_value(words)
        expect(page.locator(".result").get_by_role("link", name="Site of Palmyra")).to_be_visible()


def test_person_at_the_machine_edits_a_site_a_part_and_its_condition(open_page: Open, editable: str) -> None:
    page = open_page(editable, "/sites/site-of-palmyra")
    page.get_by_role("link", name="Edit", exact=True).click()
    page.get_by_label("Description").fill("A desert oasis.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")

    page.get_by_role("link", name="Change 23").click()
    page.get_by_label("Longitude").fill("38,27")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")
    expect(page.get_by_role("table")).to_contain_text("38.27000")

    page.get_by_role("link", name="Record an assessment").click()
    page.get_by_label("State").select_option("severe")
    page.get_by_label("Observed on").fill("2016-04")
    page.get_by_label("Assessor").fill("A mission")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")
    page.get_by_role("link", name="To the dossier").click()
    expect(page.get_by_role("region", name="Observed condition")).to_contain_text("Severe damage")
    expect(page.get_by_text("A desert oasis.")).to_be_visible()


def test_form_says_what_is_wrong_and_keeps_what_was_written(open_page: Open, editable: str) -> None:
    page = open_page(editable, "/sites/new")
    page.get_by_role("textbox", name="Name", exact=True).fill("A tower")
    page.get_by_label("Latitude").fill("95")
    page.get_by_label("Longitude").fill("10")
    with page.expect_response(lambda answer: answer.request.method == "POST") as posted:
        page.get_by_role("button", name="Save").click()
    assert posted.value.status == 422
    expect(page.get_by_role("alert")).to_contain_text("Latitude: Must be between -90 and 90.")
    expect(page.get_by_role("textbox", name="Name", exact=True)).to_have_value("A tower")
    page.get_by_label("Latitude").fill("33.5")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A tower")


def test_judgement_stands_beside_the_level_and_can_be_ended(open_page: Open, editable: str) -> None:
    page = open_page(editable, "/sites/crac-des-chevaliers-and-qalat-salah-el-din")
    page.get_by_label("Raise: it is worse than the rule says").check()
    page.get_by_label("Level, when raising or lowering").select_option("2")
    page.get_by_role("textbox", name="Why").fill("A call from the valley")
    page.get_by_label("Your name or post").fill("Duty officer")
    page.get_by_role("button", name="Record it").click()
    card = page.get_by_role("region", name="Our alert level")
    expect(card).to_contain_text("A call from the valley")
    expect(card.locator(".level-large")).to_contain_text("None")
    card.get_by_role("button", name="End this judgement").click()
    expect(page.get_by_text("A call from the valley")).to_have_count(0)


def test_empty_database_offers_the_starter_set(open_page: Open, empty: str) -> None:
    page = open_page(empty)
    page.get_by_role("button", name="Load the starter set").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("1 site at critical")


def test_replay_can_be_read_and_not_written(open_page: Open, replayed: str) -> None:
    page = open_page(replayed, "/sites/site-of-palmyra")
    expect(page.get_by_role("link", name="Edit", exact=True)).to_have_count(0)
    expect(page.get_by_text("Nothing is written and nothing is sent.")).to_be_visible()

"""A report and its claims in a real browser: entered from the keyboard, reviewed, and read on the dossier."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import check

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
TEXT = "A town changes hands\n\nFighters entered the town on Wednesday, the observatory said."


@pytest.mark.parametrize("options", [{"java_script_enabled": False}, {"viewport": {"width": 360, "height": 740}}])
def test_an_analyst_enters_a_report_reviews_its_claim_and_finds_it_on_the_dossier(
    open_page: Open, editable: str, options: dict
):
    marked = "plain" if "viewport" not in options else "phone"
    page = open_page(editable, "/reports/new", **options)
    page.get_by_label("Title").fill(f"A town changes hands, {marked}")
    page.get_by_label("Text", exact=True).fill(f"{TEXT} {marked}")
    page.get_by_label("Date", exact=True).fill("2015-05-20?")
    page.get_by_role("button", name="Keep it and enter its claims").click()
    page.get_by_label("What is claimed, in our own words").fill(f"Fighters are in the {marked} town")
    page.get_by_label("Quotation").fill("Fighters entered the town")
    page.get_by_label("About").select_option("control")
    page.get_by_label("Point in dispute").fill(f"control of the {marked} town")
    page.get_by_label("Said by").fill("An observatory")
    page.get_by_label("Site", exact=True).fill("Palmyra")
    page.get_by_text("Control: whose").click()
    page.get_by_label("Who holds it, or acts").fill("The other side")
    page.get_by_label("How much of it is held").select_option("part")
    page.get_by_role("button", name="Enter the claim").click()
    expect(page.get_by_role("status")).to_contain_text("it counts once it is reviewed")
    if marked == "phone":
        check(page)
    page.get_by_role("button", name="Pass with this grade").click()
    expect(page.get_by_role("status")).to_contain_text("The claim is reviewed.")
    page.goto(f"{editable}/sites/site-of-palmyra")
    group = page.locator("section", has=page.get_by_role("heading", name=f"control of the {marked} town")).last
    expect(group).to_contain_text("Partly held by The other side")
    expect(group).to_contain_text("An observatory")
    if marked == "phone":
        check(page)
        group.get_by_role("link", name="claim").last.click()
        check(page)

"""Reporting and reviewing in a real browser: with and without scripts, on a phone, when the connection is lost."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Staffed
from tests.browser.looking import check

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
TRENCH = "Soldiers dig a trench beside the wall of the temple."


def tell(page: Page, text: str = TRENCH) -> None:
    page.get_by_label("What is it about").select_option(label="War")
    page.get_by_label("What was seen").fill(text)
    page.get_by_label("When").fill("yesterday evening")


def test_a_reporter_without_scripts_finds_the_site_in_arabic_script_and_follows_the_report(
    open_page: Open, editable: str
) -> None:
    page = open_page(editable, "/threats/new", java_script_enabled=False, **PHONE)
    tell(page)
    page.get_by_label("Site", exact=True).fill("تدمر")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("radio", name="Palmyra").check()
    page.get_by_role("button", name="Send").click()
    code = page.locator("code").inner_text()
    page.get_by_role("link", name="Follow a report by its code word").click()
    page.get_by_label("Code word").fill(code)
    page.get_by_role("button", name="Look").click()
    expect(page.get_by_text(TRENCH)).to_be_visible()
    expect(page.get_by_text("“yesterday evening”")).to_be_visible()


def test_errors_stand_at_their_fields_and_the_keyboard_is_enough(open_page: Open, editable: str) -> None:
    page = open_page(editable, "/threats/new?site=site-of-palmyra", **PHONE)
    page.get_by_label("What was seen").focus()
    page.keyboard.type("A wall has cracked.")
    page.get_by_role("button", name="Send").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("What is it about: Choose one of the list.")
    expect(page.get_by_label("What was seen")).to_have_value("A wall has cracked.")
    check(page)


def test_a_click_on_the_map_is_the_place(open_page: Open, editable: str) -> None:
    page = open_page(editable, "/threats/new?site=site-of-palmyra", maps=True)
    page.get_by_text("Choose it on a map").click()
    box = page.locator("[data-pick] [data-map]")
    box.scroll_into_view_if_needed()
    expect(box).to_have_attribute("data-drawn", "yes", timeout=20_000)
    box.click()
    expect(page.get_by_label("At a point on the map")).to_be_checked()
    assert 30 < float(page.get_by_label("Latitude").input_value()) < 40
    assert 34 < float(page.get_by_label("Longitude").input_value()) < 43


def test_what_is_typed_survives_a_lost_connection_and_is_sent_once(open_page: Open, editable: str) -> None:
    page = open_page(editable, "/threats/new?site=site-of-palmyra", **PHONE)
    text = "Two columns lie on the ground."
    tell(page, text)
    expect(page.get_by_role("button", name="Erase from this device")).to_be_visible()
    page.reload()
    expect(page.get_by_label("What was seen")).to_have_value(text)
    page.context.set_offline(True)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("There is no connection.")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_role("heading", name="Received")).to_be_visible()
    page.goto(page.url)
    expect(page.get_by_label("What was seen")).to_have_value("")
    page.goto(editable + "/review")
    expect(page.get_by_text(text)).to_have_count(1)


def test_a_reviewer_opens_a_threat_and_ends_it(open_page: Open, editable: str) -> None:
    page = open_page(editable, "/threats/new?site=hatra")
    tell(page, "Men with drills stand at the southern gate.")
    page.get_by_role("button", name="Send").click()
    check(page)
    page.get_by_role("link", name="Review").click()
    check(page)
    page.get_by_role("link", name="Hatra").first.click()
    page.get_by_label("Severity").select_option(label="Significant impact")
    page.get_by_label("In one neutral sentence, for everybody").fill("Drilling is reported at the southern gate.")
    page.get_by_label("Why, for reviewers").fill("Plausible, and near the road.")
    check(page)
    page.get_by_role("button", name="Accept").click()
    page.goto(editable + "/sites/hatra")
    page.get_by_role("region", name="Threats").get_by_role("link", name="War").click()
    check(page)
    page.get_by_role("link", name="Record a change").click()
    page.get_by_label("Status").select_option(label="Ended")
    page.get_by_label("Why, for reviewers").fill("They have left.")
    check(page)
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".card .value")).to_have_text("Ended")


WAITING = """() => new Promise((done, fail) => {
    const asked = indexedDB.open("heritage-originals");
    asked.onerror = fail;
    asked.onsuccess = () => {
        const all = asked.result.transaction("files").objectStore("files").getAllKeys();
        all.onsuccess = () => { asked.result.close(); done(all.result.length); };
    };
})"""


def photograph(folder: Path, name: str, size: tuple[int, int]) -> Path:
    """Noise, which no coding makes small, with a camera's name in it."""
    exif = Image.Exif()
    exif[0x010F] = "Camera of somebody"
    Image.effect_noise(size, 90).save(folder / name, quality=92, exif=exif)
    return folder / name


def test_a_report_and_its_photographs_wait_without_a_network_and_are_sent_once_and_nothing_stays(
    sign_in: Open, staffed: Staffed, tmp_path: Path
) -> None:
    gate, wall, sky = (photograph(tmp_path, f"{name}.jpg", (200, 150)) for name in ("gate", "wall", "sky"))
    page = sign_in("Sami", "/threats/new?site=site-of-palmyra", forgiven="ERR_INTERNET_DISCONNECTED", **PHONE)
    expect(page.locator("form[data-ready]")).to_be_attached(timeout=15_000)
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(f"{request.method} {request.url}"))
    page.context.set_offline(True)
    page.goto(page.url)
    expect(page.get_by_text("There is no connection. What you write stays on this device")).to_be_visible()
    assert "Sami" not in page.content()
    text = "Smoke stands over the northern colonnade."
    tell(page, text)
    page.locator('input[type="file"]').set_input_files([gate, wall, sky])
    chosen = page.locator("[data-sent] li")
    expect(chosen).to_have_count(3)
    expect(chosen.locator("canvas")).to_have_count(3)
    expect(chosen.filter(has_text="wall.jpg")).to_contain_text("kB")
    check(page)
    page.goto(page.url)
    expect(page.get_by_label("What was seen")).to_have_value(text)
    page.get_by_role("button", name="Remove sky.jpg").click()
    page.goto(page.url)
    expect(chosen).to_have_count(2)
    assert page.evaluate(WAITING) == 2
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Your report is kept on this device")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_role("heading", name="Received")).to_be_visible(timeout=20_000)
    page.wait_for_function(f"async () => (await ({WAITING})()) === 0")
    # Nothing was asked for in vain but the page itself and whether there is a line.
    assert [each for each in failed if "/threats/new" not in each and "/threats/sites.json" not in each] == []
    with staffed.services.database.session() as session:
        count = "select (select count(*) from attachment), (select count(*) from attachment_piece)"
        assert tuple(session.execute(sa.text(count)).one()) == (2, 0)
    page.goto(staffed.address + "/threats/mine")
    expect(page.get_by_text(text)).to_have_count(1)
    page.goto(staffed.address + "/account")
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    assert page.evaluate("caches.keys()") == []
    assert page.evaluate("indexedDB.databases().then(all => all.length)") == 0
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then(all => all.length)") == 0
    assert page.evaluate("localStorage.length") == 0
    staffed.signed_in.pop("Sami")


def test_a_device_can_be_wiped_of_words_and_photographs_and_says_when_it_keeps_none(
    sign_in: Open, tmp_path: Path
) -> None:
    page = sign_in("Sami", "/threats/new?site=site-of-palmyra", **PHONE)
    page.route("**/attachments/pieces/*", lambda route: None)  # a line that carries nothing
    tell(page, "Not to be found on me.")
    page.locator('input[type="file"]').set_input_files(photograph(tmp_path, "gate.jpg", (200, 150)))
    expect(page.locator("[data-sent] li")).to_contain_text("gate.jpg")
    assert page.evaluate(WAITING) == 1
    page.get_by_role("button", name="Erase from this device").click()
    expect(page.get_by_label("What was seen")).to_have_value("")
    expect(page.locator("[data-sent] li")).to_have_count(0)
    assert page.evaluate(WAITING) == 0
    assert page.evaluate("localStorage.getItem('heritage-report:open')") is None
    page.evaluate("void (indexedDB.open = () => { throw new Error('closed'); })")
    page.locator('input[type="file"]').set_input_files(photograph(tmp_path, "wall.jpg", (200, 150)))
    expect(page.get_by_role("status")).to_contain_text("This device does not keep files")


def test_another_person_s_unsent_words_are_shown_to_nobody(sign_in: Open, staffed: Staffed) -> None:
    page = sign_in("Nadia", "/threats/new?site=hatra", **PHONE)
    tell(page, "Only for Nadia.")
    expect(page.get_by_role("button", name="Erase from this device")).to_be_visible()
    page.evaluate("""() => {
        const kept = JSON.parse(localStorage.getItem("heritage-report:open"));
        localStorage.setItem("heritage-report:open", JSON.stringify({...kept, owner: "0123456789abcdef", send: true}));
    }""")
    page.goto(staffed.address + "/threats/new?site=hatra")
    expect(page.get_by_label("What was seen")).to_have_value("")
    assert page.evaluate("localStorage.getItem('heritage-report:open')") is None


def test_a_small_copy_goes_with_the_report_and_the_picture_follows_it(
    sign_in: Open, staffed: Staffed, tmp_path: Path
) -> None:
    taken = photograph(tmp_path, "gate.jpg", (2400, 1600))
    with staffed.services.database.session() as session:
        before = set(session.execute(sa.text("select sha256 from attachment_content")).scalars())
    page = sign_in("Nadia", "/threats/new?site=site-of-palmyra", forgiven="503", **PHONE)
    tell(page, "The gate is photographed.")
    addresses: list[str] = []

    # The line carries what comes first and nothing more, for as long as the report is being written.
    def held(route: Route) -> None:
        addresses.append(route.request.url)
        if route.request.url == addresses[0]:
            route.continue_()
        else:
            route.fulfill(status=503)

    page.route("**/attachments/pieces/*", held)
    page.locator('input[type="file"]').set_input_files(taken)
    expect(page.get_by_role("checkbox", name="gate.jpg")).to_be_checked(timeout=15_000)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Received")).to_be_visible(timeout=15_000)
    page.unroute("**/attachments/pieces/*")
    expect(page.get_by_text("Your pictures have come in full size too.")).to_be_visible(timeout=40_000)
    with staffed.services.database.session() as session:
        rows = session.execute(sa.text("select sha256, size_bytes from attachment_content")).all()
        assert session.execute(sa.text("select count(*) from attachment_piece")).scalar_one() == 0
    copy, original = sorted(size for name, size in rows if name not in before)
    assert copy <= 200_000
    assert original == taken.stat().st_size
    assert page.evaluate(WAITING) == 0

"""Every page, in every dress: nothing for axe to complain of, no sideways scrolling, nothing said on the console."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, ViewportSize

from heritage.app import create_app
from tests.browser.looking import complaints, cut_off, draw_map, focus_lost, moving, set_wide, too_wide, without_maps
from tests.listening import listening
from tests.world import Page as Walked
from tests.world import World, cookie_of, in_language, pages

# With the tests of the same pages without a browser, which share the filled program.
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("every_page")]
Open = Callable[..., Page]

DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 360, "height": 740}
# A desktop at twice its size, and the narrowest screen that nothing may have to be scrolled sideways on.
ZOOMED: ViewportSize = {"width": 640, "height": 450}
NARROW: ViewportSize = {"width": 320, "height": 640}
MAPS = ("/", "/sites?danger=yes", "/sites/site-of-palmyra", "/incidents/8")


@pytest.fixture(scope="module")
def address(filled: World) -> Iterator[str]:
    """Where the filled program answers."""
    with listening(create_app(filled.services), "127.0.0.1") as found:
        yield found


class Looker:
    """Goes from page to page as one person after another, and notes what is wrong with each."""

    def __init__(self, browser: Browser, world: World, address: str) -> None:
        self.browser, self.world, self.address = browser, world, address
        self.open: dict[str, Page] = {}
        self.wrong: list[str] = []
        self.name = ""

    def look(self, one: Walked, language: str, viewport: ViewportSize, scheme: str) -> tuple[Page, int]:
        """Open a page in a dress as who may see it, and note what is wrong; gives it and its status."""
        self.name = one.name
        page = self.open.get(one.who) or self.page_of(one.who)
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of two words
        answer = page.goto(self.address + in_language(one.path, language))
        self.note(scheme, complaints(page) + too_wide(page))
        return page, answer.status if answer else 0

    def page_of(self, who: str) -> Page:
        """The page that somebody goes about with."""
        context = without_maps(self.browser.new_context())
        if cookie := cookie_of(self.world, who):
            context.add_cookies([{"name": "session", "value": cookie, "url": self.address}])
        self.open[who] = self._heard(context)
        return self.open[who]

    def _heard(self, context: BrowserContext) -> Page:
        def said(message: ConsoleMessage) -> None:
            # That a page was refused, as it should be, is the browser's own news.
            if message.type in ("error", "warning") and "the server responded with a status of 4" not in message.text:
                self.note("console", [message.text])

        def asked(request: Request) -> None:
            if not request.url.startswith((self.address, "data:", "blob:")):
                self.note("asked elsewhere", [request.url])

        page = context.new_page()
        page.on("console", said)
        page.on("pageerror", lambda error: self.note("script", [str(error)]))
        page.on("request", asked)
        return page

    def note(self, dress: str, found: list[str]) -> None:
        """Keep what is wrong, with the page it is wrong on."""
        self.wrong += [f"{self.name}, {dress}: {one}" for one in found]

    def close(self) -> None:
        """Let the browsers go."""
        for page in self.open.values():
            page.context.close()


@pytest.fixture
def looker(browser: Browser, filled: World, address: str) -> Iterator[Looker]:
    """Somebody who looks at every page."""
    found = Looker(browser, filled, address)
    yield found
    found.close()


# Together they show each page in both directions, both themes, on a phone and on a desktop, and at widths in between;
# every combination of these, or each page as each of its readers, would find nothing more and take four times as long.
def test_every_page_reads_well_from_left_to_right(looker: Looker, filled: World) -> None:
    for one in pages(filled):
        page, answer = looker.look(one, "en", DESKTOP, "light")
        if answer != one.status:
            looker.note("answer", [str(answer)])
        for viewport in (ZOOMED, NARROW):
            page.set_viewport_size(viewport)
            looker.note("light", too_wide(page))
    assert looker.wrong == [], "\n".join(looker.wrong)


def test_every_page_reads_well_from_right_to_left(looker: Looker, filled: World) -> None:
    for one in {page.endpoint: page for page in pages(filled)}.values():
        page, _ = looker.look(one, "ar", PHONE, "dark")
        if page.locator("html").get_attribute("dir") != "rtl":
            looker.note("direction", ["not from right to left"])
        page.set_viewport_size(DESKTOP)
        looker.note("dark", too_wide(page))
    assert looker.wrong == [], "\n".join(looker.wrong)


def test_every_page_bears_wide_set_words_and_keeps_still_when_asked_to(looker: Looker, filled: World) -> None:
    for one in {page.endpoint: page for page in pages(filled)}.values():
        looker.name = one.name
        page = looker.open.get(one.who) or looker.page_of(one.who)
        page.set_viewport_size(PHONE)
        page.emulate_media(reduced_motion="reduce")
        page.goto(looker.address + one.path)
        looker.note("still", moving(page))
        set_wide(page)
        looker.note("wide-set", cut_off(page) + too_wide(page))
    assert looker.wrong == [], "\n".join(looker.wrong)


# The pages of each kind that people work on: lists, a dossier, forms, queues, a record.
BY_KEYBOARD = (
    "overview",
    "browse",
    "dossier-staff",
    "brief",
    "threat-new",
    "review",
    "claim",
    "jobs",
    "feeds",
    "move",
    "record",
)


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_focus_is_seen_wherever_it_goes(looker: Looker, filled: World, viewport: ViewportSize) -> None:
    for one in pages(filled):
        if one.name not in BY_KEYBOARD:
            continue
        looker.name = one.name
        page = looker.open.get(one.who) or looker.page_of(one.who)
        page.set_viewport_size(viewport)
        page.goto(looker.address + one.path)
        looker.note("keyboard", focus_lost(page))
    assert looker.wrong == [], "\n".join(looker.wrong)


def test_levels_and_buttons_still_tell_in_forced_colours(looker: Looker, filled: World) -> None:
    for one in pages(filled):
        if one.name not in BY_KEYBOARD:
            continue
        looker.name = one.name
        page = looker.open.get(one.who) or looker.page_of(one.who)
        page.set_viewport_size(DESKTOP)
        page.emulate_media(forced_colors="active")
        page.goto(looker.address + one.path)
        looker.note("forced colours", complaints(page) + focus_lost(page, 12))
        for level in page.locator("main .level:visible").all():
            if not re.search(r"\d|[^\W\d_]", level.inner_text()):
                looker.note("forced colours", ["a level without number or word"])
    assert looker.wrong == [], "\n".join(looker.wrong)


def test_drawn_maps_are_accessible_in_both_themes(open_page: Open, replayed: str) -> None:
    page = open_page(replayed, MAPS[0], maps=True)
    for path in (MAPS[0], MAPS[2]):
        page.goto(replayed + path)
        draw_map(page)
        assert (path, complaints(page) + too_wide(page)) == (path, [])
    page.emulate_media(color_scheme="dark")
    assert complaints(page) == []


def test_page_with_a_map_is_complete_without_javascript(open_page: Open, replayed: str) -> None:
    page = open_page(replayed, java_script_enabled=False)
    for path in MAPS:
        page.goto(replayed + path)
        assert page.get_by_role("heading", level=1).is_visible()
        assert page.get_by_role("img", name=re.compile("[Mm]ap of")).is_visible()
        assert page.evaluate("() => document.querySelector('.map-still img').naturalWidth > 0")


def test_whole_journey_works_without_javascript(open_page: Open, replayed: str) -> None:
    page = open_page(replayed, java_script_enabled=False)
    page.get_by_label("Go to day").fill("2015-05-20")
    page.get_by_role("button", name="Show").click()
    page.locator(".ranked").get_by_role("link").first.click()
    page.get_by_role("link", name="Open the report").first.click()
    assert "as_of=2015-05-20" in page.url
    assert page.get_by_role("heading", name="Versions").is_visible()

"""Takes a picture of every page in every dress, into a folder that git ignores: `make screenshots`.

The pages are those that the tests walk, filled, and each looked at by who may see it.
"""

import argparse
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import product
from pathlib import Path

import psycopg
import sqlalchemy as sa
from PIL import Image
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Page as Tab

from heritage.app import create_app
from heritage.db import migrate
from heritage.db.embedded import EmbeddedServer
from heritage.db.engine import Database, make_engine
from heritage.settings import Settings
from tests.listening import listening
from tests.world import ALSO_SEEN_BY, PAGES, World, cookie_of, filled_services, in_language, make_world, pages

WIDTHS = {"phone": 360, "desktop": 1280}
THEMES = ("light", "dark")
LANGUAGES = ("en", "ar")
NAMES = ("chromium", "chromium-browser", "google-chrome")
# A longer stretch than this comes out of Chromium with its beginning repeated at its end.
PIECE = 3000
# Pictures below the first screen would otherwise wait for somebody to come near.
SHOWN = """Promise.all([...document.images].map(image => {
  image.loading = "eager";
  return image.decode().catch(() => {});
}))"""
DRAWING = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


@dataclass(frozen=True)
class Dress:
    """A screen, a theme and a language; `forced` takes the reader's own colours, `zoom` shows all twice as large."""

    screen: str
    theme: str
    language: str
    forced: bool = False
    zoom: bool = False

    @property
    def name(self) -> str:
        """As it stands in a file's name."""
        more = "-forced" * self.forced + "-zoom" * self.zoom
        return f"{self.screen}-{self.theme}-{self.language}{more}"


EVERY_DRESS = [Dress(*one) for one in product(WIDTHS, THEMES, LANGUAGES)]
CHECKED_BESIDES = [
    Dress("desktop", "dark", "en", forced=True),
    Dress("desktop", "light", "en", zoom=True),
]


@contextmanager
def filled_program() -> Iterator[tuple[World, str]]:
    """A program of its own with something on every page, on a folder that goes away with it."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedServer(Path(folder) / "server", durable=False) as server:
        with psycopg.connect(server.conninfo("heritage_owner", "postgres"), autocommit=True) as connection:
            connection.execute("create database pictures")
        app_url, owner_url = (
            sa.make_url(url).set(database="pictures").render_as_string(hide_password=False)
            for url in (server.app_url, server.owner_url)
        )
        migrate.upgrade(owner_url, app_role="heritage_app")
        settings = Settings(
            var=Path(folder) / "var", secret_key="a picture's key of no worth, long enough",
            trusted_hosts=["localhost", "127.0.0.1"],
        )  # fmt: skip
        database = Database(make_engine(app_url), app_url, owner_url, None)
        world = make_world(filled_services(database, settings))
        with listening(create_app(world.services), "127.0.0.1") as address:
            yield world, address
        database.engine.dispose()


def picture(tab: Tab, address: str, file: Path) -> None:
    """One page in full as it first stands: maps that move from the start are drawn, others stand still."""
    tab.goto(address)
    tab.evaluate(SHOWN)
    for box in tab.locator("[data-map]:visible:not(:has([data-bounds]))").all():
        box.scroll_into_view_if_needed()
        tab.wait_for_function("box => box.dataset.drawn", arg=box.element_handle(), timeout=30_000)
    tab.evaluate("scrollTo(0, 0)")
    width, height = tab.evaluate("[document.documentElement.clientWidth, document.documentElement.scrollHeight]")
    pieces = [
        tab.screenshot(full_page=True, clip={"x": 0, "y": top, "width": width, "height": min(PIECE, height - top)})
        for top in range(0, height, PIECE)
    ]
    joined(pieces).save(file)


def joined(pieces: list[bytes]) -> Image.Image:
    """Pictures of one width below one another."""
    parts = [Image.open(BytesIO(piece)).convert("RGB") for piece in pieces]
    whole = Image.new("RGB", (parts[0].width, sum(part.height for part in parts)))
    top = 0
    for part in parts:
        whole.paste(part, (0, top))
        top += part.height
    return whole


def pictures(browser: Browser, world: World, address: str, dress: Dress, folder: Path, only: list[str]) -> int:
    """Every page in one dress, each as who may see it; gives how many."""
    width = WIDTHS[dress.screen] // (2 if dress.zoom else 1)
    tabs: dict[str, Tab] = {}
    taken = 0
    for page in pages(world, (*PAGES, *ALSO_SEEN_BY)):
        if only and page.name not in only:
            continue
        if page.who not in tabs:
            context = browser.new_context(
                viewport={"width": width, "height": 800}, color_scheme=dress.theme, reduced_motion="reduce",
                forced_colors="active" if dress.forced else "none", device_scale_factor=2 if dress.zoom else 1,
            )  # fmt: skip
            if cookie := cookie_of(world, page.who):
                context.add_cookies([{"name": "session", "value": cookie, "url": address}])
            tabs[page.who] = context.new_page()
        file = folder / f"{page.name}-{page.who}-{dress.name}.png"
        picture(tabs[page.who], address + in_language(page.path, dress.language), file)
        taken += 1
    for tab in tabs.values():
        tab.context.close()
    return taken


def main() -> None:
    """Take them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("screenshots"))
    parser.add_argument("--only", nargs="*", default=[], help="names of pages; by default all")
    parser.add_argument("--dress", nargs="*", default=[], help="such as phone-dark-ar; by default all")
    given = parser.parse_args()
    chromium = next((found for name in NAMES if (found := shutil.which(name))), None)
    if chromium is None:
        raise SystemExit("A Chromium is needed: apt-get install chromium")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    dresses = [one for one in (*EVERY_DRESS, *CHECKED_BESIDES) if not given.dress or one.name in given.dress]
    given.folder.mkdir(parents=True, exist_ok=True)
    with filled_program() as (world, address), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*sandbox, *DRAWING])
        count = sum(pictures(browser, world, address, dress, given.folder, given.only) for dress in dresses)
        browser.close()
    print(f"{count} pictures in {given.folder}/")


if __name__ == "__main__":
    main()

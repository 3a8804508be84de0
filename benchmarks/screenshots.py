"""Takes a picture of every page in every dress, into a folder that git ignores: `make screenshots`.

Args: the address of a running program (by default one is started on a starter set of its own), and the folder.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

DAY = "2015-05-21"
PAGES = {
    "overview": "/",
    "browse": "/sites?danger=yes",
    "search": "/sites?q=palmira",
    "dossier": "/sites/site-of-palmyra",
    "villages": "/sites/ancient-villages-of-northern-syria",
    "quiet": "/sites/timbuktu",
    "incident": "/incidents/8",
    "jobs": "/jobs",
    "methodology": "/methodology",
    "not-found": "/nothing-here",
}
WIDTHS = (360, 1280)
THEMES = ("light", "dark")
LANGUAGES = ("en", "ar")
NAMES = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def running_program() -> Iterator[str]:
    """A program of its own, on a folder that goes away with it, replaying the starter set's day."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        program = ["env", f"HERITAGE_VAR={folder}", sys.executable, "-m", "heritage"]
        subprocess.run([*program, "starter", "load"], check=True, stdout=subprocess.DEVNULL)
        running = subprocess.Popen([*program, "run", "--port", str(port), "--replay", DAY])
        address = f"http://127.0.0.1:{port}"
        try:
            _wait_for(address)
            yield address
        finally:
            running.terminate()
            running.wait(timeout=30)


def _wait_for(address: str) -> None:
    for _ in range(120):
        try:
            urllib.request.urlopen(f"{address}/readyz", timeout=2).close()
            return
        except OSError:
            time.sleep(0.5)
    raise SystemExit(f"Nothing answers at {address}.")


def picture(page: Page, address: str, path: str, file: Path) -> None:
    """One page in full, its map drawn."""
    page.goto(address + path)
    for box in page.locator("[data-map]").all():
        box.scroll_into_view_if_needed()
        page.wait_for_function("box => box.dataset.drawn", arg=box.element_handle(), timeout=30_000)
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=str(file), full_page=True)


def all_pictures(browser: Browser, address: str, folder: Path) -> int:
    """Every page in every width, theme and language."""
    folder.mkdir(parents=True, exist_ok=True)
    for width, theme in product(WIDTHS, THEMES):
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=theme)
        page = context.new_page()
        for (name, path), language in product(PAGES.items(), LANGUAGES):
            mark = "&" if "?" in path else "?"
            picture(page, address, f"{path}{mark}lang={language}", folder / f"{name}-{width}-{theme}-{language}.png")
        context.close()
    return len(WIDTHS) * len(THEMES) * len(LANGUAGES) * len(PAGES)


def main() -> None:
    """Take them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", help="a running program; by default one is started")
    parser.add_argument("--folder", type=Path, default=Path("screenshots"))
    given = parser.parse_args()
    chromium = next((found for name in NAMES if (found := shutil.which(name))), None)
    if chromium is None:
        raise SystemExit("A Chromium is needed: apt-get install chromium")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    drawing = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*sandbox, *drawing])
        if given.address:
            count = all_pictures(browser, given.address, given.folder)
        else:
            with running_program() as address:
                count = all_pictures(browser, address, given.folder)
        browser.close()
    print(f"{count} pictures in {given.folder}/")


if __name__ == "__main__":
    main()

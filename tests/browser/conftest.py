"""A real server on a loopback port and a real Chromium for the journeys."""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from passlib.totp import TOTP
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from heritage.accounts import service as accounts
from heritage.accounts.service import Bounds, By
from heritage.app import create_app
from heritage.channels.registry import open_channels
from heritage.core.clock import FixedClock
from heritage.db.embedded import EmbeddedServer
from heritage.db.engine import Database, make_engine
from heritage.services import Services
from heritage.settings import Settings
from heritage.starter.load import load_starter
from tests.browser.looking import without_maps
from tests.listening import listening

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
QUIET = "--disable-background-networking"
# Drawing maps needs a graphics card, or a slow stand-in that all the rest can do without.
PLAIN = [QUIET, "--disable-gpu"]
DRAWING = [QUIET, "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
TODAY = FixedClock(datetime(2026, 1, 5, 9, tzinfo=UTC))
REPLAYED = date(2015, 5, 21)
# A busy machine is slow and not wrong: no test asserts a time.
expect.set_options(timeout=20_000)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A module's tests run in one worker, with one browser and one server for all of them."""
    for item in items:
        if item.path.parent == Path(__file__).parent and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(f"browser_{item.path.stem}"))


Launch = Callable[[list[str]], Browser]


@pytest.fixture(scope="session")
def launch() -> Iterator[Launch]:
    """Start Chromium as the machine has it; the run fails with the one line that would bring it."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.fail("A Chromium is needed for the browser tests: apt-get install chromium", pytrace=False)
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        running: list[Browser] = []

        def launched(arguments: list[str]) -> Browser:
            running.append(playwright.chromium.launch(executable_path=path, args=[*arguments, *as_root]))
            return running[-1]

        yield launched
        for one in running:
            one.close()


@pytest.fixture(scope="session")
def browser(launch: Launch) -> Browser:
    """The one browser of a worker's tests, which draws no maps."""
    return launch(PLAIN)


@pytest.fixture(scope="session")
def drawing_browser(launch: Launch) -> Callable[[], Browser]:
    """A browser that draws maps, started when a test first looks at one."""
    return cache(lambda: launch(DRAWING))


def _clone(server: EmbeddedServer, template: str, name: str) -> Database:
    with psycopg.connect(server.conninfo("heritage_owner", "postgres"), autocommit=True) as connection:
        connection.execute(f"create database {name} template {template} strategy file_copy")  # type: ignore[arg-type]  # names are ours
    app_url, owner_url = (
        sa.make_url(url).set(database=name).render_as_string(hide_password=False)
        for url in (server.app_url, server.owner_url)
    )
    return Database(make_engine(app_url), app_url, owner_url, None)


@pytest.fixture(scope="session")
def with_starter(server: EmbeddedServer, template: str, worker_id: str) -> str:
    """The name of a database with the starter set, which is cloned and never used itself; each worker has its own."""
    name = f"{template}_{worker_id}_starter"
    database = _clone(server, template, name)
    with database.session() as session:
        load_starter(session, TODAY, reach_km=50)
    database.engine.dispose()
    return name


def _served(database: Database, var: Path, replay: date | None) -> Iterator[str]:
    settings = Settings(
        var=var, secret_key="a test's key of no worth, long enough", trusted_hosts=["127.0.0.1"], local_editing=True
    )
    services = Services(clock=TODAY, settings=settings, database=database)
    with listening(create_app(services, replay=replay), "127.0.0.1") as address:
        yield address
    database.engine.dispose()


@pytest.fixture(scope="session")
def replayed(server: EmbeddedServer, with_starter: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a program that replays 21 May 2015 on the starter set."""
    yield from _served(_clone(server, with_starter, f"{with_starter}_r"), tmp_path_factory.mktemp("replay"), REPLAYED)


@pytest.fixture(scope="module")
def editable(server: EmbeddedServer, with_starter: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a program on a copy of the starter set that may be changed from this machine."""
    folder = tmp_path_factory.mktemp("edit")
    name = f"{with_starter}_{folder.name.replace('-', '_')}"
    yield from _served(_clone(server, with_starter, name), folder, None)


@pytest.fixture(scope="module")
def empty(
    server: EmbeddedServer, template: str, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Iterator[str]:
    """The address of a program with nothing in it."""
    folder = tmp_path_factory.mktemp("empty")
    yield from _served(
        _clone(server, template, f"{template}_{worker_id}_{folder.name.replace('-', '_')}"), folder, None
    )


PASSWORD = "a long and plain sentence"


@dataclass
class Staffed:
    """A program with people of every role, public reports on; who signed in once stays so for the module."""

    address: str
    services: Services
    signed_in: dict[str, Any] = field(default_factory=dict)


def _hire(app: Flask, services: Services, people: Mapping[str, tuple[str, Sequence[str]]]) -> None:
    from flask_security.utils import hash_password

    now = services.clock.now()
    with app.app_context(), services.database.session() as session:
        password = hash_password(PASSWORD)
        for name, (role, countries) in people.items():
            bounds = Bounds.of([role], countries, ["Palmyra Museum"] if role == "registrar" else [])
            secret = accounts.invite(session, By("a test", now), f"{name.lower()}@heritage.example", bounds)
            accounts.accept(session, secret, name=name, password_hash=password, now=now)


STAFF = {
    "Leila": ("directorate", ["SY"]),
    "Nadia": ("analyst", []),
    "Omar": ("emergency_officer", []),
    "Sami": ("field_reporter", []),
}


@pytest.fixture(scope="module")
def staffed(server: EmbeddedServer, with_starter: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staffed]:
    """Where a program with accounts answers, on a copy of the starter set."""
    folder = tmp_path_factory.mktemp("staffed")
    database = _clone(server, with_starter, f"{with_starter}_{folder.name.replace('-', '_')}")
    settings = Settings(
        var=folder, secret_key="a test's key of no worth, long enough", trusted_hosts=["localhost"], public_reports=True
    )
    # A minute behind, so that no form counts as sent within seconds of being opened.
    clock = FixedClock(datetime.now(UTC) - timedelta(minutes=1))
    services = Services(clock, settings, database, open_channels(settings, clock, database))
    _hire(create_app(services), services, STAFF)
    with listening(create_app(services), "localhost") as address:
        yield Staffed(address, services)
    database.engine.dispose()


@pytest.fixture
def sign_in(open_page: "Open", staffed: Staffed) -> "Open":
    """Open the program as one of its people, by name; a second factor is set up where the role needs one."""

    def signed_in(name: str, path: str = "/", **options: Any) -> Page:
        if name in staffed.signed_in:
            return open_page(staffed.address, path, storage_state=staffed.signed_in[name], **options)
        page = open_page(staffed.address, "/login", **options)
        page.get_by_label("E-mail address").fill(f"{name.lower()}@heritage.example")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("link", name=name, exact=True).wait_for()
        if STAFF[name][0] != "field_reporter":
            page.goto(staffed.address + "/tf-setup")
            page.get_by_role("button", name="Set up an app").click()
            app = TOTP(key=page.locator("main code").inner_text())
            page.get_by_label("Code").fill(str(app.generate().token))
            page.get_by_role("button", name="Save").click()
        staffed.signed_in[name] = page.context.storage_state()
        page.goto(staffed.address + path)
        return page

    return signed_in


Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, drawing_browser: Callable[[], Browser]) -> Iterator[Open]:
    """Open an address in a context of its own; complaints and requests to elsewhere fail the test at its end.

    A test with a server of its own asks for that first: its pages are then closed before the server, and none meets a
    server that is gone.

    Drawing maps without a graphics card takes longer than all the rest: a test that looks at one asks for it by `maps`.
    """
    contexts, complaints = [], []

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    def watch(page: Page, origin: str, forgiven: str) -> None:
        def asked(request: Request) -> None:
            if not request.url.startswith((origin, "data:", "blob:")):
                complaints.append(f"off site: {request.url}")

        page.on("console", lambda message: None if forgiven and forgiven in message.text else heard(message))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", asked)

    def opened(
        address: str, path: str = "/", *, status: int = 200, forgiven: str = "", maps: bool = False, **options: object
    ) -> Page:
        chosen = drawing_browser() if maps else browser
        context = chosen.new_context(**options)  # type: ignore[arg-type]  # Playwright's own options
        contexts.append(context)
        if not maps:
            without_maps(context)
        page = context.new_page()
        watch(page, address, forgiven)
        answer = page.goto(address + path)
        assert answer is not None
        assert answer.status == status
        return page

    yield opened
    for context in contexts:
        context.close()
    # Notes on a missing graphics card, and on a form that was rightly refused, are the browser's own business.
    harmless = ("GPU", "GL Driver", "422 (UNPROCESSABLE ENTITY)")
    assert [text for text in complaints if not any(words in text for words in harmless)] == []

"""Sealed things in a real browser: two persons and an end, broken glass, pictures of which only copies are shown."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, expect
from sqlmodel import select

from heritage.accounts import service as accounts
from heritage.accounts.service import Bounds, By
from heritage.app import create_app
from heritage.artefacts import moves, service
from heritage.artefacts.models import Artefact
from heritage.artefacts.moves import SealedFacts
from heritage.artefacts.service import Hand
from heritage.attachments.models import Content
from heritage.attachments.service import clean
from heritage.db.engine import Database
from heritage.sealing.keyring import open_keyring
from heritage.services import Services
from heritage.settings import Settings
from tests.listening import listening

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
PASSWORD = "a long and plain sentence"
PEOPLE = {"Leila": "registrar", "Omar": "registrar", "Adam": "administrator"}
PLACE = "Cellar below the old school"
PHONE = {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"}


@dataclass
class Ticking:
    """A clock that the test moves."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def now(self) -> datetime:
        """Where it stands."""
        return self.at


@dataclass
class Program:
    """A running program, its clock, one move of one object, and the cookies of people who are signed in."""

    services: Services
    clock: Ticking
    job: str
    code: str
    cookies: dict[str, list[dict[str, object]]]
    address: str = ""

    def page(self, open_page: Open, name: str, path: str, **dress: object) -> Page:
        """A page as somebody sees it."""
        return open_page(self.address, path, storage_state={"cookies": self.cookies[name], "origins": []}, **dress)


@pytest.fixture
def program(database: Database, tmp_path: Path) -> Iterator[Program]:
    """Two registrars of a museum and an administrator, each with a second factor shown."""
    from flask_security.utils import hash_password

    settings = Settings(
        var=tmp_path,
        secret_key="a test's key of no worth, long enough",
        trusted_hosts=["localhost"],
        # Shorter than somebody stays signed in without doing anything.
        sealed_access_minutes=5,
    )
    clock = Ticking()
    services = Services(clock, settings, database)
    app = create_app(services)
    app.config.update(WTF_CSRF_ENABLED=False)
    cookies: dict[str, list[dict[str, object]]] = {}
    for name, role in PEOPLE.items():
        email = f"{name.lower()}@museum.example"
        with app.app_context(), database.session() as session:
            bounds = Bounds.of([role], [], ["Palmyra Museum"] if role == "registrar" else [])
            secret = accounts.invite(session, By("a test", clock.now()), email, bounds)
            accounts.accept(session, secret, name=name, password_hash=hash_password(PASSWORD), now=clock.now())
        client = app.test_client()
        client.post("/login", data={"email": email, "password": PASSWORD})
        cookies[name] = [
            {"name": one.key, "value": one.value, "domain": "localhost", "path": "/", "expires": -1, "httpOnly": True,
             "secure": False, "sameSite": "Lax"}
            for one in client._cookies.values()
        ]  # fmt: skip
    with database.session() as session:
        session.connection().exec_driver_sql("update account_sign_in set strong = true")
        hand = Hand("Leila (account 1)", clock.now(), 1)
        museum = service.institution_called(session, hand, "Palmyra Museum")
        code = service.add_artefact(session, hand, museum, kind="object", title="Bust of a lady").code
        ring = open_keyring(settings)
        job = moves.plan(
            session, hand, ring, museum, codes=[code], reason="the front", facts=SealedFacts(name=PLACE)
        ).code
    made = Program(services, clock, job, code, cookies)
    with listening(create_app(services), "localhost") as made.address:
        yield made


def check(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"the page is {wide} px wider than the screen"


def let(page: Page, address: str) -> None:
    """The second person lets somebody read."""
    page.goto(address + "/sealed")
    page.get_by_label("Let them read it").check()
    page.get_by_role("button", name="Decide").click()


def test_a_place_is_read_by_two_persons_until_its_time_is_over_and_the_glass_is_loud(
    program: Program, open_page: Open
) -> None:
    where = f"/sealed/place/{program.job}"
    leila = program.page(open_page, "Leila", where)
    omar = program.page(open_page, "Omar", "/sealed", **PHONE)
    check(leila)
    check(omar)
    leila.get_by_role("button", name="Ask a second person").click()
    expect(leila.get_by_text("At least 10 signs").first).to_be_visible()
    leila.get_by_label("Reason").fill("the return is being planned")
    leila.get_by_role("button", name="Ask a second person").click()
    expect(leila.get_by_text("is waiting for a second person").first).to_be_visible()
    omar.reload()
    check(omar)
    let(omar, program.address)
    leila.reload()
    check(leila)
    leila.get_by_role("button", name="Read it now").click()
    expect(leila.get_by_text(PLACE)).to_be_visible()
    check(leila)
    omar.reload()
    expect(omar.get_by_text("read 1 time")).to_be_visible()
    program.clock.at += timedelta(minutes=6)
    leila.goto(program.address + where)
    expect(leila.get_by_role("button", name="Read it now")).to_have_count(0)
    expect(leila.get_by_text("time is over")).to_be_visible()

    adam = program.page(open_page, "Adam", where)
    adam.get_by_label("Reason").fill("the building is burning")
    adam.get_by_role("button", name="Break the glass").click()
    adam.get_by_role("button", name="Read it now").click()
    expect(adam.get_by_text(PLACE)).to_be_visible()
    leila.goto(program.address + "/artefacts")
    expect(leila.get_by_role("complementary", name="Glass broken")).to_be_visible()
    check(leila)
    adam.goto(program.address + "/sealed")
    check(adam)
    adam.get_by_label("Justify breaking the glass").fill("the fire brigade had to know")
    adam.get_by_role("button", name="Justify", exact=True).click()
    expect(adam.get_by_text("the fire brigade had to know")).to_be_visible()


def test_a_photograph_is_shown_as_a_copy_and_its_original_opened_by_the_museum_alone(
    program: Program, open_page: Open, tmp_path: Path
) -> None:
    kept = io.BytesIO()
    Image.new("RGB", (400, 300), "#a07040").save(kept, "JPEG")
    sent = tmp_path / "at the old school.jpg"
    sent.write_bytes(kept.getvalue())
    leila = program.page(open_page, "Leila", f"/artefacts/{program.code}")
    leila.get_by_label("Pictures or files").or_(leila.locator("input[type=file]")).first.set_input_files(sent)
    with leila.expect_navigation():
        leila.get_by_role("button", name="Send").click()
    with program.services.database.session() as session:
        (sha256,) = session.exec(select(Content.sha256)).all()
        assert session.exec(select(Artefact)).one().code == program.code
    clean(program.services, sha256)
    leila.reload()
    check(leila)
    leila.locator("a[href*='/attachments/']").first.click()
    expect(leila.get_by_role("heading", level=1)).to_contain_text("Attachment")
    assert leila.locator("img.picture").evaluate("picture => picture.naturalWidth") > 0
    check(leila)
    leila.get_by_role("link", name="Read the original").click()
    leila.get_by_label("Reason").fill("the police asks for the print")
    leila.get_by_role("button", name="Ask a second person").click()
    omar = program.page(open_page, "Omar", "/sealed", **PHONE)
    let(omar, program.address)
    leila.reload()
    with leila.expect_download() as got:
        leila.get_by_role("button", name="Read it now").click()
    assert Path(got.value.path()).read_bytes() == sent.read_bytes()
    assert "school" not in got.value.suggested_filename
    sheet = program.page(open_page, "Leila", f"/artefacts/{program.code}/object-id", **PHONE)
    check(sheet)
    sheet.emulate_media(media="print")
    expect(sheet.get_by_role("link", name="As a file")).to_be_hidden()

"""A day of two registrars in a real browser: plan, authorise, pack, hand over, settle, verify, read, return."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from passlib.totp import TOTP
from playwright.sync_api import Page, expect
from sqlmodel import select

from heritage.accounts import service as accounts
from heritage.accounts.service import Bounds, By
from heritage.app import create_app
from heritage.artefacts import service
from heritage.artefacts.models import JobItem
from heritage.artefacts.service import Hand
from heritage.audit import chain
from heritage.core.clock import SystemClock
from heritage.db.engine import Database
from heritage.services import Services
from heritage.settings import Settings
from tests.browser.looking import check
from tests.listening import listening

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
PASSWORD = "a long and plain sentence"
SECRET = ("Vault below the library", "36.29125", "33.51342", "by the mountain road")
OBJECTS, BOXES = 40, 6


@pytest.fixture
def program(database: Database, tmp_path: Path) -> Services:
    """A program with a museum of forty objects and two registrars."""
    settings = Settings(var=tmp_path, secret_key="a test's key of no worth, long enough", trusted_hosts=["localhost"])
    services = Services(SystemClock(), settings, database)
    app = create_app(services)
    now = datetime.now(UTC)
    with app.app_context(), database.session() as session:
        from flask_security.utils import hash_password

        for name in ("Leila", "Omar"):
            bounds = Bounds.of(["registrar"], [], ["Palmyra Museum"])
            secret = accounts.invite(session, By("a test", now), f"{name.lower()}@museum.example", bounds)
            accounts.accept(session, secret, name=name, password_hash=hash_password(PASSWORD), now=now)
        hand = Hand("a test", now)
        museum = service.institution_called(session, hand, "Palmyra Museum")
        for number in range(OBJECTS):
            service.add_artefact(session, hand, museum, kind="object", title=f"Bust {number + 1}")
    return services


@pytest.fixture
def address(program: Services) -> Iterator[str]:
    """Where it answers."""
    with listening(create_app(program), "localhost") as found:
        yield found


def sign_in(open_page: Open, address: str, name: str, **dress: object) -> Page:
    page = open_page(address, "/login", **dress)
    page.get_by_label("E-mail address").fill(f"{name}@museum.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto(address + "/tf-setup")
    page.get_by_role("button", name="Set up an app").click()
    app = TOTP(key=page.locator("main code").inner_text())
    page.get_by_label("Code").fill(str(app.generate().token))
    page.get_by_role("button", name="Save").click()
    page.goto(address + "/artefacts")
    return page


def act(page: Page, title: str):
    """The card of one step, opened."""
    card = page.locator("details.card", has=page.locator("summary", has_text=re.compile(f"^{title}$")))
    if card.get_attribute("open") is None:
        card.locator("summary").click()
    return card


def count(card, boxes: dict[str, int], *, missing: str = "") -> None:
    for code, number in boxes.items():
        if code == missing:
            card.get_by_label(f"{code} is there").uncheck()
            continue
        card.get_by_label(f"Objects counted in {code}").fill(str(number))
        card.get_by_label(f"Seal of {code}").fill(f"S-{code}")


def test_a_registrars_day(address: str, program: Services, open_page: Open) -> None:
    leila = sign_in(open_page, address, "leila")
    omar = sign_in(open_page, address, "omar", viewport={"width": 360, "height": 740}, has_touch=True)
    check(leila)
    check(omar)

    for box in leila.locator("tbody input[type=checkbox]").all():
        box.check()
    leila.get_by_role("button", name="Plan a move of the chosen").click()
    leila.get_by_label("Reason").fill("the front comes near")
    for label, words in zip(("Destination", "Longitude", "Latitude", "Route"), SECRET, strict=True):
        leila.get_by_label(label).fill(words)
    check(leila)
    leila.get_by_role("button", name="Plan it").click()
    expect(leila.get_by_role("heading", name=re.compile("^Move"))).to_be_visible()
    check(leila)
    job = leila.url.rsplit("/", 1)[1]
    where = f"{address}/artefacts/jobs/{job}"

    omar.goto(where)
    act(omar, "Authorise").get_by_label("Signed by").fill("The director")
    check(omar)
    omar.get_by_role("button", name="Authorise").click()
    expect(omar.get_by_text("authorised by")).to_be_visible()

    leila.reload()
    boxes = pack(leila)
    assert len(boxes) == BOXES

    giving = act(leila, "Hand over")
    count(giving, boxes)
    check(leila)
    giving.get_by_role("button", name="Hand over").click()
    expect(leila.get_by_role("cell", name="on the way").first).to_be_visible()

    omar.goto(where)
    missing = sorted(boxes)[2]
    receiving = act(omar, "Receive")
    count(receiving, boxes, missing=missing)
    receiving.get_by_role("button", name="Receive").click()
    expect(omar.get_by_text("It did not come.")).to_be_visible()
    expect(omar.get_by_role("button", name="Verify")).to_have_count(0)
    check(omar)
    omar.get_by_label("What it was").select_option("found")
    omar.get_by_label("How it is known").fill("it stood in the second lorry")
    omar.get_by_role("button", name="Propose").click()
    leila.goto(where)
    leila.get_by_role("button", name=f"Agree {missing}").click()

    omar.goto(where)
    act(omar, "Verify").get_by_label("Every object was looked at").check()
    omar.get_by_role("button", name="Verify").click()
    expect(omar.get_by_role("cell", name="verified").first).to_be_visible()

    leila.get_by_role("link", name="Read what is under seal").click()
    leila.get_by_label("Reason").fill("the return is being planned")
    leila.get_by_role("button", name="Ask a second person").click()
    omar.goto(address + "/sealed")
    omar.get_by_label("let them read it").or_(omar.locator("input[value=grant]")).first.check()
    omar.locator("form[action*=decide] button[type=submit]").first.click()
    leila.reload()
    leila.get_by_role("button", name="Read it now").click()
    expect(leila.get_by_text(SECRET[0])).to_be_visible()

    omar.goto(where)
    back = act(omar, "Hand back")
    count(back, boxes)
    back.get_by_role("button", name="Hand back").click()
    leila.goto(where)
    taking = act(leila, "Receive back")
    count(taking, boxes)
    taking.get_by_role("button", name="Receive back").click()
    expect(leila.get_by_text("closed")).to_be_visible()
    check(leila)
    nothing_in_clear(program, job)


def pack(page: Page) -> dict[str, int]:
    """Forty objects into six boxes, a new one each time."""
    boxes: dict[str, int] = {}
    while True:
        card = page.locator("details.card", has=page.locator("summary", has_text=re.compile("^Pack$")))
        if not card.count():
            return boxes
        waiting = card.get_by_role("checkbox").all()
        for one in waiting[:7]:
            one.check()
        card.get_by_label("Number of the seal").fill("S-new")
        check(page) if not boxes else None
        card.get_by_role("button", name="Pack").click()
        page.wait_for_load_state()
        rows = page.locator("section:has(#items) tbody tr", has_text="Container")
        codes = [code.strip() for code in rows.locator("th").all_inner_texts()]
        (new,) = set(codes) - set(boxes)
        boxes[new] = min(7, len(waiting))
        # The seal's number is known once the box has a code.
        seal = page.locator("section:has(#items) tbody tr", has_text=new).first
        expect(seal).to_be_visible()


def nothing_in_clear(program: Services, job: str) -> None:
    """The record holds, everything is home, and nothing sealed stands in any table or log."""
    with program.database.session() as session:
        assert chain.verify(session).ok
        items = session.exec(select(JobItem)).all()
        assert len(items) == OBJECTS + BOXES
        assert {item.state for item in items} == {"returned"}
        tables = session.execute(sa.text("select tablename from pg_tables where schemaname = 'public'")).scalars().all()
        for table in tables:
            for row in session.execute(sa.text(f'select to_jsonb(t)::text from "{table}" t')).scalars():
                for word in SECRET:
                    assert word not in row, table
                    assert word.encode().hex() not in row, table

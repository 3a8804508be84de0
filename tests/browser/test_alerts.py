"""Alerts in a real browser and by a real mail server: a reader from asking to stopping, an officer's night."""

import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from urllib.request import Request, urlopen

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from pydantic import SecretStr
from sqlmodel import select

from heritage.alerts.considering import consider
from heritage.alerts.posting import deliver_due
from heritage.alerts.rules import load_alert_rules
from heritage.alerts.subscribing import Manner, Wanted, add_confirmed
from heritage.channels.registry import open_channels
from heritage.flags.service import load_rules
from heritage.incidents.models import Event, EventRelease, EventVersion, Place
from heritage.jobs import JOBS
from heritage.proximity.service import match_pending
from heritage.scheduling.worker import drain
from heritage.services import Services
from heritage.sites.queries import get_site

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True}


class Mailbox:
    """What the mail server took."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, EmailMessage]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's own name
        """Keep the letter."""
        letter = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append((envelope.rcpt_tos[0], letter))
        return "250 OK"

    def newest(self, reader: str) -> EmailMessage:
        """The newest letter to a reader."""
        return next(letter for address, letter in reversed(self.letters) if address == reader)


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    """A mail server on loopback, and its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    held = Mailbox()
    controller = Controller(held, hostname="127.0.0.1", port=port, ready_timeout=30)
    controller.start()
    yield held, port
    controller.stop()


@pytest.fixture
def world(staffed: Any, mailbox: tuple[Mailbox, int]) -> Services:
    """The staffed program as its worker has it: with the mail server."""
    settings = staffed.services.settings.model_copy(
        update={"smtp_url": SecretStr(f"smtp://127.0.0.1:{mailbox[1]}"), "public_url": staffed.address}
    )
    clock, database = staffed.services.clock, staffed.services.database
    return replace(staffed.services, settings=settings, channels=open_channels(settings, clock, database))


def carry_out(world: Services, *names: str) -> None:
    """What waits in the queue of these jobs."""
    drain(world, [job for job in JOBS if job.name in names])


def report_fighting(world: Services, slug: str, number: int = 4) -> None:
    """Reports of today at a site, each of an origin of its own, and the look at what is to be said."""
    now = world.clock.now()
    with world.database.session() as session:
        site = get_site(session, slug)
        where = {"lon": site.lon, "lat": site.lat, "radius_km": 1.0}
        place = Place(**where)
        release = EventRelease(feed="test", release=slug, rank=[1])
        session.add_all([place, release])
        session.flush()
        for one in range(number):
            own = (session.scalar(sa.select(sa.func.max(Event.incident_id))) or 0) + 1  # type: ignore[arg-type]
            event = Event(feed="test", event_id=f"{slug} {one}", incident_id=own)
            session.add(event)
            session.flush()
            facts = {
                "location_precision": "exact", "time_precision": "day", "occurred_from": now.date(), "digest": own,
                "occurred_to": now.date(), "kind": "fighting", "reliability": "B", "credibility": 2, "known_at": now,
                "origins": f"origin {own}", "place_name": "The gate", "reported_at": now, "fetched_at": now,
                "source_names": "A paper", "source_dates": now.date().isoformat(), "source_titles": "",
            }  # fmt: skip
            session.add(EventVersion(event=event.id, release_id=release.id, place_id=place.id, **where, **facts))
    rules, flag_rules = rules_of(world)
    with world.database.session() as session:
        match_pending(session, flag_rules.reach_km)
        consider(session, world, flag_rules, rules)


def rules_of(world: Services) -> tuple[Any, Any]:
    settings = world.settings
    return load_alert_rules(settings.alert_rules_file()), load_rules(settings.rules_file())


def thread_of(world: Services, slug: str) -> str:
    from heritage.alerts.models import AlertThread

    with world.database.session() as session:
        site = get_site(session, slug)
        return session.exec(select(AlertThread.public_id).where(AlertThread.site_id == site.id)).one()


def check(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"the page is {wide} px wider than the screen"


def draw_three_corners(page: Page) -> None:
    """Four by clicks on the map, and one taken back."""
    page.get_by_text("Draw it on a map").click()
    box = page.locator("[data-draw] [data-map]")
    box.scroll_into_view_if_needed()
    expect(box).to_have_attribute("data-drawn", "yes", timeout=20_000)
    for x, y in ((90, 60), (240, 60), (240, 150), (90, 150)):
        box.click(position={"x": x, "y": y})
    expect(page.get_by_text("Corners: 4")).to_be_visible()
    page.get_by_role("button", name="Take back the last corner").click()
    expect(page.get_by_text("Corners: 3")).to_be_visible()


def test_a_reader_asks_confirms_by_mail_is_told_and_stops_with_one_click(
    open_page: Open, staffed: Any, world: Services, mailbox: tuple[Mailbox, int]
) -> None:
    held, _ = mailbox
    page = open_page(staffed.address, "/subscriptions", maps=True, **PHONE)
    check(page)
    draw_three_corners(page)
    assert page.get_by_label("Area", exact=True).input_value().startswith('{"type":"Polygon"')
    page.get_by_label("Sites", exact=True).fill("Nowhere at all")
    page.get_by_label("Time zone").fill("Asia/Damascus")
    email = page.get_by_label("E-mail address").first
    email.fill("reader@example.org")
    page.get_by_role("button", name="Ask for these alerts").click()
    expect(page.get_by_role("alert")).to_contain_text("No site is called “Nowhere at all”.")
    check(page)
    page.get_by_label("Sites", exact=True).fill("hatra")
    assert page.get_by_label("Area", exact=True).input_value().startswith('{"type":"Polygon"')
    page.get_by_role("button", name="Ask for these alerts").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    check(page)
    carry_out(world, "write_letter")
    letter = held.newest("reader@example.org")
    link = re.search(
        rf"{re.escape(staffed.address)}/subscriptions/confirm/\S+", letter.get_body(("plain",)).get_content()
    )
    assert link is not None
    page.goto(link[0])
    expect(page.get_by_text("Hatra")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Yes, send them").click()
    expect(page.get_by_role("heading", name="Confirmed")).to_be_visible()
    check(page)
    report_fighting(world, "hatra", 1)
    deliver_due(world, rules_of(world)[0], slice_s=60)
    alert = held.newest("reader@example.org")
    assert "Hatra" in alert["Subject"]
    stop = alert["List-Unsubscribe"].strip("<>")
    # As a mail program does it: no cookie, no page.
    with urlopen(Request(stop, data=b"List-Unsubscribe=One-Click", method="POST"), timeout=30) as answer:  # noqa: S310
        assert answer.status == 200
    page.goto(stop)
    expect(page.get_by_role("heading", name="Stopped")).to_be_visible()
    check(page)


def test_an_officer_wakes_approves_decides_and_hands_over_on_a_phone(
    sign_in: Open, staffed: Any, world: Services, mailbox: tuple[Mailbox, int]
) -> None:
    held, _ = mailbox
    with world.database.session() as session:
        add_confirmed(session, world, "desk@example.org", Wanted(), Manner())
    report_fighting(world, "site-of-palmyra")
    thread = thread_of(world, "site-of-palmyra")
    carry_out(world, "tell_officers")
    notice = held.newest("omar@heritage.example")
    assert "Waits for two persons" in notice["Subject"]
    nadia = sign_in("Nadia", f"/alerts/{thread}")
    nadia.get_by_role("button", name="Propose to send it").click()
    expect(nadia.get_by_role("status")).to_contain_text("Another person is needed")
    omar = sign_in("Omar", **PHONE)
    link = re.search(r"http\S+/alerts/\S+", notice.get_body(("plain",)).get_content())
    assert link is not None
    omar.goto(link[0])
    expect(omar.get_by_text("possibly").first).to_be_visible()
    check(omar)
    omar.get_by_role("button", name="Approve").click()
    deliver_due(world, rules_of(world)[0], slice_s=60)
    assert "Critical, level 4" in held.newest("desk@example.org")["Subject"]
    omar.get_by_role("button", name="Acknowledge").click()
    omar.get_by_role("radio", name="Lower").check()
    omar.get_by_label("To which level").select_option("3")
    omar.get_by_role("button", name="Decide").click()
    expect(omar.get_by_role("alert")).to_contain_text("A reason is needed.")
    expect(omar.get_by_role("radio", name="Lower")).to_be_checked()
    check(omar)
    omar.get_by_label("Why", exact=True).fill("The museum's guard saw no fighting at noon.")
    omar.get_by_role("button", name="Decide").click()
    expect(omar.get_by_text("The museum's guard saw no fighting at noon.").first).to_be_visible()
    omar.get_by_label("What is open").fill("Pictures are promised for the evening.")
    omar.get_by_label("Who was called").fill("Duty desk, 02:20; the museum, 02:40")
    omar.get_by_role("button", name="Hand over").click()
    expect(omar.get_by_text("Pictures are promised for the evening.")).to_be_visible()
    check(omar)
    omar.get_by_role("link", name="Who is on duty").click()
    omar.get_by_label("Hours", exact=True).fill("00:00-00:00")
    omar.get_by_role("button", name="Enter them").click()
    expect(omar.get_by_text("On duty now: ")).to_be_visible()
    check(omar)
    nadia.goto(f"{staffed.address}/alerts/{thread}")
    expect(nadia.get_by_text("Pictures are promised for the evening.")).to_be_visible()
    check(nadia)

"""A journalist's way: told, citing, corrected, stopping; and nobody signed up or found out by others."""
# ruff: noqa: F811 - fixtures of another module

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect
from sqlmodel import col, select

from heritage.alerts.considering import consider
from heritage.alerts.digests import publish_digests
from heritage.alerts.models import Frequency
from heritage.alerts.posting import deliver_due
from heritage.alerts.subscribing import Manner, Wanted, add_confirmed
from heritage.core.clock import FixedClock
from heritage.incidents.models import Event, EventVersion
from heritage.proximity.service import match_pending
from heritage.services import Services
from heritage.sites.queries import get_site
from tests.browser.test_alerts import (
    PHONE,
    Mailbox,
    Open,
    carry_out,
    check,
    mailbox,  # noqa: F401 - a fixture
    report_fighting,
    rules_of,
    world,  # noqa: F401 - a fixture
)

# Apart from the other tests of alerts: its clock goes on to the next morning, and a thread never goes back in time.
pytestmark = pytest.mark.browser


def later(world: Services, **more: float) -> Services:
    """The program some time later."""
    return replace(world, clock=FixedClock(world.clock.now() + timedelta(**more)))


def withdraw(world: Services, event: str) -> None:
    """Let the feed take one report back."""
    with world.database.session() as session:
        number = session.scalar(select(Event.id).where(Event.event_id == event))
        session.execute(sa.update(EventVersion).where(col(EventVersion.event) == number).values(withdrawn=True))


def look_again(world: Services) -> None:
    """One look at what is to be said, and the sending of it."""
    rules, flag_rules = rules_of(world)
    with world.database.session() as session:
        match_pending(session, flag_rules.reach_km)
        consider(session, world, flag_rules, rules)
    deliver_due(world, rules, slice_s=60)


def sign_up(page: Page, address: str, email: str) -> str:
    """Ask for alerts in somebody's name; what the page then says, but for the address."""
    page.goto(address + "/subscriptions")
    page.get_by_label("Sites", exact=True).fill("hatra")
    page.get_by_label("E-mail address").first.fill(email)
    page.get_by_role("button", name="Ask for these alerts").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    return page.locator("main").inner_text().replace(email, "")


def test_a_journalist_reads_cites_and_is_corrected_and_nobody_is_signed_up_or_found_out(
    open_page: Open, staffed: Any, world: Services, mailbox: tuple[Mailbox, int]
) -> None:
    held, slug = mailbox[0], "crac-des-chevaliers-and-qalat-salah-el-din"
    with world.database.session() as session:
        wanted = Wanted(site_ids=(get_site(session, slug).id or 0,))
        add_confirmed(session, world, "press@example.org", wanted, Manner())
        wanted = replace(wanted, frequency=Frequency.DAILY)
        add_confirmed(session, world, "digest@example.org", wanted, Manner())
    report_fighting(world, slug, 1)
    deliver_due(world, rules_of(world)[0], slice_s=60)
    alert = held.newest("press@example.org")
    text = alert.get_body(("plain",)).get_content()
    link = re.search(r"http\S+/alerts/\S+", text)
    assert link is not None
    page = open_page(staffed.address, link[0].removeprefix(staffed.address), **PHONE)
    for told in ("What is reported, and by whom", "What is not known", "A paper"):
        expect(page.get_by_text(told).first).to_be_visible()
    expect(page.locator("body")).not_to_contain_text("@example.org")
    check(page)
    page.get_by_role("link", name="Open the dossier").click()
    cite = page.get_by_role("region", name="Cite this page")
    stable = re.search(r"/sites/\S+as_of=\S+known_on=[0-9-]+", cite.inner_text())
    assert stable is not None
    check(page)

    # The report is taken back: whoever was told of it is told that it does not stand.
    withdraw(world, f"{slug} 0")
    look_again(later(world, hours=2))
    corrected = held.newest("press@example.org")
    assert corrected["Subject"].startswith("Withdrawn:")
    assert corrected.get_body(("plain",)).get_content().startswith("CORRECTION:")
    assert corrected["References"] == alert["Message-ID"]
    page.goto(link[0])
    expect(page.get_by_text("What no longer stands").first).to_be_visible()
    check(page)
    morning = later(world, days=1, hours=8)
    with world.database.session() as session:
        publish_digests(session, morning)
        publish_digests(session, morning)
    deliver_due(morning, rules_of(world)[0], slice_s=60)
    (summary,) = [letter for address, letter in held.letters if address == "digest@example.org"]
    stop = summary["List-Unsubscribe"].strip("<>")
    body = summary.get_body(("plain",)).get_content()
    # What was taken back is told no more.
    assert "SITES NEAR FIGHTING" in body
    assert "Crac des Chevaliers" not in body
    page.goto(next(link for link in re.findall(r"http\S+", body) if "/subscriptions/" not in link))
    check(page)
    # What was cited is still what it was on its day.
    page.goto(staffed.address + stable[0])
    expect(page.get_by_role("heading", level=1)).to_contain_text("Crac des Chevaliers")
    page.goto(stop)
    page.get_by_role("button", name=re.compile("[Ss]top")).first.click()
    expect(page.get_by_role("heading", name="Stopped")).to_be_visible()
    check(page)

    # Somebody signs up another again and again: one letter, and the page tells nobody who is known here.
    said = {sign_up(page, staffed.address, email) for email in ("victim@example.org",) * 3 + ("press@example.org",)}
    assert len(said) == 1
    carry_out(world, "write_letter")
    letters = [letter for address, letter in held.letters if address == "victim@example.org"]
    assert len(letters) == 1
    assert "/subscriptions/confirm/" in letters[0].get_body(("plain",)).get_content()
    for path in ("/accounts", "/audit", "/jobs", "/review"):
        page.goto(staffed.address + path)
        expect(page).to_have_url(re.compile("/login"))

"""Accounts in a real browser: the first link, codes from an app, passkeys of the device itself."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from passlib.totp import TOTP
from playwright.sync_api import Page, expect

from heritage.accounts.service import By, first_link
from heritage.app import create_app
from heritage.core.clock import FixedClock
from heritage.db.engine import Database
from heritage.services import Services
from heritage.settings import Settings
from tests.browser.looking import check
from tests.listening import listening

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
PASSWORD = "a long and plain sentence"
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True}


@pytest.fixture
def address(database: Database, tmp_path: Path) -> Iterator[str]:
    """Where a program without accounts answers; by name, for passkeys hold for names only."""
    settings = Settings(var=tmp_path, secret_key="a test's key of no worth, long enough", trusted_hosts=["localhost"])
    services = Services(FixedClock(datetime.now(UTC)), settings, database)
    with listening(create_app(services), "localhost") as found:
        yield found


@pytest.fixture
def link(database: Database) -> str:
    """The path of the first administrator's link."""
    with database.session() as session:
        return f"/accounts/accept/{first_link(session, By('a test', datetime.now(UTC)))}"


def make_account(page: Page) -> None:
    page.get_by_label("E-mail address").fill("leila@museum.example")
    page.get_by_label("Name", exact=True).fill("Leila")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password once more").fill(PASSWORD)
    check(page)
    page.get_by_role("button", name="Make the account").click()


def give_password(page: Page) -> None:
    page.get_by_label("E-mail address").fill("leila@museum.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_first_administrator_signs_in_with_codes_and_invites(address: str, link: str, open_page: Open) -> None:
    page = open_page(address, link, **PHONE)
    make_account(page)
    expect(page).to_have_title("Sign in · Heritage")
    check(page)
    give_password(page)
    page.get_by_role("link", name="Accounts").click()
    expect(page.get_by_text("Your role needs a second factor")).to_be_visible()
    check(page)
    page.get_by_role("link", name="Change codes from an app").click()
    page.get_by_role("button", name="Set up an app").click()
    expect(page.get_by_alt_text("QR code of the key below")).to_be_visible()
    check(page)
    app = TOTP(key=page.locator("main code").inner_text())
    page.get_by_label("Code").fill(str(app.generate().token))
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Accounts").click()
    expect(page.get_by_role("heading", name="Invite somebody")).to_be_visible()
    check(page)
    page.goto(address + "/audit")
    expect(page.get_by_role("cell", name="account.second-factor")).to_be_visible()
    check(page)


def authenticator(page: Page, transport: str) -> None:
    """A device that holds passkeys and knows its owner."""
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": transport,
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


@pytest.mark.parametrize("transport", ["internal", "usb"])
def test_a_passkey_of_this_device_or_another_signs_in(address: str, link: str, open_page: Open, transport: str) -> None:
    page = open_page(address, link)
    authenticator(page, transport)
    make_account(page)
    give_password(page)
    page.goto(address + "/wan-register")
    check(page)
    page.get_by_label("Name of the passkey").fill("work laptop")
    page.get_by_role("button", name="Set up a passkey").click()
    expect(page).to_have_title("Your account · Heritage")
    expect(page.get_by_text("work laptop", exact=True)).to_be_visible()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.goto(address + "/login")
    page.get_by_role("link", name="Sign in with a passkey").click()
    check(page)
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("link", name="Accounts").click()
    expect(page.get_by_role("heading", name="Invite somebody")).to_be_visible()

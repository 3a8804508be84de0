"""An administrator's round: how the program is doing, feeds that fall silent, a day played twice, drill and keys."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from playwright.sync_api import Page, expect
from pydantic import SecretStr
from sqlmodel import col

from heritage.alerts.considering import consider
from heritage.alerts.posting import deliver_due
from heritage.alerts.rules import load_alert_rules
from heritage.alerts.subscribing import Manner, Wanted, add_confirmed
from heritage.alerts.upkeep import tell_administrators
from heritage.app import create_app
from heritage.channels.registry import open_channels
from heritage.cli import cli
from heritage.core.clock import FixedClock
from heritage.db.embedded import EmbeddedServer
from heritage.db.engine import Database
from heritage.feeds import acled_api
from heritage.feeds.models import Feed, FeedRun, Outcome
from heritage.feeds.registry import get_live, list_live
from heritage.feeds.service import run_feed
from heritage.feeds.watching import watch_feeds
from heritage.flags.service import load_rules
from heritage.incidents.queries import latest_event_days
from heritage.incidents.service import import_events
from heritage.proximity.service import match_pending
from heritage.services import Services
from heritage.settings import Settings
from tests.browser.conftest import _clone, _hire
from tests.browser.looking import check
from tests.feeds import live_rows as rows
from tests.feeds.originals import PASSWORD as FEED_PASSWORD
from tests.feeds.originals import Originals, serve
from tests.listening import listening

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
STORED = ("event", "event_version", "pair", "alert", "alert_thread", "post", "letter")


@dataclass
class Kept:
    """A program that asks one feed, with an administrator and a subscriber."""

    address: str
    services: Services
    originals: Originals
    restored: Database

    def at(self, **later: float) -> Services:
        """The program some time later."""
        clock = FixedClock(self.services.clock.now() + timedelta(**later))
        return replace(self.services, clock=clock)

    def day(self) -> FeedRun:
        """A whole day's round: ask the feed, match, decide what is said, send it."""
        services, feed = self.services, get_live("acled", self.services.settings.feeds_file())
        run = run_feed(services, feed, import_events, by_hand=True, sleep=lambda seconds: None)
        assert run is not None
        rules, flag_rules = (
            load_alert_rules(services.settings.alert_rules_file()),
            load_rules(services.settings.rules_file()),
        )
        with services.database.session() as session:
            match_pending(session, flag_rules.reach_km)
            consider(session, services, flag_rules, rules)
        deliver_due(services, rules, slice_s=60)
        return run

    def letters(self) -> list[str]:
        """What was mailed."""
        return sorted(path.read_text() for path in (self.services.settings.var / "mail").glob("*.eml"))


def stored(database: Database) -> dict[str, list[str]]:
    """Every row of what a feed and its messages leave behind."""
    with database.session() as session:
        present = set(sa.inspect(session.connection()).get_table_names())
        return {
            table: sorted(session.execute(sa.text(f"select t::text from {table} t")).scalars())  # noqa: S608 - our own names
            for table in STORED
            if table in present
        }


@pytest.fixture
def kept(
    server: EmbeddedServer,
    with_starter: str,
    template: str,
    tmp_path: Path,
) -> Iterator[Kept]:
    acled_api._SESSIONS.clear()
    database, other = _clone(server, with_starter, f"{with_starter}_kept"), _clone(server, template, "drill_kept")
    with serve() as originals:
        values = {"enabled": True, "pause_s": 0.0, "first_wait_s": 0.01, "longest_wait_s": 1.0, "attempts": 2}
        lines = [f"{key} = {json.dumps(value)}" for key, value in {**values, "base_url": originals.url}.items()]
        (tmp_path / "feeds.toml").write_text("\n".join(["[acled.live]", *lines]))
        clock = FixedClock(datetime.now(UTC))
        settings = Settings(
            var=tmp_path, secret_key="a test's key of no worth, long enough", trusted_hosts=["localhost"],
            feeds=tmp_path / "feeds.toml", acled_username=SecretStr("somebody@example.org"),
            acled_password=SecretStr(FEED_PASSWORD),
        )  # fmt: skip
        services = Services(clock, settings, database, open_channels(settings, clock, database))
        app = create_app(services)
        _hire(app, services, {"Karim": ("administrator", [])})
        with listening(app, "localhost") as address:
            yield Kept(address, services, originals, other)
    for each in (database, other):
        each.engine.dispose()


def command(kept: Kept, database: Database, monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
    """What a command of the operator prints; it has to succeed."""
    given = {
        "HERITAGE_DATABASE_URL": database.app_url, "HERITAGE_DATABASE_OWNER_URL": database.owner_url,
        "HERITAGE_SECRET_KEY": "a test's key of no worth, long enough", "HERITAGE_VAR": str(kept.services.settings.var),
    }  # fmt: skip
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(cli, list(words))
    assert result.exit_code == 0, (words, result.output, result.exception)
    return result.stdout


def sign_in(page: Page, address: str) -> None:
    from passlib.totp import TOTP

    page.get_by_label("E-mail address").fill("karim@heritage.example")
    page.get_by_label("Password", exact=True).fill("a long and plain sentence")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Karim", exact=True).wait_for()
    page.goto(address + "/tf-setup")
    page.get_by_role("button", name="Set up an app").click()
    page.get_by_label("Code").fill(str(TOTP(key=page.locator("main code").inner_text()).generate().token))
    page.get_by_role("button", name="Save").click()


def test_an_administrator_keeps_it_running(
    kept: Kept, open_page: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    services, database, now = kept.services, kept.services.database, kept.services.clock.now()
    page = open_page(kept.address, "/login", viewport={"width": 1280, "height": 900})
    sign_in(page, kept.address)
    with database.session() as session:
        add_confirmed(session, services, "desk@example.org", Wanted(), Manner())

    # A day of a feed, and the same day once more from its beginning: the same database, no further mail.
    day = {"event_date": now.date().isoformat(), "year": now.year, "timestamp": int(now.timestamp())}
    kept.originals.acled = [rows.acled(number, **day, source=f"Paper {number}") for number in range(1, 4)]
    first = kept.day()
    assert (first.outcome, first.taken) == (Outcome.GOOD, 3)
    held, mailed = stored(database), kept.letters()
    assert len(held["event"]) >= 3
    assert [letter for letter in mailed if "desk@example.org" in letter]
    with database.session() as session:
        session.execute(sa.update(Feed).where(col(Feed.name) == "acled").values(cursor={}, validators={}))
    assert kept.day().taken == 0
    assert (stored(database), kept.letters()) == (held, mailed)

    page.goto(kept.address + "/jobs")
    doing = page.get_by_role("region", name="How the program is doing")
    for sentence in ("Nothing waits.", "No message failed within a day.", "GB are free."):
        expect(doing).to_contain_text(sentence)
    expect(page.get_by_text("No scheduler is running")).to_be_visible()
    check(page)
    doing.get_by_role("link", name="When each was last reached").click()
    expect(page.get_by_role("region", name="Runs")).to_contain_text("ACLED")
    expect(page.get_by_role("region", name="Alarms")).to_contain_text("No alarm.")
    check(page)

    # Nothing comes any more: that is no calm, and those who look after the program are written to once.
    later = kept.at(days=9)
    feeds = list_live(services.settings.feeds_file())
    with database.session() as session:
        watch_feeds(session, feeds, latest_event_days(session), later.clock.now())
    page.reload()
    expect(page.get_by_role("region", name="Alarms")).to_contain_text("still open")
    expect(page.get_by_role("region", name="Alarms")).to_contain_text("ACLED")
    check(page)
    tell_administrators(later)
    (told,) = set(kept.letters()) - set(mailed)
    assert "karim@heritage.example" in told

    # Put aside what was lost, and prove it can be had again; then new keys.
    archive = str(tmp_path / "drill.backup")
    command(kept, database, monkeypatch, "db", "backup", archive)
    command(kept, kept.restored, monkeypatch, "db", "restore", archive)
    assert stored(kept.restored) == stored(database)
    assert json.loads(command(kept, kept.restored, monkeypatch, "audit", "verify", "--json"))["ok"]
    command(kept, database, monkeypatch, "keys", "init")
    before = json.loads(command(kept, database, monkeypatch, "keys", "check", "--json"))
    command(kept, database, monkeypatch, "keys", "rotate")
    after = json.loads(command(kept, database, monkeypatch, "keys", "check", "--json"))
    assert after["ok"]
    assert after["keys"] != before["keys"]
    page.goto(kept.address + "/audit")
    expect(page.get_by_text("keys.rotate").first).to_be_visible()
    check(page)

"""Letters in a browser, as mail programs show them: nothing cut off, nothing fetched, dark where the reader is."""

import re
from datetime import UTC, date, datetime

import pytest
from playwright.sync_api import Browser, Request

from heritage.alerts.domain import Summary
from heritage.alerts.facts import AlertFacts, MessageType, ReasonFacts, SiteFacts, StaleFeed
from heritage.alerts.message import render_alert
from heritage.alerts.operations import Alarm, Trouble, render_operations
from heritage.alerts.render import render_summary
from heritage.flags.explanation import NotKnown

pytestmark = pytest.mark.browser
NOON = datetime(2015, 5, 21, 12, tzinfo=UTC)
LONG = "Constructions-néolithiques-et-maisons-fortifiées-de-la-vallée-au-nom-interminable"
REASON = ReasonFacts(
    kind="fighting", occurred_from=date(2015, 5, 18), occurred_to=date(2015, 5, 20), part_ref="1348-004",
    part_name=LONG, distance_km=6.23, low_km=0.0, high_km=13.4, reported_at=NOON, place_name=LONG,
    sources=("a news agency", LONG), grade="D3", origins=("agency",),
)  # fmt: skip
FACTS = AlertFacts(
    thread="k7Qm2x", step=2, msg_type=MessageType.UPDATE, exercise=True, correction=True,
    site=SiteFacts("1348", "ancient-villages", {"en": LONG, "ar": "القرى القديمة في شمال سوريا"}, ("SY",)),
    level=4, from_level=2, decided_at=NOON, as_of=date(2015, 5, 21), reasons=(REASON,) * 3,
    not_known=(NotKnown.CAUSE, NotKnown.SECOND_ORIGIN), stale_feeds=(StaleFeed("UCDP", date(2015, 1, 2)),),
    withdrawn=(REASON,), since=date(2015, 5, 20), rule_version="1+abcdef01",
)  # fmt: skip
EMPTY = Summary(
    as_of=date(2015, 5, 21), since=date(2015, 5, 18), known_on=date(2015, 5, 21), rule_version="1", rose=(), burning=(),
    eased=(), withheld=(), sites=0, quiet=(), feeds=(),
)  # fmt: skip
STOP = "https://heritage.example/subscriptions/stop/" + "x" * 120


def letters(language: str) -> list[str]:
    url = "https://heritage.example"
    return [
        render_alert(FACTS, language, public_url=url, stop_url=STOP, time_zone="Asia/Damascus").html,
        render_summary(EMPTY, language=language, public_url=url, stop_url=STOP).html,
        render_operations([Alarm(Trouble.FEED_STALE, NOON, name=LONG)], language, public_url=url).html,
    ]


@pytest.mark.parametrize("width", [360, 1200])
@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_a_letter_fits_its_reader(browser: Browser, language: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=True)
    page = context.new_page()
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    for html in letters(language):
        page.set_content(html)
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
        assert page.evaluate("getComputedStyle(document.querySelector('.page')).direction") == (
            "rtl" if language == "ar" else "ltr"
        )
        small = page.evaluate("[...document.querySelectorAll('.button')].filter(b => b.offsetHeight < 44).length")
        assert small == 0
    assert [request.url for request in asked if not request.url.startswith("data:")] == []
    context.close()


@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
def test_a_letter_is_dark_where_the_readers_program_is(browser: Browser, scheme: str, dark: bool) -> None:
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
    page = context.new_page()
    page.set_content(letters("en")[0])
    colours = page.evaluate("(s => [s.backgroundColor, s.color])(getComputedStyle(document.querySelector('.page')))")
    background, ink = (sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in colours)
    assert (background < ink) is dark
    context.close()

"""Summaries of subscribers: on their own mornings, of their own sites, once, and behind everything urgent."""

from datetime import datetime
from typing import Any

import pytest

from heritage.alerts.digests import publish_digests, slot_of
from heritage.alerts.models import Frequency
from heritage.alerts.subscribing import Manner

World = Any


def publish(world: World) -> int:
    with world.services.database.session() as session:
        return publish_digests(session, world.services)


@pytest.mark.parametrize(
    ("frequency", "now", "zone", "slot", "as_of", "since"),
    [
        ("daily", "2015-05-21T12:00", "UTC", "2015-05-21T06:00", "2015-05-20", "2015-05-19"),
        ("daily", "2015-05-21T02:00", "UTC", "2015-05-20T06:00", "2015-05-19", "2015-05-18"),
        ("daily", "2015-05-21T04:00", "Asia/Damascus", "2015-05-21T03:00", "2015-05-20", "2015-05-19"),
        ("weekly", "2015-05-21T12:00", "UTC", "2015-05-18T06:00", "2015-05-17", "2015-05-10"),
        ("hourly", "2015-05-21T12:34", "Asia/Damascus", "2015-05-21T12:00", "2015-05-21", "2015-05-20"),
    ],
)
def test_mornings_and_mondays_are_the_readers_own(
    frequency: str, now: str, zone: str, slot: str, as_of: str, since: str
) -> None:
    found = slot_of(Frequency(frequency), datetime.fromisoformat(now + "+00:00"), zone)
    assert (found.at.strftime("%Y-%m-%dT%H:%M"), str(found.as_of), str(found.since)) == (slot, as_of, since)


def test_a_summary_comes_once_a_morning_and_not_for_a_morning_before_it_was_asked_for(world: World) -> None:
    world.site()
    world.subscribe(frequency=Frequency.DAILY)
    assert publish(world) == 0
    world.later(days=1)
    assert publish(world) == 1
    assert publish(world) == 0
    assert world.deliver() == {"sent": 1}
    ((message, _),) = world.channel.sent
    assert message.kind == "digest"
    assert "/subscriptions/stop/" in message.stop_url
    assert message.stop_url in message.text


def test_a_summary_tells_only_of_the_sites_asked_for(world: World) -> None:
    world.site("Palmyra")
    world.site("Hatra", lon=42.7, lat=35.6, states_parties=["IQ"])
    world.report(number=4)
    world.report(number=4, lon=42.7, lat=35.6)
    for address, wanted in (
        ("sy@example.org", {"countries": ("SY",)}),
        ("all@example.org", {}),
        ("none@example.org", {"countries": ("FR",)}),
    ):
        world.subscribe(address, frequency=Frequency.DAILY, **wanted)
    world.later(days=1)
    assert publish(world) == 3
    world.deliver()
    told = {r.address: ("Palmyra" in m.text, "Hatra" in m.text) for m, r in world.channel.sent}
    assert told == {
        "sy@example.org": (True, False),
        "all@example.org": (True, True),
        "none@example.org": (False, False),
    }


def test_who_wants_summaries_gets_no_single_alert(world: World) -> None:
    world.site()
    world.subscribe(frequency=Frequency.WEEKLY)
    world.report(number=4)
    world.consider()
    assert world.deliver() == {}


def test_summaries_come_in_the_readers_language(world: World) -> None:
    world.site()
    for language in ("fr", "ar"):
        world.subscribe(f"{language}@example.org", frequency=Frequency.DAILY, manner=Manner(language=language))
    world.later(days=1)
    publish(world)
    world.deliver()
    assert len({message.subject for message, _ in world.channel.sent}) == 2


def test_a_critical_alert_leaves_before_summaries_that_were_queued_earlier(world: World) -> None:
    world.site()
    world.subscribe("alert@example.org")
    for n in range(20):
        world.subscribe(f"digest{n}@example.org", frequency=Frequency.DAILY)
    world.later(days=1)
    assert publish(world) == 20
    world.report(number=4)
    world.consider()
    world.deliver()
    assert [recipient.address for _, recipient in world.channel.sent][0] == "alert@example.org"
    assert len(world.channel.sent) == 21

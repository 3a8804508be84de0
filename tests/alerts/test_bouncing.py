"""Letters that come back after they were taken: the ledger says so, the next channel is tried, a dead address rests."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from heritage.alerts.bouncing import take_back
from heritage.alerts.models import Post, Subscriber
from heritage.alerts.subscribing import Manner, forget_bounces
from heritage.channels.base import Message, PermanentFailure, Recipient, TemporaryFailure, Why, identity_of

World = Any


class Taking:
    """A channel that takes everything under the identities of mail, and fails first as told."""

    name = "email"

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.failures: list[Exception] = []

    def send(self, message: Message, recipient: Recipient) -> str:
        """Take it."""
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(f"<{identity_of(message.key, recipient)}@heritage.example>")
        return self.sent[-1]


def report(identity: str, status: str = "5.1.1", action: str = "failed") -> bytes:
    return (
        "From: MAILER-DAEMON@mx.example.org\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="B"\n\n'
        "--B\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\n\n"
        f"Final-Recipient: rfc822; one@example.org\nAction: {action}\nStatus: {status}\n\n"
        f"--B\nContent-Type: text/rfc822-headers\n\nMessage-ID: {identity}\n\n--B--\n"
    ).encode()


@pytest.fixture
def mail(world: World) -> Taking:
    mail = Taking()
    world.services = replace(world.services, channels={"email": mail, "spare": world.channel})
    return mail


def alerted(world: World, name: str = "Palmyra", lon: float = 38.267) -> None:
    world.site(name, lon=lon)
    world.report(number=4, lon=lon)
    world.consider()
    world.deliver()


def back(world: World, raw: bytes) -> dict[str, int]:
    with world.services.database.session() as session:
        found: dict[str, int] = take_back(session, world.services, world.rules, raw)
    return {name: number for name, number in found.items() if number}


def ledger(world: World) -> list[tuple[str, str]]:
    with world.services.database.session() as session:
        return [(post.channel, post.status) for post in session.exec(select(Post).order_by(col(Post.id)))]


def reader(world: World) -> Subscriber:
    with world.services.database.session() as session:
        return session.exec(select(Subscriber)).one()


def test_what_comes_back_is_bounced_and_told_by_the_next_channel_once(world: World, mail: Taking) -> None:
    world.subscribe(manner=Manner(channels=("email", "spare")))
    alerted(world)
    assert back(world, report(mail.sent[0])) == {"read": 1, "bounced": 1}
    world.deliver()
    assert ledger(world) == [("email", "bounced"), ("spare", "sent")]
    # The mail server's pipe may hand over the same letter again.
    assert back(world, report(mail.sent[0])) == {"read": 1, "again": 1}
    assert len(world.channel.sent) == 1


def test_a_letter_that_is_only_late_stays_sent(world: World, mail: Taking) -> None:
    world.subscribe(manner=Manner(channels=("email", "spare")))
    alerted(world)
    assert back(world, report(mail.sent[0], "4.4.1", "delayed")) == {"read": 1, "delayed": 1}
    assert ledger(world) == [("email", "sent")]


def test_a_report_of_a_letter_nobody_knows_changes_nothing(world: World, mail: Taking) -> None:
    world.subscribe()
    alerted(world)
    assert back(world, report(f"<{'0' * 40}@heritage.example>")) == {"read": 1, "unknown": 1}
    assert back(world, b"Subject: on holiday\n\nBack on Monday.") == {"read": 1, "ignored": 1}
    assert ledger(world) == [("email", "sent")]


def test_an_address_whose_letters_keep_coming_back_is_written_to_no_more(world: World, mail: Taking) -> None:
    most = world.rules.delivery.bounces
    world.subscribe(manner=Manner(channels=("email", "spare")))
    for number in range(most + 1):
        # Each is taken at first: being taken must not forget that the ones before came back.
        alerted(world, f"Site {number}", 38.0 + number)
        if number < most:
            back(world, report(mail.sent[number]))
    assert len(mail.sent) == most
    assert reader(world).channels == ["spare"]
    assert ledger(world)[-1] == ("spare", "sent")


def test_who_has_no_other_channel_is_told_nothing_more(world: World, mail: Taking) -> None:
    world.subscribe()
    for number in range(world.rules.delivery.bounces):
        alerted(world, f"Site {number}", 38.0 + number)
        back(world, report(mail.sent[number]))
    assert reader(world).stopped_at is not None


def test_a_full_mailbox_does_not_count_as_an_address_that_is_gone(world: World, mail: Taking) -> None:
    world.subscribe()
    alerted(world)
    assert back(world, report(mail.sent[0], "5.2.2")) == {"read": 1, "bounced": 1}
    assert reader(world).bounces == 0


def test_a_letter_that_stayed_taken_for_days_forgets_those_before(world: World, mail: Taking) -> None:
    world.subscribe()
    alerted(world)
    back(world, report(mail.sent[0]))
    world.later(hours=1)
    alerted(world, "Bosra", 30.0)
    for days, bounces in ((world.rules.delivery.bounce_days - 1, 1), (2, 0)):
        world.later(days=days)
        with world.services.database.session() as session:
            forget_bounces(session, world.rules, world.clock.now())
        assert reader(world).bounces == bounces


def test_what_comes_back_when_it_is_no_news_any_more_is_told_to_nobody(world: World, mail: Taking) -> None:
    world.subscribe(manner=Manner(channels=("email", "spare")))
    alerted(world)
    world.later(days=world.rules.message.news_days + 1)
    assert back(world, report(mail.sent[0])) == {"read": 1, "bounced": 1}
    assert ledger(world) == [("email", "bounced")]


def test_who_asks_to_be_left_alone_is_left_alone_so_long(world: World, mail: Taking) -> None:
    world.subscribe()
    mail.failures = [TemporaryFailure("503", Why.BUSY, retry_after_s=1800.0)]
    alerted(world)
    for minutes in (10, 10):
        world.later(minutes=minutes)
        world.deliver()
        assert mail.sent == []
    world.later(minutes=11)
    world.deliver()
    assert len(mail.sent) == 1


def test_who_asks_for_more_time_than_an_urgent_message_has_is_passed_by(world: World, mail: Taking) -> None:
    world.subscribe(manner=Manner(channels=("email", "spare")))
    mail.failures = [TemporaryFailure("503", Why.BUSY, retry_after_s=timedelta(hours=5).total_seconds())]
    alerted(world)
    world.deliver()
    assert ledger(world) == [("email", "given_up"), ("spare", "sent")]


def test_a_refusal_of_the_message_does_not_count_against_the_address(world: World, mail: Taking) -> None:
    world.subscribe()
    mail.failures = [PermanentFailure("554 looks like spam", Why.REFUSED)]
    alerted(world)
    assert (ledger(world), reader(world).bounces) == ([("email", "refused")], 0)

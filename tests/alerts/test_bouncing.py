"""Letters that come back after they were taken: the ledger says so, the next channel is tried, a dead address rests."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from heritage.alerts.bouncing import KEPT_FOR, settle_kept, take_back
from heritage.alerts.letters import write_letter
from heritage.alerts.models import Letter, LetterReturn, Post, Subscriber
from heritage.alerts.posting import stop_url
from heritage.alerts.subscribing import Manner, Wanted, forget_bounces, get_subscriber, request
from heritage.alerts.upkeep import find_alarms
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
    assert back(world, report(f"<{'0' * 40}@heritage.example>")) == {"read": 1, "kept": 1}
    assert back(world, report("<1@elsewhere.example>")) == {"read": 1, "unknown": 1}
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


def settled(world: World) -> int:
    with world.services.database.session() as session:
        return settle_kept(session, world.services, world.rules)


def complaint(returned: str) -> bytes:
    return (
        "From: abuse@provider.example\nContent-Type: multipart/report; report-type=feedback-report; boundary=B\n\n"
        "--B\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: x\nVersion: 1\n"
        f"Original-Rcpt-To: one@example.org\n\n--B\nContent-Type: message/rfc822\n\n{returned}\n\nBody.\n--B--\n"
    ).encode()


def test_what_comes_back_before_we_wrote_down_that_it_left_is_kept_until_then(world: World, mail: Taking) -> None:
    world.subscribe(manner=Manner(channels=("email", "spare")))
    alerted(world)
    # As the ledger stands between the mail server's word and our commit.
    early = "update post set status = 'waiting', accepted_at = null, identity = null"
    late = "update post set status = 'sent', accepted_at = queued_at, identity = :identity"
    with world.services.database.session() as session:
        session.execute(sa.text(early))
    assert back(world, report(mail.sent[0])) == {"read": 1, "kept": 1}
    assert (settled(world), ledger(world)) == (0, [("email", "waiting")])
    with world.services.database.session() as session:
        session.execute(sa.text(late), {"identity": mail.sent[0]})
    assert (settled(world), settled(world)) == (1, 0)
    assert ledger(world) == [("email", "bounced"), ("spare", "waiting")]


def test_what_is_kept_is_forgotten_when_it_is_about_no_letter_of_ours(world: World, mail: Taking) -> None:
    back(world, report(f"<{'0' * 40}@heritage.example>"))
    world.later(days=KEPT_FOR.days + 1)
    settled(world)
    with world.services.database.session() as session:
        assert session.exec(select(LetterReturn)).all() == []


def asked(world: World) -> Subscriber:
    """Somebody signs an address up, and the letter that asks whether it is wanted leaves."""
    with world.services.database.session() as session:
        request(session, world.services, world.rules, "one@example.org", Wanted(), Manner())
    person = reader(world)
    write_letter(world.services, world.rules, subscriber_id=person.id or 0, letter="confirm")
    return person


def test_a_mistyped_address_is_thrown_away_when_the_letter_to_confirm_comes_back(world: World, mail: Taking) -> None:
    asked(world)
    assert back(world, report(mail.sent[0])) == {"read": 1, "bounced": 1}
    assert reader(world).address is None
    # Whoever types it again within the time of that letter sends no second one there.
    asked_at = reader(world).asked_at
    world.later(hours=1)
    with world.services.database.session() as session:
        request(session, world.services, world.rules, "one@example.org", Wanted(), Manner())
    assert reader(world).asked_at == asked_at


def test_a_letter_to_confirm_that_met_a_full_mailbox_may_be_asked_for_again(world: World, mail: Taking) -> None:
    asked(world)
    assert back(world, report(mail.sent[0], "5.2.2")) == {"read": 1, "bounced": 1}
    assert (reader(world).address is None, reader(world).asked_at) == (False, None)


def test_a_letter_to_confirm_refused_at_once_throws_the_address_away_too(world: World, mail: Taking) -> None:
    mail.failures = [PermanentFailure("550 nobody", Why.NO_SUCH_RECIPIENT)]
    asked(world)
    assert reader(world).address is None


def test_a_letter_to_whoever_looks_after_the_program_that_comes_back_is_an_alarm(
    world: World, mail: Taking, sign_in: Any
) -> None:
    sign_in("root", "administrator")
    with world.services.database.session() as session:
        session.add(Letter(identity=f"<{'7' * 40}@h.example>", kind="officers", to_hash="x", sent_at=world.clock.at))
    with world.services.database.session() as session:
        assert find_alarms(session, world.services.settings.var, world.clock.now()) == []
    assert back(world, report(f"<{'7' * 40}@h.example>", "4.4.1", "delayed")) == {"read": 1, "delayed": 1}
    assert back(world, report(f"<{'7' * 40}@h.example>")) == {"read": 1, "bounced": 1}
    with world.services.database.session() as session:
        (alarm,) = find_alarms(session, world.services.settings.var, world.clock.now())
        assert (alarm.trouble, alarm.count) == ("mail_failing", 1)


def test_a_complaint_stops_everything_as_one_click_does(world: World, mail: Taking) -> None:
    world.subscribe()
    alerted(world)
    assert back(world, complaint(f"Message-ID: {mail.sent[0]}")) == {"read": 1, "complaints": 1}
    assert reader(world).stopped_at is not None
    # It did arrive.
    assert ledger(world) == [("email", "sent")]
    alerted(world, "Bosra", 30.0)
    assert len(mail.sent) == 1


def test_a_complaint_about_a_letter_to_confirm_stops_it(world: World, mail: Taking) -> None:
    asked(world)
    assert back(world, complaint(f"Message-ID: {mail.sent[0]}")) == {"read": 1, "complaints": 1}
    assert reader(world).stopped_at is not None


def test_a_complaint_is_believed_by_the_signed_link_in_it_and_by_no_address(world: World, mail: Taking) -> None:
    world.subscribe()
    alerted(world)
    # A relay gave the letter another name; whoever knows an address can write such a report.
    assert back(world, complaint("Message-ID: <1@relay.example>")) == {"read": 1, "unknown": 1}
    assert reader(world).stopped_at is None
    with world.services.database.session() as session:
        link = stop_url(world.services, world.rules, get_subscriber(session, reader(world).id or 0))
    returned = f"Message-ID: <1@relay.example>\nList-Unsubscribe: <{link}>"
    assert back(world, complaint(returned)) == {"read": 1, "complaints": 1}
    assert reader(world).stopped_at is not None


def test_the_ledger_of_what_came_back_holds_nobodys_address(world: World, mail: Taking) -> None:
    world.subscribe()
    alerted(world)
    back(
        world, report(mail.sent[0]).replace(b"Status:", b"Diagnostic-Code: smtp; 550 no one@example.org here\nStatus:")
    )
    with world.services.database.session() as session:
        kept, post = session.exec(select(LetterReturn)).one(), session.exec(select(Post)).one()
    assert "550" in (post.error or "")
    assert "example.org" not in f"{kept.words} {post.error}"

"""Who is on duty: hours on their own clock, past midnight and over a change of clocks, and everybody where none is."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlmodel import select

from heritage.accounts import service as accounts
from heritage.alerts import duty, handing, letters
from heritage.alerts.approving import Person, remind, speak
from heritage.alerts.duty import Hours
from heritage.alerts.models import Alert, AlertThread, WordKind
from heritage.alerts.subscribing import Manner, settle_own
from heritage.core.errors import InvalidInput
from heritage.flags.models import Judgement

World = Any
NIGHTS = Hours((1, 2, 3, 4, 5, 6, 7), time(22), time(6), "Asia/Damascus")


@pytest.mark.parametrize(
    ("hours", "moment", "covered"),
    [
        (NIGHTS, datetime(2015, 5, 21, 19, 30, tzinfo=UTC), True),  # 22:30 there in summer
        (NIGHTS, datetime(2015, 5, 21, 2, 59, tzinfo=UTC), True),  # 05:59 there
        (NIGHTS, datetime(2015, 5, 21, 3, 0, tzinfo=UTC), False),  # 06:00 there
        # Saturday's night goes on into Sunday, Sunday's own has no line.
        (Hours((6,), time(22), time(6), "UTC"), datetime(2015, 5, 24, 5, tzinfo=UTC), True),
        (Hours((6,), time(22), time(6), "UTC"), datetime(2015, 5, 24, 23, tzinfo=UTC), False),
        (Hours((4,), time(0), time(0), "UTC"), datetime(2015, 5, 21, 23, 59, tzinfo=UTC), True),
        (Hours((4,), time(0), time(0), "UTC"), datetime(2015, 5, 22, tzinfo=UTC), False),
        (
            Hours((4,), time(8), time(16), "UTC", until_on=date(2015, 5, 20)),
            datetime(2015, 5, 21, 9, tzinfo=UTC),
            False,
        ),
        (Hours((4,), time(8), time(16), "UTC", from_on=date(2015, 5, 21)), datetime(2015, 5, 21, 9, tzinfo=UTC), True),
        # The night on which clocks go forward has no 02:30, and the hours still begin and end.
        (Hours((7,), time(2, 30), time(8), "Europe/Paris"), datetime(2015, 3, 29, 1, 15, tzinfo=UTC), True),
    ],
)
def test_hours_cover_a_moment(hours: Hours, moment: datetime, covered: bool) -> None:
    assert hours.cover(moment) is covered


def add_officer(world: World, name: str) -> int:
    with world.services.database.session() as session:
        by = accounts.By("a test", world.clock.now())
        secret = accounts.invite(session, by, f"{name}@example.org", accounts.Bounds.of(["emergency_officer"], []))
        made = accounts.accept(session, secret, name=name.title(), password_hash="unused", now=world.clock.now())
        session.flush()
        return made.id or 0


@pytest.fixture
def officers(world: World) -> tuple[int, int]:
    return add_officer(world, "day"), add_officer(world, "night")


def enter(world: World, account: int, hours: Hours) -> None:
    with world.services.database.session() as session:
        duty.add_duty(session, account, hours, "a test", world.clock.now())


def mailed(world: World) -> list[str]:
    found = [recipient.address for message, recipient in world.channel.sent]
    world.channel.sent.clear()
    return sorted(found)


def carry_out(world: World) -> None:
    """The notices that wait in the queue."""
    from heritage.jobs import JOBS
    from heritage.scheduling.worker import drain

    drain(world.services, [job for job in JOBS if job.name == "tell_officers"])


def test_a_held_alert_is_told_to_who_is_on_duty_and_later_to_all(world: World, officers: tuple[int, int]) -> None:
    enter(world, officers[1], Hours((4,), time(8), time(16), "UTC"))
    world.site()
    world.subscribe()
    world.report(number=4)
    world.consider()
    carry_out(world)
    assert mailed(world) == ["night@example.org"]
    for expected in (["night@example.org"], ["day@example.org", "night@example.org"]):
        world.later(minutes=world.rules.hold.minutes + 1)
        with world.services.database.session() as session:
            assert remind(session, world.services, world.rules) == 1
        carry_out(world)
        assert mailed(world) == expected


def test_everybody_is_told_when_the_roster_names_nobody(world: World, officers: tuple[int, int]) -> None:
    enter(world, officers[0], Hours((1,), time(8), time(16), "UTC"))
    world.site()
    world.report(number=4)
    world.consider()
    carry_out(world)
    assert mailed(world) == ["day@example.org", "night@example.org"]


def test_an_officer_reads_notices_in_their_own_language(world: World, officers: tuple[int, int]) -> None:
    with world.services.database.session() as session:
        settle_own(session, world.services, "day@example.org", officers[0], Manner(language="ar"))
    world.site()
    world.report(number=4)
    world.consider()
    carry_out(world)
    said = {recipient.address: message for message, recipient in world.channel.sent}
    assert said["night@example.org"].subject.startswith("Waits for two persons")
    assert 'dir="rtl"' in (said["day@example.org"].html or "")
    assert "lang=ar" in said["day@example.org"].text


def sent(world: World) -> tuple[AlertThread, Alert]:
    """A warning that left, and its thread."""
    world.site()
    world.subscribe()
    world.report(number=2)
    world.consider()
    with world.services.database.session() as session:
        alert = session.exec(select(Alert)).one()
        if alert.state == "held":
            speak(session, world.services, world.rules, alert.id or 0, Person("x", operator=True), WordKind.APPROVE)
        return session.exec(select(AlertThread)).one(), alert


OFFICER = Person("Day (account 1)", None, officer=True)


def test_a_decision_stands_beside_the_level_and_is_an_acknowledgement(world: World) -> None:
    thread, alert = sent(world)
    with world.services.database.session() as session:
        for verdict, level in (("raise", alert.level), ("lower", alert.level), ("lower", 0), ("raise", None)):
            with pytest.raises(InvalidInput, match="level"):
                handing.decide(
                    session, world.services, world.rules, thread, OFFICER, handing.Verdict(verdict), "why", level=level
                )
        handing.decide(
            session, world.services, world.rules, thread, OFFICER, handing.Verdict.DISMISS, "A film was shot there."
        )
        judged = session.exec(select(Judgement)).one()
        assert (judged.kind, judged.level, judged.reason) == ("lower", 0, "A film was shot there.")
        assert handing.is_acknowledged(session, alert)
        assert session.get(Alert, alert.id).level == alert.level  # type: ignore[union-attr]  # it is there


def test_the_review_that_was_handed_over_is_told_unless_a_newer_note_took_its_place(
    world: World, officers: tuple[int, int]
) -> None:
    thread, _ = sent(world)
    carry_out(world)
    world.channel.sent.clear()
    with world.services.database.session() as session:
        with pytest.raises(InvalidInput, match="review_at"):
            handing.hand_over(session, world.services, thread, OFFICER, "x", review_at=world.clock.now())
        soon = world.clock.now() + timedelta(hours=6)
        old = handing.hand_over(session, world.services, thread, OFFICER, "Ask again.", "The museum", soon)
        new = handing.hand_over(session, world.services, thread, OFFICER, "Wait for pictures.", "", soon)
        ids = (old.id, new.id)
    for number, told in zip(ids, (0, 2), strict=True):
        assert letters.tell_officers(world.services, about="review", handover_id=number) == {"told": told}
    assert all("Wait for pictures." in message.text for message, _ in world.channel.sent)

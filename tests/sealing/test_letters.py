"""The owner is told at once when something sealed is read or the glass is broken, in three languages, never where."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from sqlmodel import select

from heritage.alerts.owners import About, Letter, compose
from heritage.channels.base import Message, Recipient, TemporaryFailure
from heritage.jobs import JOBS
from heritage.policy.roles import Role
from heritage.scheduling.worker import drain
from heritage.sealing import access
from heritage.sealing.domain import Sealed, SealedKind
from heritage.sealing.models import SealedRead
from heritage.services import Services

REASON = "The convoy leaves at noon."


@dataclass
class Post:
    """A channel that keeps what it is given, after failing as often as told."""

    failures: int = 0
    sent: list[tuple[str, Message]] = field(default_factory=list)
    name: str = "email"

    def send(self, message: Message, recipient: Recipient) -> str:
        """Fail or take."""
        if self.failures:
            self.failures -= 1
            raise TemporaryFailure("busy")
        self.sent.append((recipient.address, message))
        return message.key

    @property
    def readers(self) -> list[str]:
        """Who was written to."""
        return sorted(address.partition("@")[0] for address, _ in self.sent)


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def world(services: Services, post: Post) -> Services:
    return replace(services, channels={"email": post})


def read_by(world: Services, who, second, what: Sealed) -> None:
    now = world.clock.now()
    with world.database.session() as session:
        question = access.ask(session, who.subject, what, REASON, now=now)
        access.decide(session, second.subject, question.id, grant=True, words="", now=now, minutes=60)
        access.begin_reading(session, world, who.subject, what)


def test_the_museum_is_told_of_every_reading_and_who_read_is_not(world, post, meet, place):
    officer, leila, omar = meet(Role.EMERGENCY_OFFICER), meet(Role.REGISTRAR, "Leila"), meet(Role.REGISTRAR, "Omar")
    meet(Role.REGISTRAR, "Nadia", institution="Another Museum")
    read_by(world, officer, omar, place)
    drain(world, JOBS)
    assert post.readers == ["leila", "omar"]
    _, message = post.sent[0]
    assert officer.subject.name in message.text
    assert "Omar" in message.text
    read_by(world, leila, omar, place)
    drain(world, JOBS)
    assert post.readers == ["leila", "omar", "omar"]


def test_broken_glass_is_told_to_the_museum_the_officers_and_the_administrators(world, post, meet, place):
    administrator, _officer, _leila = meet(Role.ADMINISTRATOR), meet(Role.EMERGENCY_OFFICER), meet(Role.REGISTRAR)
    with world.database.session() as session:
        access.break_glass(session, administrator.subject, place, REASON, now=world.clock.now(), minutes=60)
    drain(world, JOBS)
    assert post.readers == ["emergency_officer", "registrar"]
    assert "without a second person" in post.sent[0][1].text


def test_where_nobody_keeps_it_the_countrys_directorate_is_told_or_those_who_watch(world, post, meet, place):
    officer, second = meet(Role.EMERGENCY_OFFICER, "First"), meet(Role.EMERGENCY_OFFICER, "Second")
    read_by(world, officer, second, place)
    drain(world, JOBS)
    assert post.readers == ["second"]
    meet(Role.DIRECTORATE, "Dara", country="SY")
    read_by(world, officer, second, place)
    drain(world, JOBS)
    assert post.readers == ["dara", "second"]


def test_a_reading_that_is_taken_back_sends_nothing_and_a_busy_server_is_tried_again(world, post, meet, place):
    leila, omar = meet(Role.REGISTRAR, "Leila"), meet(Role.REGISTRAR, "Omar")
    administrator, now = meet(Role.ADMINISTRATOR).subject, world.clock.now()
    with world.database.session() as session:
        access.break_glass(session, administrator, place, REASON, now=now, minutes=1)
        session.rollback()
    drain(world, JOBS)
    assert post.sent == []
    read_by(world, leila, omar, place)
    with world.database.session() as session:
        (number,) = session.exec(select(SealedRead.id)).all()
    assert number is not None
    post.failures = 1
    drain(world, JOBS)
    assert post.sent == []
    make_due(world)
    drain(world, JOBS)
    assert post.readers == ["omar"]


def make_due(world: Services) -> None:
    with world.database.session() as session:
        session.connection().exec_driver_sql("update procrastinate_jobs set scheduled_at = null where status = 'todo'")


def test_no_letter_goes_to_a_reporter(world, post, meet):
    first, second = meet(Role.EMERGENCY_OFFICER, "First"), meet(Role.EMERGENCY_OFFICER, "Second")
    read_by(world, first, second, Sealed(SealedKind.REPORTER, "reporter-abc"))
    drain(world, JOBS)
    assert post.sent == []


@pytest.mark.parametrize("about", About)
def test_a_letter_speaks_three_languages_and_names_no_place(about: About):
    noon = datetime(2015, 5, 21, 12, tzinfo=UTC)
    letter = Letter(about, "key", "K7QX-3M2P", "sealed", "Leila (account 3)", "Omar (account 4)", noon)
    message = compose(letter, "https://heritage.example")
    assert message.text.count("K7QX-3M2P") == 3
    for sign in ('lang="fr"', 'lang="ar" dir="rtl"', "https://heritage.example/sealed"):
        assert sign in (message.html or "")
    assert any("\u0600" <= sign <= "\u06ff" for sign in message.subject)
    assert message.text.count("* * *") == 2

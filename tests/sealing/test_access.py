"""Reading what is sealed: two persons, a reason, a short time, every reading logged, and the glass."""

import dataclasses
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlmodel import Session

from heritage.audit import chain
from heritage.core.clock import FixedClock
from heritage.core.errors import Conflict, InvalidInput, NotFound
from heritage.policy.roles import AT_THE_MACHINE, Role
from heritage.sealing import access, queries
from heritage.sealing.access import AccessRefused, Refusal
from heritage.sealing.domain import Sealed, SealedKind
from heritage.services import Services

REASON = "The convoy leaves at noon."
HOUR = timedelta(hours=1)


@pytest.fixture
def opened(services: Services) -> Iterator[Session]:
    with services.database.session() as session:
        yield session


def refused(refusal: Refusal):
    return pytest.raises(AccessRefused, match=access._SENTENCES[refusal][:30])


def granted(session, services, who, second, what) -> int:
    now = services.clock.now()
    question = access.ask(session, who.subject, what, REASON, now=now)
    access.decide(session, second.subject, question.id, grant=True, words="", now=now, minutes=60)
    return question.id


def read(session, services, who, what):
    return access.begin_reading(session, services, who.subject, what)


def test_nobody_reads_without_a_second_person(opened, services, meet, place):
    leila, omar = meet(Role.REGISTRAR, "Leila"), meet(Role.REGISTRAR, "Omar")
    with refused(Refusal.NOT_GRANTED):
        read(opened, services, leila, place)
    question = access.ask(opened, leila.subject, place, REASON, now=services.clock.now())
    with refused(Refusal.NOT_GRANTED):
        read(opened, services, leila, place)
    with refused(Refusal.TWO_PERSONS):
        access.decide(opened, leila.subject, question.id, grant=True, words="", now=services.clock.now(), minutes=60)
    access.decide(opened, omar.subject, question.id, grant=True, words="", now=services.clock.now(), minutes=60)
    read(opened, services, leila, place)
    # It was let to her alone, and for this thing alone.
    with refused(Refusal.NOT_GRANTED):
        read(opened, services, omar, place)
    with refused(Refusal.NOT_GRANTED):
        read(opened, services, leila, dataclasses.replace(place, key="other"))


def test_a_permission_ends_with_its_time(opened, services, meet, place):
    leila, omar = meet(Role.REGISTRAR, "Leila"), meet(Role.REGISTRAR, "Omar")
    granted(opened, services, leila, omar, place)
    for later, holds in ((timedelta(minutes=59), True), (timedelta(minutes=60), False)):
        world = dataclasses.replace(services, clock=FixedClock(services.clock.now() + later))
        if holds:
            read(opened, world, leila, place)
        else:
            with refused(Refusal.NOT_GRANTED):
                read(opened, world, leila, place)


def test_a_permission_handed_back_or_refused_opens_nothing(opened, services, meet, place):
    leila, omar = meet(Role.REGISTRAR, "Leila"), meet(Role.REGISTRAR, "Omar")
    now = services.clock.now()
    access.end(opened, leila.subject, granted(opened, services, leila, omar, place), now=now)
    with refused(Refusal.NOT_GRANTED):
        read(opened, services, leila, place)
    question = access.ask(opened, leila.subject, place, REASON, now=now)
    with pytest.raises(InvalidInput, match="why"):
        access.decide(opened, omar.subject, question.id, grant=False, words=" ", now=now, minutes=60)
    access.decide(opened, omar.subject, question.id, grant=False, words="Not today.", now=now, minutes=60)
    with refused(Refusal.NOT_GRANTED):
        read(opened, services, leila, place)
    with pytest.raises(Conflict):
        access.decide(opened, omar.subject, question.id, grant=True, words="", now=now, minutes=60)


def test_the_role_must_reach_that_institution(opened, services, meet, place):
    now = services.clock.now()
    elsewhere = meet(Role.REGISTRAR, "Nadia", institution="Another Museum")
    outsiders = [meet(role) for role in (Role.ANALYST, Role.ADMINISTRATOR, Role.SUBSCRIBER)]
    for outsider in (elsewhere, meet(Role.DIRECTORATE, "Sami", country="IQ"), *outsiders):
        with refused(Refusal.NOT_YOURS):
            access.ask(opened, outsider.subject, place, REASON, now=now)
    leila = meet(Role.REGISTRAR, "Leila")
    question = access.ask(opened, leila.subject, place, REASON, now=now)
    with pytest.raises(NotFound):
        access.decide(opened, elsewhere.subject, question.id, grant=True, words="", now=now, minutes=60)
    with refused(Refusal.NOT_YOURS):
        access.ask(opened, AT_THE_MACHINE, place, REASON, now=now)


def test_a_role_taken_away_ends_what_it_was_let_to_read(opened, services, meet, place):
    leila, omar = meet(Role.REGISTRAR, "Leila"), meet(Role.REGISTRAR, "Omar")
    granted(opened, services, leila, omar, place)
    moved_on = dataclasses.replace(leila.subject, institutions=frozenset({"Another Museum"}))
    with refused(Refusal.NOT_YOURS):
        access.begin_reading(opened, services, moved_on, place)


def test_a_question_nobody_answered_lapses(opened, services, meet, place):
    leila, omar = meet(Role.REGISTRAR, "Leila"), meet(Role.REGISTRAR, "Omar")
    now = services.clock.now()
    question = access.ask(opened, leila.subject, place, REASON, now=now)
    assert access.ask(opened, leila.subject, place, REASON, now=now).id == question.id
    later = now + timedelta(days=3)
    assert [q.id for q in queries.list_to_decide(opened, omar.subject, now)] == [question.id]
    assert queries.list_to_decide(opened, omar.subject, later) == []
    with pytest.raises(Conflict):
        access.decide(opened, omar.subject, question.id, grant=True, words="", now=later, minutes=60)


def test_every_reading_stands_in_the_record_and_before_the_owner(opened, services, meet, place):
    officer, omar = meet(Role.EMERGENCY_OFFICER), meet(Role.REGISTRAR, "Omar")
    stranger = meet(Role.REGISTRAR, "Nadia", institution="Another Museum")
    granted(opened, services, officer, omar, place)
    read(opened, services, officer, place)
    read(opened, services, officer, place)
    opened.flush()
    (seen,) = queries.list_concerning(opened, omar.subject, services.clock.now())
    assert (seen.access.asked_by, seen.reads) == (officer.subject.actor, 2)
    assert queries.list_concerning(opened, stranger.subject, services.clock.now()) == []
    actions = [entry.action for entry in chain.list_entries(opened, subject="place:k3f9")]
    assert actions == ["sealed.read", "sealed.read", "sealed.grant", "sealed.ask"]


def test_the_glass_opens_at_once_and_is_seen_until_it_is_justified(opened, services, meet, place):
    administrator, omar = meet(Role.ADMINISTRATOR), meet(Role.REGISTRAR, "Omar")
    now = services.clock.now()
    with refused(Refusal.NOT_YOURS):
        access.break_glass(opened, omar.subject, place, REASON, now=now, minutes=60)
    broken = access.break_glass(opened, administrator.subject, place, REASON, now=now, minutes=60)
    read(opened, services, administrator, place)
    assert queries.count_broken(opened, omar.subject) == queries.count_broken(opened, administrator.subject) == 1
    with pytest.raises(NotFound):
        access.justify(opened, omar.subject, broken.id, "It was not I who did it.", now=now)
    access.justify(opened, administrator.subject, broken.id, "The building was burning.", now=now)
    assert queries.count_broken(opened, omar.subject) == 0


def test_who_does_not_justify_breaks_no_more_glass(opened, services, meet, place):
    administrator, now = meet(Role.ADMINISTRATOR), services.clock.now()
    broken = access.break_glass(opened, administrator.subject, place, REASON, now=now, minutes=60)
    later = now + timedelta(hours=25)
    with refused(Refusal.UNJUSTIFIED):
        access.break_glass(opened, administrator.subject, place, REASON, now=later, minutes=60)
    access.justify(opened, administrator.subject, broken.id, "The building was burning.", now=later)
    access.break_glass(opened, administrator.subject, place, REASON, now=later, minutes=60)


def test_no_glass_is_broken_to_a_reporter(opened, services, meet):
    who = Sealed(SealedKind.REPORTER, "reporter-abc")
    for role in (Role.ADMINISTRATOR, Role.EMERGENCY_OFFICER):
        with refused(Refusal.NOT_YOURS):
            access.break_glass(opened, meet(role).subject, who, REASON, now=services.clock.now(), minutes=60)


def test_mass_reading_raises_one_alarm_and_stops_until_somebody_else_looked(services, meet, place):
    leila, omar, officer = meet(Role.REGISTRAR, "Leila"), meet(Role.REGISTRAR, "Omar"), meet(Role.EMERGENCY_OFFICER)
    settings = services.settings.model_copy(update={"sealed_reads_per_hour": 3})
    world = dataclasses.replace(services, settings=settings)
    with world.database.session() as session:
        granted(session, world, leila, omar, place)
    for _time in range(3):
        with world.database.session() as session:
            read(session, world, leila, place)
    for _time in range(2):
        with refused(Refusal.ALARM), world.database.session() as session:
            read(session, world, leila, place)
    with world.database.session() as session:
        (alarm,) = queries.list_alarms(session)
        assert (alarm.by, alarm.reads) == (leila.subject.actor, 3)
        with refused(Refusal.NOT_YOURS):
            access.close_alarm(session, omar.subject, alarm.id, now=world.clock.now())
        access.close_alarm(session, officer.subject, alarm.id, now=world.clock.now())
    later = dataclasses.replace(world, clock=FixedClock(world.clock.now() + timedelta(minutes=59)))
    with refused(Refusal.ALARM), world.database.session() as session:
        read(session, later, leila, place)


@pytest.mark.parametrize("reason", ["", "   ", "short", "x" * 9 + "   "])
def test_a_reason_is_needed(opened, services, meet, place, reason):
    with pytest.raises(InvalidInput, match="reason"):
        access.ask(opened, meet(Role.REGISTRAR).subject, place, reason, now=services.clock.now())

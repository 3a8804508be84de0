"""Two persons are two: not one with two accounts or a token, not one whose role is gone, not one whose time is over."""

import dataclasses
from datetime import timedelta

import pytest

from heritage.accounts import service as accounts
from heritage.accounts.service import Bounds, By
from heritage.core.clock import FixedClock
from heritage.core.errors import Conflict, NotFound
from heritage.policy.roles import Role
from heritage.sealing import access, queries
from heritage.sealing.access import AccessRefused, Refusal
from heritage.sealing.persons import mailbox_of, same_person
from tests.sealing.test_access import REASON, opened, refused  # noqa: F401 - a fixture
from tests.sealing.test_views import PAGE, question_of, text
from tests.sealing.test_views import REASON as FORM


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("leila@museum.example", "leila+night@museum.example", True),
        ("Leila@Museum.Example", "leila@museum.example", True),
        ("le.ila@gmail.com", "leila+2@googlemail.com", True),
        ("le.ila@museum.example", "leila@museum.example", False),
        ("leila@museum.example", "leila@other.example", False),
        ("+a@museum.example", "+b@museum.example", False),
    ],
)
def test_one_mailbox_is_one_person(one, other, same):
    assert (mailbox_of(one) == mailbox_of(other)) is same


def second_account(meet, services, first):
    """A second account of somebody, its letters in the same mailbox."""
    other = meet(Role.REGISTRAR, "Another Name")
    with services.database.session() as session:
        change = "update account set email = 'leila+2@museum.example' where id = %s"
        session.connection().exec_driver_sql(change, (other.subject.account_id,))
    return other


def test_a_second_account_is_no_second_person(opened, services, meet, place):  # noqa: F811
    leila = meet(Role.REGISTRAR, "Leila")
    other, now = second_account(meet, services, leila), services.clock.now()
    assert same_person(opened, leila.subject.account_id, other.subject.account_id)
    question = access.ask(opened, leila.subject, place, REASON, now=now)
    assert queries.list_to_decide(opened, other.subject, now) == []
    with refused(Refusal.TWO_PERSONS):
        access.decide(opened, other.subject, question.id, grant=True, words="", now=now, minutes=60)


def test_an_alarm_is_not_closed_by_a_second_account(services, meet, place):
    leila, omar = meet(Role.EMERGENCY_OFFICER, "Leila"), meet(Role.REGISTRAR, "Omar")
    other = meet(Role.EMERGENCY_OFFICER, "Another Name")
    world = dataclasses.replace(services, settings=services.settings.model_copy(update={"sealed_reads_per_hour": 1}))
    now = services.clock.now()
    with services.database.session() as session:
        change = "update account set email = 'leila+2@museum.example' where id = %s"
        session.connection().exec_driver_sql(change, (other.subject.account_id,))
        question = access.ask(session, leila.subject, place, REASON, now=now)
        access.decide(session, omar.subject, question.id, grant=True, words="", now=now, minutes=60)
        access.begin_reading(session, world, leila.subject, place)
    with refused(Refusal.ALARM), services.database.session() as session:
        access.begin_reading(session, world, leila.subject, place)
    with services.database.session() as session:
        (alarm,) = queries.list_alarms(session)
        with refused(Refusal.TWO_PERSONS):
            access.close_alarm(session, other.subject, alarm.id, now=now)


@pytest.mark.usefixtures("place")
def test_nobody_lets_themselves_read_whatever_they_send(meet, services, app):
    leila, omar = meet(Role.REGISTRAR, "Leila"), meet(Role.REGISTRAR, "Omar")
    leila.client.post(f"{PAGE}/ask", data=FORM)
    decide = question_of(omar)
    assert leila.client.post(decide, data={"decision": "grant"}).status_code == 403
    with services.database.session() as session:
        by = By("a test", services.clock.now())
        tokens = [accounts.new_token(session, by, who.subject.account_id, name="all", scopes=["read", "jobs", "audit"],
                                     days=30) for who in (leila, omar)]  # fmt: skip
    for token in tokens:
        program, shown = app.test_client(), {"Authorization": f"Bearer {token}"}
        for path in (decide, f"{PAGE}/read", f"{PAGE}/ask", f"{PAGE}/break-glass"):
            answer = program.post(path, data={"decision": "grant"} | FORM, headers=shown)
            assert answer.status_code in (401, 403, 404), (path, answer.status_code)
            assert "cave" not in text(answer)
    assert leila.client.post(f"{PAGE}/read").status_code == 403
    assert omar.client.post(decide, data={"decision": "grant"}).status_code == 302
    # Decided once; a second word, whoever says it, is too late.
    assert omar.client.post(decide, data={"decision": "refuse", "words": "no"}).status_code == 409


@pytest.mark.usefixtures("place")
def test_who_is_no_registrar_any_more_neither_lets_nor_reads(meet, services, app):
    leila, omar, sami = (meet(Role.REGISTRAR, name) for name in ("Leila", "Omar", "Sami"))
    leila.client.post(f"{PAGE}/ask", data=FORM)
    decide = question_of(omar)
    retire(services, omar)
    assert omar.client.post(decide, data={"decision": "grant"}).status_code in (302, 403, 404)
    assert leila.client.post(f"{PAGE}/read").status_code == 403
    assert sami.client.post(decide, data={"decision": "grant"}).status_code == 302
    retire(services, leila)
    answer = leila.client.post(f"{PAGE}/read")
    assert answer.status_code in (302, 403, 404)
    assert "cave" not in text(answer)


def retire(services, person) -> None:
    """Make somebody a reader as others are, as an administrator does."""
    with services.database.session() as session:
        by = By("a test", services.clock.now())
        accounts.change_roles(session, by, person.subject.account_id, Bounds.of([Role.SUBSCRIBER], [], []))


def test_a_permission_that_ends_between_page_and_reading_opens_nothing(opened, services, meet, place):  # noqa: F811
    leila, omar, now = meet(Role.REGISTRAR, "Leila"), meet(Role.REGISTRAR, "Omar"), services.clock.now()
    question = access.ask(opened, leila.subject, place, REASON, now=now)
    access.decide(opened, omar.subject, question.id, grant=True, words="", now=now, minutes=1)
    at_the_end = dataclasses.replace(services, clock=FixedClock(now + timedelta(minutes=1)))
    with pytest.raises(AccessRefused):
        access.begin_reading(opened, at_the_end, leila.subject, place)
    with pytest.raises(Conflict):
        access.end(opened, leila.subject, question.id, now=at_the_end.clock.now())
    with pytest.raises(NotFound):
        access.end(opened, omar.subject, question.id, now=now)
    # Asked anew, the old answer does not hold for the new question.
    again = access.ask(opened, leila.subject, place, REASON, now=at_the_end.clock.now())
    assert again.id != question.id
    with refused(Refusal.NOT_GRANTED):
        access.begin_reading(opened, at_the_end, leila.subject, place)

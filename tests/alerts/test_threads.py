"""Threads on a database: what is said of a site, to whom, once, and what waits for two persons."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

import pytest
from sqlmodel import select

from heritage.accounts import service as accounts
from heritage.accounts.models import Account
from heritage.alerts import approving, considering, letters
from heritage.alerts import thread_queries as threads
from heritage.alerts.models import Alert, AlertThread, Post, WordKind
from heritage.alerts.rules import HoldRules
from heritage.alerts.subscribing import Manner, stop
from heritage.channels.base import PermanentFailure, TemporaryFailure, Why
from heritage.core.errors import Conflict, InvalidInput
from heritage.flags.rules_file import load_rules

World = Any


def steps(world: World) -> list[Alert]:
    with world.services.database.session() as session:
        return list(session.exec(select(Alert).order_by(Alert.id)))  # type: ignore[arg-type]  # SQLModel's columns


def posts(world: World) -> list[Post]:
    with world.services.database.session() as session:
        return list(session.exec(select(Post).order_by(Post.id)))  # type: ignore[arg-type]


def test_a_battle_is_one_alert_and_a_second_look_says_nothing(world: World) -> None:
    world.site()
    world.report(number=4)
    world.subscribe()
    assert world.consider().released == 1
    assert world.deliver() == {"sent": 1}
    assert world.consider().steps == 0
    assert world.deliver() == {}
    assert world.subjects() == ["Critical, level 4: Palmyra (Syria)"]
    (post,) = posts(world)
    assert (post.status, post.handed_at, post.accepted_at) == ("sent", world.clock.now(), world.clock.now())


def test_one_person_with_many_wishes_gets_one_message(world: World) -> None:
    site = world.site()
    world.report(number=4)
    for wanted in ({}, {"countries": ("SY",)}, {"site_ids": (site,)}, {"min_level": 4}):
        world.subscribe("one@example.org", **wanted)
    world.subscribe("two@example.org")
    world.consider()
    world.deliver()
    assert sorted(r.address for _, r in world.channel.sent) == ["one@example.org", "two@example.org"]


def test_old_news_opens_no_thread_however_it_comes(world: World) -> None:
    world.site()
    world.report(on=date(2015, 5, 1), number=9)
    world.subscribe()
    assert world.consider().steps == 0
    with world.services.database.session() as session:
        assert session.exec(select(AlertThread)).all() == []


def test_a_rise_and_a_fall_are_updates_of_the_same_thread_and_the_end_reaches_those_who_were_told(world: World) -> None:
    site = world.site()
    world.subscribe("all@example.org")
    world.subscribe("grave@example.org", min_level=4)
    world.report(number=1)
    world.consider()
    world.report(number=4)
    world.later(minutes=10)
    world.consider()
    world.deliver()
    said = [(step.step, step.msg_type, step.from_level, step.level) for step in steps(world)]
    assert said[0][:2] == (1, "Alert")
    assert said[1] == (2, "Update", said[0][3], 4)
    world.channel.sent.clear()
    world.later(days=200)
    world.consider()
    world.deliver()
    assert {r.address for _, r in world.channel.sent} == {"all@example.org", "grave@example.org"}
    assert all(message.subject.startswith("Ended:") for message, _ in world.channel.sent)
    world.report(number=4)
    world.consider()
    with world.services.database.session() as session:
        assert [t.episode for t in session.exec(select(AlertThread).where(AlertThread.site_id == site))] == [1, 2]


def test_messages_of_a_thread_refer_to_one_another_and_can_be_stopped_with_one_click(world: World) -> None:
    world.site()
    world.subscribe()
    world.report(number=1)
    world.consider()
    world.deliver()
    world.later(minutes=10)
    world.report(number=4)
    world.consider()
    world.deliver()
    first, second = (message for message, _ in world.channel.sent)
    assert (first.key, first.follows) == ("alert palmyra-1.1", ())
    assert (second.key, second.follows) == ("alert palmyra-1.2", ("alert palmyra-1.1",))
    assert "/subscriptions/stop/" in first.stop_url
    assert first.stop_url in first.text
    assert "stop.invalid" not in first.text + (first.html or "")


def test_a_correction_reaches_everybody_who_got_the_error(world: World) -> None:
    world.site()
    world.subscribe("all@example.org")
    world.subscribe("grave@example.org", min_level=4)
    events = world.report(number=5)
    world.consider()
    world.deliver()
    world.channel.sent.clear()
    world.withdraw(*events[1:])
    world.later(hours=1)
    world.consider()
    world.deliver()
    assert {r.address for _, r in world.channel.sent} == {"all@example.org", "grave@example.org"}
    assert all("Correction" in message.subject for message, _ in world.channel.sent)
    newest = steps(world)[-1]
    assert newest.correction
    assert len(newest.facts["withdrawn"]) == 4
    world.later(hours=1)
    assert world.consider().steps == 0


def test_what_was_withdrawn_entirely_ends_the_thread_as_an_error(world: World) -> None:
    world.site()
    world.subscribe()
    events = world.report(number=5)
    world.consider()
    world.withdraw(*events)
    world.consider()
    newest = steps(world)[-1]
    assert (newest.msg_type, newest.correction, newest.level) == ("Cancel", True, 0)


def test_the_message_of_a_secret_site_tells_no_place(world: World) -> None:
    world.site("Hidden House", disclosure="hidden")
    world.report(number=4)
    world.subscribe()
    world.subscribe(
        "area@example.org", area={"type": "Polygon", "coordinates": [[[38, 34], [39, 34], [39, 35], [38, 34]]]}
    )
    world.consider()
    world.deliver()
    assert [r.address for _, r in world.channel.sent] == ["one@example.org"]
    ((message, _),) = world.channel.sent
    for secret in ("Tadmur", "hidden-house-1.", "38.2", "34.5", " km from"):
        assert secret not in message.text.replace("/alerts/hidden-house-1", "")
    assert steps(world)[0].facts["reasons"][0]["distance_km"] is None


def test_quiet_hours_hold_what_is_below_a_warning_and_the_newer_step_takes_its_place(world: World) -> None:
    world.site()
    world.subscribe(manner=Manner(time_zone="Asia/Damascus", quiet=(time(22), time(7))))
    world.clock.at = datetime.fromisoformat("2015-05-21T20:00:00+00:00")
    world.report(lon=38.33, number=1)
    world.consider()
    assert steps(world)[0].level == 2
    assert world.deliver() == {}
    world.report(number=5)
    world.consider()
    assert world.deliver() == {"sent": 1}
    assert [post.status for post in posts(world)] == ["folded", "sent"]


def test_who_stops_gets_nothing_more_also_not_what_waits(world: World) -> None:
    world.site()
    person = world.subscribe()
    world.report(number=4)
    world.consider()
    with world.services.database.session() as session:
        stop(session, world.services, person)
    assert world.deliver() == {}
    assert [post.status for post in posts(world)] == ["stopped"]


def test_a_message_not_taken_now_is_tried_later_and_a_refused_one_is_not(world: World) -> None:
    world.site()
    world.subscribe()
    world.report(number=4)
    world.consider()
    world.channel.failures = [TemporaryFailure("450 greylisted"), PermanentFailure("550 no such user")]
    assert world.deliver() == {"waiting": 1}
    assert world.deliver() == {}
    world.later(minutes=2)
    assert world.deliver() == {"refused": 1}
    world.later(days=1)
    assert world.deliver() == {}
    (post,) = posts(world)
    assert (post.attempts, post.error) == (2, "550 no such user")


def test_a_message_nobody_takes_for_hours_is_given_up(world: World) -> None:
    world.site()
    world.subscribe()
    world.report(number=4)
    world.consider()
    for _ in range(40):
        world.channel.failures = [TemporaryFailure("421 busy")]
        world.deliver()
        world.later(minutes=10)
    assert [post.status for post in posts(world)] == ["given_up"]


def test_the_next_channel_is_tried_when_one_refuses(world: World) -> None:
    world.site()
    spare = type(world.channel)(name="spare")
    world.services = replace(world.services, channels={"email": world.channel, "spare": spare})
    world.subscribe(manner=Manner(channels=("email", "spare")))
    world.report(number=4)
    world.consider()
    world.channel.failures = [PermanentFailure("550 no such user")]
    assert world.deliver() == {"refused": 1, "sent": 1}
    assert len(spare.sent) == 1


def test_an_address_that_refuses_again_and_again_is_written_to_no_more(world: World) -> None:
    world.subscribe()
    for n in range(world.rules.delivery.bounces + 1):
        world.site(f"Site {n}", lon=38.267 + n)
        world.report(number=4, lon=38.267 + n)
        world.channel.failures = [PermanentFailure("550 no such user", Why.NO_SUCH_RECIPIENT)]
        world.consider()
        world.deliver()
        world.later(minutes=1)
    assert len(posts(world)) == world.rules.delivery.bounces


def test_what_is_more_urgent_leaves_first(world: World) -> None:
    world.site("Low", lon=10.0)
    world.subscribe()
    world.report(lon=10.06, number=1)
    world.consider()
    world.site("High", lon=20.0)
    world.report(lon=20.0, number=4)
    world.consider()
    world.deliver()
    assert [subject.split(",")[0] for subject in world.subjects()] == ["Critical", "Advisory"]


def test_a_fault_in_one_message_does_not_stand_in_the_way_of_the_others(world: World) -> None:
    world.site("Bad", lon=10.0)
    world.site("Good", lon=20.0)
    world.subscribe()
    world.report(lon=10.0, number=4)
    world.report(lon=20.0, number=4)
    world.consider()
    with world.services.database.session() as session:
        first = session.exec(select(Alert).order_by(Alert.id)).first()  # type: ignore[arg-type]
        first.facts = {"broken": True}
    assert world.deliver() == {"waiting": 1, "sent": 1}


@pytest.fixture
def officer(world: World) -> Callable[[str, str], approving.Person]:
    """Make accounts that may speak."""

    def make(name: str, role: str) -> approving.Person:
        with world.services.database.session() as session:
            by = accounts.By("a test", world.clock.now())
            secret = accounts.invite(session, by, f"{name}@museum.example", accounts.Bounds.of([role]))
            accounts.accept(session, secret, name=name, password_hash="x", now=world.clock.now())
            return approving.person_of(session.exec(select(Account).where(Account.name == name)).one())

    return make


def speak(world: World, person: approving.Person, kind: WordKind, reason: str = "") -> str:
    with world.services.database.session() as session:
        alert = session.exec(select(Alert).order_by(Alert.id.desc())).first()  # type: ignore[union-attr]
        return approving.speak(session, world.services, world.rules, alert.id, person, kind, reason).state


def test_a_critical_alert_waits_for_two_persons(world: World, officer: Callable[..., approving.Person]) -> None:
    ann, ben = officer("Ann", "emergency_officer"), officer("Ben", "emergency_officer")
    world.site()
    world.subscribe()
    world.report(number=4)
    assert world.consider().held == 1
    assert world.deliver() == {}
    assert speak(world, ann, WordKind.APPROVE) == "held"
    with pytest.raises(Conflict, match="another person"):
        speak(world, ann, WordKind.APPROVE)
    assert speak(world, ben, WordKind.APPROVE) == "released"
    assert world.deliver() == {"sent": 1}


def test_two_proposals_without_an_officer_let_nothing_go(
    world: World, officer: Callable[..., approving.Person]
) -> None:
    officer("Ann", "emergency_officer")
    first, second = officer("Cy", "analyst"), officer("Di", "analyst")
    world.site()
    world.report(number=4)
    world.consider()
    assert speak(world, first, WordKind.PROPOSE) == "held"
    assert speak(world, second, WordKind.PROPOSE) == "held"
    with pytest.raises(Conflict, match="officer"):
        speak(world, first, WordKind.APPROVE)


def test_an_analysts_proposal_and_an_officers_word_let_it_go(
    world: World, officer: Callable[..., approving.Person]
) -> None:
    ann, cy = officer("Ann", "emergency_officer"), officer("Cy", "analyst")
    world.site()
    world.report(number=4)
    world.consider()
    assert speak(world, cy, WordKind.PROPOSE) == "held"
    assert speak(world, ann, WordKind.APPROVE) == "released"


def test_a_rejected_alert_is_not_sent_and_needs_a_reason(
    world: World, officer: Callable[..., approving.Person]
) -> None:
    ann = officer("Ann", "emergency_officer")
    world.site()
    world.subscribe()
    world.report(number=4)
    world.consider()
    with pytest.raises(InvalidInput, match="reason"):
        speak(world, ann, WordKind.REJECT)
    assert speak(world, ann, WordKind.REJECT, "A film set.") == "rejected"
    world.later(days=1)
    assert world.consider().steps == 0
    assert world.deliver() == {}


def test_what_changes_while_it_waits_is_agreed_to_anew(world: World, officer: Callable[..., approving.Person]) -> None:
    ann, ben = officer("Ann", "emergency_officer"), officer("Ben", "emergency_officer")
    world.site()
    world.subscribe()
    world.rules = world.rules.model_copy(update={"hold": HoldRules(level=3, recipients=500, minutes=15, reminders=3)})
    world.report(number=1)
    world.consider()
    assert speak(world, ann, WordKind.APPROVE) == "held"
    world.later(minutes=5)
    world.report(number=4)
    world.consider()
    assert [(step.step, step.level) for step in steps(world)] == [(1, 4)]
    assert speak(world, ben, WordKind.APPROVE) == "held"
    assert speak(world, ann, WordKind.APPROVE) == "released"


def test_a_message_to_many_waits_too(world: World, officer: Callable[..., approving.Person]) -> None:
    officer("Ann", "emergency_officer")
    world.rules = world.rules.model_copy(update={"hold": HoldRules(level=4, recipients=2, minutes=15, reminders=3)})
    world.site()
    for n in range(3):
        world.subscribe(f"reader{n}@example.org")
    world.report(lon=38.33, number=1)
    assert world.consider().held == 1
    assert steps(world)[0].note == "recipients"


def test_officers_are_told_at_once_and_again_when_the_limit_passes(
    world: World, officer: Callable[..., approving.Person]
) -> None:
    officer("Ann", "emergency_officer")
    world.site()
    world.report(number=4)
    world.consider()
    (alert,) = steps(world)
    assert letters.tell_officers(world.services, alert_id=alert.id or 0, about="held", number=0) == {"told": 1}
    assert "Waits for two persons" in world.subjects()[-1]

    def remind() -> int:
        with world.services.database.session() as session:
            return approving.remind(session, world.services, world.rules)

    assert remind() == 0
    reminded = []
    for _ in range(6):
        world.later(minutes=world.rules.hold.minutes)
        reminded.append(remind())
    assert reminded == [1, 1, 1, 0, 0, 0]


def test_officers_are_told_once_when_nobody_acknowledges(
    world: World, officer: Callable[..., approving.Person]
) -> None:
    world.site()
    world.report(number=4)
    world.consider()  # no officer has an account yet, so it left at once
    ann = officer("Ann", "emergency_officer")

    def remind() -> int:
        with world.services.database.session() as session:
            return approving.remind(session, world.services, world.rules)

    assert remind() == 0
    world.later(minutes=world.rules.acknowledge.minutes)
    assert remind() == 1
    world.later(hours=1)
    assert remind() == 0
    assert speak(world, ann, WordKind.ACKNOWLEDGE) == "released"
    (alert,) = steps(world)
    assert letters.tell_officers(world.services, alert_id=alert.id or 0, about="unacknowledged", number=1) == {
        "told": 0
    }


def test_the_rehearsal_says_what_the_look_then_does_and_writes_nothing(world: World) -> None:
    site = world.site()
    world.subscribe()
    world.subscribe("two@example.org", site_ids=(site,))
    world.report(number=4)
    flag_rules = load_rules(world.services.settings.rules_file())
    with world.services.database.session() as session:
        planned = considering.rehearse(session, world.services, flag_rules, world.rules)
        assert [(line.id_no, line.level, line.number, len(line.recipients)) for line in planned] == [
            ("palmyra", 4, 1, 2)
        ]
    assert steps(world) == []
    world.consider()
    assert len(posts(world)) == 2
    with world.services.database.session() as session:
        assert considering.rehearse(session, world.services, flag_rules, world.rules) == []


def test_a_day_long_ago_is_rehearsed_as_if_it_were_then(world: World) -> None:
    world.site()
    world.report(number=4)
    world.later(days=4000)
    flag_rules = load_rules(world.services.settings.rules_file())
    with world.services.database.session() as session:
        then = considering.rehearse(session, world.services, flag_rules, world.rules, date(2015, 5, 21))
        assert [line.level for line in then] == [4]
        assert considering.rehearse(session, world.services, flag_rules, world.rules) == []
    with world.services.database.session() as session:
        assert threads.list_threads(session) == []

"""A database is for real or for a drill; a drill runs on a clock of its own, and says so wherever it sends."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from heritage.alerts.drill import DrillChannel
from heritage.alerts.exercise import SENDING_TASKS, clock_of
from heritage.alerts.models import Post
from heritage.alerts.subscribing import Manner, Wanted, request
from heritage.channels.base import Message, Recipient
from heritage.channels.null import NullChannel
from heritage.core.clock import FixedClock
from heritage.core.errors import Conflict
from heritage.jobs import all_jobs
from heritage.settings import Settings

MAY = datetime(2015, 5, 21, 12, tzinfo=UTC)
REAL = datetime(2026, 11, 22, 9, tzinfo=UTC)


def drill(settings: Settings, at: datetime = MAY) -> Settings:
    return settings.model_copy(update={"exercise_clock": at})


def test_an_exercise_begins_at_its_moment_and_goes_on_in_every_process(session: Session, settings: Settings) -> None:
    first = clock_of(session, drill(settings), acts=True)
    assert timedelta(0) <= first.now() - MAY < timedelta(seconds=5)
    begun = session.execute(sa.text("select begun_at from installation")).scalar_one()
    an_hour_later = FixedClock(begun + timedelta(hours=1))
    second = clock_of(session, drill(settings), acts=False, real=an_hour_later)
    assert second.now() - first.now() < timedelta(seconds=1)


def test_an_exercise_moves_forward_and_never_back(session: Session, settings: Settings) -> None:
    real = FixedClock(REAL)
    clock_of(session, drill(settings), acts=True, real=real)
    later = MAY + timedelta(days=2)
    clock_of(session, drill(settings, later), acts=True, real=real)
    with pytest.raises(Conflict, match="cannot go back"):
        clock_of(session, drill(settings, MAY), acts=True, real=real)


def test_a_database_that_served_an_exercise_is_refused_for_real_work(session: Session, settings: Settings) -> None:
    clock_of(session, drill(settings), acts=False)
    with pytest.raises(Conflict, match="served an exercise"):
        clock_of(session, settings, acts=True)
    with pytest.raises(Conflict, match="served an exercise"):
        clock_of(session, settings, acts=False)


def test_a_database_that_was_ever_live_is_refused_for_an_exercise(session: Session, settings: Settings) -> None:
    clock_of(session, settings, acts=True)
    with pytest.raises(Conflict, match="used for real"):
        clock_of(session, drill(settings), acts=False)


def test_looking_and_loading_leave_a_database_free_for_either(session: Session, settings: Settings) -> None:
    clock_of(session, settings, acts=False)
    clock_of(session, drill(settings), acts=True)


@pytest.mark.parametrize(("language", "mark"), [("en", "Exercise"), ("fr", "Exercice"), ("ar", "تمرين")])
def test_whatever_leaves_in_an_exercise_says_so(language: str, mark: str) -> None:
    inner = NullChannel()
    channel = DrillChannel(inner, "email")
    letter = Message("key", "A subject", "A text.", "<html><body class='x'><p>A text.</p></body></html>")
    for _ in range(2):
        channel.send(letter, Recipient("one@example.org", language))
        letter = inner.sent[-1][0]
    first, second = (message for message, _ in inner.sent)
    assert mark in first.subject
    assert "A subject" in first.subject
    assert len(first.text) > len("A text.\n\n")
    assert first.html is not None
    assert first.html.index("<strong>") > first.html.index("<body")
    # What says so already is left as it is.
    assert (second.subject, second.text) == (first.subject, first.text)


def test_what_was_queued_for_real_never_leaves_in_a_drill_on_the_same_database(world: Any) -> None:
    """Loading leaves a database free for either: what waits when the drill begins is taken back, whatever it is."""
    world.subscribe()
    world.site()
    world.report(number=4)
    world.consider()
    with world.services.database.session() as session:
        request(session, world.services, world.rules, "two@example.org", Wanted(), Manner())
        assert waiting(session) > {"alerts.write_letter"}
    settings = drill(world.services.settings)
    with world.services.database.session() as session:
        clock_of(session, settings, acts=True)
        assert not waiting(session) & set(SENDING_TASKS)
        assert [post.status for post in session.exec(select(Post))] == ["stopped"]
        # Whoever plays the reader may ask again, and gets the drill's letter.
        request(session, world.services, world.rules, "two@example.org", Wanted(), Manner())
        assert "alerts.write_letter" in waiting(session)


def waiting(session: Session) -> set[str]:
    return set(session.execute(sa.text("select task_name from procrastinate_jobs where status = 'todo'")).scalars())


@pytest.mark.parametrize("queued_in_drill", [True, False])
def test_a_message_is_delivered_on_the_clock_it_was_queued_under_and_on_no_other(
    world: Any, queued_in_drill: bool
) -> None:
    live, drilled = world.services, replace(world.services, settings=drill(world.services.settings))
    world.subscribe()
    world.site()
    world.report(number=4)
    world.services = drilled if queued_in_drill else live
    world.consider()
    world.services = live if queued_in_drill else drilled
    assert world.deliver() == {}
    assert world.channel.sent == []
    world.services = drilled if queued_in_drill else live
    assert world.deliver() == {"sent": 1}


def test_every_job_that_writes_to_somebody_is_known_to_the_drill(settings: Settings) -> None:
    assert set(SENDING_TASKS) <= {job.task for job in all_jobs(settings)}

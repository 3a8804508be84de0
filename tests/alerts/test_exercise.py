"""A database is for real or for a drill; a drill runs on a clock of its own, and says so wherever it sends."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from heritage.alerts.drill import DrillChannel
from heritage.alerts.exercise import clock_of
from heritage.channels.base import Message, Recipient
from heritage.channels.null import NullChannel
from heritage.core.clock import FixedClock
from heritage.core.errors import Conflict
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

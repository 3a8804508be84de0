"""Watching the program itself: administrators are told of what is wrong, once a day for the same troubles."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from heritage.accounts import service as accounts
from heritage.accounts.service import Bounds, By
from heritage.alerts import vitals
from heritage.alerts.models import Post, PostState, Subscriber, SubscriberDigest
from heritage.alerts.operations import Trouble
from heritage.alerts.upkeep import JOB, find_alarms, tell_administrators
from heritage.audit import chain
from heritage.core.clock import FixedClock, SystemClock
from heritage.feeds.alarms import close_alarm, open_alarm
from heritage.scheduling.models import JobRun
from heritage.services import Services

NOON = datetime(2015, 5, 21, 12, tzinfo=UTC)


@pytest.fixture
def waiting(services: Services) -> None:
    """A job that waits for an hour, and one that was just put in."""
    with services.database.session() as session:
        for minutes in (60, 1):
            at = NOON - timedelta(minutes=minutes)
            session.add(JobRun(job="evaluate", slot=at, cause="slot", deferred_at=at))


@pytest.fixture
def administrator(app: Flask, services: Services) -> None:
    with app.app_context(), services.database.session() as session:
        for role in ("administrator", "analyst"):
            bounds = Bounds.of([role], [], [])
            secret = accounts.invite(session, By("a test", NOON), f"{role}@example.org", bounds)
            accounts.accept(session, secret, name=role, password_hash="x", now=NOON)


def letters(services: Services) -> list[str]:
    folder = services.settings.var / "mail"
    return [path.read_text() for path in sorted(folder.glob("*.eml"))] if folder.exists() else []


def remember(services: Services, outcome: dict[str, object], slot: datetime) -> None:
    """What the ledger of jobs does with an outcome."""
    with services.database.session() as session:
        session.add(JobRun(job=JOB, slot=slot, cause="slot", status="done", deferred_at=slot, detail=outcome))


def test_nothing_wrong_is_no_letter(services: Services) -> None:
    assert tell_administrators(services) == {"alarms": 0, "told": 0}
    assert letters(services) == []


@pytest.mark.usefixtures("waiting", "administrator")
def test_administrators_and_nobody_else_are_told_once_a_day(services: Services) -> None:
    first = tell_administrators(services)
    assert (first["alarms"], first["told"]) == (1, 1)
    remember(services, first, NOON)
    assert tell_administrators(services) == {"alarms": 1, "told": 0}
    (letter,) = letters(services)
    assert "To: administrator@example.org" in letter
    assert "Operations, no alert" in letter


@pytest.mark.usefixtures("waiting")
def test_a_record_that_was_altered_is_an_alarm(services: Services) -> None:
    with services.database.session() as session:
        chain.append(session, at=NOON, actor="a", action="b", subject="c", detail={})
    engine = sa.create_engine(services.database.owner_url, poolclass=sa.NullPool)
    with engine.begin() as owner:
        owner.exec_driver_sql("update audit_entry set actor = 'somebody else'")
    with services.database.session() as session:
        found = {alarm.trouble: alarm.count for alarm in find_alarms(session, services.settings.var, NOON)}
    assert found == {Trouble.QUEUE_GROWING: 1, Trouble.CHAIN_BROKEN: 1}


@pytest.mark.parametrize(("failed", "alarms"), [(2, 0), (3, 1)])
def test_one_message_that_fails_is_the_recipients_matter_and_several_are_the_programs(
    services: Services, failed: int, alarms: int
) -> None:
    with services.database.session() as session:
        for number in range(failed + 1):
            reader = Subscriber(to_hash=str(number), created_at=NOON)
            session.add(reader)
            session.flush()
            digest = SubscriberDigest(
                subscriber_id=reader.id, frequency="daily", slot=NOON, as_of=NOON.date(), since=NOON.date()
            )
            session.add(digest)
            session.flush()
            # The last one failed long ago.
            at = NOON - (timedelta(days=3) if number == failed else timedelta(hours=1))
            post = {"queued_at": at, "not_before": at, "handed_at": at, "status": PostState.REFUSED.value}
            session.add(Post(digest_id=digest.id, subscriber_id=reader.id, channel="email", priority=0, **post))
        session.flush()
        found = find_alarms(session, services.settings.var, NOON)
    assert [alarm.count for alarm in found] == [failed] * alarms


@pytest.mark.usefixtures("administrator")
def test_a_full_disk_and_a_clock_that_is_wrong_are_written_with_the_machines_name(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = datetime.now(UTC) + timedelta(hours=3)
    monkeypatch.setattr(vitals, "SystemClock", lambda: FixedClock(wrong))
    monkeypatch.setattr(vitals, "_room", lambda var: (2 * 10**9, 10**12))
    monkeypatch.setattr("socket.gethostname", lambda: "worker-2")
    told = tell_administrators(services)
    assert (told["alarms"], told["told"]) == (2, 1)
    (letter,) = letters(services)
    assert "The disk of worker-2 is nearly full: 2.0 GB are free." in letter
    assert "The clocks of worker-2 and of the database differ by 3 hours." in " ".join(letter.split())
    remember(services, told, NOON)
    assert tell_administrators(services) == {"alarms": 2, "told": 0}
    # Another trouble is news of its own.
    monkeypatch.setattr(vitals, "SystemClock", SystemClock)
    assert tell_administrators(services)["told"] == 1


@pytest.mark.parametrize(
    ("free", "total", "full"),
    [
        (2 * 10**9, 20 * 10**9, False),
        (9 * 10**8, 2 * 10**9, True),
        (40 * 10**9, 10**12, False),
        (9 * 10**9, 10**12, True),
        (4 * 10**9, 100 * 10**9, True),
    ],
)
def test_a_disk_is_full_by_what_is_left_and_by_its_share(
    services: Services, monkeypatch: pytest.MonkeyPatch, free: int, total: int, full: bool
) -> None:
    monkeypatch.setattr(vitals, "_room", lambda var: (free, total))
    with services.database.session() as session:
        found = [alarm.trouble for alarm in find_alarms(session, services.settings.var, NOON)]
    assert found == [Trouble.DISK_FULL] * full


def test_a_disk_that_cannot_be_read_and_a_second_between_clocks_are_no_alarm(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    almost = datetime.now(UTC) + timedelta(seconds=20)
    monkeypatch.setattr(vitals, "SystemClock", lambda: FixedClock(almost))
    with services.database.session() as session:
        assert find_alarms(session, services.settings.var / "nowhere", NOON) == []


def test_a_feed_that_fails_is_an_alarm_until_it_is_over(services: Services) -> None:
    with services.database.session() as session:
        open_alarm(session, "feed_failing", "acled", "HTTP 500", NOON)
        open_alarm(session, "something_new", None, "odd", NOON)
        troubles = [(alarm.trouble, alarm.name) for alarm in find_alarms(session, services.settings.var, NOON)]
        close_alarm(session, "feed_failing", "acled", NOON)
        left = [alarm.trouble for alarm in find_alarms(session, services.settings.var, NOON)]
    assert sorted(troubles) == [(Trouble.FEED_FAILING, "acled"), (Trouble.OTHER, "something_new")]
    assert left == [Trouble.OTHER]

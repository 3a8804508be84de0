"""The daily summary reaches everybody once, also when a run is repeated, fails or ends in the middle."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import select

from heritage.alerts import service
from heritage.alerts.models import Digest, DigestDelivery
from heritage.channels.base import Message, PermanentFailure, Recipient, TemporaryFailure
from heritage.core.clock import FixedClock
from heritage.core.errors import HeritageError
from heritage.jobs import JOBS, daily_summary
from heritage.scheduling.service import JobCall
from heritage.scheduling.worker import drain
from heritage.services import Services

AS_OF = date(2015, 5, 20)
READERS = ["one@example.org", "Two@example.org", "two@example.org"]


@dataclass
class Scripted:
    """A channel that fails as told, then takes what it is given."""

    failures: list[HeritageError] = field(default_factory=list)
    sent: list[tuple[Message, Recipient]] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None
    name: str = "email"

    def send(self, message: Message, recipient: Recipient) -> str:
        """Fail or take."""
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append((message, recipient))
        self.meanwhile()
        return "id"


@pytest.fixture
def channel() -> Scripted:
    return Scripted()


@pytest.fixture
def ready(services: Services, channel: Scripted) -> Services:
    """Services with two readers, one of them named twice, and the scripted channel."""
    settings = services.settings.model_copy(update={"digest_to": READERS})
    return replace(services, settings=settings, channels={"email": channel})


def publish(services: Services) -> int:
    """The daily job, for its slot of the morning after."""
    with services.database.session() as session:
        return int(daily_summary(session, JobCall(services, services.clock.now()))["queued"])


def deliveries(services: Services) -> list[DigestDelivery]:
    with services.database.session() as session:
        return list(session.exec(select(DigestDelivery)))


def first_hash(services: Services) -> str:
    return service.hash_address(READERS[0], services.settings)


def test_everybody_gets_the_summary_of_the_day_before_once(ready: Services, channel: Scripted) -> None:
    assert publish(ready) == 2
    assert publish(ready) == 0
    drain(ready, JOBS)
    drain(ready, JOBS)
    assert sorted(recipient.address for _, recipient in channel.sent) == ["Two@example.org", "one@example.org"]
    assert {message.key for message, _ in channel.sent} == {"digest 2015-05-20"}
    assert {d.status for d in deliveries(ready)} == {"sent"}


def test_nobody_asked_and_nothing_is_written(ready: Services) -> None:
    nobody = replace(ready, settings=ready.settings.model_copy(update={"digest_to": []}))
    assert publish(nobody) == 0
    with nobody.database.session() as session:
        assert session.exec(select(Digest)).all() == []


def test_no_address_is_stored_anywhere(ready: Services) -> None:
    publish(ready)
    import psycopg

    from heritage.db.engine import libpq_url

    with psycopg.connect(libpq_url(ready.database.owner_url)) as connection:
        for table in ("digest", "digest_delivery", "job_run", "procrastinate_jobs"):
            rows = connection.execute(f"select t::text from {table} t").fetchall()  # type: ignore[arg-type]  # noqa: S608
            assert not any("example.org" in row[0] for row in rows)


def test_a_temporary_failure_is_tried_again_and_a_settled_delivery_is_not(ready: Services, channel: Scripted) -> None:
    publish(ready)
    channel.failures = [TemporaryFailure("greylisted")]
    with pytest.raises(TemporaryFailure):
        service.deliver_summary(ready, as_of=AS_OF, to_hash=first_hash(ready))
    assert [d.error for d in deliveries(ready) if d.attempts] == ["greylisted"]
    for _ in range(2):
        assert service.deliver_summary(ready, as_of=AS_OF, to_hash=first_hash(ready)) == "sent"
    assert len(channel.sent) == 1


def test_a_permanent_failure_settles_the_delivery(ready: Services, channel: Scripted) -> None:
    publish(ready)
    channel.failures = [PermanentFailure("no such user")]
    for _ in range(2):
        assert service.deliver_summary(ready, as_of=AS_OF, to_hash=first_hash(ready)) == "refused"
    assert channel.sent == []


def test_an_address_taken_off_the_list_gets_nothing_more(ready: Services, channel: Scripted) -> None:
    publish(ready)
    fewer = replace(ready, settings=ready.settings.model_copy(update={"digest_to": READERS[1:]}))
    assert service.deliver_summary(fewer, as_of=AS_OF, to_hash=first_hash(ready)) == "stopped"
    assert channel.sent == []


def test_two_workers_do_not_send_the_same_message_at_the_same_time(ready: Services, channel: Scripted) -> None:
    publish(ready)
    second: list[Any] = []

    def other_worker() -> None:
        with pytest.raises(TemporaryFailure):
            service.deliver_summary(ready, as_of=AS_OF, to_hash=first_hash(ready))
        second.append("held off")

    channel.meanwhile = other_worker
    assert service.deliver_summary(ready, as_of=AS_OF, to_hash=first_hash(ready)) == "sent"
    assert second == ["held off"]
    assert len(channel.sent) == 1


def test_what_a_dead_worker_claimed_is_sent_when_its_claim_has_passed(ready: Services, channel: Scripted) -> None:
    publish(ready)
    to_hash = first_hash(ready)
    service._claim(ready, AS_OF, to_hash)
    with pytest.raises(TemporaryFailure):
        service.deliver_summary(ready, as_of=AS_OF, to_hash=to_hash)
    later = replace(ready, clock=FixedClock(ready.clock.now() + timedelta(minutes=3)))
    assert service.deliver_summary(later, as_of=AS_OF, to_hash=to_hash) == "sent"
    assert len(channel.sent) == 1


def test_hash_of_an_address_needs_the_key_and_ignores_case(ready: Services) -> None:
    other = ready.settings.model_copy(update={"secret_key": None, "var": ready.settings.var})
    assert service.hash_address("Two@Example.org ", ready.settings) == service.hash_address(READERS[2], ready.settings)
    assert service.hash_address(READERS[2], other) != service.hash_address(READERS[2], ready.settings)

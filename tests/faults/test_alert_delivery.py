"""Ten thousand people, a real mail server, and workers that are killed: each gets exactly one message for each step."""

import os
import random
import signal
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from pydantic import SecretStr
from sqlalchemy.dialects.postgresql import Range
from sqlmodel import select

from heritage.alerts.addresses import hash_address, seal_address
from heritage.alerts.models import Alert, Post, Subscriber, SubscriberDigest, Subscription
from heritage.alerts.posting import queue_posts
from heritage.alerts.rules import load_alert_rules
from heritage.channels.registry import open_channels
from heritage.core.clock import SystemClock
from heritage.db.engine import Database
from heritage.flags import service as flags
from heritage.incidents.models import Event, EventRelease, EventVersion, Place
from heritage.services import Services
from heritage.settings import Settings, data_dir
from heritage.sites.models import Part, Site

pytestmark = pytest.mark.faults
PEOPLE = int(os.environ.get("FAULTS_PEOPLE", "10000"))  # fewer for a quick look
KILLS = 50
WORKERS = 3
PROGRAM = Path(__file__).with_name("alerts_program.py")
ROOT = Path(__file__).resolve().parents[2]
LON, LAT = 38.267, 34.554


class Server:
    """A mail server that counts: for each reader and thread the identities it accepted, and when."""

    def __init__(self) -> None:
        self.accepted: dict[str, list[str]] = defaultdict(list)
        self.moments: dict[str, float] = {}
        self.total = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's own name
        """Keep the identity under its reader; the answer is the server's word that it has the message."""
        head = message_from_bytes(envelope.content.split(b"\r\n\r\n", 1)[0])
        (reader,) = envelope.rcpt_tos
        self.accepted[reader].append(head["Message-ID"])
        self.moments[f"{reader} {head['Message-ID']}"] = time.monotonic()
        self.total += 1
        return "250 OK"


@pytest.fixture
def mail() -> Iterator[tuple[Server, int]]:
    """The server on loopback, and its port."""
    server = Server()
    controller = Controller(server, hostname="127.0.0.1", port=0, ready_timeout=30)
    controller.port = _free_port()
    controller.start()
    try:
        yield server, controller.port
    finally:
        controller.stop()


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def services(database: Database, tmp_path: Path, mail: tuple[Server, int]) -> Services:
    """The world that the workers have too; a dead worker's claim ends after seconds."""
    text = (data_dir("config") / "alerts.toml").read_text()
    (tmp_path / "alerts.toml").write_text(text.replace("claim_seconds = 90", "claim_seconds = 5"))
    settings = Settings(
        var=tmp_path / "var",
        secret_key=SecretStr("a test's key of no worth, long enough"),
        smtp_url=SecretStr(f"smtp://127.0.0.1:{mail[1]}"),
        alert_rules=tmp_path / "alerts.toml",
    )
    clock = SystemClock()
    return Services(clock, settings, database, open_channels(settings, clock, database))


@contextmanager
def workers(services: Services, port: int, number: int = WORKERS) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Worker programs; who kills one puts another in its place."""
    running = [_start(services, port) for _ in range(number)]
    try:
        yield running
    finally:
        for process in running:
            process.send_signal(signal.SIGTERM)
        for process in running:
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _start(services: Services, port: int) -> subprocess.Popen[bytes]:
    settings = services.settings
    words = [services.database.app_url, str(settings.var), str(port), str(settings.alert_rules)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, str(PROGRAM), *words], env=environment)


def eventually(holds: Callable[[], bool], seconds: float, each: Callable[[], None] = lambda: None) -> None:
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, "it did not come to hold"
        each()
        time.sleep(0.2)


def add_people(services: Services, number: int, first: int = 0, **wanted: Any) -> list[int]:
    """Confirmed people, quickly."""
    now = datetime.now(UTC) - timedelta(days=10)
    rows = []
    for n in range(first, first + number):
        address = f"reader{n}@example.org"
        to_hash = hash_address(address, services.settings)
        rows.append(
            {
                "to_hash": to_hash, "address": seal_address(services.settings, to_hash, address), "language": "en",
                "time_zone": "UTC", "channels": ["email"], "created_at": now, "confirmed_at": now, "bounces": 0,
            }
        )  # fmt: skip
    with services.database.session() as session:
        ids = list(session.execute(sa.insert(Subscriber).returning(Subscriber.id), rows).scalars())  # type: ignore[arg-type]
        usual = {"min_level": 2, "frequency": "at-once", "created_at": now, "confirmed_at": now} | wanted
        session.execute(sa.insert(Subscription), [{"subscriber_id": number, **usual} for number in ids])
    return ids


def a_site(services: Services) -> None:
    with services.database.session() as session:
        site = Site(
            register="whc", register_ref="23", slug="palmyra", name="Palmyra", name_folded="palmyra", search="",
            lon=LON, lat=LAT, listed=Range(datetime(1980, 1, 1).date(), None), states_parties=["SY"],  # noqa: DTZ001 - a day
        )  # fmt: skip
        session.add(site)
        session.flush()
        session.add(Part(site_id=site.id or 0, ref="23", name="Palmyra", lon=LON, lat=LAT, extent_km=1.0))
        session.add(Place(lon=LON, lat=LAT, radius_km=1.0))
        session.add(EventRelease(feed="test", release="1", rank=[1]))


def reports(services: Services, number: int) -> None:
    """Reports of today, each of an origin of its own."""
    now = datetime.now(UTC)
    with services.database.session() as session:
        place, release = session.exec(select(Place)).one(), session.exec(select(EventRelease)).one()
        for _ in range(number):
            own = (session.scalar(sa.select(sa.func.count()).select_from(Event)) or 0) + 1
            event = Event(feed="test", event_id=str(own), incident_id=own)
            session.add(event)
            session.flush()
            facts = {
                "location_precision": "exact", "time_precision": "day", "occurred_from": now.date(), "digest": own,
                "occurred_to": now.date(), "kind": "fighting", "reliability": "B", "credibility": 2, "known_at": now,
                "origins": f"origin {own}", "place_name": "Tadmur", "reported_at": now, "fetched_at": now,
                "source_names": "A paper", "source_dates": now.date().isoformat(), "source_titles": "",
            }  # fmt: skip
            where = {"place_id": place.id, "lon": LON, "lat": LAT, "radius_km": 1.0}
            session.add(EventVersion(event=event.id, release_id=release.id, **where, **facts))


def evaluate(services: Services) -> float:
    """Decide the levels now; returns the moment of the commit."""
    rules = flags.load_rules(services.settings.rules_file())
    with services.database.session() as session:
        assert flags.evaluate(session, rules, services.clock).changed == 1
    return time.monotonic()


def unsent(services: Services) -> int:
    with services.database.session() as session:
        return int(session.scalar(sa.select(sa.func.count()).where(Post.status != "sent")) or 0)  # type: ignore[arg-type]


def steps(services: Services) -> int:
    with services.database.session() as session:
        return int(session.scalar(sa.select(sa.func.count()).select_from(Alert)) or 0)


def tend(services: Services) -> None:
    """What the scheduler does every five minutes: set workers to what is due."""
    from heritage.db.queue import enqueue

    with services.database.session() as session:
        enqueue(session, "alerts.deliver", priority=10)


def test_each_of_ten_thousand_gets_one_message_a_step_though_workers_are_killed_fifty_times(
    services: Services, mail: tuple[Server, int]
) -> None:
    server, port = mail
    chance = random.Random(20150521)
    a_site(services)
    add_people(services, PEOPLE)
    killed, begun = 0, time.monotonic()
    with workers(services, port) as running:
        for step, more in ((1, 1), (2, 4)):
            reports(services, more)
            evaluate(services)

            def kill_one(before: int = (step - 1) * PEOPLE, most: int = KILLS * step // 2) -> None:
                nonlocal killed
                # Spread over both steps, and only while messages are on their way.
                if server.total > before + 50 and killed < most and chance.random() < 0.6:
                    victim = chance.randrange(len(running))
                    running[victim].kill()
                    running[victim].wait()
                    running[victim] = _start(services, port)
                    killed += 1
                    tend(services)

            def all_sent(expected: int = step) -> bool:
                return steps(services) == expected and unsent(services) == 0

            eventually(all_sent, 1800, kill_one)
    took = time.monotonic() - begun
    repeats = sum(len(identities) - len(set(identities)) for identities in server.accepted.values())
    lost = 2 * PEOPLE - sum(len(set(identities)) for identities in server.accepted.values())
    print(
        f"\n{PEOPLE} people, 2 steps, {killed} workers killed, {took:.0f} s: {server.total} accepted, {lost} lost, "
        f"{repeats} repeats, each with the Message-ID of the first"
    )
    assert lost == 0
    assert killed >= KILLS * 0.8
    assert len(server.accepted) == PEOPLE
    assert {len(set(identities)) for identities in server.accepted.values()} == {2}
    with services.database.session() as session:
        found = session.execute(
            sa.text("select alert_id, count(*), count(distinct subscriber_id) from post group by alert_id order by 1")
        ).all()
    assert [tuple(row)[1:] for row in found] == [(PEOPLE, PEOPLE)] * 2


def test_a_critical_alert_leaves_within_seconds_though_ten_thousand_summaries_wait(
    services: Services, mail: tuple[Server, int]
) -> None:
    server, port = mail
    a_site(services)
    rules = load_alert_rules(services.settings.alert_rules_file())
    assert rules.delivery.claim_seconds == 5
    sleepers = add_people(services, PEOPLE, frequency="daily")
    watchers = 200
    add_people(services, watchers, first=PEOPLE)
    now = datetime.now(UTC)
    with services.database.session() as session:
        rows = [
            {
                "subscriber_id": number, "frequency": "daily", "slot": now, "as_of": now.date() - timedelta(days=1),
                "since": now.date() - timedelta(days=2), "sites": [],
            }
            for number in sleepers
        ]  # fmt: skip
        digests = session.execute(
            sa.insert(SubscriberDigest).returning(SubscriberDigest.id, SubscriberDigest.subscriber_id),
            rows,  # type: ignore[arg-type]
        ).all()
        lines = [
            {
                "digest_id": digest, "subscriber_id": number, "channel": "email", "priority": 0, "status": "waiting",
                "queued_at": now, "not_before": now, "attempts": 0,
            }
            for digest, number in digests
        ]  # fmt: skip
        assert queue_posts(session, lines, 0) == PEOPLE
    reports(services, 4)
    with workers(services, port, 2):
        eventually(lambda: server.total > 100, 300)
        decided = evaluate(services)
        alerted = {f"reader{n}@example.org" for n in range(PEOPLE, PEOPLE + watchers)}
        eventually(lambda: alerted <= set(server.accepted), 300)
        waiting = PEOPLE + watchers - server.total
    seconds = [moment - decided for key, moment in server.moments.items() if key.split()[0] in alerted]
    middle, last = statistics.median(seconds), max(seconds)
    print(f"\ncritical alert with {waiting} of {PEOPLE} summaries queued: median {middle:.1f} s, last {last:.1f} s")
    assert waiting > PEOPLE / 2
    assert middle <= 5

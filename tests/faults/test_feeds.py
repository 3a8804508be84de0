"""Feeds through everything that can break: processes killed at random, the database restarted, the sources faulty."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from heritage.db import migrate
from heritage.db.embedded import EmbeddedServer
from heritage.db.engine import libpq_url
from tests.feeds import live_rows as rows
from tests.feeds.originals import PASSWORD, Originals, Reply, serve, zipped

pytestmark = pytest.mark.faults

PROGRAM = Path(__file__).with_name("feeds_program.py")
ROOT = Path(__file__).resolve().parents[2]
POLLS = 200
EVENTS_A_SLOT = 5
SCHEDULERS, WORKERS = 3, 4
FAULTS = (
    Reply(b"oops", 500),
    Reply(b"oops", 503),
    Reply(b"", 429, headers={"Retry-After": "0"}),
    Reply(b"x" * 4000, cut=10),
)


class Crowd:
    """Schedulers and workers, each replaced as soon as it is killed."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder, self.kills = url, folder, 0
        self.processes: list[tuple[str, subprocess.Popen[bytes]]] = []
        for part in ["scheduler"] * SCHEDULERS + ["worker"] * WORKERS:
            self.start(part)

    def start(self, part: str) -> None:
        arguments = [part, self.url, str(self.folder / "var"), str(self.folder / "feeds.toml"), PASSWORD]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, str(PROGRAM), *arguments], env=environment, stdout=log, stderr=log
            )
        self.processes.append((part, process))

    def kill_one(self, chance: random.Random) -> None:
        part, process = self.processes.pop(chance.randrange(len(self.processes)))
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.kills += 1
        self.start(part)

    def end(self) -> None:
        for _, process in self.processes:
            process.kill()
            process.wait()


class Publishing(threading.Thread):
    """New slots, rows, edits and withdrawals until told to stop."""

    def __init__(self, originals: Originals, begins: datetime) -> None:
        super().__init__(daemon=True)
        self.originals, self.begins, self.stop = originals, begins, threading.Event()
        self.slots = self.rows = 0
        self.edits: set[str] = set()
        self.gone: set[str] = set()

    def run(self) -> None:
        self.publish()
        while not self.stop.wait(0.4):
            self.publish()

    def publish(self) -> None:
        slot = (self.begins + self.slots * timedelta(minutes=15)).strftime("%Y%m%d%H%M%S")
        lines = [
            rows.gdelt(n, added=slot, day=slot[:8], url=f"https://news.example/{slot}/{n}")
            for n in range(EVENTS_A_SLOT)
        ]
        now = int(time.time())
        with self.originals.lock:
            self.originals.gdelt[slot] = zipped(slot, lines)
            self.slots += 1
            day = self.begins.date().isoformat()
            for _ in range(2):
                self.rows += 1
                self.originals.acled.append(rows.acled(self.rows, event_date=day, timestamp=now))
            if self.rows % 10 == 0:
                at = self.rows // 2
                name = f"SYR{at}"
                edited = rows.acled(at, event_date=day, timestamp=now, fatalities=7)
                standing = [row for row in self.originals.acled if row["event_id_cnty"] != name]
                if len(standing) < len(self.originals.acled):
                    self.edits.add(name)
                    self.originals.acled = [*standing, edited]
            if self.rows % 16 == 0 and f"SYR{self.rows // 4}" not in self.edits:
                name = f"SYR{self.rows // 4}"
                self.gone.add(name)
                self.originals.acled = [row for row in self.originals.acled if row["event_id_cnty"] != name]
                self.originals.acled_deleted.append({"event_id_cnty": name, "deleted_timestamp": str(now)})


@contextmanager
def database(folder: Path) -> Iterator[list[EmbeddedServer]]:
    """A server of the test's own, in a list so that it can be replaced by its restarted self."""
    with ExitStack() as stack:
        running = [stack.enter_context(EmbeddedServer(folder / "server"))]
        migrate.upgrade(running[0].owner_url, app_role="heritage_app")
        yield running


def ask(server: EmbeddedServer, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(libpq_url(server.owner_url), autocommit=True) as connection:
        return connection.execute(query).fetchall()  # type: ignore[arg-type]  # queries are of this file


def eventually(holds: Callable[[], bool], within_s: float) -> bool:
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        try:
            if holds():
                return True
        except psycopg.OperationalError:
            pass
        time.sleep(0.5)
    return False


def settings_of(originals: Originals) -> str:
    quick = (
        "enabled = true\npause_s = 0.0\nfirst_wait_s = 0.05\nlongest_wait_s = 1.0\nevery_minutes = 1\njitter_s = 0\n"
    )
    sections = [f'[{name}.live]\nbase_url = "{originals.url}"\n{quick}' for name in ("gdelt", "acled")]
    return "\n".join([*sections, "page_size = 20", ""])


def test_every_served_event_is_there_once_whatever_is_killed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(7)
    begins = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=2, hours=20)
    with serve() as originals, database(tmp_path) as running:
        (tmp_path / "feeds.toml").write_text(settings_of(originals))
        crowd, publishing = Crowd(running[0].app_url, tmp_path), Publishing(originals, begins)
        publishing.publish()
        # A feed begins with the newest slot there is: what came before its first poll is none of its concern.
        assert eventually(lambda: ask(running[0], "select count(*) from event where feed = 'gdelt'") == [(5,)], 120)
        publishing.start()
        try:
            restarts = disturb(crowd, running, originals, chance)
            publishing.stop.set()
            publishing.join()
            served = publishing.slots * EVENTS_A_SLOT + publishing.rows
            assert eventually(lambda: settled(running[0], publishing), 180), figures(running[0])
        finally:
            publishing.stop.set()
            crowd.end()
        check(running[0], publishing)
        with capsys.disabled():
            found = figures(running[0])
            print(f"\n{crowd.kills} processes killed, {restarts} database restarts, {served} events served; {found}")


def disturb(crowd: Crowd, running: list[EmbeddedServer], originals: Originals, chance: random.Random) -> int:
    """Kill, restart and spoil until the sources were asked often enough."""
    restarts = 0
    end = time.monotonic() + 1200
    while time.monotonic() < end:
        # Long enough that most come to work before their turn.
        time.sleep(chance.uniform(2.0, 5.0))
        crowd.kill_one(chance)
        for prefix in ("/gdeltv2/", "/api/acled/", "/oauth/"):
            if chance.random() < 0.3:
                originals.faults.setdefault(prefix, []).append(chance.choice(FAULTS))
        polls = count_polls(running[0])
        if restarts < 2 and polls > POLLS * (restarts + 1) / 3:
            restart(running[0])
            restarts += 1
        if polls >= POLLS:
            return restarts
    pytest.fail(f"only {count_polls(running[0])} polls in twenty minutes")


def restart(server: EmbeddedServer) -> None:
    """As an administrator would in a hurry: every connection is cut, recovery follows."""
    server.release()
    server.start()


def count_polls(server: EmbeddedServer) -> int:
    try:
        return int(ask(server, "select count(*) from feed_run")[0][0])
    except psycopg.OperationalError:
        return 0


STANDING = (
    "select e.event_id, v.fatalities_best from event e join event_version v on v.event = e.id"
    " and v.replaced_at is null where e.feed = 'acled' and not v.withdrawn"
)


def settled(server: EmbeddedServer, publishing: Publishing) -> bool:
    """Whether everything served is there and nothing waits but the polls of the last seconds."""
    hints = ask(server, "select count(*) from event where feed = 'gdelt'")[0][0]
    standing = dict(ask(server, STANDING))
    edited = sum(dead == 7 for dead in standing.values())
    waiting = ask(server, "select count(*) from procrastinate_jobs where status in ('todo', 'doing')")[0][0]
    unmatched = ask(server, "select count(*) from place where matched_reach_km is null")[0][0]
    return (
        hints == publishing.slots * EVENTS_A_SLOT
        and len(standing) == publishing.rows - len(publishing.gone)
        and edited == len(publishing.edits - publishing.gone)
        and not unmatched
        and waiting <= 4
    )


def figures(server: EmbeddedServer) -> str:
    outcomes = ask(server, "select outcome, count(*) from feed_run group by 1 order by 1")
    jobs = ask(server, "select status, count(*) from job_run group by 1 order by 1")
    events = ask(server, "select feed, count(*), count(distinct event_id) from event group by 1 order by 1")
    return f"runs {outcomes}, jobs {jobs}, events held (feed, rows, distinct) {events}"


def check(server: EmbeddedServer, publishing: Publishing) -> None:
    """Each event once, its last word standing, and as many additions as events: none was done twice."""
    held = dict(ask(server, "select feed, count(*) from event group by 1"))
    assert held["gdelt"] == publishing.slots * EVENTS_A_SLOT
    names = {row[0] for row in ask(server, "select event_id from event where feed = 'acled'")}
    everyone = {f"SYR{n}" for n in range(1, publishing.rows + 1)}
    # One that was published and withdrawn between two polls was never seen.
    assert everyone - publishing.gone <= names <= everyone
    standing = dict(ask(server, STANDING))
    assert set(standing) == everyone - publishing.gone
    assert {name for name, dead in standing.items() if dead == 7} == publishing.edits - publishing.gone
    assert ask(server, "select sum(added) from import_run") == ask(server, "select count(*) from event")
    assert ask(server, "select cursor->'missing' from feed where name = 'gdelt'") == [([],)]
    assert ask(server, "select count(*) from job_run where status = 'failed'") == [(0,)]
    versions = ask(server, "select max(n) from (select count(*) n from event_version group by event) counted")
    assert versions[0][0] <= 3

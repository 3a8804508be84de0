"""Feeds through all that can break: processes killed, the database restarted, the network cut, faulty sources."""

import multiprocessing
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlmodel import Session

from heritage.core.clock import SystemClock
from heritage.db import migrate
from heritage.db.embedded import EmbeddedServer
from heritage.db.engine import Database, libpq_url, make_engine
from heritage.flags.service import evaluate, load_rules
from heritage.settings import Settings
from heritage.starter.load import load_starter
from tests.faults import feeds_program
from tests.feeds import live_rows as rows
from tests.feeds.originals import PASSWORD, Originals, Reply, Wire, wired, zipped

pytestmark = pytest.mark.faults

# Forked from a server that has everything imported: a process is at work in a moment, not still starting when killed.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.faults.feeds_program"])
POLLS = 200
EVENTS_A_SLOT = 5
# On a slow machine the polls take longer, and what is published must not outrun them.
MOST_SLOTS = 120
SCHEDULERS, WORKERS = 3, 4
CUT_S = 8.0
FAULTS = (
    Reply(b"oops", 500),
    Reply(b"oops", 503),
    Reply(b"", 429, headers={"Retry-After": "0"}),
    Reply(b"x" * 4000, cut=10),
)


class Crowd:
    """Schedulers and workers, each replaced as soon as it is killed.

    ``turns``: who is still to be killed before anybody is killed again, so that chance forgets nobody.
    """

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.kills = [0] * (SCHEDULERS + WORKERS)
        self.turns: list[int] = []
        self.processes = [self.start(number) for number in range(SCHEDULERS + WORKERS)]

    def start(self, number: int) -> BaseProcess:
        part = "scheduler" if number < SCHEDULERS else "worker"
        process = FORKS.Process(target=feeds_program.main, args=(part, self.url, str(self.folder), PASSWORD))
        process.start()
        return process

    def kill_one(self, chance: random.Random) -> None:
        self.turns = self.turns or chance.sample(range(len(self.processes)), len(self.processes))
        number = self.turns.pop()
        # SIGKILL: no farewell.
        self.processes[number].kill()
        self.processes[number].join()
        self.kills[number] += 1
        self.processes[number] = self.start(number)

    def end(self) -> None:
        for process in self.processes:
            process.kill()
            process.join()


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
        while not self.stop.wait(1.5) and self.slots < MOST_SLOTS:
            self.publish()

    def publish(self) -> None:
        slot = (self.begins + self.slots * timedelta(minutes=15)).strftime("%Y%m%d%H%M%S")
        lines = [
            rows.gdelt(n, added=slot, day=slot[:8], url=f"https://news.example/{slot}/{n}", **_around(self.slots + n))
            for n in range(EVENTS_A_SLOT)
        ]
        now = int(time.time())
        with self.originals.lock:
            self.originals.gdelt[slot] = zipped(slot, lines)
            self.slots += 1
            day = self.begins.date().isoformat()
            for _ in range(2):
                self.rows += 1
                where = _around(7 * self.rows, "latitude", "longitude")
                self.originals.acled.append(rows.acled(self.rows, event_date=day, timestamp=now, **where))
            if self.rows % 10 == 0:
                at = self.rows // 2
                name = f"SYR{at}"
                where = _around(7 * at, "latitude", "longitude")
                edited = rows.acled(at, event_date=day, timestamp=now, fatalities=7, **where)
                standing = [row for row in self.originals.acled if row["event_id_cnty"] != name]
                if len(standing) < len(self.originals.acled):
                    self.edits.add(name)
                    self.originals.acled = [*standing, edited]
            if self.rows % 16 == 0 and f"SYR{self.rows // 4}" not in self.edits:
                name = f"SYR{self.rows // 4}"
                self.gone.add(name)
                self.originals.acled = [row for row in self.originals.acled if row["event_id_cnty"] != name]
                self.originals.acled_deleted.append({"event_id_cnty": name, "deleted_timestamp": str(now)})


def _around(number: int, lat: str = "lat", lon: str = "lon") -> dict[str, str]:
    """One of a hundred points around Tadmur: a war is not all at one place."""
    return {lat: f"{34.3 + 0.05 * (number % 10):.4f}", lon: f"{38.0 + 0.05 * (number // 10 % 10):.4f}"}


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
        "enabled = true\npause_s = 0.0\nfirst_wait_s = 0.05\nlongest_wait_s = 1.0\nattempts = 3\nread_s = 3.0\n"
        "every_minutes = 1\njitter_s = 0\n"
    )
    sections = [f'[{name}.live]\nbase_url = "{originals.url}"\n{quick}' for name in ("gdelt", "acled")]
    return "\n".join([*sections, "page_size = 20", ""])


def test_every_served_event_is_there_once_whatever_is_killed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(7)
    begins = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=2, hours=20)
    with wired() as (originals, wire), database(tmp_path) as running:
        (tmp_path / "feeds.toml").write_text(settings_of(originals))
        load_register(running[0])
        crowd, publishing = Crowd(running[0].app_url, tmp_path), Publishing(originals, begins)
        publishing.publish()
        # A feed begins with the newest slot there is: what came before its first poll is none of its concern.
        assert eventually(lambda: ask(running[0], "select count(*) from event where feed = 'gdelt'") == [(5,)], 120)
        publishing.start()
        try:
            suffered = disturb(crowd, running, originals, wire, chance)
            publishing.stop.set()
            publishing.join()
            assert eventually(lambda: settled(running[0], publishing), 420), figures(running[0])
        finally:
            publishing.stop.set()
            crowd.end()
        with capsys.disabled():
            print(f"\n{sum(crowd.kills)} processes killed {crowd.kills}; {suffered}")
            print(figures(running[0]))
            print(tally(running[0], publishing))
        assert min(crowd.kills) > 0
        check(running[0], publishing)


def load_register(server: EmbeddedServer) -> None:
    """Sites for the events to be near to, so that evaluations have something to decide."""
    with session_on(server.owner_url) as session:
        load_starter(session, SystemClock(), reach_km=50)
        session.execute(sa.text("delete from procrastinate_jobs"))


@contextmanager
def session_on(url: str) -> Iterator[Session]:
    """A session on the server, which leaves no connection behind."""
    engine = make_engine(url)
    try:
        with Database(engine, url, url, None).session() as session:
            yield session
    finally:
        engine.dispose()


def disturb(
    crowd: Crowd, running: list[EmbeddedServer], originals: Originals, wire: Wire, chance: random.Random
) -> str:
    """Kill, restart, cut and spoil until the sources were asked often enough."""
    # One after another, each once its share of the polls is done.
    plan: list[tuple[str, Callable[[], None]]] = [
        ("network cut (refused)", lambda: refuse(wire, crowd, chance)),
        ("database restart", lambda: restart(running[0])),
        ("network cut (dropped)", lambda: drop(originals, crowd, chance)),
        ("database restart", lambda: restart(running[0])),
    ]
    done: list[str] = []
    end = time.monotonic() + 1200
    while time.monotonic() < end:
        time.sleep(chance.uniform(1.0, 3.5))
        crowd.kill_one(chance)
        for prefix in ("/gdeltv2/", "/api/acled/", "/oauth/"):
            # One at a time: a source that is faulty at every question is down, and that is the cut's part.
            if chance.random() < 0.3 and not originals.faults.get(prefix):
                originals.faults[prefix] = [chance.choice(FAULTS)]
        polls = count_polls(running[0])
        if len(done) < len(plan) and polls > POLLS * (len(done) + 1) / (len(plan) + 1):
            name, disturbance = plan[len(done)]
            disturbance()
            done.append(name)
        if polls >= POLLS and len(done) == len(plan):
            return f"{polls} polls; {', '.join(done)}"
    pytest.fail(f"only {count_polls(running[0])} polls in twenty minutes")


def refuse(wire: Wire, crowd: Crowd, chance: random.Random) -> None:
    """Nobody answers on the sources' port for a while."""
    wire.cut()
    time.sleep(CUT_S / 2)
    crowd.kill_one(chance)
    time.sleep(CUT_S / 2)
    wire.connect()


def drop(originals: Originals, crowd: Crowd, chance: random.Random) -> None:
    """Connections are taken and dropped for a while, those that stand too."""
    originals.mute = True
    time.sleep(CUT_S / 2)
    crowd.kill_one(chance)
    time.sleep(CUT_S / 2)
    originals.mute = False


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


# An evaluation covers all that was in the database when it began, so the last change must come before one's beginning.
LOST = {
    "evaluations": (
        "select count(*) from import_run i where kind = 'events' and source <> 'starter'"
        " and added + changed + withdrawn > 0 and not exists (select 1 from job_run j"
        " where j.job = 'evaluate' and j.status = 'done' and j.started_at >= i.finished_at)"
    ),
    "jobs": "select count(*) from job_run where status = 'failed'",
}
TWICE = {
    "events": ("select (select sum(added) from import_run where kind = 'events') - (select count(*) from event)"),
    "versions": (
        "select count(*) from"
        " (select event from event_version group by event, digest, withdrawn having count(*) > 1) repeated"
    ),
    "evaluations": (
        "select count(*) from (select to_level, lag(to_level) over (partition by site_id order by id) before,"
        " from_level from flag_event) f where f.from_level <> coalesce(f.before, 0)"
    ),
    "slots": "select count(*) - count(distinct (job, slot)) from job_run where cause = 'slot'",
    "queued jobs": "select count(queue_id) - count(distinct queue_id) from job_run",
}


def tally(server: EmbeddedServer, publishing: Publishing) -> str:
    """What was served, is there, was lost, was done twice."""
    served = publishing.slots * EVENTS_A_SLOT + publishing.rows
    present = ask(server, "select count(*) from event where feed <> 'starter'")[0][0]
    seldom = unseen(server, publishing)
    lines = [f"events: {served} served, {present} present, {len(seldom)} withdrawn before any poll"]
    levels = ask(server, "select count(*) from flag_event")[0][0]
    lines.append(f"evaluations: {evaluations(server)} done, changes of level: {levels}")
    lost, twice = ({what: ask(server, query)[0][0] for what, query in table.items()} for table in (LOST, TWICE))
    lost = {"events": served - present - len(seldom), **lost}
    return "\n".join([*lines, f"lost: {lost}", f"twice: {twice}"])


def evaluations(server: EmbeddedServer) -> int:
    return int(ask(server, "select count(*) from job_run where job = 'evaluate' and status = 'done'")[0][0])


def unseen(server: EmbeddedServer, publishing: Publishing) -> set[str]:
    """What was published and withdrawn between two polls, so that nobody could see it."""
    held = {row[0] for row in ask(server, "select event_id from event where feed = 'acled'")}
    return publishing.gone - held


def check(server: EmbeddedServer, publishing: Publishing) -> None:
    """Each event once, its last word standing, every evaluation done; nothing lost and nothing done twice."""
    held = dict(ask(server, "select feed, count(*) from event group by 1"))
    assert held["gdelt"] == publishing.slots * EVENTS_A_SLOT
    names = {row[0] for row in ask(server, "select event_id from event where feed = 'acled'")}
    everyone = {f"SYR{n}" for n in range(1, publishing.rows + 1)}
    assert everyone - publishing.gone <= names <= everyone
    standing = dict(ask(server, STANDING))
    assert set(standing) == everyone - publishing.gone
    assert {name for name, dead in standing.items() if dead == 7} == publishing.edits - publishing.gone
    assert ask(server, "select cursor->'missing' from feed where name = 'gdelt'") == [([],)]
    for query in (*LOST.values(), *TWICE.values()):
        assert ask(server, query) == [(0,)], query
    versions = ask(server, "select max(n) from (select count(*) n from event_version group by event) counted")
    assert versions[0][0] <= 3
    assert evaluations(server) > 0
    assert ask(server, "select count(*) > 0 from flag_event") == [(True,)]
    assert evaluate_again(server) == 0


def evaluate_again(server: EmbeddedServer) -> int:
    """How many levels a further evaluation changes: none, when none was lost."""
    with session_on(server.app_url) as session:
        return evaluate(session, load_rules(Settings(var=server.var).rules_file()), SystemClock()).changed

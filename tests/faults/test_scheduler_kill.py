"""Schedulers and workers as real processes, killed in the middle: one ticks, nothing is lost, nothing is done twice."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from heritage.db.engine import Database, libpq_url
from heritage.db.queue import enqueue
from heritage.scheduling.leader import SCHEDULER_LOCK

pytestmark = pytest.mark.faults

PROGRAM = Path(__file__).with_name("jobs_program.py")


@contextmanager
def program(part: str, database: Database, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, str(PROGRAM), part, database.app_url, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield process
        finally:
            process.kill()


def eventually(holds: Callable[[], bool], within_s: float = 20.0) -> None:
    """Wait for what other processes do; there is nothing in this one to wait on."""
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, f"not within {within_s} s"
        time.sleep(0.05)


def ask(database: Database, query: str, *values: object) -> list[tuple[object, ...]]:
    with psycopg.connect(libpq_url(database.owner_url), autocommit=True) as connection:
        return connection.execute(query, values).fetchall()  # type: ignore[arg-type]  # queries are of this file


def leaders(database: Database) -> list[int]:
    query = (
        "select l.pid from pg_locks l join pg_database d on d.oid = l.database"
        " where l.locktype = 'advisory' and l.granted and l.objid = %s and d.datname = current_database()"
    )
    return [int(str(row[0])) for row in ask(database, query, SCHEDULER_LOCK)]


def slots(database: Database) -> list[datetime]:
    return [row[0] for row in ask(database, "select slot from job_run where job = 'noting' order by slot")]  # type: ignore[misc]


@pytest.fixture
def noted(database: Database) -> Database:
    with psycopg.connect(libpq_url(database.owner_url)) as owner:
        owner.execute("create table note (slot timestamptz)")
        owner.execute("grant select, insert on note to public")
    # The ledger begins now, so that every second from here on is due.
    now = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 - real processes tell real time
    ask(
        database,
        "insert into job_run (job, slot, cause, status, deferred_at, attempts, detail)"
        " values ('noting', %s, 'slot', 'done', %s, 1, '{}') returning id",
        now,
        now,
    )
    return database


def test_of_three_schedulers_one_ticks_and_another_takes_over_when_it_is_killed(
    noted: Database, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        processes = [stack.enter_context(program("scheduler", noted, tmp_path)) for _ in range(3)]
        eventually(lambda: len(slots(noted)) >= 4)
        (first,) = leaders(noted)
        _kill_leader(processes, noted)
        eventually(lambda: bool(leaders(noted)) and leaders(noted) != [first])
        count = len(slots(noted))
        eventually(lambda: len(slots(noted)) >= count + 3)
        assert len(leaders(noted)) == 1
        found = slots(noted)
    every_second = [found[0] + timedelta(seconds=n) for n in range(len(found))]
    assert found == every_second
    queued = ask(noted, "select count(*), count(distinct args->>'run_id') from procrastinate_jobs")
    assert queued == [(len(found) - 1, len(found) - 1)]


def _kill_leader(processes: list[subprocess.Popen[bytes]], database: Database) -> None:
    (pid,) = leaders(database)
    (name,) = ask(database, "select application_name from pg_stat_activity where pid = %s", pid)[0]
    (leader,) = [process for process in processes if str(process.pid) == str(name).split()[-1]]
    os.kill(leader.pid, signal.SIGKILL)
    leader.wait()


def test_a_scheduler_whose_connection_is_cut_stops_ticking_and_stands_by_again(noted: Database, tmp_path: Path) -> None:
    with program("scheduler", noted, tmp_path) as process:
        eventually(lambda: len(leaders(noted)) == 1)
        (pid,) = leaders(noted)
        ask(noted, "select pg_terminate_backend(%s)", pid)
        eventually(lambda: bool(leaders(noted)) and leaders(noted) != [pid])
        count = len(slots(noted))
        eventually(lambda: len(slots(noted)) >= count + 2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
    found = slots(noted)
    assert found == [found[0] + timedelta(seconds=n) for n in range(len(found))]


def test_work_of_a_killed_worker_is_done_once_by_another(noted: Database, tmp_path: Path) -> None:
    with noted.session() as session:
        enqueue(session, "tests.slow")
    with program("worker", noted, tmp_path) as worker:
        eventually(lambda: ask(noted, "select status from job_run where job = 'slow'") == [("running",)])
        worker.kill()
        worker.wait()
    # A dead worker is known by its silence; the test does not wait for half a minute of it.
    ask(noted, "update procrastinate_workers set last_heartbeat = now() - interval '1 hour' returning id")
    with program("worker", noted, tmp_path):
        eventually(lambda: ask(noted, "select status from job_run where job = 'slow'") == [("done",)], 60)
    assert ask(noted, "select attempts from job_run where job = 'slow'") == [(2,)]
    assert ask(noted, "select count(*) from note") == [(1,)]


def test_a_worker_told_to_stop_finishes_what_it_is_at(noted: Database, tmp_path: Path) -> None:
    with noted.session() as session:
        enqueue(session, "tests.slow")
    with program("worker", noted, tmp_path) as worker:
        eventually(lambda: ask(noted, "select status from job_run where job = 'slow'") == [("running",)])
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0
    assert ask(noted, "select status from job_run where job = 'slow'") == [("done",)]

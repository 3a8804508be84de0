"""The real commands: of three `heritage scheduler` one leads, and another when that one is killed."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest

from heritage.db.engine import Database, libpq_url
from heritage.scheduling.leader import SCHEDULER_LOCK

pytestmark = pytest.mark.faults

LEADERS = (
    "select a.application_name from pg_locks l join pg_stat_activity a on a.pid = l.pid"
    " where l.locktype = 'advisory' and l.granted and l.objid = %s and a.datname = current_database()"
)


def environment(database: Database) -> dict[str, str]:
    return {"HERITAGE_DATABASE_URL": database.app_url, "HERITAGE_SECRET_KEY": "x" * 40, "PATH": os.defpath}


def leaders(database: Database) -> list[int]:
    with psycopg.connect(libpq_url(database.owner_url)) as connection:
        return [int(name.split()[-1]) for (name,) in connection.execute(LEADERS, [SCHEDULER_LOCK])]


def wait_for_leader(database: Database, other_than: int | None = None) -> int:
    for _ in range(600):
        found = leaders(database)
        if found and found != [other_than]:
            assert len(found) == 1
            return found[0]
        time.sleep(0.1)
    raise AssertionError("nobody leads")


def jobs(database: Database) -> dict[str, Any]:
    command = [sys.executable, "-m", "heritage", "jobs", "list", "--json"]
    done = subprocess.run(command, env=environment(database), capture_output=True, check=True)
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_of_three_schedulers_one_leads_and_a_slot_is_queued_once(database: Database) -> None:
    command = [sys.executable, "-m", "heritage", "scheduler"]
    with ExitStack() as stack:
        processes = [
            stack.enter_context(subprocess.Popen(command, env=environment(database), stderr=subprocess.DEVNULL))
            for _ in range(3)
        ]
        try:
            first = wait_for_leader(database)
            assert jobs(database)["scheduler"] is True
            os.kill(first, signal.SIGKILL)
            second = wait_for_leader(database, other_than=first)
            assert second in {process.pid for process in processes}
            evaluations = [run["slot"] for run in jobs(database)["runs"] if run["job"] == "evaluate"]
            assert len(evaluations) == len(set(evaluations)) >= 1
        finally:
            for process in processes:
                process.send_signal(signal.SIGTERM)
        codes = sorted(process.wait(30) for process in processes)
    assert codes == [-signal.SIGKILL, 0, 0]
    assert jobs(database)["scheduler"] is False
